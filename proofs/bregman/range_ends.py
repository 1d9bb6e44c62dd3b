"""Targets at the ends of the range of a transfer function: whether the matching loss is still finite there."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .forms import PAPER

Y = sp.Symbol("y", real=True)


@claim(
    "loss-at-the-ends-of-the-range",
    sources=("bregman:4a", PAPER),
    statement=(
        "At an end e of the range of f, which a teacher may reach in finite precision and where f⁻¹ is infinite, the "
        "matching loss F(â) + F*(e) − eâ is finite if and only if f approaches e fast enough for e − f(a) to have a "
        "finite integral, as (1+a)^(−p) has for p > 1. It is finite for sigmoid, tanh, a/√(1+a²), exp, ELU and "
        "softplus, and infinite for arctan, where F*(y) = −log cos y → ∞ as y → π/2."
    ),
)
def ends(d: Derivation) -> None:
    """The criterion for the upper end of one unit; then the conjugates of the transfer functions, at their ends."""
    a = sp.Symbol("a", positive=True)
    d.say("F*(e) = sup_a ea − F(a), of which the derivative is e − f(a) > 0: F*(e) + F(0) is its integral over a > 0")
    power = d.given(
        "f approaches its end faster than 1/a, e − f(a) = (1+a)^(−p) with p > 1",
        1 + sp.Symbol("s", positive=True),
        dropped=sp.Symbol("p", positive=True),
    )
    d.equal("for p = 1 + s it is finite", sp.Integral((1 + a) ** -power, (a, 0, sp.oo)), 1 / (power - 1))
    d.say("F* is convex and a supremum of lines, so at an end of the range its value is its limit from inside")
    entropy = Y * sp.log(Y) + (1 - Y) * sp.log(1 - Y)
    bits = ((1 + Y) * sp.log(1 + Y) + (1 - Y) * sp.log(1 - Y)) / 2
    d.equal("sigmoid: 0 at the lower end, so hard labels are allowed", sp.Limit(entropy, Y, 0, "+"), sp.Integer(0))
    d.equal("and at the upper end", sp.Limit(entropy, Y, 1, "-"), sp.Integer(0))
    d.equal("tanh: log 2 at the upper end, and by symmetry at the lower", sp.Limit(bits, Y, 1, "-"), sp.log(2))
    d.equal("a/√(1+a²): 0 at both ends", sp.Limit(-sp.sqrt(1 - Y**2), Y, 1, "-"), sp.Integer(0))
    d.equal("exp: 0 at the lower end", sp.Limit(Y * sp.log(Y) - Y, Y, 0, "+"), sp.Integer(0))
    d.equal("ELU, α = 1: 1 at the lower end", sp.Limit((1 + Y) * sp.log(1 + Y) - Y, Y, -1, "+"), sp.Integer(1))
    d.equal(
        "softplus: y log(eʸ−1) + Li₂(1−eʸ) at the lower end has a first term that tends to 0, and Li₂(0) = 0",
        sp.Limit(Y * sp.log(sp.exp(Y) - 1), Y, 0, "+"),
        sp.Integer(0),
    )
    reciprocal = sp.Limit(-1 / sp.log(sp.cos(Y)), Y, sp.pi / 2, "-")
    d.equal("arctan: F*(y) = −log cos y is above any bound near π/2, as 1/F* tends to 0", reciprocal, sp.Integer(0))
    d.say("there the loss exceeds every bound with F*, since F(â) − yâ is finite at every â")
