"""Products of site functions of distinct variables are linearly independent, for any functions, sizes and numbers."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation


@claim(
    "products-independent",
    sources=("draft:35b", "draft:47"),
    statement=(
        "Let φ₁, …, φ_d be any linearly independent functions of one variable. The dⁿ products φ_{i₁}(x₁) ⋯ "
        "φ_{i_n}(x_n) of n distinct variables are linearly independent: Φ spans a space of dimension dⁿ."
    ),
)
def independent(d: Derivation) -> None:
    """The products are evaluated on a grid: the Kronecker power of one invertible matrix."""
    n, size, p = sp.symbols("n d p", integer=True, positive=True)
    delta = d.given(
        "φ₁, …, φ_d are linearly independent, so F = [φᵢ(tⱼ)] has det F = Δ ≠ 0 at some d points t₁, …, t_d (or else "
        "one c ≠ 0 is orthogonal to every φ(t), and Σ cᵢφᵢ = 0)",
        sp.Symbol("Delta", real=True, nonzero=True),
        dropped=sp.Symbol("Delta", real=True),
    )
    d.say(
        "the products, on the grid {t₁, …, t_d}ⁿ, are the rows of F ⊗ … ⊗ F; it remains to show that this is invertible"
    )
    d.say("A ⊗ B = (A ⊗ I)(I ⊗ B), for A of size p and B of size q: the block (i, j) of both is A_ij B")
    beta = sp.Symbol("beta")
    d.induction(
        "I ⊗ B is block diagonal: with det B = β, p blocks have the determinant βᵖ; A ⊗ I is I ⊗ A with rows and "
        "columns permuted alike. So det(A ⊗ B) = (det A)^q (det B)^p",
        p,
        base=(1, beta),
        step=lambda determinant, _: determinant * beta,
        closed=beta**p,
    )
    left, right = (sp.Matrix(2, 2, sp.symbols(f"{name}:4")) for name in "ab")
    d.equal(
        "for instance, two general matrices of size 2",
        sp.factor(sp.kronecker_product(left, right).det()),
        left.det() ** 2 * right.det() ** 2,
    )
    power = delta ** (n * size ** (n - 1))
    d.induction(
        "the n-fold product Fₙ has the size dⁿ, and det(Fₙ ⊗ F) = (det Fₙ)^d (det F)^(dⁿ)",
        n,
        base=(1, delta),
        step=lambda determinant, sites: determinant**size * delta ** (size**sites),
        closed=power,
    )
    d.holds(
        "it does not vanish, so no combination of the products vanishes on the grid", sp.Ne(power, 0, evaluate=False)
    )
    x, y = sp.symbols("x y", real=True)
    one, two = sp.Function("phi_1"), sp.Function("phi_2")
    second = d.given("the variables are distinct: the grid may set each of them freely", y, dropped=x)
    d.equal(
        "for instance, φ₁(x)φ₂(y) and φ₂(x)φ₁(y) differ, by Δ at x = t₁ and y = t₂ if d = 2",
        one(x) * two(second) - two(x) * one(second),
        sp.Matrix([[one(x), one(y)], [two(x), two(y)]]).det(),
    )
