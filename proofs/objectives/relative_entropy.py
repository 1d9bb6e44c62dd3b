"""Relative entropy with a quotient of logarithms in place of the logarithm of a quotient, for any number of classes."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation


@claim(
    "relative-entropy-quotient",
    sources=("D. Piché, report of April 2023, loss function", "Kullback and Leibler 1951"),
    statement="The divergence of two distributions P and Q is D = Σ_j Q_j log(Q_j)/log(P_j).",
    verdict=Verdict.CORRECTED,
    corrected="D = Σ_j Q_j log(Q_j/P_j), which is 0 at Q = P and positive elsewhere. The printed sum is 1 at Q = P, "
    "and for uniform P over N > 1 classes it is H(Q)/log N: largest at Q = P, smallest at one-hot Q. To minimise it "
    "drives the student away from the teacher.",
)
def quotient(d: Derivation) -> None:
    """Class by class; H(Q) ≤ log N is Gibbs' inequality against the uniform distribution (gibbs-inequality)."""
    q, p = sp.symbols("Q_j P_j", positive=True)
    classes = sp.Symbol("N", integer=True, positive=True)
    half, quarter = sp.Rational(1, 2), sp.Rational(1, 4)
    d.equal("printed sum at Q = P: class j gives Q_j, in all 1", q * sp.log(q) / sp.log(q), q)
    d.differ("a divergence would be 0 there: P = Q = (1/2, 1/2)", 2 * half * sp.log(half) / sp.log(half), 0)
    other = (quarter * sp.log(quarter) + 3 * quarter * sp.log(3 * quarter)) / sp.log(half)
    d.fails("and would be larger at Q = (1/4, 3/4), P = (1/2, 1/2)", sp.Gt(other, 1, evaluate=False))
    teacher = d.given("P is uniform, P_j = 1/N", 1 / classes, dropped=p)
    d.equal(
        "for uniform P class j gives −Q_j log Q_j/log N, in all H(Q)/log N",
        q * sp.log(q) / sp.log(teacher),
        -q * sp.log(q) / sp.log(classes),
    )
    d.equal(
        "log N − H(Q) is a relative entropy: class j of Σ_j Q_j log(Q_j N)",
        q * sp.log(q / teacher),
        q * sp.log(classes) + q * sp.log(q),
    )
    d.say("so H(Q) ≤ log N with equality only at Q = P (gibbs-inequality): the printed sum has its maximum there")
    d.equal("corrected term at Q = P", q * sp.log(q / q), 0)
