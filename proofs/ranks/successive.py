"""The error of successive singular value decompositions, for any number of sites, and that its bound is sharp."""

from collections import Counter, defaultdict
from fractions import Fraction

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .words import matrices, modulo

Tensor = dict[tuple[int, ...], Fraction]


@claim(
    "tt-svd-quasi-optimal",
    sources=("Oseledets, Tensor-train decomposition, 2011",),
    statement="Cut T with n legs by singular value decompositions from left to right, to ranks r_1, …, r_{n−1}. The "
    "squared error is the sum of the n − 1 discarded weights, and at most Σ_i τ_i ≤ (n − 1) ε²: τ_i is the best error "
    "at rank r_i of the unfolding of T at bond i alone, ε² that of a train with all these ranks.",
)
def quasi_optimal(d: Derivation) -> None:
    """Pythagoras for nested projectors; a projector lengthens nothing."""
    basis, basis_t, core, core_t, gram, next_gram = matrices("B Bᵀ A Aᵀ G H")
    d.say(
        "after bond i − 1 the tensor is P_{i−1} T with P = B Bᵀ, B the cores so far (unit matrices on further legs are "
        "left out); the next core A makes P_i"
    )
    unit, inner = d.given(
        "the cores so far and the next one have orthonormal columns, BᵀB = AᵀA = 1",
        (sp.S.One, sp.S.One),
        dropped=(gram, next_gram),
    )
    before, after = basis * basis_t, basis * core * core_t * basis_t
    by = modulo((basis_t * basis, unit), (core_t * core, inner))
    d.equal("P_i is a projector, P_i P_i = P_i", after * after, after, by=by)
    d.equal("the projectors are nested, P_i P_{i−1} = P_i", after * before, after, by=by)
    d.equal("and P_{i−1} P_i = P_i", before * after, after, by=by)
    first, second = matrices("P Q")
    rules = modulo((first * first, first), (first * second, second))
    d.equal(
        "what bond i discards, (P − Q)T, is orthogonal to what was lost before, (1 − P)T; here P = P_{i−1}, Q = P_i",
        (1 - first) * (first - second),
        0,
        by=rules,
    )
    d.say("hence ‖T − P_i T‖² = ‖T − P_{i−1} T‖² + w_i, w_i = ‖(P_{i−1} − P_i)T‖² the discarded weight: they add up")
    d.say(
        "w_i is the best error of P_{i−1} T at rank r_i and bond i. If X has rank ≤ r_i there, so has P_{i−1} X, as "
        "P_{i−1} acts on the rows: w_i ≤ ‖P_{i−1}(T − X)‖²"
    )
    d.equal("a projector lengthens nothing: ‖Y‖² = ‖PY‖² + ‖(1 − P)Y‖²", first * first + (1 - first) ** 2, 1, by=rules)
    d.say(
        "so w_i ≤ ‖T − X‖² for every such X: w_i ≤ τ_i, and τ_i ≤ ε², as a train with these ranks is one such X. There "
        "are n − 1 bonds"
    )


@claim(
    "tt-svd-bound-is-sharp",
    sources=("Oseledets, Tensor-train decomposition, 2011",),
    statement="In the bound of the source the factor √(n − 1) between the error of successive decompositions and the "
    "best one can't be improved: for every n ≥ 3 there are tensors and ranks whose ratio of squared errors comes as "
    "close to n − 1 as one likes.",
)
def sharp(d: Derivation) -> None:
    """Orthogonal parts, of which the sweep keeps at every bond the one that turns out to be worthless at the last."""
    n, j = sp.symbols("n j", integer=True, positive=True)
    size = sp.Symbol("R", positive=True)
    delta = d.given("the parts weigh almost the same: δ → 0", sp.S.Zero, dropped=sp.Symbol("delta", positive=True))
    d.say(
        "T is a sum of orthogonal parts. Part 0, of weight 1 + (n − 1)δ, is the product of e_0 on the first n − 2 "
        "sites and a flat matrix of R equal singular values on the last two. Part j = 1, …, n − 2, of weight 1 + (n "
        "− 1 − j)δ, is e_j ⊗ e_{min(j, n−2)} ⊗ e_{min(j, n−3)} ⊗ ⋯ ⊗ e_0. The ranks are r_i = n − 1 − i for i ≤ n − "
        "2, and 1 last"
    )
    d.say("best: without part 0 all the ranks fit, since right of bond i the parts j ≥ n − 1 − i are the same product")
    d.say(
        "from left to right: bond i finds n − i orthogonal parts, 0 to n − 1 − i, and drops the lightest, the last; "
        "bond n − 1 finds the R values of part 0 and keeps one"
    )
    lost = sp.summation(1 + (n - 1 - j) * delta, (j, 1, n - 2)) + (1 + (n - 1) * delta) * (1 - 1 / size)
    d.equal(
        "lost in the limit of δ and for R → ∞, relative to part 0",
        sp.Limit(sp.expand(lost / (1 + (n - 1) * delta)), size, sp.oo),
        n - 1,
    )
    d.enumerate(
        "the sweep carried out exactly for n = 3 to 7, R = 50, δ = 1/1000 discards what the formula says",
        [3, 4, 5, 6, 7],
        lambda legs: _swept(_trap(legs, 50, Fraction(1, 1000)), legs) == _formula(legs, 50, Fraction(1, 1000)),
    )


def _trap(n: int, flat: int, delta: Fraction) -> Tensor:
    """The squared entries of T by their indices."""
    weight = 1 + (n - 1) * delta
    entries = {(*(0,) * (n - 2), k, k): weight / flat for k in range(1, flat + 1)}
    for j in range(1, n - 1):
        entries[j, *(min(j, n - site) for site in range(2, n + 1))] = 1 + (n - 1 - j) * delta
    return entries


def _swept(tensor: Tensor, n: int) -> Fraction:
    """What the sweep discards, in units of part 0. Parts that agree on one side of the bond share a singular vector."""
    ranks = [n - 1 - i for i in range(1, n - 1)] + [1]
    start = sum(tensor.values())
    part = sum(weight for index, weight in tensor.items() if index[0] == 0)
    for bond, rank in enumerate(ranks, start=1):
        shared = Counter(index[bond:] for index in tensor)
        groups = defaultdict(dict)
        for index, weight in tensor.items():
            groups[index[bond:] if shared[index[bond:]] > 1 else index[:bond]][index] = weight
        heaviest = sorted(groups.values(), key=lambda group: sum(group.values()), reverse=True)[:rank]
        tensor = {index: weight for group in heaviest for index, weight in group.items()}
    return (start - sum(tensor.values())) / part


def _formula(n: int, flat: int, delta: Fraction) -> Fraction:
    """The lightest part at every bond but the last, and all but one of the equal values of part 0 there."""
    part = 1 + (n - 1) * delta
    return (sum(1 + (n - 1 - j) * delta for j in range(1, n - 1)) + part * (1 - Fraction(1, flat))) / part
