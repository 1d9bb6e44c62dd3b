"""What the linear maps of a network are for and what they hold, for any depth and any widths."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation


@claim(
    "depth-needs-nonlinearity",
    sources=("mpo:7a",),
    statement=(
        "A deep network alternates affine maps x ↦ Wx + b and nonlinear maps σ. The alternation is needed: without "
        "σ, L affine layers of any widths are one affine layer, whose matrix is W_L ⋯ W_1."
    ),
)
def depth(d: Derivation) -> None:
    """Induction over the layers; only the matrix and the shift of the layers so far enter."""
    m, n, k = sp.symbols("m n k", integer=True, positive=True)
    before, x, shift = sp.MatrixSymbol("A", m, k), sp.MatrixSymbol("x", k, 1), sp.MatrixSymbol("c", m, 1)
    weight, bias = sp.MatrixSymbol("W", n, m), sp.MatrixSymbol("b", n, 1)
    between = d.given(
        "nothing nonlinear stands between the layers: σ(s) = s on every unit",
        lambda units: units,
        dropped=lambda units: units.applyfunc(sp.Function("sigma")),
    )
    d.say("no layer at all is the affine map x ↦ 1x + 0; suppose the first l layers are one affine map x ↦ Ax + c")
    d.equal(
        "then a further layer, weights W and biases b, makes them the affine map with the matrix WA and the shift Wc + "
        "b, so by induction L layers have the matrix W_L ⋯ W_1",
        between(weight * (before * x + shift) + bias),
        weight * before * x + (weight * shift + bias),
    )
    s = sp.Symbol("s", real=True)
    relu_sum = sp.Lambda(s, sp.Max(s, 0) + sp.Max(-s, 0))
    d.differ(
        "with σ = ReLU two layers already make max(s, 0) + max(−s, 0) = |s|, which is not affine: its value at 0 is "
        "not the mean of those at ±1",
        relu_sum(0),
        (relu_sum(1) + relu_sum(-1)) / 2,
    )


@claim(
    "linear-maps-hold-the-parameters",
    sources=("mpo:7b",),
    statement="The linear maps of a network (fully connected and convolutional) hold most of its trained numbers.",
    verdict=Verdict.ASSUMPTION,
    corrected=(
        "Holds if every unit (or channel) has more weights f than other trained numbers e: bias, scale and shift of "
        "a normalisation, slope of a transfer function. The weights' share is then at least the least f/(f + e) > "
        "1/2: a bias alone needs f ≥ 2, a bias and batch normalisation f ≥ 4. LeNet-5 with a bias on every unit: "
        "61,470 of 61,706."
    ),
)
def parameters(d: Derivation) -> None:
    """One layer of m units is added to a network of any depth, which enters through its weights W and the rest O."""
    m, weights, others, least = sp.symbols("m W O r", positive=True)
    e = sp.Symbol("e", nonnegative=True)
    surplus = d.given(
        "a unit has more weights than other trained numbers: f = e + g with g > 0",
        sp.Symbol("g", positive=True),
        dropped=sp.Symbol("g", real=True),
    )
    fan_in = e + surplus
    d.holds("within a layer weights are the larger part", sp.Gt(fan_in / (fan_in + e), sp.Rational(1, 2)))
    d.equal(
        "what the weights of the larger network are above a share r splits into the network's part and the layer's",
        (weights + m * fan_in) - least * (weights + others + m * (fan_in + e)),
        (weights - least * (weights + others)) + m * (fan_in - least * (fan_in + e)),
    )
    d.say("both parts are ≥ 0 if r is the least share of a layer, so by induction over the layers it bounds the whole")
    d.equal("LeNet-5, weights", sp.Add(150, 2400, 48_000, 10_080, 840, evaluate=False), 61_470)
    d.equal("LeNet-5, biases", sp.Add(6, 16, 120, 84, 10, evaluate=False), 236)
    channels = sp.Symbol("c", integer=True, positive=True)
    d.say("ReLU, max-pooling and softmax have no numbers to train")
    d.holds(
        "a channel of a 3 × 3 convolution of c channels, as in VGG, ResNet and DenseNet: f = 9c against a bias, "
        "scale and shift of its output, and even all 2c scales and shifts of its inputs",
        sp.Gt(9 * channels, 3 + 2 * channels, evaluate=False),
    )
    d.fails(
        "the condition is needed: units of one weight, a bias and a trained slope (f = 1, e = 2)",
        sp.Gt(sp.Rational(1, 1 + 2), sp.Rational(1, 2), evaluate=False),
    )
