"""With everything but one region fixed, predictions are linear in it, for every network, sample count and size."""

import sympy as sp
from sympy import MatrixSymbol

from proofs.claims import claim
from proofs.derivation import Derivation
from proofs.sweeps.frobenius import Inner, square, under

a, b, c, m, n, p = sp.symbols("a b c m n p", integer=True, positive=True)


@claim(
    "region-linear",
    sources=("Holtz, Rohwedder, Schneider 2012", "Stoudenmire, Schwab 2016"),
    statement="Let z be the contraction of cores with the site vectors φ of one sample, every core standing at one "
    "place. With all cores but those of one region fixed, z is linear in the region's tensor Θ. In a chain "
    "z = Σ_aib l_a φ_i r_b Θ_aib with the messages l, r from either side: the design row is the row-wise Kronecker "
    "(Khatri–Rao) product of messages and site vectors.",
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
    u, v = sp.symbols("u v", real=True)
    d.differ(
        "two cores at once are not one region: z = u v of two numbers is no sum of its values at (1, 0) and (0, 1)",
        (u * v).subs({u: 1, v: 1}),
        (u * v).subs({u: 1, v: 0}) + (u * v).subs({u: 0, v: 1}),
    )
    d.say("merged into one tensor Θ they are linear again: Θ is any tensor, not only a contraction of the two")


@claim(
    "adjoint-of-the-design",
    sources=("Holtz, Rohwedder, Schneider 2012",),
    statement="With z_n = ⟨l_n, Θ s_n⟩ for samples n and s_n = φ_n ⊗ r_n, the map g ↦ Σ_n g_n l_n s_nᵀ is the adjoint "
    "of Θ ↦ z: Σ_n g_n z_n = ⟨Σ_n g_n l_n s_nᵀ, Θ⟩. Both need the messages of the same network.",
)
def adjoint(d: Derivation) -> None:
    """One sample of any number is singled out; both sides are sums over samples."""
    theta, right = MatrixSymbol("Θ", a, b), MatrixSymbol("s", b, 1)
    left, stale = MatrixSymbol("l", a, 1), MatrixSymbol("l₀", a, 1)
    used = d.given("both passes use the messages of the present network, none of an older one", left, dropped=stale)
    g = sp.Symbol("g", real=True)
    d.equal("one sample", g * Inner(left, theta * right), Inner(g * used * right.T, theta), by=under())
    d.say("add over the samples: the inner product is linear in its first argument")
    rest = MatrixSymbol("P", a, b)
    d.equal(
        "one sample more, P for the sum over those before",
        Inner(rest + g * used * right.T, theta),
        Inner(rest, theta) + g * Inner(left, theta * right),
        by=under(),
    )


@claim(
    "gram-adds-over-blocks",
    sources=("Chen, Batselier, Suykens, Wong 2018",),
    statement="The Gram matrix of a design is the sum of outer products of its rows, and AᵀΩA = A₁ᵀΩ₁A₁ + A₂ᵀΩ₂A₂ for "
    "a design of two blocks of samples with weights Ω₁ and Ω₂: it can be summed over any partition of the samples.",
)
def blocks(d: Derivation) -> None:
    """Block matrices with symbolic blocks; then rows, one sample a block."""
    first, second = MatrixSymbol("A₁", n, p), MatrixSymbol("A₂", m, p)
    one, two, cross = MatrixSymbol("Ω₁", n, n), MatrixSymbol("Ω₂", m, m), MatrixSymbol("Ω₁₂", n, m)
    coupled = d.given("the loss is a sum over samples: no weight couples two", sp.ZeroMatrix(n, m), dropped=cross)
    design = sp.BlockMatrix([[first], [second]])
    weights = sp.BlockMatrix([[one, coupled], [coupled.T, two]])
    gram = design.T * weights * design
    d.say("the Gram of two blocks", gram)
    d.equal(
        "multiplied out",
        sp.block_collapse(gram),
        first.T * one * first + second.T * two * second,
    )
    d.say(
        "A₁ may itself be a stack of blocks, so by induction the Gram is the sum over any number of blocks; "
        "where each block is one sample with the row r and the weight ω, it is Σ ω r rᵀ"
    )


@claim(
    "one-gram-for-all-outputs",
    sources=("Klus, Gelss 2019", "Stoudenmire, Schwab 2016"),
    statement="Where the region holds the label leg, Z = AΘ with Θ (D, m) and the squared loss ½‖AΘ − Y‖² has the "
    "Hessian Δ ↦ AᵀA Δ: one (D, D) Gram for all m outputs, so one factorisation and m right-hand sides.",
)
def outputs(d: Derivation) -> None:
    """The second-order term of the loss along Δ, against the Gram applied to the columns of Δ."""
    design, theta, delta = MatrixSymbol("A", n, p), MatrixSymbol("Θ", p, m), MatrixSymbol("Δ", p, m)
    target, metric = MatrixSymbol("Y", n, m), MatrixSymbol("M", m, m)
    alike = d.given("every output counts the same (metric M = I)", sp.Identity(m), dropped=metric)
    t = sp.Symbol("t", real=True)

    def loss(core: sp.MatrixExpr) -> sp.Expr:
        missed = design * core - target
        return Inner(missed, missed * alike) / 2

    d.equal(
        "a parabola along Δ, whose bend is that of the Gram column by column",
        loss(theta + t * delta) - loss(theta),
        t * Inner(design.T * (design * theta - target), delta) + t**2 / 2 * Inner(delta, design.T * design * delta),
        by=under(),
    )
    d.equal("and it is never negative", Inner(delta, design.T * design * delta), square(design * delta), by=under())
    d.say("beside the label, the rows of all outputs of a sample are added: AᵀA = Σ_m A_mᵀA_m, by the sum over blocks")
