"""From the worst deviation over a class to its Rademacher complexity, and through a Lipschitz function; all n."""

from itertools import product

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .finite import Law, draws, mean


@claim(
    "symmetrisation",
    sources=("notes:154", "Bartlett, Mendelson 2002"),
    statement="For n independent draws of one law and every class F: E sup_{f} (E f − (1/n) Σ_i f(x_i)) ≤ 2 E "
    "Rad_n(F), with Rad_n(F) = E_ε sup_{f} (1/n) Σ_i ε_i f(x_i), ε_i = ±1 independent and fair.",
)
def symmetrisation(d: Derivation) -> None:
    """A second sample stands for the expectation; exchanging the two samples costs nothing."""
    first = sp.symbols("p_u p_v", positive=True)
    second = d.given(
        "a second sample x' is drawn from the law of the first, p'_u = p_u",
        first,
        dropped=sp.symbols("p'_u p'_v", positive=True),
    )
    d.say(
        "E f is the expected mean of f over x', and the supremum of an expectation is at most the expectation of the "
        "supremum: E sup_f (E f − (1/n) Σ_i f(x_i)) ≤ E sup_f (1/n) Σ_i (f(x'_i) − f(x_i))"
    )
    one, other = sp.symbols("h_uv h_vu", real=True)
    d.equal(
        "exchanging x_i and x'_i keeps the expectation of any h(x_i, x'_i), for each pair of values u, v",
        first[0] * second[1] * one + first[1] * second[0] * other,
        first[0] * second[1] * other + first[1] * second[0] * one,
    )
    d.say("it changes the sign of term i: so signs ε_i may be put in and averaged over")
    here, there, up, down = sp.symbols("a_f b_f P Q", real=True)
    d.entails(
        "sup_f (b_f − a_f) ≤ sup_f b_f + sup_f (−a_f), b_f = (1/n) Σ ε_i f(x'_i), a_f = (1/n) Σ ε_i f(x_i)",
        there - here <= up + down,
        where=[there <= up, -here <= down],
    )
    d.say("−ε is distributed like ε: both suprema have expectation E Rad_n(F)")
    d.enumerate(
        "two points of probability 1/3 and 2/3, n = 2, classes of three functions with values 0, 1, 3",
        _classes(),
        _bounded,
    )


@claim(
    "contraction",
    sources=("notes:154", "Ledoux, Talagrand 1991"),
    statement="If ψ is L-Lipschitz, E_ε sup_{f} (1/n) Σ_i ε_i ψ(f(x_i)) ≤ L E_ε sup_{f} (1/n) Σ_i ε_i f(x_i), for "
    "every n and class.",
)
def contraction(d: Derivation) -> None:
    """Replace ψ at one sample after the other; the terms of all other samples are one number per f."""
    d.say(
        "divide ψ by L: let L = 1. At one sample, a_f is the sum of the other terms and b_f = f(x_i); average over "
        "ε_i = ±1"
    )
    d.say("to show: sup_f (a_f + ψ(b_f)) + sup_g (a_g − ψ(b_g)) ≤ P + Q, P = sup_f (a_f + b_f), Q = sup_g (a_g − b_g)")
    a, b, psi, c, e, chi, up, down = sp.symbols("a_f b_f psi_f a_g b_g psi_g P Q", real=True)
    slope = d.given("ψ is 1-Lipschitz", sp.Le((psi - chi) ** 2, (b - e) ** 2), dropped=sp.true)
    suprema = [a + b <= up, c + e <= up, a - b <= down, c - e <= down]
    d.entails("every pair f, g obeys it", a + psi + c - chi <= up + down, where=[slope, *suprema])
    d.say("so ψ at sample i is replaced by the identity without lowering the expectation; n such steps prove the claim")


POINTS = [(sp.Rational(1, 3), 0), (sp.Rational(2, 3), 1)]
SIGNS = [(sp.Rational(1, 2), -1), (sp.Rational(1, 2), 1)]


def _classes() -> list[tuple[tuple[int, int], ...]]:
    """Every set of three functions on the two points, as pairs of values."""
    values = list(product((0, 1, 3), repeat=2))
    return [(f, g, h) for i, f in enumerate(values) for j, g in enumerate(values[:i]) for h in values[:j]]


def _bounded(functions: tuple[tuple[int, int], ...]) -> bool:
    """E sup_f (E f − mean of f) ≤ 2 E Rad_2, listed exactly."""
    expected = [mean([(chance, f[at]) for chance, at in POINTS]) for f in functions]
    samples = list(draws(POINTS, 2))
    worst = [
        (chance, max(m - sp.Rational(f[i] + f[j]) / 2 for m, f in zip(expected, functions, strict=True)))
        for chance, (i, j) in samples
    ]
    complexity = [(chance, mean(_suprema(functions, pair))) for chance, pair in samples]
    return mean(worst) <= 2 * mean(complexity)


def _suprema(functions: tuple[tuple[int, int], ...], pair: tuple[int, ...]) -> Law:
    """The law of sup_f (1/2) Σ ε_i f(x_i) over the signs."""
    return [
        (chance, max(sp.Rational(sum(e * f[at] for e, at in zip(signs, pair, strict=True))) / 2 for f in functions))
        for chance, signs in draws(SIGNS, 2)
    ]
