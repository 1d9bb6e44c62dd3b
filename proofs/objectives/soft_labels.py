"""Hard and soft labels: what the argmax throws away, and why no softmax says exactly 0."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation


@claim(
    "hard-label-is-argmax",
    sources=("notes:64",),
    statement="A cat in a car: soft label p = (2/5, 0, 3/5), hard label y = (0, 0, 1) over (cat, dog, car). Both are "
    "distributions, y is the one-hot argmax of p = (a, 0, 1 − a), and p says more: H(p) = 0.673 nats against H(y) = "
    "0, and the gradients in the logits at any student q differ by (p − y)/T.",
)
def argmax(d: Derivation) -> None:
    """The share a of the smaller class stays symbolic; the gradient (q − target)/T is `temperature-gradient`."""
    temperature = sp.Symbol("T", positive=True)
    share = d.given(
        "the car is the likelier class: a < 1/2, a = 1/(2 + s) with s > 0",
        1 / (2 + sp.Symbol("s", positive=True)),
        dropped=1 / (1 + sp.Symbol("s", positive=True)),
    )
    soft, hard = sp.Matrix([share, 0, 1 - share]), sp.Matrix([0, 0, 1])
    d.equal("p sums to 1, a + 0 + (1 − a), as y does", sum(soft), sum(hard))
    d.holds("the car leads, so y is the one-hot argmax of p", sp.Gt(soft[2], soft[0], evaluate=False))
    table = sp.Rational(2, 5)
    nats = sp.log(5) - (2 * sp.log(2) + 3 * sp.log(3)) / 5
    d.equal("entropy of p at a = 2/5", -table * sp.log(table) - (1 - table) * sp.log(1 - table), nats)
    d.holds(
        "it is 0.673 nats to three digits",
        sp.Lt(abs(nats - sp.Rational(673, 1000)), sp.Rational(1, 2000), evaluate=False),
    )
    d.say("H(y) = 0 with the convention 0 log 0 = 0: the hard label carries no trace of the cat")
    students = sp.Matrix(sp.symbols("q_1:4", positive=True))
    gap = (students - hard) / temperature - (students - soft) / temperature
    d.equal("the gradients differ by (p − y)/T", gap, (soft - hard) / temperature)
    d.holds(
        "which is not zero: the soft label pulls the cat up", sp.Gt((soft - hard)[0] / temperature, 0, evaluate=False)
    )
    other = [(sp.Rational(0), table, 1 - table), (sp.Rational(1, 10), sp.Rational(1, 5), sp.Rational(7, 10))]
    d.enumerate("other soft labels have the same argmax: it is not invertible", other, lambda p: max(p) == p[2])


@claim(
    "soft-label-is-positive",
    sources=("notes:48", "notes:64"),
    statement="The soft label (0.4, 0, 0.6) is a teacher's softmax p(x, T) for some finite logits x and T > 0.",
    verdict=Verdict.CORRECTED,
    corrected="Every entry of a softmax is positive, so the 0 is rounded: the logits T (log 2/5, −m, log 3/5) come "
    "within any ε > 0 of the table as m grows, and reach it for no m. No soft label rules a class out.",
)
def positive(d: Derivation) -> None:
    """The dog against any number of other classes, S = Σ_{j≠i} exp(x_j/T)."""
    temperature, others, depth = sp.symbols("T S m", positive=True)
    x = d.given(
        "the logits are finite",
        sp.Symbol("x_i", real=True),
        dropped=sp.Symbol("x_i", extended_real=True),
    )
    weight = sp.exp(x / temperature)
    d.holds("an entry of a softmax", sp.Gt(weight / (weight + others), 0, evaluate=False))
    d.differ("the odds dog : cat are exp of a finite number, those of the table are 0", sp.exp(x / temperature), 0)
    whole = 1 + sp.exp(-depth)
    near = sp.Matrix([sp.Rational(2, 5) / whole, sp.exp(-depth) / whole, sp.Rational(3, 5) / whole])
    d.equal(
        "m → ∞ approaches the table",
        near.applyfunc(lambda entry: sp.limit(entry, depth, sp.oo)),
        sp.Matrix([sp.Rational(2, 5), 0, sp.Rational(3, 5)]),
    )
