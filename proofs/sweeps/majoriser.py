"""A bound on the slope of the transfer function turns every matching loss into ridge solves that never climb."""

import sympy as sp
from sympy import MatrixSymbol

from ..claims import claim
from ..derivation import Derivation
from .frobenius import Inner, Symmetric, square, under

m, n, p = sp.symbols("m n p", integer=True, positive=True)


@claim(
    "lipschitz-majoriser",
    sources=("Böhning 1992", "Hunter, Lange 2004"),
    statement="If F' = f is Lipschitz with the constant L, kinks allowed, then F(z + h) ≤ F(z) + f(z) h + ½L h² for "
    "all z and h, with equality at h = 0.",
)
def lipschitz(d: Derivation) -> None:
    """The gap, its derivative in h, and the sign of that derivative."""
    s, z, h = sp.symbols("s z h", real=True)
    top, f = sp.Symbol("L", positive=True), sp.Function("f")
    gap = f(z) * h + top * h**2 / 2 - sp.Integral(f(s), (s, z, z + h))
    d.say("F(z + h) − F(z) is the integral of f; the gap between the two sides is", gap)
    d.equal("it vanishes at h = 0 and has the derivative", sp.diff(gap, h), f(z) + top * h - f(z + h))
    spare = d.given(
        "no chord of f is steeper than L: f(z + h) − f(z) = (L − g) h with g ≥ 0",
        sp.Symbol("g", nonnegative=True),
        dropped=sp.Symbol("g", real=True),
    )
    slope = top * h - (top - spare) * h
    d.holds("which has the sign of h", sp.Ge(h * slope, 0, evaluate=False))
    d.say("so the gap falls to zero up to h = 0 and grows after it: it is never negative")


@claim(
    "majorised-step-descends",
    sources=("Böhning 1992", "Hunter, Lange 2004"),
    statement="Let J(Θ) = Σ_n w_n (F(z_n) − y_n·z_n) + ρ/2 ‖Θ‖², ρ > 0, with z = AΘ linear, weights w_n ≥ 0, "
    "Ω = diag(w), and f = F' of slopes of at most L. With g = ∇J(Θ) and B = L AᵀΩA + ρI, the ridge solve Θ − B⁻¹g "
    "never raises J: it gains at least ½⟨g, B⁻¹g⟩. B does not depend on Θ, so one factorisation serves every repeat. "
    "For the identity f(z) = z and L = 1 the gain is exactly that, the most there is.",
)
def step(d: Derivation) -> None:
    """The majoriser along a step, its value at the ridge solution, and what happens with half the bound."""
    theta, move, slope = (MatrixSymbol(name, p, m) for name in ("Θ", "Δ", "g"))
    design, top = MatrixSymbol("A", n, p), sp.Symbol("L", positive=True)
    bound, inverse = Symmetric("B", p, p), Symmetric("K", p, p)
    ridge = sp.Symbol("ρ", positive=True)
    d.say(
        "absorb √w into the rows of A. Add lipschitz-majoriser over samples and outputs (for softmax, along the line "
        "from z to z + h): J(Θ + Δ) ≤ J(Θ) + ⟨g, Δ⟩ + ½⟨Δ, B Δ⟩"
    )
    d.equal(
        "the last term is L of the losses and ρ of the ridge: B = L AᵀA + ρI",
        top * square(design * move) + ridge * (square(theta + move) - square(theta) - 2 * Inner(theta, move)),
        Inner(move, bound * move),
        by=under((design.T * design, (bound - ridge * sp.Identity(p)) / top)),
    )
    solves = d.given("the step solves B Δ = −g: Δ = −K g, B K = I", ((bound * inverse, sp.Identity(p)),), dropped=())
    down = -inverse * slope
    d.equal(
        "the majoriser falls by",
        Inner(slope, down) + Inner(down, bound * down) / 2,
        -Inner(slope, inverse * slope) / 2,
        by=under(*solves),
    )
    d.equal(
        "which is a fall wherever the gradient is not zero, as B is positive",
        Inner(slope, inverse * slope),
        Inner(inverse * slope, bound * (inverse * slope)),
        by=under(*solves),
    )
    z, h = sp.symbols("z h", real=True)
    d.equal("F = ½z² is its own majoriser, L = 1: the step is exact", (z + h) ** 2 / 2, z**2 / 2 + z * h + h**2 / 2)
    x = sp.Symbol("x", positive=True)
    d.fails(
        "with too small a bound it climbs: F = ½x² with L = 1/3 goes from x to x − 3x",
        sp.Le((x - 3 * x) ** 2 / 2, x**2 / 2, evaluate=False),
    )
