"""What one input costs in a tree and in a MERA, contracted tensor by tensor, for any number of legs and dimensions."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation


@claim(
    "cost-of-one-input",
    sources=("mera:133",),
    statement=(
        "A factored layer may take longer than the dense one. Multiply-adds for one input, n ≥ 3 legs of dimension χ "
        "≥ 2, bonds of dimension χ, contracted tensor by tensor, against Mχⁿ for a dense layer with M outputs: a "
        "tree with its outputs at the root takes (χⁿ⁺² − χ⁴)/(χ − 1) + χ²M, fewer if and only if M > χ²/(χ − 1); a "
        "MERA takes (n/2 − 1)χⁿ⁺² for the disentanglers of its first row alone (n ≥ 4 even), so it takes more "
        "wherever M ≤ (n/2 − 1)χ²."
    ),
)
def one_input(d: Derivation) -> None:
    """The input has χⁿ numbers; a tensor that takes two of its legs to one leaves a factor χ fewer."""
    chi, excess = sp.symbols("chi delta", positive=True)
    short = sp.Symbol("s", nonnegative=True)
    n = sp.Symbol("n", integer=True, positive=True)
    d.say("a tensor from two legs to one, on an input of L legs, makes χᴸ⁻¹ numbers of χ² products each: χᴸ⁺¹")
    d.induction(
        "tensors of a tree on n ≥ 2 legs but the root, L = n, ..., 3",
        n,
        base=(2, sp.Integer(0)),
        step=lambda cost, k: cost + chi ** (k + 2),
        closed=(chi ** (n + 2) - chi**4) / (chi - 1),
    )
    gap = d.given(
        "there are more than χ²/(χ − 1) outputs: M = χ²/(χ − 1) + g with g > 0",
        sp.Symbol("g", positive=True),
        dropped=sp.Symbol("g", real=True),
    )
    outputs = chi**2 / (chi - 1) + gap
    tree = (chi ** (n + 2) - chi**4) / (chi - 1) + chi**2 * outputs
    d.equal("dense minus tree", outputs * chi**n - tree, gap * (chi**n - chi**2))
    d.equal("where χⁿ = χ² (1 + δ), with δ > 0 as χ > 1 and n > 2", chi**2 * (1 + excess) - chi**2, chi**2 * excess)
    d.holds("so it has the sign of g: the tree costs less if g > 0", sp.Gt(gap * chi**2 * excess, 0, evaluate=False))
    d.equal(
        "n = 12, χ = 2, M = 64: the tree, of 262,144 for the dense layer", sp.Integer(2**14 - 2**4 + 4 * 64), 16_624
    )
    d.say("a disentangler on two of n legs keeps χⁿ numbers of χ² products each: χⁿ⁺²; a first row has n/2 − 1 of them")
    few = (n / 2 - 1) * chi**2 - short
    d.equal(
        "first disentanglers minus dense for M = (n/2 − 1)χ² − s outputs, s ≥ 0",
        (n / 2 - 1) * chi ** (n + 2) - few * chi**n,
        short * chi**n,
    )
    d.holds(
        "so they cost no less than the dense layer, and the tree tensors come on top",
        sp.Ge(short * chi**n, 0, evaluate=False),
    )
    d.equal(
        "n = 12, χ = 2: for the ten outputs of a last layer five disentanglers cost twice the dense layer",
        sp.Mul(5, 2**14, evaluate=False),
        sp.Mul(2, 10 * 2**12, evaluate=False),
    )
