"""A transfer function from a potential: SymPy derives f = F', f', the range, and the inverse where it has a formula."""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import inf, isfinite
from types import ModuleType
from typing import Any, ClassVar

import numpy as np

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.transfer.elementary import EDGE, clipped, positive
from tnsolve.transfer.elementwise import AbstractElementwise, rows_in_parts

FUNCTIONS = (
    "exp",
    "log",
    "sqrt",
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "tanh",
    "asin",
    "acos",
    "atan",
    "asinh",
    "atanh",
)
ARITHMETIC = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop, ast.Load)
PROBES = np.linspace(-8, 8, 161)
DOUBLINGS, BISECTIONS = 12, 64


@dataclass(frozen=True)
class Derived(AbstractElementwise):
    """f = F' for the convex F that `potential_text` writes in z, such as "log(1 + exp(z))"; made by `from_potential`.

    Its formulas are as stable as their text: where F overflows, so do they.
    """

    potential_text: str

    name: ClassVar[str] = "derived"

    @cached_property
    def low(self) -> float:
        """Limit of f at -inf."""
        return limit(self._formulas["transfer"], -inf)

    @cached_property
    def high(self) -> float:
        """Limit of f at inf."""
        return limit(self._formulas["transfer"], inf)

    @cached_property
    def bound(self) -> float:
        """Supremum of f', inf where SymPy does not find its stationary points."""
        return supremum(self._formulas["slope"])

    def primitive(self, z: Array) -> Array:
        return self._evaluated("potential", z)

    def __call__(self, z: Array) -> Array:
        return self._evaluated("transfer", z)

    def derivative(self, z: Array) -> Array:
        return self._evaluated("slope", z)

    def rows(self, z: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
        return rows_in_parts(self, z, y, weights)

    def inverse(self, y: Array) -> Array:
        """The formula of f^-1 where SymPy found one, else 64 bisections."""
        inside = clipped(y, self.low + EDGE, self.high - EDGE)
        return self._bisected(inside) if self._formulas["inverse"] is None else self._evaluated("inverse", inside)

    def dual(self, y: Array) -> Array:
        """y a - F(a) where f(a) = y, with y as `inverse` reads it."""
        a = self.inverse(y)
        return self(a) * a - self.primitive(a)

    def gap(self, z: Array, y: Array) -> Array:
        """F(z) - F(a) - y (z - a) where f(a) = y; differences of potentials, hence absolute precision only."""
        a = self.inverse(y)
        return positive(self.primitive(z) - self.primitive(a) - y * (z - a))

    @cached_property
    def _formulas(self) -> dict[str, Any]:
        """Potential, transfer, slope and inverse as SymPy expressions in z."""
        return formulas(self.potential_text)

    @cached_property
    def _functions(self) -> dict[tuple[str, ModuleType], Callable[[Array], Array]]:
        """Compiled formulas by name and array library."""
        return {}

    def _evaluated(self, formula: str, z: Array) -> Array:
        xp = namespace(z)
        if (formula, xp) not in self._functions:
            self._functions[formula, xp] = compiled(self._formulas[formula], xp)
        return self._functions[formula, xp](z) + xp.zeros_like(z)

    def _bisected(self, y: Array) -> Array:
        """z with f(z) = y, f increasing."""
        xp = namespace(y)
        low, high = -xp.ones_like(y), xp.ones_like(y)
        for _ in range(DOUBLINGS):
            low = xp.where(self(low) > y, 2 * low, low)
            high = xp.where(self(high) < y, 2 * high, high)
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            below = self(middle) < y
            low, high = xp.where(below, middle, low), xp.where(below, high, middle)
        return (low + high) / 2


def from_potential(potential: Any) -> Derived:
    """The transfer function f = F' of a convex F, a SymPy expression in one real symbol, or its text in z.

        from_potential("log(1 + exp(z))")                  # the sigmoid

    Range and bound come from the limits of f and f'. Costs seconds, once; use tnsolve's own where it exists: they are
    faster and stable at any size. Raises ValueError if F has not one symbol, uses other functions than exp, log,
    sqrt and the (inverse) trigonometric and hyperbolic ones, or if f' is negative somewhere in [-8, 8].
    """
    import sympy

    if isinstance(potential, sympy.Basic):
        symbols = potential.free_symbols
        if len(symbols) != 1:
            raise ValueError(f"from_potential({potential}) has the symbols {symbols}; write it in one of them.")
        potential = str(potential.xreplace({symbols.pop(): sympy.Symbol("z", real=True)}))
    slopes = Derived(potential).derivative(PROBES)
    if not np.all(slopes >= -1e-12):
        worst = PROBES[int(np.argmin(slopes))]
        raise ValueError(
            f"from_potential({potential!r}) has the second derivative {slopes.min():.3g} at z = {worst:g}; a potential "
            f"is convex. A transfer function that is not monotone (gelu, silu) has none: fit its pre-activations."
        )
    return Derived(potential)


def formulas(text: str) -> dict[str, Any]:
    """F, f, f' and f^-1 (None where SymPy solves nothing) in the real symbol z."""
    import sympy

    z, y = sympy.Symbol("z", real=True), sympy.Symbol("y", real=True)
    potential = parsed(text, z)
    transfer = sympy.diff(potential, z)
    slope = sympy.diff(transfer, z)
    return {"potential": potential, "transfer": transfer, "slope": slope, "inverse": inverted(transfer, z, y)}


def parsed(text: str, z: Any) -> Any:
    """A SymPy expression from text; nothing but arithmetic, z, numbers, pi and known functions is ever evaluated."""
    import sympy
    from sympy.parsing.sympy_parser import parse_expr

    tree = ast.parse(text, mode="eval")
    for node in ast.walk(tree):
        if not permitted(node):
            raise ValueError(
                f"from_potential({text!r}) holds {ast.unparse(node)!r}; write it in z with numbers, + - * / **, pi and "
                f"{', '.join(FUNCTIONS)}."
            )
    known = {name: getattr(sympy, name) for name in FUNCTIONS}
    return parse_expr(text, local_dict={"z": z, "pi": sympy.pi, **known})


def permitted(node: ast.AST) -> bool:
    """Whether a piece of a formula is arithmetic, a number, or a known name or function."""
    match node:
        case ast.Name(id=name):
            return name in ("z", "pi", *FUNCTIONS)
        case ast.Constant(value=value):
            return type(value) in (int, float)
        case ast.Call(func=function):
            return isinstance(function, ast.Name)
    return isinstance(node, ARITHMETIC)


def inverted(transfer: Any, z: Any, y: Any) -> Any:
    """The solution of transfer(z) = y that holds at every probe, in the symbol z, or None."""
    import sympy

    try:
        solutions = sympy.solve(sympy.Eq(transfer, y), z)
    except NotImplementedError:
        return None
    probes = PROBES[::20]
    values = compiled(transfer, namespace(probes))(probes) + 0 * probes
    for solution in solutions:
        candidate = solution.xreplace({y: z})
        with np.errstate(all="ignore"):
            back = compiled(candidate, namespace(probes))(values) + 0 * probes
        if np.allclose(back, probes, rtol=1e-6, atol=1e-6):
            return candidate
    return None


def compiled(formula: Any, xp: ModuleType) -> Callable[[Array], Array]:
    """A formula in z as a function of arrays, common subexpressions computed once."""
    import sympy

    functions = {name: getattr(xp, name) for name in FUNCTIONS}
    return sympy.lambdify(sympy.Symbol("z", real=True), formula, modules=[functions], cse=True)


def limit(formula: Any, end: float) -> float:
    """Limit of a formula in z at -inf or inf, as a float."""
    import sympy

    return float(sympy.limit(formula, sympy.Symbol("z", real=True), sympy.oo if end > 0 else -sympy.oo))


def supremum(slope: Any) -> float:
    """Largest of f' at its ends and stationary points; inf where these cannot be found."""
    import sympy

    z = sympy.Symbol("z", real=True)
    try:
        stationary = sympy.solve(sympy.diff(slope, z), z) if slope.has(z) else []
        values = [limit(slope, -inf), limit(slope, inf), *(float(slope.subs(z, at)) for at in stationary)]
    except (NotImplementedError, TypeError):
        return inf
    return max(values) if all(map(isfinite, values)) else inf
