"""The mixed loss λ L(f_t, f_s) + (1 − λ) L(f_s, y), for any number of classes: order, target, temperatures."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation
from .shared import HINTON, cross_entropy


@claim(
    "mixed-loss-order",
    sources=("notes:38", "notes:48"),
    statement="L = λ L(f_t, f_s) + (1 − λ) L(f_s, y) with the cross entropy L(a, b) = −Σ_j a_j log b_j: f_t, f_s the "
    "probabilities of teacher and student, y the label. As printed the label is the second argument.",
    verdict=Verdict.CORRECTED,
    corrected="The target comes first in both: λ L(f_t, f_s) + (1 − λ) L(y, f_s). L is not symmetric, and L(f_s, y) "
    "is infinite for a one-hot y unless f_s = y; L(y, f_s) = −log f_s at the label, positive and finite for a softmax "
    "f_s.",
)
def order(d: Derivation) -> None:
    """Two classes for the counterexample; for the corrected form the class k of the label against all others."""
    label, student = (sp.Rational(3, 4), sp.Rational(1, 4)), (sp.Rational(1, 2), sp.Rational(1, 2))
    d.differ(
        "not symmetric: y = (3/4, 1/4), f_s = (1/2, 1/2)", cross_entropy(student, label), cross_entropy(label, student)
    )
    small = sp.Symbol("epsilon", positive=True)
    nearly = cross_entropy(student, (1 - small, small))
    d.equal("y → (1, 0) at f_s = (1/2, 1/2): 1/L(f_s, y) → 0", 1 / sp.Limit(nearly, small, 0, "+"), 0)
    z, others = sp.Symbol("z_k", real=True), sp.Symbol("S", positive=True)
    at_label = sp.exp(z) / (sp.exp(z) + others)
    own, rest = d.given(
        "y is one-hot at class k",
        (sp.S.One, sp.S.Zero),
        dropped=(1 - small, small),
    )
    spread = sp.Symbol("log_j", negative=True)
    d.equal(
        "L(y, f_s) reads the label alone, f_s = exp(z_k)/(exp(z_k) + S) there and log f_s = log_j elsewhere",
        -own * sp.log(at_label) - rest * spread,
        -sp.log(at_label),
    )
    d.holds("it is positive, S = Σ_{j≠k} exp(z_j) > 0: the argument of −log is below 1", at_label < 1)


@claim(
    "mixed-loss-one-target",
    sources=("notes:38", "Szegedy et al. 2016, section 7"),
    statement="p the teacher's, q the student's probabilities, y the label, all at one temperature: λ CE(p, q) + (1 − "
    "λ) CE(y, q) = CE(λ p + (1 − λ) y, q). Teacher and label act as one mixed target, for any number of classes.",
)
def one_target(d: Derivation) -> None:
    """CE is linear in its first argument, class by class."""
    share, p, y = sp.symbols("lambda p_j y_j", nonnegative=True)
    q = sp.Symbol("q_j", positive=True)
    other = d.given("both terms read the student at the same temperature", q, dropped=sp.Symbol("q_j′", positive=True))
    mixed = share * p + (1 - share) * y
    d.equal("class j of either side", -share * p * sp.log(q) - (1 - share) * y * sp.log(other), -mixed * sp.log(q))
    d.equal("and the mixed target is a distribution: sums of p and y are 1", mixed.subs({p: 1, y: 1}), 1)


@claim(
    "mixed-loss-two-temperatures",
    sources=("notes:38", "notes:48", HINTON),
    statement="The mixture of temperatures λT² CE(p, softmax(z/T)) + (1 − λ) CE(y, softmax(z)), 0 < λ < 1, of the "
    "student's logits z, the teacher's p = softmax(v/T) and the label y is F(z) − Σ_j (λT p_j + (1 − λ) y_j) z_j, a "
    "Fenchel–Young loss with the convex potential F = λT F_T + (1 − λ) F_1, F_T(z) = T log Σ_j exp(z_j/T), for any "
    "number of classes. It is one cross entropy c CE(r, softmax(z/τ)) up to a constant at T = 1, but not in general: "
    "at T = 2 no weight c, target r and temperature τ exist, for two classes and any 0 < λ < 1.",
)
def two_temperatures(d: Derivation) -> None:
    """Two classes and their curvature refute one cross entropy; the potential form needs p and y only through sums."""
    t, share, temperature = sp.symbols("t lambda T", positive=True)
    d.say(
        "two classes, logit difference z: CE(r, softmax(z/τ)) has second derivative k(z/τ)/τ² whatever r, "
        "k(u) = 1/(2 + exp(u) + exp(−u)). At T = 2 put t = exp(−z/2): k(z/2) = t/(1+t)², k(z) = t²/(1+t²)²"
    )
    hot, cold = t / (1 + t) ** 2, t**2 / (1 + t**2) ** 2
    mixture = share * hot + (1 - share) * cold
    d.say("T² k(z/2)/4 = k(z/2), so the mixture has the second derivative λ k(z/2) + (1 − λ) k(z)")
    d.equal("z → ∞ is t → 0: it decays as t = exp(−z/2)", sp.Limit(mixture / t, t, 0, "+"), share)
    d.say("c k(z/τ)/τ² decays as (c/τ²) exp(−z/τ), so τ = 2 and c/τ² = λ; what is left must vanish for all z")
    left = (mixture - share * hot).subs(t, 1)
    d.differ("but at z = 0 and λ = 1/2 it is 1/8", left.subs(share, sp.Rational(1, 2)), 0)
    below = left.subs(share, 1 / (1 + sp.Symbol("m", positive=True)))
    d.holds("and positive for every λ = 1/(1 + m) < 1", sp.Gt(below, 0, evaluate=False))
    sums = sp.symbols("P Y", positive=True)
    of_p, of_y = d.given("p and y both sum to 1", (sp.S.One, sp.S.One), dropped=sums)
    products = sp.Symbol("⟨p,z⟩", real=True), sp.Symbol("⟨y,z⟩", real=True)
    logs = sp.symbols("L_T L_1", real=True)
    d.say("L_T = log Σ_j exp(z_j/T) = F_T/T: −Σ_j p_j log q_j = L_T Σ_j p_j − ⟨p,z⟩/T, and the same for y at T = 1")
    hinton = share * temperature**2 * (of_p * logs[0] - products[0] / temperature)
    hinton += (1 - share) * (of_y * logs[1] - products[1])
    potential = share * temperature * (temperature * logs[0]) + (1 - share) * logs[1]
    target = share * temperature * products[0] + (1 - share) * products[1]
    d.equal("the mixture of temperatures as potential less target times logits", hinton, potential - target)
    d.say("F is convex: the second derivative of F_T along u is Var_q(u)/T, which is ≥ 0 (temperature-entropy)")
