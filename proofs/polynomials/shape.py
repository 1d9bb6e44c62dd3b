"""The shape of Φ(x) = φ(x₁) ⊗ … ⊗ φ(x_n), and what identical maps give it, for any number n of variables."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation


@claim(
    "phi-shape",
    sources=("draft:39a",),
    statement="For φ: ℝ → ℝᵈ with d > 1, Φ(x) = φ(x₁) ⊗ … ⊗ φ(x_n) maps ℝⁿ → ℝ^((d×n−1)d): it has (dn − 1)d entries.",
    verdict=Verdict.CORRECTED,
    corrected="Φ: ℝⁿ → ℝᵈ ⊗ … ⊗ ℝᵈ = ℝ^(dⁿ): dⁿ entries. The two counts agree at n = 1, d = 2 and nowhere else.",
)
def entries(d: Derivation) -> None:
    """By induction on the sites; that the counts differ, by divisibility."""
    n, dim = sp.symbols("n d", integer=True, positive=True)
    d.differ("three variables and d = 2 give 2³ = 8 entries, not (2·3 − 1)·2 = 10", 8, (2 * 3 - 1) * 2)
    following = d.given("every site map has the same number d of entries", dim, dropped=sp.Symbol("d'", positive=True))
    d.induction(
        "u ⊗ v has an entry uᵢvⱼ for every pair, so one more site multiplies the number of entries by d",
        n,
        base=(1, dim),
        step=lambda size, _: size * following,
        closed=dim**n,
    )
    d.entails("n = 1: (d − 1)d = d only for d = 2", sp.Eq(dim, 2), where=[dim > 1, sp.Eq((dim - 1) * dim, dim)])
    d.equal(
        "n ≥ 2: the counts are equal where d·m = 1 for the whole number m = n − dⁿ⁻²",
        (dim * n - 1) * dim - dim**n,
        dim * (dim * (n - dim ** (n - 2)) - 1),
    )
    m = sp.Symbol("m")
    d.entails(
        "d·m = 1 has no solution: m is whole, so m ≤ 0 or m ≥ 1, and d > 1",
        sp.Ne(dim * m, 1),
        where=[dim > 1, sp.Or(m <= 0, m >= 1)],
    )


@claim(
    "phi-order",
    sources=("draft:39b",),
    statement=(
        "Φ(x) is a tensor of order n, Φ(x)_{i₁…i_n} = φ(x₁)_{i₁} ⋯ φ(x_n)_{i_n}, and every index runs over d values."
    ),
)
def order(d: Derivation) -> None:
    """Multi-indices and positions in the flat vector correspond one to one, by induction on the sites."""
    dim, i, j, m, p, top = sp.symbols("d i j m p D", real=True)
    d.say(
        "each factor of ⊗ brings one index. Count indices from 0; the flat Kronecker product puts (i₁, …, i_n, i) at "
        "position d·p + i, p that of i₁…i_n"
    )
    below = d.given(
        "an index takes d values: 0 ≤ i, j < d", [i >= 0, j >= 0, i < dim, j < dim], dropped=[i >= 0, j >= 0]
    )
    d.entails(
        "d·p + i = d·q + j makes p = q (write m = p − q, a whole number), hence i = j: no two entries share a place",
        sp.Eq(m, 0),
        where=[*below, sp.Eq(dim * m, j - i), sp.Or(m <= -1, sp.Eq(m, 0), m >= 1)],
    )
    d.entails(
        "positions stay below the number of entries: p ≤ D − 1 gives d·p + i ≤ d·D − 1; D = dⁿ, so every place is "
        "taken",
        dim * p + i <= dim * top - 1,
        where=[*below, p <= top - 1, i <= dim - 1],
    )


@claim(
    "phi-identical",
    sources=("draft:35b",),
    statement=(
        "Φ(x) = φ(x₁) ⊗ … ⊗ φ(x_n) is a product of identical maps: to permute the variables is to permute the indices."
    ),
)
def identical(d: Derivation) -> None:
    """Two neighbouring sites are exchanged; exchanges of neighbours generate all permutations."""
    i, j, x, y, rest = sp.symbols("i j x y R")
    phi = sp.Function("phi")
    other = d.given("the maps of all sites are the same φ", phi, dropped=sp.Function("chi"))
    d.say("sites k and k + 1 hold x and y and have the indices i and j; all other sites enter through their product R")

    def entry(row: sp.Expr, column: sp.Expr, first: sp.Expr, second: sp.Expr) -> sp.Expr:
        return rest * phi(row, first) * other(column, second)

    d.equal(
        "the entry (i, j) of the exchanged variables is the entry (j, i) of the original ones",
        entry(i, j, y, x),
        entry(j, i, x, y),
    )


@claim(
    "phi-non-linear",
    sources=("draft:35b",),
    statement="Φ is a tensor product of non-linear (not affine) maps φ, where φ(x) = [1, x].",
    verdict=Verdict.CORRECTED,
    corrected=(
        "φ(x) = [1, x] is affine. The product is what is not: for n ≥ 2, Φ is affine in each variable but not jointly."
    ),
)
def non_linear(d: Derivation) -> None:
    """φ maps straight lines to straight lines; the entry x₁x₂ of Φ does not."""
    t, x, y = sp.symbols("t x y", real=True)
    phi = d.given("φ(x) = [1, x]", lambda s: sp.Matrix([1, s]), dropped=lambda s: sp.Matrix([1, s, s**2]))
    d.fails(
        "φ(x) does not bend at 0: φ(0) = [1, 0] is halfway between φ(−1) = [1, −1] and φ(1) = [1, 1]",
        phi(-1) + phi(1) != 2 * phi(0),
    )
    d.equal(
        "φ is affine: it commutes with weighted means",
        phi(t * x + (1 - t) * y).applyfunc(sp.expand),
        (t * phi(x) + (1 - t) * phi(y)).applyfunc(sp.expand),
    )
    d.say(
        "so for n = 1 a layer T·Φ is affine; for n ≥ 2 every Φ has the entry x₁x₂ (index x at two sites, 1 elsewhere)"
    )
    d.differ(
        "which is 1/4 in the middle between x = (0, 0) and x = (1, 1), where an affine function would be 1/2",
        sp.Rational(1, 2) ** 2,
        sp.Rational(0 + 1, 2),
    )
