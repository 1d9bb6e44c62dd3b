"""Targets at the ends of the range of a transfer function: whether the matching loss is still finite there."""

import sympy as sp

from proofs.bregman.forms import PAPER
from proofs.claims import Verdict, claim
from proofs.derivation import Derivation

Y = sp.Symbol("y", real=True)


@claim(
    "loss-at-the-ends-of-the-range",
    sources=("bregman:4a", PAPER),
    statement=(
        "In the form F(â) + F*(y) − yâ the matching loss is finite for targets on the boundary of the range of f, "
        "where f⁻¹(y) is infinite."
    ),
    verdict=Verdict.CORRECTED,
    corrected=(
        "True for sigmoid, tanh, a/√(1+a²), exp, ELU and softplus; false for arctan, where F*(y) = −log cos y → ∞ as "
        "y → π/2. F* is finite at an end if and only if its derivative f⁻¹ has a finite integral up to there."
    ),
)
def ends(d: Derivation) -> None:
    """F* is continuous on its closed domain, so its limits are its values."""
    y = d.given("the target lies in the range of the sigmoid", Y, dropped=1 + sp.Symbol("s", positive=True))
    d.say("F* is convex and a supremum of lines, so at an end of the range its value is its limit from inside")
    entropy = y * sp.log(y) + (1 - y) * sp.log(1 - y)
    bits = ((1 + Y) * sp.log(1 + Y) + (1 - Y) * sp.log(1 - Y)) / 2
    d.equal("sigmoid: 0 at the lower end, so hard labels are allowed", sp.Limit(entropy, Y, 0, "+"), sp.Integer(0))
    d.equal("and at the upper end", sp.Limit(entropy, Y, 1, "-"), sp.Integer(0))
    d.equal("tanh: log 2 at the upper end, and by symmetry at the lower", sp.Limit(bits, Y, 1, "-"), sp.log(2))
    d.equal("a/√(1+a²): 0 at both ends", sp.Limit(-sp.sqrt(1 - Y**2), Y, 1, "-"), sp.Integer(0))
    d.equal("exp: 0 at the lower end", sp.Limit(Y * sp.log(Y) - Y, Y, 0, "+"), sp.Integer(0))
    d.equal("ELU: 1 at the lower end", sp.Limit((1 + Y) * sp.log(1 + Y) - Y, Y, -1, "+"), sp.Integer(1))
    d.equal(
        "softplus: y log(eʸ−1) + Li₂(1−eʸ) tends to 0 + Li₂(0) = 0 at the lower end",
        sp.Limit(Y * sp.log(sp.exp(Y) - 1), Y, 0, "+"),
        sp.polylog(2, 0),
    )
    exceeds = sp.Le(-sp.log(sp.exp(-101)), 100, evaluate=False)
    d.fails("arctan: F*(y) = −log cos y is above 100 where cos y = e⁻¹⁰¹", exceeds)
    reciprocal = sp.Limit(-1 / sp.log(sp.cos(Y)), Y, sp.pi / 2, "-")
    d.equal("and above any bound near π/2: 1/F* tends to 0", reciprocal, sp.Integer(0))
    d.say("the loss exceeds every bound with F*, since F(â) − yâ is finite at every â")
