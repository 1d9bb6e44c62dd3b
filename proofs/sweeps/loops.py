"""Networks with loops have no canonical gauge: what the norms of the cores can do in its place."""

import sympy as sp
from sympy import MatrixSymbol

from ..claims import claim
from ..derivation import Derivation
from .frobenius import square, under


@claim(
    "ridge-with-loops",
    sources=("Hallam et al. 2018",),
    statement="In a network whose bonds join two different cores each, loops or not, give all cores but one unit norm "
    "and that one their norms as factors: the tensor W is the same, and the squared norm of that core is the product Π "
    "of all squared norms, whichever core it is. So loss + ρ/2 Π is one objective for every visit. It bounds the ridge "
    "on the whole tensor: ‖W‖² ≤ Π.",
)
def product_of_norms(d: Derivation) -> None:
    """Norms moved into one core; then one contraction of two tensors, entry by entry."""
    m = sp.Symbol("m", integer=True, positive=True)
    a, b = MatrixSymbol("a", m, 1), MatrixSymbol("b", m, 1)
    alpha, beta, gamma = sp.symbols("‖a‖² ‖b‖² aᵀb", real=True)
    length, rest = sp.symbols("‖a‖ r", nonnegative=True)
    d.say("the tensor is linear in every core, so a factor may be taken out of one core and put into another")
    d.equal(
        "a core b times the norms ‖a‖ and r of all others has the squared norm Π, and so has a times ‖b‖ and r",
        square(length * rest * b),
        length**2 * beta * rest**2,
        by=under((b.T * b, beta * sp.Identity(1))),
    )
    counted = d.given(
        "a bond joins two different cores, and both norms are in Π; a loop from a core to itself meets b = vec I, "
        "which is not",
        alpha * beta,
        dropped=alpha,
    )
    one = sp.Identity(1)
    rules = under((a.T * a, alpha * one), (b.T * b, beta * one), (a.T * b, gamma * one))
    gap = square(a * b.T - b * a.T) / 2
    d.equal(
        "an entry of a contraction is a product aᵀb of two vectors, and (Lagrange)", counted - gamma**2, gap, by=rules
    )
    d.holds("which is not negative", sp.Ge(gap, 0, evaluate=False))
    d.say(
        "added over all entries: the squared norm of a contraction is at most the product of both squared norms. Merge "
        "the cores one after another, each over all bonds to those before it: ‖W‖² ≤ Π"
    )
    d.fails(
        "with a loop at one core it fails: W = tr I = 2, but Π = ‖I‖² = 2",
        sp.Le(sp.eye(2).trace() ** 2, sum(entry**2 for entry in sp.eye(2)), evaluate=False),
    )


@claim(
    "equal-norms-are-least",
    sources=("Hardy, Littlewood, Pólya 1934",),
    statement="Of all ways to share a given product of n norms among n factors, equal norms have the least sum of "
    "squares, for any n: evening out the factors of a term changes no tensor and raises no Σ ‖factor‖².",
)
def equal_norms(d: Derivation) -> None:
    """Each squared norm is g e^t with g the geometric mean; eᵗ lies above its tangent at 0."""
    u, g, n = sp.symbols("u g n", positive=True)
    excess = u - 1 - sp.log(u)
    d.say("let g be the geometric mean of the n squared norms, and g u_k these norms")
    d.equal("u − 1 − log u is zero at u = 1 and has the derivative", sp.diff(excess, u), 1 - 1 / u)
    d.holds("which has the sign of u − 1", sp.Ge(sp.factor((1 - 1 / u) * (u - 1)), 0, evaluate=False))
    d.say("so u ≥ 1 + log u for all u > 0, with equality at u = 1 alone")
    logs = d.given("g is the geometric mean: Σ log u_k = 0", sp.Integer(0), dropped=sp.Symbol("ℓ", real=True))
    spare = sp.Symbol("e", nonnegative=True)
    total = g * (n + logs + spare)
    d.holds("added over n factors, Σ g u_k is at least n g", sp.Ge(total, n * g, evaluate=False))
    d.say("n g is what n equal norms have")
