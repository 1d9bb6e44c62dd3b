"""With everything but one region fixed, predictions are linear in it, for every network, sample count and size."""

import sympy as sp
from sympy import MatrixSymbol

from ..claims import claim
from ..derivation import Derivation
from .frobenius import Inner, Symmetric, under

a, m, n, p = sp.symbols("a m n p", integer=True, positive=True)


@claim(
    "region-linear",
    sources=("Holtz, Rohwedder, Schneider 2012", "Stoudenmire, Schwab 2016"),
    statement="Let z be the contraction of cores with the site vectors φ of one sample, every core standing at one "
    "place. With all cores but those of one region fixed, z is linear in the region's tensor Θ. In a chain "
    "z = Σ_aib l_a φ_i r_b Θ_aib with the messages l, r from either side: the design row is the Kronecker product of "
    "messages and site vector. For samples n, the adjoint of Θ ↦ (z_n) is (g_n) ↦ Σ_n g_n l_n s_nᵀ, s_n = φ_n ⊗ r_n.",
)
def region_linear(d: Derivation) -> None:
    """Superposition for the unfolded region, and its coefficient as a tensor."""
    theta, other, joint = MatrixSymbol("Θ", a, a), MatrixSymbol("Η", a, a), MatrixSymbol("S", a, a)
    left, right = MatrixSymbol("l", a, 1), MatrixSymbol("s", a, 1)
    contribution = d.given(
        "the core stands at one place; at two it would enter as Θ S Θ, with a site between",
        lambda core: core,
        dropped=lambda core: core * joint * core,
    )

    def z(core: sp.MatrixExpr) -> Inner:
        return Inner(left, contribution(core) * right)

    d.say(
        "z is a sum over the values of all bonds; each term is a product of one entry of every core. Collect the terms "
        "of one entry of the region: its coefficient is a sum of products of entries of the other cores and of site "
        "vectors. In a chain the left part of that sum is l, grown by l_b ← Σ_ai l_a φ_i A_aib from core to core, and "
        "the right part is r. Unfold Θ as a matrix (a | i b) and write s = φ ⊗ r: z = ⟨l, Θ s⟩"
    )
    x, y = sp.symbols("x y", real=True)
    d.equal("superposition", z(x * theta + y * other), x * z(theta) + y * z(other), by=under())
    d.equal("the coefficient is l sᵀ, with entries l_a φ_i r_b", z(theta), Inner(left * right.T, theta), by=under())
    before, g = MatrixSymbol("P", a, a), sp.Symbol("g", real=True)
    d.equal(
        "the adjoint, one sample more than the P of those before: ⟨P, Θ⟩ + g z",
        Inner(before + g * left * right.T, theta),
        Inner(before, theta) + g * z(theta),
        by=under(),
    )
    u, v = sp.symbols("u v", real=True)
    d.differ(
        "two cores at once are not one region: z = u v of two numbers is no sum of its values at (1, 0) and (0, 1)",
        (u * v).subs({u: 1, v: 1}),
        (u * v).subs({u: 1, v: 0}) + (u * v).subs({u: 0, v: 1}),
    )
    d.say("merged into one tensor Θ they are linear again: Θ is any tensor, not only a contraction of the two")


@claim(
    "one-gram-for-all-outputs",
    sources=("Klus, Gelss 2019", "Chen, Batselier, Suykens, Wong 2018"),
    statement="Where the region holds the label leg, Z = AΘ with Θ (D, m), and the loss ½ tr (AΘ − Y)ᵀΩ(AΘ − Y) with "
    "the diagonal matrix Ω of the samples' weights has the Hessian Δ ↦ AᵀΩA Δ: one (D, D) Gram for all m outputs. It "
    "is the sum A₁ᵀΩ₁A₁ + A₂ᵀΩ₂A₂ + ... over any partition of the samples into blocks.",
)
def outputs(d: Derivation) -> None:
    """The loss of two blocks of samples along Δ, to all orders."""
    first, second = MatrixSymbol("A₁", n, p), MatrixSymbol("A₂", a, p)
    one, two, cross = Symmetric("Ω₁", n, n), Symmetric("Ω₂", a, a), MatrixSymbol("Ω₁₂", n, a)
    near, far = MatrixSymbol("E₁", n, m), MatrixSymbol("E₂", a, m)
    delta, t = MatrixSymbol("Δ", p, m), sp.Symbol("t", real=True)
    alike = d.given("every output counts the same (metric M = I)", sp.Identity(m), dropped=MatrixSymbol("M", m, m))
    coupling = d.given(
        "the loss is a sum over samples: no weight couples two of them",
        lambda e, f: 0,
        dropped=lambda e, f: Inner(e, cross * f),
    )

    def loss(e: sp.MatrixExpr, f: sp.MatrixExpr) -> sp.Expr:
        return (Inner(e, one * e * alike) + Inner(f, two * f * alike)) / 2 + coupling(e, f)

    d.say("two blocks of samples with the errors E₁ = A₁Θ − Y₁ and E₂ = A₂Θ − Y₂; Θ + tΔ adds tA₁Δ and tA₂Δ to them")
    gram = first.T * one * first + second.T * two * second
    d.equal(
        "the loss is a parabola, and its bend is that of one Gram on every column of Δ",
        loss(near + t * first * delta, far + t * second * delta) - loss(near, far),
        t * Inner(first.T * one * near + second.T * two * far, delta) + t**2 / 2 * Inner(delta, gram * delta),
        by=under(),
    )
    d.say(
        "the second block may itself be two: by induction the Gram is a sum over any number of blocks, down to single "
        "samples, Σ w r rᵀ over the design rows r"
    )
    d.say(
        "beside the label, the rows of all outputs of a sample are added: one design A_m an output, AᵀΩA = Σ A_mᵀΩA_m"
    )
