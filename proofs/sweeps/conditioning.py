"""Why cores are kept isometric: no local problem is worse conditioned than the whole one."""

import sympy as sp
from sympy import MatrixSymbol

from proofs.claims import claim
from proofs.derivation import Derivation
from proofs.sweeps.frobenius import Inner, Symmetric, orthonormal, square, under

k, m, n, N = sp.symbols("k m n N", integer=True, positive=True)
GRAM, OUTSIDE, THETA = Symmetric("G", n, n), MatrixSymbol("Q", n, k), MatrixSymbol("Θ", k, m)


@claim(
    "local-condition",
    sources=("Holtz, Rohwedder, Schneider 2012",),
    statement="Let G be the Gram of the whole problem, with eigenvalues in [a, b], a > 0, and Q the contraction of all "
    "cores outside a region, QᵀQ = I. The eigenvalues of the local Gram QᵀGQ lie in [a, b] too, so its condition "
    "number is at most b/a, and with a ridge ρ at most (b + ρ)/(a + ρ) ≤ b/a. Without isometries it has no bound.",
)
def condition(d: Derivation) -> None:
    """Two squares bound the Rayleigh quotient; a lopsided bond is the counterexample."""
    above, below = MatrixSymbol("P", n, n), MatrixSymbol("R", n, n)
    low, high, ridge = sp.symbols("a b ρ", positive=True)
    isometry = d.given("the cores outside are isometries: QᵀQ = I", (orthonormal(OUTSIDE),), dropped=())
    bounds = (
        (above.T * above, high * sp.Identity(n) - GRAM),
        (below.T * below, GRAM - low * sp.Identity(n)),
    )
    d.say("eigenvalues in [a, b] mean that bI − G = PᵀP and G − aI = RᵀR for some P and R")
    local = Inner(THETA, OUTSIDE.T * GRAM * OUTSIDE * THETA)
    d.equal("from above", high * square(THETA) - local, square(above * OUTSIDE * THETA), by=under(*isometry, *bounds))
    d.equal("from below", local - low * square(THETA), square(below * OUTSIDE * THETA), by=under(*isometry, *bounds))
    d.say("so a‖Θ‖² ≤ ⟨Θ, QᵀGQ Θ⟩ ≤ b‖Θ‖² for every Θ: all local eigenvalues lie in [a, b]")
    wider = sp.Symbol("t", nonnegative=True)
    d.holds(
        "a ridge only helps, with b = a + t",
        sp.Ge((low + wider) / low, (low + wider + ridge) / (low + ridge), evaluate=False),
    )
    s = sp.Symbol("s", positive=True)
    lopsided = sp.diag(1, 1 + s)
    local = lopsided.T * sp.eye(2) * lopsided
    d.fails(
        "G = I and Q = diag(1, 1 + s): the local condition number (1 + s)² exceeds b/a = 1 and has no bound",
        sp.Le(local[1, 1] / local[0, 0], 1, evaluate=False),
    )


@claim(
    "gram-in-the-gauge-of-the-data",
    sources=("Holtz, Rohwedder, Schneider 2012",),
    statement="Let Q be the contraction of all cores outside a region and A the design of the whole tensor. If the "
    "local features AQ are orthonormal over the samples, the local Gram is I, whatever AᵀA is. For white inputs, "
    "AᵀA = I, the usual isometries QᵀQ = I are enough: no Gram is formed, and Θ = Qᵀb/(1 + ρ) is the ridge solution.",
)
def data_gauge(d: Derivation) -> None:
    """The two gauges agree where the inputs are white."""
    design, right = MatrixSymbol("A", N, n), MatrixSymbol("b", n, m)
    probe, ridge = MatrixSymbol("Z", k, m), sp.Symbol("ρ", positive=True)
    features = design * OUTSIDE
    orthogonal = d.given("the local features are orthonormal over the data", (orthonormal(features),), dropped=())
    d.equal(
        "the local Gram is the identity: for every Z",
        Inner(probe, features.T * features * THETA),
        Inner(probe, THETA),
        by=under(*orthogonal),
    )
    white = d.given("white inputs: AᵀA = I", ((design.T * design, sp.Identity(n)),), dropped=())
    isometry = d.given("the cores outside are isometries: QᵀQ = I", (orthonormal(OUTSIDE),), dropped=())
    d.equal(
        "white inputs and plain isometries",
        Inner(probe, features.T * features * THETA),
        Inner(probe, THETA),
        by=under(*white, *isometry),
    )
    solution = OUTSIDE.T * right / (1 + ridge)
    d.equal(
        "the ridge solution then solves (QᵀAᵀAQ + ρI)Θ = Qᵀb",
        Inner(probe, features.T * features * solution + ridge * solution),
        Inner(probe, OUTSIDE.T * right),
        by=under(*white, *isometry),
    )
    d.say("in the gauge of the data ‖Θ‖² is not ‖W‖² but the mean square of the outputs: a ridge there is another one")
