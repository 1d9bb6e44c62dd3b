"""What a train of small rank cannot represent, and how the order of its sites decides, for any number of pairs."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .unfold import bond_ranks, pairing
from .words import matrices, modulo


@claim(
    "site-order-matters",
    sources=("mera:11", "Oseledets, Tensor-train decomposition, 2011"),
    statement="f = Π_{k=1}^m (1 + c x_k y_k), c ≠ 0, on n = 2m sites needs rank 2^(n/2) in the middle if the sites "
    "stand in the order x_1, …, x_m, y_m, …, y_1, but rank 2 inside a pair and 1 between pairs in the order x_1, y_1, "
    "…, x_m, y_m.",
)
def order(d: Derivation) -> None:
    """The middle unfolding is a Kronecker power of the matrix of one pair."""
    m = sp.Symbol("m", integer=True, positive=True)
    coupling = d.given("c ≠ 0", sp.Symbol("c", real=True, nonzero=True), dropped=sp.Symbol("c", real=True))
    pair = sp.diag(1, coupling)
    d.say("the coefficients of one pair 1 + c x y: rows 1 and x, columns 1 and y", pair)
    d.say(
        "f is a product over pairs, so its coefficient at a row (one of 1, x_k for each k) and a column (one of "
        "1, y_k for each k) is the product of those of the pairs: with the columns in the order of the rows, the "
        "unfolding of m + 1 pairs is diag(K, cK), K the one of m pairs, of size 2^m"
    )
    determinant = coupling ** (m * 2 ** (m - 1))
    d.induction(
        "its determinant: det diag(K, cK) = c^(2^m) (det K)²",
        m,
        base=(1, pair.det()),
        step=lambda det, m: coupling ** (2**m) * det**2,
        closed=determinant,
    )
    d.holds("which does not vanish: the rank is 2^m", sp.Ne(determinant, 0, evaluate=False))
    d.say("in the other order f factors between two pairs, rank 1; inside a pair its unfolding is that of 1 + c x y")
    d.holds("which has rank 2", sp.Ne(pair.det(), 0, evaluate=False))
    x, y = sp.symbols("x_1:4"), sp.symbols("y_1:4")
    d.enumerate(
        "exact ranks at c = 1 for 1, 2 and 3 pairs: 2, 4, …, 2^m, …, 4, 2 against 2, 1, 2, …, 1, 2",
        [1, 2, 3],
        lambda pairs: (
            bond_ranks(pairing(x[:pairs], y[:pairs]), (*x[:pairs], *y[:pairs][::-1]))
            == [2 ** min(i, 2 * pairs - i) for i in range(1, 2 * pairs)]
            and bond_ranks(pairing(x[:pairs], y[:pairs]), sum(zip(x[:pairs], y[:pairs], strict=True), ()))
            == ([2, 1] * pairs)[:-1]
        ),
    )


@claim(
    "flat-spectrum-error",
    sources=("Eckart, Young, 1936", "mera:11"),
    statement="Let f = Π_{k=1}^m (1 + x_k y_k), with coefficients T, its sites in the order x_1, …, x_m, y_m, …, y_1. "
    "Every train M whose middle bond has dimension χ misses it by ‖T − M‖² ≥ (1 − χ 2^(−m)) ‖T‖².",
)
def flat(d: Derivation) -> None:
    """All singular values of the middle unfolding are equal, so nothing can be thrown away cheaply."""
    c = d.given("the pairs are 1 + c x_k y_k with c = 1", sp.S.One, dropped=sp.Symbol("c", real=True))
    pair = sp.diag(1, c)
    d.equal("one pair: KᵀK = 1, and so for Kronecker products of it", pair.T * pair, sp.eye(2))
    k, k_t, train, kernel = matrices("K Kᵀ M P")
    d.say(
        "let P project on the kernel of the middle unfolding of M: MP = 0, P² = P = Pᵀ, tr P = 2^m − rank M ≥ 2^m − χ"
    )
    d.say("‖T − M‖² = ‖(K − M)P‖² + ‖(K − M)(1 − P)‖² ≥ ‖(K − M)P‖²")
    d.equal("what the first term is the trace of", (k - train) * kernel, k * kernel, by=modulo((train * kernel, 0)))
    d.equal(
        "(KP)ᵀ KP, of trace 2^m − χ at least, where ‖T‖² = tr KᵀK = 2^m",
        kernel * k_t * k * kernel,
        kernel,
        by=modulo((k_t * k, 1), (kernel * kernel, kernel)),
    )
