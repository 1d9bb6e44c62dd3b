"""Least squares with p parameters on n samples: training error, test error, and what fewer parameters do; all p < n."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation
from .finite import draws, mean


@claim(
    "least-squares-optimism",
    sources=("notes:19", "Mallows 1973; Hastie, Tibshirani, Friedman 2009, eq. 7.24"),
    statement="Least squares ŷ = A(A'A)⁻¹A' y with p independent columns on n samples, y = f + ε, uncorrelated noise "
    "of variance σ²; B = ‖f − Sf‖²/n the squared bias, S = A(A'A)⁻¹A'. Expected training error B + σ²(1 − p/n), "
    "expected error on fresh labels at the same inputs B + σ²(1 + p/n): the optimism is 2σ²p/n.",
)
def optimism(d: Derivation) -> None:
    """Two traces decide: tr S and tr S'S, both the rank of the projector."""
    n, p = sp.symbols("n p", integer=True, positive=True)
    design, gram = sp.MatrixSymbol("A", n, p), sp.MatrixSymbol("G", p, p)
    d.equal(
        "with G = A'A: S'S = A G⁻¹ (A'A) G⁻¹ A' is S = A G⁻¹ A'",
        sp.MatMul(design, gram.I, gram, gram.I, design.T),
        design * gram.I * design.T,
    )
    d.equal("tr S = tr G⁻¹A'A, by the cyclic property", sp.Trace(sp.MatMul(gram.I, gram)), p)
    rank = d.given(
        "the p columns are linearly independent: tr S is p, not a rank r below it",
        p,
        dropped=sp.Symbol("r", positive=True),
    )
    bias, noise = sp.Symbol("B", nonnegative=True), sp.Symbol("sigma", positive=True)
    shared = d.given(
        "the noise is uncorrelated with one variance: E ε'Mε = σ² tr M, without a remainder τ",
        sp.S.Zero,
        dropped=sp.Symbol("tau", real=True),
    )
    fitted = noise**2 * rank + shared
    d.say("residual (I − S)f + (I − S)ε and error (I − S)f + ε' − Sε with fresh ε'; the cross terms have mean zero")
    training = bias + (noise**2 * n - 2 * fitted + fitted) / n
    test = bias + (noise**2 * n + fitted) / n
    d.equal("training: E‖(I − S)ε‖² = E ε'ε − 2 E ε'Sε + E ε'S'Sε", training, bias + noise**2 * (1 - p / n))
    d.equal("test: E‖ε'‖² + E ε'S'Sε", test, bias + noise**2 * (1 + p / n))
    d.equal("optimism", test - training, 2 * noise**2 * p / n)
    d.enumerate("constant and line through n = 3 and 4 labels ±1 at 0, 1, 2, ..., listed exactly", CASES, _listed)


@claim(
    "fewer-parameters-overfit",
    sources=("notes:19",),
    statement="Increasing the number of parameters makes a model costlier to train; taking the opposite approach, "
    "fewer parameters, we face overfitting.",
    verdict=Verdict.CORRECTED,
    corrected="The cost does rise, but so does overfitting: the optimism 2σ²p/n of least squares grows with p. Fewer "
    "parameters underfit: let q, ‖q‖ = 1, be the part of a column that is orthogonal to all others. Removing that "
    "column raises the training error by (q·y)²/n ≥ 0, lowers the optimism by 2σ²/n and raises the squared bias by "
    "(q·f)²/n, so it lowers the test error at the same inputs if and only if (q·f)² < σ².",
)
def fewer(d: Derivation) -> None:
    """The formulas of least-squares-optimism, at p and at p + 1 parameters, and one more step of Gram-Schmidt."""
    n, p = sp.symbols("n p", integer=True, positive=True)
    noise, signal, size = sp.Symbol("sigma", positive=True), sp.Symbol("s", real=True), sp.Symbol("R", real=True)

    def gap(count: sp.Expr) -> sp.Expr:
        return 2 * noise**2 * count / n

    def cost(count: sp.Expr) -> sp.Expr:
        return n * count**2 + count**3 / 3

    d.fails(
        "the printed direction: one parameter in place of two does not overfit more",
        sp.Gt(gap(sp.Integer(1)), gap(sp.Integer(2)), evaluate=False),
    )
    added = d.given(
        "the removed column is independent of the others: the rank falls by one",
        sp.Integer(1),
        dropped=sp.Symbol("rho", nonnegative=True),
    )
    d.equal("the optimism falls with each parameter that is removed", gap(p + added) - gap(p), 2 * noise**2 / n)
    d.holds("strictly", sp.Gt(gap(p + added), gap(p)))
    d.say("the residual r of a vector against the other columns becomes r − t q when the column is added")
    taken = d.given(
        "the larger model is fitted by least squares too: t = q·r = s", signal, dropped=sp.Symbol("t", real=True)
    )
    d.equal(
        "‖r‖² falls by s²: ‖r − t q‖² = ‖r‖² − 2 t (q·r) + t², R = ‖r‖²",
        size - 2 * taken * signal + taken**2,
        size - signal**2,
    )
    d.say(
        "q is orthogonal to the other columns, so s is q·y for the labels, in the training error, and q·f in the bias"
    )
    d.equal(
        "test error of p less that of p + 1 parameters: the bias term grows by (q·f)²/n, the variance term σ²p/n falls",
        signal**2 / n - (gap(p + added) - gap(p)) / 2,
        (signal**2 - noise**2) / n,
    )
    d.holds(
        "the cost n p² + p³/3 of the normal equations does rise with p, as the notes say", sp.Gt(cost(p + 1), cost(p))
    )


CASES = [(n, p) for n in (3, 4) for p in (1, 2)]


def _listed(case: tuple[int, int]) -> bool:
    """Mean training and test error about truth 0 over all labels ±1 (variance 1)."""
    n, p = case
    design = sp.Matrix(n, p, lambda i, j: i**j)
    project = design * (design.T * design).inv() * design.T
    training, test = [], []
    for chance, labels in draws([(sp.Rational(1, 2), -1), (sp.Rational(1, 2), 1)], n):
        y = sp.Matrix(labels)
        fit = project * y
        training.append((chance, (y - fit).dot(y - fit) / n))
        test.append((chance, 1 + fit.dot(fit) / n))
    return (mean(training), mean(test)) == (1 - sp.Rational(p, n), 1 + sp.Rational(p, n))
