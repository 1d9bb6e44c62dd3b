"""The environment of linear layers: second moments of the data, after which no step depends on how much there was."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from typing import Self

from tnsolve.arrays import Array, namespace
from tnsolve.environments.abstract import AbstractEnvironment
from tnsolve.environments.surroundings import Surroundings
from tnsolve.legs import Core, arranged, primed
from tnsolve.linalg import inner, pseudo_inverse
from tnsolve.networks.abstract import Region
from tnsolve.networks.linear import AbstractLinear
from tnsolve.problems import QuadraticProblem

MATRIX_FREE = 24


@dataclass(frozen=True)
class Moments(AbstractEnvironment):
    """loss(T) = 1/2 E |y - T x|_A^2 = 1/2 tr A (T - W) C (T - W)' + floor,   W C = B,  |v|_A^2 = v' A v.

    covariance  C = E x x' (N_x, N_x), about the means where a bias is refitted; None for white inputs, C = I
    cross       B = E y x' (N_y, N_x), about the same means
    metric      A (N_y, N_y), symmetric positive semi-definite; None for A = I
    power       E |y|_A^2
    mean_x, mean_y, samples : zeros where nothing is subtracted

    Two moments of different samples add. Memory N_x^2 + N_y N_x, whatever the number of samples.
    """

    cross: Array
    covariance: Array | None
    metric: Array | None
    power: float
    mean_x: Array
    mean_y: Array
    samples: float
    _around: dict[tuple, tuple[Surroundings, Surroundings]] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def data_free(cls, weight: Array, *, metric: Array | None = None) -> Self:
        """White inputs: the loss is half the squared distance from `weight` (N_y, N_x), in the output metric."""
        xp = namespace(weight)
        rows, columns = (xp.zeros(size, dtype=weight.dtype) for size in weight.shape)
        return cls(weight, None, metric, inner(_metric(metric, weight), weight), columns, rows, 0.0)

    @classmethod
    def of(cls, x: Array, y: Array, *, metric: Array | None = None, centred: bool = True) -> Self:
        """Moments of samples x (N, N_x) and targets y (N, N_y).   Cost O(N N_x (N_x + N_y))."""
        xp = namespace(x, y)
        count = x.shape[0]
        mean_x, mean_y = (xp.mean(a, axis=0) if centred else xp.zeros_like(a[0, :]) for a in (x, y))
        x, y = x - mean_x, y - mean_y
        power = inner(y, y if metric is None else y @ metric) / count
        return cls(y.T @ x / count, x.T @ x / count, metric, power, mean_x, mean_y, float(count))

    @classmethod
    def streamed(cls, blocks: Iterable[tuple[Array, Array]], *, metric: Array | None = None, centred: bool = True) -> Self:
        """Moments of blocks of samples (x, y) in one pass.   Raises ValueError where there is no block."""
        total = None
        for x, y in blocks:
            block = cls.of(x, y, metric=metric, centred=centred)
            total = block if total is None else total.merged(block, centred=centred)
        if total is None:
            raise ValueError("Moments.streamed(blocks=...) is empty; pass at least one block of samples (x, y).")
        return total

    def merged(self, other: Self, *, centred: bool = True) -> Self:
        """Moments of both sets of samples, by the parallel-axis theorem (Chan, Golub and LeVeque 1983)."""
        total = self.samples + other.samples
        near, far = self.samples / total, other.samples / total
        dx, dy = other.mean_x - self.mean_x, other.mean_y - self.mean_y
        between = near * far
        weighted = dy if self.metric is None else self.metric @ dy
        return replace(
            self,
            cross=near * self.cross + far * other.cross + between * dy[:, None] * dx,
            covariance=near * self.covariance + far * other.covariance + between * dx[:, None] * dx,
            power=near * self.power + far * other.power + between * inner(dy, weighted),
            mean_x=self.mean_x + far * dx,
            mean_y=self.mean_y + far * dy,
            samples=total,
        )
