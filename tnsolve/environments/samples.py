"""The environment of product features: a mean matching loss over samples, and what it leaves of a region."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from math import log2

from tnsolve.algebra.arrays import Array, Pool, generator, namespace
from tnsolve.algebra.legs import Core, contract, folded, matrix, primed, without
from tnsolve.environments.abstract import AbstractEnvironment, Judged, require_squares
from tnsolve.environments.designs import design
from tnsolve.environments.messages import Messages, rescaled
from tnsolve.networks.abstract import LABEL, AbstractNetwork, Region
from tnsolve.networks.topology import Topology
from tnsolve.problems import AbstractMap, Beside, Holding, Problem, Rows, mean_loss
from tnsolve.problems.grams import pair_gram
from tnsolve.schedule import Step
from tnsolve.transfer import AbstractTransfer


@dataclass(frozen=True)
class Design:
    """What a network makes of samples, linear in every region: z_n = W . phi_1(x_n1) x ... x phi_s(x_ns).

    features : one (N, d_s) array per site

    Without loops, a region's linear map is met by messages, remembered from visit to visit. With loops there are none:
    each map contracts the whole network, see `design`.
    """

    features: tuple[Array, ...]
    pool: Pool = field(default_factory=Pool)

    @cached_property
    def messages(self) -> Messages:
        """The memory of what flows along bonds."""
        return Messages(self.features, self.pool)

    def map(self, network: AbstractNetwork, region: Region) -> AbstractMap:
        """The linear map from a region's tensor to z, in the units of the scaled messages."""
        tree = network.topology
        return self._designed(network, region) if tree is None else self._met(network, tree, region)

    def predict(self, network: AbstractNetwork) -> Array:
        """z = f(x_n) for all samples, (N, m)."""
        site = network.label if network.centre is None else network.centre
        map = self.map(network, (site,))
        return map.mv(map.theta(network.cores[site], network.scale))

    def _met(self, network: AbstractNetwork, tree: Topology, region: Region) -> AbstractMap:
        """The flows that meet in a region, the label's last."""
        legs = _open(network, tree, region)
        flows = self.messages.flows(network, tree, region, legs)
        last = next((leg for leg in flows if flows[leg].labelled), list(flows)[-1])
        first, *middle = without(flows, last)
        site = self.messages.joined([flows[leg] for leg in middle])
        order = (first, *middle, *((LABEL,) if LABEL in legs else ()), last)
        dims = network.merge(region).dims(order)
        shift = sum(flow.log for flow in flows.values())
        left, right = flows[first].values, flows[last].values
        if flows[last].labelled:
            return Beside(order, dims, shift, self.pool, left, site, right)
        return Holding(order, dims, shift, self.pool, left, site, right, dims[order.index(LABEL)])

    def _designed(self, network: AbstractNetwork, region: Region) -> AbstractMap:
        """Whole rows."""
        rows = rescaled(design(network, region, self.features, self.pool), 0.0)
        whole, one = network.merge(region), self.messages.ones()
        if rows.labelled:
            return Rows(whole.legs, whole.dims(whole.legs), rows.log, self.pool, rows.values)
        order = (*without(whole.legs, LABEL), LABEL)
        return Holding(order, whole.dims(order), rows.log, self.pool, rows.values, one, one, whole.dim(LABEL))


@dataclass(frozen=True)
class Samples(AbstractEnvironment):
    """loss = sum_n w_n loss(z_n, unit * targets_n).

    targets : (N, m)    weights : (N,), sum 1
    unit    : targets are given, and problems are posed, in units of it: 1 unless squares would leave their dtype
    """

    features: tuple[Array, ...]
    targets: Array
    weights: Array
    transfer: AbstractTransfer
    pool: Pool = field(default_factory=Pool)
    unit: float = 1.0

    @cached_property
    def design(self) -> Design:
        """The linear maps of these samples."""
        return Design(self.features, self.pool)

    @property
    def samples(self) -> int:
        """Number of samples."""
        return self.targets.shape[0]

    def problem(self, network: AbstractNetwork, region: Region) -> Problem:
        """The convex problem that a region's tensor sees, in the units of the scaled messages."""
        found = self.design.map(network, region)
        found = found if self.unit == 1 else found.measured(self.unit)
        return Problem(found, self.targets, self.weights, self.transfer)

    def loss(self, network: AbstractNetwork) -> float:
        """Mean matching loss of the network."""
        z = self.predict(network)
        z = z if self.unit == 1 else z / self.unit
        return self.unit**2 * mean_loss(self.transfer, z, self.targets, self.weights)

    def judged(self, network: AbstractNetwork) -> Judged:
        """The loss; no error."""
        return Judged(self.loss(network))

    def predict(self, network: AbstractNetwork) -> Array:
        """z for all samples, (N, m)."""
        return self.design.predict(network)

    def prepared(self, step: Step, seed: int) -> "Samples":
        """The first `step.samples` of a seeded order, those of weight 0 last: each subset contains the next smaller."""
        count = step.samples
        if count is None or count >= self.samples:
            return self
        xp = namespace(self.weights)
        order = xp.asarray(generator(seed).permutation(self.samples))
        weightless = xp.astype(xp.take(self.weights, order, axis=0) <= 0, order.dtype)
        chosen = xp.take(order, xp.argsort(weightless, stable=True)[:count], axis=0)
        w = xp.take(self.weights, chosen, axis=0)
        return replace(
            self,
            features=tuple(xp.take(rows, chosen, axis=0) for rows in self.features),
            targets=xp.take(self.targets, chosen, axis=0),
            weights=w / xp.sum(w),
        )

    def moment(self, network: AbstractNetwork, region: Region, legs: tuple[str, ...]) -> Array:
        """sum_n w_n r_n r_n' of the joint rows r of some of a region's open legs, in their order.

        Where the label flows in, its outputs are added; where it is one of the legs, its metric is the unit matrix.
        Raises ValueError for a network with loops: there nothing flows along a single leg.
        """
        tree = network.topology
        if tree is None:
            raise ValueError(f"Samples.moment(network) needs a network without loops, not a {type(network).__name__}.")
        messages = self.design.messages
        flows = messages.flows(network, tree, region, legs)
        order = sorted(flows, key=lambda leg: flows[leg].labelled)
        ones = messages.ones()
        left, site, right = [ones, ones, *(flows[leg].values for leg in order)][-3:]
        dims = tuple(flows[leg].values.shape[-1] for leg in order)
        moment = folded(pair_gram(left, site, right, self.weights, self.pool), (*order, *primed(order)), dims * 2)
        if LABEL in legs:
            xp = namespace(self.weights)
            unit = xp.eye(self.targets.shape[1], dtype=self.weights.dtype, device=self.weights.device)
            moment = contract(moment, Core(unit, (LABEL, *primed([LABEL]))))
        return matrix(moment, legs, primed(legs))

    def growth(self, network: AbstractNetwork, region: Region, legs: tuple[str, ...]) -> Array:
        """The same: the principal directions of what enters a core are those worth adding to its bond."""
        return self.moment(network, region, legs)


def unit_of(y: Array, transfer: AbstractTransfer, call: str) -> float:
    """The power of two in units of which squares of y, and those of their rounding, stay in range; 1 where they do.

    Raises ValueError, in the name of `call`, where the squares leave float64 too, in which losses are told.
    """
    if not transfer.quadratic:
        return 1.0
    size, machine = require_squares(y, f"{call}(y=...)"), namespace(y).finfo(y.dtype)
    eps = float(machine.eps)
    low, high = float(machine.smallest_normal) ** 0.5 / eps, float(machine.max) ** 0.5 * eps
    return 1.0 if size == 0 or low <= size <= high else 2.0 ** round(log2(size))


def _open(network: AbstractNetwork, tree: Topology, region: Region) -> list[str]:
    """The legs by which a region meets the rest, core by core."""
    inner = {tree.bonds[i, j] for i in region for j in region if (i, j) in tree.bonds}
    return [leg for site in region for leg in without(network.cores[site].legs, *inner)]
