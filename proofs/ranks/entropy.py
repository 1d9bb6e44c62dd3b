"""What the bond dimension says of entanglement: an amount at every bond, at any length; not a distance."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation

AREA_LAWS = "Eisert, Cramer, Plenio, Area laws for the entanglement entropy, 2010"


@claim(
    "log-rank-bounds-entropy",
    sources=("mera:55", AREA_LAWS),
    statement="A tensor train of bond dimension D captures correlations up to a distance of the order of log D.",
    verdict=Verdict.CORRECTED,
    corrected="log D is an amount, not a distance: the entropy S = −Σ p_k log p_k of the squared singular values "
    "p_k, Σ p_k = 1, at a bond is at most log D, with equality if and only if all p_k = 1/D. A train of bond "
    "dimension 2 can be fully correlated at every distance. A small entropy does not make the rank small.",
)
def entropy(d: Derivation) -> None:
    """A logarithm lies below its tangent; one of the D values is singled out."""
    t, p, dim = sp.symbols("t p D", positive=True)
    gap = t - 1 - sp.log(t)
    d.equal("the distance of log t from its tangent at t = 1 vanishes there", sp.Subs(gap, t, 1), 0)
    d.equal("and so does its slope", sp.Subs(sp.Derivative(gap, t), t, 1), 0)
    convex = sp.Gt(sp.diff(gap, t, 2), 0, evaluate=False)
    d.holds("but it is strictly convex: log t ≤ t − 1, with equality at t = 1 alone", convex)
    d.equal("at t = 1/(D p): p log(1/(D p)) ≤ 1/D − p, for each of the values", p * (1 / (dim * p) - 1), 1 / dim - p)
    values, total = sp.symbols("K P", positive=True)
    few = d.given("a bond of dimension D carries at most D values, K ≤ D of them p_k > 0", [values <= dim], dropped=[])
    mass = d.given("the state has norm 1: P = Σ p_k = 1", [sp.Eq(total, 1)], dropped=[])
    d.say("so S − log D = Σ_k p_k log(1/(D p_k)) ≤ Σ_k (1/D − p_k) = K/D − P")
    d.entails("which is not positive; times D", values - dim * total <= 0, where=[*few, *mass])
    d.say("equality needs K = D and, in every term, D p_k = 1")
    s = sp.Symbol("s", integer=True)
    sign = 1 - 2 * s
    d.say(
        "the counterexample, (|0…0⟩ + |1…1⟩)/√2 on n sites: a train of bond dimension 2, A[0] = diag(1, 0) and "
        "A[1] = diag(0, 1) between (1, 1)/√2 and (1, 1)ᵀ. All sites agree: s = 0 with probability 1/2, s = 1 with 1/2; "
        "let z = 1 − 2s"
    )
    d.equal("the mean of z at a site", sp.Sum(sign / 2, (s, 0, 1)), 0)
    both = sp.Sum(sign**2 / 2, (s, 0, 1))
    d.equal("the mean of a product of two signs, at any distance", both, 1)
    d.differ(
        "so at distance n − 1, more than any given multiple of log 2 if n is large, the correlation is not 0",
        both.doit(),
        0,
    )
    size = sp.Symbol("N", positive=True)
    d.equal(
        "one value 1 − 1/N and N − 1 equal ones of sum 1/N: rank N, and an entropy that vanishes as N grows",
        sp.Limit(-(1 - 1 / size) * sp.log(1 - 1 / size) + sp.log(size * (size - 1)) / size, size, sp.oo),
        0,
    )


@claim(
    "bond-bounds-amount-not-range",
    sources=("mpo:7d", AREA_LAWS),
    statement="Matrix product operators and states characterise short-range entanglement in one dimension: what a "
    "bounded bond dimension can hold is short-ranged.",
    verdict=Verdict.CORRECTED,
    corrected="A bounded bond dimension D bounds the entropy at every cut by log D, however long the train is, and an "
    "operator of bond dimension D takes a state of bond dimension χ to one of D χ at most, adding log D to the bound. "
    "The range is not bounded: D = 2 can entangle the first site with the last and with no other.",
)
def amount(d: Derivation) -> None:
    """Operators multiply bonds; the counterexample passes its bond on from one end to the other."""
    chi, dim = sp.symbols("chi D", integer=True, positive=True)
    crossing = d.given("open ends: one bond crosses a cut", 1, dropped=sp.Symbol("b", integer=True, positive=True))
    d.say(
        "an operator with cores W[s, t] takes cores A[t] to Σ_t W[s, t] ⊗ A[t], with bonds of dimension D χ. At a cut "
        "S ≤ log rank, and the rank is at most the product of the bonds that cross it"
    )
    d.equal("the bound on the entropy", sp.log((dim * chi) ** crossing), sp.log(dim) + sp.log(chi))
    s, t = sp.symbols("s t", integer=True)
    u, v = sp.symbols("u v", real=True)
    d.say(
        "the counterexample: T[s_1 … s_n] = δ(s_1, s_n) w(s_2) ⋯ w(s_{n−1}) / √2 with w(0) = u, w(1) = v, u² + v² = 1, "
        "of norm 1. Its inner cores are w(s) times the 2 × 2 unit matrix; with signs z = 1 − 2s"
    )
    inner = ((1 - s) * u + s * v) ** 2
    both = sp.Sum((1 - 2 * t) ** 2 / 2, (t, 0, 1))
    d.equal("first and last site agree: the mean of the product of their signs", both, 1)
    d.equal("the mean of each", sp.Sum((1 - 2 * t) / 2, (t, 0, 1)), 0)
    d.equal(
        "the first site and an inner one: the mean of the product vanishes as well",
        sp.Sum(sp.Sum((1 - 2 * t) / 2 * (1 - 2 * s) * inner, (t, 0, 1)), (s, 0, 1)),
        0,
    )
    d.differ("so at distance n − 1, for every n, there is a correlation that D = 2 carries", both.doit(), 0)
