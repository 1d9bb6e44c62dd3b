"""The exported layer y = f(Vc + m): what kind of layer it is, and how well codes stand for its outputs; any sizes."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .forms import PAPER, divergence, positive, sigmoid, softplus

UNITS, CODES, INPUTS = sp.symbols("d k n", integer=True, positive=True)


@claim(
    "exported-layer-is-dense",
    sources=("bregman:4d", PAPER),
    statement=(
        "y = f(Vc + m) is an ordinary dense layer with weights V (d × k), bias m and the teacher's transfer function. "
        "Its outputs lie in the range of f for every code, so later layers of the teacher can take them, and code 0 "
        "gives the mean activation. Behind a linear student c = Aφ + s it is the dense layer with weights VA and bias "
        "Vs + m."
    ),
)
def dense(d: Derivation) -> None:
    """A sigmoid layer for the range; matrix symbols of any size for the composition."""
    v, m = sp.MatrixSymbol("V", UNITS, CODES), sp.MatrixSymbol("m", UNITS, 1)
    a, phi, s = sp.MatrixSymbol("A", CODES, INPUTS), sp.MatrixSymbol("phi", INPUTS, 1), sp.MatrixSymbol("s", CODES, 1)
    d.equal(
        "the weights and the bias of both layers join",
        v * (a * phi + s) + m,
        sp.MatMul(v, a) * phi + (v * s + m),
    )
    mean = sp.Symbol("xbar", positive=True)
    z = sp.Symbol("z", real=True)
    output = d.given("the decoder ends in the transfer function, here the sigmoid", sigmoid(z), dropped=z)
    d.holds("its output is above 0 for every code", positive(output))
    d.holds("and below 1", positive(1 - output))
    d.fails("a linear decoder x̄ + Vc leaves the range: x̄ = 1/2, V = 1, c = −1", positive(sp.Rational(1, 2) - 1))
    at_mean = sp.log(mean) - sp.log(1 - mean)
    d.equal("code 0 gives f(m) = f(f⁻¹(x̄)) = x̄", sigmoid(at_mean), mean)


@claim(
    "code-loss-stands-for-layer-loss",
    sources=("bregman:4e", PAPER),
    statement=(
        "A student may be fitted to codes by least squares: its loss through the layer, D_F(m + Vĉ, m + Vc), lies "
        "between λ/2 and Λ/2 times |ĉ − c|² if the eigenvalues of V'HV lie between λ and Λ on the segment from m + Vc "
        "to m + Vĉ, H the Hessian of F; and it is at most β|V(ĉ − c)|²/2 for an elementwise f with f' ≤ β. The "
        "normalisation V'H(m)V = I makes it |ĉ − c|²/2 to second order near the mean only: about a fixed c the "
        "second-order term is (ĉ − c)'V'H(m + Vc)V(ĉ − c)/2."
    ),
)
def code_loss(d: Derivation) -> None:
    """One sigmoid unit for the counterexample; a segment in any number of units for the bounds."""
    t = sp.Symbol("t", real=True)
    d.say(
        "first, that the normalisation at m is not enough: sigmoid, d = k = 1, m = 0, f'(0) = 1/4, so V = 2 is "
        "normalised; let c = log(3)/2, so Vc = log 3, and ĉ = c + t"
    )
    through = divergence(softplus, sp.log(3) + 2 * t, sp.log(3))
    second = through.diff(t, 2).subs(t, 0)
    d.equal("the loss through the layer bends by V² f'(log 3)", second, 4 * sp.Rational(3, 16))
    d.differ("that of the codes by 1", second, 1)
    low, curvature, high, weight = sp.symbols("lambda q Lambda w", real=True)
    between = d.given(
        "on the segment from c to ĉ the curvature q of V'HV along ĉ − c lies between λ and Λ",
        [sp.Le(low, curvature), sp.Le(curvature, high)],
        dropped=[],
    )
    d.say("D_F = |ĉ − c|² ∫ (1 − t) q(t) dt over 0 ≤ t ≤ 1, the second form in divergence-is-not-negative")
    d.equal("the weights w = 1 − t integrate to 1/2", sp.Integral(1 - t, (t, 0, 1)), sp.Rational(1, 2))
    d.entails("and w q lies above w λ", low * weight <= curvature * weight, where=[*between, weight >= 0])
    d.entails("and below w Λ", curvature * weight <= high * weight, where=[*between, weight >= 0])
    d.say("so D_F/|ĉ − c|² lies between λ/2 and Λ/2; near the mean both tend to 1/2, since V'H(m)V = I")
    d.say("for an elementwise f with f' ≤ β, v'Hv ≤ β|v|² with v = V(ĉ − c), which gives the last bound")
