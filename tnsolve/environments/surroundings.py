"""A tensor with every core outside a region contracted onto it; what a sweep can use again is remembered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tnsolve.algebra.arrays import Array
from tnsolve.algebra.contraction import contracted, cost
from tnsolve.algebra.legs import Core
from tnsolve.networks.abstract import AbstractNetwork, Region
from tnsolve.networks.topology import Topology

Copies = Callable[[Core], tuple[Core, ...]]


@dataclass(frozen=True)
class Surroundings:
    """X . (copies of all cores outside a region).

    base   : the tensors that make up X, at least none
    copies : of a core: itself where the network enters once, itself and a primed copy where it is doubled

    Without loops, X is carried along from the root: at core k it has absorbed every core that is not behind k,

        root            base(k) = base(parent) . parent . (branches of the parent other than k's)
         |   \\
         p   ...        and a region at k adds the cores behind k. base(k) is remembered with the cores it was
         |  \\           made from, compared by identity: no flags, no invalidation.
         k   ...

    With loops the whole network is contracted by one plan.
    """

    base: tuple[Core, ...]
    copies: Copies
    _memory: dict[int, tuple[tuple[Core, ...], tuple[Core, ...]]] = field(default_factory=dict, init=False, repr=False)

    def array(self, network: AbstractNetwork, region: Region, output: Sequence[str], *extra: Core) -> Array:
        """The contraction, with further tensors if any, to the legs `output`."""
        return contracted((*self.around(network, region), *extra), output)

    def cost(self, network: AbstractNetwork, region: Region, output: Sequence[str], *extra: Core) -> float:
        """Multiply-adds of `array`, given what is remembered."""
        return cost((*self.around(network, region), *extra), output)

    def around(self, network: AbstractNetwork, region: Region) -> tuple[Core, ...]:
        """The tensors whose contraction surrounds a region."""
        topology = network.topology
        if topology is None:
            return (*self.base, *self._doubled(network, set(range(len(network.cores))) - set(region)))
        behind = _behind(topology, network.label)
        top = max(region, key=lambda site: len(behind[site]))
        near = self._doubled(network, behind[top] - set(region))
        return (*self._absorbed(network, topology, top, behind), *near)

    def _absorbed(
        self, network: AbstractNetwork, topology: Topology, site: int, behind: list[set[int]]
    ) -> tuple[Core, ...]:
        """base(site)."""
        if site == network.label:
            return self.base
        outside = tuple(core for k, core in enumerate(network.cores) if k not in behind[site])
        made_from, absorbed = self._memory.get(site, ((), ()))
        if len(made_from) == len(outside) and all(a is b for a, b in zip(made_from, outside, strict=True)):
            return absorbed
        parent = topology.path(site, network.label)[1]
        near = self._doubled(network, behind[parent] - behind[site])
        tensors = (*self._absorbed(network, topology, parent, behind), *near)
        needed = {leg for core in self._doubled(network, behind[site]) for leg in core.legs}
        output = tuple(dict.fromkeys(leg for core in tensors for leg in core.legs if leg in needed))
        absorbed = (Core(contracted(tensors, output), output),)
        self._memory[site] = outside, absorbed
        return absorbed

    def _doubled(self, network: AbstractNetwork, sites: set[int]) -> tuple[Core, ...]:
        return tuple(copy for site in sorted(sites) for copy in self.copies(network.cores[site]))


def _behind(topology: Topology, root: int) -> list[set[int]]:
    """For each core, itself and every core that is farther from the root through it."""
    behind = [{site} for site in range(len(topology.neighbours))]
    for parent, child in reversed(topology.outward(root)):
        behind[parent] |= behind[child]
    return behind
