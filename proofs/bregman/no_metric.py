"""A Bregman divergence is no distance: when it is symmetric, and why no triangle inequality can hold; any potential."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .forms import POTENTIAL, divergence, half_square, positive

A, B = sp.symbols("a b", real=True)


@claim(
    "divergence-is-symmetric-for-squares-only",
    sources=("bregman:4a",),
    statement=(
        "For a twice differentiable F, D_F(a, b) = D_F(b, a) for all a, b if and only if F is quadratic, so f affine. "
        "In any dimension."
    ),
)
def symmetry(d: Derivation) -> None:
    """Differentiate the symmetry once in each argument."""
    d.say("if D_F(a, b) = D_F(b, a), the mixed derivatives in a and b agree as well")
    d.equal(
        "that of D_F(a, b) depends on b alone",
        sp.Derivative(divergence(POTENTIAL, A, B), A, B),
        -POTENTIAL(B).diff(B, 2),
    )
    d.equal("that of D_F(b, a) on a alone", sp.Derivative(divergence(POTENTIAL, B, A), A, B), -POTENTIAL(A).diff(A, 2))
    d.say("so F'' is one constant; for vectors the matrices −H(b) and −H(a) agree, so the Hessian is one constant")
    third = sp.Symbol("g", real=True, nonzero=True)
    cubic = d.given("F is quadratic: it has no third derivative", sp.Integer(0), dropped=third)
    h, slope, height = sp.symbols("h f_0 F_0", real=True)

    def potential(a: sp.Expr) -> sp.Expr:
        return height + slope * a + h * a**2 / 2 + cubic * a**3 / 6

    d.equal("conversely, for quadratic F", divergence(potential, A, B), h * (A - B) ** 2 / 2)
    exponential = [divergence(sp.exp, *pair) for pair in ((1, 0), (0, 1))]
    d.differ("for F = exp, D_F(1, 0) = e − 2 and D_F(0, 1) = 1", *exponential)


@claim(
    "triangle-inequality-fails",
    sources=("bregman:4a",),
    statement=(
        "A Bregman divergence is no distance: for every strictly convex F and every b strictly between a and c, "
        "D_F(a, c) > D_F(a, b) + D_F(b, c). In any dimension."
    ),
)
def triangle(d: Derivation) -> None:
    """b = c + (a − c)/(1 + r) runs over the inner points of the segment as r runs over the positive numbers."""
    ratio, c = sp.Symbol("r", positive=True), sp.Symbol("c", real=True)
    between = d.given(
        "b lies strictly between a and c: b = c + (a − c)/(1 + r) with r > 0", c + (A - c) / (1 + ratio), dropped=B
    )
    d.say("by three-point-identity the direct way costs (f(b) − f(c))·(a − b) more than the way over b")
    d.equal("a − b is r times b − c, coordinate by coordinate", A - between, ratio * (between - c))
    rise = sp.Symbol("rise", positive=True)
    d.holds("so this is r times the rise (f(b) − f(c))·(b − c), positive by strict convexity", positive(ratio * rise))
    direct, first, second = (divergence(half_square, *map(sp.Integer, pair)) for pair in ((2, 0), (2, 1), (1, 0)))
    d.differ("half a squared distance: from 2 to 0 it costs 2, over 1 it costs 1/2 + 1/2", direct, first + second)
