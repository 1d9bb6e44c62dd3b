"""What a nearby matrix V in place of W does to the outputs, for any sizes and any distribution of the inputs."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation


@claim(
    "truncation-moves-outputs",
    sources=("mpo:7f", "mera:15"),
    statement=(
        "An MPO V in place of W is a faithful map: with E = W − V, ‖Wx − Vx‖ ≤ ‖E‖₂ ‖x‖ ≤ ‖E‖ ‖x‖ for every x, where "
        "‖E‖₂² is the largest eigenvalue of EᵀE and ‖E‖² = Σ E_ij². No smaller factor serves all x."
    ),
)
def moves(d: Derivation) -> None:
    """In the eigenvectors of EᵀE each direction is singled out in turn; the number of directions is free."""
    top, y = sp.symbols("lambda_max y_i", real=True)
    gap = d.given(
        "λ_max is the largest eigenvalue of EᵀE: λ_i = λ_max − g with g ≥ 0",
        sp.Symbol("g", nonnegative=True),
        dropped=sp.Symbol("g", real=True),
    )
    d.say(
        "EᵀE is symmetric, so ‖Ex‖² = xᵀ(EᵀE)x = Σ_i λ_i y_i² and ‖x‖² = Σ_i y_i² for the coordinates y_i of x along "
        "its eigenvectors v_i"
    )
    d.holds(
        "every direction adds to λ_max ‖x‖² − ‖Ex‖² no less than 0",
        sp.Ge(sp.expand(top * y**2 - (top - gap) * y**2), 0, evaluate=False),
    )
    d.say("equality holds for x along the eigenvector of λ_max, so no smaller factor serves all x")
    rest = sp.Symbol("Lambda", nonnegative=True)
    d.say("no λ_i = ‖E v_i‖² is negative, so with Λ the sum of all others")
    d.holds("‖E‖² = tr EᵀE = λ_max + Λ ≥ λ_max = ‖E‖₂²", sp.Ge(top + rest, top, evaluate=False))


@claim(
    "labels-kept-by-margins",
    sources=("mpo:7g", "mera:131"),
    statement="With an MPO or a MERA in place of W, prediction accuracy is kept, or falls little.",
    verdict=Verdict.ASSUMPTION,
    corrected=(
        "Where W is the last layer, an input keeps its label if the margin of its winning output exceeds √2 ‖(W − V) "
        "x‖; accuracy falls by at most the share of inputs with a smaller margin. How many those are only data can "
        "say."
    ),
)
def margins(d: Derivation) -> None:
    """The winner y against one other output j; e is the output error, ε its norm."""
    margin, size, winner, other = sp.symbols("M epsilon e_y e_j", real=True)
    large = d.given(
        "the margin M = z_y − z_j > 0 has M² > 2ε²",
        sp.Gt(margin**2, 2 * size**2),
        dropped=sp.true,
    )
    d.entails(
        "z_y + e_y is still above z_j + e_j",
        sp.Gt(margin + winner - other, 0),
        where=(large, sp.Gt(margin, 0), sp.Le(winner**2 + other**2, size**2)),
    )
    d.say("j is any other output, so y stays the largest; inputs whose margin is smaller may change their label")
    d.fails(
        "M = 3/2 against e_y = −1, e_j = 1, ε = √2: the label changes",
        sp.Gt(sp.Add(sp.Rational(3, 2), -1, -1, evaluate=False), 0, evaluate=False),
    )


@claim(
    "nearest-is-not-most-faithful",
    sources=("mpo:7f", "mera:15"),
    statement=(
        "How faithful V is to W depends on the inputs: with E = W − V and their second moments C = ⟨x xᵀ⟩, ⟨·⟩ the "
        "mean over inputs x, the mean squared output error is ⟨‖Ex‖²⟩ = tr E C Eᵀ. For white inputs, C = c·1, it is "
        "c‖E‖², ‖E‖² = Σ E_ij²; for others the nearer of two networks V in ‖W − V‖ may be the less faithful: fit in "
        "the norm that C gives."
    ),
)
def nearest(d: Derivation) -> None:
    """Matrices of any size; a counterexample of two legs of dimension 2 on either side."""
    n, m = sp.symbols("n m", integer=True, positive=True)
    error, x = sp.MatrixSymbol("E", m, n), sp.MatrixSymbol("x", n, 1)
    d.equal("one input makes ‖Ex‖² = tr (Ex)(Ex)ᵀ", (error * x) * (error * x).T, error * (x * x.T) * error.T)
    d.say("which is linear in x xᵀ, so the mean over the inputs is tr E C Eᵀ")
    scale = sp.Symbol("c", positive=True)
    moments = d.given("the inputs are white: C = c·1", scale * sp.Identity(n), dropped=sp.MatrixSymbol("C", n, n))
    d.equal("then E C Eᵀ = c E Eᵀ, whose trace is c‖E‖²", error * moments * error.T, scale * error * error.T)
    one, two = sp.diag(1, 0), sp.diag(0, 1)
    first, second = sp.kronecker_product(one, one), sp.kronecker_product(two, two)
    weight = 2 * first + second
    d.say("W = 2 e₁e₁ᵀ ⊗ e₁e₁ᵀ + e₂e₂ᵀ ⊗ e₂e₂ᵀ is an MPO of bond 2; either term alone is an MPO of bond 1")
    covariance = sp.diag(sp.Rational(1, 100), 1, 1, 1)
    near, far = weight - 2 * first, weight - second
    d.holds(
        "keeping 2 e₁e₁ᵀ ⊗ e₁e₁ᵀ is nearer: ‖E‖²", sp.Lt((near.T * near).trace(), (far.T * far).trace(), evaluate=False)
    )
    d.fails(
        "but if x₁₁ is rare, C = diag(1/100, 1, 1, 1), it is not more faithful: tr E C Eᵀ",
        sp.Lt((near * covariance * near.T).trace(), (far * covariance * far.T).trace(), evaluate=False),
    )
