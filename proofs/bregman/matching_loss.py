"""The loss that belongs to a transfer function: its derivatives, why squares won't do, and Newton's step; any layer."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .forms import PAPER, POTENTIAL, divergence, positive, sigmoid, slope

GUESS, TRUE, Y = sp.symbols("â b y", real=True)


@claim(
    "matching-loss-derivatives",
    sources=("bregman:4a", PAPER, "Auer, Herbster, Warmuth 1995"),
    statement=(
        "The loss of a pre-activation â against a target y = f(b), F(â) + F*(y) − y·â, is D_F(â, b); its gradient in â "
        "is f(â) − y and its Hessian that of F, whatever the target: it is convex in â."
    ),
)
def derivatives(d: Derivation) -> None:
    """One unit; the loss of an elementwise f is a sum over units."""
    free = sp.Function("G", real=True)
    potential = d.given("the potential belongs to the transfer function, F' = f", POTENTIAL, dropped=free)
    prediction, target = slope(POTENTIAL, GUESS), slope(POTENTIAL, TRUE)
    d.say("the supremum F*(y) = sup_a ya − F(a) is attained at a = b, where f(b) = y: F*(y) = y b − F(b)")
    loss = potential(GUESS) + (target * TRUE - potential(TRUE)) - target * GUESS
    d.equal("the loss is the divergence of â from b", loss, divergence(POTENTIAL, GUESS, TRUE))
    d.equal("its derivative is prediction minus target, f(â) − f(b)", sp.Derivative(loss, GUESS), prediction - target)
    d.equal(
        "its second derivative f'(â) does not know the target", sp.Derivative(loss, (GUESS, 2)), prediction.diff(GUESS)
    )
    d.say("that is F''(â), not negative for a convex F")
    d.say("for a vector f go along any line â + t v: there f·v and v'Hv take the places of f and f'")


@claim(
    "squared-loss-is-not-convex",
    sources=("bregman:4a", "Auer, Herbster, Warmuth 1995"),
    statement=(
        "The squared loss (σ(â) − y)²/2 of a sigmoid unit is convex in â for no target 0 ≤ y ≤ 1: at p = σ(â) its "
        "second derivative is p(1−p)[p(1−p) + (p−y)(1−2p)], whose bracket tends to y − 1 as p → 1 and to −y as p → 0. "
        "Its gradient (p−y) p(1−p) also dies where a prediction is as wrong as can be. The matching loss has neither "
        "flaw."
    ),
)
def squares(d: Derivation) -> None:
    """One sigmoid unit; derivatives go by dp/dâ = p(1 − p)."""
    p = sp.Symbol("p", positive=True)
    y = d.given("the target is below 1", 1 - sp.Symbol("s", positive=True), dropped=Y)
    d.equal(
        "the slope of p = σ(â) is p(1 − p)", sp.Derivative(sigmoid(GUESS), GUESS), (p * (1 - p)).subs(p, sigmoid(GUESS))
    )
    gradient = (p - Y) * p * (1 - p)
    bracket = p * (1 - p) + (p - Y) * (1 - 2 * p)
    bend = p * (1 - p) * bracket
    d.equal("differentiate (p − y)²/2 once", sp.Derivative((p - Y) ** 2 / 2, p) * p * (1 - p), gradient)
    d.equal("and once more", sp.Derivative(gradient, p) * p * (1 - p), bend)
    d.fails(
        "at y = 0 and p = 3/4, that is â = log 3, it is negative",
        sp.Ge(bend.subs({Y: 0, p: sp.Rational(3, 4)}), 0, evaluate=False),
    )
    d.holds("for any target below 1 the bracket is negative as p → 1", positive(-bracket.subs({p: 1, Y: y})))
    d.equal(
        "a target 1 is the target 0 of −â: mirror p to 1 − p, y to 1 − y",
        bend.subs({p: 1 - p, Y: 1 - Y}, simultaneous=True),
        bend,
    )
    d.equal(
        "the gradient vanishes in the limit p → 1 whatever the target", sp.Limit(gradient, p, 1, "-"), sp.Integer(0)
    )
    d.say("the matching loss has the gradient p − y, which tends to 1 − y, and the second derivative p(1 − p) > 0")


@claim(
    "newton-step-is-weighted-least-squares",
    sources=("bregman:4e", "McCullagh, Nelder 1989"),
    statement=(
        "Where pre-activations z = Aθ are linear in the unknowns, Newton's step on Σ F(z) − y z from z = â solves the "
        "least squares problem with weights w = f'(â) and responses r = â − (f(â) − y)/f'(â)."
    ),
)
def newton(d: Derivation) -> None:
    """One summand; both objectives are sums over samples and units of functions of z = Aθ."""
    z = sp.Symbol("z", real=True)
    weight = d.given(
        "f'(â) is not 0: the unit is not dead",
        sp.Symbol("f'(â)", positive=True),
        dropped=sp.Symbol("f'(â)", nonnegative=True),
    )
    prediction = sp.Symbol("f(â)", real=True)
    model = (prediction - Y) * (z - GUESS) + weight * (z - GUESS) ** 2 / 2
    response = GUESS - (prediction - Y) / weight
    squares = weight * (z - response) ** 2 / 2
    d.say("Newton minimises the second-order model of each summand around â", model)
    d.holds("the weight can be divided by", positive(weight))
    d.equal(
        "the weighted square differs from the model by a constant in z",
        squares - model,
        (prediction - Y) ** 2 / weight / 2,
    )
    d.say("so both sums over samples and units have the same minimisers θ")
