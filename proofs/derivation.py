"""A derivation: steps that are checked as they are written down, under hypotheses that can be taken away.

    def evidence(d):
        ridge = d.given("the ridge is positive", Symbol("lambda", positive=True), dropped=Symbol("lambda", real=True))
        d.equal("the gradient vanishes at the solution", gradient, 0)

A step that can't be shown raises `Unproved`. Dropping a hypothesis puts the more general object in its place; a claim
that still passes then never needed the hypothesis, and `tests/test_claims.py` rejects it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import sympy as sp

from .decide import decided, distinct, vanishes
from .reals import entailed


class Unproved(AssertionError):
    """A step of a derivation that could not be shown."""


@dataclass(frozen=True)
class Step:
    """One line of a derivation, as text: why it holds, what holds, and how that was checked."""

    words: str
    kind: str
    unicode: str = ""
    latex: str = ""


class Derivation:
    """The notebook that a claim writes its steps into; each method checks its step, or raises `Unproved`."""

    def __init__(self, dropped: str | None = None) -> None:
        self.steps: list[Step] = []
        self.hypotheses: list[str] = []
        self.dropped = dropped

    def given(self, words: str, held: Any, *, dropped: Any) -> Any:
        """Assume something: the object as the hypothesis makes it, or `dropped`, the same object without it."""
        if words in self.hypotheses:
            raise ValueError(f"the hypothesis {words!r} is assumed twice; assume it once and pass the object on.")
        self.hypotheses.append(words)
        self.steps.append(Step(words, "hypothesis"))
        return dropped if words == self.dropped else held

    def say(self, words: str, formula: Any = None) -> None:
        """Tell the reader something; nothing is checked."""
        self._write(words, "", formula)

    def equal(self, words: str, left: Any, right: Any, *, by: Callable[[Any], Any] | None = None) -> None:
        """left = right as symbolic expressions, matrices included; `by` is one more simplifier to try."""
        self._require(vanishes(left - right, by), words, f"{left} = {right}")
        self._write(words, "algebra", _equation(left, right))

    def holds(self, words: str, relation: Any) -> None:
        """An inequality or truth value that follows from the assumptions its symbols carry."""
        self._require(decided(relation) is True, words, relation)
        self._write(words, "algebra", relation)

    def induction(
        self, words: str, n: sp.Symbol, *, base: tuple[int, Any], step: Callable[[Any, Any], Any], closed: Any
    ) -> None:
        """s(n) = closed for all n >= base[0], where s(base[0]) = base[1] and s(n + 1) = step(s(n), n)."""
        start, first = base
        self._require(vanishes(closed.subs(n, start) - first), f"{words}: base case n = {start}", first)
        self._require(vanishes(step(closed, n) - closed.subs(n, n + 1)), f"{words}: step", closed)
        self._write(f"{words}, for all {n} >= {start}", "induction", closed)

    def enumerate(self, words: str, cases: Iterable[Any], check: Callable[[Any], bool]) -> None:
        """Every case of a finite list, exactly; says how many there were."""
        cases = list(cases)
        failing = [case for case in cases if not check(case)]
        self._require(bool(cases) and not failing, words, f"{failing[:1]} of {len(cases)} cases")
        self._write(f"{words} ({len(cases)} cases)", "enumeration", None)

    def entails(self, words: str, relation: Any, *, where: Iterable[Any] = ()) -> None:
        """A polynomial relation over the reals that follows from others, by z3: no real point violates it."""
        self._require(entailed(relation, where), words, relation)
        self._write(words, "z3", relation)

    def differ(self, words: str, left: Any, right: Any) -> None:
        """A counterexample to left = right: both sides at an exact point, and they are not equal."""
        self._require(distinct(left, right), words, f"{left} != {right}")
        self._write(words, "counterexample", sp.Ne(left, right, evaluate=False) if _scalar(left, right) else None)

    def fails(self, words: str, relation: Any) -> None:
        """A counterexample to a relation: it is false at an exact point."""
        self._require(decided(relation) is False, words, relation)
        self._write(words, "counterexample", None if isinstance(relation, bool) else sp.Not(relation, evaluate=False))

    def _require(self, shown: bool, words: str, what: Any) -> None:
        if not shown:
            raise Unproved(f"{words}: not shown: {str(what)[:400]}")

    def _write(self, words: str, kind: str, formula: Any) -> None:
        shown = "" if formula is None else sp.pretty(formula, use_unicode=True, wrap_line=False)
        self.steps.append(Step(words, kind, shown, "" if formula is None else sp.latex(formula)))


def _scalar(*sides: Any) -> bool:
    return all(isinstance(sp.sympify(side), sp.Expr) for side in sides)


def _equation(left: Any, right: Any) -> Any:
    """left = right; where sympy has made both the same on the way, the value alone, and nothing where that is zero."""
    left, right = sp.sympify(left), sp.sympify(right)
    if left != right:
        return sp.Eq(left, right, evaluate=False)
    return None if vanishes(left) else left
