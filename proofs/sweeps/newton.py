"""Newton's step on a matching loss: convex where predictions are linear, safe with halving, lost where F is flat."""

import sympy as sp
from sympy import MatrixSymbol

from ..claims import claim
from ..derivation import Derivation
from .frobenius import Inner, Symmetric, under

p = sp.Symbol("p", integer=True, positive=True)


@claim(
    "matching-loss-is-convex",
    sources=("Amid, Anil, Fifty, Warmuth 2022", "McCullagh, Nelder 1989"),
    statement="F(z) + F*(y) − y z, with F' = f and z = ⟨a, Θ⟩ linear in the unknown, is convex in Θ if f never falls, "
    "kinks allowed; so is every sum over samples and outputs with weights w ≥ 0, whose gradient is Σ w (f(z) − y) a.",
)
def convex(d: Derivation) -> None:
    """F lies above each of its tangents; a linear z keeps that; two cores at once lose it."""
    s, x, z = sp.symbols("s x z", real=True)
    f = sp.Function("f")
    above = sp.Integral(f(s), (s, x, z)) - f(x) * (z - x)
    d.say("F(z) − F(x) − f(x)(z − x) is how far F lies above its tangent at x; F(z) − F(x) is the integral of f", above)
    d.equal("it vanishes at z = x and has the derivative", sp.diff(above, z), f(z) - f(x))
    chord = d.given(
        "f never falls: f(z) − f(x) = h (z − x) with a chord slope h ≥ 0",
        sp.Symbol("h", nonnegative=True),
        dropped=sp.Symbol("h", real=True),
    )
    d.holds("which has the sign of z − x", sp.Ge((z - x) * (chord * (z - x)), 0, evaluate=False))
    d.say("so F lies above all its tangents, and F(z) + F*(y) − y z above those with the slope f(x) − y")
    row, theta, other = (MatrixSymbol(name, p, 1) for name in ("a", "Θ", "Η"))
    slope = sp.Symbol("r", real=True)
    squared = MatrixSymbol("S", p, p)
    inputs = d.given(
        "z is linear in the unknown",
        lambda core: Inner(row, core),
        dropped=lambda core: Inner(core, squared * core),
    )
    d.equal(
        "with r = f(x) − y, a tangent in z is a tangent in Θ",
        slope * (inputs(other) - inputs(theta)),
        Inner(slope * row, other - theta),
        by=under(),
    )
    u, v = sp.symbols("u v", real=True)
    loss = (u * v - 1) ** 2 / 2
    ends, between = [loss.subs({u: each, v: each}) for each in (1, -1)], loss.subs({u: 0, v: 0})
    d.fails(
        "two cores at once, z = u v: ½(uv − 1)² at (0, 0) exceeds its mean at (1, 1) and (−1, −1), which is 0",
        sp.Le(between, sum(ends) / 2, evaluate=False),
    )


@claim(
    "conjugate-gradients-descend",
    sources=("Hestenes, Stiefel 1952", "Dembo, Steihaug 1983"),
    statement="Let B be symmetric and positive definite and g ≠ 0. Conjugate gradients on B s = −g from s = 0 lower "
    "q(s) = ½⟨s, B s⟩ + ⟨g, s⟩ at every product with B until B s = −g. Stopped anywhere after the first, s is a "
    "descent direction: ⟨g, s⟩ < 0.",
)
def truncated(d: Derivation) -> None:
    """One step s ← s + α d with the residual r = −g − B s, then the slope."""
    hessian = Symmetric("B", p, p)
    point, direction, gradient = (MatrixSymbol(name, p, 1) for name in ("s", "d", "g"))
    length = sp.Symbol("α", real=True)

    def model(at: sp.MatrixExpr) -> sp.Expr:
        return Inner(at, hessian * at) / 2 + Inner(gradient, at)

    residual = -gradient - hessian * point
    d.equal(
        "along a direction d the model is a parabola",
        model(point + length * direction) - model(point),
        length**2 / 2 * Inner(direction, hessian * direction) - length * Inner(residual, direction),
        by=under(),
    )
    bend = d.given(
        "B is positive along d: ⟨d, B d⟩ = κ > 0", sp.Symbol("κ", positive=True), dropped=sp.Symbol("κ", real=True)
    )
    slope, size = sp.Symbol("⟨r, d⟩", real=True), sp.Symbol("‖r‖²", positive=True)
    change = length**2 / 2 * bend - length * slope
    d.equal("least at α = ⟨r, d⟩/κ, where it has fallen by", -change.subs(length, slope / bend), slope**2 / (2 * bend))
    d.equal(
        "the next residual r' = r − α B d is orthogonal to d at that α, as ⟨r', d⟩ = ⟨r, d⟩ − ακ",
        Inner(residual - length * hessian * direction, direction),
        Inner(residual, direction) - length * Inner(direction, hessian * direction),
        by=under(),
    )
    d.say(
        "so for the next direction d' = r' + β d the slope is ⟨r', d'⟩ = ‖r'‖². The first direction is d = r: by "
        "induction ⟨r, d⟩ = ‖r‖² at every step, positive until B s = −g"
    )
    d.holds("so every step lowers q", sp.Gt((slope**2 / (2 * bend)).subs(slope, size), 0, evaluate=False))
    below, curved = sp.symbols("⟨g⸴s⟩ ⟨s⸴Bs⟩", real=True)
    d.entails(
        "q(s) < q(0) = 0 makes s a direction of descent",
        below < 0,
        where=[curved / 2 + below < 0, curved >= 0],
    )


@claim(
    "halving-ends",
    sources=("Armijo 1966", "Dembo, Steihaug 1983"),
    statement="Let φ(t) be a loss along a direction with φ'(0) = −σ < 0 and a second derivative of at most Λ on "
    "[0, 1]. Then φ(t) ≤ φ(0) − c t σ for all 0 < t ≤ min(1, 2(1 − c)σ/Λ), 0 < c < 1: halving t = 1, ½, ¼, ... ends, "
    "and the step it takes lowers the loss.",
)
def halving(d: Derivation) -> None:
    """Taylor's bound against Armijo's line; an undamped Newton step that climbs."""
    t, c, sigma, top, start, value = sp.symbols("t c σ Λ φ₀ φ", real=True)
    descent = d.given("the direction descends: σ > 0", sigma > 0, dropped=sp.true)
    taylor = value <= start - t * sigma + top * t**2 / 2
    bent = d.given("the second derivative is at most Λ: φ(t) ≤ φ(0) − tσ + Λt²/2", taylor, dropped=sp.true)
    short = [t > 0, t <= 1, c > 0, c < 1, top > 0, top * t <= 2 * (1 - c) * sigma]
    d.entails("a short step passes Armijo's test", value <= start - c * t * sigma, where=[bent, *short])
    passed = value <= start - c * t * sigma
    d.entails("and what passes it lowers the loss", value < start, where=[passed, descent, t > 0, c > 0])
    d.say("where φ'' is not bounded everywhere, as for exp, it is on the segment t ≤ 1, which is compact")
    z = sp.Symbol("z", real=True)
    potential = sp.sqrt(1 + z**2)
    step = sp.diff(potential, z) / sp.diff(potential, z, 2)
    d.equal("undamped, F(z) = √(1 + z²) and y = 0: Newton's step takes z to −z³", z - step, -(z**3))
    d.fails(
        "from z = 2 it climbs to F(−8)",
        sp.Le(potential.subs(z, -8), potential.subs(z, 2), evaluate=False),
    )


@claim(
    "newton-needs-curvature",
    sources=("McCullagh, Nelder 1989", "Amid, Anil, Fifty, Warmuth 2022"),
    statement="Newton's step h on F(z) − y z, F''(z) h = y − F'(z), needs F'' > 0. For ReLU, F = ½ max(z, 0)², at "
    "z < 0 and a target y > 0 there is none, though the slope −y is not zero, and a ridge alone makes it a step that "
    "may climb. The step h = y − F'(z) of the majoriser with L = 1 is defined there, and gains at least ½y².",
)
def needs_curvature(d: Derivation) -> None:
    """ReLU below zero, F = max(z, 0)²/2: Newton's equation, and what the majoriser's step gains."""
    y, u, step = sp.symbols("y u h", real=True)
    below = sp.Symbol("z", negative=True)

    def loss(z: sp.Expr, potential: sp.Expr) -> sp.Expr:
        return potential - y * z

    relu = loss(below, sp.Max(below, 0) ** 2 / 2)
    d.equal("z < 0: the slope of F(z) − y z is", sp.diff(relu, below), -y)
    d.fails("no h solves F''(z) h = y, here with y = 1", sp.Eq(sp.diff(relu, below, 2) * step, 1, evaluate=False))
    start, ridge = sp.Integer(-1), sp.Rational(1, 10)
    end = start - (ridge * start - 1) / ridge
    d.equal("with a ridge ρ it is defined, but knows of no bend: ρ = 1/10 and y = 1 take z = −1 to 1/ρ", end, 10)
    reached = (loss(end, end**2 / 2) + ridge / 2 * end**2).subs(y, 1)
    d.fails(
        "which climbs: F(z) − z + ρ/2 z² there, against its value at z = −1",
        sp.Le(reached, (loss(start, 0) + ridge / 2 * start**2).subs(y, 1), evaluate=False),
    )
    d.say("the majoriser's step from z = −u, with L = 1 ≥ F'', is h = y − f(z) = y and ends at y − u")
    flat = d.given("the start lies below zero: u > 0", u > 0, dropped=sp.true)
    d.equal("if y − u ≤ 0 it gains y²", loss(-u, 0) - loss(y - u, 0), y**2)
    gain = loss(-u, 0) - loss(y - u, (y - u) ** 2 / 2)
    d.equal("if y − u > 0 it gains", gain, y**2 - (y - u) ** 2 / 2)
    d.entails("which is at least ½y², half the squared slope", gain >= y**2 / 2, where=[flat, u < y, y > 0])
