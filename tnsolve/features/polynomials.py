"""Polynomial feature maps by three-term recurrence: monomials; orthonormal Legendre, Chebyshev and Hermite."""

from abc import abstractmethod
from dataclasses import dataclass
from math import inf, sqrt
from typing import Any, ClassVar

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.features.abstract import FeatureMap, require_dim, store


class AbstractPolynomials(FeatureMap):
    """p_0 = 1, p_1, ..., p_(d-1) with p_k of degree k: the constant comes first, hence unit = (1, 0, ..., 0)."""

    discrete: ClassVar[bool] = False

    def __post_init__(self) -> None:
        store(self, dim=require_dim(self.dim, 1, self.name))

    @property
    def degree(self) -> int:
        """d - 1."""
        return self.dim - 1

    @abstractmethod
    def following(self, k: int, x: Array, p: Array, q: Array) -> Array:
        """p_(k+1) from p = p_k and q = p_(k-1), where p_(-1) = 0."""

    def __call__(self, x: Array) -> Array:
        """[p_0(x), ..., p_(d-1)(x)] by the recurrence."""
        xp = namespace(x)
        values = [xp.zeros_like(x), xp.ones_like(x)]
        for k in range(self.dim - 1):
            values.append(self.following(k, x, values[-1], values[-2]))
        return xp.stack(values[1:], axis=-1)

    @property
    def unit(self) -> tuple[float, ...]:
        """(1, 0, ..., 0)."""
        return (1.0, *[0.0] * (self.dim - 1))

    def to_json(self) -> dict[str, Any]:
        """Name and dim."""
        return {"name": self.name, "dim": self.dim}


@dataclass(frozen=True)
class Monomials(AbstractPolynomials):
    """[1, x, ..., x^(d-1)]."""

    dim: int = 2

    name: ClassVar[str] = "monomials"
    low: ClassVar[float] = -inf
    high: ClassVar[float] = inf
    remedy: ClassVar[str] = "replace the values that are not finite or drop those rows"

    def following(self, k: int, x: Array, p: Array, q: Array) -> Array:
        return x * p


@dataclass(frozen=True)
class Legendre(AbstractPolynomials):
    """sqrt(2k + 1) P_k(x), orthonormal under the uniform probability measure on [-1, 1]."""

    dim: int

    name: ClassVar[str] = "legendre"
    low: ClassVar[float] = -1.0
    high: ClassVar[float] = 1.0
    remedy: ClassVar[str] = "scale that column into [-1, 1]"

    def following(self, k: int, x: Array, p: Array, q: Array) -> Array:
        """(k + 1) P_(k+1) = (2k + 1) x P_k - k P_(k-1), normalised."""
        previous = k * sqrt((2 * k + 3) / (2 * k - 1)) / (k + 1) if k else 0.0
        return sqrt((2 * k + 1) * (2 * k + 3)) / (k + 1) * x * p - previous * q


@dataclass(frozen=True)
class Chebyshev(AbstractPolynomials):
    """[1, sqrt 2 T_1(x), sqrt 2 T_2(x), ...], orthonormal under the arcsine probability measure on [-1, 1]."""

    dim: int

    name: ClassVar[str] = "chebyshev"
    low: ClassVar[float] = -1.0
    high: ClassVar[float] = 1.0
    remedy: ClassVar[str] = "scale that column into [-1, 1]"

    def following(self, k: int, x: Array, p: Array, q: Array) -> Array:
        """T_(k+1) = 2 x T_k - T_(k-1), normalised: T_0 = 1 alone has no factor sqrt 2."""
        return (sqrt(2) if k == 0 else 2.0) * x * p - (sqrt(2) if k == 1 else 1.0) * q


@dataclass(frozen=True)
class Hermite(AbstractPolynomials):
    """He_k(x) / sqrt(k!), orthonormal under the normal distribution N(0, 1)."""

    dim: int

    name: ClassVar[str] = "hermite"
    low: ClassVar[float] = -inf
    high: ClassVar[float] = inf
    remedy: ClassVar[str] = "replace the values that are not finite or drop those rows"

    def following(self, k: int, x: Array, p: Array, q: Array) -> Array:
        """He_(k+1) = x He_k - k He_(k-1), normalised."""
        return (x * p - sqrt(k) * q) / sqrt(k + 1)
