"""Binary MERA with open ends: a tree whose neighbouring branches are disentangled below every row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from tnsolve.arrays import Array
from tnsolve.networks.abstract import Region
from tnsolve.networks.layouts import binary, capped, decomposed, nearest_isometry, random_cores, uncapped
from tnsolve.networks.linear import named, whole_of
from tnsolve.networks.looped import AbstractLooped


@dataclass(frozen=True, eq=False)
class MERA(AbstractLooped):
    """Rows of disentanglers u on legs (2, 3), (4, 5), ... and tree tensors w on (1, 2), (3, 4), ..., the root last.

            y0 y1
             [w]              outputs leave on the way up as in `Tree`, or through a mirrored MERA
            /   \\
         -[w]   [w]-          every pair of neighbours meets in the first row, which a tree does not offer
          / \\   / \\
         |  [u u]  |
         x0 x1 x2 x3

    Hallam, Grant, Stojevic, Severini and Green, BMVC 2018 (arXiv 1711.03357).
    """

    @classmethod
    def random(
        cls,
        inputs: Sequence[int],
        outputs: Sequence[int],
        rank: int,
        *,
        mirrored: bool = False,
        exact: bool = True,
        seed: int | np.random.Generator = 0,
    ) -> Self:
        """Independent normal entries; arguments and errors as for `Tree.random`."""
        ends = named(inputs, outputs, rank, "MERA.random")
        layout = binary(len(inputs), len(outputs), mirrored=mirrored, disentangled=True)
        return cls(random_cores(layout, (capped if exact else uncapped)(layout, ends, rank), seed))

    @classmethod
    def from_dense(
        cls, weight: Array, inputs: Sequence[int], outputs: Sequence[int], rank: int, *, mirrored: bool = False
    ) -> Self:
        """One SVD for each core, leaves first; every core but the root an isometry towards it; exact at full rank.

        |W - MERA|^2 <= the sum of the squares that the SVDs discard.   Raises ValueError as `Tree.from_dense`.
        """
        ends = named(inputs, outputs, rank, "MERA.from_dense")
        layout = binary(len(inputs), len(outputs), mirrored=mirrored, disentangled=True)
        whole = whole_of(weight, inputs, outputs, "MERA.from_dense")
        return cls(decomposed(layout, capped(layout, ends, rank), whole)[0])

    def centred(self, region: Region) -> Self:
        """Itself: there is no centre."""
        return self

    def up(self, site: int) -> tuple[str, ...]:
        """The legs by which a core goes on towards the root; none at the root."""
        later = {leg for core in self.cores[site + 1 :] for leg in core.legs}
        return tuple(leg for leg in self.cores[site].legs if leg in later)

    @property
    def isometries(self) -> Mapping[frozenset[str], tuple[str, ...]]:
        """The legs of every core but the root -> those of them that go up: what `Polar` keeps isometric."""
        return {frozenset(core.legs): self.up(site) for site, core in enumerate(self.cores[:-1])}

    def isometric(self) -> Self:
        """Every core but the root replaced by the isometry nearest to it."""
        cores = [nearest_isometry(core, self.up(site)) for site, core in enumerate(self.cores[:-1])]
        return replace(self, cores=(*cores, self.cores[-1]))

    def light_cone(self, leg: str) -> tuple[int, ...]:
        """The cores that what enters at `leg` can reach on its way to the root."""
        reached = {leg}
        cone = []
        for site, core in enumerate(self.cores):
            entered = set(core.legs) - set(self.up(site))
            if entered & reached:
                cone.append(site)
                reached.update(self.up(site))
        return tuple(cone)
