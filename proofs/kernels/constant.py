"""What a kernel that does not move does to training, for any number of samples, and which models have one."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation


@claim(
    "constant-kernel-flow",
    sources=("notes:174", "notes:178", "Jacot, Gabriel, Hongler 2018"),
    statement="With a kernel fixed in time, df/dt = −H(f − y) is solved by f(t) = y + exp(−Ht)(f(0) − y), and the "
    "network learns: f(t) → y.",
    verdict=Verdict.ASSUMPTION,
    corrected="The solution is right and unique; f(t) → y from every start if and only if H is positive definite. With "
    "h = (ker(x, x_j))_j any other output is f(x, t) = f(x, 0) − hᵀH⁻¹(1 − exp(−Ht))(f(0) − y).",
)
def constant_flow(d: Derivation) -> None:
    """H is symmetric for any number of samples, so the flow falls apart into scalar ones along its eigenvectors."""
    t = sp.Symbol("t", nonnegative=True)
    u0, h, start = sp.symbols("u_0 h f_0", real=True)
    d.say("H = QΛQᵀ with QᵀQ = 1. In the coordinates u = Qᵀ(f − y) the flow is du/dt = −λu, one eigenvalue λ each.")
    eigenvalue = d.given(
        "H does not change in time", sp.Symbol("lambda", nonnegative=True), dropped=sp.Function("lambda")(t)
    )
    u = u0 * sp.exp(-eigenvalue * t)
    d.equal("each coordinate of exp(−Ht)(f(0) − y) obeys its equation", sp.Derivative(u, t), -eigenvalue * u)
    other = sp.Function("g")
    product = other(t) * sp.exp(eigenvalue * t)
    d.equal(
        "no other function does: for a solution g the product g exp(λt) has the slope (dg/dt + λg) exp(λt) = 0",
        sp.Derivative(product, t),
        (sp.diff(other(t), t) + eigenvalue * other(t)) * sp.exp(eigenvalue * t),
    )
    positive = d.given(
        "the smallest eigenvalue of H is positive",
        sp.Symbol("lambda_1", positive=True),
        dropped=sp.Symbol("lambda_1", nonnegative=True),
    )
    d.holds("the exponent −λt falls at a constant rate, so exp(−λt) → 0", sp.Lt(-positive, 0, evaluate=False))
    d.differ("an error of 1 in a coordinate with λ = 0 stays", u.subs({u0: 1, eigenvalue: 0}), 0)
    seen = start - h * (1 - sp.exp(-positive * t)) / positive * u0
    d.equal(
        "another output changes by −hᵀ(f − y), here with one coordinate h of Qᵀh",
        sp.Derivative(seen, t),
        -h * u0 * sp.exp(-positive * t),
    )
    d.equal("it starts where it should", seen.subs(t, 0), start)
    d.equal(
        "and ends as kernel regression f(x, 0) + hᵀH⁻¹(y − f(0))", sp.Limit(seen, t, sp.oo), start - h * u0 / positive
    )


@claim(
    "kernel-of-a-linear-model",
    sources=("notes:178", "Jacot, Gabriel, Hongler 2018"),
    statement="The kernel ker_t(x, x') = ⟨∂f(θ_t, x)/∂θ, ∂f(θ_t, x')/∂θ⟩ of a network of finite width varies in time.",
    verdict=Verdict.CORRECTED,
    corrected="It does not where f is affine in the parameters: a linear model of any fixed features, one core of a "
    "tensor network with all others held. It does for f = v w x, a network of two layers of width 1: there d ker/dt = "
    "−4 v w x_1 (f(x_1) − y) x x'.",
)
def linear_model(d: Derivation) -> None:
    """One parameter of any number is singled out; a(x) is what the others add, without products with it."""
    theta, x, x1, seen, y, v, w = sp.symbols("theta x x_1 x' y v w", real=True)
    constant, feature = sp.Function("a"), sp.Function("phi")
    curved = d.given("f is affine in θ", 0, dropped=sp.Symbol("c", nonzero=True))

    def slope(at: sp.Symbol) -> sp.Expr:
        return sp.Derivative(constant(at) + feature(at) * theta + curved * theta**2, theta)

    d.equal(
        "one parameter's share of the kernel, the product of two slopes, does not depend on it",
        slope(x) * slope(seen),
        feature(x) * feature(seen),
    )
    line = sp.diff(theta * x, theta) * sp.diff(theta * seen, theta)
    moves = sp.Ne(line.subs(theta, 0), line.subs(theta, 1), evaluate=False)
    d.fails("so the kernel of f = θx is not different at θ = 0 and at θ = 1", moves)
    shares = [sp.Derivative(v * w * x, each) * sp.Derivative(v * w * seen, each) for each in (v, w)]
    kernel = (v**2 + w**2) * x * seen
    d.equal("the kernel of f = vwx", sum(shares), kernel)
    residual = v * w * x1 - y
    rates = {each: -sp.diff(residual**2 / 2, each) for each in (v, w)}
    moving = sum(sp.diff(kernel, each) * rate for each, rate in rates.items())
    d.equal(
        "changes, while it fits one sample (x_1, y), at the rate dv/dt ∂ker/∂v + dw/dt ∂ker/∂w",
        sum(rate * sp.Derivative(kernel, each) for each, rate in rates.items()),
        -4 * v * w * x1 * residual * x * seen,
    )
    d.differ("which at v = w = x_1 = x = x' = 1, y = 0 is", moving.subs({v: 1, w: 1, x1: 1, x: 1, seen: 1, y: 0}), 0)
