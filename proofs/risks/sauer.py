"""How many patterns a class of VC dimension d takes on n points: Sauer's sum and its power bound; all n and d."""

from collections.abc import Iterator, Sequence
from itertools import chain, combinations, product
from math import comb

import sympy as sp

from ..claims import claim
from ..derivation import Derivation

Pattern = tuple[int, ...]


@claim(
    "sauer-shelah",
    sources=("notes:142", "Sauer 1972; Shelah 1972; Vapnik, Chervonenkis 1971"),
    statement="A class of VC dimension d takes at most φ(n, d) = Σ_{i=0}^{d} C(n, i) of the 2ⁿ patterns on n points, "
    "and φ(n, d) ≤ (e n/d)ᵈ for 1 ≤ d ≤ n: polynomially many.",
)
def sauer(d: Derivation) -> None:
    """Induction on the points; the sum obeys the same recursion."""
    n, i, size = sp.symbols("n i d", integer=True, positive=True)
    z = sp.Symbol("z", positive=True)
    d.say(
        "let F be the patterns on n points, F' their restrictions to the first n − 1, F'' those restrictions that "
        "extend in both ways: |F| = |F'| + |F''|, and F' has VC dimension at most d"
    )
    lower = d.given(
        "F has VC dimension d: a set shattered by F'' is shattered by F together with the last point, so F'' has d'' "
        "= d − 1",
        size - 1,
        dropped=size,
    )
    d.equal("Pascal", sp.binomial(n, i), sp.binomial(n - 1, i) + sp.binomial(n - 1, i - 1))
    d.equal(
        "summed over i ≤ d: φ(n, d) = φ(n − 1, d) + φ(n − 1, d''), as Σ_d φ(n, d) z^d = (1 + z)ⁿ/(1 − z)",
        (1 + z) ** n / (1 - z),
        ((1 + z) ** (n - 1) / (1 - z)) * (1 + z ** (size - lower)),
    )
    d.say("start: one pattern on no points, φ(0, d) = 1; one pattern where nothing is shattered, φ(n, 0) = 1")
    d.enumerate("every class on three points", _classes(3), lambda found: len(found) <= _sauer(3, _dimension(found)))
    d.enumerate("all sets of at most d of 4 points attain the sum", range(5), _attained)
    ratio = sp.Symbol("r", positive=True)
    excess = sp.exp(ratio) - 1 - ratio
    d.say("for d ≤ n, r = d/n ≤ 1: Σ_{i≤d} C(n, i) r^d ≤ Σ_i C(n, i) r^i = (1 + r)ⁿ, and 1 + r ≤ e^r as")
    d.equal(
        "e^r − 1 − r and its slope vanish at 0",
        sp.Matrix([excess, sp.diff(excess, ratio)]).subs(ratio, 0),
        sp.zeros(2, 1),
    )
    d.holds("and it is convex", sp.Gt(sp.diff(excess, ratio, 2), 0, evaluate=False))
    d.equal("so φ(n, d) ≤ (e^r)ⁿ r^(−d)", sp.exp(size / n) ** n * (n / size) ** size, (sp.E * n / size) ** size)


def _patterns(n: int) -> list[Pattern]:
    """All 2^n patterns on n points."""
    return list(product((0, 1), repeat=n))


def _classes(n: int) -> Iterator[tuple[Pattern, ...]]:
    """Every class of patterns on n points, not empty."""
    return chain.from_iterable(combinations(_patterns(n), count) for count in range(1, 2**n + 1))


def _dimension(found: Sequence[Pattern]) -> int:
    """The largest number of points that are shattered."""
    n = len(found[0])
    return max(
        size
        for size in range(n + 1)
        for points in combinations(range(n), size)
        if len({tuple(pattern[at] for at in points) for pattern in found}) == 2**size
    )


def _sauer(n: int, size: int) -> int:
    """sum_{i <= size} C(n, i)."""
    return sum(comb(n, i) for i in range(size + 1))


def _attained(size: int) -> bool:
    """Whether the sets of at most `size` of 4 points have that dimension and the full sum."""
    found = [pattern for pattern in _patterns(4) if sum(pattern) <= size]
    return _dimension(found) == size and len(found) == _sauer(4, size)
