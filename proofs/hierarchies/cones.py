"""Light cones in a binary MERA of any height: where inputs meet, how far a row sees, how wide a cone is."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation
from .graphs import cone, meeting_row

SIZES = [2, 4, 8, 16, 32]


@claim(
    "neighbours-meet-in-the-first-row",
    sources=("mera:94", "mera:91"),
    statement=(
        "The correlation of any two adjacent inputs i, i + 1 of n is captured by the first row of tree tensors or "
        "disentanglers: both reach one tensor of that row."
    ),
    verdict=Verdict.ASSUMPTION,
    corrected=(
        "Holds for every n if the disentanglers of the row stand on (2, 3), (4, 5), ... up to the end, (n − 1, n) "
        "included where n is odd, and the tree tensors on (1, 2), (3, 4), ...: a tensor for each pair, n − 1 in all. "
        "A pair whose tensor is left out meets higher up, as do n and 1 on a ring that is cut open there."
    ),
)
def neighbours(d: Derivation) -> None:
    """i is odd or even; the number of a tensor is that of the place it takes among its kind."""
    j, m = sp.symbols("j m", integer=True, positive=True)
    even = d.given(
        "below the tree tensors stand disentanglers, number ⌊i/2⌋ on input i",
        lambda i: sp.floor(i / 2),
        dropped=lambda i: sp.ceiling(i / 2),
    )
    d.equal("i = 2j − 1 is odd: i and i + 1 enter tree tensor j", sp.ceiling((2 * j - 1) / 2), sp.ceiling(2 * j / 2))
    d.say("a disentangler between them and the tree tensor hands each on to its own place as well as to the other")
    d.equal("i = 2j is even: i and i + 1 enter one disentangler", even(2 * j), even(2 * j + 1))
    d.say("⌊n/2⌋ tree tensors and ⌊(n − 1)/2⌋ disentanglers stand on n inputs, one on each of the n − 1 pairs:")
    d.equal("n = 2m", sp.floor(2 * m / 2) + sp.floor((2 * m - 1) / sp.Integer(2)), 2 * m - 1)
    d.equal("n = 2m + 1", sp.floor((2 * m + 1) / sp.Integer(2)) + sp.floor(2 * m / 2), 2 * m)
    d.differ(
        "without disentanglers inputs 4 and 5 of 8 first meet in row",
        sp.Integer(meeting_row(8, 4, 5, disentangled=False)),
        1,
    )
    d.differ(
        "the two ends of 8 inputs, neighbours on a ring, first meet in row",
        sp.Integer(meeting_row(8, 1, 8, disentangled=True)),
        1,
    )
    d.enumerate(
        "independently, by following the graph for n = 2, ..., 33: every pair meets in row 1",
        [(n, i) for n in range(2, 34) for i in range(1, n)],
        lambda case: meeting_row(case[0], case[1], case[1] + 1, disentangled=True) == 1,
    )


@claim(
    "rows-see-three-blocks",
    sources=("mera:95",),
    statement=(
        "Later tensors capture longer-ranged correlations: in a binary MERA on 2ʰ inputs, of any h, tree tensor p of "
        "row k sees the inputs 2ᵏ(p − 2) + 2, ..., 2ᵏ(p + 1) − 1, that is 3·2ᵏ − 2 neighbouring inputs (those of them "
        "that exist), against 2ᵏ in a tree. So inputs at a distance r do not meet before the first row k with 3·2ᵏ − "
        "3 ≥ r."
    ),
)
def ranges(d: Derivation) -> None:
    """The interval of legs below a tensor, followed down row by row."""
    k, p = sp.symbols("k p", integer=True, nonnegative=True)
    reach = d.given(
        "the disentanglers below a tree tensor's legs 2p − 1 and 2p reach one leg further on either side",
        1,
        dropped=sp.Symbol("s", integer=True, nonnegative=True),
    )
    d.say("so legs a, ..., b of a row are made from legs (2a − 1) − 1, ..., 2b + 1 of the row below")
    left = 2**k * (p - 2) + 2
    right = 2**k * (p + 1) - 1
    d.induction(
        "leftmost input, starting from p itself", k, base=(0, p), step=lambda s, n: 2 * s - 1 - reach, closed=left
    )
    d.induction("rightmost input", k, base=(0, p), step=lambda s, n: 2 * s + reach, closed=right)
    d.equal("inputs seen", right - left + 1, 3 * 2**k - 2)
    d.say("inputs that meet in a disentangler are both seen by the tree tensors above it, in the same row")
    d.equal("tree: blocks 2ᵏ(p − 1) + 1, ..., 2ᵏ p", 2**k * p - (2**k * (p - 1) + 1) + 1, 2**k)
    d.enumerate(
        "independently: what each tree tensor of each row sees in a MERA of up to 32 inputs, by following the graph",
        [(n, k, p) for n in SIZES for k in range(1, n.bit_length()) for p in range(1, n // 2**k + 1)],
        lambda case: _sees(*case) == _window(*case),
    )


@claim(
    "two-rows-for-each-distance",
    sources=("mera:91",),
    statement=(
        "Disentanglers let all correlations of one length scale be treated alike: all pairs of inputs at one "
        "distance r first meet in the same row."
    ),
    verdict=Verdict.CORRECTED,
    corrected=(
        "In one of two neighbouring rows: not before the first row k with r ≤ 3·2ᵏ − 3, and at latest in the first "
        "row k with r ≤ 2ᵏ⁺¹ − 2, for n = 2ʰ inputs of any h. Distances 1 and 2 are always met in row 1, distance 3 "
        "in row 1 or 2. In a tree pairs at distance 1 meet in any of the h rows."
    ),
)
def scales(d: Derivation) -> None:
    """Windows of row k (claim rows-see-three-blocks) begin every K = 2ᵏ inputs; a pair begins ρ inputs after one."""
    width, late, short = sp.Symbol("K", positive=True), *sp.symbols("a b", nonnegative=True)
    d.differ(
        "(3, 6) and (2, 5) of 16 inputs first meet in rows",
        sp.Integer(meeting_row(16, 3, 6, disentangled=True)),
        sp.Integer(meeting_row(16, 2, 5, disentangled=True)),
    )
    window = d.given(
        "disentanglers stand below every row, so that a window holds 3K − 2 inputs", 3 * width - 2, dropped=width
    )
    offset, distance = width - 1 - late, 2 * width - 2 - short
    d.say("windows begin at 2ᵏ(p − 2) + 2 (claim rows-see-three-blocks), every K = 2ᵏ inputs")
    d.say("input i lies ρ = K − 1 − a ≤ K − 1 inputs behind the start of the last window that begins at or before it")
    d.holds(
        "a pair at distance r = 2K − 2 − b lies within this window: its width less one less ρ less r",
        sp.Ge(sp.expand(window - 1 - offset - distance), 0, evaluate=False),
    )
    d.say(
        "at the ends: input 1 lies in window p = 1, which begins at 2 − K; there is no window p = n/K + 1, but window "
        "p = n/K begins earlier and reaches n + K − 1, beyond every j; at last K = n, where 2K − 2 is no less than any "
        "r ≤ n − 1"
    )
    d.equal(
        "its first and last input are 3K − 3 apart, so no pair at a greater distance meets by row k",
        window - 1,
        3 * width - 3,
    )
    d.holds(
        "r ≤ 3K − 3 implies r ≤ 2·(2K) − 2, so the latest row is at most one above the earliest",
        sp.Gt((4 * width - 2) - (3 * width - 3), 0, evaluate=False),
    )
    d.enumerate(
        "independently: all pairs of 2, ..., 32 inputs, by following the graph",
        [(n, i, j) for n in SIZES for i in range(1, n) for j in range(i + 1, n + 1)],
        _within_two_rows,
    )


@claim(
    "cone-of-three-legs",
    sources=("mera:95", "Vidal, Phys. Rev. Lett. 99, 220405 (2007)"),
    statement=(
        "In a binary MERA of any height an input reaches at most 3 legs of every row, hence at most 2 disentanglers "
        "and 3 tree tensors of a row, and of all 2n − 2 − log₂ n tensors on n = 2ʰ inputs at most 5 log₂ n."
    ),
)
def narrow(d: Derivation) -> None:
    """The cone leaves a row by legs a, ..., b; b − 2 and a are halved alike from row to row."""
    alpha, beta, eps, delta = sp.symbols("alpha beta epsilon delta", real=True)
    reach = d.given(
        "a disentangler mixes two legs, so that it takes leg b at most to b + 1",
        1,
        dropped=sp.Symbol("s", integer=True, positive=True),
    )
    a, b = 2 * alpha + eps, 2 * beta + delta
    d.say("write a = 2α + ε and b = 2β + δ with ε, δ in {0, 1}; disentanglers stand on (2α, 2α + 1) and (2β, 2β + 1)")
    d.equal(
        "they widen the cone to 2α, ..., 2β + 1, tree tensors lead the right end to",
        (2 * beta + 1 + reach) / 2,
        beta + 1,
    )
    d.say("and the left end to α, as tree tensor α holds 2α: the cone leaves by α, ..., β + 1")
    d.equal("with B = b − 2 = 2(β − 1) + δ the new B is its half, ⌊B/2⌋ = β − 1", beta + 1 - 2, (b - 2 - delta) / 2)
    d.entails(
        "B ≤ a is handed on: β − 1 ≤ α, because integers that are not so ordered have β − 1 ≥ α + 1",
        sp.Le(beta - 1, alpha),
        where=(
            sp.Le(b - 2, a),
            *(sp.Ge(eps, 0), sp.Le(eps, 1), sp.Ge(delta, 0), sp.Le(delta, 1)),
            sp.Or(sp.Le(beta - 1, alpha), sp.Ge(beta - 1, alpha + 1)),
        ),
    )
    d.say("an input starts with a = b, so B = a − 2 ≤ a; hence b − a + 1 = B − a + 3 ≤ 3 in every row")
    d.say(
        "legs a, a + 1, a + 2 stand on 2 disentanglers, and tree tensors α, ..., β + 1 are those of the 3 legs "
        "above; at the ends of a row there are fewer"
    )
    d.enumerate(
        "independently: all inputs of a MERA of up to 64, by following the graph",
        [(n, i) for n in (*SIZES, 64) for i in range(1, n + 1)],
        lambda case: all(_narrow(*row) for row in cone(*case, disentangled=True)),
    )


def _sees(n: int, row: int, p: int) -> set[int]:
    """The inputs that reach tree tensor p of a row."""
    cones = {i: [tensors for tensors, _ in cone(n, i, disentangled=True)] for i in range(1, n + 1)}
    return {i for i, tensors in cones.items() if ("tree", p) in tensors[row - 1]}


def _window(n: int, row: int, p: int) -> set[int]:
    return set(range(max(1, 2**row * (p - 2) + 2), min(n, 2**row * (p + 1) - 1) + 1))


def _within_two_rows(case: tuple[int, int, int]) -> bool:
    n, i, j = case
    earliest = next(k for k in range(1, 9) if j - i <= 3 * 2**k - 3)
    latest = next(k for k in range(1, 9) if j - i <= 2 ** (k + 1) - 2)
    return earliest <= meeting_row(n, i, j, disentangled=True) <= latest and latest <= earliest + 1


def _narrow(tensors: set[tuple[str, int]], legs: set[int]) -> bool:
    kinds = [kind for kind, _ in tensors]
    return len(legs) <= 3 and kinds.count("disentangler") <= 2 and kinds.count("tree") <= 3
