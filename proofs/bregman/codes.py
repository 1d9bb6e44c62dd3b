"""The optimal code of an activation: normal equations, when there is exactly one, and what any other code costs."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation
from .forms import PAPER, POTENTIAL, positive, sigmoid, slope, softplus

UNITS, CODES = sp.symbols("d k", integer=True, positive=True)
V = sp.MatrixSymbol("V", UNITS, CODES)
C = sp.Symbol("c", real=True)


@claim(
    "optimal-code",
    sources=("bregman:4e", PAPER),
    statement=(
        "Every activation x has exactly one code c that minimises F(m + Vc) − x·Vc; it solves V'(f(m + Vc) − x) = 0."
    ),
    verdict=Verdict.ASSUMPTION,
    corrected=(
        "The problem is convex and its minimisers are the solutions of V'(f(m + Vc) − x) = 0. There is at most one if "
        "V has full column rank and the Hessian of F is positive definite, and there is one if moreover x = f(b) for "
        "some b. An activation at the end of the range, as of a saturated sigmoid, may have none."
    ),
)
def optimal_code(d: Derivation) -> None:
    """Restricted to a line c + t w of codes, everything is a function of one t, with u = Vw."""
    t, reach, position, target = sp.symbols("t u z x", real=True)
    d.differ("no code for x = 1 under a sigmoid, V = 1, m = 0: the slope σ(c) − 1 has no zero", sigmoid(C) - 1, 0)
    row, first, second = sp.Matrix([[1, 1]]), sp.Matrix([1, 0]), sp.Matrix([0, 1])
    d.equal("two for V = (1, 1), which takes (1, 0) and (0, 1) to one pre-activation", row * first, row * second)
    d.say("along a line c + t w of codes a unit moves from z to z + t u, where u is its entry of Vw")
    objective = POTENTIAL(position + t * reach) - target * (position + t * reach)
    residual = slope(POTENTIAL, position + t * reach) - target
    d.equal(
        "so the unit's part of the objective has the slope (f − x) u",
        sp.Derivative(objective, t),
        residual * reach,
    )
    d.say("the sum over units is (f − x)·Vw: it vanishes for every w exactly where V'(f(m + Vc) − x) = 0")
    bend = slope(POTENTIAL, position + t * reach, 2)
    d.equal(
        "its second derivative is f' u², so the objective is convex", sp.Derivative(objective, (t, 2)), bend * reach**2
    )
    moved = d.given(
        "V has full column rank, so some unit moves: u ≠ 0 in Vw ≠ 0",
        sp.Symbol("u", real=True, nonzero=True),
        dropped=reach,
    )
    curvature = sp.Symbol("f'", positive=True)
    d.holds("f' > 0 makes it strictly convex then: at most one minimiser", positive(curvature * moved**2))
    d.say("for a vector f it is u'Hu. Now existence, where x = f(b): D_F(·, b) is the objective up to a constant")
    _grows(d)


def _grows(d: Derivation) -> None:
    here, there, far, share = sp.symbols("D_1 D_s s r", real=True)
    d.say("on a ray from b let D_1 > 0 be its value at distance 1 and D_s that at distance s = 1/r ≥ 1; at b it is 0")
    convex = sp.Le(here, share * there + (1 - share) * 0)
    where = [convex, sp.Eq(far * share, 1), far >= 1]
    d.entails("convexity, D_1 ≤ r D_s + (1 − r)·0, makes D_s at least s D_1", there >= far * here, where=where)
    d.say("D_1 has a positive minimum over all rays, so it grows without bound, and has a minimum on the flat m + Vc")


@claim(
    "loss-splits-at-the-optimal-code",
    sources=("bregman:4e", PAPER),
    statement=(
        "At the optimal code c of x, every other code ĉ obeys D_F(m + Vĉ, f⁻¹(x)) = D_F(m + Vĉ, m + Vc) + "
        "D_F(m + Vc, f⁻¹(x)). The second term does not depend on ĉ: a student that predicts codes can reach this floor "
        "and no less, and its k outputs lose nothing else. For any number of units d and of codes k."
    ),
)
def pythagoras(d: Derivation) -> None:
    """Matrix symbols of any size; a = m + Vĉ, b = m + Vc, y = f(b)."""
    m, guess, code = sp.MatrixSymbol("m", UNITS, 1), sp.MatrixSymbol("ĉ", CODES, 1), sp.MatrixSymbol("c", CODES, 1)
    y, x = sp.MatrixSymbol("y", UNITS, 1), sp.MatrixSymbol("x", UNITS, 1)
    at_guess, at_code, dual = (sp.MatrixSymbol(name, 1, 1) for name in ("F_a", "F_b", "F*_x"))
    a, b = m + V * guess, m + V * code
    whole = at_guess + dual - x.T * a
    student = at_guess - at_code - y.T * (a - b)
    floor = at_code + dual - x.T * b
    product = (y - x).T * V * (guess - code)
    d.equal("the loss minus the two divergences is (y − x)'V(ĉ − c)", whole - student - floor, product)
    normal = d.given("c is optimal, so V'(y − x) = 0", sp.ZeroMatrix(CODES, 1), dropped=sp.MatrixSymbol("g", CODES, 1))
    d.equal("with g = V'(y − x) this is g'(ĉ − c), and g = 0", sp.MatMul(normal.T, guess - code), sp.ZeroMatrix(1, 1))
    half = sp.Rational(1, 2)
    d.differ("elsewhere it fails: f = id, V = 1, m = x = 0, c = 1, ĉ = 2 gives 2 and 1/2 + 1/2", half * 4, half + half)
    d.say("the mean loss of a student is a mean of first terms plus a floor that no student changes; it is 0 at ĉ = c")


@claim(
    "newton-needs-damping",
    sources=("bregman:4e", PAPER),
    statement=(
        "A full Newton step on a code, c − H⁻¹g with g = V'(f − x) and H = V' diag(f') V, can raise the loss. A short "
        "enough one does not: the loss falls along −H⁻¹g unless g = 0, so halving the step comes to an end."
    ),
)
def damping(d: Derivation) -> None:
    """One sigmoid unit for the counterexample, any number of codes for the descent."""
    loss = softplus(C) - C / 2
    step = (loss.diff(C) / loss.diff(C, 2)).subs(C, sp.log(9))
    d.equal("for x = 1/2, V = 1, m = 0 the step from c = log 9 is 40/9", step, sp.Rational(40, 9))
    d.equal("the loss is even in c", loss.subs(C, -C), loss)
    overshoot = sp.Rational(40, 9) - sp.log(9)
    farther = (
        "and strictly convex, so it rises with |c|: log 9 − 40/9 is farther from 0 than log 9, and its loss higher"
    )
    d.fails(farther, sp.Le(overshoot, sp.log(9), evaluate=False))
    factor, g = sp.MatrixSymbol("R", CODES, CODES), sp.MatrixSymbol("g", CODES, 1)
    definite = d.given(
        "H is positive definite, H = R'R with R invertible",
        sp.MatMul(factor.T, factor),
        dropped=sp.MatrixSymbol("H", CODES, CODES),
    )
    image = sp.MatMul(factor.T.I, g)
    d.equal("in any number of codes g'H⁻¹g = |R⁻ᵀg|²", sp.MatMul(g.T, definite.inverse(), g), sp.MatMul(image.T, image))
    d.say("so the slope of the loss along −H⁻¹g is −|R⁻ᵀg|², negative unless g = 0")
