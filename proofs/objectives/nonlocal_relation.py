"""The relation r of all positions of a feature map, for all sizes: permutations, and dot products make it linear."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .shared import ZHANG


@claim(
    "relation-equivariance",
    sources=("notes:89", ZHANG, "Wang et al. 2018, equation 1"),
    statement="r_p = (1/P) Σ_q f(a_p, a_q) g(a_q) over the P = WH positions, a_p = A_·p the features at p. If the "
    "positions are permuted, r is permuted alike, for all f and g of the features and all sizes: r knows nothing of "
    "the geometry.",
)
def equivariance(d: Derivation) -> None:
    """R = FG/P with F_pq = f(a_p, a_q) and the rows g(a_q) of G; Π permutes the rows of A."""
    positions, channels = sp.symbols("P K", integer=True, positive=True)
    pairs, values = sp.MatrixSymbol("F", positions, positions), sp.MatrixSymbol("G", positions, channels)
    move = sp.MatrixSymbol("Π", positions, positions)
    moved = d.given(
        "f sees the features of p and q, not where p and q are: the permuted A has ΠFΠᵀ in place of F",
        move * pairs * move.T,
        dropped=sp.MatrixSymbol("F′", positions, positions),
    )
    gram = d.given("Π is a permutation: ΠᵀΠ = 1", sp.Identity(positions), dropped=move.T * move)
    d.equal(
        "the sums of the permuted A, with ΠG in place of G",
        moved * (move * values),
        move * pairs * (move.T * move) * values,
    )
    d.equal(
        "divided by P: the permuted r", move * pairs * gram * values / positions, move * (pairs * values / positions)
    )


@claim(
    "relation-linear-attention",
    sources=("notes:89", ZHANG, "Katharopoulos et al. 2020"),
    statement="For f(a, b) = aᵀb and g(b) = Wb the relation is R = A (AᵀA) Wᵀ/P, A with the features of the P "
    "positions as rows: the second moment AᵀA/P of the features, applied to them (linear attention). It costs P C² in "
    "place of P² C, and with W = 1 it cubes the singular values of A.",
)
def linear_attention(d: Derivation) -> None:
    """Rows of A are positions, of any number P, in any number of channels C."""
    positions, channels, rank = sp.symbols("P C k", integer=True, positive=True)
    rows, mix = sp.MatrixSymbol("A", positions, channels), sp.MatrixSymbol("W", channels, channels)
    pairs = d.given("f is the dot product: F = AAᵀ", rows * rows.T, dropped=sp.MatrixSymbol("F", positions, positions))
    d.equal(
        "r_p = (1/P) Σ_q f g is row p of",
        pairs * (rows * mix.T) / positions,
        rows * (rows.T * rows / positions) * mix.T,
    )
    left, right = sp.MatrixSymbol("U", positions, rank), sp.MatrixSymbol("V", channels, rank)
    values = sp.MatrixSymbol("S", rank, rank)
    grams = d.given(
        "A = USVᵀ with orthonormal columns in U and V, S diagonal",
        (sp.Identity(rank), sp.Identity(rank)),
        dropped=(left.T * left, right.T * right),
    )
    cube = left * values * grams[1] * values * grams[0] * values * right.T
    d.say("AAᵀA = (USVᵀ)(VSUᵀ)(USVᵀ) = US (VᵀV) S (UᵀU) S Vᵀ")
    d.equal(
        "with W = 1, P R has the same singular vectors and the cubes of the singular values",
        cube,
        left * values**3 * right.T,
    )
