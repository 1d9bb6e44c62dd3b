"""Polynomial relations over the reals, decided by z3: a relation follows where its negation has no solution."""

from collections.abc import Iterable, Iterator
from typing import Any

import sympy as sp
import z3

RELATIONS = {
    sp.Eq: lambda a, b: a == b,
    sp.Ne: lambda a, b: a != b,
    sp.Ge: lambda a, b: a >= b,
    sp.Gt: lambda a, b: a > b,
    sp.Le: lambda a, b: a <= b,
    sp.Lt: lambda a, b: a < b,
}
CONNECTIVES = {sp.And: z3.And, sp.Or: z3.Or, sp.Not: z3.Not, sp.Implies: z3.Implies}


def entailed(relation: Any, where: Iterable[Any], *, milliseconds: int = 20_000) -> bool:
    """Whether no real point satisfies `where`, and the signs its symbols carry, and violates `relation`.

    From conditions that no point satisfies everything would follow: then only `false` does, a proof by contradiction.
    """
    relation, *conditions = map(sp.sympify, (relation, *where))
    solver = z3.Solver()
    solver.set("timeout", milliseconds)
    symbols = relation.free_symbols.union(*(condition.free_symbols for condition in conditions))
    solver.add(*map(_formula, conditions), *(sign for symbol in symbols for sign in _signs(symbol)))
    if relation != sp.false and solver.check() == z3.unsat:
        return False
    solver.add(z3.Not(_formula(relation)))
    return solver.check() == z3.unsat


def _signs(symbol: sp.Symbol) -> Iterator[Any]:
    value = z3.Real(symbol.name)
    if symbol.is_nonnegative:
        yield value >= 0
    if symbol.is_nonpositive:
        yield value <= 0
    if symbol.is_nonzero:
        yield value != 0


def _formula(relation: Any) -> Any:
    if relation in (sp.true, sp.false):
        return z3.BoolVal(bool(relation))
    if type(relation) in CONNECTIVES:
        return CONNECTIVES[type(relation)](*map(_formula, relation.args))
    return RELATIONS[type(relation)](_term(relation.lhs), _term(relation.rhs))


def _term(expression: sp.Expr) -> Any:
    if expression.is_Rational:
        return z3.RealVal(str(expression))
    if expression.is_Symbol:
        return z3.Real(expression.name)
    if expression.is_Add:
        return z3.Sum([_term(part) for part in expression.args])
    if expression.is_Mul:
        return z3.Product([_term(part) for part in expression.args])
    if expression.is_Pow and expression.exp.is_Integer and expression.exp > 0:
        return z3.Product([_term(expression.base)] * int(expression.exp))
    raise TypeError(f"{expression} is not a polynomial over the rationals; z3 decides polynomial relations only.")
