"""Networks with loops: no canonical gauge, so each core is a region of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self

from tnsolve.algebra.arrays import Array
from tnsolve.algebra.legs import Core, arranged
from tnsolve.networks.abstract import Region, Stop
from tnsolve.networks.linear import AbstractLinear
from tnsolve.schedule import Step


@dataclass(frozen=True, eq=False, repr=False)
class AbstractLooped(AbstractLinear):
    """exp(scale) * (contraction of the cores), swept core by core from the last to the first and back."""

    cores: tuple[Core, ...]
    scale: float = 0.0
    centre = None

    @property
    def topology(self) -> None:
        """None: there are loops."""
        return None

    def tour(self, step: Step) -> list[Stop]:
        """Every core down and up again, the turning point once.

        Raises ValueError for a step that would grow or cut a bond: that needs a canonical gauge.
        """
        if step.sites != 1 or step.expand or step.rank not in (None, self.rank):
            raise ValueError(
                f"{step} cannot change the ranks of a {type(self).__name__}: a network with loops has no canonical "
                f"gauge to grow or cut in; leave out rank, sites and expand, and start with the rank that you want."
            )
        down = range(len(self.cores))[::-1]
        return [((k,), k) for k in (*down, *range(1, len(self.cores)))]

    def isometric(self, region: Region) -> bool:
        """Whether the region is the whole network."""
        return len(region) == len(self.cores)

    def expanded(self, source: int, target: int, directions: Array) -> Self:
        """Raises ValueError: no direction is orthogonal to a network without a gauge."""
        raise ValueError(f"{type(self).__name__}.expanded(...) has no gauge to widen a bond in; start at that rank.")

    def spectra(self) -> dict[str, Array]:
        """Raises ValueError: no single bond cuts a network with loops in two."""
        raise ValueError(
            f"spectra() of a {type(self).__name__} does not exist: no single bond cuts a network with loops in two; "
            f"use an MPS, an MPO or a Tree."
        )

    def merge(self, region: Region) -> Core:
        """The core."""
        return self.cores[region[0]]

    def split(
        self,
        region: Region,
        theta: Core,
        onto: int,
        step: Step,
        scale: float,
        metric: Callable[[tuple[str, ...]], Array] | None = None,
    ) -> tuple[Self, float]:
        """Replace the core; nothing is discarded."""
        (site,) = region
        cores = list(self.cores)
        cores[site] = arranged(theta, cores[site].legs)
        return replace(self, cores=tuple(cores), scale=scale), 0.0

    def recast(self, cast: Callable[[Array], Array]) -> Self:
        """The same network with its cores in another dtype, library or place."""
        return replace(self, cores=tuple(Core(cast(core.data), core.legs) for core in self.cores))

    def filled(self, arrays: Sequence[Array]) -> Self:
        """The same network with other numbers in its cores."""
        cores = tuple(Core(array, core.legs) for array, core in zip(arrays, self.cores, strict=True))
        return replace(self, cores=cores)
