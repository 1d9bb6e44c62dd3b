"""A potential written as text that nobody vouches for becomes a formula, within bounds, and nothing else is run."""

import ast
import math
import re
from dataclasses import dataclass

import numpy as np

from tnsolve.algebra.arrays import namespace
from tnsolve.transfer.jets import (
    FUNCTIONS,
    AbstractFormula,
    Composition,
    Constant,
    Outer,
    Power,
    Product,
    Sum,
    Variable,
)

LONGEST = 500
MOST_PARTS = 128
DEEPEST = 24
LARGEST = 1e6
HIGHEST_POWER = 16.0
TOKENS = re.compile(r"(?:\s|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])|[A-Za-z]+(?!\w)|\*\*|[-+*/()])*+")
CONSTANTS = {"pi": math.pi, "E": math.e}


def parsed(text: str, call: str) -> AbstractFormula:
    """The formula that a text writes in z with numbers, + - * / **, pi, E and `FUNCTIONS`.

    Nothing is evaluated but numbers, in floating point. Raises ValueError, in the name of `call`, for anything else
    and for what is larger than any potential needs to be: 500 characters, 128 parts, 24 levels, numbers and results
    of more than 1e6, exponents that are no number from -16 to 16.   Cost O(characters).
    """
    if not isinstance(text, str) or len(text) > LONGEST:
        raise ValueError(f"{call} takes a text of at most {LONGEST} characters; write the potential more shortly.")
    advice = f"write it in z with numbers, + - * / **, pi and {', '.join(FUNCTIONS)}"
    rest = text[TOKENS.match(text).end() :]  # type: ignore[union-attr]
    if rest:
        raise ValueError(f"{call} holds {rest[:60]!r}, which is no part of a formula; {advice}.")
    if _nesting(text) > DEEPEST:
        raise ValueError(f"{call} nests parentheses deeper than {DEEPEST}; write the potential more flatly.")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"{call} is no formula ({error.msg}); {advice}.") from error
    parts = sum(isinstance(node, ast.expr) for node in ast.walk(tree))
    if parts > MOST_PARTS:
        raise ValueError(f"{call} has {parts} parts, more than {MOST_PARTS}; write the potential more shortly.")
    return _Reader(call, advice).read(tree, DEEPEST)


def _nesting(text: str) -> int:
    """Most parentheses open at once."""
    depth = deepest = 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        deepest = max(deepest, depth)
    return deepest


@dataclass(frozen=True)
class _Reader:
    """Formulas from the syntax tree of a text, every objection in the name of the call."""

    call: str
    advice: str

    def read(self, node: ast.expr, levels: int) -> AbstractFormula:
        """The formula at a node, of at most so many levels."""
        if levels == 0:
            raise ValueError(f"{self.call} nests deeper than {DEEPEST}; write the potential more flatly.")
        match node:
            case ast.Constant(value=int() | float() as value) if type(value) is not bool:
                return self.constant(float(value) if abs(value) <= LARGEST else math.inf)
            case ast.Name(id="z"):
                return Variable()
            case ast.Name(id=name) if name in CONSTANTS:
                return Constant(CONSTANTS[name])
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.read(operand, levels - 1)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.product(Constant(-1.0), self.read(operand, levels - 1))
            case ast.BinOp(left=left, op=op, right=right):
                return self.joined(op, self.read(left, levels - 1), self.read(right, levels - 1))
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in FUNCTIONS:
                return self.composed(FUNCTIONS[name], self.read(argument, levels - 1))
        raise ValueError(f"{self.call} holds {ast.unparse(node)!r:.80}; {self.advice}.")

    def joined(self, op: ast.operator, a: AbstractFormula, b: AbstractFormula) -> AbstractFormula:
        """Two formulas and what stands between them."""
        match op:
            case ast.Add():
                return self.sum(a, b)
            case ast.Sub():
                return self.sum(a, self.product(Constant(-1.0), b))
            case ast.Mult():
                return self.product(a, b)
            case ast.Div():
                return self.product(a, self.composed(Power(-1.0), b))
            case ast.Pow() if isinstance(b, Constant):
                if abs(b.value) > HIGHEST_POWER:
                    raise ValueError(f"{self.call} has the exponent {b.value:g}; use one from -16 to 16.")
                return a if b.value == 1 else self.composed(Power(b.value), a)
            case ast.Pow() if isinstance(a, Constant):
                return self.composed(FUNCTIONS["exp"], self.product(b, self.composed(FUNCTIONS["log"], a)))
        raise ValueError(
            f"{self.call} holds a power whose base and exponent both vary, or another sign; {self.advice}."
        )

    def composed(self, outer: Outer, inner: AbstractFormula) -> AbstractFormula:
        """A function of a formula; of a number, its value."""
        if not isinstance(inner, Constant):
            return Composition(outer, inner)
        number = np.asarray(inner.value)
        with np.errstate(all="ignore"):
            return self.constant(float(next(outer(number, namespace(number)))))

    def product(self, a: AbstractFormula, b: AbstractFormula) -> AbstractFormula:
        """a b, as a number where both are."""
        return (
            self.constant(a.value * b.value) if isinstance(a, Constant) and isinstance(b, Constant) else Product(a, b)
        )

    def sum(self, a: AbstractFormula, b: AbstractFormula) -> AbstractFormula:
        """a + b, as a number where both are."""
        if isinstance(a, Constant) and isinstance(b, Constant):
            return self.constant(a.value + b.value)
        return Sum(a, b)

    def constant(self, value: float) -> Constant:
        """A number within bounds."""
        if not abs(value) <= LARGEST:
            raise ValueError(f"{self.call} holds a number that is not at most {LARGEST:g} in size; rescale z.")
        return Constant(value)
