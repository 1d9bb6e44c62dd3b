"""Soft labels of a teacher that is not Bayes: the error of its risk, and when labels would have done better."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .finite import variance


@claim(
    "imperfect-teacher-risk",
    sources=("notes:136", "Menon, Rawat, Reddi, Kim, Kumar 2021"),
    statement="R̃(f) = (1/N) Σ_n p^t(x_n)·ℓ(f(x_n)) is the risk distilled from a teacher p^t, R(f) = E p*(x)·ℓ(f(x)) "
    "the true one, ‖ℓ(f(x))‖₂ ≤ B. Then E[(R̃ − R)²] = (1/N) V[p^t·ℓ] + (E[(p^t − p*)·ℓ])² ≤ (1/N) V[p^t·ℓ] + B² "
    "(E‖p^t − p*‖₂)².",
)
def imperfect(d: Derivation) -> None:
    """Variance and squared bias, exactly; Cauchy-Schwarz turns the bias into a distance of the teacher to Bayes."""
    samples = sp.Symbol("N", integer=True, positive=True)
    spread, target, value = sp.symbols("v r t", real=True)
    shared = d.given(
        "inputs are independent: Cov(p^t·ℓ(x_n), p^t·ℓ(x_m)) = κ = 0 for n ≠ m",
        sp.S.Zero,
        dropped=sp.Symbol("kappa", real=True),
    )
    optimism = d.given(
        "neither f nor the teacher has seen the sample: E R̃ = t = E p^t·ℓ, without an optimism o",
        sp.S.Zero,
        dropped=sp.Symbol("o", real=True),
    )
    scatter = (samples * spread + samples * (samples - 1) * shared) / samples**2
    square = scatter + (value + optimism) ** 2
    d.equal(
        "E R̃² = V[R̃] + (E R̃)², so with v = V[p^t·ℓ] and R = r",
        square - 2 * target * (value + optimism) + target**2,
        spread / samples + (value - target) ** 2,
    )
    d.say(
        "the bias is t − r = E[(p^t − p*)·ℓ]; at one input let δ = p^t − p*, a = Σ_y δ_y², b = Σ_y ℓ_y², s = Σ_y δ_y "
        "ℓ_y"
    )
    a, b, s, top = sp.symbols("a b s B", real=True)
    d.equal(
        "Cauchy-Schwarz for any number of classes: Σ_y (b δ_y − s ℓ_y)² ≥ 0 is b times a b − s² (b = 0 means ℓ = 0, "
        "s = 0)",
        b**2 * a - 2 * b * s * s + s**2 * b,
        b * (a * b - s**2),
    )
    bounded = d.given("losses are bounded: ‖ℓ(f(x))‖₂ ≤ B", sp.Le(b, top**2), dropped=sp.true)
    d.entails("so at every input |δ·ℓ| ≤ B ‖δ‖", sp.Le(s**2, a * top**2), where=[sp.Le(s**2, a * b), a >= 0, bounded])
    d.say("expectations over x keep the inequality: |t − r| ≤ E|δ·ℓ| ≤ B E‖δ‖")


@claim(
    "teacher-against-labels",
    sources=("notes:136", "Menon, Rawat, Reddi, Kim, Kumar 2021"),
    statement="The lower variance of soft labels is no gain from every teacher, R̂, R̃ and R being the one-hot, the "
    "distilled and the true risk of a fixed f on N independent samples (imperfect-teacher-risk): N (E[(R̂ − R)²] − "
    "E[(R̃ − R)²]) = V[ℓ_y] − V[p^t·ℓ] − N β², β = E[(p^t − p*)·ℓ]. At one input with p = p* > 0 and N labels the "
    "teacher is at least as near to R as the labels, for every loss, if and only if χ² = Σ_y (p^t_y − p_y)²/p_y ≤ "
    "1/N. Where the teacher gives the first of two classes the probability t and p* gives it p, that is (t − p)² ≤ p "
    "(1 − p)/N: within one standard error of the frequency of N labels.",
)
def against(d: Derivation) -> None:
    """First the exact difference, then all losses at once by Cauchy-Schwarz with weights p."""
    samples = sp.Symbol("N", integer=True, positive=True)
    label_variance, teacher_variance, bias = sp.symbols("h v beta", real=True)
    d.equal(
        "h = V[ℓ_y], v = V[p^t·ℓ]: R̂ has variance h/N and no bias, R̃ has v/N and the bias β. N times the difference",
        samples * (label_variance / samples - (teacher_variance / samples + bias**2)),
        label_variance - teacher_variance - samples * bias**2,
    )
    half, tenth = sp.Rational(1, 2), sp.Rational(1, 10)
    d.fails(
        "a useless teacher without variance: one input, p = 1/2, t = 1, losses 0 and 1, N = 2. Its mean square error "
        "(t − p)² = 1/4 is not ≤ p (1 − p)/N = 1/8",
        sp.Le((1 - half) ** 2, half * (1 - half) / 2, evaluate=False),
    )
    d.fails(
        "nor is the variance lower for every teacher: two equally likely inputs, p = 1/10 at both, a teacher that "
        "says 0 at one and 1 at the other has variance 1/4 for losses 0 and 1, labels have 9/100",
        sp.Le(variance([(half, 0), (half, 1)]), variance([(1 - tenth, 0), (tenth, 1)]), evaluate=False),
    )
    d.say("one input, k classes: v = 0, δ_y = p^t_y − p_y, M = Σ p_y ℓ_y, h = Σ p_y (ℓ_y − M)², X = χ² = Σ δ_y²/p_y")
    mass, average = sp.symbols("T M", real=True)
    total = d.given("the teacher's outputs sum to T = 1", sp.Integer(1), dropped=mass)
    plain = sp.Symbol("s", real=True)
    d.equal("the bias Σ δ_y ℓ_y is Σ δ_y (ℓ_y − M) =: s, as Σ δ_y = T − 1 = 0", plain + average * (total - 1), plain)
    p = sp.Symbol("p_y", positive=True)
    gap, loss, chi, h = sp.symbols("delta_y m_y X h", real=True)
    d.equal(
        "one class, m_y = ℓ_y − M: a square",
        (h * gap / sp.sqrt(p) - plain * sp.sqrt(p) * loss) ** 2,
        h**2 * gap**2 / p - 2 * h * plain * gap * loss + plain**2 * p * loss**2,
    )
    d.equal(
        "summed over classes, not negative: the squared bias s² is at most X h",
        h**2 * chi - 2 * h * plain**2 + plain**2 * h,
        h * (chi * h - plain**2),
    )
    excess = sp.Symbol("epsilon", nonnegative=True)
    labels, close = sp.symbols("h c", nonnegative=True)
    d.equal(
        "if X = 1/N − ε and s² = X h − c, c ≥ 0, labels have more error by",
        labels / samples - ((1 / samples - excess) * labels - close),
        excess * labels + close,
    )
    d.holds("which is not negative", sp.Ge(excess * labels + close, 0, evaluate=False))
    d.equal(
        "the loss ℓ_y = δ_y/p_y has M = 0 and h = s = X: there the difference is negative for X > 1/N",
        chi / samples - chi**2,
        chi * (1 / samples - chi),
    )
    t, right = sp.symbols("t p", positive=True)
    d.equal(
        "two classes: χ² ≤ 1/N is (t − p)² ≤ p (1 − p)/N",
        (t - right) ** 2 / right + (t - right) ** 2 / (1 - right),
        (t - right) ** 2 / (right * (1 - right)),
    )
