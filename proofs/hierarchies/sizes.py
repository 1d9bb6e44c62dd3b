"""When a factorised matrix holds fewer numbers than the dense one: MPOs of any shape, and two factors of any rank."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation
from .published import LAYERS, Layer, numbers, uniform


@claim(
    "mpo-smaller-than-dense",
    sources=("mpo:7g", "mera:15"),
    statement=(
        "An MPO has (dramatically) fewer parameters than the matrix: with m_k = I_k J_k and one bond dimension D, "
        "(m_1 + m_n) D + (m_2 + ... + m_{n−1}) D² < M = m_1 ⋯ m_n."
    ),
    verdict=Verdict.CORRECTED,
    corrected=(
        "For n ≥ 3 if and only if D < D_r = (√(b² + 4aM) − b)/(2a), a = m_2 + ... + m_{n−1}, b = m_1 + m_n (n = 2: D "
        "< M/b). FC2: D ≤ 59 in the first layer, D ≤ 7 in the second, where D = 8 takes 2,880 numbers for 2,560; "
        "with bonds capped at the exact (4, 16, 4), D ≤ 14. With m_k = m ≥ 4 the ratio is at most n m D²/mⁿ, which "
        "at least halves with each leg."
    ),
)
def smaller(d: Derivation) -> None:
    """Only a, b and M enter, so the shape is any; D is compared with the positive root of a D² + b D = M."""
    a, b, whole, root, bond = sp.symbols("a b M D_r D", positive=True)
    second = LAYERS[1]
    d.fails("FC2, second layer, D = 8", sp.Lt(uniform(second.pairs, 8), second.dense, evaluate=False))
    closed = (sp.sqrt(b**2 + 4 * a * whole) - b) / (2 * a)
    d.equal("the root D_r spends exactly M", a * closed**2 + b * closed, whole)
    gap = d.given(
        "the bond is below the root: D_r − D > 0", sp.Symbol("g", positive=True), dropped=sp.Symbol("g", real=True)
    )
    saved = gap * (a * (bond + root) + b)
    below = {root: bond + gap}
    d.equal(
        "what is saved, M − aD² − bD with M = aD_r² + bD_r and D_r = D + g, has the sign of g",
        (a * root**2 + b * root - a * bond**2 - b * bond).subs(below),
        saved.subs(below),
    )
    d.holds("it is positive below D_r", sp.Gt(saved, 0, evaluate=False))
    d.holds("and negative above, g < 0", sp.Lt(saved.subs(gap, -sp.Symbol("g", positive=True)), 0, evaluate=False))
    d.enumerate(
        "every published layer saves, and the greatest D that does, found by trying, is the last one below the root",
        LAYERS,
        lambda layer: uniform(layer.pairs, layer.bond) < layer.dense and _greatest(layer.pairs) == _below_root(layer),
    )
    d.enumerate(
        "FC2: the greatest D", [(LAYERS[0], 59), (LAYERS[1], 7)], lambda case: _greatest(case[0].pairs) == case[1]
    )
    d.enumerate(
        "FC2, second layer, bonds capped at (4, 16, 4): fewer than 2,560 numbers exactly for D ≤ 14",
        range(1, 17),
        lambda D: (numbers(second.pairs, (min(4, D), D, min(4, D))) < second.dense) == (D <= 14),
    )
    n, excess = sp.symbols("n mu", nonnegative=True)
    d.say(
        "n cores hold at most n m D² numbers, m the largest m_k; with all m_k = m a further leg multiplies n m D²/mⁿ by"
    )
    legs = 1 + n
    d.holds("with 1 + n legs, m = 4 + μ", sp.Le((legs + 1) / (legs * (4 + excess)), sp.Rational(1, 2), evaluate=False))


@claim(
    "low-rank-keeps-the-outputs",
    sources=("notes:24",),
    statement="Low-rank factorisation projects a layer of d outputs to one of k outputs, k the rank.",
    verdict=Verdict.CORRECTED,
    corrected=(
        "W = A B with A (d_out × k) and B (k × d_in) maps d_in → k → d_out: the outputs stay d_out in number and lie "
        "in a subspace of dimension at most k; k is the width of a linear layer in between. It holds k (d_in + "
        "d_out) numbers, fewer than d_in d_out if and only if k < d_in d_out/(d_in + d_out), for a square layer k < "
        "d/2."
    ),
)
def low_rank(d: Derivation) -> None:
    """Shapes of matrices of any size, then the count."""
    rows, inner, columns = sp.symbols("d_out k d_in", integer=True, positive=True)
    d.differ(
        "A = (1, 2, 3)ᵀ, B = (1, 1), rank k = 1: A B x has as many entries as",
        sp.Integer((sp.Matrix([1, 2, 3]) * sp.Matrix([[1, 1]]) * sp.Matrix([1, 0])).rows),
        1,
    )
    a, b, x = sp.MatrixSymbol("A", rows, inner), sp.MatrixSymbol("B", inner, columns), sp.MatrixSymbol("x", columns, 1)
    d.equal("in general A B x has d_out entries", (a * b * x).shape[0], rows)
    d.equal("and B x has k", (b * x).shape[0], inner)
    d.say("A B x = A (B x) combines the k columns of A, so the outputs span at most k dimensions")
    r, c = sp.symbols("d_out d_in", positive=True)
    gap = d.given(
        "the rank is below the bound: k = d_in d_out/(d_in + d_out) − g with g > 0",
        sp.Symbol("g", positive=True),
        dropped=sp.Symbol("g", real=True),
    )
    bound = r * c / (r + c)
    d.equal("numbers saved, d_in d_out − k (d_in + d_out)", r * c - (bound - gap) * (r + c), gap * (r + c))
    d.holds("they have the sign of g", sp.Gt(gap * (r + c), 0, evaluate=False))
    d.equal("a square layer", bound.subs({r: c}), c / 2)
    wider = sp.Symbol("e", nonnegative=True)
    d.holds(
        "at full rank, k = d_out ≤ d_in = d_out + e, two factors hold more than the matrix",
        sp.Gt(r * (r + r + wider) - r * (r + wider), 0, evaluate=False),
    )


def _greatest(pairs: tuple[int, ...]) -> int:
    """The greatest D with fewer numbers than the matrix, by trying."""
    bond = 1
    while uniform(pairs, bond + 1) < sp.prod(pairs):
        bond += 1
    return bond


def _below_root(layer: Layer) -> int:
    """The greatest D below D_r."""
    a, b = sum(layer.pairs[1:-1]), layer.pairs[0] + layer.pairs[-1]
    return int(sp.ceiling((sp.sqrt(b**2 + 4 * a * layer.dense) - b) / (2 * a))) - 1
