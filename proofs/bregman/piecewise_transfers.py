"""Potentials of transfer functions that are pieced together at 0: leaky ReLU and the identity, ELU, ReLU."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .forms import PAPER, positive

A, Y = sp.symbols("a y", real=True)
SIZE, TARGET = sp.symbols("t y", positive=True)


@claim(
    "leaky-relu-potential",
    sources=("bregman:4a", PAPER),
    statement=(
        "Leaky ReLU, f(a) = a for a ≥ 0 and b a for a < 0, with b > 0 (b = 1 is the identity), has the potential "
        "F(a) = a f(a)/2, the inverse y for y ≥ 0 and y/b for y < 0, the conjugate F*(y) = y f⁻¹(y)/2 and the slope "
        "1 or b. F is strictly convex."
    ),
)
def leaky_relu(d: Derivation) -> None:
    """Both half-lines are f(a) = s a, with s = 1 on the right and s = b on the left."""
    s = d.given(
        "the slope s of either half-line is positive", sp.Symbol("s", positive=True), dropped=sp.Symbol("s", real=True)
    )
    potential, conjugate = A * (s * A) / 2, Y * (Y / s) / 2
    d.equal(
        "on a half-line f(a) = s a, and the potential a f(a)/2 has this derivative", sp.Derivative(potential, A), s * A
    )
    d.say("both F and f vanish at 0, where the half-lines meet, so the pieces fit together whatever their slopes")
    d.holds("f keeps the sign: s t > 0 for t > 0, so a half-line goes to the same half-line", positive(s * SIZE))
    d.holds("and the slope is positive on both sides of 0: F is strictly convex", positive(s))
    d.equal("hence f⁻¹(y) = y/s on the half-line of y", (s * A) / s, A)
    d.equal(
        "and F*(f(a)) + F(a) = a f(a), the largest value of y a − F(a)",
        conjugate.subs(Y, s * A) + potential,
        A * (s * A),
    )


@claim(
    "elu-potential",
    sources=("bregman:4a", PAPER),
    statement=(
        "ELU, f(a) = a for a ≥ 0 and α(eᵃ−1) for a < 0, with α > 0, has the potential a²/2 for a ≥ 0 and α(eᵃ−a−1) "
        "for a < 0, the inverse y for y ≥ 0 and log(1+y/α) for −α < y < 0, and the conjugate y²/2 for y ≥ 0 and "
        "(α+y) log(1+y/α) − y for −α < y < 0. F is strictly convex."
    ),
)
def elu(d: Derivation) -> None:
    """The right half-line is the identity's row; here is the left one."""
    scale = d.given("the scale α is positive", sp.Symbol("alpha", positive=True), dropped=sp.Symbol("alpha", real=True))
    f, potential = scale * (sp.exp(A) - 1), scale * (sp.exp(A) - A - 1)
    inverse, conjugate = sp.log(1 + Y / scale), (scale + Y) * sp.log(1 + Y / scale) - Y
    d.equal("on the left the potential has the derivative f", sp.Derivative(potential, A), f)
    d.equal("at 0 it vanishes, as a²/2 does", potential.subs(A, 0), sp.Integer(0))
    d.equal("and so does f: the pieces fit together", f.subs(A, 0), sp.Integer(0))
    d.holds("f' = α eᵃ is positive: F is strictly convex", positive(f.diff(A)))
    d.equal("the inverse takes f(a) back to a", inverse.subs(Y, f), A)
    d.equal("F*(f(a)) + F(a) = a f(a)", conjugate.subs(Y, f) + potential, A * f)
    d.equal("a second check: the derivative of the conjugate is the inverse", sp.Derivative(conjugate, Y), inverse)


@claim(
    "relu-divergence-is-degenerate",
    sources=("bregman:4a", PAPER),
    statement=(
        "ReLU, f(a) = max(a, 0), has the convex potential F(a) = max(a, 0)²/2, but D_F(a, b) vanishes for all a, b ≤ "
        "0: F is not strictly convex and f has no inverse at 0. What remains for targets y ≥ 0: F*(y) = y²/2 (and +∞ "
        "for y < 0), and the loss F(â) + F*(y) − yâ = max(â, 0)²/2 − yâ + y²/2 is convex in â, is never negative, has "
        "the gradient max(â, 0) − y, and is zero exactly at â = y for y > 0 and on all of â ≤ 0 for y = 0."
    ),
)
def relu(d: Derivation) -> None:
    """One unit; pre-activations below 0 are written −t, where F = 0."""
    size = sp.Symbol("t", nonnegative=True)
    y = d.given("the target is an activation, y ≥ 0", sp.Symbol("y", nonnegative=True), dropped=Y)
    potential = sp.Max(A, 0) ** 2 / 2
    other = sp.Symbol("u", nonnegative=True)
    between = potential.subs(A, -size) - potential.subs(A, -other) - sp.Max(-other, 0) * (other - size)
    d.equal("D_F(−t, −u) = F(−t) − F(−u) − f(−u) (u − t) for t, u ≥ 0", between, sp.Integer(0))
    d.equal(
        "for a ≥ 0 the value y a − F(a) lies below y²/2 by a square",
        y**2 / 2 - (y * A - A**2 / 2),
        (y - A) ** 2 / 2,
    )
    d.holds(
        "for a = −t < 0 it is −y t, below y²/2 as well: so F*(y) = y²/2", sp.Ge(y**2 / 2 + y * size, 0, evaluate=False)
    )
    bound = sp.Symbol("B", positive=True)
    d.equal(
        "for the target −y < 0 it is y t, above any bound B: take t = (1 + B)/y",
        TARGET * (1 + bound) / TARGET,
        1 + bound,
    )
    right, left = A**2 / 2 + y**2 / 2 - y * A, y**2 / 2 - y * A
    d.equal("the loss at a ≥ 0 has the gradient a − y", sp.Derivative(right, A), A - y)
    d.equal("at a < 0 the gradient 0 − y", sp.Derivative(left, A), -y)
    d.say("so the gradient max(a, 0) − y never falls: the loss is convex, whatever the target")
    d.holds("for a positive target no a = −t ≤ 0 has loss 0", positive(TARGET**2 / 2 + TARGET * size))
    d.equal("for the target 0 every a = −t has loss 0", left.subs({y: 0, A: -SIZE}), sp.Integer(0))


@claim(
    "praxis-leaky-relu-loss",
    sources=("bregman:4a", "praxis, layers/bregman.py"),
    statement=(
        "The loss that the authors' library computes for leaky ReLU, (â f(â) − a y)/2 − y (â − a) with a = f⁻¹(y), "
        "is the matching loss F(â) + F*(y) − yâ."
    ),
)
def praxis(d: Derivation) -> None:
    """f(â) and f⁻¹(y) enter as numbers, so all combinations of signs are covered at once."""
    guess, value, y, other = sp.symbols("â f(â) y a", real=True)
    inverse = sp.Symbol("f⁻¹(y)", real=True)
    a = d.given("a is the inverse of the target, a = f⁻¹(y)", inverse, dropped=other)
    coded = (guess * value - a * y) / 2 - y * (guess - a)
    d.say("F(â) = â f(â)/2 and F*(y) = y f⁻¹(y)/2, by leaky-relu-potential")
    d.equal("the two terms with a y join to + a y/2", coded, guess * value / 2 + y * inverse / 2 - y * guess)
