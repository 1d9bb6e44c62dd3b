"""Messages on directed bonds: a branch of a network without loops, contracted with the site vectors of all samples."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import compress
from math import log, log2, prod
from operator import is_not

from tnsolve.algebra.arrays import Array, Pool, namespace
from tnsolve.algebra.kernels import kernels_for
from tnsolve.algebra.legs import Core, arranged, without
from tnsolve.algebra.linalg import inner
from tnsolve.networks.abstract import LABEL, AbstractNetwork, Region
from tnsolve.networks.scales import clamped
from tnsolve.networks.topology import Topology


@dataclass(frozen=True)
class Flow:
    """What flows along a leg: exp(log) * values, with values (N, dim), or (N, m, dim) when it carries the label."""

    values: Array
    log: float = 0.0

    @property
    def labelled(self) -> bool:
        """Whether the label leg is among what flows."""
        return self.values.ndim == 3


@dataclass(frozen=True)
class Messages:
    """What enters a region along its open legs, remembered from visit to visit.

    features : one (N, d_s) array per site

    A message is remembered with the network it was made from; when a core is replaced, the messages that left it are
    dropped, found by comparing cores for identity. A message that carries the label is dropped once the next one
    outward exists: it is m times larger than the others and a sweep never returns to it.
    Memory O(N sum of ranks). Cost of a message O(N a d b), times m with the label.
    """

    features: Sequence[Array]
    pool: Pool
    _kept: dict[tuple[int, int], Flow] = field(default_factory=dict, init=False, repr=False, compare=False)
    _spent: set[tuple[int, int]] = field(default_factory=set, init=False, repr=False, compare=False)
    _seen: list[Core] = field(default_factory=list, init=False, repr=False, compare=False)

    def flows(self, network: AbstractNetwork, tree: Topology, region: Region, legs: Sequence[str]) -> dict[str, Flow]:
        """What enters a region along some of its open legs, the label's own leg left out."""
        return {leg: self.flow(network, tree, leg, region) for leg in legs if leg != LABEL}

    def joined(self, flows: Sequence[Flow]) -> Array:
        """Row-wise Kronecker product of several flows; ones where there is none."""
        if not flows:
            return self.ones()
        first, *others = flows
        joined = first.values
        for flow in others:
            joined = kernels_for(joined).khatri_rao(joined, flow.values)
        return joined

    def ones(self) -> Array:
        """(N, 1)."""
        xp = namespace(self.features[0])
        return xp.ones_like(self.features[0][:, :1])

    def flow(self, network: AbstractNetwork, tree: Topology, leg: str, region: Region) -> Flow:
        """What enters a region along one of its open legs: site vectors, a message, or ones on a leg that ends."""
        inside = next(site for site in region if leg in network.cores[site].legs)
        if leg.startswith("x"):
            return Flow(self._vectors(int(leg[1:]), network.cores[inside].dim(leg)))
        outside = [near for near in tree.neighbours[inside] if tree.bonds[inside, near] == leg]
        if outside:
            return self.message(network, tree, outside[0], inside)
        return Flow(self.ones())

    def message(self, network: AbstractNetwork, tree: Topology, source: int, target: int) -> Flow:
        """The branch behind core `source`, contracted with the samples, as it enters core `target`."""
        self._forget(network, tree)
        waiting = [(source, target)]
        while waiting:
            s, t = waiting[-1]
            needed = [(k, s) for k in tree.neighbours[s] if k != t and (k, s) not in self._kept]
            if needed and (s, t) not in self._kept:
                waiting.extend(needed)
                continue
            waiting.pop()
            if (s, t) not in self._kept:
                self._kept[s, t] = self._absorbed(network, tree, s, t)
        return self._kept[source, target]

    def _absorbed(self, network: AbstractNetwork, tree: Topology, source: int, target: int) -> Flow:
        """One message from the messages and site vectors that enter its source."""
        out = tree.bonds[source, target]
        core = network.cores[source]
        inner = without(core.legs, out, LABEL)
        flows = {leg: self._entering(network, tree, source, leg) for leg in inner}
        labelled = [leg for leg in inner if flows[leg].labelled]
        scale = sum(flow.log for flow in flows.values())
        if labelled:
            (last,) = labelled
            site = self.joined([flows[leg] for leg in inner if leg != last])
            tensor = self._flat(core, (out, *without(inner, last), last))
            values = self._rowwise(kernels_for(site).absorb_label, flows[last].values, site, tensor)
            self._drop_labelled(tree, source, target)
            return rescaled(values, scale)
        first, *middle = inner
        site = self.joined([flows[leg] for leg in middle])
        ends = (LABEL, out) if LABEL in core.legs else (out,)
        tensor = self._flat(core, (*inner, *ends), len(ends))
        values = self._rowwise(kernels_for(site).absorb, flows[first].values, site, tensor)
        if LABEL in core.legs:
            values = namespace(values).reshape(values, (-1, core.dim(LABEL), core.dim(out)))
        return rescaled(values, scale)

    def _entering(self, network: AbstractNetwork, tree: Topology, source: int, leg: str) -> Flow:
        """As `flow`, for messages that are known to be remembered."""
        for near in tree.neighbours[source]:
            if tree.bonds[source, near] == leg:
                return self._kept[near, source]
        return self.flow(network, tree, leg, (source,))

    def _vectors(self, site: int, dim: int) -> Array:
        """The site vectors (N, dim). Raises ValueError for others: kernels trust the sizes that they are given."""
        if site >= len(self.features) or self.features[site].shape[1] != dim:
            widths = tuple(rows.shape[1] for rows in self.features)
            raise ValueError(
                f"the samples have site vectors of widths {widths} but leg x{site} of the network has dimension {dim}; "
                f"make the samples with the features that the network was made for."
            )
        return self.features[site]

    @staticmethod
    def _flat(core: Core, legs: tuple[str, ...], ends: int = 1) -> Array:
        """The core as (first, middle legs fused, last `ends` legs fused)."""
        data = arranged(core, legs).data
        xp = namespace(data)
        tail = prod(data.shape[len(legs) - ends :])
        return xp.reshape(data, (data.shape[0], -1, tail))

    def _rowwise(self, kernel: Callable[..., Array], rows: Array, site: Array, core: Array) -> Array:
        """A message kernel, span by span."""
        parts = self.pool.map(lambda span: kernel(rows[span, ...], site[span, ...], core), rows.shape[0])
        return parts[0] if len(parts) == 1 else namespace(rows).concat(parts, axis=0)

    # -- remembering -----------------------------------------------------------------------------------------------

    def _forget(self, network: AbstractNetwork, tree: Topology) -> None:
        """Drop every message that left a core which is not the one it was made from."""
        if len(self._seen) != len(network.cores):
            self._kept.clear()
            self._seen[:] = network.cores
        changed = compress(range(len(self._seen)), map(is_not, self._seen, network.cores))
        for site in changed:
            stale = [(site, near) for near in tree.neighbours[site]]
            while stale:
                s, t = stale.pop()
                self._kept.pop((s, t), None)
                self._spent.discard((s, t))
                further = [(t, k) for k in tree.neighbours[t] if k != s]
                stale.extend(edge for edge in further if edge in self._kept or edge in self._spent)
        self._seen[:] = network.cores

    def _drop_labelled(self, tree: Topology, source: int, target: int) -> None:
        """Drop what carried the label into `source`; the edge is noted, for messages further out were made from it."""
        for near in tree.neighbours[source]:
            if near != target and self._kept[near, source].labelled:
                del self._kept[near, source]
                self._spent.add((near, source))


def rescaled(values: Array, scale: float) -> Flow:
    """The same rows with entries of root mean square near 1, by an exact power of two; subnormal ones are zero.

    What is left of numbers below the normal ones has no digits to rely on.
    """
    square = inner(values, values) / max(1, values.size)
    if not 0 < square < float("inf"):
        return Flow(values, scale)
    if square**0.5 < float(namespace(values).finfo(values.dtype).smallest_normal):
        return Flow(0 * values, scale)
    power = clamped(round(log2(square) / 2), values)
    return Flow(values, scale) if power == 0 else Flow(values * 2.0**-power, scale + power * log(2))
