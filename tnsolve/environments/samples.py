"""The environment of product features: messages (samples x rank) on directed bonds, and the problem they leave."""

from dataclasses import dataclass, field
from itertools import compress
from math import log, log2, prod
from operator import is_not

from tnsolve.algebra.arrays import Array, Pool, namespace
from tnsolve.algebra.kernels import kernels_for
from tnsolve.algebra.legs import Core, arranged, contract, folded, matrix, primed, without
from tnsolve.algebra.linalg import inner
from tnsolve.environments.abstract import AbstractEnvironment
from tnsolve.environments.designs import design
from tnsolve.networks.abstract import LABEL, AbstractNetwork, Region
from tnsolve.networks.loopfree import AbstractLoopFree
from tnsolve.problems import Problem, gram, mean_loss
from tnsolve.transfer import AbstractTransfer

Surround = tuple[tuple[Array, Array, Array], tuple[str, ...], float]


@dataclass(frozen=True)
class Rows:
    """What flows along a leg: exp(log) * values, with values (N, dim), or (N, m, dim) when it carries the label."""

    values: Array
    log: float = 0.0

    @property
    def labelled(self) -> bool:
        """Whether the label leg is among what flows."""
        return self.values.ndim == 3


@dataclass(frozen=True)
class Samples(AbstractEnvironment):
    """f(x_n) = W . phi_1(x_n1) x ... x phi_s(x_ns) on a network, with everything but a region contracted.

    features : one (N, d_s) array per site    targets : (N, m)    weights : (N,), sum 1

    A message is remembered with the network it was made from; when a core is replaced, the messages that left it are
    dropped, found by comparing cores for identity. A message that carries the label is dropped once the next one
    outward exists: it is m times larger than the others and a sweep never returns to it.
    Memory O(N sum of ranks). Cost of a message O(N a d b), times m with the label.
    With loops there are no messages: each problem contracts the whole network, see `design`.
    """

    features: tuple[Array, ...]
    targets: Array
    weights: Array
    transfer: AbstractTransfer
    pool: Pool = field(default_factory=Pool)
    _messages: dict[tuple[int, int], Rows] = field(default_factory=dict, init=False, repr=False, compare=False)
    _spent: set[tuple[int, int]] = field(default_factory=set, init=False, repr=False, compare=False)
    _seen: list[Core] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def samples(self) -> int:
        """Number of samples."""
        return self.targets.shape[0]

    def problem(self, network: AbstractNetwork, region: Region) -> Problem:
        """The linear map that a region's tensor sees, in the units of the scaled messages."""
        loopfree = isinstance(network, AbstractLoopFree)
        factors, order, shift = self._met(network, region) if loopfree else self._designed(network, region)
        left, site, right = factors
        return Problem(
            left=left,
            site=site,
            right=right,
            targets=self.targets,
            weights=self.weights,
            transfer=self.transfer,
            legs=order,
            dims=network.merge(region).dims(order),
            shift=shift,
            pool=self.pool,
        )

    def loss(self, network: AbstractNetwork) -> float:
        """Mean matching loss of the network."""
        return mean_loss(self.transfer, self.predict(network), self.targets, self.weights)

    def predict(self, network: AbstractNetwork) -> Array:
        """z = f(x_n) for all samples, (N, m)."""
        centre = network.centre if isinstance(network, AbstractLoopFree) else None
        site = network.label if centre is None else centre
        problem = self.problem(network, (site,))
        return problem.mv(problem.theta(network.cores[site], network.scale))

    def moment(self, network: AbstractLoopFree, region: Region, legs: tuple[str, ...]) -> Array:
        """sum_n w_n r_n r_n' of the joint rows r of some of a region's open legs, in their order.

        Where the label flows in, its outputs are added; where it is one of the legs, its metric is the unit matrix.
        """
        flows = {leg: self.flow(network, leg, region) for leg in legs if leg != LABEL}
        order = sorted(flows, key=lambda leg: flows[leg].labelled)
        left, site, right = [self._ones(), self._ones(), *(flows[leg].values for leg in order)][-3:]
        dims = tuple(flows[leg].values.shape[-1] for leg in order)
        moment = folded(gram(left, site, right, self.weights, self.pool), (*order, *primed(order)), dims * 2)
        if LABEL in legs:
            xp = namespace(self.weights)
            unit = xp.eye(self.targets.shape[1], dtype=self.weights.dtype, device=self.weights.device)
            moment = contract(moment, Core(unit, (LABEL, *primed([LABEL]))))
        return matrix(moment, legs, primed(legs))

    # -- the factors of a design, the legs of theta in their order, and the shift ----------------------------------

    def _met(self, network: AbstractLoopFree, region: Region) -> Surround:
        """The flows that meet in a region, the label's last."""
        legs = [leg for site in region for leg in self._open_legs(network, site, region)]
        flows = {leg: self.flow(network, leg, region) for leg in legs if leg != LABEL}
        last = next((leg for leg in flows if flows[leg].labelled), list(flows)[-1])
        first, *middle = without(flows, last)
        site = self._joined([flows[leg] for leg in middle])
        order = (first, *middle, *((LABEL,) if LABEL in legs else ()), last)
        return (flows[first].values, site, flows[last].values), order, sum(flow.log for flow in flows.values())

    def _designed(self, network: AbstractNetwork, region: Region) -> Surround:
        """Whole rows as one factor, ones as the others."""
        rows = _rescaled(design(network, region, self.features, self.pool), 0.0)
        legs, one = network.merge(region).legs, self._ones()
        if rows.labelled:
            return (one, one, rows.values), legs, rows.log
        return (rows.values, one, one), (*without(legs, LABEL), LABEL), rows.log

    # -- what flows along the legs ---------------------------------------------------------------------------------

    def flow(self, network: AbstractLoopFree, leg: str, region: Region) -> Rows:
        """What enters a region along one of its open legs: site vectors, a message, or ones on a leg that ends."""
        if leg.startswith("x"):
            return Rows(self.features[int(leg[1:])])
        inside = next(site for site in region if leg in network.cores[site].legs)
        outside = [near for near in network.topology.neighbours[inside] if network.topology.bonds[inside, near] == leg]
        if outside:
            return self.message(network, outside[0], inside)
        return Rows(self._ones())

    def message(self, network: AbstractLoopFree, source: int, target: int) -> Rows:
        """The branch behind core `source`, contracted with the samples, as it enters core `target`."""
        self._forget(network)
        waiting = [(source, target)]
        while waiting:
            s, t = waiting[-1]
            needed = [(k, s) for k in network.topology.neighbours[s] if k != t and (k, s) not in self._messages]
            if needed and (s, t) not in self._messages:
                waiting.extend(needed)
                continue
            waiting.pop()
            if (s, t) not in self._messages:
                self._messages[s, t] = self._absorbed(network, s, t)
        return self._messages[source, target]

    def _absorbed(self, network: AbstractLoopFree, source: int, target: int) -> Rows:
        """One message from the messages and site vectors that enter its source."""
        out = network.topology.bonds[source, target]
        core = network.cores[source]
        inner = without(core.legs, out, LABEL)
        flows = {leg: self._entering(network, source, leg) for leg in inner}
        labelled = [leg for leg in inner if flows[leg].labelled]
        scale = sum(flow.log for flow in flows.values())
        if labelled:
            (last,) = labelled
            site = self._joined([flows[leg] for leg in inner if leg != last])
            tensor = self._flat(core, (out, *without(inner, last), last))
            values = self._rowwise("absorb_label", flows[last].values, site, tensor)
            self._drop_labelled(network, source, target)
            return _rescaled(values, scale)
        first, *middle = inner
        site = self._joined([flows[leg] for leg in middle])
        ends = (LABEL, out) if LABEL in core.legs else (out,)
        values = self._rowwise("absorb", flows[first].values, site, self._flat(core, (*inner, *ends), len(ends)))
        if LABEL in core.legs:
            values = namespace(values).reshape(values, (self.samples, core.dim(LABEL), core.dim(out)))
        return _rescaled(values, scale)

    def _entering(self, network: AbstractLoopFree, source: int, leg: str) -> Rows:
        """As `flow`, for messages that are known to be remembered."""
        for near in network.topology.neighbours[source]:
            if network.topology.bonds[source, near] == leg:
                return self._messages[near, source]
        return self.flow(network, leg, (source,))

    def _flat(self, core: Core, legs: tuple[str, ...], ends: int = 1) -> Array:
        """The core as (first, middle legs fused, last `ends` legs fused)."""
        data = arranged(core, legs).data
        xp = namespace(data)
        tail = prod(data.shape[len(legs) - ends :])
        return xp.reshape(data, (data.shape[0], -1, tail))

    def _joined(self, flows: list[Rows]) -> Array:
        """Row-wise Kronecker product of several flows; ones where there is none."""
        if not flows:
            return self._ones()
        first, *others = flows
        joined = first.values
        for flow in others:
            joined = kernels_for(joined).khatri_rao(joined, flow.values)
        return joined

    def _ones(self) -> Array:
        xp = namespace(self.weights)
        return xp.ones((self.samples, 1), dtype=self.weights.dtype, device=self.weights.device)

    def _rowwise(self, name: str, rows: Array, site: Array, core: Array) -> Array:
        """A message kernel, span by span."""
        kernel = getattr(kernels_for(rows), name)
        parts = self.pool.map(lambda span: kernel(rows[span, ...], site[span, ...], core), self.samples)
        return parts[0] if len(parts) == 1 else namespace(rows).concat(parts, axis=0)

    # -- remembering -----------------------------------------------------------------------------------------------

    def _forget(self, network: AbstractLoopFree) -> None:
        """Drop every message that left a core which is not the one it was made from."""
        if len(self._seen) != len(network.cores):
            self._messages.clear()
            self._seen[:] = network.cores
        changed = compress(range(len(self._seen)), map(is_not, self._seen, network.cores))
        for site in changed:
            stale = [(site, near) for near in network.topology.neighbours[site]]
            while stale:
                s, t = stale.pop()
                self._messages.pop((s, t), None)
                self._spent.discard((s, t))
                further = [(t, k) for k in network.topology.neighbours[t] if k != s]
                stale.extend(edge for edge in further if edge in self._messages or edge in self._spent)
        self._seen[:] = network.cores

    def _drop_labelled(self, network: AbstractLoopFree, source: int, target: int) -> None:
        """Drop what carried the label into `source`; the edge is noted, for messages further out were made from it."""
        for near in network.topology.neighbours[source]:
            if near != target and self._messages[near, source].labelled:
                del self._messages[near, source]
                self._spent.add((near, source))

    @staticmethod
    def _open_legs(network: AbstractLoopFree, site: int, region: Region) -> tuple[str, ...]:
        inner = [network.topology.bonds[site, other] for other in region if (site, other) in network.topology.bonds]
        return without(network.cores[site].legs, *inner)


def _rescaled(values: Array, scale: float) -> Rows:
    """The same rows with entries of root mean square near 1, by an exact power of two."""
    square = inner(values, values) / max(1, values.size)
    if not 0 < square < float("inf"):
        return Rows(values, scale)
    power = round(log2(square) / 2)
    return Rows(values, scale) if power == 0 else Rows(values * 2.0**-power, scale + power * log(2))
