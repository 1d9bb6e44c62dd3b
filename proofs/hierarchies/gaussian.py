"""Trees and MERA with Gaussian cores: how the size of an output depends on height and inputs, at any height."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation


@claim(
    "gaussian-tree-variance",
    sources=("mera:68", "TensorLayers, a MERA layer 512 → 16 after Hallam et al."),
    statement=(
        "With independent Gaussian weights N(0, s²) the size of what a tree tensor puts out depends on its height "
        "and on the number of inputs below it."
    ),
    verdict=Verdict.CORRECTED,
    corrected=(
        "A tensor with f = χ² numbers on its two legs below multiplies the mean square of the entries by f s², "
        "whatever the input. Over m = 2ʰ inputs this makes (f s²)^(m − 1): it grows or falls with m unless s² = 1/f, "
        "where it is 1 at every height. s = 1/2 of TensorLayers is that exception at χ = 2. A disentangler, with "
        "f = χ² settings of its two legs, multiplies it alike."
    ),
)
def variance(d: Derivation) -> None:
    """One entry of one tensor, then all tensors below it, one after another."""
    f, s, size, x1, x2 = sp.symbols("f s v x_1 x_2", positive=True)
    h, tensors = sp.symbols("h N", integer=True, nonnegative=True)
    cross = d.given(
        "weights are independent with mean 0: E w_a w_b = 0 for a ≠ b", sp.Integer(0), dropped=sp.Symbol("c", real=True)
    )
    d.equal(
        "an output entry is z = Σ_a w_a x_a over the f settings a of the legs below; for two of them E z² is",
        s**2 * x1**2 + s**2 * x2**2 + 2 * cross * x1 * x2,
        s**2 * (x1**2 + x2**2),
    )
    d.say("so E z² = s² Σ_a x_a² = f s² times the mean square of the x_a, for every setting of all other legs alike")
    d.induction(
        "each tensor has weights of its own, so their means multiply: after N tensors on an input of mean square v",
        tensors,
        base=(0, size),
        step=lambda mean, _: f * s**2 * mean,
        closed=(f * s**2) ** tensors * size,
    )
    d.induction(
        "tensors of a tree over 2ʰ inputs", h, base=(0, sp.Integer(0)), step=lambda n, _: 2 * n + 1, closed=2**h - 1
    )
    gain = (f * s**2) ** (2**h - 1)
    d.equal("s² = 1/f: no dependence on the height", gain.subs(s, 1 / sp.sqrt(f)), 1)
    published = gain.subs({f: 4, s: sp.Rational(1, 2)})
    d.fails("s = 1/2, f = 4: heights 1 and 2 differ", sp.Ne(published.subs(h, 1), published.subs(h, 2), evaluate=False))
    d.differ(
        "s = 1/2, f = 16 (χ = 4): heights 1 and 2", *(gain.subs({f: 16, s: sp.Rational(1, 2), h: k}) for k in (1, 2))
    )


@claim(
    "gaussian-tree-spread",
    sources=("mera:68",),
    statement=(
        "With independent Gaussian weights the distribution of a tree tensor's output depends on its height and "
        "number of inputs, for every variance s²: for a product x_1 ⊗ ... ⊗ x_m of m = 2ʰ input vectors and tensors "
        "of χ outputs each, the output z at height h has E‖z‖⁴/(E‖z‖²)² = (1 + 2/χ)^(m − 1)."
    ),
)
def spread(d: Derivation) -> None:
    """One tensor given its inputs, then two subtrees of height h and the tensor that joins them."""
    chi, v = sp.symbols("chi v", positive=True)
    h = sp.Symbol("h", integer=True, nonnegative=True)
    kurtosis = d.given(
        "weights are Gaussian: given its input, an output entry is normal, E z⁴ = 3 (E z²)²",
        sp.Integer(3),
        dropped=sp.Symbol("kappa", positive=True),
    )
    d.say("given x ⊗ y the χ entries of z are independent and have the variance v = s²‖x‖²‖y‖²")
    fourth = chi * kurtosis * v**2 + chi * (chi - 1) * v**2
    d.equal("E‖z‖⁴ = Σ_a E z_a⁴ + Σ_(a≠b) E z_a² E z_b², over (E‖z‖²)²", fourth / (chi * v) ** 2, 1 + 2 / chi)
    d.say(
        "x and y come from disjoint subtrees, so E‖x‖⁴‖y‖⁴ = E‖x‖⁴ E‖y‖⁴; their ratios multiply by 1 + 2/χ; v cancels"
    )
    factor = sp.Symbol("c", positive=True)
    d.induction(
        "c = 1 + 2/χ, two subtrees of height h",
        h,
        base=(0, sp.Integer(1)),
        step=lambda ratio, _: factor * ratio**2,
        closed=factor ** (2**h - 1),
    )
    d.holds("it rises with every row, as c exceeds 1 by", sp.Gt((1 + 2 / chi) - 1, 0, evaluate=False))
