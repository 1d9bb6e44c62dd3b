"""A matrix as a tensor of higher order, for any legs: nothing is lost, and the order of the legs matters."""

from collections.abc import Callable
from itertools import product

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation


@claim(
    "reshaping-is-a-bijection",
    sources=("mera:33",),
    statement=(
        "W (dⁿ × dⁿ) becomes a tensor of order 2n: a = Σ_k a_k d^(n−k), b = Σ_k b_k d^(n−k) with digits below d is a "
        "one-to-one renaming of its entries W_ab, and keeps Σ W_ab². So it is for legs of any dimensions."
    ),
)
def bijection(d: Derivation) -> None:
    """One digit is split off: i < I runs fastest, the other digits make one number r < R."""
    fast, rest, t = sp.symbols("I R t", positive=True)
    count = sp.Symbol("N", integer=True, nonnegative=True)
    stride = d.given(
        "a step of the slow digits counts as many as the fast digit has values: the number is i + I r",
        fast,
        dropped=sp.Symbol("s", positive=True),
    )
    d.induction(
        "a sum of powers t⁰ + ... + t^(N−1)",
        count,
        base=(0, sp.Integer(0)),
        step=lambda s, n: s + t**n,
        closed=(t**count - 1) / (t - 1),
    )
    d.say("write t^number for every place; a number that occurs c times gives the power t^number the coefficient c")
    d.equal(
        "summed over i and r these are the numbers 0, ..., IR − 1, each with coefficient 1",
        (t**fast - 1) / (t - 1) * (t ** (stride * rest) - 1) / (t**stride - 1),
        (t ** (fast * rest) - 1) / (t - 1),
    )
    i, j, r, q = sp.symbols("i j r q", real=True)
    d.entails(
        "independently: two places (i, r), (j, q) with one number are one place, as r and q differ by 0 or by at "
        "least 1",
        sp.And(sp.Eq(i, j), sp.Eq(r, q)),
        where=(
            *(sp.Ge(i, 0), sp.Lt(i, fast), sp.Ge(j, 0), sp.Lt(j, fast)),
            sp.Eq(i + stride * r, j + stride * q),
            sp.Or(sp.Eq(r, q), sp.Ge(r - q, 1), sp.Ge(q - r, 1)),
        ),
    )
    d.say("r is numbered by the other n − 1 digits in the same way, so by induction over n every digit is placed")
    d.say("a one-to-one renaming puts the squares W_ab² in another order and keeps their sum, the Frobenius norm")
    d.say("rows and columns together have the 2n digits a_1, ..., b_n, the legs of a tensor of order 2n")
    d.enumerate(
        "illustration: legs (2, 3, 2), (3, 3), (2, 2, 2, 2)",
        [(2, 3, 2), (3, 3), (2, 2, 2, 2)],
        lambda dims: [_number(digits, dims) for digits in product(*map(range, dims))] == list(range(sp.prod(dims))),
    )


@claim(
    "twelve-legs",
    sources=("mera:137",),
    statement="The input of the layer is reshaped into a tensor of order 12; how is left open.",
    verdict=Verdict.ASSUMPTION,
    corrected=(
        "Possible without padding if N has at least 12 prime factors, each counted as often as it occurs; for N = "
        "4096 = 2¹² all legs then have dimension 2. The order of the legs matters: one vector has rank 1 across the "
        "middle in one order and 2⁶ = 64 in another, so a network of bounded rank depends on it."
    ),
)
def twelve(d: Derivation) -> None:
    """Dimensions of twelve legs, and the rank of a product of pairs in two orders of the legs, for any d and n."""
    excess, size, width = sp.symbols("e d R", integer=True, positive=True)
    d.say("each leg of dimension 2 or more holds a prime factor of N, and primes can be spread over legs at will")
    d.equal("twelve legs of dimension 2", sp.Pow(2, 12, evaluate=False), 4096)
    d.holds(
        "legs of dimension 1 carry nothing; with eleven legs of at least 2 and one of 2 + e the product exceeds "
        "4096, so every leg has dimension 2",
        sp.Gt(2**11 * (2 + excess), 4096, evaluate=False),
    )
    pair = d.given(
        "the two legs of a pair hold equal values, x(a, a') = 1 if a = a' and else 0, on either side of the cut",
        sp.Identity(size),
        dropped=sp.MatrixSymbol("X", size, size),
    )
    d.equal(
        "legs in the order 1, ..., n/2, 1', ..., (n/2)': one more pair across the cut turns the unfolding 1_R into "
        "1_(Rd)",
        sp.KroneckerProduct(sp.Identity(width), pair),
        sp.Identity(width * size),
    )
    d.say("by induction n/2 pairs across the cut unfold to an identity of size d^(n/2): the rank is d^(n/2)")
    d.say("in the order 1, 1', 2, 2', ..., n/2 even, whole pairs lie on either side: column times row, rank 1")
    crossed = _unfolded(lambda a, b, c, e: a == c and b == e)
    nested = _unfolded(lambda a, b, c, e: a == b and c == e)
    d.enumerate(
        "illustration with two pairs, d = 2, legs cut in the middle: rank 4 for 1, 2 | 1', 2' and rank 1 for 1, 1' | "
        "2, 2'",
        [(crossed, 4), (nested, 1)],
        lambda case: case[0].rank() == case[1],
    )
    d.equal("six pairs across the cut of twelve legs", sp.Pow(2, 6, evaluate=False), 64)


def _number(digits: tuple[int, ...], dims: tuple[int, ...]) -> int:
    number = 0
    for digit, size in zip(digits, dims, strict=True):
        number = number * size + digit
    return number


def _unfolded(equal: Callable[..., bool]) -> sp.Matrix:
    """Four legs of dimension 2, 1 where the pairs agree; the first two legs count the rows."""
    pairs = list(product((0, 1), repeat=2))
    return sp.Matrix([[int(equal(*row, *column)) for column in pairs] for row in pairs])
