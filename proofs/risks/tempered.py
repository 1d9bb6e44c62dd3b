"""The tempered softmax of the true class, and the distillation error built on it; any number of classes and samples."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation


@claim(
    "tempered-probabilities",
    sources=("notes:146",),
    statement="φ_γ(v, y) = exp(v_y/γ) / Σ_{j=1}^{k} exp(v_j/γ), the softmax of logits v ∈ ℝᵏ with temperature γ > 0, "
    "is a probability vector in y with entries strictly between 0 and 1 (k ≥ 2). As γ → 0 it becomes 1/m on the m "
    "classes that share the largest logit and 0 elsewhere, as γ → ∞ it becomes 1/k.",
)
def probabilities(d: Derivation) -> None:
    """With the gaps to logit y, φ = 1/(1 + Σ_{j≠y} exp((v_j − v_y)/γ)): each gap has its own limit."""
    own, others = sp.symbols("e_y S", positive=True)
    d.equal(
        "e_y = exp(v_y/γ), S = Σ_{j≠y} exp(v_j/γ): the entries sum to 1",
        own / (own + others) + others / (own + others),
        1,
    )
    d.holds("above 0", sp.Gt(own / (own + others), 0, evaluate=False))
    d.holds("below 1", sp.Lt(own / (own + others), 1, evaluate=False))
    heat, gap = sp.symbols("t g", positive=True)
    side = d.given("the temperature is positive: γ = t, not −t", sp.Integer(1), dropped=sp.Integer(-1))

    def weight(difference: sp.Expr) -> sp.Expr:
        return sp.exp(difference / (side * heat))

    d.say("one class j at gap v_j − v_y weighs exp((v_j − v_y)/γ) against class y; let g > 0")
    d.equal("a smaller logit loses all weight as γ → 0", sp.Limit(weight(-gap), heat, 0, "+"), 0)
    d.equal("a larger one takes all", sp.Limit(1 / weight(gap), heat, 0, "+"), 0)
    ties, classes = sp.symbols("m k", integer=True, positive=True)
    d.equal(
        "m − 1 classes tied with a largest y weigh 1 each: φ → 1/m", 1 / (1 + (ties - 1) * weight(sp.S.Zero)), 1 / ties
    )
    d.equal(
        "every class weighs 1 as γ → ∞: φ → 1/k",
        1 / (1 + (classes - 1) * sp.Limit(weight(gap), heat, sp.oo)),
        1 / classes,
    )


@claim(
    "distillation-error-metric",
    sources=("notes:148",),
    statement="Φ_{γ,n}(f, g) = (1/n) Σ_i |φ_γ(f(x_i), y_i) − φ_γ(g(x_i), y_i)| measures how similar the predictors f "
    "and g are on a sample. It is a pseudo-metric with values in [0, 1): symmetric, zero for f = g, with the triangle "
    "inequality; no metric, as it sees only the probability of the true class: logits that differ by a constant have "
    "Φ = 0, and so have predictors that distribute the rest differently, even where one of them errs and the other "
    "does not.",
)
def metric(d: Derivation) -> None:
    """Every property of |a − b| at one sample, averaged over the sample; then two pairs that Φ cannot tell apart."""
    a, b, c, p, q = sp.symbols("a b c p q", real=True)
    logit, heat = sp.Symbol("v", real=True), sp.Symbol("gamma", positive=True)
    other = d.given("f and g are taken at one temperature", heat, dropped=sp.Symbol("gamma'", positive=True))
    d.equal("Φ(f, f) = 0, here with logits (v, 0)", 1 / (1 + sp.exp(-logit / heat)), 1 / (1 + sp.exp(-logit / other)))
    d.equal("symmetry", sp.Abs(a - b), sp.Abs(b - a))
    bounds = [p >= a - b, p >= b - a, q >= b - c, q >= c - b]
    d.entails(
        "triangle: with p = |a − b|, q = |b − c|, |a − c| ≤ p + q", sp.And(a - c <= p + q, c - a <= p + q), where=bounds
    )
    d.entails(
        "below 1, as both probabilities lie strictly between 0 and 1",
        sp.And(a - b < 1, b - a < 1),
        where=[a > 0, a < 1, b > 0, b < 1],
    )
    constant, first, second = sp.symbols("c e_y S", positive=True)
    d.equal(
        "a constant c = e^(shift/γ) on all logits drops out",
        constant * first / (constant * first + constant * second),
        first / (first + second),
    )
    right, wrong = ([sp.Rational(each, 10) for each in row] for row in ((4, 3, 3), (4, 5, 1)))
    d.equal("γ = 1, logits log (4, 3, 3) and log (4, 5, 1), true class 1: Φ = 0", right[0], wrong[0])
    d.differ(
        "yet the first names class 1, the second class 2", 1 + right.index(max(right)), 1 + wrong.index(max(wrong))
    )
