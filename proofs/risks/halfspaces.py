"""Affine classifiers on d inputs shatter d + 1 points and no d + 2: what an affine student can memorise; all d."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation


@claim(
    "affine-vc-dimension",
    sources=("notes:142", "Radon 1921; Vapnik, Chervonenkis 1971"),
    statement="The classifiers x ↦ [w·x + b > 0] on ℝᵈ have VC dimension exactly d + 1: some d + 1 points take all "
    "2ᵈ⁺¹ labellings, no d + 2 points do.",
)
def affine(d: Derivation) -> None:
    """A simplex below, Radon's theorem above."""
    origin, vertex = sp.symbols("s_0 s_i", real=True)
    d.say("points 0, e_1, ..., e_d with any labels s_0, ..., s_d = ±1; take b = s_0 and w_i = s_i − s_0")
    d.equal(
        "the value at e_i is w_i + b, and at 0 it is b = s_0: every labelling is taken",
        sp.Add(vertex - origin, origin, evaluate=False),
        vertex,
    )
    size = sp.Symbol("d", integer=True, positive=True)
    points = d.given("there are m = d + 2 points", size + 2, dropped=sp.Symbol("m", integer=True, positive=True))
    d.holds(
        "Σ λ_i x_i = 0 and Σ λ_i = 0 are d + 1 equations for m unknowns: fewer, so some λ ≠ 0 solves them",
        sp.Gt(points, size + 1, evaluate=False),
    )
    rows, weights = sp.MatrixSymbol("X", points, size), sp.MatrixSymbol("w", size, 1)
    factors, ones, offset = sp.MatrixSymbol("lambda", points, 1), sp.OneMatrix(points, 1), sp.Symbol("b", real=True)
    d.equal(
        "weighting the values of an affine function by λ leaves w·(Σ λ_i x_i) + b Σ λ_i, which is 0",
        factors.T * (rows * weights + offset * ones),
        (rows.T * factors).T * weights + offset * (factors.T * ones),
    )
    weight, value = sp.symbols("lambda_i v_i", real=True)
    d.say("label 1 where λ_i > 0, label 0 elsewhere; there is an i with λ_i > 0, as λ ≠ 0 sums to 0. Were it taken:")
    d.entails("a point with label 1 adds a positive term", weight * value > 0, where=[weight > 0, value > 0])
    d.entails("a point with label 0 adds none below 0", weight * value >= 0, where=[weight <= 0, value <= 0])
    d.say("the sum would be positive and not 0: this labelling is not taken")
    w, x, y, z = sp.symbols("w x y z", real=True)
    d.entails(
        "illustration, d = 1: no affine function is positive at x and z alone of x < y < z",
        sp.false,
        where=[x < y, y < z, w * x + offset > 0, w * y + offset <= 0, w * z + offset > 0],
    )
