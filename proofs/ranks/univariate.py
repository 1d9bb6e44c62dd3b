"""A polynomial of one variable on z copies of it: what the ranks are, for any degree z and two ways to share."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .unfold import aligned, bond_ranks, peeled, unfolding


@claim(
    "univariate-prefix-rank-two",
    sources=("draft:53", "draft:55"),
    statement="On z copies of x, p(x) = Σ_k c_k x^k of degree z is a train of bond dimension 2 for every z: put c_k "
    "on the product of the first k copies. The rank at bond i is 2 if some c_j with j < i and some c_k with k > i are "
    "not zero, and 1 at most if one of the two is missing.",
)
def prefix(d: Derivation) -> None:
    """With the copies told apart, Horner's scheme is a product of 2 × 2 cores."""
    i = sp.Symbol("i", integer=True, positive=True)
    j, k = sp.symbols("j k", integer=True)
    x, c = sp.IndexedBase("x"), sp.IndexedBase("c")

    def monomial(top: sp.Expr) -> sp.Expr:
        return sp.Product(x[j], (j, 1, top))

    def state(count: sp.Expr) -> sp.Matrix:
        return sp.Matrix([[monomial(count), sp.Sum(c[k] * monomial(k), (k, 0, count - 1))]])

    def one_more(expression: sp.Expr) -> sp.Expr:
        return peeled(peeled(expression, sp.Sum, i), sp.Product, i + 1)

    d.say("the state after i copies: their product, and the terms with fewer factors", state(i))
    d.equal("the first core is [x_1, c_0]", sp.Matrix([[x[1], c[0]]]), state(1))
    core = sp.Matrix([[x[i + 1], c[i]], [0, 1]])
    d.say("an inner core of slices [[0, c_i], [0, 1]] and [[1, 0], [0, 0]]", core)
    d.equal("it takes the state one copy on", state(i) * core, state(i + 1), by=one_more)
    d.equal(
        "the last core, [c_{z−1} + c_z x_z; 1] with z = i + 1, makes p once all copies are the same x",
        (state(i) * sp.Matrix([c[i] + c[i + 1] * x[i + 1], 1]))[0],
        sp.Sum(c[k] * monomial(k), (k, 0, i + 1)),
        by=lambda e: peeled(peeled(peeled(e, sp.Sum, i + 1), sp.Sum, i), sp.Product, i + 1),
    )
    below, above = d.given(
        "a coefficient c_j with j < i and a coefficient c_k with k > i are not zero",
        sp.symbols("c_j c_k", real=True, nonzero=True),
        dropped=sp.symbols("c_j c_k", real=True),
    )
    left, right = sp.symbols("l r")
    minor = unfolding(below + sp.Symbol("c_i") * left + above * left * right, [left], [right])
    d.say(
        "at bond i a left part x_1 ⋯ x_j with j < i is followed by 1 alone; x_1 ⋯ x_i is followed by 1, x_{i+1}, … . "
        "So all but the row x_1 ⋯ x_i and the column 1 vanishes. The rows of c_j and c_i, the columns of c_i and c_k",
        minor,
    )
    d.holds("its determinant does not vanish: the rank is 2", sp.Ne(minor.det(), 0, evaluate=False))
    d.say("without any c_j that row is all there is, without any c_k that column: the rank is 1, or 0 where p = 0")


@claim(
    "univariate-symmetric-hankel",
    sources=("draft:53", "draft:55"),
    statement="On z copies of x share the coefficient c_k of Σ_k c_k x^k evenly among the C(z, k) products of k "
    "copies. The rank of this symmetric tensor at bond i is that of the Hankel matrix (c_{p+q} / C(z, p+q)), 0 ≤ p ≤ "
    "i, 0 ≤ q ≤ z − i: at most min(i, z − i) + 1, and that much for all coefficients outside the zero set of a "
    "polynomial, also for x^⌊z/2⌋; but 1 for (1 + x)^z and for x^z.",
)
def symmetric(d: Derivation) -> None:
    """Rows with as many ones are the same row; what is left is a Hankel matrix."""
    p, q, t, m, i, z = sp.symbols("p q t m i z", integer=True)
    share, place, other = sp.Function("a"), *sp.symbols("A B")
    row, same_weight = d.given(
        "the shares depend on the number of copies alone, a_k = c_k / C(z, k)",
        (share(p + q), share(p + q)),
        dropped=(share(p + q, place), share(p + q, other)),
    )
    d.equal("two left parts A, B of p copies each: their rows agree, at any right part of q copies", row, same_weight)
    d.say("so i + 1 different rows, z − i + 1 different columns: the rank is that of the Hankel matrix of a_{p+q}")
    d.say("Its largest minors are polynomials in the c_k. To see that one of them is not zero, let a_m alone be 1")
    bounds = d.given("i ≤ m ≤ z − i", [i <= m, m <= z - i], dropped=[])
    d.entails(
        "for p = 0, …, i the columns q = m − p exist",
        sp.And(m - p >= 0, m - p <= z - i),
        where=[p >= 0, p <= i, *bounds],
    )
    d.equal(
        "in row p and column m − t the entry is 1 if and only if p = t: an identity matrix of size i + 1",
        sp.KroneckerDelta(p + (m - t), m),
        sp.KroneckerDelta(p, t),
        by=aligned,
    )
    d.say("Read from the right, z − i ≤ m ≤ i gives size z − i + 1; with m = ⌊z/2⌋ every bond has one of the two")
    d.say("For (1 + x)^z all a_k are 1, and for x^z only a_z, in the last row and column, is not 0: rank 1")
    x = sp.symbols("x_1:7")
    elementary = [sp.symmetric_poly(k, *x) for k in range(7)]
    d.enumerate(
        "exact ranks at the bonds for z = 6: 2, 3, 4, 3, 2 for x³; all 1 for x⁶, and for (1 + x)⁶, which shared evenly "
        "is Π_k (1 + x_k)",
        [(elementary[3], [2, 3, 4, 3, 2]), (elementary[6], [1] * 5), (sum(elementary), [1] * 5)],
        lambda case: bond_ranks(case[0], x) == case[1],
    )
