"""What several claims of this family write down: derivatives and divergence of one unit, the sigmoid, a sign."""

from collections.abc import Callable

import sympy as sp

PAPER = "Amid, Anil, Fifty, Warmuth 2022"
POTENTIAL = sp.Function("F", real=True)


def slope(potential: Callable[[sp.Expr], sp.Expr], at: sp.Expr, order: int = 1) -> sp.Expr:
    """F'(at), or a higher derivative."""
    t = sp.Symbol("xi_1", real=True)
    return sp.diff(potential(t), t, order).subs(t, at)


def divergence(potential: Callable[[sp.Expr], sp.Expr], a: sp.Expr, b: sp.Expr) -> sp.Expr:
    """D_F(a, b) = F(a) − F(b) − F'(b) (a − b), for one unit."""
    return potential(a) - potential(b) - slope(potential, b) * (a - b)


def sigmoid(a: sp.Expr) -> sp.Expr:
    """1 / (1 + exp(−a))."""
    return 1 / (1 + sp.exp(-a))


def half_square(a: sp.Expr) -> sp.Expr:
    """a²/2, the potential of the identity."""
    return a**2 / 2


def softplus(a: sp.Expr) -> sp.Expr:
    """log(1 + exp(a)), the potential of the sigmoid."""
    return sp.log(1 + sp.exp(a))


def positive(expression: sp.Expr) -> sp.Gt:
    """The relation expression > 0, left as it is so that a reader sees what is positive."""
    return sp.Gt(expression, 0, evaluate=False)


def split_logarithms(expression: sp.Expr) -> sp.Expr:
    """Every logarithm of a quotient of positive factors as a sum, so that equal ones cancel."""
    return sp.expand(expression.replace(sp.log, lambda z: sp.expand_log(sp.log(sp.factor(sp.together(z))))))
