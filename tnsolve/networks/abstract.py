"""What a sweep asks of a network."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Self

from tnsolve.algebra.arrays import Array
from tnsolve.algebra.legs import Core
from tnsolve.networks.topology import Topology
from tnsolve.schedule import Step

LABEL = "y"
Region = tuple[int, ...]
Stop = tuple[Region, int]


class AbstractNetwork(ABC):
    """A tensor exp(scale) * (contraction of the cores), linear in every core.

    centre : the core at which all others point, each an isometry; None before any gauge, and where loops allow none
    """

    cores: tuple[Core, ...]
    scale: float
    centre: int | None

    @property
    @abstractmethod
    def topology(self) -> Topology | None:
        """The tree of its bonds; None where there are loops."""

    @abstractmethod
    def tour(self, step: Step) -> list[Stop]:
        """The regions of a sweep in order, each with the core that shall hold the centre after it.

        Raises ValueError for a step that this network cannot make.
        """

    @abstractmethod
    def centred(self, region: Region) -> Self:
        """The same tensor in the gauge that suits a solve at `region`."""

    @abstractmethod
    def isometric(self, region: Region) -> bool:
        """Whether all that lies outside a region is an isometry towards it: |theta| is then the norm of the tensor."""

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
    def expanded(self, source: int, target: int, directions: Array) -> Self:
        """The same tensor with a wider bond between two cores: `directions` at `source`, zeros at `target`."""

    @abstractmethod
    def filled(self, arrays: Sequence[Array]) -> Self:
        """The same network with other numbers in its cores, in no particular gauge."""

    @abstractmethod
    def recast(self, cast: Callable[[Array], Array]) -> Self:
        """The same network, its gauge kept, with its cores in another dtype, library or place."""

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
    def rank(self) -> int:
        """The largest bond dimension; 1 where there is no bond."""
        return max([1, *self.ranks.values()])

    @property
    def parameters(self) -> int:
        """Numbers stored in the cores."""
        return sum(core.data.size for core in self.cores)

    @property
    def bytes(self) -> int:
        """Memory of the cores."""
        return sum(core.data.size * core.data.dtype.itemsize for core in self.cores)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.cores)} cores, rank {self.rank}, {self.parameters} parameters)"
