"""Why cores are kept isometric: no local problem is worse conditioned than the whole one."""

import sympy as sp
from sympy import MatrixSymbol

from ..claims import claim
from ..derivation import Derivation
from .frobenius import Inner, Symmetric, orthonormal, square, under

k, m, n = sp.symbols("k m n", integer=True, positive=True)
GRAM, OUTSIDE, THETA = Symmetric("G", n, n), MatrixSymbol("Q", n, k), MatrixSymbol("Θ", k, m)


@claim(
    "local-condition",
    sources=("Holtz, Rohwedder, Schneider 2012",),
    statement="Let G be the Gram of the whole problem, with eigenvalues in [a, b], a > 0, and Q the contraction of all "
    "cores outside a region, QᵀQ = I. The eigenvalues of the local Gram QᵀGQ lie in [a, b] too, so its condition "
    "number is at most b/a, and with a ridge ρ > 0 at most (b + ρ)/(a + ρ) ≤ b/a. For white inputs, G = I, the local "
    "Gram is I. Without isometries the condition number has no bound.",
)
def condition(d: Derivation) -> None:
    """Two squares bound the Rayleigh quotient; a lopsided bond is the counterexample."""
    above, below = MatrixSymbol("P", n, n), MatrixSymbol("R", n, n)
    low, high, ridge = sp.symbols("a b ρ", positive=True)
    isometry = d.given("the cores outside are isometries: QᵀQ = I", (orthonormal(OUTSIDE),), dropped=())
    bounds = d.given(
        "the eigenvalues of G lie in [a, b]: bI − G = PᵀP and G − aI = RᵀR for some P and R",
        ((above.T * above, high * sp.Identity(n) - GRAM), (below.T * below, GRAM - low * sp.Identity(n))),
        dropped=(),
    )
    local = Inner(THETA, OUTSIDE.T * GRAM * OUTSIDE * THETA)
    d.equal("from above", high * square(THETA) - local, square(above * OUTSIDE * THETA), by=under(*isometry, *bounds))
    d.equal("from below", local - low * square(THETA), square(below * OUTSIDE * THETA), by=under(*isometry, *bounds))
    d.say("so a‖Θ‖² ≤ ⟨Θ, QᵀGQ Θ⟩ ≤ b‖Θ‖² for every Θ: all local eigenvalues lie in [a, b]; for G = I, a = b = 1")
    wider = sp.Symbol("t", nonnegative=True)
    d.holds(
        "a ridge only helps, with b = a + t",
        sp.Ge((low + wider) / low, (low + wider + ridge) / (low + ridge), evaluate=False),
    )
    s = sp.Symbol("s", positive=True)
    lopsided = sp.diag(1, 1 + s)
    values = (lopsided.T * lopsided).diagonal()
    d.fails(
        "G = I and Q = diag(1, 1 + s): the local condition number (1 + s)² exceeds b/a = 1 and has no bound",
        sp.Le(values[1] / values[0], 1, evaluate=False),
    )
