"""Which degrees repeated variables reach, for any number s of variables and any numbers zᵢ of copies."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation


@claim(
    "copies-reach",
    sources=("draft:49",),
    statement=(
        "Variable i is repeated zᵢ times, z = min zᵢ, φ = [1, x]. Φ has every monomial of total degree at most z "
        "among its entries, and z is the largest number of which this is true."
    ),
)
def reach(d: Derivation) -> None:
    """One exponent kᵢ is singled out; all others enter through their sum r."""
    k, r, z, copies = sp.symbols("k_i r z z_i", real=True)
    least = d.given("z is the smallest number of copies", [z <= copies], dropped=[])
    d.say("x^k is an entry if and only if kᵢ ≤ zᵢ for all i: index x at kᵢ of the zᵢ copies, index 1 at the others")
    d.entails("total degree kᵢ + r ≤ z leaves kᵢ ≤ zᵢ", k <= copies, where=[k + r <= z, r >= 0, *least])
    d.entails(
        "not so for z + 1: where variable i has just z copies, xᵢ^(z+1) is not an entry",
        sp.Ne(k, z + 1),
        where=[k <= copies, sp.Eq(copies, z)],
    )


@claim(
    "copies-span-larger",
    sources=("draft:49", "draft:53", "draft:55"),
    statement=(
        "With s variables repeated z times, φ = [1, x], the entries of Φ span the space of polynomials of degree z; "
        "the draft sets s = z = n_v."
    ),
    verdict=Verdict.CORRECTED,
    corrected=(
        "They span the polynomials of degree at most z in each variable, dimension (z + 1)ˢ. Those of total degree "
        "at most z, dimension C(s + z, z), are a proper subspace for s ≥ 2, z ≥ 1, and the same space for s = 1. "
        "So s = z = n_v ≥ 2 gives dimension (n_v + 1)^n_v, more than C(2n_v, n_v); and to reach degree z, s and z need "
        "not be equal."
    ),
)
def larger(d: Derivation) -> None:
    """Both dimensions by induction, and their ratio, variable by variable."""
    s, z = sp.symbols("s z", integer=True, positive=True)
    d.differ("s = z = 2: x₁²x₂ occurs, of degree 3; dimension 9, not 6", (2 + 1) ** 2, sp.binomial(2 + 2, 2))
    d.say(
        "the span is that of the (z + 1)ˢ monomials with 0 ≤ kᵢ ≤ z, by copies-multiplicity; they are independent. "
        "Those of total degree ≤ z are among them, by copies-reach; how many are there?"
    )
    d.equal(
        "a monomial of total degree ≤ z in s variables either lacks x_s or is x_s times one of degree ≤ z − 1: "
        "Pascal's rule",
        sp.binomial(s - 1 + z, z) + sp.binomial(s + z - 1, z - 1),
        sp.binomial(s + z, z),
    )
    d.equal(
        "for z = 0 there is one, and for s = 1 there are z + 1, where the spaces agree: in all C(s + z, z)",
        sp.binomial(1 + z, z).rewrite(sp.gamma),
        z + 1,
    )
    d.equal(
        "one more variable multiplies this number by",
        sp.binomial(s + 1 + z, z) / sp.binomial(s + z, z),
        (s + 1 + z) / (s + 1),
    )
    a, b = sp.symbols("s z", real=True)
    more = d.given("there is more than one variable: s + 1 with s ≥ 1", [a >= 1], dropped=[a >= 0])
    d.entails(
        "and the dimension of the span by z + 1, which is more; both sides times s + 1",
        (b + 1) * (a + 1) > a + 1 + b,
        where=[*more, b >= 1],
    )
