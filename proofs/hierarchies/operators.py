"""Every matrix as a matrix product operator, for any legs: which bonds suffice, and which it needs."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .published import exact_bonds, numbers


@claim(
    "every-matrix-is-an-mpo",
    sources=("mpo:7c",),
    statement=(
        "Every matrix W with input legs I_1, ..., I_n and output legs J_1, ..., J_n is a product of cores A_k of shape "
        "D_{k−1} × J_k × I_k × D_k, D_0 = D_n = 1, with D_k = min(Π_{l≤k} I_l J_l, Π_{l>k} I_l J_l)."
    ),
)
def every_matrix(d: Derivation) -> None:
    """m_k = I_k J_k, P_k = m_1 ⋯ m_k, Q_k = m_{k+1} ⋯ m_n; W is one core between cores that only join digits."""
    left, middle, right, small = sp.symbols("P m Q D", integer=True, positive=True)
    d.say(
        "a core A_k with D_k = D_{k−1} m_k and entry 1 where b_k is the number with digits (b_{k−1}, j_k i_k), else 0"
    )
    d.equal(
        "if the first k − 1 of them make the identity 1_P, the first k make 1_P ⊗ 1_m = 1_(Pm); so by induction over k",
        sp.KroneckerProduct(sp.Identity(left), sp.Identity(middle)),
        sp.Identity(left * middle),
    )
    whole = sp.MatrixSymbol("W", left, right)
    before = d.given(
        "the bond is as wide as all that is on its left, D = P, so that the left half is an identity",
        sp.Identity(left),
        dropped=sp.MatrixSymbol("V", left, small) * sp.MatrixSymbol("V", left, small).T,
    )
    d.equal("the unfolding of W at the bond, W (P × Q), is not changed by the cores on the left", before * whole, whole)
    d.say("cores on the right join digits from the right in the same way, with D_k = Q_k; one core c holds W itself")
    d.say(
        "choose c as the first k with P_k ≥ Q_k, which there is as P_n ≥ Q_n = 1: for k < c the bond is P_k = min(P_k, "
        "Q_k)"
    )
    q = sp.Symbol("Q_k+1", positive=True)
    excess, mu = sp.symbols("g mu", nonnegative=True)
    m = 1 + mu
    d.holds(
        "for k ≥ c the bond is Q_k = min(P_k, Q_k): P_k ≥ Q_k, that is P_k = m Q_(k+1) + g with m = m_(k+1) = 1 + μ ≥ "
        "1 and g ≥ 0, gives P_(k+1) = m P_k ≥ Q_(k+1)",
        sp.Ge(m * (m * q + excess), q, evaluate=False),
    )


@claim(
    "exact-bonds-are-needed",
    sources=("mpo:7c", "mpo:7g"),
    statement=(
        "All W but a set of measure zero need the bonds D_k = min(P_k, Q_k), P_k = Π_{l≤k} I_l J_l, Q_k = Π_{l>k} "
        "I_l J_l. An MPO with these bonds holds at least as many numbers as W: what saves parameters is truncation, "
        "or structure in W, and never the exact form of a general matrix."
    ),
)
def needed(d: Derivation) -> None:
    """One explicit tensor has full rank at every cut; then almost all have."""
    d.say("the unfolding at bond k is (P_k × D_k) times (D_k × Q_k), so its rank is at most D_k: D_k ≥ rank")
    d.say(
        "take W = 1/(t + 1) at the place whose digits (j_1 i_1, ..., j_n i_n) make the number t: row a, column b of "
        "its unfolding at bond k is 1/(a Q_k + b + 1)"
    )
    first, other = sp.symbols("x_1 y_j", positive=True)
    column = sp.Symbol("y_1", nonnegative=True)
    gap = d.given(
        "different rows begin at different numbers: x_i − x_1 = Q (i − 1) > 0",
        sp.Symbol("g", positive=True),
        dropped=sp.Symbol("g", nonnegative=True),
    )
    row, step = first + gap, sp.Symbol("h", positive=True)
    d.equal(
        "this is 1/(x_i + y_j) with x_i = Q (i − 1) + 1, y_j = j − 1. Eliminating its first row and column leaves",
        1 / (row + other) - 1 / (row + column) * (first + column) / (first + other),
        gap * (other - column) / ((row + column) * (first + other)) / (row + other),
    )
    scale = (gap / (row + column) * (other - column) / (first + other)).subs(other, column + step)
    d.holds("again 1/(x_i + y_j), each row and column times a positive number", sp.Gt(scale, 0, evaluate=False))
    d.say("so every pivot is positive, by induction over min(P, Q), and the rank is min(P, Q) at every bond k at once")
    d.say(
        "for each k some minor of that size is a polynomial in the entries of W that is not zero everywhere; its zeros "
        "have measure zero, and there are n − 1 bonds"
    )
    d.say("the core c that holds W (claim every-matrix-is-an-mpo) has P_(c−1) m_c Q_c numbers, as many as W has")
    d.enumerate(
        "independently: ranks of 1/(t + 1) by elimination, and numbers of the MPO against entries of W",
        [(2, 6, 4), (4, 4, 4), (3, 2, 5), (2, 2, 2, 2)],
        _full,
    )


def _full(pairs: tuple[int, ...]) -> bool:
    whole = sp.prod(pairs)
    bonds = exact_bonds(pairs)
    entries = [sp.Rational(1, t + 1) for t in range(whole)]
    cuts = [sp.prod(pairs[:k]) for k in range(1, len(pairs))]
    ranks = tuple(sp.Matrix(cut, whole // cut, entries).rank() for cut in cuts)
    return ranks == bonds and numbers(pairs, bonds) >= whole
