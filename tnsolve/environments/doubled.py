"""The doubled network: what second moments leave of a region, and what cuts and growth ask of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import prod
from typing import Any

from tnsolve.algebra.arrays import Array, device_of, namespace
from tnsolve.algebra.contraction import contracted
from tnsolve.algebra.legs import Core, arranged, contract, matrix, primed, without
from tnsolve.algebra.linalg import inner
from tnsolve.environments.distances import Distance
from tnsolve.environments.surroundings import Surroundings
from tnsolve.networks.abstract import AbstractNetwork, Region
from tnsolve.networks.linear import AbstractLinear
from tnsolve.problems import QuadraticProblem

PRODUCTS = 24

Legs = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Doubled:
    """1/2 tr A T C T' - tr T'(A B), seen from a region of T: G = others . C . A . others, right = others . A B.

    Where C or A is the identity the two copies are joined directly. What a sweep can use again is kept, for each
    factorisation of the two sizes.
    """

    distance: Distance
    _kept: dict[tuple, tuple[Surroundings, Surroundings]] = field(default_factory=dict, init=False)
    _seen: list[tuple[Any, Any]] = field(default_factory=lambda: [(None, None)], init=False)
    _last: list[tuple[Any, Any, Any]] = field(default_factory=lambda: [(None, None, None)], init=False)

    def problem(self, network: AbstractLinear, region: Region, constant: float) -> QuadraticProblem:
        """The quadratic that a region's tensor sees, plus a constant; the last one is remembered with its Gram.

        Legs on which C or A is the identity are columns that G treats alike. With C = A = I in canonical gauge G is the
        identity and is not formed; where forming and factoring it would cost more than PRODUCTS products with it, the
        products are made without it.
        """
        (known, asked, problem), wanted = self._last[0], (region, constant)
        if known is not network or asked != wanted:
            problem = self._problem(network, region, constant)
            self._last[0] = network, wanted, problem
        return problem

    def _problem(self, network: AbstractLinear, region: Region, constant: float) -> QuadraticProblem:
        target, doubled = self._surroundings(network)
        whole = network.merge(region)
        white = self._white(whole.legs)
        rows = without(whole.legs, *white)
        legs = (*rows, *white)
        held = self._held(network, region, whole.legs)
        columns = prod(whole.dims(white))
        xp = namespace(whole.data)

        def flat(array: Array, *shape: int) -> Array:
            return xp.reshape(array, shape)

        def form() -> Array:
            size = prod(whole.dims(rows))
            return flat(doubled.array(network, region, (*held, *primed(held))), size, size)

        def probe(theta: Array) -> Core:
            return Core(flat(theta, *whole.dims((*held, *white))), (*held, *white))

        def apply(theta: Array) -> Array:
            image = doubled.array(network, region, (*primed(held), *white), probe(theta))
            return flat(image, -1, columns)

        right = flat(target.array(network, region, (*held, *white)), -1, columns)
        dims = whole.dims(legs)
        if self.isometric(network, region):
            return QuadraticProblem(right, constant, legs, dims, None, None, (0.0, 0.0))
        forming = doubled.cost(network, region, (*held, *primed(held)))
        product = doubled.cost(network, region, (*primed(held), *white), probe(right))
        free = forming + right.shape[0] ** 3 / 3 > PRODUCTS * product
        return QuadraticProblem(right, constant, legs, dims, form, apply if free else None, (forming, product))

    def moment(self, network: AbstractLinear, region: Region, legs: Legs) -> Array:
        """G of a region as a matrix (legs | primed legs), its other open legs joined to their own primes.

        Legs that lead nowhere, or where C or A is the identity, meet the identity.
        """
        whole = network.merge(region)
        held = () if self.isometric(network, region) else self._held(network, region, whole.legs)
        kept = tuple(leg for leg in legs if leg in held)
        joined = without(held, *legs)
        moment = Core(namespace(whole.data).ones((), dtype=whole.data.dtype, device=device_of(whole.data)), ())
        if held:
            _, doubled = self._surroundings(network)
            ends = (*kept, *primed(kept))
            moment = Core(doubled.array(network, region, ends, *(_unit(whole, leg) for leg in joined)), ends)
        for leg in without(legs, *kept):
            moment = contract(moment, _unit(whole, leg))
        free = prod(whole.dims(without(whole.legs, *legs, *joined)))
        return free * matrix(moment, legs, primed(legs))

    def missed(self, network: AbstractLinear) -> float:
        """The distance of a network from W, see `Distance`.   Cost: T as a matrix, and its product with C and A.

        In canonical gauge with C = A = I it is read off the centre, unless it would be lost in rounding there.
        """
        centre = () if network.centre is None else (network.centre,)
        if centre and self.isometric(network, centre):
            problem, unit = self.problem(network, centre, 0.0), self.distance.unit
            theta = problem.theta(network.merge(centre), network.scale) / unit
            read = inner(theta - 2 / unit * problem.right, theta) + self.distance.reproduced
            if read > float(namespace(theta).finfo(theta.dtype).eps) ** 0.5 * self.distance.reproduced:
                return read
        return self.distance.apart(self.matrix(network))

    def matrix(self, network: AbstractLinear) -> Array:
        """T (N_y, N_x), remembered for the network that was asked for last."""
        known, matrix = self._seen[0]
        if known is not network:
            matrix = network.to_dense()
            self._seen[0] = network, matrix
        return matrix

    def isometric(self, network: AbstractNetwork, region: Region) -> bool:
        """Whether G is the identity: white on both sides, and isometries or nothing outside the region."""
        return self.distance.covariance is None and self.distance.outer is None and network.isometric(region)

    def _surroundings(self, network: AbstractLinear) -> tuple[Surroundings, Surroundings]:
        """Those of the target A B, and of the doubled network."""
        key = network.inputs, network.outputs
        if key not in self._kept:
            base = []
            if self.distance.covariance is not None:
                base.append(_square(self.distance.covariance, network.input_legs, network.inputs))
            if self.distance.outer is not None:
                base.append(_square(self.distance.outer, network.output_legs, network.outputs))
            order = [leg for core in network.cores for leg in core.legs if leg[0] in "xy"]
            wanted = arranged(tensor(self.distance.pull, network), order)
            target = Surroundings((wanted,), lambda core: (core,))
            self._kept[key] = target, Surroundings(tuple(base), self._twice)
        return self._kept[key]

    def _twice(self, core: Core) -> tuple[Core, Core]:
        """A core and its copy, joined directly on the legs where C or A is the identity."""
        white = self._white(core.legs)
        return core, Core(core.data, tuple(leg if leg in white else f"{leg}'" for leg in core.legs))

    def _white(self, legs: Iterable[str]) -> Legs:
        """The legs on which C or A is the identity."""
        letters = ("x" if self.distance.covariance is None else "") + ("y" if self.distance.outer is None else "")
        return tuple(leg for leg in legs if leg[0] in letters)

    def _held(self, network: AbstractNetwork, region: Region, legs: Legs) -> Legs:
        """Those legs of a region that lead into the doubled network: not white, not the ends of a chain."""
        return tuple(leg for leg in without(legs, *self._white(legs)) if _is_open(network, region, leg))


def tensor(matrix: Array, network: AbstractLinear) -> Core:
    """(N_y, N_x) on the legs of a network."""
    dims = (*network.outputs, *network.inputs)
    return Core(namespace(matrix).reshape(matrix, dims), (*network.output_legs, *network.input_legs))


def unfolded(whole: Core, network: AbstractNetwork, region: Region, legs: Legs) -> Array:
    """A tensor on all legs of data, contracted with the branches behind some of a region's legs : (legs | the rest).

           legs
         o---- [whole]      the cores of the branches enter once, nothing else of the network
         |      |   |
         x0     x1  x2

    Raises ValueError for a network with loops, where no branch lies behind a leg.
    """
    tree = network.topology
    if tree is None:
        raise ValueError(
            f"Moments.growth(network) needs a network without loops, not a {type(network).__name__}: no branch lies "
            f"behind its bonds; start with the rank that you want."
        )
    branch: list[int] = []
    waiting = [(i, j) for (i, j), leg in tree.bonds.items() if i in region and j not in region and leg in legs]
    while waiting:
        came, site = waiting.pop()
        branch.append(site)
        waiting.extend((site, further) for further in tree.neighbours[site] if further != came)
    cores = [network.cores[site] for site in sorted(branch)]
    met = {leg for core in cores for leg in core.legs}
    xp = namespace(whole.data)
    ends = [leg for leg in legs if leg not in met and leg not in whole.legs]
    ones = [Core(xp.ones((1,), dtype=whole.data.dtype, device=device_of(whole.data)), (leg,)) for leg in ends]
    rest = tuple(leg for leg in whole.legs if leg not in met and leg not in legs)
    found = contracted((whole, *cores, *ones), (*legs, *rest))
    return xp.reshape(found, (prod(found.shape[: len(legs)]), -1))


def _is_open(network: AbstractNetwork, region: Region, leg: str) -> bool:
    """Whether a leg leads to the data or to another core; the ends of a chain, of dimension 1, lead nowhere."""
    return leg[0] in "xy" or any(leg in core.legs for site, core in enumerate(network.cores) if site not in region)


def _square(matrix: Array, legs: Legs, dims: tuple[int, ...]) -> Core:
    """(N, N) on legs and their primes."""
    return Core(namespace(matrix).reshape(matrix, (*dims, *dims)), (*legs, *primed(legs)))


def _unit(whole: Core, leg: str) -> Core:
    """The identity between a leg and its prime."""
    xp = namespace(whole.data)
    return Core(xp.eye(whole.dim(leg), dtype=whole.data.dtype, device=device_of(whole.data)), (leg, f"{leg}'"))
