"""Softmax, for any number of classes: its divergence, the constant it ignores, its curvature and its inverse."""

from itertools import product

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .forms import PAPER, positive

LOGIT, SHIFT = sp.symbols("a_i c", real=True)
OTHERS = sp.Symbol("S", positive=True)


@claim(
    "softmax-divergence-is-relative-entropy",
    sources=("bregman:4a", PAPER),
    statement=(
        "For F(a) = log Σ_j exp a_j the gradient is softmax, and D_F(a, b) = KL(softmax b ‖ softmax a) = "
        "Σ_j p_j log(p_j/q_j) with p = softmax b, q = softmax a. For any number of classes."
    ),
)
def relative_entropy(d: Derivation) -> None:
    """Singled out is one logit, S = Σ_{j≠i} exp a_j for the others; the sums over classes enter through two symbols."""
    z = sp.exp(LOGIT) + OTHERS
    d.equal(
        "the derivative of F in a_i is p_i; the others enter through S = Σ_{j≠i} exp a_j",
        sp.Derivative(sp.log(z), LOGIT),
        sp.exp(LOGIT) / z,
    )
    divisor = d.given("softmax divides by the sum of all exponentials", z, dropped=sp.Symbol("Z", positive=True))
    total = (sp.exp(LOGIT) + OTHERS) / divisor
    d.equal("so the p_j sum to 1", total, sp.Integer(1))
    height_a, height_b, change = sp.symbols("F(a) F(b) M", real=True)
    d.say("log q_j = a_j − F(a) and log p_j = b_j − F(b); write M = Σ_j p_j (b_j − a_j) and use Σ_j p_j as above")
    entropy = change + total * (height_a - height_b)
    d.equal(
        "KL = M + Σ_j p_j (F(a) − F(b)) is F(a) − F(b) − p·(a − b)",
        entropy,
        height_a - height_b + change,
    )


@claim(
    "softmax-ignores-a-constant",
    sources=("bregman:4c", PAPER),
    statement=(
        "Adding c to all pre-activations of softmax adds c to F and leaves softmax, and with it the divergence and "
        "the matching loss, as they are. Subtracting from each column of V and from m its mean changes no output "
        "f(Vc + m). For any number of classes."
    ),
)
def constants(d: Derivation) -> None:
    """One class against the sum S of the exponentials of the others."""
    same = d.given("all pre-activations are shifted by the same c", SHIFT, dropped=sp.Symbol("c'", real=True))
    z, shifted = sp.exp(LOGIT) + OTHERS, sp.exp(LOGIT + SHIFT) + sp.exp(same) * OTHERS
    d.equal("with S = Σ_{j≠i} exp a_j, the sum of exponentials gains a factor", shifted, sp.exp(SHIFT) * z)
    d.equal("so the output stays", sp.exp(LOGIT + SHIFT) / shifted, sp.exp(LOGIT) / z)
    d.equal("and F gains c", sp.log(shifted), SHIFT + sp.log(z))
    height_a, height_b, inner, shift_b = sp.symbols("F(a) F(b) p·(a−b) c_b", real=True)
    moved = (height_a + SHIFT) - (height_b + shift_b) - (inner + SHIFT - shift_b)
    d.say("p·(a + c1 − b − c_b 1) = p·(a − b) + c − c_b, because p sums to 1")
    d.equal("shifts of both arguments leave D_F(a, b)", moved, height_a - height_b - inner)
    d.say("replacing V by V − 1(1'V)/d and m by m − 1(1'm)/d shifts Vc + m by a multiple of 1: a choice of gauge")


@claim(
    "softmax-hessian",
    sources=("bregman:4c", PAPER),
    statement=(
        "The Hessian of log-sum-exp, H = diag(p) − pp' with p = softmax(a), is positive semidefinite, its null space "
        "consists of the multiples of the vector of ones, and its rank is d − 1 for d classes. For any d."
    ),
)
def hessian(d: Derivation) -> None:
    """v'Hv is the variance of v under p; the sums Σ p_j, Σ p_j v_j and Σ p_j v_j² enter as symbols."""
    z = sp.exp(LOGIT) + OTHERS
    share = sp.exp(LOGIT) / z
    neighbour = sp.Symbol("w", positive=True)
    d.equal(
        "H_ii = p_i − p_i², with S for the sum of the other exponentials", sp.Derivative(share, LOGIT), share - share**2
    )
    across = (sp.exp(LOGIT) / (z + neighbour)).diff(neighbour) * neighbour
    d.equal("H_ij = −p_i p_j, with w = exp a_j", across, -sp.exp(LOGIT) * neighbour / (z + neighbour) ** 2)
    mass = d.given("p sums to 1", sp.Integer(1), dropped=sp.Symbol("P", positive=True))
    first, second = sp.symbols("m s", real=True)
    d.say("write m = Σ_j p_j v_j and s = Σ_j p_j v_j²; then v'Hv = s − m²")
    d.equal("and Σ_j p_j (v_j − m)² is the same", second - 2 * first * first + first**2 * mass, second - first**2)
    weight, gap = sp.Symbol("p_j", positive=True), sp.Symbol("δ", real=True, nonzero=True)
    d.holds("a sum of p_j δ² with δ = v_j − m: positive as soon as one v_j differs from m", positive(weight * gap**2))
    d.say("so v'Hv = 0 exactly where all v_j are equal; H is semidefinite, so these v are its null space: rank d − 1")
    d.enumerate(
        "illustrated by exact ranks: p ∝ 1, 2 or 3, four classes", product(range(1, 4), repeat=4), _has_rank_three
    )


def _has_rank_three(weights: tuple[int, ...]) -> bool:
    p = sp.Matrix(weights) / sum(weights)
    return (sp.diag(*p) - p * p.T).rank() == 3


@claim(
    "softmax-inverse",
    sources=("bregman:4a", PAPER),
    statement=(
        "For y = softmax(a), log y − mean(log y) equals a − mean(a): the one pre-activation of zero mean that softmax "
        "takes to y. For any number d of classes."
    ),
)
def inverse(d: Derivation) -> None:
    """One logit against the mean of all, and the sum S of the other exponentials."""
    classes = sp.Symbol("d", integer=True, positive=True)
    mean = sp.Symbol("abar", real=True)
    height = sp.log(sp.exp(LOGIT) + OTHERS)
    divisor = d.given("the mean is over all d classes", classes, dropped=sp.Symbol("n", positive=True))
    d.say("log y_j = a_j − F(a), F(a) = log Σ exp a_j; so Σ_j log y_j = d ā − d F(a) with ā = mean(a)")
    mean_of_logs = (classes * mean - classes * height) / divisor
    found = (LOGIT - height) - mean_of_logs
    d.equal("F(a) cancels and the mean of the pre-activations is left", found, LOGIT - mean)
    back = sp.exp(LOGIT - mean) / (sp.exp(LOGIT - mean) + sp.exp(-mean) * OTHERS)
    d.equal(
        "softmax takes it to y_i again, S being the sum of the other exponentials",
        back,
        sp.exp(LOGIT) / (sp.exp(LOGIT) + OTHERS),
    )
    d.say("any other preimage a' has a_j − a'_j = F(a) − F(a') for all j: it differs by a constant, and one has mean 0")
