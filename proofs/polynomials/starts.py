"""Which starts of a long chain of [1, x] or [x, 1 − x] stay of size one, for any number of sites."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation


@claim(
    "identity-start",
    sources=("Miller, TorchMPS",),
    statement=(
        "Identity matrices in both slices, A⁰ = A¹ = I on every site, start a tensor train at the constant function 1 "
        "if the entries of the site vectors sum to 1, as those of [x, 1 − x]. With φ = [1, x] the start is ∏_k (1 + "
        "x_k), 2ⁿ at x = (1, …, 1); there A⁰ = I, A¹ = 0 is the constant."
    ),
)
def identity(d: Derivation) -> None:
    """The site matrix is Σᵢ φᵢ(x) times the identity, so sizes multiply site by site; the boundary vectors give 1."""
    n = sp.Symbol("n", integer=True, nonnegative=True)
    x = sp.Symbol("x")
    d.differ("φ = [1, x], n = 2, x = (1, 1): the start is 4, not 1", (1 + 1) ** 2, 1)
    phi = d.given("the entries of φ sum to 1: φ = [x, 1 − x]", [x, 1 - x], dropped=[sp.Integer(1), x])
    d.induction(
        "A⁰ = A¹ = I: every site multiplies by the sum of the entries of its site vector",
        n,
        base=(0, sp.Integer(1)),
        step=lambda value, _: value * sum(phi),
        closed=sp.Integer(1),
    )
    d.say("for φ = [1, x] that sum is 1 + x_k, and the start ∏_k (1 + x_k); with A¹ = 0 every site multiplies by 1")
    white = sp.Gt(sp.Pow(2, 784, evaluate=False), sp.Pow(10, 236, evaluate=False), evaluate=False)
    d.holds("on 784 white pixels, x_k = 1, it is", white)
