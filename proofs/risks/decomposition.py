"""What an expected squared error is made of, and which part of it is overfitting; any predictor, any noise."""

from itertools import product

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation
from .finite import draws, mean


@claim(
    "bias-variance-decomposition",
    sources=("notes:134", "Geman, Bienenstock, Doursat 1992"),
    statement="A prediction h at an input, random through the training set, and a label y = m + ε there with E ε = "
    "0, V[ε] = σ²: E(h − y)² = σ² + (E h − m)² + V[h]; noise, squared bias and variance.",
)
def decomposition(d: Derivation) -> None:
    """Expand the square; the cross term is a covariance."""
    centre, spread, truth, noise = sp.symbols("H V m sigma", real=True)
    shared = d.given(
        "the label is fresh, independent of the training set: Cov(h, ε) = c = 0",
        sp.S.Zero,
        dropped=sp.Symbol("c", real=True),
    )
    shift = d.given("the noise has mean μ = 0", sp.S.Zero, dropped=sp.Symbol("mu", real=True))
    prediction, label = spread + centre**2, noise**2 + (truth + shift) ** 2
    cross = centre * (truth + shift) + shared
    d.equal(
        "E h² − 2 E[h y] + E y², with E h = H and V[h] = V",
        prediction - 2 * cross + label,
        noise**2 + (centre - truth) ** 2 + spread,
    )


@claim(
    "overfitting-cause",
    sources=("notes:134", "Efron 2004"),
    statement="Overfitting, the expected excess of the test error over the training error, is caused by low bias and "
    "high variance, that is: low bias is necessary for it, and both together suffice.",
    verdict=Verdict.CORRECTED,
    corrected="At the same inputs, with fresh labels, the excess is (2/n) Σ_i Cov(ŷ_i, y_i), for every predictor and "
    "every bias: neither low bias nor variance as such enters, only the part of the variance that follows the "
    "training labels. For a linear fit ŷ = S y it is 2σ² tr(S)/n; for least squares twice the variance.",
)
def cause(d: Derivation) -> None:
    """Test and training error differ in a covariance alone; three examples take the words apart."""
    bias, spread, noise, shared = sp.symbols("b V sigma c", real=True)
    fresh = d.given(
        "the test label is drawn anew, independent of the fit", sp.S.Zero, dropped=sp.Symbol("c'", real=True)
    )
    test = noise**2 + bias**2 + spread - 2 * fresh
    training = noise**2 + bias**2 + spread - 2 * shared
    d.equal(
        "the claim bias-variance-decomposition at a training input, where c = Cov(ŷ_i, y_i): noise, bias and "
        "variance cancel",
        test - training,
        2 * shared,
    )
    d.say("mean of n labels plus a constant a: bias a, variance σ²/n, covariance with each label σ²/n, excess 2σ²/n")
    d.enumerate(
        "listed exactly with labels ±1 about 0, where σ² = 1: n = 1, 2, 3 labels and a = 0, 1, 10",
        product((1, 2, 3), (0, 1, 10)),
        lambda case: _excess(*case) == sp.Rational(2, case[0]),
    )
    d.fails(
        "low bias is not necessary: with a = 10 the fit overfits no less",
        sp.Lt(_excess(2, 10), _excess(2, 0), evaluate=False),
    )
    d.fails(
        "nor do low bias and high variance together suffice: ±10 by a coin that ignores the data has bias 0, variance "
        "100 and no excess",
        sp.Gt(_excess(2, 0, weight=0, coin=10), 0, evaluate=False),
    )
    rows, columns = sp.symbols("n p", integer=True, positive=True)
    d.say("linear fit ŷ = S y, labels of variance σ²: Σ_i Cov(ŷ_i, y_i) = σ² tr S, and Σ_i V[ŷ_i] = σ² tr SS'")
    frame = sp.MatrixSymbol("Q", rows, columns)
    gram = d.given(
        "least squares on p columns: S = QQ' with Q'Q = I",
        sp.Identity(columns),
        dropped=sp.MatrixSymbol("G", columns, columns),
    )
    d.equal(
        "there SS' = Q (Q'Q) Q' is S itself: the excess is twice the mean variance",
        frame * gram * frame.T,
        frame * frame.T,
    )


def _excess(n: int, shift: int, *, weight: int = 1, coin: int = 0) -> sp.Expr:
    """E test − E training error of weight * mean(y) + shift ± coin, over labels and coin ±1; truth 0, variance 1."""
    law = []
    for chance, (side, *labels) in draws([(sp.Rational(1, 2), -1), (sp.Rational(1, 2), 1)], n + 1):
        guess = weight * sp.Rational(sum(labels), n) + shift + coin * side
        training = sp.Rational(sum((guess - label) ** 2 for label in labels)) / n
        law.append((chance, guess**2 + 1 - training))
    return mean(law)
