"""Cutting a two-site solution: best in its own norm, not in the loss, unless the cut is made in the loss's metric."""

import sympy as sp
from sympy import MatrixSymbol

from ..claims import claim
from ..derivation import Derivation
from .frobenius import Inner, Symmetric, square, under

m, n = sp.symbols("m n", integer=True, positive=True)
HALF = sp.Rational(1, 2)


@claim(
    "a-cut-may-raise-the-loss",
    sources=("Stoudenmire, Schwab 2016", "Holtz, Rohwedder, Schneider 2012"),
    statement="In a two-site visit, an exact solve for θ⋆ followed by the truncated SVD, the cut is the nearest of its "
    "rank in the Frobenius norm, but the loss may be higher after the visit than before it. If no eigenvalue of the "
    "local Gram exceeds λ, the cut costs at most ½λ ‖θ⋆ − cut‖². With the old cores put back wherever the loss rose, "
    "no visit raises it.",
)
def cut_may_raise(d: Derivation) -> None:
    """An exact example in two dimensions, and the bound by the discarded weight."""
    target, seen = sp.diag(2, 1), sp.diag(1, 9)

    def loss(x: sp.Matrix) -> sp.Expr:
        return ((x - target) * seen * (x - target).T).trace() / 2

    d.say(
        "target diag(2, 1), inputs with the moment diag(1, 9). From diag(0, 1), of rank 1, the solve finds the target"
    )
    d.equal("which is exact", loss(target), 0)
    d.fails(
        "its best cut to rank 1 is diag(2, 0), which is worse than diag(0, 1) was",
        sp.Le(loss(sp.diag(2, 0)), loss(sp.diag(0, 1)), evaluate=False),
    )
    gram, spare, right = Symmetric("G", n, n), MatrixSymbol("P", n, n), MatrixSymbol("b", n, 1)
    solved, cut, top = MatrixSymbol("θ⋆", n, 1), MatrixSymbol("θ", n, 1), sp.Symbol("λ", positive=True)

    def local(theta: sp.MatrixExpr) -> sp.Expr:
        return Inner(theta, gram * theta) / 2 - Inner(right, theta)

    exact = d.given("θ⋆ solves the local problem: Gθ⋆ = b", ((right, gram * solved),), dropped=())
    bound = d.given(
        "no eigenvalue of G exceeds λ: λI − G = PᵀP", ((spare.T * spare, top * sp.Identity(n) - gram),), dropped=()
    )
    d.equal(
        "in general a cut θ costs no more than λ/2 times the discarded weight ‖θ − θ⋆‖²",
        local(cut) - local(solved),
        top / 2 * square(cut - solved) - square(spare * (cut - solved)) / 2,
        by=under(*exact, *bound),
    )
    d.say("with the old cores put back where a cut raised the loss, the loss after a visit is the smaller of both")


@claim(
    "a-cut-in-the-loss-metric",
    sources=("Stoudenmire, Schwab 2016", "Izenman 1975"),
    statement="Let A and B, positive definite, be the second moments of what enters a two-site tensor X from its left "
    "and right legs. If the Gram is their product, X ↦ A X B, the cut X of the solution θ⋆ to rank r that minimises "
    "‖A^½ (θ⋆ − X) B^½‖ has the least loss of all tensors of rank r: no more than before the visit, if the old bond "
    "was no wider than r. If the Gram is no such product, the loss may rise even so.",
)
def metric_cut(d: Derivation) -> None:
    """The loss as a distance, a change of variables that keeps ranks, and weights that do not factor."""
    left, right, more = Symmetric("A", m, m), Symmetric("B", n, n), Symmetric("D", m, m)
    near, far, target = MatrixSymbol("a", m, m), MatrixSymbol("b", n, n), MatrixSymbol("Y", m, n)
    solved, cut = MatrixSymbol("θ⋆", m, n), MatrixSymbol("X", m, n)
    gram = d.given(
        "the Gram is a product: X ↦ A X B, not A X B + D X",
        lambda x: left * x * right,
        dropped=lambda x: left * x * right + more * x,
    )

    def loss(x: sp.MatrixExpr) -> sp.Expr:
        return Inner(x, gram(x)) / 2 - Inner(target, x)

    exact = d.given("θ⋆ solves the local problem: Aθ⋆B = Y", ((target, left * solved * right),), dropped=())
    d.equal(
        "with A = aaᵀ and B = bbᵀ (Cholesky), the loss above that of θ⋆ is a distance",
        loss(cut) - loss(solved),
        square(near.T * (cut - solved) * far) / 2,
        by=under((left, near * near.T), (right, far * far.T), *exact),
    )
    d.say(
        "A and B are positive definite, so a and b are invertible and aᵀXb has the rank of X. The truncated SVD of "
        "aᵀθ⋆b is the nearest of its rank (Eckart, Young 1936), so the X it stands for has the least loss of its rank. "
        "‖aᵀ · b‖ and ‖A^½ · B^½‖ are one norm, as both squares are ⟨X, A X B⟩"
    )
    weights, wanted = sp.Matrix([[1, 9], [9, 1]]), sp.Matrix([[2, 1], [1, 2]])

    def weighted(x: sp.Matrix) -> sp.Expr:
        return sum(w * e**2 for w, e in zip(weights, x - wanted, strict=True)) / 2

    d.say(
        "weights [[1, 9], [9, 1]] on the entries of X have equal moments on both sides, so the metric cut is the plain "
        "SVD; θ⋆ = [[2, 1], [1, 2]] has the singular values 3 and 1"
    )
    d.equal("its leading part", wanted * sp.Matrix([1, 1]) / 2, 3 * sp.Matrix([1, 1]) / 2)
    d.fails(
        "3/2 in every entry is worse than the old cores, 1 in every entry",
        sp.Le(weighted(sp.ones(2, 2) * 3 * HALF), weighted(sp.ones(2, 2)), evaluate=False),
    )
