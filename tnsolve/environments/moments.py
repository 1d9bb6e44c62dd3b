"""The environment of linear layers: second moments of the data, after which no step depends on how much there was."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from math import exp, prod
from operator import add
from typing import Self

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.algebra.contraction import surrounded
from tnsolve.algebra.legs import Core, arranged, padded, primed, without
from tnsolve.algebra.linalg import inner, pseudo_inverse
from tnsolve.environments.abstract import AbstractEnvironment
from tnsolve.environments.surroundings import Surroundings
from tnsolve.networks.abstract import Region
from tnsolve.networks.linear import AbstractLinear
from tnsolve.networks.loopfree import AbstractLoopFree
from tnsolve.problems import QuadraticProblem

PRODUCTS = 24


@dataclass(frozen=True)
class Moments(AbstractEnvironment):
    """loss(T) = 1/2 E |y - T x|_A^2 = 1/2 tr A (T - W) C (T - W)' + floor,   W C = B,  |v|_A^2 = v' A v.

    cross       B = E y x' (N_y, N_x), about the means where a bias is refitted
    covariance  C = E x x' (N_x, N_x), about the same means; None for white inputs, C = I
    metric      A (N_y, N_y), symmetric positive semi-definite; None for A = I
    power       E |y|_A^2
    mean_x, mean_y, samples : zeros where nothing is subtracted
    teacher     a W with W C = B, if one is known

    Moments of different samples add. Memory N_x^2 + N_y N_x, whatever the number of samples.
    Source: Izenman, "Reduced-rank regression for the multivariate linear model" (1975); proofs/sweeps/moments.py.
    """

    cross: Array
    covariance: Array | None
    metric: Array | None
    power: float
    mean_x: Array
    mean_y: Array
    samples: float
    teacher: Array | None = None
    _kept: dict[tuple, tuple[Surroundings, Surroundings]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    # -- where moments come from -----------------------------------------------------------------------------------

    @classmethod
    def data_free(cls, weight: Array, *, metric: Array | None = None) -> Self:
        """White inputs: the loss is half the squared distance from `weight` (N_y, N_x), in the output metric."""
        xp = namespace(weight)
        rows, columns = (xp.zeros(size, dtype=weight.dtype) for size in weight.shape)
        return cls(weight, None, metric, inner(_left(metric, weight), weight), columns, rows, 0.0, weight)

    @classmethod
    def of(cls, x: Array, y: Array, *, metric: Array | None = None, centred: bool = True) -> Self:
        """Moments of samples x (N, N_x) and targets y (N, N_y), which need not be linear in x.

        Cost O(N N_x (N_x + N_y)).
        """
        xp = namespace(x, y)
        count = x.shape[0]
        mean_x, mean_y = (xp.mean(a, axis=0) if centred else xp.zeros_like(a[0, :]) for a in (x, y))
        x, y = x - mean_x, y - mean_y
        power = inner(y, y if metric is None else y @ metric) / count
        return cls(y.T @ x / count, x.T @ x / count, metric, power, mean_x, mean_y, float(count))

    @classmethod
    def of_layer(
        cls, x: Array, weight: Array, bias: Array | None = None, *, metric: Array | None = None, centred: bool = True
    ) -> Self:
        """Moments of samples x (N, N_x) and of what the layer y = weight x + bias makes of them; the floor is zero.

        Cost O((N + N_y) N_x^2).
        """
        xp = namespace(x, weight)
        count = x.shape[0]
        mean = xp.mean(x, axis=0) if centred else xp.zeros_like(x[0, :])
        x = x - mean
        covariance = x.T @ x / count
        cross = weight @ covariance
        mean_y = weight @ mean if bias is None or not centred else weight @ mean + bias
        return cls(cross, covariance, metric, inner(_left(metric, weight), cross), mean, mean_y, float(count), weight)

    @classmethod
    def streamed(
        cls, blocks: Iterable[tuple[Array, Array]], *, metric: Array | None = None, centred: bool = True
    ) -> Self:
        """Moments of blocks of samples (x, y) in one pass.   Raises TypeError where there is no block."""
        return reduce(add, (cls.of(x, y, metric=metric, centred=centred) for x, y in blocks))

    def __add__(self, other: Self) -> Self:
        """Moments of both sets of samples, by the parallel-axis theorem (Chan, Golub and LeVeque 1983).

        Both must be about means or both not, with one metric.   Raises ValueError for data-free moments.
        """
        if self.covariance is None or other.covariance is None:
            raise ValueError("Moments.data_free(...) holds no samples to add; make both by of, of_layer or streamed.")
        total = self.samples + other.samples
        near, far = self.samples / total, other.samples / total
        dx, dy = other.mean_x - self.mean_x, other.mean_y - self.mean_y
        shift = near * far * inner(dy, dy if self.metric is None else self.metric @ dy)
        return replace(
            self,
            cross=near * self.cross + far * other.cross + near * far * dy[:, None] * dx,
            covariance=near * self.covariance + far * other.covariance + near * far * dx[:, None] * dx,
            power=near * self.power + far * other.power + shift,
            mean_x=self.mean_x + far * dx,
            mean_y=self.mean_y + far * dy,
            samples=total,
            teacher=self.teacher if self.teacher is other.teacher else None,
        )

    def padded(self, outputs: int, inputs: int) -> Self:
        """The same with zero rows and columns up to new sizes: what the layer does there is free."""

        def wide(matrix: Array | None, rows: int, columns: int) -> Array | None:
            return None if matrix is None else padded(padded(Core(matrix, ("r", "c")), "r", rows), "c", columns).data

        return replace(
            self,
            cross=wide(self.cross, outputs, inputs),
            covariance=wide(self.covariance, inputs, inputs),
            metric=wide(self.metric, outputs, outputs),
            mean_x=padded(Core(self.mean_x, ("r",)), "r", inputs).data,
            mean_y=padded(Core(self.mean_y, ("r",)), "r", outputs).data,
            teacher=wide(self.teacher, outputs, inputs),
        )

    # -- the loss --------------------------------------------------------------------------------------------------

    @cached_property
    def best(self) -> Array:
        """W, the least loss of all matrices: the teacher, or B C^+ of least norm where the data leave it open."""
        return self.cross @ pseudo_inverse(self.covariance) if self.teacher is None else self.teacher

    @cached_property
    def explained(self) -> float:
        """tr A W C W', what there is to reproduce."""
        return inner(_left(self.metric, self.best), self.cross)

    @property
    def floor(self) -> float:
        """The loss of W, which no matrix can beat."""
        return max(0.0, self.power - self.explained) / 2

    def slope(self, weight: Array) -> Array:
        """Gradient of the loss at a matrix: A (weight - W) C."""
        return _left(self.metric, _right(weight - self.best, self.covariance))

    def loss(self, network: AbstractLinear) -> float:
        """1/2 E |y - T x|_A^2.   Cost: T as a matrix, and its product with C and A."""
        return self.floor + self.excess(network) / 2

    def error(self, network: AbstractLinear) -> float:
        """Relative output error: the root of tr A (T - W) C (T - W)' / tr A W C W'."""
        return (max(0.0, self.excess(network)) / (self.explained or 1.0)) ** 0.5

    def bias(self, weight: Array) -> Array:
        """E y - weight E x: the bias that belongs to a weight (N_y, N_x)."""
        return self.mean_y - weight @ self.mean_x

    def excess(self, network: AbstractLinear) -> float:
        """tr A (T - W) C (T - W)', twice what the loss lies above its floor.

        In canonical gauge with C = A = I it is read off the centre, unless it would be lost in rounding there.
        """
        centre = (network.centre,) if isinstance(network, AbstractLoopFree) and network.centre is not None else ()
        if centre and self._isometric(network, centre):
            problem = self.problem(network, centre)
            point = problem.at(problem.theta(network.merge(centre), network.scale))
            excess = 2 * (point.value - self.floor)
            if excess > float(namespace(problem.right).finfo(problem.right.dtype).eps) ** 0.5 * self.explained:
                return excess
        weight = network.to_dense()
        return inner(self.slope(weight), weight - self.best)

    # -- the problem of a region -----------------------------------------------------------------------------------

    def problem(self, network: AbstractLinear, region: Region) -> QuadraticProblem:
        """The quadratic that a region's tensor sees: G = others . C . A . others, right = others . A B.

        Legs on which C or A is the identity are columns that G treats alike. With C = A = I in canonical gauge G is the
        identity and is not formed; where forming and factoring it would cost more than PRODUCTS products with it, the
        products are made without it.
        """
        target, doubled = self._surroundings(network)
        whole = network.merge(region)
        white = self._white(whole.legs)
        rows = without(whole.legs, *white)
        legs = (*rows, *white)
        held = tuple(leg for leg in rows if _is_open(network, region, leg))
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
        constant = self.floor + self.explained / 2
        dims = whole.dims(legs)
        if self._isometric(network, region):
            return QuadraticProblem(right, constant, legs, dims, None, None, (0.0, 0.0))
        forming = doubled.cost(network, region, (*held, *primed(held)))
        product = doubled.cost(network, region, (*primed(held), *white), probe(right))
        free = forming + right.shape[0] ** 3 / 3 > PRODUCTS * product
        return QuadraticProblem(right, constant, legs, dims, form, apply if free else None, (forming, product))

    def gradients(self, network: AbstractLinear) -> tuple[float, list[Array]]:
        """The loss and its gradient in every core: the surroundings of A (T - W) C.   Cost: three contractions."""
        scale = exp(network.scale)
        whole, around = surrounded(network.cores, (*network.output_legs, *network.input_legs))
        xp = namespace(whole)
        missed = scale * xp.reshape(whole, self.best.shape) - self.best
        slope = _left(self.metric, _right(missed, self.covariance))
        return self.floor + inner(slope, missed) / 2, around(scale * xp.reshape(slope, whole.shape))

    def _surroundings(self, network: AbstractLinear) -> tuple[Surroundings, Surroundings]:
        """Those of the target A B, and of the doubled network; kept for each factorisation of the two sizes."""
        key = network.inputs, network.outputs
        if key not in self._kept:
            base = []
            if self.covariance is not None:
                base.append(_square(self.covariance, network.input_legs, network.inputs))
            if self.metric is not None:
                base.append(_square(self.metric, network.output_legs, network.outputs))
            order = [leg for core in network.cores for leg in core.legs if leg[0] in "xy"]
            wanted = arranged(_tensor(_left(self.metric, self.cross), network), order)
            target = Surroundings((wanted,), lambda core: (core,))
            self._kept[key] = target, Surroundings(tuple(base), self._twice)
        return self._kept[key]

    def _twice(self, core: Core) -> tuple[Core, Core]:
        """A core and its copy, joined directly on the legs where C or A is the identity."""
        white = self._white(core.legs)
        return core, Core(core.data, tuple(leg if leg in white else f"{leg}'" for leg in core.legs))

    def _white(self, legs: Iterable[str]) -> tuple[str, ...]:
        """The legs on which C or A is the identity."""
        letters = ("x" if self.covariance is None else "") + ("y" if self.metric is None else "")
        return tuple(leg for leg in legs if leg[0] in letters)

    def _isometric(self, network: AbstractLinear, region: Region) -> bool:
        """Whether the Gram is the identity: white on both sides, and isometries or nothing outside the region."""
        if self.covariance is not None or self.metric is not None:
            return False
        return len(region) == len(network.cores) or (isinstance(network, AbstractLoopFree) and network.centre in region)


def _is_open(network: AbstractLinear, region: Region, leg: str) -> bool:
    """Whether a leg leads to the data or to another core; the ends of a chain, of dimension 1, lead nowhere."""
    return leg[0] in "xy" or any(leg in core.legs for site, core in enumerate(network.cores) if site not in region)


def _left(metric: Array | None, matrix: Array) -> Array:
    return matrix if metric is None else metric @ matrix


def _right(matrix: Array, covariance: Array | None) -> Array:
    return matrix if covariance is None else matrix @ covariance


def _tensor(matrix: Array, network: AbstractLinear) -> Core:
    """(N_y, N_x) on the legs of a network."""
    dims = (*network.outputs, *network.inputs)
    return Core(namespace(matrix).reshape(matrix, dims), (*network.output_legs, *network.input_legs))


def _square(matrix: Array, legs: tuple[str, ...], dims: tuple[int, ...]) -> Core:
    """(N, N) on legs and their primes."""
    return Core(namespace(matrix).reshape(matrix, (*dims, *dims)), (*legs, *primed(legs)))
