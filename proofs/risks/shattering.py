"""What a class that shatters its sample does to a bound, and why a large dimension alone does not; all sample sizes."""

import sympy as sp

from proofs.claims import Verdict, claim, not_checkable
from proofs.derivation import Derivation


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
    statement="A large VC dimension makes the generalisation bound bad: a class that shatters its n sample points "
    "has no useful bound.",
    verdict=Verdict.CORRECTED,
    corrected="It makes the VC bound bad, not every bound. Linear functions w·x with ‖w‖ ≤ B shatter n orthonormal "
    "points, yet their real-valued Rademacher complexity there is exactly B/√n: data separated with a margin γ much "
    "larger than B/√n has a useful bound (complexity over margin), whatever the VC dimension.",
)
def dimension(d: Derivation) -> None:
    """Signs of linear functions on orthonormal points against the functions themselves."""
    n = sp.Symbol("n", integer=True, positive=True)
    radius, sign = sp.Symbol("B", positive=True), sp.Symbol("epsilon", real=True)
    d.say(
        "x_i = e_i: the sign pattern ε is taken by w = (B/√n) ε, so the points are shattered and the signs have Rad_n "
        "= 1"
    )
    length = d.given("weights are bounded, ‖w‖ = B", radius, dropped=sp.Symbol("b", positive=True))
    index = sp.Symbol("i", integer=True, positive=True)
    weight = length / sp.sqrt(n) * sign
    d.equal("‖w‖² = Σ_i w_i², with ε² = 1", sp.Sum((weight**2).subs(sign**2, 1), (index, 1, n)), radius**2)
    value = sp.Sum((sign * weight / n).subs(sign**2, 1), (index, 1, n))
    d.equal(
        "its value (1/n) Σ ε_i w_i; by Cauchy-Schwarz none is larger: ‖ε‖ ‖w‖/n = √n B/n", value, radius / sp.sqrt(n)
    )
    d.fails(
        "so at n = 100, B = 1 the shattering class has complexity 1/10, not 1",
        sp.Ge((radius / sp.sqrt(n)).subs({radius: 1, n: 100}), 1, evaluate=False),
    )
    margin = sp.Symbol("gamma", positive=True)
    d.equal(
        "and for a fixed margin γ the ratio of complexity and margin vanishes",
        sp.Limit(radius / sp.sqrt(n) / margin, n, sp.oo),
        0,
    )


deep = not_checkable(
    "deep-models-bound",
    sources=("notes:142",),
    statement="The generalisation bound is not good for deep models, because of the large VC dimension.",
    why="An observation on models that are not named. Its core is in vc-bound-vacuous (once the dimension reaches "
    "the sample size the bound says nothing) and large-vc-dimension (other bounds may still say something).",
)
