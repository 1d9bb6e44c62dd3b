"""What a tangent kernel is a function of, and how many dimensions its feature map needs; any network."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation


@claim(
    "kernel-takes-pairs",
    sources=("notes:167", "Jacot, Gabriel, Hongler 2018"),
    statement="The network can be thought of as a kernel function that maps ℝᵈ → ℝᵏ with k ≫ d.",
    verdict=Verdict.CORRECTED,
    corrected="The network f maps ℝᵈ → ℝᵏ with k outputs, large or small. Its feature map x ↦ J(x) = ∂f(x)/∂θ goes to "
    "ℝᵏˣᴾ, one column a parameter, as a rule P ≫ d; its kernel ker(x, x') = J(x)J(x')ᵀ maps ℝᵈ × ℝᵈ → ℝᵏˣᵏ, a number "
    "for k = 1. H on n samples is singular if nk > P: with a fixed kernel labels of every kind need P ≥ nk.",
)
def pairs(d: Derivation) -> None:
    """The Jacobian at an input is a matrix symbol of k rows, one an output, and P columns, one a parameter."""
    k, size = sp.symbols("k P", integer=True, positive=True)
    here, there = sp.MatrixSymbol("J_x", k, size), sp.MatrixSymbol("J_x'", k, size)
    v, w, x = sp.symbols("v w x", real=True)
    second, again = d.given(
        "both inputs are seen through one feature map, at the same θ",
        (there, here),
        dropped=(sp.MatrixSymbol("G_x'", k, size), sp.MatrixSymbol("G_x", k, size)),
    )
    kernel = here * second.T
    d.equal(
        "the numbers of rows and columns of ker(x, x') = J(x)J(x')ᵀ", sp.Matrix([kernel.shape]), sp.Matrix([[k, k]])
    )
    d.equal("exchanging the inputs transposes it: ker(x, x')ᵀ = ker(x', x)", kernel.T, there * again.T)
    d.differ(
        "for f = vwx, one input and one output, the feature map has more entries than the network has outputs",
        len(sp.Matrix([v * w * x]).jacobian([v, w])),
        1,
    )
    value = (v * w * x).subs({v: 1, w: 1, x: -1})
    d.fails("and is no kernel, for which ker(x, x) ≥ 0: at v = w = 1, x = −1", sp.Ge(value, 0, evaluate=False))
    units, inputs, outputs = sp.symbols("m d k", integer=True, positive=True)
    d.equal(
        "two layers of width m ≥ 1 have md + mk parameters, more than d, since (m − 1)d + mk > 0",
        units * inputs + units * outputs - inputs,
        (units - 1) * inputs + units * outputs,
    )
    d.say(
        "If nk > P, then Jᵀv = 0, P equations in nk unknowns, has a solution v ≠ 0, and Hv = JJᵀv = 0: with a fixed "
        "kernel the flow leaves the error along v as it is (claim constant-kernel-flow)."
    )
    jacobian = sp.Matrix(3, 2, sp.symbols("j:6", real=True))
    d.equal("as for 3 samples, 1 output and 2 parameters: det H", sp.Determinant(jacobian * jacobian.T), 0)
