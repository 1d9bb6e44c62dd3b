"""Entropy grows with temperature, dH/dT = Var_p(x)/T³, for any number of classes: what 'similar' means exactly."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation


@claim(
    "temperature-entropy",
    sources=("notes:48", "notes:57"),
    statement="p = softmax(x/T) over N classes, H = −Σ_j p_j log p_j: dH/dT = Var_p(x)/T³ ≥ 0 with Var_p(x) = Σ_j p_j "
    "x_j² − (Σ_j p_j x_j)², for every N. Heating makes the factors more similar, unless all logits are equal.",
)
def entropy(d: Derivation) -> None:
    """All classes enter through Z(β) = Σ_j exp(β x_j), β = 1/T, and its derivatives Z⁽ᵏ⁾ = Σ_j x_jᵏ exp(β x_j)."""
    beta = sp.Symbol("beta", positive=True)
    partition = sp.Function("Z", positive=True)(beta)
    mean, square = partition.diff(beta) / partition, partition.diff(beta, 2) / partition
    d.say("log p_j = β x_j − log Z, so H = log Z − β Σ_j p_j x_j; and Σ_j p_j x_j = Z′/Z, Σ_j p_j x_j² = Z″/Z")
    slope = sp.Derivative(sp.log(partition) - beta * mean, beta)
    d.equal("differentiate H in β; the bracket is the variance", slope, -beta * (square - mean**2))
    temperature = d.given(
        "the temperature is positive",
        sp.Symbol("T", positive=True),
        dropped=sp.Symbol("T", real=True, nonzero=True),
    )
    variance = sp.Symbol("V", nonnegative=True)
    inner = sp.Derivative(1 / temperature, temperature)
    d.equal("chain rule, β = 1/T and V = Var_p(x)", -variance / temperature * inner, variance / temperature**3)
    _variance_is_not_negative(d)
    d.holds("so the entropy does not fall", sp.Ge(variance / temperature**3, 0, evaluate=False))


def _variance_is_not_negative(d: Derivation) -> None:
    """Z Z″ ≥ Z′² by induction over the classes, each with a weight w > 0 and a value x."""
    z0, z1, z2, w, x = sp.symbols("Z_0 Z_1 Z_2 w x", real=True)
    d.equal("V ≥ 0 says Z Z″ ≥ Z′². One class of weight w = exp(β x): equality", w * (w * x**2), (w * x) ** 2)
    d.entails(
        "one class more, whatever its x: Z Z″ ≥ Z′² stays true, where Z_k = Z⁽ᵏ⁾ over the classes before it",
        (z0 + w) * (z2 + w * x**2) >= (z1 + w * x) ** 2,
        where=[z0 > 0, w > 0, z0 * z2 >= z1**2],
    )
    d.entails(
        "equality needs equality before and x equal to the mean Z′/Z before: V = 0 only where all logits are equal",
        sp.And(sp.Eq(z0 * z2, z1**2), sp.Eq(x * z0, z1)),
        where=[z0 > 0, w > 0, z0 * z2 >= z1**2, sp.Eq((z0 + w) * (z2 + w * x**2), (z1 + w * x) ** 2)],
    )
