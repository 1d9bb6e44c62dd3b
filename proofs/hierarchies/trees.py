"""Perfect binary trees of any height: where neighbours meet, and how many tensors lie between two inputs."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .graphs import meeting_row


@claim(
    "neighbours-meet-at-the-root",
    sources=("mera:81",),
    statement=(
        "In a binary tree the correlation of neighbouring inputs may be handled only by the last tensor: i₄ → 1 → 2 "
        "→ 5, i₅ → 3 → 4 → 5. In a perfect tree on n = 2ʰ inputs, the inputs n/2 and n/2 + 1 first meet at the root, "
        "for any h."
    ),
)
def root(d: Derivation) -> None:
    """Input i (from 0) lies below tensor ⌊i/2ᵏ⌋ of row k; quotients are found by division with remainder."""
    height, q, t, k = sp.symbols("h q t k", integer=True, nonnegative=True)
    d.say("the source's i₄ and i₅ are the middle pair of 8 inputs: h = 3, and tensor 5 is the root")
    zeros = d.given(
        "the pair is the middle one: its right input, counted from 0, is a = 2ʰ⁻¹, so a = 2ᵗ (2q + 1) with t = h − 1",
        height - 1,
        dropped=t,
    )
    below = sp.Symbol("s", integer=True, nonnegative=True)
    d.say("any a > 0 is 2ᵗ (2q + 1). In row k ≤ t, t = k + s, the neighbours a − 1 and a are below different tensors:")
    whole = 2**below * (2 * q + 1)
    d.equal("a = 2ᵏ u + 0 with u = 2ˢ (2q + 1)", 2 ** (k + below) * (2 * q + 1), 2**k * whole)
    d.equal("a − 1 = 2ᵏ (u − 1) + (2ᵏ − 1)", 2**k * whole - 1, 2**k * (whole - 1) + (2**k - 1))
    d.equal(
        "in row t + 1 both have the quotient q: a has the remainder 2ᵗ", 2**t * (2 * q + 1), 2 ** (t + 1) * q + 2**t
    )
    d.holds("which is below the divisor, and a − 1 has the remainder 2ᵗ − 1", sp.Lt(2**t, 2 ** (t + 1), evaluate=False))
    d.equal("so every pair meets in row t + 1, and the middle pair in row h, that of the root", zeros + 1, height)
    d.enumerate(
        "independently: all neighbours of trees of height 1 to 6, followed through the graph, meet in row t + 1",
        [(h, a) for h in range(1, 7) for a in range(1, 2**h)],
        lambda case: (
            meeting_row(2 ** case[0], case[1], case[1] + 1, disentangled=False) == _trailing_zeros(case[1]) + 1
        ),
    )


@claim(
    "few-neighbours-meet-late",
    sources=("mera:81",),
    statement=(
        "Neighbours that meet at the last tensor only are the extreme case: of the n − 1 pairs of neighbours in a "
        "perfect binary tree on n = 2ʰ inputs, h ≥ 1, one meets at the root, 2^(h−k+1) − 1 meet in row k or above, "
        "and the mean row is 2 − h/(n − 1) < 2."
    ),
)
def few(d: Derivation) -> None:
    """Two trees of height h are joined by one root; only the pair between them is new."""
    h, g = sp.symbols("h g", integer=True, nonnegative=True)
    arity = d.given(
        "every tensor joins two branches", sp.Integer(2), dropped=sp.Symbol("b", integer=True, positive=True)
    )
    d.induction(
        "pairs that meet in row k or above, g = h − k + 1 rows: a further row joins two trees and adds one pair",
        g,
        base=(0, sp.Integer(0)),
        step=lambda pairs, n: arity * pairs + (arity - 1),
        closed=2**g - 1,
    )
    d.induction(
        "the rows in which all pairs meet, added up: two trees, and the new pair in row h + 1",
        h,
        base=(0, sp.Integer(0)),
        step=lambda total, n: arity * total + (arity - 1) * (n + 1),
        closed=2 ** (h + 1) - h - 2,
    )
    d.equal("divided by the 2ʰ − 1 pairs", (2 ** (h + 1) - h - 2) / (2**h - 1), 2 - h / (2**h - 1))
    height = sp.Symbol("h", integer=True, positive=True)
    d.holds("so the mean row is below 2 (h ≥ 1)", sp.Gt(height / (2**height - 1), 0, evaluate=False))
    d.enumerate(
        "independently, by following the graph of trees of height 1 to 6",
        range(1, 7),
        lambda h: sum(meeting_row(2**h, i, i + 1, disentangled=False) for i in range(1, 2**h)) == 2 ** (h + 1) - h - 2,
    )


@claim(
    "tree-paths-are-logarithmic",
    sources=("mera:62",),
    statement=(
        "In a layered network all inputs of a layer are joined by few tensors: two of n = 2ʰ inputs, h ≥ 1, by at "
        "most 2h − 1 in a perfect binary tree, by up to n in a train, and on average over all pairs by 2h − 3 + "
        "2h/(n − 1) against (n + 4)/3, fewer for every n. Neighbours are the exception: 2 tensors in a train, up to "
        "2h − 1 in a tree."
    ),
)
def paths(d: Derivation) -> None:
    """Means over all pairs, by joining two trees of height h."""
    h, n = sp.symbols("h n", integer=True, nonnegative=True)
    arity = d.given(
        "every tensor joins two branches", sp.Integer(2), dropped=sp.Symbol("b", integer=True, positive=True)
    )
    d.say("two inputs that first meet in row k are joined by 2 (k − 1) + 1 = 2k − 1 tensors, at most 2h − 1")
    d.say("neighbours may meet at the root (claim neighbours-meet-at-the-root): i₄ and i₅ of 8 by way of 1, 2, 5, 4, 3")
    d.induction(
        "tensors between all pairs of a tree: two trees, and 2ʰ · 2ʰ new pairs that meet in row h + 1",
        h,
        base=(0, sp.Integer(0)),
        step=lambda total, k: arity * total + sp.binomial(arity, 2) * arity ** (2 * k) * (2 * k + 1),
        closed=(2 * h - 3) * 2 ** (2 * h - 1) + 3 * 2 ** (h - 1),
    )
    d.induction(
        "tensors between all pairs of a train of n cores: core n + 1 is 2, ..., n + 1 tensors away from the others",
        n,
        base=(0, sp.Integer(0)),
        step=lambda total, k: total + k * (k + 3) / 2,
        closed=n * (n - 1) * (n + 4) / 6,
    )
    tree = ((2 * h - 3) * 2 ** (2 * h - 1) + 3 * 2 ** (h - 1)) / (2**h * (2**h - 1) / 2)
    d.equal("mean of the tree", tree, 2 * h - 3 + 2 * h / (2**h - 1))
    d.equal("mean of the train", n * (n - 1) * (n + 4) / 6 / (n * (n - 1) / 2), (n + 4) / 3)
    d.equal(
        "train minus tree, times 3 (n − 1), n = 2ʰ",
        3 * (2**h - 1) * ((2**h + 4) / sp.Integer(3) - (2 * h - 3) - 2 * h / (2**h - 1)),
        2**h * (2**h - 6 * h + 12) - 13,
    )
    d.enumerate("it is positive for h = 1, 2, 3", [1, 2, 3], lambda h: 2**h * (2**h - 6 * h + 12) - 13 > 0)
    power, exponent = sp.symbols("p q", real=True)
    d.entails(
        "p = 2^q ≥ 1 + q is handed on to q + 1",
        sp.Ge(2 * power, 2 + exponent),
        where=(sp.Ge(power, 1 + exponent), sp.Ge(exponent, 0)),
    )
    q, excess = sp.symbols("q e", nonnegative=True)
    large = 16 * (1 + q + excess)
    d.holds(
        "and for h = 4 + q, where 2ʰ = 16 · 2^q = 16 (1 + q + e) with e ≥ 0",
        sp.Gt(sp.expand(large * (large - 6 * (4 + q) + 12) - 13), 0, evaluate=False),
    )


def _trailing_zeros(number: int) -> int:
    return (number & -number).bit_length() - 1
