"""Coordinates in which a layer is fitted: its moments there, and the way of a network there and back."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from tnsolve.environments.moments import Moments
from tnsolve.fitting.compress import compress
from tnsolve.fitting.solution import Solution
from tnsolve.models.linear_layer import Layer
from tnsolve.networks.linear import AbstractLinear
from tnsolve.schedule import Schedule

N = TypeVar("N", bound=AbstractLinear)


class AbstractCoordinates(ABC):
    """A layer on other inputs u: the loss of `entered(network)` in `moments` is that of the network in the old ones."""

    moments: Moments

    @abstractmethod
    def entered(self, network: N) -> N:
        """The network on u that does what the given one does on x."""

    @abstractmethod
    def undone(self, network: N) -> N:
        """The network on x that does what the given one does on u."""


@dataclass(frozen=True, eq=False)
class Unchanged(AbstractCoordinates):
    """The coordinates that the layer came in."""

    moments: Moments

    def entered(self, network: N) -> N:
        """The network itself."""
        return network

    def undone(self, network: N) -> N:
        """The network itself."""
        return network


Coordinates = Callable[[Moments], AbstractCoordinates]


def compress_in(
    coordinates: AbstractCoordinates, start: AbstractLinear, *, schedule: Schedule | None = None, polish: int = 0
) -> Solution[Layer]:
    """`compress` in some coordinates, from a start that is already in them; the layer that is found is undone."""
    moments = coordinates.moments
    found = compress(moments.best, start, inputs=moments, schedule=schedule, polish=polish)
    return replace(found, model=replace(found.model, network=coordinates.undone(found.model.network)))
