"""The fixed kernel of a hidden layer of ReLUs with normal weights, in closed form for any input dimension."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation


@claim(
    "arc-cosine-kernel",
    sources=("notes:178", "Cho, Saul 2009", "Jacot, Gabriel, Hongler 2018"),
    statement="For f(x) = m^(−½) Σ_r v_r ReLU(w_r·x) with normal weights of variance 1 and inputs at the angle θ, the "
    "fixed kernel is |x||x'| (sin θ + 2(π − θ) cos θ)/(2π); at x = x' that of width m has variance 3|x|⁴/m.",
)
def arc_cosine(d: Derivation) -> None:
    """Only the part of w in the plane of x and x' matters; there it has a radius ρ and an angle ψ to x."""
    theta = sp.Symbol("theta", positive=True)
    psi, z = sp.symbols("psi z", real=True)
    rho = sp.Symbol("rho", positive=True)
    d.say("A rotation takes x to |x|(1, 0) and x' to |x'|(cos θ, sin θ), 0 ≤ θ ≤ π, and leaves the law of w as it is.")
    uniform = d.given(
        "no direction of w is preferred: ψ is uniform",
        1 / (2 * sp.pi),
        dropped=(1 + sp.Symbol("epsilon", positive=True) * sp.cos(psi)) / (2 * sp.pi),
    )
    both = (psi, theta - sp.pi / 2, sp.pi / 2)
    d.say("w·x > 0 and w·x' > 0 where both cos ψ > 0 and cos(ψ − θ) > 0, that is for θ − π/2 < ψ < π/2.")
    active = (sp.pi - theta) / (2 * sp.pi)
    d.equal("degree 0: E 1(w·x > 0) 1(w·x' > 0)", sp.Integral(uniform, both), active)
    radial = sp.Integral(rho**2 * rho * sp.exp(-(rho**2) / 2), (rho, 0, sp.oo))
    d.equal("the radius of two normal numbers has the density ρ exp(−ρ²/2), and mean square", radial, 2)
    joint = 2 * sp.Integral(uniform * sp.cos(psi) * sp.cos(psi - theta), both)
    first = (sp.sin(theta) + (sp.pi - theta) * sp.cos(theta)) / (2 * sp.pi)
    d.equal("degree 1: E ReLU(w·x) ReLU(w·x') / |x||x'|, with w·x = |x|ρ cos ψ", joint, first)
    kernel = first + active * sp.cos(theta)
    d.equal(
        "their sum E κ / |x||x'|, with E v² = 1 and x·x' = |x||x'| cos θ",
        kernel,
        (sp.sin(theta) + 2 * (sp.pi - theta) * sp.cos(theta)) / (2 * sp.pi),
    )
    d.equal("is 1 for equal inputs", kernel.subs(theta, 0), 1)
    d.equal("and 0 for opposite ones, which no unit sees both of", kernel.subs(theta, sp.pi), 0)
    normal = sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi)

    def half(power: int) -> sp.Expr:
        return sp.integrate(z**power * normal, (z, 0, sp.oo))

    d.say("At x = x', |x| = 1, z = w·x and v are independent normal numbers, and κ = (z² + v²) 1(z > 0).")
    square = half(4) + 2 * half(2) * 2 * half(2) + half(0) * 2 * half(4)
    d.equal("E κ² = E z⁴ + 2 E z² E v² + P[z > 0] E v⁴, the moments of z over z > 0, is", square, 4)
    d.equal(
        "so Var κ = E κ² − (E κ)², and a kernel of width m has 1/m of it (claim infinite-width-kernel)",
        square - kernel.subs(theta, 0) ** 2,
        3,
    )
