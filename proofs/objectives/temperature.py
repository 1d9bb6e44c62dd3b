"""Softmax at temperature T, for any number of classes: its gradient, its limit, and what heating does."""

import sympy as sp

from proofs.claims import Verdict, claim
from proofs.derivation import Derivation


@claim(
    "temperature-gradient",
    sources=("notes:48", "Hinton, Vinyals, Dean 2015"),
    statement="For q = softmax(z/T) and C = −Σ_j p_j log q_j: ∂C/∂z_i = (q_i − p_i)/T.",
    verdict=Verdict.ASSUMPTION,
    corrected="Holds if and only if the targets sum to 1; in general ∂C/∂z_i = (q_i Σ_j p_j − p_i)/T.",
)
def gradient(d: Derivation) -> None:
    """One logit z of any number is singled out; the others enter through S = Σ_{j≠i} exp(z_j/T) alone."""
    z, temperature = sp.symbols("z_i T", real=True, nonzero=True)
    others, target, mass = sp.symbols("S p_i P", positive=True)
    rest = d.given("the targets sum to 1: Σ_{j≠i} p_j = 1 − p_i", 1 - target, dropped=mass - target)
    d.say("log q_j = z_j/T − log(exp(z_i/T) + S); the terms Σ_{j≠i} p_j z_j do not depend on z_i")
    partition = sp.exp(z / temperature) + others
    cost = -target * (z / temperature - sp.log(partition)) + rest * sp.log(partition)
    q = sp.exp(z / temperature) / partition
    d.equal("differentiate C in z_i, all other logits fixed", sp.diff(cost, z), (q - target) / temperature)
