"""Channel and spatial attention of A ∈ R^(C×H×W), for all sizes: marginals of |A|, permutations, masks."""

import sympy as sp

from proofs.claims import claim
from proofs.derivation import Derivation
from proofs.objectives.shared import ZHANG


@claim(
    "attention-marginals",
    sources=("notes:85", "notes:87", ZHANG),
    statement="Gᶜ(A) = (1/HW) Σ_ij |A_·ij| has one entry per channel, Gˢ(A) = (1/C) Σ_c |A_c··| one per position. "
    "They are the two marginals of |A|: the mean of Gᶜ over channels equals the mean of Gˢ over positions, for all C, "
    "H, W. Equal attention does not mean equal features.",
)
def marginals(d: Derivation) -> None:
    """B = |A| with the P = HW positions as one index, of any size; 1 is a vector of ones."""
    channels, positions = sp.symbols("C P", integer=True, positive=True)
    sizes = sp.MatrixSymbol("B", channels, positions)
    over_positions, over_channels = sp.OneMatrix(positions, 1), sp.OneMatrix(1, channels)
    weight = d.given("Gˢ divides by the number of channels", 1 / channels, dropped=sp.Symbol("k", positive=True))
    of_channels = sizes * over_positions / positions
    of_positions = weight * over_channels * sizes
    d.equal(
        "Gᶜ = B1/P and Gˢ = 1ᵀB/C; their means",
        over_channels * of_channels / channels,
        of_positions * over_positions / positions,
    )
    features = sp.Matrix([[1, 0], [0, 1]]), sp.Matrix([[0, 1], [1, 0]])
    d.equal("C = P = 2: Gᶜ of two different A", *(abs(a) * sp.ones(2, 1) / 2 for a in features))
    d.equal("and Gˢ of the same two", *(sp.ones(1, 2) * abs(a) / 2 for a in features))
    d.differ("though A differs", *features)


@claim(
    "attention-permutations",
    sources=("notes:85", "notes:87", ZHANG),
    statement="If the positions of A are permuted, Gᶜ stays as it is and Gˢ is permuted alike; if its channels are "
    "permuted, Gˢ stays and Gᶜ is permuted alike. For all C, H, W.",
)
def permutations(d: Derivation) -> None:
    """Permutations are products of exchanges of two; all else enters through sums S that an exchange does not touch."""
    channels, positions = sp.symbols("C P", integer=True, positive=True)
    p, q, rest = sp.symbols("B_cp B_cq S_c", nonnegative=True)
    moved = d.given(
        "the positions are permuted: what was at p is now at q, what was at q at p",
        (q, p),
        dropped=(q, q),
    )
    d.say("channel c of |A|: B_cp and B_cq at the positions p, q, and S_c the sum over all others")
    d.equal(
        "Gᶜ at c after and before p and q are exchanged", (sum(moved) + rest) / positions, (p + q + rest) / positions
    )
    columns = sp.symbols("B_·p B_·q", nonnegative=True)
    d.say("Gˢ at a position is the sum of its own column of B over C: the value moves with the column")
    d.equal(
        "Gˢ at p, q after the exchange is Gˢ at q, p before",
        sp.Matrix(moved).subs({p: columns[0], q: columns[1]}) / channels,
        sp.Matrix(columns[::-1]) / channels,
    )
    d.say(
        "rows and columns of B play the same part: two channels exchanged are two columns of Bᵀ, Gˢ in the place of Gᶜ"
    )


@claim(
    "attention-masks",
    sources=("notes:85", "notes:87", ZHANG),
    statement="The masks Mˢ = HW softmax((Gˢ_S + Gˢ_T)/T) and Mᶜ = C softmax((Gᶜ_S + Gᶜ_T)/T) of student S and "
    "teacher T have the sums HW and C, so mean 1 each, for all sizes.",
)
def masks(d: Derivation) -> None:
    """One entry against all others: E = exp(entry/T) and R the sum of the other exponentials."""
    own, rest = sp.symbols("E R", positive=True)
    height, width, channels = sp.symbols("H W C", integer=True, positive=True)
    d.equal("a softmax sums to 1, over any number of entries", own / (own + rest) + rest / (own + rest), 1)
    softmaxes = d.given("Mˢ is one softmax over all positions, not one for each row", sp.S.One, dropped=height)
    d.equal("sum of Mˢ", height * width * softmaxes, height * width)
    d.equal("sum of Mᶜ", channels * (own / (own + rest) + rest / (own + rest)), channels)
