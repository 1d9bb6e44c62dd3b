"""Transfer functions with a floor and a ceiling: sigmoid, tanh, arctan and a / sqrt(1 + a^2)."""

from dataclasses import dataclass
from math import log, pi
from typing import ClassVar

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.algebra.kernels import transfer_kernels_for
from tnsolve.transfer.elementary import (
    EDGE,
    binary_relative_entropy,
    clipped,
    entropic,
    logistic,
    logistic_slope,
    softened,
)
from tnsolve.transfer.elementwise import AbstractElementwise, rows_in_parts


@dataclass(frozen=True)
class Sigmoid(AbstractElementwise):
    """f(z) = 1 / (1 + e^-z), F(z) = log(1 + e^z): the matching loss is the binary relative entropy."""

    name: ClassVar[str] = "sigmoid"
    low: ClassVar[float] = 0.0
    high: ClassVar[float] = 1.0
    bound: ClassVar[float] = 0.25

    def primitive(self, z: Array) -> Array:
        return softened(z)

    def __call__(self, z: Array) -> Array:
        return logistic(z)

    def derivative(self, z: Array) -> Array:
        return logistic_slope(z)

    def rows(self, z: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
        return transfer_kernels_for(z).sigmoid_rows(z, namespace(z).exp(-namespace(z).abs(z)), y, weights)

    def inverse(self, y: Array) -> Array:
        xp = namespace(y)
        safe = clipped(y, EDGE, 1 - EDGE)
        return xp.log(safe) - xp.log1p(-safe)

    def dual(self, y: Array) -> Array:
        return entropic(y) + entropic(1 - y)

    def gap(self, z: Array, y: Array) -> Array:
        return binary_relative_entropy(y, z)


@dataclass(frozen=True)
class Tanh(AbstractElementwise):
    """f(z) = tanh z, F(z) = log cosh z: a sigmoid of 2 z, stretched from [0, 1] to [-1, 1]."""

    name: ClassVar[str] = "tanh"
    low: ClassVar[float] = -1.0
    high: ClassVar[float] = 1.0
    bound: ClassVar[float] = 1.0

    def primitive(self, z: Array) -> Array:
        size = namespace(z).abs(z)
        return size + (softened(-2 * size) - log(2))

    def __call__(self, z: Array) -> Array:
        return namespace(z).tanh(z)

    def derivative(self, z: Array) -> Array:
        return 4 * logistic_slope(2 * z)

    def rows(self, z: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
        """Those of a sigmoid: F(z) = F_sigmoid(2 z) - z - log 2, for the target (1 + y) / 2."""
        xp, u = namespace(z), 2 * z
        value, residual, slope = transfer_kernels_for(z).sigmoid_rows(u, xp.exp(-xp.abs(u)), (1 + y) / 2, weights)
        return value - log(2) * xp.sum(weights), 2 * residual, 4 * slope

    def inverse(self, y: Array) -> Array:
        return namespace(y).atanh(clipped(y, EDGE - 1, 1 - EDGE))

    def dual(self, y: Array) -> Array:
        return (entropic(1 + y) + entropic(1 - y)) / 2

    def gap(self, z: Array, y: Array) -> Array:
        return binary_relative_entropy((1 + y) / 2, 2 * z)


@dataclass(frozen=True)
class Arctan(AbstractElementwise):
    """f(z) = arctan z, F(z) = z arctan z - log(1 + z^2) / 2.

    F* = -log cos y grows without limit towards the ends -pi/2 and pi/2, so a target there is read as one rounding error
    inside: F* and the loss stay finite.
    """

    name: ClassVar[str] = "arctan"
    low: ClassVar[float] = -pi / 2
    high: ClassVar[float] = pi / 2
    bound: ClassVar[float] = 1.0

    def primitive(self, z: Array) -> Array:
        xp = namespace(z)
        return z * xp.atan(z) - xp.log1p(z * z) / 2

    def __call__(self, z: Array) -> Array:
        return namespace(z).atan(z)

    def derivative(self, z: Array) -> Array:
        return 1 / (1 + z * z)

    def rows(self, z: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
        return rows_in_parts(self, z, y, weights)

    def inverse(self, y: Array) -> Array:
        return namespace(y).tan(clipped(y, self.low + EDGE, self.high - EDGE))

    def interior(self, y: Array) -> Array:
        """`y` moved into the open range, by one rounding error."""
        end = self.high * (1 - float(namespace(y).finfo(y.dtype).eps))
        return clipped(y, -end, end)

    def dual(self, y: Array) -> Array:
        xp = namespace(y)
        return -xp.log(xp.cos(self.interior(y)))

    def gap(self, z: Array, y: Array) -> Array:
        """z d - log(cos y / cos t) with t = arctan z and d = t - y.

        cos y / cos t - 1 = 2 sqrt(1 + z^2) sin((t + y) / 2) sin(d / 2) carries the relative precision of d.
        """
        xp = namespace(z, y)
        y, t = self.interior(y), xp.atan(z)
        d = t - y
        secant = xp.hypot(xp.ones_like(z), z)
        excess = 2 * secant * xp.sin((t + y) / 2) * xp.sin(d / 2)
        log_ratio = xp.where(
            excess > -0.5,
            xp.log1p(xp.maximum(excess, -0.5)),
            xp.log(xp.cos(y)) + xp.log(secant),
        )
        return xp.maximum(z * d - log_ratio, 0.0)


@dataclass(frozen=True)
class Algebraic(AbstractElementwise):
    """f(z) = z / sqrt(1 + z^2), F(z) = sqrt(1 + z^2), F*(y) = -sqrt(1 - y^2)."""

    name: ClassVar[str] = "algebraic"
    low: ClassVar[float] = -1.0
    high: ClassVar[float] = 1.0
    bound: ClassVar[float] = 1.0

    def primitive(self, z: Array) -> Array:
        xp = namespace(z)
        return xp.hypot(xp.ones_like(z), z)

    def __call__(self, z: Array) -> Array:
        return z / self.primitive(z)

    def derivative(self, z: Array) -> Array:
        return self.primitive(z) ** -3.0

    def rows(self, z: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
        return transfer_kernels_for(z).algebraic_rows(z, y, weights)

    def inverse(self, y: Array) -> Array:
        xp = namespace(y)
        safe = clipped(y, EDGE - 1, 1 - EDGE)
        return safe / xp.sqrt((1 - safe) * (1 + safe))

    def dual(self, y: Array) -> Array:
        return -namespace(y).sqrt((1 - y) * (1 + y))

    def gap(self, z: Array, y: Array) -> Array:
        """F - y z - sqrt(1 - y^2) = (z - y F)^2 / (F - y z + sqrt(1 - y^2)) with F = F(z).

        With s = y sign(z) and e = F - |z| = 1 / (F + |z|), F - y z = e + |z| (1 - s) and s F - |z| = e - F (1 - s).
        """
        xp = namespace(z, y)
        f, size = self.primitive(z), xp.abs(z)
        s = xp.where(z < 0, -y, y)
        e = 1 / (f + size)
        return (f * (1 - s) - e) ** 2 / (e + size * (1 - s) + xp.sqrt((1 - s) * (1 + s)))
