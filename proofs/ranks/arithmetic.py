"""Ranks of sums, products and polynomials of few terms, for any number of sites."""

import sympy as sp
from sympy.matrices.expressions.kronecker import combine_kronecker

from ..claims import claim
from ..derivation import Derivation
from .unfold import bond_ranks, unfolding
from .words import matrices

OSELEDETS = "Oseledets, Tensor-train decomposition, 2011"


@claim(
    "sums-add-ranks",
    sources=(OSELEDETS,),
    statement="If T and S have trains of ranks r_i and s_i, then T + S has one of ranks r_i + s_i. The sum may need "
    "all of it, and may need less.",
)
def sums(d: Derivation) -> None:
    """By induction along the chain: the row vector of the sum is the two row vectors side by side."""
    a, b, first, second, alpha, beta, mixing = matrices("a b A B α β C")
    corner = d.given("the inner cores of the sum are block diagonal", sp.S.Zero, dropped=mixing)
    row, core = sp.Matrix([[a, b]]), sp.Matrix([[first, corner], [0, second]])
    d.say(
        "a = A_1[s_1] ⋯ A_i[s_i] and b = B_1[s_1] ⋯ B_i[s_i] are the row vectors of T and S after i sites, A and B "
        "the next cores, α and β the last columns. The cores of the sum: first [a b], inner diag(A, B), last [α; β]",
        core,
    )
    side_by_side = sp.Matrix([[a * first, b * second]])
    d.equal("one more site: [a b] diag(A, B) is again the two row vectors side by side", row * core, side_by_side)
    total = (row * core * sp.Matrix([alpha, beta]))[0]
    d.equal("the last site adds the two numbers", total, a * first * alpha + b * second * beta)
    x, y = sp.symbols("x y")
    d.enumerate(
        "the rank of f + g between the sites x and y: 2 = 1 + 1 for xy + 1; less for xy + xy, xy + x, "
        "(1 + xy) + (x + y) and xy − xy",
        [(x * y, 1, 2), (x * y, x * y, 1), (x * y, x, 1), (1 + x * y, x + y, 1), (x * y, -x * y, 0)],
        lambda case: unfolding(case[0] + case[1], [x], [y]).rank() == case[2],
    )


@claim(
    "products-multiply-ranks",
    sources=(OSELEDETS,),
    statement="Let f and g have trains of ranks r_i and s_i on site vectors [1, x_k]. Then f g has a train of ranks "
    "r_i s_i on site vectors [1, x_k, x_k²]. Likewise the entrywise product of two tensors, by the cores "
    "A[s] ⊗ B[s]; but the entrywise product of the coefficients of f and g is not f g.",
)
def products(d: Derivation) -> None:
    """Kronecker products of cores multiply numbers; one entry of a core is singled out."""
    r, s = sp.symbols("r s", integer=True, positive=True)
    a, b = sp.MatrixSymbol("a", 1, r), sp.MatrixSymbol("b", 1, s)
    first, second = sp.MatrixSymbol("A", r, r), sp.MatrixSymbol("B", s, s)
    kron = sp.KroneckerProduct
    d.equal(
        "a row vector of T and one of S, each taken one site on: the cores of the product are A ⊗ B, of size rs × rs. "
        "At the last site both vectors are numbers, and their Kronecker product is their product",
        combine_kronecker(kron(a, b) * kron(first, second)),
        kron(a * first, b * second),
    )
    x, y, a0, a1, b0, b1 = sp.symbols("x y a_0 a_1 b_0 b_1", real=True)
    again = d.given("f and g read the same input at each site", x, dropped=y)
    d.equal(
        "for functions A = A_0 + x A_1 and B = B_0 + x B_1, so A ⊗ B has three slices, "
        "A_0⊗B_0, A_0⊗B_1 + A_1⊗B_0 and A_1⊗B_1; entry by entry",
        (a0 + a1 * x) * (b0 + b1 * again),
        a0 * b0 + (a0 * b1 + a1 * b0) * x + a1 * b1 * x**2,
    )
    d.differ(
        "f = g = 1 + x: the entrywise product of the coefficients, (1, 1), is 1 + x; at x = 1 this is 2, but f g is 4",
        (1 + x).subs(x, 1),
        ((1 + x) ** 2).subs(x, 1),
    )
    x1, x2, x3, x4 = sp.symbols("x_1:5")
    pairs = [(1 + x1 * x3, 2), (1 + x2 * x4, 2), ((1 + x1 * x3) * (1 + x2 * x4), 4)]
    d.enumerate(
        "r s is attained: between x₁x₂ and x₃x₄, 1 + x₁x₃ and 1 + x₂x₄ have rank 2 and their product has rank 4",
        pairs,
        lambda pair: unfolding(pair[0], [x1, x2], [x3, x4]).rank() == pair[1],
    )


@claim(
    "monomials-bound-rank",
    sources=("Novikov, Trofimov, Oseledets, Exponential machines, 2016",),
    statement="A polynomial with r monomials, affine in every variable, has a train of rank r at every bond. The rank "
    "at a bond is exactly r where the r monomials have distinct left parts and distinct right parts; it may be less.",
)
def monomials(d: Derivation) -> None:
    """Every monomial is a product over the sites; two of the r monomials are singled out for the lower bound."""
    a, b, next_a, next_b = matrices("a b A B")
    d.equal(
        "a monomial has 1 × 1 cores, A(x) = 1 or x; the diagonal core of r of them keeps their partial products a, b … "
        "side by side, two shown, and the last site adds them up",
        sp.Matrix([[a, b]]) * sp.diag(next_a, next_b),
        sp.Matrix([[a * next_a, b * next_b]]),
    )
    first, second = sp.symbols("c_1 c_2", real=True, nonzero=True)
    left, other, right, further = sp.symbols("l_1 l_2 r_1 r_2")
    distinct = d.given("the left parts differ, l_1 and l_2, and so do the right parts", other, dropped=left)
    pair = sp.Poly(first * left * right + second * distinct * further, left, other, right, further)
    minor = sp.Matrix(2, 2, lambda a, b: pair.coeff_monomial((left, other)[a] * (right, further)[b]))
    d.equal("rows: left parts, columns: right parts; two of the monomials", minor, sp.diag(first, second))
    d.holds(
        "so the r × r matrix is a permutation of diag(c_1, …, c_r), with c_k ≠ 0", sp.Ne(minor.det(), 0, evaluate=False)
    )
    x = sp.symbols("x_1:5")
    d.enumerate(
        "fewer: x₁ + x₂ + x₃ + x₄ + 1 and 1 + x₁ + x₁x₂ + x₁x₂x₃ + x₁x₂x₃x₄ have 5 monomials and rank 2 at every bond",
        [sum(x) + 1, sum(sp.prod(x[:k]) for k in range(5))],
        lambda f: bond_ranks(f, x) == [2, 2, 2],
    )
