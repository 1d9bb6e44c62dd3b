"""What a MERA joins across the middle at a bond dimension at which no train and no tree can, for every dimension."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation


@claim(
    "mera-exceeds-tree-at-equal-bonds",
    sources=("mera:62", "mera:23"),
    statement=(
        "A MERA can represent correlations that a train or tree of the same bond dimension χ cannot: on four legs of "
        "dimension χ one has rank χ² between legs 1, 2 and 3, 4; a train of the legs in this order, or a tree that "
        "pairs 1, 2 and 3, 4 as the MERA does, reaches at most χ, for every χ ≥ 2."
    ),
)
def exceeds(d: Derivation) -> None:
    """Tree tensors that pair their legs, below them a disentangler that swaps legs 2 and 3 (an orthogonal map)."""
    chi = sp.Symbol("chi", integer=True, positive=True)
    i1, i2, i3, i4 = sp.symbols("i_1 i_2 i_3 i_4", integer=True)
    delta = sp.KroneckerDelta
    d.say("tree tensors w(i, j) = δ(i, j) on (1, 2) and (3, 4) and legs above of dimension 1 make δ(i₁, i₂) δ(i₃, i₄)")
    order = d.given("the disentangler swaps legs 2 and 3", (i1, i3, i2, i4), dropped=(i1, i2, i3, i4))
    d.equal(
        "with it the MERA is the identity matrix from (i₃, i₄) to (i₁, i₂)",
        delta(order[0], order[1]) * delta(order[2], order[3]),
        delta(i1, i3) * delta(i2, i4),
    )
    d.equal("an identity has full rank, its trace", sp.Trace(sp.Identity(chi**2)).doit(), chi**2)
    d.say(
        "in such a train or tree one bond, of dimension β ≤ χ, parts legs 1, 2 from 3, 4: the unfolding is L R with β "
        "columns in L, so its rank is at most χ"
    )
    excess = sp.Symbol("e", integer=True, nonnegative=True)
    d.holds("χ² exceeds χ = 2 + e by", sp.Gt(sp.expand((2 + excess) ** 2 - (2 + excess)), 0, evaluate=False))
    d.enumerate(
        "independently: the tensor contracted leg by leg for χ = 2, 3, 4, ranks by elimination",
        [2, 3, 4],
        lambda size: _middle(size, swapped=True).rank() == size**2 and _middle(size, swapped=False).rank() == 1,
    )


def _middle(size: int, *, swapped: bool) -> sp.Matrix:
    """The unfolding (1, 2 | 3, 4) of the pairs (1, 2), (3, 4), after a swap of legs 2 and 3 or without."""

    def entry(row: int, column: int) -> int:
        (a, b), (c, e) = divmod(int(row), size), divmod(int(column), size)
        b, c = (c, b) if swapped else (b, c)
        return int(a == b and c == e)

    return sp.Matrix(size**2, size**2, entry)
