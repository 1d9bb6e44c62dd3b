"""Bregman PCA is PCA for an exponential family: the matching loss is minus a log-likelihood, up to a constant."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .forms import softplus

A, X = sp.symbols("a x", real=True)
COUNT = sp.Symbol("x", integer=True, nonnegative=True)


@claim(
    "matching-loss-is-a-likelihood",
    sources=("bregman:4b", "Collins, Dasgupta, Schapire 2002", "Banerjee, Merugu, Dhillon, Ghosh 2005"),
    statement=(
        "If x has the density h(x) exp(x·a − F(a)), then F' = f gives its mean f(a), and −log density = "
        "D_{F*}(x, f(a)) + a function of x alone: minimising the matching loss is maximising the likelihood."
    ),
)
def likelihood(d: Derivation) -> None:
    """One dimension; in more, x·a is a dot product and nothing else changes."""
    potential, base, dual = (sp.Function(name, real=True) for name in ("F", "h", "F*"))
    normaliser = d.given(
        "the density is normalised by the potential: log ∫ h(x) exp(x a) dx = F(a)",
        potential(A),
        dropped=sp.Function("G", real=True)(A),
    )
    weight = base(X) * sp.exp(X * A)
    total, first = (sp.Integral(integrand, (X, -sp.oo, sp.oo)) for integrand in (weight, X * weight))
    d.equal("the mean of x is the derivative of the logarithm of the normaliser", sp.log(total).diff(A), first / total)
    d.equal("and that is f(a) = F'(a)", sp.diff(normaliser, A), potential(A).diff(A))
    surprise = -sp.log(base(X)) - X * A + normaliser
    matching = potential(A) + dual(X) - X * A
    d.say("D_{F*}(x, f(a)) = F(a) + F*(x) − x a by divergence-duality and matching-loss-derivatives")
    d.equal("what is left of −log density knows no a", surprise - matching, -sp.log(base(X)) - dual(X))


@claim(
    "four-exponential-families",
    sources=("bregman:4b", "Collins, Dasgupta, Schapire 2002"),
    statement=(
        "Identity, sigmoid, exp and softmax belong to the Gaussian of variance 1, Bernoulli, Poisson and categorical "
        "distributions: their potentials a²/2, log(1+eᵃ), eᵃ and log Σ_j exp a_j are log Σ_x h(x) exp(x·a) with "
        "h(x) = exp(−x²/2)/√(2π), 1, 1/x! and 1."
    ),
)
def families(d: Derivation) -> None:
    """Each is a sum or an integral over all x; for softmax x runs over the unit vectors of any number of classes."""
    gauss = d.given(
        "the Gaussian has variance 1",
        sp.exp(-(X**2) / 2) / sp.sqrt(2 * sp.pi),
        dropped=sp.exp(-(X**2) / 4) / sp.sqrt(4 * sp.pi),
    )
    d.equal("Gaussian", sp.Integral(gauss * sp.exp(X * A), (X, -sp.oo, sp.oo)), sp.exp(A**2 / 2))
    d.equal("Bernoulli: x is 0 or 1", sp.exp(0 * A) + sp.exp(1 * A), sp.exp(softplus(A)))
    rate = sp.Symbol("w", positive=True)
    poisson = sp.Sum(rate**COUNT / sp.factorial(COUNT), (COUNT, 0, sp.oo))
    d.equal("Poisson: with w = eᵃ the sum is the exponential series, exp(eᵃ)", poisson, sp.exp(rate))
    logit, others = sp.Symbol("a_j", real=True), sp.Symbol("S", positive=True)
    d.say("categorical: x = e_j gives exp(x·a) = exp a_j, so the sum over x is Σ_j exp a_j itself")
    d.equal(
        "the probability of class j is softmax",
        sp.exp(logit) / sp.exp(sp.log(sp.exp(logit) + others)),
        sp.exp(logit) / (sp.exp(logit) + others),
    )
