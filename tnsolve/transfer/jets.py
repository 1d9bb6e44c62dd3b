"""Formulas in one variable, evaluated with their first two derivatives in one pass."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from types import ModuleType
from typing import Any

from tnsolve.algebra.arrays import Array, namespace

Jet = tuple[Any, ...]
"""Value, first and second derivative in z as far as asked for; a float where it is the same for all z."""
Outer = Callable[[Any, ModuleType], Iterator[Any]]
"""A function of an array, its first and its second derivative, one after the other."""


class AbstractFormula(ABC):
    """A function of one variable."""

    @abstractmethod
    def jet(self, z: Array, order: int) -> Jet:
        """Value and derivatives up to `order` (0, 1 or 2) by the rules of sum, product and chain.

        Nothing is simplified: it is as stable as its text.   Cost O(parts of the formula) passes over z.
        """


@dataclass(frozen=True)
class Constant(AbstractFormula):
    """A number."""

    value: float

    def jet(self, z: Array, order: int) -> Jet:
        return (self.value, 0.0, 0.0)[: order + 1]


@dataclass(frozen=True)
class Variable(AbstractFormula):
    """z."""

    def jet(self, z: Array, order: int) -> Jet:
        return (z, 1.0, 0.0)[: order + 1]


@dataclass(frozen=True)
class Sum(AbstractFormula):
    """a + b."""

    a: AbstractFormula
    b: AbstractFormula

    def jet(self, z: Array, order: int) -> Jet:
        return tuple(p + q for p, q in zip(self.a.jet(z, order), self.b.jet(z, order), strict=True))


@dataclass(frozen=True)
class Product(AbstractFormula):
    """a b."""

    a: AbstractFormula
    b: AbstractFormula

    def jet(self, z: Array, order: int) -> Jet:
        a, b = (part.jet(z, order) for part in (self.a, self.b))
        found = [_times(a[0], b[0])]
        if order > 0:
            found.append(_times(a[1], b[0]) + _times(a[0], b[1]))
        if order > 1:
            found.append(_times(a[2], b[0]) + _times(2.0, _times(a[1], b[1])) + _times(a[0], b[2]))
        return tuple(found)


@dataclass(frozen=True)
class Composition(AbstractFormula):
    """g(u), g one of `FUNCTIONS` or a power."""

    outer: Outer
    inner: AbstractFormula

    def jet(self, z: Array, order: int) -> Jet:
        """g, g' u', g'' u'^2 + g' u''."""
        u = self.inner.jet(z, order)
        g = tuple(islice(self.outer(u[0], namespace(z)), order + 1))
        if order == 0:
            return g
        first = _times(g[1], u[1])
        return (g[0], first) if order == 1 else (g[0], first, _times(g[2], _times(u[1], u[1])) + _times(g[1], u[2]))


def _times(a: Any, b: Any) -> Any:
    """a b, where a derivative that vanishes everywhere does so beside infinity too."""
    vanishing = any(isinstance(factor, float) and factor == 0 for factor in (a, b))
    return 0.0 if vanishing else a * b


# -- functions: value, first and second derivative, each made when asked for -------------------------------------------


def _exp(u: Array, xp: ModuleType) -> Iterator[Any]:
    e = xp.exp(u)
    yield from (e, e, e)


def _log(u: Array, xp: ModuleType) -> Iterator[Any]:
    yield xp.log(u)
    yield 1 / u
    yield -((1 / u) ** 2)


def _sin(u: Array, xp: ModuleType) -> Iterator[Any]:
    s = xp.sin(u)
    yield s
    yield xp.cos(u)
    yield -s


def _cos(u: Array, xp: ModuleType) -> Iterator[Any]:
    c = xp.cos(u)
    yield c
    yield -xp.sin(u)
    yield -c


def _tan(u: Array, xp: ModuleType) -> Iterator[Any]:
    t = xp.tan(u)
    yield t
    yield 1 + t * t
    yield 2 * t * (1 + t * t)


def _sinh(u: Array, xp: ModuleType) -> Iterator[Any]:
    s = xp.sinh(u)
    yield s
    yield xp.cosh(u)
    yield s


def _cosh(u: Array, xp: ModuleType) -> Iterator[Any]:
    c = xp.cosh(u)
    yield c
    yield xp.sinh(u)
    yield c


def _tanh(u: Array, xp: ModuleType) -> Iterator[Any]:
    t = xp.tanh(u)
    yield t
    yield 1 - t * t
    yield -2 * t * (1 - t * t)


def _asin(u: Array, xp: ModuleType) -> Iterator[Any]:
    yield xp.asin(u)
    yield (1 - u * u) ** -0.5
    yield u * (1 - u * u) ** -1.5


def _acos(u: Array, xp: ModuleType) -> Iterator[Any]:
    yield xp.acos(u)
    yield -((1 - u * u) ** -0.5)
    yield -u * (1 - u * u) ** -1.5


def _atan(u: Array, xp: ModuleType) -> Iterator[Any]:
    yield xp.atan(u)
    yield 1 / (1 + u * u)
    yield -2 * u / (1 + u * u) ** 2


def _asinh(u: Array, xp: ModuleType) -> Iterator[Any]:
    yield xp.asinh(u)
    yield (1 + u * u) ** -0.5
    yield -u * (1 + u * u) ** -1.5


def _atanh(u: Array, xp: ModuleType) -> Iterator[Any]:
    yield xp.atanh(u)
    yield 1 / (1 - u * u)
    yield 2 * u / (1 - u * u) ** 2


@dataclass(frozen=True)
class Power:
    """u^p with a fixed exponent."""

    p: float

    def __call__(self, u: Array, xp: ModuleType) -> Iterator[Any]:
        factor = 1.0
        for order in range(3):
            yield factor * u ** (self.p - order) if factor else 0.0
            factor *= self.p - order


FUNCTIONS: dict[str, Outer] = {
    **{"exp": _exp, "log": _log, "sqrt": Power(0.5), "sin": _sin, "cos": _cos, "tan": _tan},
    **{"sinh": _sinh, "cosh": _cosh, "tanh": _tanh, "asin": _asin, "acos": _acos, "atan": _atan},
    **{"asinh": _asinh, "atanh": _atanh},
}
