"""How far a network is from a matrix, in a metric on either side: the excess loss, whatever its size, and its slope."""

from dataclasses import dataclass
from functools import cached_property
from math import exp

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.algebra.contraction import surrounded
from tnsolve.algebra.linalg import inner
from tnsolve.networks.linear import AbstractLinear
from tnsolve.networks.scales import power

SQUARABLE = 256


@dataclass(frozen=True, eq=False)
class Distance:
    """tr A (T - W) C (T - W)',  W C = B.

    best  W (N_y, N_x)    cross  B (N_y, N_x)    covariance  C (N_x, N_x)    outer  A (N_y, N_y); None for identities
    """

    best: Array
    cross: Array
    covariance: Array | None
    outer: Array | None

    @cached_property
    def unit(self) -> float:
        """A power of two near the entries of W where their squares could leave the range of float64, else 1."""
        octaves = power(self.best)
        return 2.0**octaves if abs(octaves) > SQUARABLE else 1.0

    @cached_property
    def pull(self) -> Array:
        """A B."""
        return self.cross if self.outer is None else self.outer @ self.cross

    @cached_property
    def reproduced(self) -> float:
        """tr A W C W' in units of `unit`^2."""
        return inner(self._in_units(self.best), self._in_units(self.pull))

    def squared(self, share: float) -> float:
        """Units of `unit`^2 in true ones; infinite or 0 where no float can hold them."""
        return share if self.unit == 1 else share * self.unit * self.unit

    def relative(self, missed: float) -> float:
        """The root of a distance relative to that of the zero matrix, or itself where there is nothing to reproduce."""
        return (max(0.0, missed) / (self.reproduced or 1.0)) ** 0.5

    def slope(self, weight: Array) -> Array:
        """A (weight - W) C, half the gradient."""
        return self._bent(weight - self.best)

    def apart(self, weight: Array) -> float:
        """The distance of a matrix in units of `unit`^2.   Cost: its products with C and A."""
        away = self._in_units(weight - self.best)
        return inner(self._bent(away), away)

    def gradients(self, network: AbstractLinear) -> tuple[float, list[Array]]:
        """The distance and half its gradient in every core.   Cost: three contractions."""
        scale = exp(network.scale)
        whole, around = surrounded(network.cores, (*network.output_legs, *network.input_legs))
        xp = namespace(whole)
        missed = scale * xp.reshape(whole, self.best.shape) - self.best
        slope = self._bent(missed)
        return inner(slope, missed), around(scale * xp.reshape(slope, whole.shape))

    def _in_units(self, matrix: Array) -> Array:
        return matrix if self.unit == 1 else matrix / self.unit

    def _bent(self, matrix: Array) -> Array:
        """A matrix C."""
        bent = matrix if self.covariance is None else matrix @ self.covariance
        return bent if self.outer is None else self.outer @ bent
