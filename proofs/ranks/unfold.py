"""Coefficients of polynomials that are affine in every variable, as matrices; sums and products of open length."""

from collections.abc import Sequence
from itertools import product

import sympy as sp


def unfolding(function: sp.Expr, rows: Sequence[sp.Symbol], columns: Sequence[sp.Symbol]) -> sp.Matrix:
    """The coefficient of (a product of row variables) times (a product of column variables) in a multi-affine f."""
    terms = sp.Poly(function, *rows, *columns).as_dict()
    left, right = (list(product((0, 1), repeat=len(part))) for part in (rows, columns))
    return sp.Matrix(len(left), len(right), lambda i, j: terms.get(left[i] + right[j], 0))


def bond_ranks(function: sp.Expr, variables: Sequence[sp.Symbol]) -> list[int]:
    """The rank of the coefficients at every bond of a train whose sites hold `variables` in this order."""
    return [unfolding(function, variables[:i], variables[i:]).rank() for i in range(1, len(variables))]


def pairing(x: Sequence[sp.Symbol], y: Sequence[sp.Symbol]) -> sp.Expr:
    """The product of all 1 + x_k y_k."""
    return sp.prod(1 + a * b for a, b in zip(x, y, strict=True))


def peeled(expression: sp.Expr, kind: type[sp.Sum] | type[sp.Product], top: sp.Expr) -> sp.Expr:
    """Sums, or products, up to `top` with their last term written apart."""
    join = sp.Add if kind is sp.Sum else sp.Mul

    def split(whole: sp.Expr) -> sp.Expr:
        term, (index, first, last) = whole.function, whole.limits[0]
        return whole if last != top else join(kind(term, (index, first, last - 1)), term.subs(index, last))

    return sp.expand(expression.replace(lambda part: isinstance(part, kind), split))


def aligned(expression: sp.Expr) -> sp.Expr:
    """Every Kronecker delta as one of the distance: delta(a + c, b + c) = delta(|a - b|, 0)."""
    return expression.replace(sp.KroneckerDelta, lambda a, b: sp.KroneckerDelta(sp.Abs(a - b), 0))
