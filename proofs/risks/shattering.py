"""What a class that shatters its sample does to a bound, and why a large dimension alone does not; all sample sizes."""

import sympy as sp

from ..claims import Verdict, claim, not_checkable
from ..derivation import Derivation


@claim(
    "shattered-rademacher",
    sources=("notes:142", "Bartlett, Mendelson 2002"),
    statement="Rad_n = E_ε sup_{f ∈ F} (1/n) Σ_i ε_i f(x_i), ε_i = ±1 independent and fair. If F takes every sign "
    "pattern on the sample, Rad_n is 1 for values ±1 and 1/2 for the 0-1 losses; the bound 'training error + 2 Rad_n "
    "+ ...' is then at least 1 for every n: vacuous.",
)
def shattered(d: Derivation) -> None:
    """The supremum answers every sign on its own, so one coordinate is the whole computation."""
    d.say("(1/n) Σ_i ε_i f(x_i) is at most (1/n) Σ_i max over the two values; shattering attains it at all i at once")
    sign, constant = sp.Symbol("epsilon", real=True), sp.Symbol("b", real=True)
    answer = d.given(
        "F takes every pattern on the sample: the best f follows each sign, f(x_i) = ε_i", sign, dropped=constant
    )

    def expected(response: sp.Expr) -> sp.Expr:
        return sum((sign * response).subs(sign, value) for value in (-1, 1)) / sp.Integer(2)

    d.equal("values ±1: the mean over the sign of ε·ε", expected(answer), 1)
    d.equal("values 0 and 1, answered by (1 + ε)/2", expected((1 + answer) / 2), sp.Rational(1, 2))
    n = sp.Symbol("n", integer=True, positive=True)
    index = sp.Symbol("i", integer=True, positive=True)
    d.equal(
        "the n coordinates, each with weight 1/n",
        sp.Sum(sp.Rational(1, 2) / n, (index, 1, n)),
        sp.Rational(1, 2),
    )
    training, complexity = sp.Symbol("t", nonnegative=True), sp.Rational(1, 2)
    d.holds(
        "so the bound is at least 1, which no probability exceeds", sp.Ge(training + 2 * complexity, 1, evaluate=False)
    )


@claim(
    "vc-bound-vacuous",
    sources=("notes:142", "Vapnik, Chervonenkis 1971"),
    statement="The VC bound says: with probability 1 − δ, test error ≤ training error + √((8/n) ln(4 Π(2n)/δ)) for "
    "all f in F, Π(m) the number of patterns of F on m points. If the VC dimension of F is at least n, the "
    "right-hand side exceeds 1.",
)
def vacuous(d: Derivation) -> None:
    """2ⁿ patterns on n points are enough to push the root above 1, whatever the confidence."""
    n = sp.Symbol("n", integer=True, positive=True)
    surplus, doubt = sp.symbols("s u", nonnegative=True)
    patterns = d.given(
        "n points are shattered: Π(2n) ≥ 2ⁿ, written Π(2n) = 2ⁿ (1 + s)",
        2**n * (1 + surplus),
        dropped=sp.Symbol("Pi", positive=True),
    )
    d.say("0 < δ ≤ 1 is written δ = 1/(1 + u)")
    rest = sp.log(4) + sp.log(1 + surplus) + sp.log(1 + doubt)
    d.equal(
        "the square of the root, (8/n) (ln 4 + ln Π(2n) + ln 1/δ)",
        (8 / n) * (sp.log(4) + sp.log(patterns) + sp.log(1 + doubt)),
        8 * sp.log(2) + (8 / n) * rest,
    )
    d.holds("8 ln 2 alone is above 1", sp.Gt(8 * sp.log(2), 1, evaluate=False))
    d.holds("and the rest is not negative", sp.Ge(rest, 0, evaluate=False))


@claim(
    "large-vc-dimension",
    sources=("notes:142", "Bartlett 1998"),
    statement="A large VC dimension makes the generalisation bound bad: from n samples nothing useful follows about "
    "a class of classifiers whose VC dimension is at least n.",
    verdict=Verdict.CORRECTED,
    corrected="It makes the VC bound bad, not every bound. The signs of the linear functions w·x on ℝⁿ, ‖w‖ ≤ B, have "
    "VC dimension at least n, yet on n unit vectors the functions have Rad_n ≤ B/√n. A bound by Rad_n/γ for data "
    "that are separated with margin γ, y w·x ≥ γ, is useful if γ is much larger than B/√n, and there are such data. "
    "On n orthonormal points, which the class shatters, γ is at most B/√n: there this bound says nothing either.",
)
def dimension(d: Derivation) -> None:
    """One class on two samples: orthonormal points, and points along one axis."""
    n, index = sp.symbols("n i", integer=True, positive=True)
    radius, square = sp.Symbol("B", positive=True), sp.Symbol("y²", positive=True)
    d.say("first sample: x_i = e_i with labels y_i; let w_i = y_i B/√n, so that y_i w·x_i = y_i² B/√n > 0")
    sign = d.given("labels are signs: y_i² = 1", sp.Integer(1), dropped=square)
    d.equal("‖w‖² = Σ_i w_i² is B², so w is in the class", sp.Sum(sign * radius**2 / n, (index, 1, n)), radius**2)
    d.say("all 2ⁿ labellings are taken: the VC dimension is at least n, and vc-bound-vacuous applies to n samples")
    complexity = radius / sp.sqrt(n)
    d.say("rademacher-norm-ball: on any n unit vectors Rad_n ≤ B/√n", complexity)
    margin = d.given(
        "second sample: x_i = y_i e_1, separated by w = B e_1 with the margin y_i w·x_i = B, not less",
        radius,
        dropped=sp.Symbol("gamma", positive=True),
    )
    d.equal("there complexity over margin is 1/√n", complexity / margin, 1 / sp.sqrt(n))
    d.fails(
        "the margin bound costs 2 Rad_n/γ (symmetrisation; contraction by a ramp of slope 1/γ): at n = 400 at most "
        "1/10, so it says something",
        sp.Ge(2 * (complexity / margin).subs(n, 400), 1, evaluate=False),
    )
    worst, length, count = sp.symbols("gamma L n", positive=True)
    d.entails(
        "back on the first sample no w does better than γ = B/√n: y_i w_i ≥ γ for all i gives n γ² ≤ Σ w_i² = L ≤ B²",
        sp.Le(count * worst**2, radius**2),
        where=[sp.Ge(length, count * worst**2), sp.Le(length, radius**2)],
    )


deep = not_checkable(
    "deep-models-bound",
    sources=("notes:142",),
    statement="The generalisation bound is not good for deep models, because of the large VC dimension.",
    why="An observation on models that are not named. Its core is in vc-bound-vacuous (once the dimension reaches "
    "the sample size the bound says nothing) and large-vc-dimension (other bounds may still say something).",
)
