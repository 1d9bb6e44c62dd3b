"""What 100 % training accuracy means on the four-number data: no noise tells training rows from test rows."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation
from .toy import DIRECTIONS, FIFTH, TENTH, accuracy, moments, rows, spread, weights


@claim(
    "training-rows-are-test-rows",
    sources=("notes:200", "notes:203", "Allen-Zhu, Li 2023"),
    statement="On this data a network that knows one feature of each label can memorise the remaining 10 % of the "
    "training rows: 100 % training accuracy, 90 % testing accuracy.",
    verdict=Verdict.CORRECTED,
    corrected="Not on the data as printed: it has six different rows, so what is right on a sample that holds all six "
    "is right on every test row; the weights (1, 1, −1, −1) are. It takes noise by which training rows are told apart "
    "and which test rows do not share (the paper has patches and noise): then v_1 − v_3 plus the memorised noise has "
    "100 % and 90 %.",
)
def training_rows(d: Derivation) -> None:
    """The linear classifier is exhibited; then one noise coordinate is given to every training row."""
    data = rows()
    worst = min(row.label * weights(1, 2, 3, 4).dot(row.features) for row in data)
    d.equal("the label times v_1 + v_2 − v_3 − v_4 is at least", worst, sp.Rational(4, 5))
    d.differ(
        "so what is right on a sample of all six rows has, on a test, not 9/10 but",
        accuracy(weights(1, 2, 3, 4), data),
        1 - TENTH,
    )
    rarest = min(row.probability for row in data)
    d.holds(
        "14 examples miss a given row with a probability below ½ (14j of them below 2^(−j)), for the rarest row",
        sp.Lt((1 - rarest) ** 14, sp.Rational(1, 2), evaluate=False),
    )
    shared = d.given(
        "test rows have nothing of the noise of training rows", sp.S.Zero, dropped=sp.Symbol("epsilon", positive=True)
    )
    d.say(
        "Give each training example a coordinate of its own, 1 there and 0 elsewhere, and that coordinate its label as "
        "weight."
    )
    d.equal("v_1 − v_3 plus these is right on the training rows:", accuracy(weights(1, 3), data, lift=sp.S.One), 1)
    d.equal("and on test rows as often as v_1 − v_3 alone:", accuracy(weights(1, 3), data, lift=shared), 1 - TENTH)


@claim(
    "least-squares-sees-all-views",
    sources=("notes:200", "notes:203"),
    statement="A model fitted to the hard labels picks up one of the features of each label and not the other.",
    verdict=Verdict.CORRECTED,
    corrected="Least squares on the labels 1, −1, where a share μ of the rows, 0 < μ ≤ 1, shows one feature, has the "
    "unique weights a(1, 1, −1, −1), a = 5(9 − 5μ)/(81 − 65μ), for μ = 1/5 a = 10/17, and 100 % accuracy. What misses "
    "a feature is the training of a nonlinear network (winner-takes-all), not the data and not the hard labels.",
)
def least_squares(d: Derivation) -> None:
    """The second moments of the whole distribution, with the share μ as a symbol, in four orthogonal directions."""
    single = d.given(
        "some rows show one feature only, μ > 0",
        sp.Symbol("mu", positive=True),
        dropped=sp.Symbol("mu", nonnegative=True),
    )
    data = rows(single=single)
    d.say("Take e = v_1 − v_2, v_3 − v_4, v_1 + v_2 + v_3 + v_4 and v_1 + v_2 − v_3 − v_4 as new features.")
    squares = sp.diag(single / 2, single / 2, (121 - 85 * single) / 25, (81 - 65 * single) / 25)
    d.equal("their second moments E[e eᵀ]", spread(data), squares)
    d.entails(
        "are positive, μ/2 and for μ ≤ 1 the others, so the weights are unique",
        sp.And(*(each > 0 for each in squares.diagonal())),
        where=(single <= 1,),
    )
    along = moments(data, lambda row: row.label * DIRECTIONS * row.features)
    d.equal("only the last goes with the label: E[y e]", along, sp.Matrix([0, 0, 0, (9 - 5 * single) / 5]))
    a = along[3] / squares[3, 3]
    d.equal("so it alone has a weight, E[y e]/E[e²]", a, 5 * (9 - 5 * single) / (81 - 65 * single))
    d.differ("for μ = 1/5 the second feature of label 1 is not without weight", a.subs(single, FIFTH), 0)
    d.entails("a is positive", sp.And(9 - 5 * single > 0, 81 - 65 * single > 0), where=(single <= 1,))
    d.equal("so the accuracy, for every μ, is", accuracy(weights(1, 2, 3, 4), data), 1)
