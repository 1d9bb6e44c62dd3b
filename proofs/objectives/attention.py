"""Channel and spatial attention of A ∈ R^(C×H×W), for all sizes: the marginals of |A|, and what permutations do."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .shared import ZHANG


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
    """B = |A| with the P = HW positions as one index; a permutation of positions makes BΠ of it, of channels ΣB."""
    channels, positions = sp.symbols("C P", integer=True, positive=True)
    sizes = sp.MatrixSymbol("B", channels, positions)
    of_positions, of_channels = sp.MatrixSymbol("Π", positions, positions), sp.MatrixSymbol("Σ", channels, channels)
    column, row = sp.OneMatrix(positions, 1), sp.OneMatrix(1, channels)
    d.say("Π and Σ have one 1 in every row and column and else 0, so |AΠ| = |A|Π, |ΣA| = Σ|A|. Gᶜ = B1/P, Gˢ = 1ᵀB/C")
    total = d.given("Π is a permutation, so that every row sums to 1: Π1 = 1", column, dropped=of_positions * column)
    d.equal("positions permuted: Gᶜ, B(Π1)/P, stays", sizes * total / positions, sizes * column / positions)
    d.equal(
        "and Gˢ is permuted alike", row * (sizes * of_positions) / channels, (row * sizes / channels) * of_positions
    )
    whole = d.given("Σ is a permutation, so that every column sums to 1: 1ᵀΣ = 1ᵀ", row, dropped=row * of_channels)
    d.equal("channels permuted: Gˢ, (1ᵀΣ)B/C, stays", whole * sizes / channels, row * sizes / channels)
    d.equal(
        "and Gᶜ is permuted alike",
        (of_channels * sizes) * column / positions,
        of_channels * (sizes * column / positions),
    )
