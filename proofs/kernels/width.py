"""The tangent kernel of a two-layer network at its random start, for any width, input and activation."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation


@claim(
    "infinite-width-kernel",
    sources=("notes:178", "Jacot, Gabriel, Hongler 2018"),
    statement="When the width m is infinite, the kernel approximates the fixed one ker(x, x') = E_θ⟨∂f(θ, x)/∂θ, ∂f(θ, "
    "x')/∂θ⟩. Here f(x) = m^(−c) Σ_r v_r σ(w_r·x), with m hidden units.",
    verdict=Verdict.ASSUMPTION,
    corrected="At the start of training (E is over the initial θ, not θ_t), if the units are drawn independently from "
    "one law, if c = ½, and if κ = σ(w·x)σ(w·x') + v²σ'(w·x)σ'(w·x') x·x' has a finite variance (for a ReLU: if the "
    "weights have finite fourth moments). Then the kernel at width m has mean E κ and variance exactly Var(κ)/m.",
)
def width(d: Derivation) -> None:
    """One unit is singled out for its share κ; independence then adds up the variances of the shares."""
    m = sp.Symbol("m", integer=True, positive=True)
    v, w, x, seen, rest, rest_seen = sp.symbols("v w x x' r r'", real=True)
    activation = sp.Function("sigma")
    c = d.given("the output is divided by √m, c = ½", sp.Rational(1, 2), dropped=sp.Symbol("c", real=True))
    d.say("Single out one unit and one coordinate of its input; r, r' are what all other coordinates add to w·x, w·x'.")
    z, z_seen = w * x + rest, w * seen + rest_seen
    unit, unit_seen = m**-c * v * activation(z), m**-c * v * activation(z_seen)
    d.equal(
        "the outer weight v adds σσ'/m to the kernel",
        sp.Derivative(unit, v) * sp.Derivative(unit_seen, v),
        activation(z) * activation(z_seen) / m,
    )
    slope, slope_seen = sp.Derivative(activation(z), rest), sp.Derivative(activation(z_seen), rest_seen)
    d.equal(
        "the inner weight adds v²σ'σ' x x'/m, over all coordinates v²σ'σ' x·x'/m; the share of the unit is κ/m",
        sp.Derivative(unit, w) * sp.Derivative(unit_seen, w),
        v**2 * slope * slope_seen * x * seen / m,
    )
    variance = sp.Symbol("s", positive=True)
    d.say("m shares κ/m of one law have the expectation E κ together. Let s = Var κ.")
    covariance = d.given("the units are drawn independently", 0, dropped=sp.Symbol("c_12", positive=True))
    d.induction(
        "by independence every further κ adds s to the variance of their sum",
        m,
        base=(1, variance),
        step=lambda total, units: total + variance + 2 * units * covariance,
        closed=m * variance,
    )
    finite = d.given("κ has a finite variance", variance, dropped=sp.oo)
    d.equal("the variance of the kernel, m s/m², falls to 0", sp.Limit(m * finite / m**2, m, sp.oo), 0)
    d.say("so by Chebyshev's inequality the kernel misses E κ by l or more with a probability of at most s/(ml²).")
    p, q = sp.symbols("p q", real=True)
    d.entails(
        "for a ReLU, |σ(z)| ≤ |z| and |σ'| ≤ 1, fourth moments of v and w suffice: for κ = p + q, p the first product",
        (p + q) ** 2 <= 2 * p**2 + 2 * q**2,
    )


@claim(
    "heavy-tailed-kernel",
    sources=("notes:178", "Jacot, Gabriel, Hongler 2018"),
    statement="Every network f(x) = m^(−½) Σ_r v_r w_r x of m independent units of one law has a kernel that "
    "approaches a fixed one as m → ∞.",
    verdict=Verdict.REFUTED,
    corrected="With v = 1/Z, Z normal, the part (1/m) Σ_r v_r² of the kernel has the law of m v²: it grows with the "
    "width without bound. The expectation that defines the fixed kernel has to exist.",
)
def heavy_tails(d: Derivation) -> None:
    """Laws of nonnegative variables are the same if their Laplace transforms E exp(−s κ) are."""
    s, m, z = sp.symbols("s m z", positive=True)
    normal = 2 * sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi)
    heavy = sp.exp(-sp.sqrt(2 * s))
    d.equal(
        "E exp(−s/Z²), twice the integral over z > 0, is", sp.Integral(normal * sp.exp(-s / z**2), (z, 0, sp.oo)), heavy
    )
    transform = d.given("v² has the law of 1/Z², which has no mean", heavy, dropped=1 / (1 + s))
    d.equal(
        "the mean of m independent copies has the transform (E exp(−(s/m)v²))^m, that of m v²",
        sp.Pow(transform.subs(s, s / m), m, evaluate=False),
        transform.subs(s, m * s),
    )
    d.differ("so at width 4 the kernel's law is not that of width 1", transform.subs(s, 4), transform.subs(s, 1))
    d.equal(
        "and with m → ∞ it leaves every bound, with a probability that tends to 1: E exp(−s m v²) → 0",
        sp.Limit(transform.subs(s, m * s), m, sp.oo),
        0,
    )
