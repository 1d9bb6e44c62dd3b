"""Noise added to the inputs of T·Φ with φ = [1, x], averaged exactly, for any number of sites."""

from itertools import product

import sympy as sp

from ..claims import claim
from ..derivation import Derivation

MONOMIALS = list(product((0, 1), repeat=3))


@claim(
    "noise-mean",
    sources=("D. Piché, report of April 2023",),
    statement="For f multi-affine in x₁, …, x_n and independent e_k of mean zero, E f(x + e) = f(x), for any n.",
)
def mean(d: Derivation) -> None:
    """One noisy variable is singled out; the others, noise included, enter through u and v in f = u + v(x + e)."""
    x, u, v = sp.symbols("x E[u] E[v]")
    centre = d.given("the noise has mean zero", sp.Integer(0), dropped=sp.Symbol("mu"))
    covariance = d.given(
        "the e_k are independent, so E[v e] = E[v] E[e]: u and v depend on the other noises only",
        sp.Integer(0),
        dropped=sp.Symbol("rho"),
    )
    d.equal(
        "E[u + v(x + e)] is what it is without e: so the noises may be removed one after the other",
        u + v * x + (v * centre + covariance),
        u + v * x,
    )
    d.enumerate(
        "illustration: three variables, all 8 signs of noise ±1/3, each of the 8 monomials", MONOMIALS, _unmoved
    )
    signs = list(product((-1, 1), repeat=2))
    d.differ(
        "uncorrelated in pairs is not enough: e₁, e₂ = ±1 and e₃ = e₁e₂ give E[e₁e₂e₃], where f(0) = 0,",
        sp.Rational(sum(a * b * (a * b) for a, b in signs), len(signs)),
        0,
    )


def _unmoved(powers: tuple[int, ...]) -> bool:
    """Whether the mean of a monomial over two-point noise is its value without noise, at x = (2, 3, 5)."""
    point, size = (2, 3, 5), sp.Rational(1, 3)

    def value(signs: tuple[int, ...]) -> sp.Expr:
        return sp.prod((x + sign * size) ** power for x, sign, power in zip(point, signs, powers, strict=True))

    return sum(map(value, product((-1, 1), repeat=3))) == 8 * value((0, 0, 0))


@claim(
    "noise-second-moment",
    sources=("D. Piché, report of April 2023",),
    statement=(
        "Let f = T·Φ and let the e_k be independent, of mean zero and variance s². Then E f(x + e)² is T'(⊗(φφ' + "
        "diag(0, s²)))T exactly, ⊗ over the n sites, where f(x)² is T'(⊗φφ')T; and E(f(x + e) − y)² exceeds (f(x) − "
        "y)² by as much, to first order in s² by s² Σ_k (∂f/∂x_k)². With φ = [x, 1 − x] a site adds s² [[1, −1], [−1, "
        "1]]."
    ),
)
def second_moment(d: Derivation) -> None:
    """Second moments of one site vector; independence makes those of Φ their Kronecker product."""
    x, e, s, y, f, u, v = sp.symbols("x e s y f u v")
    centre = d.given("the noise has mean zero", sp.Integer(0), dropped=sp.Symbol("mu"))

    def averaged(expression: sp.Expr) -> sp.Expr:
        power = sp.Poly(sp.expand(expression), e)
        return sum(power.coeff_monomial(e**k) * moment for k, moment in enumerate((1, centre, s**2 + centre**2)))

    phi, noisy = sp.Matrix([1, x]), sp.Matrix([1, x + e])
    replaced = phi * phi.T + sp.diag(0, s**2)
    d.equal("one site: the mean of φ(x + e)φ(x + e)'", (noisy * noisy.T).applyfunc(averaged), replaced)
    one, two = sp.symbols("E[a_ia_k] E[b_jb_l]")
    covariance = d.given("the noises of the sites are independent", sp.Integer(0), dropped=sp.Symbol("kappa"))
    d.equal(
        "an entry (a_i b_j)(a_k b_l) of (a ⊗ b)(a ⊗ b)', a and b site vectors of other sites: its mean is that of ⊗",
        one * two + covariance,
        one * two,
    )
    d.say("so, site by site and by independence, E ΦΦ' = ⊗ E φφ': E f(x + e)² = T'(⊗(φφ' + diag(0, s²)))T")
    core = sp.Matrix([u, v])
    d.equal(
        "one noisy site, f = u + vx and ∂f/∂x = v: f² becomes f² + s²(∂f/∂x)²",
        sp.expand((core.T * replaced * core)[0]),
        (u + v * x) ** 2 + s**2 * v**2,
    )
    d.say(
        "u and v are affine in the next variable, and so are f and ∂f/∂x; each further noisy site does the same to "
        "both. In all E f(x + e)² = Σ_S s^(2|S|) (∂_S f)² over all sets S of sites; first order is |S| = 1"
    )
    d.equal(
        "with targets E(f − y)² needs only E f² and E f = f(x) (noise-mean); one noisy site, where f has the "
        "derivative v",
        averaged((f + v * e - y) ** 2),
        (f - y) ** 2 + s**2 * v**2,
    )
    other, moved = sp.Matrix([x, 1 - x]), sp.Matrix([x + e, 1 - x - e])
    d.equal(
        "φ = [x, 1 − x] adds s² times the products of its slopes",
        ((moved * moved.T).applyfunc(averaged) - other * other.T).applyfunc(sp.expand),
        s**2 * sp.Matrix([[1, -1], [-1, 1]]),
    )
