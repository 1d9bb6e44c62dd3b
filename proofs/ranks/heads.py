"""Several outputs across a bond of dimension 1 or 2: how many classes can win. For any number of sites and outputs."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .sizes import REPORT


@claim(
    "bond-one-head",
    sources=(REPORT,),
    statement="A train of bond dimension 1 whose label has a core of its own is f(x) = s(x) v, v one number for each "
    "output. Whatever the training, only two outputs win where s(x) ≠ 0: that of the largest v_m for s > 0, of the "
    "smallest for s < 0. Where s(x) = 0 all tie, and a rule for ties may name a third. If the label shares a core with "
    "a site c, then f(x) = s(x) A φ(x_c), and each output can win.",
)
def one(d: Derivation) -> None:
    """All bonds have dimension 1: the cores are numbers s_k(x_k), and one core that carries the label."""
    s, other, x, y = sp.symbols("s s' x_c y_c", real=True)
    first, second, slope, tilt = sp.symbols("v_i v_j u_i u_j", real=True)
    at_x, at_y = d.given(
        "the label's core has no site of its own: it is a fixed vector v",
        [(first, second), (first, second)],
        dropped=[(first + slope * x, second + tilt * x), (first + slope * y, second + tilt * y)],
    )
    d.equal(
        "two inputs, with products s and s' of the other cores: the outputs i and j are in the same ratio",
        s * at_x[0] * other * at_y[1],
        s * at_x[1] * other * at_y[0],
    )
    nonzero = d.given("s(x) ≠ 0", [sp.Ne(s, 0)], dropped=[])
    same, opposite = sp.And(s > 0, s * first > s * second), sp.And(s < 0, s * first < s * second)
    d.entails(
        "if v_i > v_j, the outputs are in the order of v for s > 0, and in the opposite one for s < 0",
        sp.Or(same, opposite),
        where=[first > second, *nonzero],
    )
    v = sp.Matrix([0, 1, -1])
    d.enumerate(
        "v = (0, 1, −1) at s = 1, −1 and 0: the classes 2, 3, and 1 if the first of a tie wins",
        [(1, 1), (-1, 2), (0, 0)],
        lambda case: list(case[0] * v).index(max(case[0] * v)) == case[1],
    )
    d.enumerate(
        "the label on the core of a site, all bonds 1: outputs (0, x − 1, −x − 1) name the classes 1, 2, 3 at x = 0, "
        "2, −2",
        [(0, 0), (2, 1), (-2, 2)],
        lambda case: [0, case[0] - 1, -case[0] - 1].index(max(0, case[0] - 1, -case[0] - 1)) == case[1],
    )


@claim(
    "bond-two-head",
    sources=(REPORT,),
    statement="Bond dimension 2 is enough for any number of classes M: a train on [1, x_k] with the label at its end "
    "separates M slabs of t = Σ_k w_k x_k, class m where t is nearest to m.",
)
def two(d: Derivation) -> None:
    """Outputs z_m = 2 m t − m² are lines, tangent to the parabola t²: the highest one belongs to the nearest m."""
    t, m, other = sp.symbols("t m l", real=True)
    state = sp.Matrix([[1, t]])
    label = sp.Matrix([[-(m**2), -(other**2)], [2 * m, 2 * other]])
    d.say(
        "the row vector [1, t] of a sum crosses every bond, all of dimension 2; the label core, 2 × M, two columns "
        "shown",
        label,
    )
    outputs = state * label
    d.equal("the difference of two outputs", outputs[0] - outputs[1], (t - other) ** 2 - (t - m) ** 2)
    nearer = d.given("m is nearer to t than l", [(t - m) ** 2 < (t - other) ** 2], dropped=[])
    d.entails("the nearer one wins", outputs[0] > outputs[1], where=nearer)
