"""Which network fits a tensor: ranks across its cuts, for any network without loops and any number of sites."""

from itertools import combinations

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation
from .unfold import unfolding
from .words import matrices, modulo


@claim(
    "cut-ranks-decide",
    sources=("mera:11", "Hackbusch, Tensor spaces and numerical tensor calculus, 2012"),
    statement="The optimal structure of a network (train, tree, …) for a tensor is determined by its correlation "
    "structure.",
    verdict=Verdict.ASSUMPTION,
    corrected="True if 'correlation structure' means the ranks across cuts. In any network the product of the bonds "
    "that cross a cut is at least the rank of the tensor across it. Without loops each bond is the only one between "
    "the two parts that it joins, and one network has all bonds equal to the ranks across these cuts. A tensor with a "
    "tree of bond dimension 2 can need 4 in a train, whatever the order of its sites.",
)
def cuts(d: Derivation) -> None:
    """Below as for a train; above by going from the leaves to a root."""
    left, right, kernel, more = matrices("L R K M")
    across = d.given(
        "the two sides meet in the bonds that cross the cut, of product c: T = L R, L with c columns",
        left * right,
        dropped=left * right + more,
    )
    d.equal(
        "T vanishes on the kernel of R, which leaves a rank of c at most",
        across * kernel,
        0,
        by=modulo((right * kernel, 0)),
    )
    first, second, tensor, rest = matrices("P_1 P_2 T N")
    d.say(
        "above, without loops: hang the network up at a root. Below a core hang two parts (or sites); P_1 and P_2 "
        "project on the column spaces of T across the bonds to them, so that P_1 T = T = P_2 T. Each acts on its own "
        "legs"
    )
    rules = d.given(
        "the bonds below are as wide as the ranks: P_1 T = P_2 T = T",
        modulo((first * tensor, tensor), (second * tensor, tensor)),
        dropped=modulo((first * tensor, tensor + rest), (second * tensor, tensor)),
    )
    d.equal("so T lies in the product of both spaces", first * second * tensor, tensor, by=rules)
    d.say(
        "a basis of the column space of T across the bond above is thus made from products of the bases below: the "
        "coefficients are the core. At the root the basis is T itself; all bonds are ranks across cuts at once"
    )
    x = sp.symbols("x_1:7")
    pairs = [(x[0], x[1]), (x[2], x[3]), (x[4], x[5])]
    function = sp.prod(1 + a * b for a, b in pairs) + sp.prod(a + b for a, b in pairs)
    d.say("example: three pairs of sites, joined at one core. Every bond of this tree carries 2 values", function)
    d.enumerate(
        "rank 2 between each pair and the others, and at each site",
        [*pairs, *((v,) for v in x)],
        lambda part: unfolding(function, part, [v for v in x if v not in part]).rank() == 2,
    )
    d.enumerate(
        "rank 4 between any three sites and the other three: one of these cuts is the middle of a train, in any order",
        list(combinations(x, 3)),
        lambda part: unfolding(function, part, [v for v in x if v not in part]).rank() == 4,
    )
