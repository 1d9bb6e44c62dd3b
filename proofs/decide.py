"""What sympy can settle: whether an expression vanishes, and whether a relation holds. Undecided is never yes."""

from collections.abc import Callable, Iterator
from typing import Any

import sympy as sp
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanAtom

FORMS = (
    sp.expand,
    sp.factor,
    sp.simplify,
    lambda e: sp.expand(sp.expand_log(e.rewrite(sp.exp), force=False)),
    lambda e: sp.simplify(sp.expand(e.doit())),
    sp.combsimp,
    sp.gammasimp,
)


def vanishes(expression: Any, by: Callable[[Any], Any] | None = None) -> bool:
    """Whether a scalar, a matrix of scalars or a matrix expression is shown to be zero."""
    expression = sp.sympify(expression)
    if isinstance(expression, sp.MatrixBase | sp.NDimArray):
        return all(vanishes(entry, by) for entry in sp.flatten(expression.tolist()))
    if isinstance(expression, sp.MatrixExpr):
        return any(form.is_ZeroMatrix for form in (expression, expression.doit(), expression.expand().doit()))
    return any(form == 0 for form in _forms(expression, by))


def decided(relation: Any) -> bool | None:
    """Whether a relation holds (True), fails (False) or stays open (None), from the assumptions of its symbols."""
    if isinstance(relation, bool | BooleanAtom):
        return bool(relation)
    if isinstance(relation, sp.And):
        return _all(decided(part) for part in relation.args)
    if not isinstance(relation, Relational):
        raise TypeError(f"{relation!r} is neither a truth value nor a relation that can be decided.")
    if isinstance(relation, sp.Eq | sp.Ne):
        equal, different = vanishes(relation.lhs - relation.rhs), distinct(relation.lhs, relation.rhs)
        return equal == isinstance(relation, sp.Eq) if equal or different else None
    return _signed(relation.gts - relation.lts, strict=isinstance(relation, sp.Gt | sp.Lt))


def distinct(left: Any, right: Any) -> bool:
    """Whether two sides are shown to differ: scalars, or matrices of which an entry differs."""
    difference = sp.sympify(left) - sp.sympify(right)
    if isinstance(difference, sp.MatrixBase):
        return any(distinct(entry, 0) for entry in difference)
    return any(form.is_zero is False for form in _forms(difference, None))


def _signed(difference: sp.Expr, *, strict: bool) -> bool | None:
    for form in _forms(difference, None):
        if (form.is_positive if strict else form.is_nonnegative) is True:
            return True
        if (form.is_nonpositive if strict else form.is_negative) is True:
            return False
    return None


def _forms(expression: sp.Expr, by: Callable[[Any], Any] | None) -> Iterator[sp.Expr]:
    yield expression
    for form in ((by,) if by else ()) + FORMS:
        try:
            yield form(expression)
        except (NotImplementedError, RecursionError, sp.PolynomialError):
            continue


def _all(answers: Iterator[bool | None]) -> bool | None:
    answers = list(answers)
    return False if False in answers else True if all(answers) else None
