"""[1, x₁] ⊗ … ⊗ [1, x_n] is a basis of the functions that are affine in each variable, for any n."""

from itertools import product
from math import prod
from operator import le

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation


@claim(
    "multiaffine-basis",
    sources=("draft:23", "draft:47", "draft:51"),
    statement=(
        "f: ℝⁿ → ℝ^(2ⁿ), f(x) = [1, x₁] ⊗ … ⊗ [1, x_n], holds a basis of the multilinear functions of n variables, "
        "functions linear in each variable."
    ),
    verdict=Verdict.CORRECTED,
    corrected=(
        "It is a basis, of dimension 2ⁿ, of the multi-affine functions (affine in each variable): all products of "
        "distinct variables. Multilinear in the strict sense are only the multiples of x₁x₂⋯x_n: dimension 1."
    ),
)
def basis(d: Derivation) -> None:
    """One variable t is singled out; what multiplies its powers are functions of the others."""
    n = sp.Symbol("n", integer=True, nonnegative=True)
    t, u, v, q = sp.symbols("t u v q")
    d.differ("the entry 1 of f is not linear: at 2x it is 1, not 2·1", 1, 2 * 1)
    f = d.given("f is affine in t", lambda s: u + v * s, dropped=lambda s: u + v * s + q * s**2)
    d.equal("its values at 0 and 1 determine it for all t", f(t), f(0) + t * (f(1) - f(0)))
    d.say(
        "f(0) and f(1) − f(0) are again affine in each of the other variables; so, variable by variable, f is a "
        "combination of products of distinct variables: the entries of Φ span"
    )
    d.say(
        "if f = 0 everywhere, then f(0) = 0 and f(1) − f(0) = 0: all coefficients vanish, the entries are independent"
    )
    d.induction(
        "a multi-affine function of n + 1 variables is a pair (f(0), f(1) − f(0)) of such functions of n: the "
        "dimension",
        n,
        base=(0, sp.Integer(1)),
        step=lambda dimension, _: 2 * dimension,
        closed=2**n,
    )
    scale = sp.Symbol("lambda")
    d.equal(
        "strictly linear is u + vλt = λ(u + vt) for all λ, which needs u = 0 and leaves one function v of the others",
        u + v * scale * t - scale * (u + v * t),
        u * (1 - scale),
    )
    d.say("so each variable contributes the factor x_k and no choice: v(x₁, …, x_n) = c x₁x₂⋯x_n")
    corners = list(product((0, 1), repeat=3))
    values = sp.Matrix([[prod(map(pow, corner, word)) for word in corners] for corner in corners])
    d.equal(
        "illustration, n = 3: the eight monomials at the eight corners of the cube have the determinant",
        values.det(),
        1,
    )


@claim(
    "instances",
    sources=("draft:51",),
    statement=(
        "θ ↦ m(f, θ) = Σ_S θ_S ∏_{k∈S} x_k maps ℝ^(2ⁿ) linearly into the functions of n distinct variables, and no "
        "two θ give one function: θ_S = Σ_{R⊆S} (−1)^|S∖R| m(f, θ)(1_R), 1_R the corner of the cube with ones at R."
    ),
)
def instances(d: Derivation) -> None:
    """One variable t is singled out: m = u + vt, with u and v instances in the others; corners add up with signs."""
    u, v = sp.symbols("u v")
    d.say("m is linear in θ, a sum of products of its entries with functions of x; it remains to find θ from m")
    others = d.given(
        "t is none of the other variables: u and v stay as they are while t is set to 0 and to 1",
        lambda _: (u, v),
        dropped=lambda t: (sp.Function("u")(t), sp.Function("v")(t)),
    )
    low, high = (others(t)[0] + others(t)[1] * t for t in (0, 1))
    d.equal("the values of m at t = 0 and t = 1 tell u and v", sp.Matrix([low, high - low]), sp.Matrix([u, v]))
    d.say(
        "repeat this for u and v in the next variable: in all, a sign −1 for each variable of S that is set to 0 "
        "(not in R)"
    )
    words = list(product((0, 1), repeat=3))
    theta = {word: sp.Symbol("theta_" + "".join(map(str, word))) for word in words}

    def instance(point: tuple[int, ...]) -> sp.Expr:
        return sum(theta[word] * prod(map(pow, point, word)) for word in words)

    def signed(word: tuple[int, ...]) -> sp.Expr:
        corners = [corner for corner in words if all(map(le, corner, word))]
        return sum((-1) ** (sum(word) - sum(corner)) * instance(corner) for corner in corners)

    d.enumerate(
        "illustration, n = 3: the signed sum is θ_S for every S", words, lambda word: signed(word) == theta[word]
    )
