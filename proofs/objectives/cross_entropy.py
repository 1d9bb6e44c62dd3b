"""Cross entropy is entropy plus relative entropy, for any number of classes: which of them a good student zeroes."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation
from .shared import cross_entropy


@claim(
    "gibbs-inequality",
    sources=("notes:59", "Cover and Thomas 2006, theorem 2.6.3"),
    statement="p and q two distributions over N classes: KL(p‖q) = Σ_j p_j log(p_j/q_j) ≥ 0, and = 0 only if q = p, "
    "for every N.",
)
def gibbs(d: Derivation) -> None:
    """h(u) = u − 1 − log u is positive except at u = 1; KL is the average of h(q_j/p_j) under p."""
    u, p, q, s = sp.symbols("u p_j q_j s", positive=True)
    h = u - 1 - sp.log(u)
    d.equal("h vanishes at 1", h.subs(u, 1), 0)
    d.holds("right of 1, at u = 1 + s, h rises", sp.Gt(sp.diff(h, u).subs(u, 1 + s), 0, evaluate=False))
    d.holds(
        "left of 1, at u = 1/(1 + s), h falls, so h(u) > 0 for u ≠ 1",
        sp.Lt(sp.diff(h, u).subs(u, 1 / (1 + s)), 0, evaluate=False),
    )
    d.equal("one class contributes", p * h.subs(u, q / p), q - p + p * sp.log(p / q))
    relative = sp.Symbol("KL", real=True)
    masses = sp.symbols("P Q", positive=True)
    of_p, of_q = d.given("p and q both sum to 1", (sp.S.One, sp.S.One), dropped=masses)
    d.equal(
        "over all classes, Σ_j p_j h(q_j/p_j) = Σ_j q_j − Σ_j p_j + KL",
        sp.Add(of_q, -of_p, relative, evaluate=False),
        relative,
    )
    d.say(
        "the left side is a sum of terms ≥ 0, all zero only if q_j = p_j for all j. A class with p_j = 0 adds q_j ≥ 0 "
        "to the left and nothing to KL; one with q_j = 0 < p_j makes KL infinite"
    )


@claim(
    "cross-entropy-zero",
    sources=("notes:59",),
    statement="p the teacher's, q the student's probabilities: the student has learned well (q = p) when the cross "
    "entropy CE(p, q) = −Σ_j p_j log q_j is 0.",
    verdict=Verdict.CORRECTED,
    corrected="CE(p, q) = H(p) + KL(p‖q) ≥ H(p), with equality exactly at q = p. What vanishes is KL; the minimum "
    "H(p) of CE is 0 only if p is one-hot, which no softmax of two or more classes at T > 0 is.",
)
def zero(d: Derivation) -> None:
    """The identity holds class by class, so for any number of classes; H(p) is a sum of terms that are not negative."""
    even = (sp.Rational(1, 2), sp.Rational(1, 2))
    d.differ("p = q = (1/2, 1/2): a perfect student has cross entropy log 2", cross_entropy(even, even), 0)
    p, q = sp.symbols("p_j q_j", positive=True)
    d.equal("class by class, CE = H + KL", -p * sp.log(q), -p * sp.log(p) + p * sp.log(p / q))
    d.say("KL ≥ 0, and = 0 only at q = p (gibbs-inequality): the minimum of CE over q is H(p), at q = p")
    odds = d.given(
        "p is not one-hot: some 0 < p_i < 1, p_i = 1/(1 + s) with s > 0",
        sp.Symbol("s", positive=True),
        dropped=sp.Symbol("s", nonnegative=True),
    )
    share = 1 / (1 + odds)
    d.holds(
        "that class alone makes H(p) positive, as no term −p_j log p_j is negative",
        sp.Gt(-share * sp.log(share), 0, evaluate=False),
    )
    x, others = sp.Symbol("x_i", real=True), sp.Symbol("S", positive=True)
    d.holds("a softmax is never one-hot: S = Σ_{j≠i} exp(x_j) > 0", sp.exp(x) / (sp.exp(x) + others) < 1)
