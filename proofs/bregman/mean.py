"""The mean vector: which mean minimises the loss of all activations, for any number of them and any dimension."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation
from .forms import PAPER, POTENTIAL, positive, sigmoid, slope, softplus

M, BEST = sp.symbols("m m_0", real=True)
COUNT = sp.Symbol("n", integer=True, positive=True)


@claim(
    "bregman-mean",
    sources=("bregman:4b", PAPER, "Banerjee, Merugu, Dhillon, Ghosh 2005"),
    statement=(
        "Among all m, Σ_i D_F(m, f⁻¹(x_i)) over activations x_1, …, x_n is least at m₀ = f⁻¹(mean of x_i) and nowhere "
        "else: it exceeds the minimum by n D_F(m, m₀). For any n; units separately or any vector f."
    ),
)
def mean(d: Derivation) -> None:
    """One unit: the activations enter through their mean x̄ and the constant C = Σ F*(x_i)."""
    constant = sp.Symbol("C", real=True)
    average = d.given(
        "m₀ is taken to the mean activation, f(m₀) = x̄", slope(POTENTIAL, BEST), dropped=sp.Symbol("x̄", real=True)
    )

    def loss(m: sp.Expr) -> sp.Expr:
        return COUNT * POTENTIAL(m) + constant - COUNT * average * m

    d.say("Σ D_F(m, f⁻¹(x_i)) = Σ [F(m) + F*(x_i) − x_i·m] = n F(m) + C − n x̄·m, by matching-loss-derivatives")
    excess = POTENTIAL(M) - POTENTIAL(BEST) - slope(POTENTIAL, BEST) * (M - BEST)
    d.equal("the loss at m minus the loss at m₀ is n D_F(m, m₀)", loss(M) - loss(BEST), COUNT * excess)
    d.say("which is positive unless m = m₀; a vector f has dot products for products, line by line")
    middle = sigmoid((sp.log(1) + sp.log(9)) / 2)
    tenths = (sigmoid(0) + sigmoid(sp.log(9))) / 2
    d.differ(
        "it is not the mean of the pre-activations: sigmoids 1/2 and 9/10 have mean 7/10, their logits give 3/4",
        middle,
        tenths,
    )


@claim(
    "mean-in-the-second-argument",
    sources=("bregman:4b", "Banerjee, Merugu, Dhillon, Ghosh 2005"),
    statement=(
        "With the arguments exchanged, Σ_i D_F(a_i, m) is least at the mean of the pre-activations a_i, whatever F: it "
        "exceeds the minimum by n D_F(ā, m). For any n and any dimension."
    ),
)
def second(d: Derivation) -> None:
    """One unit: the pre-activations enter through their mean ā and the constant C = Σ F(a_i)."""
    average, constant = sp.symbols("ā C", real=True)
    centre = d.given("ā is the mean of the pre-activations", average, dropped=BEST)

    def loss(m: sp.Expr) -> sp.Expr:
        return constant - COUNT * POTENTIAL(m) - slope(POTENTIAL, m) * (COUNT * average - COUNT * m)

    d.say("Σ D_F(a_i, m) = Σ F(a_i) − n F(m) − f(m)·Σ (a_i − m)")
    excess = POTENTIAL(centre) - POTENTIAL(M) - slope(POTENTIAL, M) * (centre - M)
    d.equal("the loss at m minus the loss at the mean is n D_F(ā, m)", loss(M) - loss(centre), COUNT * excess)


@claim(
    "saturated-mean",
    sources=("bregman:4b", PAPER),
    statement="Every set of activations in the closed range of f has a best mean m.",
    verdict=Verdict.ASSUMPTION,
    corrected=(
        "If the mean activation lies inside the range of f. Where all sigmoids of a unit are 1 the loss of that unit, "
        "log(1+e⁻ᵐ), falls for ever towards an infimum of 0 that no m attains; with activations clipped to 1 − ε it is "
        "attained, at m = log((1−ε)/ε), with a loss of −log(1−ε)."
    ),
)
def saturated(d: Derivation) -> None:
    """One sigmoid unit and the mean activation x; with all x_i = 1 each sample has the same loss."""
    odds = sp.Symbol("q", positive=True)
    loss = sp.log(1 + sp.exp(-M))
    d.equal(
        "a sigmoid unit, all its activations 1, has the loss F(m) + F*(1) − m = log(1+eᵐ) − m", softplus(M) - M, loss
    )
    d.holds("it falls for ever", positive(-loss.diff(M)))
    d.equal("towards 0", sp.Limit(loss, M, sp.oo), sp.Integer(0))
    d.differ("its slope f(m) − 1 has no zero, so no m is best", sigmoid(M) - 1, 0)
    x = d.given(
        "the mean activation lies inside the range: x = 1/(1+q) with q > 0", 1 / (1 + odds), dropped=1 / (1 - odds)
    )
    best = -sp.log(odds)
    d.equal("then m = −log q = log(x/(1−x)) has f(m) = x, and bregman-mean applies", sigmoid(best), x)
    d.equal(
        "for x = 1 − ε this m has the loss −log x = −log(1−ε) against 1", loss.subs(M, best), sp.expand_log(-sp.log(x))
    )
