"""How correlations in a train fall off with the distance, for any bond dimension and any distance."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation
from .words import matrices, modulo

FANNES = "Fannes, Nachtergaele, Werner, Finitely correlated states, 1992"


@claim(
    "correlations-decay-with-a-gap",
    sources=("mera:56", FANNES),
    statement="A tensor train is highly local: correlations fall off exponentially with the distance.",
    verdict=Verdict.ASSUMPTION,
    corrected="True for equal cores with a gap. If E = Σ_s A[s] ⊗ A[s] is diagonalisable with λ_1 > |λ_k| for all "
    "k ≥ 2, then deep inside the train the connected correlation of two sites with m sites between them is "
    "Σ_{k≥2} c_k (λ_k/λ_1)^m, λ_k the eigenvalues of E, c_k numbers that do not depend on m. Without a gap it need not "
    "fall at all.",
)
def decay(d: Derivation) -> None:
    """The leading eigenvector transports nothing but means; what connects two sites is the rest of E."""
    leading, rest, power, left, right = matrices("P Q Qᵐ X Y")
    d.say("scale the cores so that λ_1 = 1, and let E = P + Q, P the projector on the eigenvector of λ_1")
    apart = d.given(
        "E is diagonalisable: PQ = QP = 0",
        modulo((leading * leading, leading), (leading * rest, 0), (power * leading, 0)),
        dropped=modulo((leading * leading, leading)),
    )
    d.equal(
        "by induction over m, E^m = P + Q^m; the step",
        (leading + power) * (leading + rest),
        leading + power * rest,
        by=apart,
    )
    d.say(
        "many sites on either side project on P, of rank one. With X and Y for the two sites and their observables, "
        "P X P is P times the mean of the first and P Y P that of the second. Joint mean less product of means:"
    )
    d.equal(
        "the connected correlation, times P",
        leading * left * (leading + power) * right * leading - leading * left * leading * right * leading,
        leading * left * power * right * leading,
    )
    d.say("Q^m = Σ_{k≥2} λ_k^m P_k makes this a sum of terms c_k λ_k^m, where P X P_k Y P = c_k P")
    gap = d.given(
        "there is a gap, |λ_k| = 1/(1 + g) with g > 0",
        sp.Symbol("g", positive=True),
        dropped=sp.Symbol("g", nonnegative=True),
    )
    d.holds("so each term falls geometrically", sp.Lt(1 / (1 + gap), 1, evaluate=False))
    twice = sum((sp.kronecker_product(core, core) for core in (sp.diag(1, 0), sp.diag(0, 1))), sp.zeros(4))
    d.equal(
        "without a gap: A[0] = diag(1, 0) and A[1] = diag(0, 1) have E = diag(1, 0, 0, 1), the eigenvalue 1 twice, and "
        "E² = E, so that no correlation depends on m; and all signs agree (log-rank-bounds-entropy)",
        twice**2,
        twice,
    )


@claim(
    "ends-of-a-train",
    sources=("mera:57",),
    statement="The tensors at the two ends of a train are only weakly correlated.",
    verdict=Verdict.CORRECTED,
    corrected="Not in general: bond dimension 2 reaches any correlation from 0 to 1 at any length. For the train "
    "with T² = Π_k M[s_k, s_{k+1}], M = [[p, q], [q, p]], p > 0, q ≥ 0, the correlation of the end signs of n sites "
    "is exactly ((p − q)/(p + q))^(n−1): 1 for q = 0, and exponentially small in n for q > 0.",
)
def ends(d: Derivation) -> None:
    """The symmetric 2 × 2 matrix has the eigenvectors (1, 1) and (1, −1), which are also what the ends measure."""
    p, q = sp.symbols("p q", real=True)
    other_p, other_q = d.given(
        "both states are treated alike: M = [[p, q], [q, p]]", (p, q), dropped=sp.symbols("p' q'", real=True)
    )
    matrix = sp.Matrix([[p, q], [other_q, other_p]])
    d.say(
        "T is a train of bond dimension 2, with cores A[s] = |s⟩⟨s| m, m the entrywise root of M. Means of the signs "
        "z = ±1 are sums of T²: the norm is (1, 1) M^(n−1) (1, 1)ᵀ, the end signs (1, −1) M^(n−1) (1, −1)ᵀ",
        matrix,
    )
    even, odd = sp.Matrix([1, 1]), sp.Matrix([1, -1])
    d.equal("M (1, 1)ᵀ = (p + q) (1, 1)ᵀ", matrix * even, (p + q) * even)
    d.equal("M (1, −1)ᵀ = (p − q) (1, −1)ᵀ", matrix * odd, (p - q) * odd)
    d.say("each end has mean 0, (1, −1) M^(n−1) (1, 1)ᵀ = (p + q)^(n−1) (1 − 1); so the correlation of the ends is")
    n = sp.Symbol("n", integer=True, positive=True)
    correlation = ((p - q) / (p + q)) ** (n - 1)
    d.equal("sign over norm", 2 * (p - q) ** (n - 1) / (2 * (p + q) ** (n - 1)), correlation, by=sp.powsimp)
    d.differ("for q = 0 it does not vanish, it is 1, whatever n", correlation.subs(q, 0), 0)
    d.entails("for q > 0 it falls: |p − q| < p + q", sp.And(p - q < p + q, p - q > -p - q), where=[p > 0, q > 0])
