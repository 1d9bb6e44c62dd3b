"""Transfer functions without a ceiling: identity, leaky ReLU, ReLU, ELU, softplus and exp."""

from dataclasses import dataclass
from math import inf
from typing import ClassVar

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.algebra.kernels import transfer_kernels_for
from tnsolve.checks import number
from tnsolve.transfer.elementary import (
    EDGE,
    entropic,
    exponential,
    logistic,
    negative,
    positive,
    relative_entropy,
    softened,
    softened_primitive_remainder,
)
from tnsolve.transfer.elementwise import AbstractElementwise, rows_in_parts


@dataclass(frozen=True)
class Identity(AbstractElementwise):
    """f(z) = z, F(z) = z^2 / 2: the matching loss is half the squared error."""

    name: ClassVar[str] = "identity"
    quadratic: ClassVar[bool] = True
    low: ClassVar[float] = -inf
    high: ClassVar[float] = inf
    bound: ClassVar[float] = 1.0

    def primitive(self, z: Array) -> Array:
        return z * z / 2

    def __call__(self, z: Array) -> Array:
        return z

    def derivative(self, z: Array) -> Array:
        return namespace(z).ones_like(z)

    def rows(self, z: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
        return rows_in_parts(self, z, y, weights)

    def inverse(self, y: Array) -> Array:
        return y

    def dual(self, y: Array) -> Array:
        return y * y / 2

    def gap(self, z: Array, y: Array) -> Array:
        return (z - y) ** 2 / 2


@dataclass(frozen=True)
class LeakyReLU(AbstractElementwise):
    """f(z) = z for z >= 0, slope z below, with 0 < slope < 1;  F(z) = z f(z) / 2."""

    slope: float = 0.01

    name: ClassVar[str] = "leaky_relu"
    low: ClassVar[float] = -inf
    high: ClassVar[float] = inf
    bound: ClassVar[float] = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "slope", number(self.slope, "LeakyReLU(slope=...)", -inf))
        if not 0 < self.slope < 1:
            raise ValueError(
                f"LeakyReLU({self.slope!r}) needs a slope strictly between 0 and 1; "
                f"use relu for slope 0 and identity for slope 1."
            )

    def primitive(self, z: Array) -> Array:
        return z * self(z) / 2

    def __call__(self, z: Array) -> Array:
        return positive(z) + self.slope * negative(z)

    def derivative(self, z: Array) -> Array:
        xp = namespace(z)
        return xp.where(z < 0, xp.full_like(z, self.slope), xp.ones_like(z))

    def rows(self, z: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
        return transfer_kernels_for(z).leaky_rows(z, self.slope, y, weights)

    def inverse(self, y: Array) -> Array:
        return positive(y) + negative(y) / self.slope

    def dual(self, y: Array) -> Array:
        return y * self.inverse(y) / 2

    def gap(self, z: Array, y: Array) -> Array:
        """Four terms, none negative: one for each pair of signs of z and y."""
        below = self.slope * (negative(z) - negative(y) / self.slope) ** 2 / 2
        return (positive(z) - positive(y)) ** 2 / 2 + below - positive(z) * negative(y) - negative(z) * positive(y)


@dataclass(frozen=True)
class ReLU(AbstractElementwise):
    """f(z) = max(z, 0), F(z) = max(z, 0)^2 / 2: convex, but flat below 0: `inverse` is only a right inverse, y itself.

    At y = 0 the loss vanishes for every z <= 0, and D_F(a, b) for b < 0 is F(a): uniqueness needs a ridge.
    """

    name: ClassVar[str] = "relu"
    strict: ClassVar[bool] = False
    low: ClassVar[float] = 0.0
    high: ClassVar[float] = inf
    bound: ClassVar[float] = 1.0

    def primitive(self, z: Array) -> Array:
        return positive(z) ** 2 / 2

    def __call__(self, z: Array) -> Array:
        return positive(z)

    def derivative(self, z: Array) -> Array:
        xp = namespace(z)
        return xp.where(z > 0, xp.ones_like(z), xp.zeros_like(z))

    def rows(self, z: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
        """With the slope of the active side where the target is active: its own, 0 below, would promise nothing."""
        active = namespace(z, y).astype((z > 0) | (y > 0), z.dtype)
        return (self.primitive(z) - y * z) @ weights, weights * (self(z) - y), weights * active

    def inverse(self, y: Array) -> Array:
        return y

    def dual(self, y: Array) -> Array:
        return y * y / 2

    def gap(self, z: Array, y: Array) -> Array:
        return (positive(z) - y) ** 2 / 2 - negative(z) * y


@dataclass(frozen=True)
class ELU(AbstractElementwise):
    """f(z) = z for z >= 0, e^z - 1 below;  F(z) = z^2 / 2, e^z - 1 - z."""

    name: ClassVar[str] = "elu"
    low: ClassVar[float] = -1.0
    high: ClassVar[float] = inf
    bound: ClassVar[float] = 1.0

    def primitive(self, z: Array) -> Array:
        below = negative(z)
        return positive(z) ** 2 / 2 + namespace(z).expm1(below) - below

    def __call__(self, z: Array) -> Array:
        return positive(z) + namespace(z).expm1(negative(z))

    def derivative(self, z: Array) -> Array:
        return namespace(z).exp(negative(z))

    def rows(self, z: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
        return rows_in_parts(self, z, y, weights)

    def inverse(self, y: Array) -> Array:
        xp = namespace(y)
        return positive(y) + xp.log1p(xp.maximum(negative(y), EDGE - 1))

    def dual(self, y: Array) -> Array:
        below = negative(y)
        return positive(y) ** 2 / 2 + entropic(1 + below) - below

    def gap(self, z: Array, y: Array) -> Array:
        """Four terms, none negative: one for each pair of signs of z and y."""
        below = relative_entropy(1 + negative(y), negative(z))
        return (positive(z) - positive(y)) ** 2 / 2 + below - positive(z) * negative(y) - negative(z) * positive(y)


@dataclass(frozen=True)
class Softplus(AbstractElementwise):
    """f(z) = log(1 + e^z), F(z) = -Li2(-e^z) = max(z, 0)^2 / 2 + r(z) with 0 < r < pi^2 / 6."""

    name: ClassVar[str] = "softplus"
    low: ClassVar[float] = 0.0
    high: ClassVar[float] = inf
    bound: ClassVar[float] = 1.0

    def primitive(self, z: Array) -> Array:
        return positive(z) ** 2 / 2 + softened_primitive_remainder(z)

    def __call__(self, z: Array) -> Array:
        return softened(z)

    def derivative(self, z: Array) -> Array:
        return logistic(z)

    def rows(self, z: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
        return rows_in_parts(self, z, y, weights)

    def inverse(self, y: Array) -> Array:
        return self.preimage(namespace(y).maximum(y, EDGE))

    def preimage(self, y: Array) -> Array:
        """f^-1(y) for y down to the smallest normal number of the dtype."""
        xp = namespace(y)
        safe = xp.maximum(y, float(xp.finfo(y.dtype).smallest_normal))
        return safe + xp.log(-xp.expm1(-safe))

    def dual(self, y: Array) -> Array:
        """y a - F(a) where f(a) = y."""
        a = self.preimage(y)
        return y * a - self.primitive(a)

    def gap(self, z: Array, y: Array) -> Array:
        """D_F(z, a) where f(a) = y: the quadratic parts of F(z) and F(a) are joined, the bounded rest is subtracted."""
        xp = namespace(z, y)
        a = self.preimage(y)
        quadratic = (positive(z) - positive(a)) ** 2 / 2 - positive(a) * negative(z)
        rest = softened_primitive_remainder(z) - softened_primitive_remainder(a)
        return positive(quadratic + rest - xp.log1p(xp.exp(-xp.abs(a))) * (z - a))


@dataclass(frozen=True)
class Exp(AbstractElementwise):
    """f(z) = F(z) = e^z: Poisson regression. Its curvature has no bound, and above log(max) f and F are inf."""

    name: ClassVar[str] = "exp"
    low: ClassVar[float] = 0.0
    high: ClassVar[float] = inf
    bound: ClassVar[float] = inf

    def primitive(self, z: Array) -> Array:
        return exponential(z)

    def __call__(self, z: Array) -> Array:
        return exponential(z)

    def derivative(self, z: Array) -> Array:
        return exponential(z)

    def rows(self, z: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
        return rows_in_parts(self, z, y, weights)

    def inverse(self, y: Array) -> Array:
        xp = namespace(y)
        return xp.log(xp.maximum(y, EDGE))

    def dual(self, y: Array) -> Array:
        return entropic(y) - y

    def gap(self, z: Array, y: Array) -> Array:
        return relative_entropy(y, z)
