"""Where the alternation starts: for activations of small spread the best directions are those of a whitened PCA."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .forms import PAPER

T = sp.Symbol("t", real=True)


@claim(
    "small-spread-is-whitened-pca",
    sources=("bregman:4c", PAPER),
    statement=(
        "For activations x_i = x̄ + t ξ_i of mean x̄ = f(m), the loss of codes t c_i is t² |H^½ V c_i − H^(−½) ξ_i|²/2 "
        "+ O(t³) with H = H(m) positive definite. To leading order a best V is H^(−½) U, with U the k leading "
        "eigenvectors of the covariance of H^(−½) ξ; it has V'HV = I, and the mean loss is t²/2 times the sum of the "
        "other eigenvalues. For any number of units."
    ),
)
def small_spread(d: Derivation) -> None:
    """One unit; an elementwise H is diagonal, and a rotation of the units makes any other H so without changing D_F."""
    mean, value, height, code, change = sp.symbols("m f_0 F_0 u xi", real=True)
    h = sp.Symbol("h", positive=True)
    start = d.given("m is taken to the mean activation: f(m) = x̄", value, dropped=sp.Symbol("x̄", real=True))
    d.say("to second order F(m + s) = F_0 + f_0 s + h s²/2, and F*(f_0 + r) = m f_0 − F_0 + m r + r²/(2h)")
    d.say(
        "since the derivative of F* is f⁻¹, and f⁻¹(f_0 + r) = m + r/h to first order; here u is the unit's entry of Vc"
    )
    shift = start + T * change - value
    potential = height + value * T * code + h * (T * code) ** 2 / 2
    conjugate = mean * value - height + mean * shift + shift**2 / (2 * h)
    loss = sp.expand(potential + conjugate - (start + T * change) * (mean + T * code))
    square = (sp.sqrt(h) * code - change / sp.sqrt(h)) ** 2 / 2
    d.equal("F(m + t u) + F*(x̄ + t ξ) − (x̄ + t ξ)(m + t u) is a square", loss, T**2 * square)
    d.say("a rotation of the units makes any H diagonal and changes no D_F, so f need not be elementwise")
    d.say("so with U = H^½ V the sum over units is |U c − H^(−½) ξ|² t²/2: PCA of H^(−½) ξ around its mean 0")
    d.say("by identity-gives-pca U is orthonormal, so V'HV = U'U = I, and half the other eigenvalues are left")
