"""When a decomposition compresses: bounded ranks against dⁿ entries, and generic tensors, for any number of sites."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation
from .unfold import bond_ranks, pairing


@claim(
    "bounded-ranks-compress",
    sources=("mera:9", "mera:15"),
    statement="Decomposing the tensor of a wave function (n legs of dimension d, dⁿ entries) into a train compresses "
    "it.",
    verdict=Verdict.ASSUMPTION,
    corrected="It does where the bond dimensions stay bounded: at most n d r² numbers against dⁿ, a ratio that falls "
    "by at least the factor 3/4 with every site from n = 2 on. Otherwise the train may be larger than the tensor.",
)
def bounded(d: Derivation) -> None:
    """How the ratio of the two numbers changes with one more site."""
    extra, more = sp.symbols("j k", integer=True, nonnegative=True)
    n, dim = 2 + extra, 2 + more
    growth = d.given(
        "the bond dimension r is the same at every length", sp.S.One, dropped=sp.Symbol("g", positive=True)
    )
    d.say(
        "let r² grow by the factor g with one more site; the ratio q(n) = n d r² / dⁿ then changes by g (n + 1)/(n d)"
    )
    d.holds("for n = 2 + j, d = 2 + k: q(n + 1) ≤ 3/4 q(n)", growth * (n + 1) / (n * dim) <= sp.Rational(3, 4))
    d.fails(
        "it need not: d = 2, n = 4 and ranks 2, 4, 2 make 4 + 16 + 16 + 4 numbers, more than the 2⁴ entries",
        sp.Le(1 * 2 * 2 + 2 * 2 * 4 + 4 * 2 * 2 + 2 * 2 * 1, 2**4, evaluate=False),
    )


@claim(
    "generic-tensors-have-full-rank",
    sources=("mera:9", "Oseledets, Tensor-train decomposition, 2011"),
    statement="Outside the zero set of a polynomial, tensors with n = 2m legs of dimension d ≥ 2 have train ranks "
    "d^min(i, n−i), d^(n/2) in the middle. Trains of these ranks hold, gauge set aside, exactly dⁿ numbers: no "
    "compression without an error.",
)
def generic(d: Derivation) -> None:
    """A minor that does not vanish at one tensor vanishes almost nowhere; then a dimension count."""
    d.say(
        "the rank of the unfolding at bond i ≤ m is below d^i only where all its minors of size d^i vanish. They are "
        "polynomials in the entries; it is enough that one of them is not zero at one tensor"
    )
    d.say(
        "take T[s_1 … s_n] = Π_{k≤m} δ(s_k, s_{n+1−k}), the rows s_1 … s_i and the columns that have 1 at the sites "
        "i + 1 to n − i and then s'_i … s'_1: the entry Π_{k≤i} δ(s_k, s'_k) is that of an identity matrix, minor 1"
    )
    x, y = sp.symbols("x_1:4"), sp.symbols("y_1:4")
    d.enumerate(
        "exact ranks 2^min(i, n−i) of this tensor for d = 2 and n = 2, 4, 6",
        [1, 2, 3],
        lambda half: (
            bond_ranks(pairing(x[:half], y[:half]), (*x[:half], *y[:half][::-1]))
            == [2 ** min(i, 2 * half - i) for i in range(1, 2 * half)]
        ),
    )
    m = sp.Symbol("m", integer=True, positive=True)
    dim = sp.Symbol("d", integer=True, positive=True)
    rank = d.given("the ranks are full, r_i = d^i for i ≤ m", dim, dropped=sp.Symbol("c", integer=True, positive=True))
    cores = 2 * dim**2 * (dim ** (2 * m) - 1) / (dim**2 - 1)
    d.induction(
        "numbers in the cores: core i ≤ m is r_{i−1} × d × r_i, and so is its mirror image",
        m,
        base=(1, 2 * dim * rank),
        step=lambda count, m: count + 2 * rank**m * dim * rank ** (m + 1),
        closed=cores,
    )
    gauge = dim ** (2 * m) + 2 * dim**2 * (dim ** (2 * m - 2) - 1) / (dim**2 - 1)
    d.induction(
        "numbers in the gauge, an r_i × r_i matrix per bond: with m + 1 the old middle bond counts twice, and there "
        "is a new one",
        m,
        base=(1, rank**2),
        step=lambda count, m: count + rank ** (2 * m) + rank ** (2 * m + 2),
        closed=gauge,
    )
    d.equal("the difference is the number of entries", cores - gauge, dim ** (2 * m))
