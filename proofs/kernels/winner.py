"""Why gradient training of a network may keep to one of two equally good features: the one that is ahead."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation


@claim(
    "winner-takes-all",
    sources=("notes:200", "Allen-Zhu, Li 2023"),
    statement="The network quickly picks up one of the features {v_1, v_2} of a label, and then learns no new one: of "
    "two units z ↦ z^q that start at u_1(0) > u_2(0) > 0 along two features of the same strength, only the first "
    "grows.",
    verdict=Verdict.ASSUMPTION,
    corrected="True early in training for activations that grow faster than squares, q > 2, and unequal starts: when "
    "u_1 has grown beyond every bound, u_2^(−k) is still u_2(0)^(−k) − u_1(0)^(−k), k = q − 2. For q = 2 the ratio "
    "u_1/u_2 stays as it was, for a linear model, q = 1, the difference. That the rest is then memorised needs noise "
    "(training-rows-are-test-rows).",
)
def winner(d: Derivation) -> None:
    """The flow du/dt = s u^(q−1), s a common push from the labels, is solved by u^(−k) falling at a constant rate."""
    t, gap = sp.symbols("t g", positive=True)
    w, push = sp.symbols("w s", positive=True)
    k = d.given(
        "the activation grows faster than a square, k = q − 2 > 0",
        sp.Symbol("k", positive=True),
        dropped=sp.Symbol("k", real=True),
    )
    u = sp.Function("u", positive=True)(t)
    q = k + 2
    d.equal("while the margin is small the push on a unit z^q is ∝ q z^(q−1)", sp.Derivative(w**q, w), q * w ** (k + 1))
    flow = {sp.diff(u, t): push * u ** (k + 1)}
    d.equal(
        "along du/dt = s u^(q−1) the power u^(−k) falls at the rate",
        sp.diff(u**-k, t).subs(flow),
        -k * push,
        by=sp.powsimp,
    )
    d.holds(
        "u^(−k) is smaller for a larger u, since its slope is negative",
        sp.Lt(sp.powsimp(sp.diff(w**-k, w)), 0, evaluate=False),
    )
    first = sp.Symbol("p_1", positive=True)
    ahead = d.given(
        "one unit is ahead: u_2(0)^(−k) − u_1(0)^(−k) = g > 0", gap, dropped=sp.Symbol("g", nonnegative=True)
    )
    end = first / (k * push)
    d.equal(
        "from p_1 at first u_1^(−k) falls to 0, and u_1 leaves every bound, at t = p_1/(ks)", first - k * push * end, 0
    )
    left = (first + ahead) - k * push * end
    d.holds("then u_2^(−k) = p_1 + g − kst is still positive, so u_2 is bounded", sp.Gt(left, 0, evaluate=False))
    d.say(
        "For k = 1, cubic units and u_1(0) = 2u_2(0), u_2 has only doubled. Once the label is fitted the push s stops."
    )
    one, two = (sp.Function(name, positive=True)(t) for name in ("u_1", "u_2"))
    square = {sp.diff(each, t): push * each for each in (one, two)}
    d.equal("q = 2: the ratio does not change, its slope is", sp.diff(one / two, t).subs(square), 0)
    linear = {sp.diff(each, t): push for each in (one, two)}
    d.equal("q = 1, a linear model: the difference does not, its slope is", sp.diff(one - two, t).subs(linear), 0)
