"""What a sweep asks of a network."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Self

from tnsolve.algebra.arrays import Array
from tnsolve.algebra.legs import Core
from tnsolve.schedule import Step

LABEL = "y"
Region = tuple[int, ...]


class AbstractNetwork(ABC):
    """A tensor exp(scale) * (contraction of the cores), linear in every core."""

    cores: tuple[Core, ...]
    scale: float

    @abstractmethod
    def tour(self, sites: int = 1, travel: bool = False) -> Iterator[tuple[Region, int]]:
        """The regions of a sweep in order, each with the core that shall hold the centre after it."""

    @abstractmethod
    def centred(self, region: Region) -> Self:
        """The same tensor in the gauge that suits a solve at `region`."""

    @abstractmethod
    def merge(self, region: Region) -> Core:
        """The cores of a region contracted into one."""

    @abstractmethod
    def split(
        self,
        region: Region,
        theta: Core,
        onto: int,
        step: Step,
        scale: float,
        metric: Callable[[tuple[str, ...]], Array] | None = None,
    ) -> tuple[Self, float]:
        """Put `theta` back; the network and the discarded weight."""

    @abstractmethod
    def filled(self, arrays: Sequence[Array]) -> Self:
        """The same network with other numbers in its cores, in no particular gauge."""

    @cached_property
    def label(self) -> int:
        """The core that carries the output leg; the middle one where none does."""
        return next((site for site, core in enumerate(self.cores) if LABEL in core.legs), len(self.cores) // 2)

    @property
    def ranks(self) -> dict[str, int]:
        """Dimension of every bond, by leg: a leg that several cores carry."""
        carried = Counter(leg for core in self.cores for leg in core.legs)
        return {leg: core.dim(leg) for core in self.cores for leg in core.legs if carried[leg] > 1}

    @property
    def parameters(self) -> int:
        """Numbers stored in the cores."""
        return sum(core.data.size for core in self.cores)

    @property
    def bytes(self) -> int:
        """Memory of the cores."""
        return sum(core.data.size * core.data.dtype.itemsize for core in self.cores)
