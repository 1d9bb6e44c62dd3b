"""The elementary symmetric polynomials as trains, for any number of variables and any degree."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .unfold import aligned, bond_ranks


@claim(
    "elementary-symmetric-rank",
    sources=("Crosswhite, Bacon, Finite automata for caching in matrix product algorithms, 2008",),
    statement="The sum e_k(x_1, …, x_n) of all products of k of n variables, 0 ≤ k ≤ n, is a train of rank exactly "
    "min(i, k, n − i, n − k) + 1 at bond i.",
)
def elementary(d: Derivation) -> None:
    """The bond counts the factors taken so far; each count is needed."""
    i, j, k, n, t = sp.symbols("i j k n t", integer=True)
    low, high = sp.symbols("p q", integer=True)
    x, s = sp.symbols("x s")
    before, same = sp.symbols("e_{j-1} e_j")
    d.say("e_j(x_1, …, x_i) is the coefficient of s^j in (1 + x_1 s) ⋯ (1 + x_i s)")
    d.equal(
        "one more factor makes e_j + x e_{j−1} of e_j: with the e_j as row vector, the cores have 1 on the diagonal "
        "and x beside it",
        (1 + x * s) * (before * s ** (j - 1) + same * s**j),
        before * s ** (j - 1) + (same + x * before) * s**j + x * same * s ** (j + 1),
    )
    counts = d.given(
        "j factors can be taken on the left and k − j on the right: max(0, k − n + i) ≤ j ≤ min(i, k)",
        [j >= 0, j >= k - n + i, j <= i, j <= k],
        dropped=[],
    )
    d.say("only these j lead to k factors in the end, so the bond needs no other; p is the least and q the greatest j")
    ends = [sp.Or(sp.Eq(low, 0), sp.Eq(low, k - n + i)), low >= 0, low >= k - n + i]
    ends += [sp.Or(sp.Eq(high, i), sp.Eq(high, k)), high <= i, high <= k]
    bounds = [i, k, n - i, n - k]
    d.entails(
        "their number is q − p + 1, where q − p = min(i, k, n − i, n − k): not above any of the four, and equal to one",
        sp.And(*(high - low <= bound for bound in bounds), sp.Or(*(sp.Eq(high - low, bound) for bound in bounds))),
        where=ends,
    )
    d.say("Below: take as rows x_1 ⋯ x_j, as columns the products of the first k − j variables right of the bond")
    d.entails("they exist for every such j", sp.And(j >= 0, j <= i, k - j >= 0, k - j <= n - i), where=counts)
    d.equal(
        "row j meets column t in a product of j + (k − t) factors, whose coefficient is 1 if these are k, else 0: "
        "an identity matrix of size q − p + 1",
        sp.KroneckerDelta(j + (k - t), k),
        sp.KroneckerDelta(j, t),
        by=aligned,
    )
    variables = sp.symbols("x_1:7")
    d.enumerate(
        "exact ranks at every bond, all degrees of 2 to 6 variables",
        [(m, degree) for m in range(2, 7) for degree in range(m + 1)],
        lambda case: (
            bond_ranks(sp.symmetric_poly(case[1], *variables[: case[0]]), variables[: case[0]])
            == [min(b, case[1], case[0] - b, case[0] - case[1]) + 1 for b in range(1, case[0])]
        ),
    )
