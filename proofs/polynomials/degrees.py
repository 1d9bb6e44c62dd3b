"""Which degrees repeated variables reach, for any number s of variables and any numbers zᵢ of copies."""

import sympy as sp

from proofs.claims import Verdict, claim
from proofs.derivation import Derivation


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
    sources=("draft:49", "draft:55"),
    statement=(
        "With s variables repeated z times, φ = [1, x], the entries of Φ span the space of polynomials of degree z."
    ),
    verdict=Verdict.CORRECTED,
    corrected=(
        "They span the polynomials of degree at most z in each variable, dimension (z + 1)ˢ. Those of total degree "
        "at most z, dimension C(s + z, z), are a proper subspace for s ≥ 2, z ≥ 1, and the same space for s = 1."
    ),
)
def larger(d: Derivation) -> None:
    """Both dimensions by induction, and their ratio, variable by variable."""
    s, z = sp.symbols("s z", integer=True, positive=True)
    d.differ("s = z = 2: x₁²x₂ occurs, of degree 3; dimension 9, not 6", (2 + 1) ** 2, sp.binomial(2 + 2, 2))
    d.say("the span is that of the monomials with 0 ≤ kᵢ ≤ z, by copies-multiplicity; they are independent")
    d.equal(
        "a monomial of total degree ≤ z in s variables either lacks x_s or is x_s times one of degree ≤ z − 1: "
        "Pascal's rule",
        sp.binomial(s - 1 + z, z) + sp.binomial(s + z - 1, z - 1),
        sp.binomial(s + z, z),
    )
    d.equal(
        "one more variable multiplies their number by",
        sp.binomial(s + 1 + z, z) / sp.binomial(s + z, z),
        (s + 1 + z) / (s + 1),
    )
    d.equal("s = 1: the spaces agree", sp.binomial(1 + z, z).rewrite(sp.gamma), z + 1)
    a, b = sp.symbols("s z", real=True)
    more = d.given("there is more than one variable: s + 1 with s ≥ 1", [a >= 1], dropped=[a >= 0])
    d.entails(
        "and that of the span by z + 1, which is more: (z + 1)(s + 1) > s + 1 + z",
        (b + 1) * (a + 1) > a + 1 + b,
        where=[*more, b >= 1],
    )


@claim(
    "copies-and-variables",
    sources=("draft:53", "draft:55"),
    statement=(
        "To reach polynomials of degree n_v in n_v variables each variable is repeated n_v times: the number of "
        "copies, z, is the number of variables, and the elements of f are a basis of the polynomials of degree n_v."
    ),
    verdict=Verdict.CORRECTED,
    corrected=(
        "The two numbers are independent: z copies of each of s variables reach degree z, whatever s, on sz sites. "
        "With z = s = n_v the span has dimension (n_v + 1)^n_v, more than the C(2n_v, n_v) of total degree n_v once "
        "n_v ≥ 2."
    ),
)
def independent(d: Derivation) -> None:
    """The degree in one variable knows only of its own copies; the dimensions are compared factor by factor."""
    s, z, i = sp.symbols("s z i", integer=True, positive=True)
    n = sp.Symbol("n_v", integer=True, positive=True)
    d.differ("one variable, three copies: degree 3, not 1", 3, 1)
    each = d.given("φ = [1, x] has degree 1", sp.Integer(1), dropped=sp.Symbol("q", positive=True))
    d.induction(
        "every copy of a variable adds the degree of φ to the degree in it; copies of others add nothing",
        z,
        base=(1, each),
        step=lambda degree, _: degree + each,
        closed=z,
    )
    d.induction(
        "the span of s variables has, each of them with its own exponent 0, …, z, the dimension",
        s,
        base=(1, z + 1),
        step=lambda dimension, _: dimension * (z + 1),
        closed=(z + 1) ** s,
    )
    d.equal(
        "for s = z = n_v, total degree ≤ n_v leaves C(2n_v, n_v) = ∏ᵢ (n_v + i)/i",
        sp.Product((n + i) / i, (i, 1, n)).doit(),
        sp.binomial(2 * n, n),
        by=lambda e: sp.gammasimp(e.rewrite(sp.gamma)),
    )
    m, j = sp.symbols("n_v i", real=True)
    d.entails(
        "each of the n_v factors is at most n_v + 1, and less for i ≥ 2: so C(2n_v, n_v) < (n_v + 1)^n_v for n_v ≥ 2",
        (m + 1) * j > m + j,
        where=[m >= 1, j >= 2],
    )
