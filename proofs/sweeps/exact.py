"""One exact ridge solve: what it gains, that nothing else gains as much, and what is left open without a ridge."""

import sympy as sp
from sympy import MatrixSymbol

from ..claims import claim
from ..derivation import Derivation
from .frobenius import Inner, Symmetric, square, under

m, n, p = sp.symbols("m n p", integer=True, positive=True)
A, Y = MatrixSymbol("A", n, p), MatrixSymbol("Y", n, m)
THETA, BEST = MatrixSymbol("Θ", p, m), MatrixSymbol("Θ⋆", p, m)


def objective(theta: sp.MatrixExpr, ridge: sp.Expr) -> sp.Expr:
    """½‖AΘ − Y‖² + ρ/2 ‖Θ‖², the weights of the samples absorbed into the rows of A and Y."""
    return square(A * theta - Y) / 2 + ridge / 2 * square(theta)


@claim(
    "exact-ridge-decrease",
    sources=("Holtz, Rohwedder, Schneider 2012", "Wesel, Batselier 2021"),
    statement="Let J(Θ) = ½‖AΘ − Y‖² + ρ/2 ‖Θ‖² with ρ > 0 and (AᵀA + ρI)Θ⋆ = AᵀY. Then for every Θ "
    "J(Θ) − J(Θ⋆) = ½⟨Θ − Θ⋆, (AᵀA + ρI)(Θ − Θ⋆)⟩, which is positive unless Θ = Θ⋆: an exact solve never raises the "
    "penalised loss and its minimiser is unique. One step Θ − (AᵀA + ρI)⁻¹∇J(Θ) reaches it from anywhere.",
)
def decrease(d: Derivation) -> None:
    """A square is completed; the normal equations are used as a rule."""
    ridge = d.given("the ridge is positive", sp.Symbol("ρ", positive=True), dropped=sp.Symbol("ρ", real=True))
    solution = (A.T * Y, A.T * A * BEST + ridge * BEST)
    normal = d.given("Θ⋆ solves the normal equations AᵀY = (AᵀA + ρI)Θ⋆", (solution,), dropped=())
    gain = square(A * (THETA - BEST)) / 2 + ridge / 2 * square(THETA - BEST)
    d.equal("complete the square", objective(THETA, ridge) - objective(BEST, ridge), gain, by=under(*normal))
    distance, seen = sp.Symbol("‖Θ − Θ⋆‖²", positive=True), sp.Symbol("‖A(Θ − Θ⋆)‖²", nonnegative=True)
    d.holds("positive wherever Θ ≠ Θ⋆, whatever A is", sp.Gt(seen / 2 + ridge / 2 * distance, 0, evaluate=False))
    hessian, inverse = Symmetric("H", p, p), Symmetric("K", p, p)
    probe, right = MatrixSymbol("Z", p, m), MatrixSymbol("B", p, m)
    d.say("H = AᵀA + ρI ≥ ρI has an inverse K; let B = AᵀY, so the gradient is HΘ − B")
    d.equal(
        "the step ends at the solution of HΘ = B: for every Z",
        Inner(probe, hessian * (THETA - inverse * (hessian * THETA - right))),
        Inner(probe, right),
        by=under((hessian * inverse, sp.Identity(p))),
    )


@claim(
    "without-a-ridge-not-unique",
    sources=("Holtz, Rohwedder, Schneider 2012", "Klus, Gelss 2019"),
    statement="Without a ridge the minimisers of ½‖AΘ − Y‖² are Θ⋆ + N with AN = 0, all with the same predictions; "
    "there is more than one exactly where the features (the columns of A) are dependent. With a ridge, of two tensors "
    "that differ by such an N the one of smaller norm is better.",
)
def unpenalised(d: Derivation) -> None:
    """Both inclusions; two copies of one input as an example of dependent features."""
    null = MatrixSymbol("N", p, m)
    silent = d.given("N is not seen by the data: AN = 0", ((A * null, sp.ZeroMatrix(n, m)),), dropped=())
    ridge = sp.Symbol("ρ", positive=True)
    held = d.given("there is no ridge", sp.Integer(0), dropped=ridge)
    d.equal("Θ + N is as good as Θ", objective(THETA + null, held) - objective(THETA, held), 0, by=under(*silent))
    normal = (A.T * Y, A.T * A * BEST)
    d.equal(
        "conversely, a Θ as good as a minimiser Θ⋆ differs from it by an N with AN = 0",
        objective(THETA, 0) - objective(BEST, 0),
        square(A * (THETA - BEST)) / 2,
        by=under(normal),
    )
    d.equal(
        "with a ridge, translates differ by their norms alone",
        objective(THETA + null, ridge) - objective(THETA, ridge),
        ridge / 2 * (square(THETA + null) - square(THETA)),
        by=under(*silent),
    )
    x = sp.Symbol("x", real=True)
    row = sp.Matrix([1, x, x, x * x])
    d.equal("two copies of x: the product features 1, x, x, x² are dependent", row.dot([0, 1, -1, 0]), 0)
