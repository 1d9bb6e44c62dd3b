"""A ridge on the centre core is a ridge on the whole tensor, exactly where all other cores are isometries."""

import sympy as sp
from sympy import MatrixSymbol
from sympy.matrices.expressions.kronecker import combine_kronecker

from ..claims import claim
from ..derivation import Derivation
from .frobenius import Inner, Symmetric, orthonormal, square, under

b, c, k, m, n = sp.symbols("b c k m n", integer=True, positive=True)


@claim(
    "isometric-wings",
    sources=("Holtz, Rohwedder, Schneider 2012", "Schollwöck 2011"),
    statement="If every core of a chain, unfolded as (left bond and site | right bond), has orthonormal columns, then "
    "so has the map Q from the last bond to all sites passed, for any number of cores and any sizes; the same holds "
    "for the branches of a tree that meet in one core.",
)
def wings(d: Derivation) -> None:
    """One more core: Q' = (Q ⊗ I) A with A the new core."""
    wing, core = MatrixSymbol("Q", n, b), MatrixSymbol("A", b * k, c)
    rule = d.given("every core has orthonormal columns: AᵀA = I", (orthonormal(core),), dropped=())
    d.say(
        "the first core alone is Q = A. Let Q be the map of the cores so far, QᵀQ = I, and k the size of the next site"
    )
    widened = sp.KroneckerProduct(wing, sp.Identity(k))
    d.say("the next site passes through Q ⊗ I", widened.T * widened)
    d.equal(
        "by the rule for products of Kronecker products",
        combine_kronecker(widened.T * widened),
        sp.KroneckerProduct(wing.T * wing, sp.Identity(k)),
    )
    d.equal(
        "which is the identity, as QᵀQ is",
        combine_kronecker(sp.KroneckerProduct(sp.Identity(b), sp.Identity(k))),
        sp.Identity(b * k),
    )
    passing = MatrixSymbol("K", n * k, b * k)
    x, y = MatrixSymbol("X", c, m), MatrixSymbol("Y", c, m)
    d.equal(
        "so for K = Q ⊗ I and the new map K A, ⟨K A X, K A Y⟩ = ⟨X, Y⟩ for all X and Y",
        Inner(passing * core * x, passing * core * y),
        Inner(x, y),
        by=under(orthonormal(passing), *rule),
    )
    near, far = MatrixSymbol("Q", n, b), MatrixSymbol("P", m, c)
    both = sp.KroneckerProduct(near, far)
    d.say("two branches Q and P that meet in one core", both.T * both)
    d.equal(
        "by the same rule",
        combine_kronecker(both.T * both),
        sp.KroneckerProduct(near.T * near, far.T * far),
    )
    d.say("is again the identity; an induction over the cores of the tree, leaves first, ends at the centre")


@claim(
    "ridge-on-the-centre",
    sources=("Holtz, Rohwedder, Schneider 2012", "Wesel, Batselier 2021"),
    statement="Let W = QΘ be the whole tensor, Θ the centre core, Q the contraction of all others and z = AW the "
    "predictions. ‖Θ‖² = ‖W‖² for every Θ if and only if QᵀQ = I. Then loss(AW) + ρ/2 ‖W‖² and the local objective "
    "loss(AQΘ) + ρ/2 ‖Θ‖² are one function, whichever core is the centre, and so is a ridge relative to the Rayleigh "
    "quotient ‖AQΘ‖²/‖Θ‖² of the local Gram: it is ‖AW‖²/‖W‖² at every centre.",
)
def centre(d: Derivation) -> None:
    """Both directions, and a rescaled bond as a counterexample."""
    outside, theta, other = MatrixSymbol("Q", n, k), MatrixSymbol("Θ", k, m), MatrixSymbol("Η", k, m)
    isometry = d.given("all cores outside are isometries: QᵀQ = I", (orthonormal(outside),), dropped=())
    d.equal("where QᵀQ = I", square(outside * theta), square(theta), by=under(*isometry))
    d.say("so ‖AQΘ‖²/‖Θ‖² = ‖AW‖²/‖W‖², whichever core is the centre")
    defect = Symmetric("E", k, k)

    def gap(core: sp.MatrixExpr) -> Inner:
        return Inner(core, defect * core)

    d.say("conversely let E = QᵀQ − I, which is symmetric; the norms agree where ⟨Θ, E Θ⟩ = 0")
    d.equal(
        "polarisation: if that holds for all Θ, then ⟨Θ, E Η⟩ = 0 for all Θ and Η, so E = 0",
        gap(theta + other) - gap(theta - other),
        4 * Inner(theta, defect * other),
        by=under(),
    )
    d.differ(
        "a bond halved on one side and doubled on the other: W = (1/2)(2·1), the same tensor, but Θ = 2",
        sp.Integer(2) ** 2,
        (sp.Rational(1, 2) * 2) ** 2,
    )
