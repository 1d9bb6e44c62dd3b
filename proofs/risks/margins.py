"""From softmax to classification error and margin: the constants 2 and 1/γ of the lemma; any number of classes."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation

HSU = "Hsu, Ji, Telgarsky, Wang 2021"


@claim(
    "misclassified-below-half",
    sources=("notes:154", HSU),
    statement="If class y is not a strict maximum of the logits v ∈ ℝᵏ, then φ_γ(v, y) ≤ 1/2. Hence 1[argmax v ≠ y] "
    "≤ 2(1 − φ_γ(v, y)) for every γ > 0; the factor 2 is the smallest possible.",
)
def half(d: Derivation) -> None:
    """One class j with v_j ≥ v_y already weighs as much as y."""
    rest = sp.Symbol("w", nonnegative=True)
    gap = d.given(
        "f errs: some class j ≠ y has a = v_j − v_y ≥ 0",
        sp.Symbol("a", nonnegative=True),
        dropped=sp.Symbol("a", real=True),
    )
    heat = d.given("γ > 0", sp.Symbol("gamma", positive=True), dropped=sp.Symbol("gamma", real=True, nonzero=True))
    t, curve = sp.Symbol("t", real=True), sp.Symbol("c", nonnegative=True)
    d.equal(
        "e^t ≥ 1 + t: value and slope of the difference at 0",
        sp.Matrix([sp.exp(t) - 1 - t, sp.exp(t) - 1]).subs(t, 0),
        sp.zeros(2, 1),
    )
    d.holds("and it is convex", sp.Gt(sp.diff(sp.exp(t) - 1 - t, t, 2), 0, evaluate=False))
    d.say("so exp(a/γ) = 1 + a/γ + c with c ≥ 0; w ≥ 0 collects the other classes: φ = 1/(1 + S) with")
    weight = 1 + gap / heat + curve + rest
    d.holds("S = 1 + a/γ + c + w ≥ 1", sp.Ge(weight, 1, evaluate=False))
    d.holds("φ ≤ 1/2", sp.Ge(sp.Rational(1, 2), 1 / (1 + weight)))
    d.equal(
        "with equality at a tie of two classes: 2(1 − φ) = 1",
        2 * (1 - 1 / (1 + weight.subs({gap: 0, curve: 0, rest: 0}))),
        1,
    )


@claim(
    "softmax-margin-bounds",
    sources=("notes:154", HSU),
    statement="For the margin M = v_y − max_{i≠y} v_i and k ≥ 2 classes: 1/(1 + (k − 1) e^(−M/γ)) ≤ φ_γ(v, y) ≤ 1/(1 "
    "+ e^(−M/γ)).",
)
def between(d: Derivation) -> None:
    """The best wrong class weighs E = e^(−M/γ); each of the others between 0 and as much."""
    best, others = sp.Symbol("E", positive=True), sp.Symbol("n", integer=True, nonnegative=True)
    surplus = d.given(
        "γ > 0: a class b below the best wrong one weighs E r with r = e^(−b/γ) = 1/(1 + u), u ≥ 0",
        sp.Symbol("u", nonnegative=True),
        dropped=sp.Symbol("u", real=True),
    )
    share = 1 / (1 + surplus)
    d.holds("0 < r", sp.Gt(share, 0, evaluate=False))
    d.holds("r ≤ 1", sp.Le(share, 1, evaluate=False))
    d.say("the n = k − 2 other classes together weigh E n r, r now their mean, which obeys the same bounds")
    probability = 1 / (1 + best * (1 + others * share))
    d.equal(
        "difference to the lower bound",
        probability - 1 / (1 + (others + 1) * best),
        best * others * (1 - share) / ((1 + (others + 1) * best) * (1 + best * (1 + others * share))),
    )
    d.holds("lower bound", sp.Ge(probability, 1 / (1 + (others + 1) * best)))
    d.holds("upper bound", sp.Ge(1 / (1 + best), probability))


@claim(
    "tempered-softmax-lipschitz",
    sources=("notes:154", HSU),
    statement="For u, v ∈ ℝᵏ: |φ_γ(u, y) − φ_γ(v, y)| ≤ ‖u − v‖_∞/(2γ) and ≤ √2 ‖u − v‖₂/(4γ); both constants are "
    "the smallest possible. As a function of the soft margin M_γ = v_y − γ log Σ_{j≠y} exp(v_j/γ), φ_γ is "
    "1/(4γ)-Lipschitz.",
)
def lipschitz(d: Derivation) -> None:
    """The gradient in the l1 norm and in the l2 norm; the mean value theorem does the rest."""
    own, other = sp.symbols("v_y v_j", real=True)
    heat = d.given("γ > 0", sp.Symbol("gamma", positive=True), dropped=sp.Symbol("gamma", real=True, nonzero=True))
    rest, q = sp.Symbol("S", positive=True), sp.Symbol("q", real=True)
    total = sp.exp(own / heat) + sp.exp(other / heat) + rest
    phi, share = sp.exp(own / heat) / total, sp.exp(other / heat) / total
    d.equal("∂φ/∂v_y = φ(1 − φ)/γ", sp.diff(phi, own), phi * (1 - phi) / heat)
    d.equal("∂φ/∂v_j = −φ φ_j/γ for each j ≠ y", sp.diff(phi, other), -phi * share / heat)
    d.say("let q = φ; the φ_j of the other classes sum to 1 − q")
    d.equal(
        "so the l1 norm of the gradient is 2q(1 − q)/γ, short of 1/(2γ) by a square",
        1 / (2 * heat) - 2 * q * (1 - q) / heat,
        (1 - 2 * q) ** 2 / (2 * heat),
    )
    d.holds("not negative", sp.Ge((1 - 2 * q) ** 2 / (2 * heat), 0, evaluate=False))
    odds, mixed = sp.Symbol("o", positive=True), sp.Symbol("x", nonnegative=True)
    d.say("Σ_{j≠y} φ_j² = (1 − q)² − x, x = Σ_{i≠j} φ_i φ_j ≥ 0; q = 1/(1 + o)")
    slope = 1 / (1 + odds) ** 2 * (2 * (odds / (1 + odds)) ** 2 - mixed) / heat**2
    d.equal(
        "(√2/(4γ))² less the squared l2 norm",
        sp.Rational(1, 8) / heat**2 - slope,
        ((1 - odds) ** 2 * (odds**2 + 6 * odds + 1) / (8 * (1 + odds) ** 4) + mixed / (1 + odds) ** 2) / heat**2,
    )
    d.equal(
        "two classes tied (q = 1/2, x = 0) attain both: l1 norm 1/(2γ)",
        (2 * q * (1 - q) / heat).subs(q, sp.Rational(1, 2)),
        1 / (2 * heat),
    )
    d.equal("l2 norm √2/(4γ)", slope.subs({odds: 1, mixed: 0}), (sp.sqrt(2) / (4 * heat)) ** 2)
    margin = sp.Symbol("M", real=True)
    soft = 1 / (1 + sp.exp(-margin / heat))
    d.equal("φ = 1/(1 + e^(−M_γ/γ)), with slope q(1 − q)/γ ≤ 1/(4γ)", sp.diff(soft, margin), soft * (1 - soft) / heat)


@claim(
    "margin-surrogate",
    sources=("notes:154", HSU),
    statement="The lemma's (2/n) Σ (1 − φ_γ) and (1/γ) Rad of the margins x ↦ M = g(x)_y − max_{i≠y} g(x)_i fit "
    "together: there is a function h with 1[M ≤ 0] ≤ h(M) ≤ 2(1 − φ_γ) that is 1/(2γ)-Lipschitz, so that "
    "symmetrisation (a factor 2) and contraction (the Lipschitz constant) give exactly 1/γ.",
)
def surrogate(d: Derivation) -> None:
    """h(M) = 2/(1 + e^(M/γ)), the surrogate of two classes, serves any number of them."""
    margin = sp.Symbol("M", real=True)
    heat = d.given("γ > 0", sp.Symbol("gamma", positive=True), dropped=sp.Symbol("gamma", real=True, nonzero=True))
    h = 2 / (1 + sp.exp(margin / heat))
    d.equal("h(0) = 1", h.subs(margin, 0), 1)
    d.holds(
        "h is decreasing and positive: h ≥ 1 where M ≤ 0, h > 0 elsewhere", sp.Lt(sp.diff(h, margin), 0, evaluate=False)
    )
    best, rest = sp.Symbol("E", positive=True), sp.Symbol("R", nonnegative=True)
    d.say(
        "E = e^(−M/γ); the wrong classes together weigh E(1 + R), R ≥ 0: 1 − φ = E(1 + R)/(1 + E(1 + R)), h = 2E/(1 + "
        "E)"
    )
    d.holds("h ≤ 2(1 − φ)", sp.Ge(2 * best * (1 + rest) / (1 + best * (1 + rest)), 2 * best / (1 + best)))
    d.equal(
        "|h'| = 2E/(γ(1 + E)²) is short of 1/(2γ) by a square",
        1 / (2 * heat) - 2 * best / (heat * (1 + best) ** 2),
        (1 - best) ** 2 / (2 * heat * (1 + best) ** 2),
    )
    d.equal(
        "E = e^(−M/γ) in it",
        sp.diff(h, margin),
        (-2 * best / (heat * (1 + best) ** 2)).subs(best, sp.exp(-margin / heat)),
    )
    d.say("symmetrisation doubles the constant 1/(2γ) of the contraction: 1/γ")
