"""Two layers of products: every polynomial from linear copies, and degrees that multiply, for any sizes."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation


@claim(
    "composition-polynomials",
    sources=("draft:53", "draft:55", "D. Piché, report of April 2023"),
    statement=(
        "Every polynomial of total degree at most z in n variables is T₂·Φ(T₁·Φ(x)) with φ = [1, x], if T₁ may have nz "
        "outputs."
    ),
)
def polynomials(d: Derivation) -> None:
    """T₁ copies every variable z times; T₂ combines the products of copies."""
    j, k, r, z, c, x = sp.symbols("j k r z c x", real=True)
    copies = d.given("T₁ may copy every variable z times: c = z", [sp.Eq(c, z)], dropped=[c >= 1])
    d.say("x ↦ xᵢ is affine, so a T₁ has x₁, …, x_n, each c times, as its outputs (layer-bias): nc numbers")
    d.entails(
        "a monomial of total degree k + r ≤ z, r the sum of all exponents but one, has no exponent k above c",
        k <= c,
        where=[*copies, k + r <= z, r >= 0],
    )
    d.equal(
        "index x at k of the copies of a variable and index 1 at the other c − k give its power",
        sp.Product(x, (j, 1, k)).doit() * sp.Product(1, (j, k + 1, c)).doit(),
        x**k,
    )
    d.say("so every monomial is an entry of Φ(T₁·Φ(x)), and T₂ holds the coefficients of the polynomial")


@claim(
    "composition-degree",
    sources=("draft:33", "D. Piché, report of April 2023"),
    statement=(
        "With φ = [1, x], n inputs and h hidden values, T₂·Φ(T₁·Φ(x)) has degree at most h in each variable and nh "
        "in total; both are attained. So xᶻ needs h ≥ z, and l + 1 layers of width h reach degree hˡ in each "
        "variable: degrees multiply."
    ),
)
def degree(d: Derivation) -> None:
    """Degrees of products add: over the sites of one layer, and over the hidden values."""
    n, h, layer = sp.symbols("n h l", integer=True, positive=True)
    one = d.given("φ = [1, x] has degree 1", sp.Integer(1), dropped=sp.Symbol("q", positive=True))
    d.say("each hidden value is affine in each variable, so its degree is at most 1 in each; in total, site by site:")
    d.induction("a product over n sites", n, base=(1, one), step=lambda total, _: total + one, closed=n)
    d.induction(
        "an entry of the second Φ is a product of hidden values: degree in one variable",
        h,
        base=(1, one),
        step=lambda top, _: top + one,
        closed=h,
    )
    d.induction("and in total", h, base=(1, n), step=lambda total, _: total + n * one, closed=n * h)
    x = sp.Symbol("x")
    d.induction(
        "attained: all hidden values (1 + x₁) ⋯ (1 + x_n) and the product of them all; in one variable",
        h,
        base=(1, 1 + x),
        step=lambda value, _: value * (1 + x),
        closed=(1 + x) ** h,
    )
    d.induction(
        "a further layer multiplies h values of the degree reached so far; the first layer has degree 1",
        layer,
        base=(1, h * one),
        step=lambda reached, _: h * reached,
        closed=h**layer,
    )
