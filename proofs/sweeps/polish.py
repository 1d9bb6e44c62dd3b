"""All cores at once: the gradient in each is the surroundings of one matrix, and along each the loss is a parabola."""

import sympy as sp
from sympy import MatrixSymbol

from ..claims import claim
from ..derivation import Derivation
from .frobenius import Inner, Symmetric, square, under

b, c, m, n = sp.symbols("b c m n", integer=True, positive=True)
A, C, W = Symmetric("A", m, m), Symmetric("C", n, n), MatrixSymbol("W", m, n)


def loss(student: sp.MatrixExpr) -> sp.Expr:
    """½ tr A (T − W) C (T − W)ᵀ."""
    return Inner(student - W, A * (student - W) * C) / 2


@claim(
    "gradient-from-surroundings",
    sources=("Evenbly, Vidal 2009", "Baydin et al. 2018"),
    statement="Let T = Σ L Θ R be the matrix of a linear network with core Θ, the sum over the legs that pass by it, "
    "and S = A(T − W)C. The gradient of ½ tr A(T − W)C(T − W)ᵀ in Θ is Σ Lᵀ S Rᵀ, the contraction of S with all other "
    "cores; all of them need T and S once. Along any change of one core the loss is a parabola.",
)
def gradient(d: Derivation) -> None:
    """The loss after a change of one core, to all orders; two terms of the sum stand for any number."""
    one, two = MatrixSymbol("L₁", m, b), MatrixSymbol("L₂", m, b)
    first, second = MatrixSymbol("R₁", c, n), MatrixSymbol("R₂", c, n)
    core, change, between = MatrixSymbol("Θ", b, c), MatrixSymbol("Δ", b, c), MatrixSymbol("M", c, b)
    t = sp.Symbol("t", real=True)
    enters = d.given(
        "the core enters once in every term; entered twice it would be Θ M Θ",
        lambda theta: theta,
        dropped=lambda theta: theta * between * theta,
    )

    def network(theta: sp.MatrixExpr) -> sp.MatrixExpr:
        return one * enters(theta) * first + two * enters(theta) * second

    student, move = network(core), one * change * first + two * change * second
    slope = A * (student - W) * C
    around = one.T * slope * first.T + two.T * slope * second.T
    bend = Inner(move, A * move * C)
    d.equal(
        "to all orders in t",
        loss(network(core + t * change)) - loss(student),
        t * Inner(around, change) + t**2 / 2 * bend,
        by=under(),
    )
    d.say("the term of first order is ⟨Σ Lᵀ S Rᵀ, Δ⟩: that sum is the gradient in Θ")
    half, root, moved = MatrixSymbol("P", m, m), MatrixSymbol("E", n, n), MatrixSymbol("D", m, n)
    d.equal(
        "where A = PᵀP and C = EEᵀ the parabola opens upward, D = Σ L Δ R",
        Inner(moved, half.T * half * moved * root * root.T),
        square(half * moved * root),
        by=under(),
    )


@claim(
    "coordinates-of-a-core",
    sources=("Nocedal, Wright 2006",),
    statement="Let G be the Gram of a core, G + δI = LLᵀ with δ > 0, and ξ = Lᵀθ. In ξ the gradient is L⁻¹ times that "
    "in θ, and the Hessian is I − δ L⁻¹L⁻ᵀ ≤ I. An eigenvalue λ of G becomes λ/(λ + δ), close to 1 where λ ≫ δ.",
)
def coordinates(d: Derivation) -> None:
    """θ = L⁻ᵀξ is put into the quadratic form and into the slope."""
    factor, inverse, gram = MatrixSymbol("L", n, n), MatrixSymbol("K", n, n), Symmetric("G", n, n)
    xi, slope, delta = MatrixSymbol("ξ", n, 1), MatrixSymbol("g", n, 1), sp.Symbol("δ", positive=True)
    factored = d.given(
        "L is a factor of the damped Gram, with the inverse K: G + δI = LLᵀ and KL = I",
        ((gram, factor * factor.T - delta * sp.Identity(n)), (inverse * factor, sp.Identity(n))),
        dropped=((inverse * factor, sp.Identity(n)),),
    )
    theta = inverse.T * xi
    d.equal("the slope along θ = Kᵀξ", Inner(slope, theta), Inner(inverse * slope, xi), by=under(*factored))
    d.equal("the bend", Inner(theta, gram * theta), square(xi) - delta * square(inverse.T * xi), by=under(*factored))
    value = sp.Symbol("λ", nonnegative=True)
    d.say("so the Hessian K G Kᵀ is I − δKKᵀ ≤ I. It has the eigenvalues of G KᵀK = G (G + δI)⁻¹")
    d.equal("where G has λ, it has", 1 - delta / (value + delta), value / (value + delta))
    d.holds("at most 1", sp.Le(value / (value + delta), 1, evaluate=False))
