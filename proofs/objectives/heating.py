"""What heating does to softmax(x/T), for any number of classes: odds, the limits T → 0 and T → ∞, and T = 1."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation


@claim(
    "temperature-odds",
    sources=("notes:48", "notes:55", "notes:57"),
    statement="p = softmax(x/T), T > 0, N classes: p_i/p_j = exp((x_i − x_j)/T). For x_i > x_j these odds fall "
    "strictly as T grows, from ∞ at T → 0 to 1 at T → ∞; the order of the classes never changes.",
)
def odds(d: Derivation) -> None:
    """The normaliser cancels, so two classes of any number suffice."""
    x, y = sp.symbols("x_i x_j", real=True)
    temperature, partition = sp.symbols("T Z", positive=True)
    d.equal(
        "the normaliser Z cancels",
        (sp.exp(x / temperature) / partition) / (sp.exp(y / temperature) / partition),
        sp.exp((x - y) / temperature),
        by=sp.powsimp,
    )
    gap = d.given("x_i > x_j: the gap g = x_i − x_j", sp.Symbol("g", positive=True), dropped=sp.Symbol("g", real=True))
    ratio = sp.exp(gap / temperature)
    d.holds("the odds fall as T grows", sp.Lt(sp.Derivative(ratio, temperature), 0, evaluate=False))
    d.holds("their logarithm is positive at every T: i stays ahead of j", sp.Gt(gap / temperature, 0, evaluate=False))
    d.equal("T → 0: the inverse odds vanish", sp.Limit(1 / ratio, temperature, 0, "+"), 0)
    d.equal("T → ∞: even odds", sp.Limit(ratio, temperature, sp.oo), 1)


@claim(
    "temperature-to-infinity",
    sources=("notes:57",),
    statement="As T → ∞, softmax(x/T) of N classes tends to the uniform distribution, p_i → 1/N.",
)
def to_infinity(d: Derivation) -> None:
    """p_i = 1/(1 + Σ_{j≠i} exp((x_j − x_i)/T)) is caught between two bounds with all |x_j − x_i| replaced by R."""
    temperature, classes = sp.symbols("T N", positive=True)
    reach = d.given(
        "the logits stay as they are while T grows: |x_j − x_i| ≤ R for all j",
        sp.Symbol("R", positive=True),
        dropped=sp.Symbol("R", positive=True) * temperature,
    )
    d.say("exp is increasing, so 1/(1 + (N−1) exp(R/T)) ≤ p_i ≤ 1/(1 + (N−1) exp(−R/T))")
    for words, sign in (("the lower bound", 1), ("the upper bound", -1)):
        bound = 1 / (1 + (classes - 1) * sp.exp(sign * reach / temperature))
        d.equal(f"{words} tends to 1/N", sp.Limit(bound, temperature, sp.oo), 1 / classes)


@claim(
    "temperature-to-zero",
    sources=("notes:55",),
    statement="As T → 0, softmax(x/T) of N classes tends to the one-hot vector at the largest logit: one factor is "
    "left.",
    verdict=Verdict.ASSUMPTION,
    corrected="Holds if the largest logit is unique; where m logits share the maximum each of them tends to 1/m.",
)
def to_zero(d: Derivation) -> None:
    """p_max = 1/(m + Σ exp(−g_j/T)) over the classes below the maximum, whose gaps g_j are at least g > 0."""
    temperature, gap, classes = sp.symbols("T g N", positive=True)
    shared = sp.Symbol("m", integer=True, positive=True)
    d.say(
        "m classes share the maximum: 0 ≤ Σ_j exp(−g_j/T) ≤ (N−m) exp(−g/T), so 1/(m + (N−m) exp(−g/T)) ≤ p_max ≤ 1/m"
    )
    lower = 1 / (shared + (classes - shared) * sp.exp(-gap / temperature))
    d.equal("the lower bound tends to the upper one", sp.Limit(lower, temperature, 0, "+"), 1 / shared)
    ties = d.given("the maximum is attained by one class only, m = 1", sp.S.One, dropped=shared)
    d.equal("so the limit 1/m of p_max is", 1 / ties, 1)
    d.say("the probabilities sum to 1, so all others tend to 0")
    tied = [sp.exp(1 / temperature), sp.exp(1 / temperature), sp.S.One]
    half = sp.limit(tied[0] / sum(tied), temperature, 0, "+")
    d.differ("without uniqueness: x = (1, 1, 0) tends to (1/2, 1/2, 0), which is not one-hot", half, 1)


@claim(
    "temperature-one-is-no-threshold",
    sources=("notes:55", "notes:57"),
    statement="T = 1 separates two regimes of p = softmax(x/T): for 0 < T < 1 one factor is enhanced (it dominates), "
    "for T > 1 the factors are similar.",
    verdict=Verdict.CORRECTED,
    corrected="Only relative to T = 1: the odds at T are those at 1 to the power 1/T, further from even for T < 1, "
    "closer to even for T > 1. Only x/T matters, so no temperature is hot or cold by itself.",
)
def no_threshold(d: Derivation) -> None:
    """Odds of two classes of any number, p_i/p_j = exp((x_i − x_j)/T) with x_i > x_j (temperature-odds)."""
    cold = sp.exp(sp.Rational(1, 100) / sp.Rational(1, 2))
    hot = sp.exp(sp.Integer(10) / 2)
    d.fails(
        "odds exp(1/50) at T = 1/2 with x = (1/100, 0) exceed odds exp(5) at T = 2 with x = (10, 0)",
        sp.Gt(cold, hot, evaluate=False),
    )
    gap = d.given("x_i > x_j: the gap g = x_i − x_j", sp.Symbol("g", positive=True), dropped=sp.Symbol("g", real=True))
    temperature, margin, scale = sp.symbols("T s c", positive=True)
    d.equal(
        "the odds at T are a power of those at 1",
        sp.exp(gap / temperature),
        sp.Pow(sp.exp(gap), 1 / temperature, evaluate=False),
    )
    d.holds("T = 1/(1 + s) < 1 raises the logarithm of the odds above that at 1", sp.Gt(gap * (1 + margin), gap))
    d.holds("T = 1 + s > 1 lowers it", gap / (1 + margin) < gap)
    d.equal(
        "logits and T multiplied by the same c: nothing changes", scale * gap / (scale * temperature), gap / temperature
    )
