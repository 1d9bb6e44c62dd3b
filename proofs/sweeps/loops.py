"""Networks with loops have no canonical gauge: what the norms of the cores can do in its place."""

import sympy as sp
from sympy import MatrixSymbol

from proofs.claims import claim
from proofs.derivation import Derivation
from proofs.sweeps.frobenius import square, under


@claim(
    "ridge-with-loops",
    sources=("Hallam et al. 2018",),
    statement="In a network whose bonds join two cores each, loops or not, give all cores but one unit norm and that "
    "one the factors: the tensor is the same, and the squared norm of that core is the product Π of all squared "
    "norms, whichever core it is. So loss + ρ/2 Π is one objective for every visit. It bounds the ridge on the whole "
    "tensor: ‖W‖² ≤ Π.",
)
def product_of_norms(d: Derivation) -> None:
    """Two cores of any number are singled out; then one contraction of two tensors."""
    x, y, rest = sp.symbols("x y r", positive=True)
    norm = d.given(
        "all cores outside have unit norm, their factors being moved into the core that is solved for",
        lambda own, others: own * others,
        dropped=lambda own, others: own,
    )
    d.say("x and y: norms of cores i and j; r: the product of all other norms. The tensor is linear in every core")
    d.equal("the squared norm of the unknown, at core i and at core j", norm(x, y * rest) ** 2, norm(y, x * rest) ** 2)
    m = sp.Symbol("m", integer=True, positive=True)
    a, b = MatrixSymbol("a", m, 1), MatrixSymbol("b", m, 1)
    alpha, beta, gamma = sp.symbols("‖a‖² ‖b‖² aᵀb", real=True)
    one = sp.Identity(1)
    d.equal(
        "an entry of a contraction is a product of two vectors, and (Lagrange)",
        alpha * beta - gamma**2,
        square(a * b.T - b * a.T) / 2,
        by=under((a.T * a, alpha * one), (b.T * b, beta * one), (a.T * b, gamma * one)),
    )
    d.holds("which is not negative", sp.Ge(square(a * b.T - b * a.T) / 2, 0, evaluate=False))
    d.say(
        "added over all entries: the squared norm of a contraction is at most the product of both squared norms. Merge "
        "the cores one after another, each over all bonds to those before it: ‖W‖² ≤ Π"
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
