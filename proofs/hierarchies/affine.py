"""What the linear maps of a network are for and what they hold, for any depth and any widths."""

import sympy as sp

from proofs.claims import Verdict, claim
from proofs.derivation import Derivation


@claim(
    "depth-needs-nonlinearity",
    sources=("mpo:7a",),
    statement=(
        "A deep network alternates affine maps x ↦ Wx + b and nonlinear maps σ. The alternation is needed: without "
        "σ, L affine layers of any widths are one affine layer, whose matrix is W_L ⋯ W_1."
    ),
)
def depth(d: Derivation) -> None:
    """Induction over the layers; one unit of the next layer is singled out."""
    m, n, k = sp.symbols("m n k", integer=True, positive=True)
    share, u, v, bias, s = sp.symbols("t u v b s")
    between = d.given(
        "nothing nonlinear stands between the layers: σ(s) = s", sp.Lambda(s, s), dropped=sp.Function("sigma")
    )
    d.say(
        "a map h is affine if h(t x + (1 − t) y) = t h(x) + (1 − t) h(y) for all x, y and t; no layer at all, h(x) = "
        "x, is affine, and the first layers are so by the induction hypothesis: p = h(x), q = h(y)"
    )
    row, p, q = sp.MatrixSymbol("w", 1, m), sp.MatrixSymbol("p", m, 1), sp.MatrixSymbol("q", m, 1)
    d.equal(
        "a unit of the next layer weighs them by its row w of W",
        row * (share * p + (1 - share) * q),
        share * row * p + (1 - share) * row * q,
    )
    d.equal(
        "with u = w p, v = w q and the bias b the unit is affine as well, so every layer is",
        between(share * u + (1 - share) * v + bias),
        share * between(u + bias) + (1 - share) * between(v + bias),
    )
    outer, inner, x = sp.MatrixSymbol("A", n, m), sp.MatrixSymbol("W", m, k), sp.MatrixSymbol("x", k, 1)
    c, b = sp.MatrixSymbol("c", n, 1), sp.MatrixSymbol("b", m, 1)
    d.equal(
        "the matrices multiply: two neighbouring affine maps are one",
        outer * (inner * x + b) + c,
        outer * inner * x + (outer * b + c),
    )
    d.say("two neighbouring elementwise maps are one elementwise map too, so a network may be taken to alternate")
    relu_sum = sp.Lambda(s, sp.Max(s, 0) + sp.Max(-s, 0))
    d.differ(
        "with σ = ReLU two layers already make max(s, 0) + max(−s, 0) = |s|, which is not the mean of its values at ±1 "
        "at 0, hence not affine",
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
    m, e, weights, others, least = sp.symbols("m e W O r", positive=True)
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
    d.equal(
        "FC2 (784 → 256 → 10), weights; its two layers would have 266 biases",
        sp.Add(200_704, 2560, evaluate=False),
        203_264,
    )
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
