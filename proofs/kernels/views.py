"""How much accuracy one feature of each label gives on the four-number data, and how much those of k models."""

from itertools import product

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation
from .toy import TENTH, accuracy, rows, weights


@claim(
    "one-view-accuracy",
    sources=("notes:190", "notes:203", "Allen-Zhu, Li 2023"),
    statement="On the data of two labels and four features (80 % of the rows show both features of their label, 10 % "
    "and 10 % one) a model that knows one feature of each label has 90 % test accuracy.",
    verdict=Verdict.ASSUMPTION,
    corrected="True for each of the four choices if a row that shows one feature has less than 0.1 of the other, which "
    "the notes leave open (0 in the paper). If it has more, the same model has 100 %; if exactly 0.1, the score is a "
    "tie.",
)
def one_view(d: Derivation) -> None:
    """The model says label 1 where its feature of label 1 is larger than its feature of label 2."""
    shown = sp.Symbol("v_other", nonnegative=True)
    other = d.given(
        "a row that shows one feature has less than 0.1 of the other, 0.1 − h",
        TENTH - sp.Symbol("h", positive=True),
        dropped=shown,
    )
    data = rows(other=other)
    d.equal("the probabilities of the six rows add up to", sum(row.probability for row in data), 1)
    d.equal("the model of features 1 and 3 has the accuracy", accuracy(weights(1, 3), data), 1 - TENTH)
    choices = product((1, 2), (3, 4))
    d.enumerate("each choice has 9/10", choices, lambda pair: accuracy(weights(*pair), data) == 1 - TENTH)
    d.equal("the model of all four features has", accuracy(weights(1, 2, 3, 4), rows(other=shown)), 1)
    score = weights(1, 3).dot(rows(other=shown)[2].features)
    d.equal(
        "where only feature 2 is shown the first model scores v_other − 0.1; it is right if that is positive",
        score,
        shown - TENTH,
    )
    d.equal("so with v_other = 0.2 its accuracy is", accuracy(weights(1, 3), rows(other=2 * TENTH)), 1)


@claim(
    "views-of-k-models",
    sources=("notes:203", "notes:207", "Allen-Zhu, Li 2023"),
    statement="k models that each know one feature of each label, picked by independent fair coins, know together so "
    "much that a model of all their features has the expected test accuracy 1 − 2^(−k)/5: 90 %, 95 %, 97.5 %, ...",
)
def views_of_models(d: Derivation) -> None:
    """A label costs accuracy only while all coins fall on the same of its two features."""
    k = sp.Symbol("k", integer=True, positive=True)
    half = sp.Rational(1, 2)
    again = d.given(
        "coins are fair and independent: the next model agrees with those before with probability ½",
        half,
        dropped=sp.Symbol("q", positive=True),
    )
    unknown = half ** (k - 1)
    d.induction(
        "the probability that k models know only one feature of a label",
        k,
        base=(1, sp.S.One),
        step=lambda before, models: before * again,
        closed=unknown,
    )
    data = rows()
    d.equal("a feature that is unknown in one label costs accuracy", 1 - accuracy(weights(1, 3, 4), data), TENTH / 2)
    d.equal("and in both labels twice that", 1 - accuracy(weights(1, 3), data), TENTH)
    d.equal("so the expected accuracy is", 1 - 2 * (TENTH / 2) * unknown, 1 - half**k / 5)

    def average(models: int) -> sp.Expr:
        picks = list(product(product((1, 2), repeat=models), product((3, 4), repeat=models)))
        return sum(accuracy(weights(*first, *second), data) for first, second in picks) / len(picks)

    d.enumerate("all picks of 1, 2 and 3 models", (1, 2, 3), lambda models: average(models) == 1 - half**models / 5)
    d.say(
        "An average of k scores has a feature that j of them know with the weight j/k; alone it is right if j/k > 0.1."
    )
    d.holds(
        "for k < 10 one model is enough, as in the union: at k = 9", sp.Gt(sp.Rational(1, 9), TENTH, evaluate=False)
    )
    d.fails("one of 10 is not", sp.Gt(sp.Rational(1, 10), TENTH, evaluate=False))
