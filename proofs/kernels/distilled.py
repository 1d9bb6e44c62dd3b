"""What a student of soft labels learns: its teacher's features, if the inputs tell them apart."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation
from .toy import accuracy, rows, spread, weights


@claim(
    "distilled-views",
    sources=("notes:207", "Allen-Zhu, Li 2023"),
    statement="Knowledge distillation forces the model to learn every feature of the label.",
    verdict=Verdict.CORRECTED,
    corrected="It hands on the features that the teacher uses: a linear student of the four-number data v, at the "
    "minimum of the cross entropy against the soft labels of a teacher of scores w_T·v, has the weights w_T if a share "
    "μ of the inputs, 0 < μ ≤ 1, shows one feature only. All features come from a teacher that has all of them, as an "
    "ensemble may. A teacher of one feature a label hands on that one, and inputs that always show both do not tell "
    "them apart.",
)
def distilled(d: Derivation) -> None:
    """The loss is strictly convex in the score of every row; the rows decide whether it is in the weights."""
    z, score = sp.symbols("z t", real=True)
    single = d.given(
        "some inputs show one feature only, a share μ > 0",
        sp.Symbol("mu", positive=True),
        dropped=sp.Symbol("mu", nonnegative=True),
    )
    loss = sp.log(1 + sp.exp(z)) - z / (1 + sp.exp(-score))
    d.say("Teacher's score t, student's score z: the cross entropy −σ(t) log σ(z) − σ(−t) log σ(−z) of a row is", loss)
    d.equal(
        "its slope vanishes at the teacher's score z = t, so w = w_T is a minimum", sp.diff(loss, z).subs(z, score), 0
    )
    d.holds("its curvature is positive", sp.Gt(sp.simplify(sp.diff(loss, z, 2)), 0, evaluate=False))
    squares = sp.diag(single / 2, single / 2, (121 - 85 * single) / 25, (81 - 65 * single) / 25)
    d.say("The Hessian in the weights is E[curvature · v vᵀ]: positive if E[v vᵀ] is, then w_T is the only minimum.")
    d.equal(
        "in the directions of the claim least-squares-sees-all-views E[v vᵀ] is", spread(rows(single=single)), squares
    )
    d.entails(
        "positive, since μ/2 is and for μ ≤ 1 the others are",
        sp.And(*(each > 0 for each in squares.diagonal())),
        where=(single <= 1,),
    )
    data = rows()
    d.equal("an ensemble that has all features hands on the accuracy", accuracy(weights(1, 2, 3, 4), data), 1)
    d.differ("a teacher of features 1 and 3, and so its student, has not", accuracy(weights(1, 3), data), 1)
    full, half = (
        sp.Matrix([each.dot(row.features) for row in (data[0], data[3])])
        for each in (weights(1, 2, 3, 4), 2 * weights(1, 3))
    )
    d.equal("if all inputs show both features, (2, 0, −2, 0) scores them as (1, 1, −1, −1) does", half, full)
    d.differ("so it is a student of that teacher, and on all rows has not", accuracy(2 * weights(1, 3), data), 1)
