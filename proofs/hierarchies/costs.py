"""What one input costs in a tree and in a MERA, contracted tensor by tensor, for any number of legs and dimensions."""

import sympy as sp

from proofs.claims import Verdict, claim
from proofs.derivation import Derivation


@claim(
    "cost-of-one-input",
    sources=("mera:133",),
    statement="A factored layer takes longer (to train): each input costs more multiply-adds than in the dense layer.",
    verdict=Verdict.CORRECTED,
    corrected=(
        "Against the Mχⁿ of a dense layer with M outputs, on n ≥ 3 legs of dimension χ ≥ 2: a tree with its outputs "
        "at the root, contracted tensor by tensor, costs (χⁿ⁺² − χ⁴)/(χ − 1) + χ²M, less if and only if M > χ²/(χ − "
        "1). A MERA adds (n/2 − 1)χⁿ⁺² in its first row alone (n even) and costs more if M ≤ (n/2 − 1)χ². How long "
        "training takes depends also on the number of steps, which only measurements show."
    ),
)
def one_input(d: Derivation) -> None:
    """The input has χⁿ numbers; a tensor that takes two of its legs to one leaves a factor χ fewer."""
    chi, excess = sp.symbols("chi delta", positive=True)
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
    d.fails(
        "n = 12, χ = 2, M = 64: the tree against the dense 262,144",
        sp.Gt(2**14 - 2**4 + 4 * 64, 64 * 2**12, evaluate=False),
    )
    d.say("a disentangler on two of n legs keeps χⁿ numbers of χ² products each: χⁿ⁺²; a first row has n/2 − 1 of them")
    d.equal(
        "first disentanglers minus dense for (n/2 − 1)χ² outputs",
        (n / 2 - 1) * chi ** (n + 2) - (n / 2 - 1) * chi**2 * chi**n,
        0,
    )
    d.say("so with no more outputs these alone cost as much as the dense layer, and the tree tensors come on top")
    d.equal(
        "n = 12, χ = 2: with the ten outputs of a last layer five disentanglers cost twice the dense layer",
        sp.Integer(5 * 2**14),
        2 * 10 * 2**12,
    )
    d.equal(
        "512 → 16 with bonds 4: the first disentangler, 512 numbers into 16 for each of the 64 settings of other "
        "legs, costs what the dense layer does",
        sp.Mul(64, 8, 16, evaluate=False),
        512 * 16,
    )
