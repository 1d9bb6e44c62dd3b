"""Binary MERA with open ends: a tree whose neighbouring branches are disentangled below every row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log
from typing import Any, Self

import numpy as np

from tnsolve.algebra.arrays import Array
from tnsolve.algebra.legs import Core
from tnsolve.networks.abstract import LABEL, Region
from tnsolve.networks.layouts import binary, capped, decomposed, labelled, nearest_isometry, random_cores, uncapped
from tnsolve.networks.linear import featured, named, whole_of
from tnsolve.networks.looped import AbstractLooped
from tnsolve.networks.scales import OCTAVE, norm, power

MOST_SITES = 16


@dataclass(frozen=True, eq=False, repr=False)
class MERA(AbstractLooped):
    """Rows of disentanglers u on legs (2, 3), (4, 5), ... and tree tensors w on (1, 2), (3, 4), ..., the root last.

            y0 y1
             [w]              outputs leave on the way up as in `Tree`, or through a mirrored MERA
            /   \\
         -[w]   [w]-          every pair of neighbours meets in the first row, which a tree does not offer
          / \\   / \\
         |  [u u]  |
         x0 x1 x2 x3

    Hallam, Grant, Stojevic, Severini and Green, BMVC 2018 (arXiv 1711.03357); proofs/hierarchies/cones.py.
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
        dtype: Any = np.float64,
        seed: int | np.random.Generator = 0,
    ) -> Self:
        """Independent normal entries; arguments and errors as for `Tree.random`."""
        ends = named(inputs, outputs, rank, "MERA.random")
        layout = binary(len(inputs), len(outputs), mirrored=mirrored, disentangled=True)
        return cls(random_cores(layout, (capped if exact else uncapped)(layout, ends, rank), seed, dtype))

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

    @classmethod
    def on_features(
        cls,
        dims: Sequence[int],
        outputs: int,
        rank: int,
        *,
        dtype: Any = np.float64,
        seed: int | np.random.Generator = 0,
    ) -> Self:
        """A MERA on product features, its label leg at the root: sites as leaves, E |W|^2 = the size of W.

        Raises ValueError as `Tree.on_features`, and for one site or more than 16: the cost of a sample grows with the
        loops between the branches.
        """
        ends = featured(dims, outputs, rank, "MERA.on_features")
        if not 2 <= len(dims) <= MOST_SITES:
            raise ValueError(
                f"MERA.on_features(dims=...) has {len(dims)} sites but takes 2 to {MOST_SITES}; use Tree.on_features "
                f"or MPS.random, whose cost is linear in the sites, or join several columns in one site."
            )
        layout = labelled(len(dims), disentangled=True)
        return cls(random_cores(layout, capped(layout, ends, rank), seed, dtype))

    def centred(self, region: Region) -> Self:
        """The same tensor; there is no centre. On features, all cores outside `region` are given unit norm.

        A ridge on the region's tensor is then one on the product of all norms, the same at every core: visit after
        visit lowers one objective (`proofs/sweeps/loops.py`); where one of them is zero, so is the region. As a matrix
        it is returned as it is, so that isometries stay isometries.
        """
        if LABEL not in self.cores[self.label].legs:
            return self
        cores, scale = list(self.cores), self.scale
        for site in set(range(len(cores))) - set(region):
            size = power(cores[site].data)
            even = cores[site].data * 2.0**-size
            length = norm(even)
            if length == 0:
                (inside,) = region
                cores[inside] = Core(0 * cores[inside].data, cores[inside].legs)
                length = 1.0
            cores[site] = Core(even / length, cores[site].legs)
            scale += log(length) + size * OCTAVE
        return replace(self, cores=tuple(cores), scale=scale)

    def up(self, site: int) -> tuple[str, ...]:
        """The legs by which a core goes on towards the root; none at the root."""
        later = {leg for core in self.cores[site + 1 :] for leg in core.legs}
        return tuple(leg for leg in self.cores[site].legs if leg in later)

    @property
    def isometries(self) -> Mapping[frozenset[str], tuple[str, ...]]:
        """The legs of every core but the root -> those of them that go up: what `Polar` keeps isometric."""
        return {frozenset(core.legs): self.up(site) for site, core in enumerate(self.cores[:-1])}

    def nearest_isometries(self) -> Self:
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
