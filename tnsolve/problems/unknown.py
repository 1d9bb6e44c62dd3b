"""The unknown of a region: its tensor, flattened as kernels want it and scaled as messages are."""

from abc import ABC, abstractmethod
from math import exp

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.algebra.legs import Core, arranged


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
        xp = namespace(core.data)
        return exp(scale + self.shift) * xp.reshape(arranged(core, self.legs).data, self.shape)

    def core(self, theta: Array) -> Core:
        """Inverse of `theta`, up to the factor exp(-shift)."""
        return Core(namespace(theta).reshape(theta, self.dims), self.legs)
