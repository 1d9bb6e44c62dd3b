"""The unknown of a region: its tensor, flattened as kernels want it and scaled as messages are."""

from abc import ABC, abstractmethod
from math import ceil, exp

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.algebra.legs import Core, arranged

BEARABLE, FARTHEST = 80.0, 1600.0
"""Logs of a factor that every dtype can hold, and of one that takes any number but zero out of the range of any."""


class AbstractUnknown(ABC):
    """theta, a region's tensor.

    legs, dims : of theta as a tensor, in the order that flattens to `shape`
    shift      : theta is exp(shift) times the true tensor
    """

    legs: tuple[str, ...]
    dims: tuple[int, ...]
    shift: float

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Shape of theta."""

    def theta(self, core: Core, scale: float) -> Array:
        """The unknown from a region's tensor exp(scale) * core."""
        theta = namespace(core.data).reshape(arranged(core, self.legs).data, self.shape)
        total = max(-FARTHEST, min(FARTHEST, scale + self.shift))
        steps = max(1, ceil(abs(total) / BEARABLE))
        for _ in range(steps):
            theta = exp(total / steps) * theta
        return theta

    def core(self, theta: Array) -> Core:
        """Inverse of `theta`, up to the factor exp(-shift)."""
        return Core(namespace(theta).reshape(theta, self.dims), self.legs)
