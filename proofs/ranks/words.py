"""Words of matrices of any size, reduced by equations between words."""

from collections.abc import Callable

import sympy as sp


def matrices(names: str) -> tuple[sp.Symbol, ...]:
    """Matrices as letters: their products keep their order, their sizes stay open."""
    return sp.symbols(names, commutative=False)


def modulo(*rules: tuple[sp.Expr, sp.Expr | int]) -> Callable[[sp.Expr], sp.Expr]:
    """A simplifier: the first word of each rule is replaced by the second until nothing changes."""

    def reduced(expression: sp.Expr) -> sp.Expr:
        before, after = None, sp.expand(expression)
        while after != before:
            before, after = after, sp.expand(after.subs(rules))
        return after

    return reduced
