"""Tensors and numbers of a binary MERA and of a tree, for any number of inputs, and two examples."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation
from .graphs import rows
from .published import uniform


@claim(
    "mera-in-rows",
    sources=("mera:98",),
    statement="A MERA of order N is built from a layer of tree tensors (step 1) and one of disentanglers (step 2).",
    verdict=Verdict.ASSUMPTION,
    corrected=(
        "Holds if both steps are repeated row by row, ⌈log₂ N⌉ times, for one pair of layers leaves ⌈N/2⌉ legs. In "
        "total there are N − 1 tree tensors for any N and Σ_k (⌈N/2ᵏ⌉ − 1) disentanglers, 2ʰ − 1 − h for N = 2ʰ; N = "
        "12: 11 and 8."
    ),
)
def in_rows(d: Derivation) -> None:
    """A row of L legs, L even or odd; then all rows."""
    m = sp.Symbol("m", integer=True, positive=True)
    h = sp.Symbol("h", integer=True, nonnegative=True)
    legs = sp.Symbol("N", integer=True, positive=True)
    arity = d.given("a tree tensor joins two legs in one", 2, dropped=sp.Symbol("b", integer=True, positive=True))
    d.differ("one pair of layers on 12 legs leaves more legs than one:", sp.ceiling(sp.Rational(12, 2)), 1)
    d.say("L legs: ⌊L/2⌋ tree tensors leave L' = ⌈L/2⌉ legs; ⌊(L − 1)/2⌋ disentanglers stand between them")
    d.equal("tree tensors are L − L', L = 2m + 1", sp.floor((2 * m + 1) / sp.Integer(2)), 2 * m + 1 - (m + 1))
    d.equal("disentanglers are L' − 1, L = 2m + 1", sp.floor(2 * m / 2), (m + 1) - 1)
    d.equal("and for L = 2m", sp.floor((2 * m - 1) / sp.Integer(2)), m - 1)
    d.equal("a tree tensor takes one leg away, so N − 1 of them leave", legs - (legs - 1) * (arity - 1), 1)
    d.say("2^(r−1) < L ≤ 2ʳ gives 2^(r−2) < ⌈L/2⌉ ≤ 2^(r−1): the rows are ⌈log₂ N⌉")
    d.induction(
        "disentanglers for N = 2ʰ: a further row below has 2ʰ − 1",
        h,
        base=(0, sp.Integer(0)),
        step=lambda total, n: total + 2**n - 1,
        closed=2**h - 1 - h,
    )
    d.enumerate(
        "independently, row by row for N = 2, ..., 200",
        range(2, 201),
        lambda n: sum(t for _, _, t in rows(n)) == n - 1 and len(list(rows(n))) == (n - 1).bit_length(),
    )
    d.equal("N = 12, disentanglers", sp.Add(*(u for _, u, _ in rows(12)), evaluate=False), 8)
    d.equal(
        "all dimensions 2: 8 disentanglers of 2⁴ and 11 tree tensors of 2³ numbers",
        sp.Add(8 * 2**4, 11 * 2**3, evaluate=False),
        216,
    )


@claim(
    "mera-parameters-are-linear",
    sources=("mera:133", "mera:23"),
    statement=(
        "A factored layer can take larger inputs: on N = χⁿ inputs, n = 2ʰ legs, and χ outputs a binary tree has (n "
        "− 1)χ³ and a MERA (n − 1)χ³ + (n − 1 − log₂ n)χ⁴ numbers, fewer than n(χ³ + χ⁴): O(log N) for bonds of one "
        "dimension χ."
    ),
)
def linear(d: Derivation) -> None:
    """Two networks of height h are joined by one root and one disentangler on every row below it."""
    h = sp.Symbol("h", integer=True, nonnegative=True)
    chi = sp.Symbol("chi", positive=True)
    growth = d.given(
        "bonds do not grow from row to row: those of row k have dimension χ gᵏ with g = 1",
        sp.Integer(1),
        dropped=sp.Symbol("g", positive=True),
    )
    joint = (chi * growth**h) ** 2 * (chi * growth ** (h + 1))
    d.induction(
        "tree tensors: two of height h and the root, 2^(h+1) legs",
        h,
        base=(0, sp.Integer(0)),
        step=lambda s, n: 2 * s + joint.subs(h, n),
        closed=(2**h - 1) * chi**3,
    )
    d.induction(
        "disentanglers: two of height h and one between them on each of h rows (none below the root)",
        h,
        base=(0, sp.Integer(0)),
        step=lambda s, n: 2 * s + n * (chi * growth**n) ** 4,
        closed=(2**h - 1 - h) * chi**4,
    )
    n, logarithm = sp.symbols("n l", positive=True)
    mera = (n - 1) * chi**3 + (n - 1 - logarithm) * chi**4
    d.holds("with n = 2ʰ and l = log₂ n", sp.Gt(sp.expand(n * (chi**3 + chi**4) - mera), 0, evaluate=False))
    d.say("n = log N / log χ, so the count grows like log N, that of a dense layer like N")
    d.enumerate(
        "independently, tensor by tensor for n = 2, 4, ..., 64 and χ = 2, 3",
        [(2**k, x) for k in range(1, 7) for x in (2, 3)],
        lambda case: _numbers(*case) == mera.subs({n: case[0], logarithm: sp.log(case[0], 2), chi: case[1]}),
    )


@claim(
    "equal-bonds-favour-trains",
    sources=("mera:23", "TensorLayers, a MERA layer 512 → 16 after Hallam et al."),
    statement=(
        "That a MERA compresses more than a train is said of equal accuracy; at equal bond dimension r it is the other "
        "way round in the wiring of the code: 512 → 16 takes 22r² + 4r numbers as a train, 4r³ + 4r² + 20r as a tree "
        "and r⁴ + 6r³ + 24r² as a MERA, the most of the three for every r ≥ 1 (r = 2, 4, 8: 96, 368, 1,440; 88, 400, "
        "2,464; 160, 1,024, 8,704), and from r = 8 more than the dense 8,192."
    ),
)
def equal_bonds(d: Derivation) -> None:
    """The wiring of nine input legs and four output legs of dimension 2, bond dimension r everywhere."""
    r = sp.Symbol("r", positive=True)
    other = d.given("train and tree have the bond dimension r of the MERA", r, dropped=sp.Symbol("D", positive=True))
    train = uniform((2, 2, 4, 4, 4, 4, 2, 2, 2), other)
    tree = sp.Add(*(2 * 2 * other for _ in range(3)), 2 * 2 * 2 * other, 2 * (2 * other**3), 4 * other**2)
    disentanglers = 8 * r**2 + 4 * r**2 + 4 * r**2
    first_row = 2 * r * r + r**3 + r**3 + 2 * r * r
    second_row = r**4 + 2 * r**3 + 2 * r**3
    mera = disentanglers + first_row + second_row + 4 * r**2
    d.say(
        "MERA, row 1: disentanglers on legs (2, 3, 4), (5, 6), (7, 8), tree tensors on (1, a), (a', b), (b', c), "
        "(c', 9); row 2: a disentangler, two tree tensors that emit an output leg each; root with two output legs"
    )
    d.equal("MERA", mera, r**4 + 6 * r**3 + 24 * r**2)
    d.say(
        "train: nine cores, four inner ones with an output leg; tree: rows of 4, 2, 1 tensors, the fourth on legs 7, "
        "8, 9, the upper rows with output legs as in the MERA. The code's wiring is known for the MERA; these two "
        "are assumed"
    )
    d.equal("train", train, 22 * r**2 + 4 * r)
    d.equal("tree", tree, 4 * r**3 + 4 * r**2 + 20 * r)
    above = sp.Symbol("e", nonnegative=True)
    d.holds("MERA minus train for r = 1 + e", sp.Gt(sp.expand((mera - train).subs(r, 1 + above)), 0, evaluate=False))
    d.holds("MERA minus tree for r = 1 + e", sp.Gt(sp.expand((mera - tree).subs(r, 1 + above)), 0, evaluate=False))
    d.holds("MERA minus dense for r = 8 + e", sp.Gt(sp.expand((mera - 512 * 16).subs(r, 8 + above)), 0, evaluate=False))
    d.say("so at equal accuracy a MERA is the smaller only if a smaller r does for it; that is for measurements to say")
    d.enumerate(
        "train, tree and MERA for r = 2, 4, 8",
        [(2, 96, 88, 160), (4, 368, 400, 1_024), (8, 1_440, 2_464, 8_704)],
        lambda row: tuple(count.subs(r, row[0]) for count in (train, tree, mera)) == row[1:],
    )


def _numbers(legs: int, dim: int) -> int:
    """Entries of all tensors of a MERA whose legs all have dimension `dim`."""
    return sum(disentanglers * dim**4 + trees * dim**3 for _, disentanglers, trees in rows(legs))
