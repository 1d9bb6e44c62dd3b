"""The environment of linear layers: second moments of the data, after which no step depends on how much there was."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.algebra.linalg import inner
from tnsolve.environments.abstract import AbstractEnvironment, Judged
from tnsolve.environments.distances import Distance
from tnsolve.environments.doubled import Doubled, tensor, unfolded
from tnsolve.environments.summaries import AbstractSummary
from tnsolve.networks.abstract import Region
from tnsolve.networks.linear import AbstractLinear
from tnsolve.problems import QuadraticProblem
from tnsolve.schedule import Step


@dataclass(frozen=True, eq=False, repr=False)
class Moments(AbstractSummary, AbstractEnvironment):
    """loss(T) = 1/2 E |y - T x|_A^2 = 1/2 tr A (T - W) C (T - W)' + floor,   W C = B,  |v|_A^2 = v' A v.

    cross       B = E y x' (N_y, N_x), about the means where a bias is refitted
    covariance  C = E x x' (N_x, N_x), about the same means; None for white inputs, C = I
    metric      A (N_y, N_y) and where it comes from, None for A = I; a bare matrix becomes "the caller's own"
    targets     E y y' (N_y, N_y), about the same means; None where y = W x, so that it is W C W' and the floor is zero
    mean_x, mean_y : zeros where nothing is subtracted
    samples     their number, or the sum of their weights
    teacher     a W with W C = B, if one is known
    centred     whether the means were subtracted: the loss is then that with the best bias

    Moments are float64 whatever they were made of (see `astype`). Those of different samples add, and the metric may
    come after the samples, see `with_metric`.
    Memory N_x^2 + N_y N_x, and N_y^2 for targets that are no layer's, whatever the number of samples.
    Source: Izenman, "Reduced-rank regression for the multivariate linear model" (1975); proofs/sweeps/moments.py.
    """

    unit: ClassVar[float] = 1.0

    # -- the loss --------------------------------------------------------------------------------------------------

    @property
    def explained(self) -> float:
        """tr A W C W', what there is to reproduce."""
        return self._distance.squared(self._distance.reproduced)

    @property
    def power(self) -> float:
        """E |y|_A^2."""
        if self.targets is None:
            return self.explained
        if self.metric is None:
            return float(namespace(self.targets).linalg.trace(self.targets))
        return inner(self.metric.matrix, self.targets)

    @cached_property
    def floor(self) -> float:
        """The loss of W, which no matrix can beat."""
        return 0.0 if self.targets is None else max(0.0, self.power - self.explained) / 2

    def slope(self, weight: Array) -> Array:
        """Gradient of the loss at a matrix: A (weight - W) C."""
        return self._distance.slope(weight)

    def loss(self, network: AbstractLinear) -> float:
        """1/2 E |y - T x|_A^2.   Cost: T as a matrix, and its product with C and A."""
        return self.judged(network).loss

    def error(self, network: AbstractLinear) -> float:
        """Relative output error: the root of tr A (T - W) C (T - W)' / tr A W C W', for a W of any size."""
        return self._distance.relative(self._doubled.missed(network))

    def judged(self, network: AbstractLinear) -> Judged:
        """Loss and relative output error, for the cost of one of them."""
        missed = self._doubled.missed(network)
        return Judged(self.floor + self._distance.squared(missed) / 2, self._distance.relative(missed))

    def excess(self, network: AbstractLinear) -> float:
        """tr A (T - W) C (T - W)', twice what the loss lies above its floor."""
        return self._distance.squared(self._doubled.missed(network))

    def bias(self, weight: Array) -> Array:
        """E y - weight E x: the bias that belongs to a weight (N_y, N_x)."""
        return self.mean_y - weight @ self.mean_x

    def matrix(self, network: AbstractLinear) -> Array:
        """T (N_y, N_x) of a network, remembered for the last one that was judged or asked for: copy it to change it."""
        return self._doubled.matrix(network)

    def bias_of(self, network: AbstractLinear) -> Array:
        """The bias that belongs to a network; no matrix is formed where nothing was subtracted."""
        return self.bias(self.matrix(network)) if self.centred else self.mean_y

    def gradients(self, network: AbstractLinear) -> tuple[float, list[Array]]:
        """The loss and its gradient in every core: the surroundings of A (T - W) C.   Cost: three contractions."""
        excess, around = self._distance.gradients(network)
        return self.floor + excess / 2, around

    @cached_property
    def _distance(self) -> Distance:
        return Distance(self.best, self.cross, self.covariance, self._outer)

    @cached_property
    def _doubled(self) -> Doubled:
        return Doubled(self._distance)

    @property
    def _outer(self) -> Array | None:
        """A as an array."""
        return None if self.metric is None else self.metric.matrix

    # -- what a sweep asks -----------------------------------------------------------------------------------------

    def problem(self, network: AbstractLinear, region: Region) -> QuadraticProblem:
        """The quadratic that a region's tensor sees, see `Doubled.problem`."""
        return self._doubled.problem(network, region, self.floor + self.explained / 2)

    def moment(self, network: AbstractLinear, region: Region, legs: tuple[str, ...]) -> Array:
        """G of a region, summed over its other open legs : (legs | primed legs), see `Doubled.moment`."""
        return self._doubled.moment(network, region, legs)

    def growth(self, network: AbstractLinear, region: Region, legs: tuple[str, ...]) -> Array:
        """R R' of the loss's slope A (T - W) C unfolded as R (legs | rest), the branches behind the legs contracted.

        Its leading eigenvectors are the directions in which a wider bond lowers the loss most; for C = A = I they are
        those of a truncated SVD of what is missing.   Cost: T as a matrix, its products with C and A, and R R'.
        Raises ValueError for a network with loops.
        """
        missing = unfolded(tensor(self.slope(self.matrix(network)), network), network, region, legs)
        return missing @ missing.T

    def prepared(self, step: Step, seed: int) -> Self:
        """Itself. Raises ValueError for a step that would choose samples."""
        if step.samples is not None:
            raise ValueError(
                f"Schedule(samples={step.samples}): moments hold no samples to choose from; leave the column out, or "
                f"make moments of fewer samples."
            )
        return self
