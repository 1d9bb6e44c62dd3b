"""What a whole sweep guarantees: the penalised loss falls if one ridge is held, and the steps die out."""

import sympy as sp
from sympy import MatrixSymbol

from ..claims import claim
from ..derivation import Derivation
from .frobenius import orthonormal, square, under

e, k, m, n = sp.symbols("e k m n", integer=True, positive=True)


@claim(
    "one-ridge-for-a-sweep",
    sources=("Holtz, Rohwedder, Schneider 2012", "Espig, Hackbusch, Khachatryan 2015", "Wesel, Batselier 2021"),
    statement="Sweep by exact ridge solves of L(W) + ρ/2 ‖W‖² = J, L(W) = ½‖AW − Y‖², in canonical gauge, with one "
    "ridge ρ > 0 and nothing cut. If W_k is the whole tensor after k visits, each visit lowers J by at least "
    "ρ/2 ‖W_{k+1} − W_k‖². So Σ_k ‖W_{k+1} − W_k‖² ≤ 2J₀/ρ and ‖W_k‖² ≤ 2J₀/ρ for any number of visits: the values of "
    "J converge, the tensors stay bounded and the steps tend to zero. L itself may rise, and so may J where the ridge "
    "changes between solves.",
)
def one_ridge(d: Derivation) -> None:
    """What a visit gains in the objective that all visits share; the gains add up to at most J₀."""
    design, outside, target = MatrixSymbol("A", e, n), MatrixSymbol("Q", n, k), MatrixSymbol("Y", e, m)
    before, after = MatrixSymbol("Θ", k, m), MatrixSymbol("Θ⋆", k, m)
    ridge = sp.Symbol("ρ", real=True)
    isometry = d.given("all cores outside the centre are isometries: QᵀQ = I", (orthonormal(outside),), dropped=())
    own = d.given("the ridge of every visit is the same ρ", ridge, dropped=sp.Symbol("ρ'", real=True))
    positive = d.given("the ridge is positive", ridge > 0, dropped=sp.true)
    local = design * outside
    solved = (local.T * target, local.T * local * after + own * after)

    def penalised(tensor: sp.MatrixExpr) -> sp.Expr:
        return square(design * tensor - target) / 2 + ridge / 2 * square(tensor)

    step = outside * before - outside * after
    d.say("W = QΘ before a visit, W⋆ = QΘ⋆ after it, where Θ⋆ solves QᵀAᵀY = (QᵀAᵀAQ + ρI)Θ⋆ with the visit's ridge")
    d.equal(
        "a visit lowers J by",
        penalised(outside * before) - penalised(outside * after),
        square(design * step) / 2 + ridge / 2 * square(step),
        by=under(solved, *isometry),
    )
    d.holds("of which the first part is not negative", sp.Ge(square(design * step) / 2, 0, evaluate=False))
    start, now, then, total, size = sp.symbols("J₀ J J' S t", real=True)
    d.say("let S be the sum of t = ‖W − W⋆‖² over the visits so far; at the start J = J₀, S = 0 and J + ρ/2 S ≤ J₀")
    d.entails(
        "one more visit, J' ≤ J − ρ/2 t, keeps that bound",
        sp.Le(then + ridge / 2 * (total + size), start),
        where=[sp.Le(now + ridge / 2 * total, start), sp.Le(then, now - ridge / 2 * size)],
    )
    inverse = sp.Symbol("ρ⁻¹", real=True)
    d.entails(
        "as J ≥ 0, it bounds S after any number of visits",
        sp.Le(total, 2 * start * inverse),
        where=[sp.Le(now + ridge / 2 * total, start), now >= 0, sp.Eq(ridge * inverse, 1), positive],
    )
    d.say("ρ/2 ‖W‖² ≤ J ≤ J₀ bounds the tensors; a falling sequence J that is bounded below converges")
    _one_weight(d)


def _one_weight(d: Derivation) -> None:
    """A single weight, whose loss rises, and whose objective rises where the ridge changes."""
    w, r = sp.symbols("w r", nonnegative=True)
    value, solved = (w - 1) ** 2 / 2, 1 / (1 + r)
    d.equal(
        "one weight, L(w) = ½(w − 1)²: the solution with the ridge r is w = 1/(1 + r)",
        sp.diff(value + r / 2 * w**2, w).subs(w, solved),
        0,
    )
    half, two_thirds = solved.subs(r, 1), solved.subs(r, sp.Rational(1, 2))
    d.fails("a solve with r = 1, from w = 1, raises L", sp.Le(value.subs(w, half), value.subs(w, 1), evaluate=False))
    shared = value + w**2 / 4
    d.fails(
        "solves with r = ½ and then r = 1 raise L + ¼w², the objective of the first",
        sp.Le(shared.subs(w, half), shared.subs(w, two_thirds), evaluate=False),
    )
