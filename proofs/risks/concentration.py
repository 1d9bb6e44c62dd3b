"""Means of bounded losses concentrate: Hoeffding's lemma and inequality, and what a weight p_j costs; all n."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation


@claim(
    "hoeffding-lemma",
    sources=("notes:154", "Hoeffding 1963"),
    statement="If X takes values in [0, 1] and has mean p, then log E e^{s(X − p)} ≤ s²/8 for every real s.",
)
def lemma(d: Derivation) -> None:
    """Two-point variables are the worst; for them the second derivative is a Bernoulli variance."""
    s, x = sp.symbols("s x", real=True)
    chord = 1 - x + x * sp.exp(s) - sp.exp(s * x)
    d.equal(
        "e^{sx} ≤ 1 − x + x e^s on [0, 1]: the difference vanishes at both ends",
        sp.Matrix([chord.subs(x, 0), chord.subs(x, 1)]),
        sp.zeros(2, 1),
    )
    d.holds("and is concave in between", sp.Le(sp.diff(chord, x, 2), 0, evaluate=False))
    d.say("so E e^{sX} ≤ 1 − p + p e^s, the same expectation for the two values 0 and 1")
    odds = sp.Symbol("o", positive=True)
    width = d.given("the values lie in an interval of length 1", sp.Integer(1), dropped=sp.Symbol("w", positive=True))
    p = 1 / (1 + odds)
    d.say("p = 0 and p = 1 are constants; for any other p let o = (1 − p)/p: 1 − p + p e^s = (o + e^s)/(1 + o)")
    centre = d.given("the mean is subtracted", p * width, dropped=sp.Symbol("m", real=True))
    growth = sp.log((odds + sp.exp(width * s)) / (1 + odds)) - centre * s
    d.equal("L(s) = log(1 − p + p e^s) − p s starts at 0", growth.subs(s, 0), 0)
    tilted = sp.exp(width * s) / (odds + sp.exp(width * s))
    d.equal(
        "has slope q − p with q = e^s/(o + e^s), which is p at s = 0", sp.Derivative(growth, s), width * (tilted - p)
    )
    d.equal("and L'' = q(1 − q)", sp.Derivative(width * tilted, s), width**2 * tilted * (1 - tilted))
    q = sp.Symbol("q", real=True)
    d.equal("short of 1/4 by a square", sp.Rational(1, 4) - width**2 * q * (1 - q), (q - sp.Rational(1, 2)) ** 2)
    d.say("Taylor: L(s) = L(0) + s L'(0) + (s²/2) L''(ξ) ≤ s²/8")


@claim(
    "hoeffding-inequality",
    sources=("notes:154", "Hoeffding 1963"),
    statement="For n independent X_i in [0, 1] and t > 0: Pr[mean of X_i − its expectation ≥ t] ≤ e^(−2 n t²); so "
    "with probability 1 − δ a fixed predictor's mean loss is within √(ln(1/δ)/(2n)) of its expectation, on one side.",
)
def inequality(d: Derivation) -> None:
    """Markov's inequality for e^{s Σ(X_i − E X_i)}, at the best s."""
    n = sp.Symbol("n", integer=True, positive=True)
    s, t, surprise = sp.symbols("s t l", positive=True)
    growth = d.given(
        "draws are independent: logarithms of E e^{sX} add, to n s²/8", n * s**2 / 8, dropped=(n * s) ** 2 / 8
    )
    exponent = growth - s * n * t
    d.equal("log Pr ≤ n s²/8 − s n t has slope 0 at s = 4t", sp.diff(exponent, s), n * (s - 4 * t) / 4)
    d.equal("where it is smallest", exponent.subs(s, 4 * t), -2 * n * t**2)
    d.equal("e^(−2 n t²) = δ at t = √(l/(2n)), l = ln(1/δ)", 2 * n * sp.sqrt(surprise / (2 * n)) ** 2, surprise)


@claim(
    "lemma-prior-weights",
    sources=("notes:154",),
    statement="The bound may be applied with whichever class G_j, j = 1, 2, ..., suits best after the fact, at the "
    "price 6√(ln(1/p_j)/n).",
    verdict=Verdict.ASSUMPTION,
    corrected="The notes never introduce p_j. They must be chosen before the sample, p_j ≥ 0 with Σ_j p_j ≤ 1, for "
    "instance p_j = 1/(j(j + 1)): then all classes hold at once with probability 1 − δ, and the price stands inside "
    "the infimum over j. With p_j = 1 for every class the guarantee is lost.",
)
def weights(d: Derivation) -> None:
    """Each class may fail with probability p_j δ; together they fail with at most δ."""
    j = sp.Symbol("j", integer=True, positive=True)
    slack, delta = sp.Symbol("r", nonnegative=True), sp.Symbol("delta", positive=True)
    total = d.given(
        "the weights are fixed in advance with Σ p_j ≤ 1, written 1/(1 + r)",
        1 / (1 + slack),
        dropped=sp.Symbol("P", positive=True),
    )
    d.holds("union bound: Pr[some class fails] ≤ Σ_j p_j δ ≤ δ", sp.Ge(delta, total * delta))
    d.equal("p_j = 1/(j(j + 1)) is admissible", sp.Sum(1 / (j * (j + 1)), (j, 1, sp.oo)), 1)
    each = sp.Rational(1, 20)
    d.fails(
        "p_j = 1 is not: 20 independent classes that fail with probability δ = 1/20 each fail somewhere with more "
        "than δ",
        sp.Le(1 - (1 - each) ** 20, each, evaluate=False),
    )
    n = sp.Symbol("n", integer=True, positive=True)
    doubt, price = sp.symbols("u v", nonnegative=True)
    d.equal(
        "u = ln(1/δ), v = ln(1/p_j): ln(1/(p_j δ)) = u + v, and the sum of the separate roots, squared, is larger",
        (sp.sqrt(doubt / n) + sp.sqrt(price / n)) ** 2 - (doubt + price) / n,
        2 * sp.sqrt(doubt * price) / n,
    )
    d.holds("so the price splits off as √(ln(1/p_j)/n)", sp.Ge(2 * sp.sqrt(doubt * price) / n, 0, evaluate=False))
