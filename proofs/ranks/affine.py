"""Affine functions are trains of rank 2, for any number of sites."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .sizes import REPORT
from .unfold import bond_ranks, peeled, unfolding


@claim(
    "affine-rank-two",
    sources=("Novikov, Trofimov, Oseledets, Exponential machines, 2016",),
    statement="f(x) = b + Σ_k w_k x_k on site vectors [1, x_k] has a train whose bonds all have dimension 2: first "
    "slices [1, 0] and [0, w_1], inner slices I and w_k [[0, 1], [0, 0]], last slices [b; 1] and [w_n; 0]. No train "
    "has less at a bond with a non-zero weight on each side.",
)
def affine(d: Derivation) -> None:
    """The row vector after i sites is [1, s_i], s_i the sum so far; below, one weight of each side is singled out."""
    i = sp.Symbol("i", integer=True, positive=True)
    k = sp.Symbol("k", integer=True)
    w, x = sp.IndexedBase("w"), sp.IndexedBase("x")

    def partial(top: sp.Expr) -> sp.Expr:
        return sp.Sum(w[k] * x[k], (k, 1, top))

    core = sp.Matrix([[1, w[i + 1] * x[i + 1]], [0, 1]])
    d.say("an inner core, 1 times its first slice and x times its second", core)
    d.equal("the first core, [1, w_1 x_1], is [1, s_1]", sp.Matrix([[1, w[1] * x[1]]]), sp.Matrix([[1, partial(1)]]))
    d.equal(
        "each inner core takes [1, s_i] to [1, s_{i+1}]",
        sp.Matrix([[1, partial(i)]]) * core,
        sp.Matrix([[1, partial(i + 1)]]),
        by=lambda e: peeled(e, sp.Sum, i + 1),
    )
    bias = sp.Symbol("b")
    d.equal(
        "the last core, [b + w_n x_n; 1] with n = i + 1, adds the rest",
        (sp.Matrix([[1, partial(i)]]) * sp.Matrix([bias + w[i + 1] * x[i + 1], 1]))[0],
        bias + partial(i + 1),
        by=lambda e: peeled(e, sp.Sum, i + 1),
    )
    left, right = d.given(
        "a weight w_j on the left of the bond and a weight w_k on its right are not zero",
        sp.symbols("w_j w_k", real=True, nonzero=True),
        dropped=sp.symbols("w_j w_k", real=True),
    )
    first, second = sp.symbols("x_j x_k")
    minor = unfolding(bias + left * first + right * second, [first], [second])
    d.say("of the unfolding take the rows 1, x_j and the columns 1, x_k", minor)
    d.holds(
        "its determinant does not vanish: the rank is 2, and no train has less (train-ranks-are-unfolding-ranks)",
        sp.Ne(minor.det(), 0, evaluate=False),
    )
    variables = sp.symbols("x_1:6")
    d.enumerate(
        "exact ranks of 1 + Σ k x_k on 2 to 5 sites",
        range(2, 6),
        lambda n: bond_ranks(1 + sum(k * v for k, v in enumerate(variables[:n], 1)), variables[:n]) == [2] * (n - 1),
    )


@claim(
    "copying-layer-rank",
    sources=(REPORT, "draft:53"),
    statement="The layer that hands z copies of each of n inputs to the next one, so that products of distinct "
    "inputs there are monomials of any degree up to z, is a train with outputs f_{k,l}(x) = x_k, l ≤ z. With the "
    "label right of bond i < n its rank at bond i is exactly i + 1, whatever z.",
)
def copying(d: Derivation) -> None:
    """Two inputs left of the bond and one right of it are singled out."""
    d.say(
        "rows: products of inputs left of the bond, of which 1, x_1, …, x_i alone occur in an output, so the rank is "
        "i + 1 at most. Columns: an output and a product of inputs right of the bond"
    )
    d.say(
        "below: take the rows 1, x_1, …, x_i and the columns (f_k, x_k) for one k > i, (f_1, 1), …, (f_i, 1), f_a any "
        "copy of x_a. The entry of a row u and a column (f, v) is the coefficient of u v in f: 1 for 1 and (f_k, x_k), "
        "1 for x_a and (f_a, 1), else 0, so that these rows and columns are a unit matrix of size i + 1"
    )
    mixed = d.given("the outputs are the inputs, f_2 = x_2 not a mixture", sp.S.Zero, dropped=sp.Symbol("w", real=True))
    inputs, marks = sp.symbols("x_1:4"), sp.symbols("y_1:4")
    outputs = (inputs[0], (1 - mixed) * inputs[1] + mixed * inputs[0], inputs[2])
    marked = sum(mark * output for mark, output in zip(marks, outputs, strict=True))
    rows, columns = (sp.S.One, *inputs[:2]), (marks[2] * inputs[2], *marks[:2])
    coefficients = sp.Poly(marked, *inputs, *marks)
    minor = sp.Matrix(3, 3, lambda a, b: coefficients.coeff_monomial(rows[a] * columns[b]))
    d.equal(
        "for i = 2 and k = 3",
        minor,
        sp.eye(3),
    )
    x, label = sp.symbols("x_1:6"), sp.symbols("y_1:6")
    d.enumerate(
        "exact ranks for 2 to 5 inputs, output k marked by the factor y_k",
        [(n, i) for n in range(2, 6) for i in range(1, n)],
        lambda case: (
            unfolding(_marked(x, label, case[0]), x[: case[1]], (*x[case[1] : case[0]], *label[: case[0]])).rank()
            == case[1] + 1
        ),
    )


def _marked(x: tuple[sp.Symbol, ...], label: tuple[sp.Symbol, ...], n: int) -> sp.Expr:
    return sum(a * b for a, b in zip(x[:n], label[:n], strict=True))
