"""What a sweep asks of an environment."""

from abc import ABC, abstractmethod

from tnsolve.networks.abstract import AbstractNetwork, Region
from tnsolve.problems import AbstractProblem


class AbstractEnvironment(ABC):
    """A loss of a network: with everything outside a region frozen, a convex problem in the region's tensor."""

    @abstractmethod
    def problem(self, network: AbstractNetwork, region: Region) -> AbstractProblem:
        """The problem that a region's tensor sees."""

    @abstractmethod
    def loss(self, network: AbstractNetwork) -> float:
        """The loss of the network, without a penalty."""
