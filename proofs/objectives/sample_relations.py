"""Relations of samples, for any number of samples and any widths: not those of layers, and blind to similarity maps."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation
from .shared import PARK


@claim(
    "instance-relation-is-of-samples",
    sources=("notes:97", PARK, "Yim et al. 2017"),
    statement="Relation-based knowledge compares pairs of layers to find the relation of instances (samples). For "
    "layers F₁, F₂ of one network, with the positions of one sample as rows, their relation is F₁ᵀF₂ of every sample "
    "(Yim et al.).",
    verdict=Verdict.CORRECTED,
    corrected="The relation of instances compares pairs (or triples) of samples at one layer of the teacher, and at "
    "one of the student. The relation of two layers does not determine it: F₁ᵀF₂ stays the same if one orthogonal O "
    "acts on both layers of a sample, another O for every sample, while distances between samples change.",
)
def of_samples(d: Derivation) -> None:
    """Any number of positions P and widths; the counterexample is O = −1 at one position."""
    positions, first, second = sp.symbols("P m n", integer=True, positive=True)
    one, two = sp.MatrixSymbol("F_1", positions, first), sp.MatrixSymbol("F_2", positions, second)
    turn = sp.MatrixSymbol("O", positions, positions)
    gram = d.given("O is orthogonal: OᵀO = 1", sp.Identity(positions), dropped=turn.T * turn)
    d.equal("layers OF₁ and OF₂ of a sample", (turn * one).T * (turn * two), one.T * (turn.T * turn) * two)
    d.equal("have the relation of F₁ and F₂", one.T * gram * two, one.T * two)
    samples, turned = ((1, 2), (1, 2)), ((1, 2), (-1, -2))
    d.enumerate("two samples with (F₁, F₂) = (1, 2), O = −1 on the second: F₁F₂ = 2", samples + turned, _product_is_2)
    distances = [abs(sp.Integer(a[0] - b[0])) for a, b in (samples, turned)]
    d.differ("but the distance of the two samples at layer 1 is 0 before and 2 after", *distances)


def _product_is_2(layers: tuple[int, int]) -> bool:
    return layers[0] * layers[1] == 2


@claim(
    "relational-distance",
    sources=("notes:99", PARK),
    statement="ψ(t_i, t_j) = ‖t_i − t_j‖/μ, μ the mean of the distances of the M pairs of a batch (not all 0), is the "
    "same for t and cQt + b: Q with orthonormal columns, c ≠ 0, b a vector; so teacher and student may differ in "
    "width. With μ = 1 it is not the same for ct. There is no other freedom: samples with features t_i in the teacher "
    "and s_i in the student whose ψ agree on all pairs have s_i − s_0 = cQ(t_i − t_0), Q an isometry on the span of "
    "the t_i − t_0.",
)
def distance(d: Derivation) -> None:
    """One pair, u = t_i − t_j of any dimension n; all others enter through the sum S of their distances."""
    n, m = sp.symbols("n m", integer=True, positive=True)
    u, turn = sp.MatrixSymbol("u", n, 1), sp.MatrixSymbol("Q", m, n)
    scale = sp.Symbol("c", real=True, nonzero=True)
    gram = d.given("the columns of Q are orthonormal: QᵀQ = 1", sp.Identity(n), dropped=turn.T * turn)
    moved = scale * turn * u
    d.equal("b cancels from the difference cQu", moved.T * moved, scale**2 * u.T * (turn.T * turn) * u)
    d.equal(
        "whose square is c²‖u‖²: every distance is multiplied by |c|", scale**2 * u.T * gram * u, scale**2 * u.T * u
    )
    pairs, own, others = sp.symbols("M δ S", positive=True)
    plain, scaled = d.given(
        "ψ divides by the mean distance of the batch",
        ((own + others) / pairs, abs(scale) * (own + others) / pairs),
        dropped=(sp.S.One, sp.S.One),
    )
    d.equal("ψ of a pair at distance δ = ‖u‖ after and before", abs(scale) * own / scaled, own / plain)
    d.differ("with μ = 1 it is not: the pair t = 0, 1 doubled", abs(sp.Integer(2)), abs(sp.Integer(1)))
    _only_similarities(d, n)


def _only_similarities(d: Derivation, n: sp.Symbol) -> None:
    x, y = sp.MatrixSymbol("x", n, 1), sp.MatrixSymbol("y", n, 1)
    gap = x - y
    d.equal(
        "conversely distances give inner products, x = t_i − t_0 and y = t_j − t_0",
        x.T * x + y.T * y - (gap.T * gap).expand(),
        x.T * y + y.T * x,
    )
    d.say(
        "equal ψ: equal Gram matrices of the t_i − t_0 and the s_i − s_0 up to c²; so ‖Σ_i a_i (s_i − s_0)‖ = |c| ‖Σ_i "
        "a_i (t_i − t_0)‖ for all numbers a_i, and t_i − t_0 ↦ (s_i − s_0)/c extends to an isometry of the spans"
    )


@claim(
    "relational-angle",
    sources=("notes:99", PARK),
    statement="ψ(t_i, t_j, t_k) = ⟨u, v⟩/(‖u‖‖v‖), u = t_i − t_j and v = t_k − t_j not zero, is the same for t and "
    "cQt + b: Q with orthonormal columns, c ≠ 0, b a vector.",
)
def angle(d: Derivation) -> None:
    """Any dimension n; ⟨u, v⟩ with v = u gives the norms too."""
    n, m = sp.symbols("n m", integer=True, positive=True)
    u, v, turn = sp.MatrixSymbol("u", n, 1), sp.MatrixSymbol("v", n, 1), sp.MatrixSymbol("Q", m, n)
    scale = sp.Symbol("c", real=True, nonzero=True)
    gram = d.given("the columns of Q are orthonormal: QᵀQ = 1", sp.Identity(n), dropped=turn.T * turn)
    d.equal(
        "inner product of cQu and cQv",
        (scale * turn * u).T * (scale * turn * v),
        scale**2 * u.T * (turn.T * turn) * v,
    )
    d.equal("is c²⟨u, v⟩; with v = u, ‖cQu‖ = |c|‖u‖", scale**2 * u.T * gram * v, scale**2 * u.T * v)
    inner = sp.Symbol("⟨u,v⟩", real=True)
    first, second = sp.symbols("‖u‖ ‖v‖", positive=True)
    cosine = scale**2 * inner / (abs(scale) * first * abs(scale) * second)
    d.equal("c cancels from the cosine", cosine, inner / (first * second))
