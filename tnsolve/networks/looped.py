"""Networks with loops: no canonical gauge, so each core is a region of its own."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

from tnsolve.algebra.arrays import Array
from tnsolve.algebra.legs import Core, arranged
from tnsolve.networks.abstract import Region
from tnsolve.networks.linear import AbstractLinear
from tnsolve.schedule import Step


@dataclass(frozen=True, eq=False)
class AbstractLooped(AbstractLinear):
    """exp(scale) * (contraction of the cores), swept core by core from the last to the first and back."""

    cores: tuple[Core, ...]
    scale: float = 0.0

    def tour(self, sites: int = 1, travel: bool = False) -> Iterator[tuple[Region, int]]:
        """Every core down and up again, the turning point once.   Raises ValueError for two sites."""
        if sites != 1:
            raise ValueError(
                f"Schedule(sites={sites}) cannot sweep {type(self).__name__}: a network with loops has no "
                f"canonical gauge to cut in; use sites=1."
            )
        down = range(len(self.cores))[::-1]
        yield from (((k,), k) for k in (*down, *range(1, len(self.cores))))

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

    def filled(self, arrays: Sequence[Array]) -> Self:
        """The same network with other numbers in its cores."""
        cores = tuple(Core(array, core.legs) for array, core in zip(arrays, self.cores, strict=True))
        return replace(self, cores=cores)
