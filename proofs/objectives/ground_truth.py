"""The ground truth meets the student's final output, not its first layer, for any network and any loss."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation
from .shared import HINTON


@claim(
    "ground-truth-at-output",
    sources=("notes:34", "notes:38", HINTON),
    statement="The student loss compares the student's first layer with the ground truth y.",
    verdict=Verdict.CORRECTED,
    corrected="It compares the final output: L(y, softmax(z)). A loss on the first layer says nothing about any later "
    "weight (its gradient there is 0), is the same for students with opposite outputs, and is defined only if that "
    "layer happens to be as wide as y; the loss of the output has the gradient (q_k − y_k) h_i in a last-layer "
    "weight, q = softmax(z).",
)
def at_output(d: Derivation) -> None:
    """A later weight w enters the output of any network as some function g(h, w) of the first layer h."""
    x, w, y = sp.symbols("x w y", real=True)
    loss, first, later = sp.Function("L"), sp.Function("h")(x), sp.Function("g")
    read = d.given("the loss reads the first layer h(x) only", first, dropped=later(first, w))
    d.equal("any loss L of the first layer has no gradient in a later weight w", sp.diff(loss(read, y), w), 0)
    d.say("two students with the same first layer h = x and the outputs z = x and z = −x, sample x = 1, target 1")
    _counterexample(d)
    hidden, others, label = sp.symbols("h_i S y_k", positive=True)
    z = sp.Symbol("c", real=True) + w * hidden
    d.say("loss on the output: z_k = c + w h_i of the class k, S = Σ_{j≠k} exp(z_j), y sums to 1; w enters z_k only")
    q = sp.exp(z) / (sp.exp(z) + others)
    cost = -label * z + sp.log(sp.exp(z) + others)
    d.equal("its gradient in a weight w of the last layer", sp.diff(cost, w), (q - label) * hidden)


def _counterexample(d: Derivation) -> None:
    layer, target = sp.S.One, sp.S.One
    outputs = (layer, -layer)
    d.equal("squared loss of the first layer: 0 for both students", (layer - target) ** 2, 0)
    d.differ("squared loss of the output: 0 and 4", (outputs[0] - target) ** 2, (outputs[1] - target) ** 2)
