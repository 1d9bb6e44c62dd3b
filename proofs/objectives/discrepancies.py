"""Which losses compare two relations, for vectors of any length: the norms any, the cross entropy distributions."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation
from .shared import cross_entropy


@claim(
    "loss-list",
    sources=("notes:99", "notes:103"),
    statement="L(a, b), which compares a relation a of the teacher (distances, angles, ...) with b of the student, may "
    "be ‖a − b‖₁, ‖a − b‖₂ or the cross entropy −Σ_j a_j log b_j.",
    verdict=Verdict.ASSUMPTION,
    corrected="The norms compare any relations, and as metrics: 0 exactly at a = b, symmetric, with the triangle "
    "inequality. The cross entropy asks that a and b are distributions, b_j > 0 (a cosine can be −1), and is no "
    "metric: not 0 at a = b, not symmetric, and it breaks the triangle inequality.",
)
def losses(d: Derivation) -> None:
    """The cross entropy by counterexamples; the norms by induction over the entries."""
    entry = d.given(
        "the entries of b are positive, as those of a softmax are",
        sp.Symbol("b_j", positive=True),
        dropped=sp.Symbol("b_j", real=True, nonzero=True),
    )
    d.equal("the cross entropy is real: the imaginary part of log b_j", sp.im(sp.log(entry)), 0)
    d.differ("for a cosine b_j = −1 that is not 0", sp.im(sp.log(-1)), 0)
    _cross_entropy_is_no_metric(d)
    d.say("the norms: 0 only at a − b = 0, and symmetric, as sums of |·| and (·)². Triangle: with x = a − b, y = b − c")
    x, y, size_x, size_y = sp.symbols("x y X Y", real=True)
    d.entails(
        "l1, entry by entry: |x + y| ≤ |x| + |y|, X = |x| and Y = |y|",
        sp.And(x + y <= size_x + size_y, -x - y <= size_x + size_y),
        where=[sp.Eq(size_x**2, x**2), sp.Eq(size_y**2, y**2), size_x >= 0, size_y >= 0],
    )
    squares, others, inner = sp.symbols("A B I", real=True)
    cauchy = [squares >= 0, others >= 0, inner**2 <= squares * others]
    d.entails(
        "l2, A = Σx², B = Σy², I = Σxy: I² ≤ AB is 0 ≤ 0 for no entries, and stays true with one entry more",
        (inner + x * y) ** 2 <= (squares + x**2) * (others + y**2),
        where=cauchy,
    )
    norms = sp.symbols("a b c", real=True)
    left, right, whole = norms
    power = d.given("the norm itself, not its square (mean squared error)", 1, dropped=2)
    d.entails(
        "so ‖x + y‖ ≤ ‖x‖ + ‖y‖, with the norms a² = A, b² = B, c² = A + 2I + B",
        whole**power <= left**power + right**power,
        where=[
            *cauchy,
            *(norm >= 0 for norm in norms),
            sp.Eq(left**2, squares),
            sp.Eq(right**2, others),
            sp.Eq(whole**2, squares + 2 * inner + others),
        ],
    )


def _cross_entropy_is_no_metric(d: Derivation) -> None:
    even, tilted, thin = ((sp.Rational(1, k), 1 - sp.Rational(1, k)) for k in (2, 4, 256))
    d.differ("cross entropy of (1/2, 1/2) with itself is log 2", cross_entropy(even, even), 0)
    d.differ("not symmetric: (1/2, 1/2) and (1/4, 3/4)", cross_entropy(even, tilted), cross_entropy(tilted, even))
    d.fails(
        "the detour p → q → r is shorter: p = (1/2, 1/2), q = (1/4, 3/4), r = (1/256, 255/256)",
        sp.Le(cross_entropy(even, thin), cross_entropy(even, tilted) + cross_entropy(tilted, thin), evaluate=False),
    )
