"""The Bregman divergence of any potential in any dimension: its sign, its dual, its three points."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation
from .forms import PAPER, POTENTIAL, divergence, positive

T, A, B = sp.symbols("t a b", real=True)
UNITS = sp.Symbol("d", integer=True, positive=True)


@claim(
    "divergence-is-not-negative",
    sources=("bregman:4a", "Bregman 1967"),
    statement=(
        "For a differentiable, strictly convex F on ℝᵈ with gradient f, "
        "D_F(a, b) = F(a) − F(b) − f(b)·(a − b) ≥ 0, with equality if and only if a = b."
    ),
)
def sign(d: Derivation) -> None:
    """Everything happens on the segment from b to a."""
    phi = sp.Function("phi", real=True)
    rise = d.given(
        "F is strictly convex: its gradient rises along any direction, (f(p) − f(b))·(p − b) > 0 for p ≠ b",
        sp.Symbol("rise", positive=True),
        dropped=sp.Symbol("rise", nonnegative=True),
    )
    d.say("let φ(t) = F(b + t v) with v = a − b ≠ 0; then φ'(t) = f(b + t v)·v and D_F(a, b) = φ(1) − φ(0) − φ'(0)")
    start = sp.Symbol("φ'(0)", real=True)
    d.equal(
        "φ(t) − t φ'(0) has the derivative φ'(t) − φ'(0)", sp.Derivative(phi(T) - T * start, T), phi(T).diff(T) - start
    )
    d.say("so D_F(a, b) is the integral of φ'(t) − φ'(0) over 0 ≤ t ≤ 1")
    time = sp.Symbol("t", positive=True)
    d.holds("with p = b + t v the integrand is (f(p) − f(b))·(p − b)/t, positive for t > 0", positive(rise / time))
    d.say("a continuous function that is positive for t > 0 has a positive integral; for a = b both sides are 0")
    remainder = (1 - T) * phi(T).diff(T) + phi(T)
    d.equal(
        "for a twice differentiable F, integrate by parts", sp.Derivative(remainder, T), (1 - T) * phi(T).diff(T, 2)
    )
    d.say("so D_F(a, b) is also the integral of (1 − t) v'H(b + t v)v: a weighted mean of the curvature on the segment")


@claim(
    "divergence-duality",
    sources=("bregman:4a", PAPER),
    statement=(
        "The gradient of the conjugate is the inverse of f, and D_F(a, b) = D_{F*}(f(b), f(a)): the loss measured "
        "before the transfer function is the one measured after it, the arguments exchanged. In any dimension."
    ),
)
def duality(d: Derivation) -> None:
    """One unit for the gradient; vectors of any length, as matrix symbols, for the rest."""
    other = sp.Function("f", real=True)
    f = d.given("the potential belongs to the transfer function, F' = f", POTENTIAL(T).diff(T), dropped=other(T))
    d.say("the supremum F*(y) = sup_a y·a − F(a) is attained where f(a) = y, so F*(f(t)) = t f(t) − F(t)")
    conjugate = T * f - POTENTIAL(T)
    d.equal(
        "by the chain rule F*'(f(t)) f'(t) = t f'(t), so F*'(f(t)) = t: the inverse",
        sp.Derivative(conjugate, T),
        T * f.diff(T),
    )
    d.say("a vector f has a Jacobian in place of f', and ∇(a·f(a) − F(a)) = J a + f(a) − f(a) = J a by the same rule")
    a, b, y_a, y_b = (sp.MatrixSymbol(name, UNITS, 1) for name in ("a", "b", "y_a", "y_b"))
    height_a, height_b = (sp.MatrixSymbol(name, 1, 1) for name in ("F_a", "F_b"))
    d.say("write y_a = f(a), y_b = f(b), F_a = F(a), F_b = F(b); F*(y_a) = y_a'a − F_a, and its gradient at y_a is a")
    there = height_a - height_b - y_b.T * (a - b)
    back = (y_b.T * b - height_b) - (y_a.T * a - height_a) - (y_b - y_a).T * a
    d.equal("expand both divergences", there, back)


@claim(
    "three-point-identity",
    sources=("bregman:4a", "Chen, Teboulle 1993"),
    statement=(
        "D_F(a, c) = D_F(a, b) + D_F(b, c) + (f(b) − f(c))·(a − b); so D_F(a, c) splits at b without remainder exactly "
        "where f(b) − f(c) is orthogonal to a − b. In any dimension."
    ),
)
def three_points(d: Derivation) -> None:
    """Vectors of any length, as matrix symbols; the gradients enter as vectors of their own."""
    a, b, c, y_b, y_c = (sp.MatrixSymbol(name, UNITS, 1) for name in ("a", "b", "c", "y_b", "y_c"))
    height = {name: sp.MatrixSymbol(f"F_{name}", 1, 1) for name in "abc"}
    height_a = d.given(
        "all three divergences are formed from one potential F", height["a"], dropped=sp.MatrixSymbol("G_a", 1, 1)
    )
    long = height["a"] - height["c"] - y_c.T * (a - c)
    first = height_a - height["b"] - y_b.T * (a - b)
    second = height["b"] - height["c"] - y_c.T * (b - c)
    product = (y_b - y_c).T * (a - b)
    d.say("write y_b = f(b), y_c = f(c), and F_a, F_b, F_c for the values of F")
    d.equal("what is left of D(a, c) − D(a, b) − D(b, c)", long - first - second, product)
    d.say("so the way over b costs as much as the direct one exactly where this dot product is 0")


@claim(
    "transfer-function-must-increase",
    sources=("bregman:4a",),
    statement="Every transfer function f of a layer, applied unit by unit, yields a divergence D_F ≥ 0 with F' = f.",
    verdict=Verdict.ASSUMPTION,
    corrected=(
        "If and only if f never decreases; and D_F(a, b) = 0 only for a = b if and only if f increases strictly. "
        "GELU and SiLU decrease on part of the negative half-line, so they have no convex potential."
    ),
)
def monotone(d: Derivation) -> None:
    """One unit and a pair a > b; D_F is the integral of f(t) − f(b) from b to a."""
    d.equal(
        "D_F(a, b) has the a-derivative f(a) − f(b)",
        sp.Derivative(divergence(POTENTIAL, A, B), A),
        POTENTIAL(A).diff(A) - POTENTIAL(B).diff(B),
    )
    d.say("and vanishes at a = b: it is the integral of f(t) − f(b) from b to a; for a < b the sign turns twice")
    gain = d.given(
        "f increases strictly: f(t) − f(b) > 0 for t > b",
        sp.Symbol("f(t) − f(b)", positive=True),
        dropped=sp.Symbol("f(t) − f(b)", real=True),
    )
    d.holds(
        "the integrand is positive: D_F(a, b) > 0; not negative if f merely never decreases",
        positive(gain),
    )
    both = divergence(POTENTIAL, A, B) + divergence(POTENTIAL, B, A)
    product = (POTENTIAL(A).diff(A) - POTENTIAL(B).diff(B)) * (A - B)
    d.equal("conversely, the divergences of a pair add up to the product of both differences", both, product)
    d.say(
        "so where f(a) < f(b) for some a > b, one of the two divergences is negative; where f(a) = f(b), they add to 0"
    )
    silu = T / (1 + sp.exp(-T))
    gelu = T * (1 + sp.erf(T / sp.sqrt(2))) / 2
    d.fails("SiLU, a/(1+e⁻ᵃ), falls from −2 to −1", sp.Ge(silu.subs(T, -1), silu.subs(T, -2), evaluate=False))
    d.fails("GELU, a Φ(a), falls from −2 to −1", sp.Ge(gelu.subs(T, -1), gelu.subs(T, -2), evaluate=False))
