"""Inner products ⟨X, Y⟩ = tr XᵀY of matrices of symbolic sizes, and the algebra that decides identities between them.

A product is expanded into words such as XᵀAY; a rule, such as QᵀQ = I, rewrites a part of a word. Two traces are equal
where their words agree up to rotation and transposition. All of it holds for every size that fits.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from typing import Any

import sympy as sp
from sympy.printing.pretty.stringpict import prettyForm

Letter = tuple[sp.MatrixSymbol, bool]
Word = tuple[Letter, ...]
Words = dict[Word, Any]
Rule = tuple[sp.MatrixExpr, sp.MatrixExpr]


class Symmetric(sp.MatrixSymbol):
    """A matrix that is its own transpose."""

    def _eval_transpose(self) -> "Symmetric":
        return self


class Inner(sp.AtomicExpr):
    """⟨X, Y⟩ = tr XᵀY, a real number; ‖X‖² = ⟨X, X⟩ ≥ 0. Nothing outside this module looks into it."""

    __slots__ = ("left", "right")
    is_commutative = True
    is_real = True

    def __new__(cls, left: sp.MatrixExpr, right: sp.MatrixExpr) -> "Inner":
        if left.shape != right.shape:
            raise ValueError(f"⟨{left}, {right}⟩ joins matrices of shapes {left.shape} and {right.shape}.")
        self = super().__new__(cls)
        self.left, self.right = left, right
        return self

    def _hashable_content(self) -> tuple[sp.MatrixExpr, sp.MatrixExpr]:
        return self.left, self.right

    def _eval_is_nonnegative(self) -> bool | None:
        return True if self.left == self.right else None

    def _sympystr(self, _: Any) -> str:
        left, right = map(_spelled, (self.left, self.right))
        return f"‖{left}‖²" if self.left == self.right else f"⟨{left}, {right}⟩"

    def _pretty(self, printer: Any) -> prettyForm:
        return prettyForm(self._sympystr(printer))

    def _latex(self, printer: Any) -> str:
        left, right = (printer.doprint(side) for side in (self.left, self.right))
        norm, product = rf"\left\|{left}\right\|^2", rf"\left\langle {left}, {right} \right\rangle"
        return norm if self.left == self.right else product


def square(matrix: sp.MatrixExpr) -> Inner:
    """‖X‖², the sum of the squares of all entries."""
    return Inner(matrix, matrix)


def orthonormal(matrix: sp.MatrixExpr) -> Rule:
    """QᵀQ = I: the columns are orthonormal, Q is an isometry."""
    return matrix.T * matrix, sp.Identity(matrix.cols)


def under(*rules: Rule) -> Callable[[sp.Expr], sp.Expr]:
    """Simplifies: every ⟨X, Y⟩ becomes traces of words, which the rules and their transposes reduce."""
    table = [entry for rule in rules for entry in _entries(*rule)]

    def simplify(expression: sp.Expr) -> sp.Expr:
        found = {each: _inner(each, table) for each in expression.atoms(Inner)}
        return sp.cancel(sp.expand(expression.xreplace(found)))

    return simplify


def _spelled(matrix: sp.MatrixExpr) -> str:
    return sp.sstr(matrix).replace("**2", "²").replace("*", " ").replace(".T", "ᵀ")


def _inner(product: Inner, table: list[tuple[Word, Words]]) -> sp.Expr:
    words = _words(product.left.T * product.right)
    return sum(factor * _trace(word, product.left.cols, table) for word, factor in words.items())


def _trace(word: Word, size: Any, table: list[tuple[Word, Words]]) -> sp.Expr:
    """tr of a word as a polynomial in symbols that stand for words no rule applies to; an empty word is I of a size."""
    if not word:
        return size
    for turned in _rotations(word):
        for pattern, value in table:
            if turned[: len(pattern)] == pattern:
                rest, rows = turned[len(pattern) :], _rows(pattern[0])
                return sum(factor * _trace(part + rest, rows, table) for part, factor in value.items())
    names = (" ".join(map(_name, each)) for each in (*_rotations(word), *_rotations(_transposed(word))))
    return sp.Symbol(f"tr({min(names)})", real=True)


def _entries(pattern: sp.MatrixExpr, value: sp.MatrixExpr) -> Iterator[tuple[Word, Words]]:
    """A rule and its transpose."""
    ((word, scale),) = _words(pattern).items()
    values = {part: factor / scale for part, factor in _words(value).items()}
    yield word, values
    if _transposed(word) != word:
        yield _transposed(word), {_transposed(part): factor for part, factor in values.items()}


def _words(matrix: Any) -> Words:
    """A matrix expression as a sum of words; a number is a multiple of the empty word."""
    match matrix:
        case sp.ZeroMatrix():
            return {}
        case sp.Identity():
            return {(): sp.S.One}
        case sp.MatrixSymbol():
            return {((matrix, False),): sp.S.One}
        case sp.Transpose():
            return {_transposed(word): factor for word, factor in _words(matrix.arg).items()}
        case sp.MatAdd():
            return _total(each for part in matrix.args for each in _words(part).items())
        case sp.MatMul():
            return reduce(_times, map(_words, matrix.args))
        case sp.MatPow() if matrix.exp.is_Integer and matrix.exp > 0:
            return reduce(_times, [_words(matrix.base)] * int(matrix.exp))
        case sp.MatrixExpr():
            raise TypeError(f"{matrix} is made of more than sums, products, powers and transposes.")
    return {(): matrix}


def _times(left: Words, right: Words) -> Words:
    return _total((a + b, x * y) for a, x in left.items() for b, y in right.items())


def _total(parts: Iterable[tuple[Word, Any]]) -> Words:
    total: Words = defaultdict(lambda: sp.S.Zero)
    for word, factor in parts:
        total[word] += factor
    return dict(total)


def _transposed(word: Word) -> Word:
    return tuple((matrix, not (turned or isinstance(matrix, Symmetric))) for matrix, turned in reversed(word))


def _rotations(word: Word) -> Iterator[Word]:
    return (word[k:] + word[:k] for k in range(len(word)))


def _rows(letter: Letter) -> Any:
    matrix, turned = letter
    return matrix.cols if turned else matrix.rows


def _name(letter: Letter) -> str:
    matrix, turned = letter
    return f"{matrix.name}ᵀ" if turned else matrix.name
