"""What a sweep asks of an environment."""

from abc import ABC, abstractmethod
from typing import NamedTuple, Self

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.networks.abstract import AbstractNetwork, Region
from tnsolve.problems import AbstractProblem
from tnsolve.schedule import Step

SMALL = 1e-140
"""Between this and its inverse float64 can square a number and a million others like it, down to their rounding."""


class Judged(NamedTuple):
    """How a network does: its loss and, where the environment knows what there is to reproduce, a relative error."""

    loss: float
    error: float | None = None


class AbstractEnvironment(ABC):
    """A loss of a network: with everything outside a region frozen, a convex problem in the region's tensor.

    samples : how many the loss is a mean of; 0 where it is of none
    unit    : the losses of problems are in units of its square
    """

    samples: float
    unit: float

    @abstractmethod
    def problem(self, network: AbstractNetwork, region: Region) -> AbstractProblem:
        """The problem that a region's tensor sees."""

    @abstractmethod
    def loss(self, network: AbstractNetwork) -> float:
        """The loss of the network, without a penalty."""

    @abstractmethod
    def judged(self, network: AbstractNetwork) -> Judged:
        """The loss of the network and its relative error."""

    @abstractmethod
    def moment(self, network: AbstractNetwork, region: Region, legs: tuple[str, ...]) -> Array:
        """Second moment of what enters a region along some of its open legs, (legs | primed legs): a cut's metric."""

    @abstractmethod
    def growth(self, network: AbstractNetwork, region: Region, legs: tuple[str, ...]) -> Array:
        """A symmetric moment of the same legs whose leading eigenvectors are the directions worth adding to a bond."""

    @abstractmethod
    def prepared(self, step: Step, seed: int) -> Self:
        """The part of the data that a sweep sees."""


def require_squares(values: Array, name: str) -> float:
    """The largest size among some values. Raises ValueError where float64 could not hold a sum of their squares."""
    xp = namespace(values)
    size = float(xp.max(xp.abs(values)))
    if size and not SMALL <= size <= 1 / SMALL:
        raise ValueError(f"{name} has the size {size:.3g}, whose square float64 cannot hold; divide it by that size.")
    return size
