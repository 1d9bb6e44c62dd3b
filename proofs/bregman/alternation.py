"""A sweep of Bregman PCA: what separates, what its steps guarantee, what re-fitting the mean does; any sizes."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .forms import PAPER, POTENTIAL, slope


@claim(
    "directions-separate-by-units",
    sources=("bregman:4c", PAPER),
    statement=(
        "With the codes held fixed and an elementwise transfer function, the loss Σ_i F(m + Vc_i) − x_i·(m + Vc_i) is "
        "a sum over units of convex functions of one row of [V, m] each: d regressions in k + 1 unknowns. Softmax "
        "couples the rows u ≠ w by the blocks −Σ_i p_u p_w c_i c_i'."
    ),
)
def separate(d: Derivation) -> None:
    """One entry of each of two rows varies, at one sample; whatever stays fixed enters through symbols."""
    first, second, code, other_code, here, there = sp.symbols("v_u v_w c_j c_l z_u z_w", real=True)
    unit, other = here + first * code, there + second * other_code
    others = sp.Symbol("S", nonnegative=True)
    total = sp.exp(unit) + sp.exp(other) + others
    softmax = sp.log(total)
    elementwise = POTENTIAL(unit) + sp.Function("G", real=True)(other)
    d.say("vary entry j of row u and entry l of row w of V; the fixed rest of these pre-activations is z_u and z_w")
    potential = d.given("the transfer function is elementwise", elementwise, dropped=softmax)
    d.equal("no second derivative mixes the two rows", sp.Derivative(potential, first, second), sp.Integer(0))
    bend = slope(POTENTIAL, unit, 2)
    d.equal("within a row it is f' c_j²", sp.Derivative(POTENTIAL(unit), (first, 2)), bend * code**2)
    d.say("f' ≥ 0, so a sample adds the semidefinite f' cc' in each row: convex; −x·z is linear and changes nothing")
    mixed = softmax.diff(first, second)
    shares = sp.exp(unit) / total, sp.exp(other) / total
    d.say("softmax has F = log(exp a_u + exp a_w + S), S the sum over all other classes")
    d.equal("it mixes the rows, by −p_u p_w c_j c_l", mixed, -shares[0] * shares[1] * code * other_code)
    tie = {first: 0, second: 0, here: 0, there: 0, others: 0, code: 1, other_code: 1}
    d.differ("which is not 0, for instance for two equal logits and c = 1", mixed.subs(tie), 0)


@claim(
    "sweep-never-raises-the-loss",
    sources=("bregman:4b", "bregman:4c", PAPER),
    statement=(
        "A sweep of Bregman PCA - damped steps on the codes, damped steps on the directions and the mean, generalised "
        "QR with R absorbed into the codes - never raises the mean loss, so the losses of the sweeps converge."
    ),
)
def sweep(d: Derivation) -> None:
    """The loss after each of the three steps as a number; there may be any number of samples and units."""
    start, coded, turned, end = sp.symbols("L_0 L_1 L_2 L_3", real=True)
    slack = d.given(
        "a step is only taken where it does not raise its own block of the loss",
        sp.Integer(0),
        dropped=sp.Symbol("epsilon", positive=True),
    )
    d.say("codes: the loss is a sum over samples, and each code lowers its own term (newton-needs-damping): L_1 ≤ L_0")
    d.say("directions and mean: a sum over units, or one convex function of all rows: L_2 ≤ L_1")
    d.say("generalised QR with R absorbed leaves every Vc + m (absorbed-factor-is-a-gauge): L_3 = L_2")
    where = [sp.Le(coded, start + slack), sp.Le(turned, coded + slack), sp.Eq(end, turned)]
    d.entails("a sweep ends no higher than it began", sp.Le(end, start), where=where)
    d.say("no loss is negative (divergence-is-not-negative), so the falling sequence has a limit")
    v, first, second, m = unknowns = sp.symbols("v c_1 c_2 m", real=True)
    loss = ((1 - m - v * first) ** 2 + (-1 - m - v * second) ** 2) / 2
    d.equal(
        "which need not be the minimum: f = id, one unit, x = ±1. At V = c = m = 0 no step finds a slope",
        sp.Matrix([loss]).jacobian(unknowns).subs(dict.fromkeys(unknowns, 0)),
        sp.zeros(1, 4),
    )
    least = loss.subs({v: 1, first: 1, second: -1, m: 0})
    d.differ("though the loss is 1 there and 0 at V = 1, c = ±1", loss.subs(dict.fromkeys(unknowns, 0)), least)


@claim(
    "refitted-mean",
    sources=("bregman:4b", PAPER),
    statement=(
        "Re-fitting m together with the directions, by a constant 1 appended to each code, makes the mean of the "
        "reconstructions f(m + Vc_i) the mean of the activations x_i; m is then no longer f⁻¹(mean of x_i) in general."
    ),
)
def refitted(d: Derivation) -> None:
    """One unit; one sample of any number is singled out, since the loss is a sum over samples."""
    mean, reach, target = sp.symbols("m v·c_i x_i", real=True)
    column = d.given("the appended column is constant", sp.Integer(1), dropped=sp.Symbol("s_i", real=True))
    loss = POTENTIAL(mean * column + reach) - target * (mean * column + reach)
    prediction = slope(POTENTIAL, mean + reach)
    d.say("[V, m] times (c_i, 1) is Vc_i + m: the mean is one more direction, whose codes are all 1")
    d.equal(
        "each sample adds f(m + v·c_i) − x_i to the derivative in m", sp.Derivative(loss, mean), prediction - target
    )
    d.say("at the optimum the sum over samples is 0: Σ f(m + Vc_i) = Σ x_i, unit by unit")
    size = sp.Symbol("v", positive=True)
    average = (sp.exp(mean + size) + sp.exp(mean - size)) / 2
    d.equal(
        "for f = exp, activations exp(m ± v) are fitted without error by codes ±1; their mean is eᵐ cosh v",
        average,
        sp.exp(mean) * sp.cosh(size),
    )
    d.differ("at v = 1 that is not f(m) = eᵐ, as bregman-mean would have it", sp.cosh(1), 1)
    d.equal(
        "for f = id it is m, whatever the spread: there the two means agree", ((mean + size) + (mean - size)) / 2, mean
    )
