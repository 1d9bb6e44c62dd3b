"""Codes measure divergence near the mean: D_F(m + Vc, m + Vc') = |c − c'|²/2 to second order; any F, d and k."""

from math import factorial

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .forms import PAPER

S, R, T = sp.symbols("s r t", real=True)


@claim(
    "codes-measure-divergence-near-the-mean",
    sources=("bregman:4c", PAPER),
    statement=(
        "If V'H(m)V = I, then D_F(m + t Vc, m + t Vc') = t² |c − c'|²/2 + O(t³) for all codes c, c' as t → 0. For any "
        "three times differentiable F, any number of units and of codes."
    ),
)
def second_order(d: Derivation) -> None:
    """Both points lie in the plane through m along u = Vc and w = Vc', so only F on that plane matters."""
    size, other, inner = sp.symbols("|c|² |c'|² c·c'", real=True)
    general = sp.symbols("u'Hu u'Hw w'Hw", real=True)
    metric = d.given("the directions are normalised, V'H(m)V = I", (size, inner, other), dropped=general)
    d.say("let Φ(s, r) = F(m + s u + r w), with Taylor coefficients φ_ij of s^i r^j/(i! j!) up to third order")
    d.say("its second derivatives are u'Hu = c'V'HVc, u'Hw and w'Hw; normalised, |c|², c·c' and |c'|²")
    phi = _plane(metric)
    gradient = (phi.diff(S) - phi.diff(R)).subs({S: 0, R: T})
    found = sp.expand(phi.subs({S: T, R: 0}) - phi.subs({S: 0, R: T}) - T * gradient)
    d.say("D_F(m + tu, m + tw) = Φ(t, 0) − Φ(0, t) − t (Φ_s − Φ_r)(0, t), because f·(u − w) = Φ_s − Φ_r")
    d.equal("the terms of order 0 and 1 in t cancel", found.coeff(T, 0) + T * found.coeff(T, 1), sp.Integer(0))
    d.equal("the term of order 2 is |c − c'|²/2", found.coeff(T, 2), (size - 2 * inner + other) / 2)
    third = {(i, j): sp.Symbol(f"phi_{i}{j}", real=True) for i in range(4) for j in range(4) if i + j == 3}
    cubic = third[3, 0] / 6 - third[1, 2] / 2 + third[0, 3] / 3
    d.equal("the cubic term is what the third derivatives of F leave", found.coeff(T, 3), cubic)


def _plane(metric: tuple[sp.Expr, sp.Expr, sp.Expr]) -> sp.Expr:
    second = {(2, 0): metric[0], (1, 1): metric[1], (0, 2): metric[2]}
    powers = [(i, j) for i in range(4) for j in range(4) if i + j <= 3]
    return sum(
        second.get((i, j), sp.Symbol(f"phi_{i}{j}", real=True)) * S**i * R**j / (factorial(i) * factorial(j))
        for i, j in powers
    )
