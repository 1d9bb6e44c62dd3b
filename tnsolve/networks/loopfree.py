"""What every network without loops can do: move its centre, merge and split a region, walk the sweep's tour."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Self

from tnsolve.algebra import linalg
from tnsolve.algebra.arrays import Array, namespace
from tnsolve.algebra.legs import Core, applied, arranged, contract, folded, matrix, padded, without
from tnsolve.networks.abstract import LABEL, AbstractNetwork, Region, Stop
from tnsolve.networks.scales import OCTAVE, evened, norm, power, unbearable
from tnsolve.networks.topology import Topology
from tnsolve.schedule import Step


@dataclass(frozen=True, eq=False, repr=False)
class AbstractLoopFree(AbstractNetwork):
    """A tensor exp(scale) * (contraction of the cores), one of which is the `centre`: all others are isometries
    that point at it, so the centre's norm is the tensor's up to the factor (`proofs/sweeps/ridge.py`). `centre` is None
    before any gauge.

         o--o--C--o--o        C  the centre
         |  |  |  |  |        o  isometric towards C
    """

    cores: tuple[Core, ...]
    centre: int | None = None
    scale: float = 0.0

    @cached_property
    def topology(self) -> Topology:
        """The bonds, read once per chain of updates: `_updated` hands it on."""
        return Topology.of(self.cores)

    # -- gauge -----------------------------------------------------------------------------------------------------

    def centred(self, region: Region) -> Self:
        """The same tensor with its centre inside `region`.   Cost: a QR for each core on the way."""
        if self.centre is None:
            inward = [(child, parent) for parent, child in reversed(self.topology.outward(region[0]))]
            cores, octaves = evened(self.cores)
            even = self._updated(dict(enumerate(cores)), scale=self.scale + octaves * OCTAVE)
            return even._pushed(inward)._updated({}, centre=region[0])
        if self.centre in region:
            return self
        way = min((self.topology.path(self.centre, site) for site in region), key=len)
        return self._pushed(list(pairwise(way)))._updated({}, centre=way[-1])

    def _pushed(self, edges: list[tuple[int, int]]) -> Self:
        """For each (i, j) in turn: core i becomes an isometry and its triangular factor moves into core j.

        The size of the factor goes into the scale, as a power of two: a chain of any length stays finite.
        """
        cores, octaves = list(self.cores), 0
        for i, j in edges:
            bond = self.topology.bonds[i, j]
            rest = without(cores[i].legs, bond)
            q, r = linalg.qr(matrix(cores[i], rest, (bond,)))
            size, legs = power(r), cores[i].legs
            cores[i] = arranged(folded(q, (*rest, bond), (*cores[i].dims(rest), q.shape[1])), legs)
            cores[j] = applied(r * 2.0**-size if size else r, bond, cores[j])
            octaves += size
        return self._updated(dict(enumerate(cores)), scale=self.scale + octaves * OCTAVE)

    def _updated(self, cores: dict[int, Core], **fields: object) -> Self:
        """A copy with some cores replaced; what was derived from the bonds alone is handed on."""
        all_cores = list(self.cores)
        for site, core in cores.items():
            all_cores[site] = core
        new = replace(self, cores=tuple(all_cores), **fields)
        object.__setattr__(new, "topology", self.topology)
        return new

    def isometric(self, region: Region) -> bool:
        """Whether the centre lies in the region, or the region is the whole network."""
        return self.centre in region or len(region) == len(self.cores)

    def recast(self, cast: Callable[[Array], Array]) -> Self:
        """The same network, its centre kept, with its cores in another dtype, library or place."""
        return self._updated({site: Core(cast(core.data), core.legs) for site, core in enumerate(self.cores)})

    def filled(self, arrays: Sequence[Array]) -> Self:
        """The same network with other numbers in its cores, and no centre."""
        cores = {k: Core(array, core.legs) for k, (array, core) in enumerate(zip(arrays, self.cores, strict=True))}
        return self._updated(cores, centre=None)

    # -- regions ---------------------------------------------------------------------------------------------------

    def tour(self, step: Step) -> list[Stop]:
        """The sweep: (region, the core that shall hold the centre after it).

        The label stays: outward from the label's core through each branch; the way back needs no solve, `centred` does
        it. The label travels (two-site only): every bond there and back again, an Euler tour from the label's core.
        """
        if not self.topology.bonds:
            return [((0,), 0)]
        if step.sites == 1:
            outward = self.topology.outward(self.label)
            return [((self.label,), self.label), *(((child,), child) for _, child in outward)]
        edges = self.topology.euler(self.label) if step.travel else self.topology.outward(self.label)
        return [(edge, edge[1]) for edge in edges]

    def merge(self, region: Region) -> Core:
        """The cores of a region of one or two neighbours contracted into one."""
        first, *others = (self.cores[site] for site in region)
        return contract(first, others[0]) if others else first

    def split(
        self,
        region: Region,
        theta: Core,
        onto: int,
        step: Step,
        scale: float,
        metric: Callable[[tuple[str, ...]], Array] | None = None,
    ) -> tuple[Self, float]:
        """Put `theta` back. Rank is chosen here, and only here.

        One core: theta replaces it, nothing is discarded. Two cores (i, j): theta as a matrix (legs of i | legs of j)
        is cut to the fewest singular values that keep 1 - step.cutoff of the squares, at most step.rank, and the centre
        goes to `onto`, which also takes the label leg if step.travel. With `metric`, which gives the second moments A
        and B of what enters either group of legs, the cut minimises |A^1/2 (theta - cut) B^1/2| and not |theta - cut|
        (`proofs/sweeps/cuts.py`).

        Returns the network and the discarded weight |theta - cut|^2 (in the units of theta).
        """
        if len(region) == 1:
            core = arranged(theta, self.cores[region[0]].legs)
            return self._updated({region[0]: core}, centre=region[0], scale=scale), 0.0
        i, j = region if onto == region[1] else region[::-1]
        bond = self.topology.bonds[i, j]
        rows = tuple(leg for leg in theta.legs if leg in self._own_legs(i, onto, step.travel))
        columns = without(theta.legs, *rows)
        size = unbearable(theta.data)
        whole = matrix(theta, rows, columns)
        whole = whole * 2.0**-size if size else whole
        left, right = _cut(whole, step, metric and (metric(rows), metric(columns)))
        missed = norm(whole - left @ right) * 2.0**size
        right, rank = right * 2.0**size if size else right, left.shape[1]
        cores = {
            i: folded(left, (*rows, bond), (*theta.dims(rows), rank)),
            j: folded(right, (bond, *columns), (rank, *theta.dims(columns))),
        }
        cores = {site: arranged(core, _ordered(self.cores[site].legs, core.legs)) for site, core in cores.items()}
        return self._updated(cores, centre=onto, scale=scale), missed * missed

    def _own_legs(self, site: int, onto: int, travel: bool) -> tuple[str, ...]:
        """Legs that core `site` keeps in a split; a travelling label leaves it for `onto`."""
        legs = self.cores[site].legs
        return without(legs, LABEL) if travel and site != onto else legs

    def expanded(self, source: int, target: int, directions: Array) -> Self:
        """Append orthonormal columns to core `source` (an isometry towards `target`) and zeros to core `target`.

        directions : (rest of source, k), orthogonal to the core's own columns. The tensor does not change; the next
        solve at `target` can use the new directions.
        """
        bond = self.topology.bonds[source, target]
        core = self.cores[source]
        rest = without(core.legs, bond)
        xp = namespace(core.data)
        wider = xp.concat([matrix(core, rest, (bond,)), directions], axis=1)
        new = arranged(folded(wider, (*rest, bond), (*core.dims(rest), wider.shape[1])), core.legs)
        return self._updated({source: new, target: padded(self.cores[target], bond, wider.shape[1])})

    def spectra(self) -> dict[str, Array]:
        """The singular values of the tensor cut at every bond, falling, scaled to unit sum of squares; by bond leg.

        In the order of the cores. Of a tensor of any size; zeros where it is zero.   Cost: two QRs and an SVD a bond.
        """
        found: dict[str, Array] = {}
        network = self
        for parent, child in self.topology.euler(0):
            network, bond = network.centred((child,)), self.topology.bonds[parent, child]
            if bond not in found:
                core = network.cores[child]
                found[bond] = _shares(matrix(core, without(core.legs, bond), (bond,)))
        edges = sorted(edge for edge in self.topology.bonds if edge[0] < edge[1])
        return {self.topology.bonds[edge]: found[self.topology.bonds[edge]] for edge in edges}


def _shares(whole: Array) -> Array:
    """The singular values of a matrix, scaled to unit sum of squares."""
    xp = namespace(whole)
    singular = xp.linalg.svdvals(whole * 2.0 ** -power(whole))
    return singular / (float(xp.linalg.vector_norm(singular)) or 1.0)


def _cut(whole: Array, step: Step, metrics: tuple[Array, Array] | None) -> tuple[Array, Array]:
    """whole ~ left @ right with left'left = I and as few columns as the step allows."""
    if metrics is None:
        u, s, v = linalg.svd(whole)
        rank = linalg.kept_rank(s, step.rank, step.cutoff)
        return u[:, :rank], s[:rank, None] * v[:rank, :]
    a, b = (linalg.Cholesky.of(moment * 2.0 ** -power(moment)).factor for moment in metrics)
    u, s, v = linalg.svd(a.T @ whole @ b)
    rank = linalg.kept_rank(s, step.rank, step.cutoff)
    xp = namespace(whole)
    left = xp.linalg.solve(a.T, u[:, :rank])
    right = xp.linalg.solve(b.T, v[:rank, :].T).T
    q, r = linalg.qr(left)
    return q, r @ (s[:rank, None] * right)


def _ordered(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    """The legs `new` in the order of `old`; a label that has just arrived goes before the last leg."""
    order = [leg for leg in old if leg in new]
    if LABEL in new and LABEL not in old:
        order.insert(len(order) - 1, LABEL)
    return tuple(order)
