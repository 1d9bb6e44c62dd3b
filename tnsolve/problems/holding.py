"""A region that holds the label: theta carries the label leg, and its outputs share one design."""

from dataclasses import dataclass

from tnsolve.algebra.arrays import Array, contiguous, namespace
from tnsolve.algebra.kernels import kernels_for
from tnsolve.problems.grams import pair_cost
from tnsolve.problems.maps import AbstractJoined, Kernels


@dataclass(frozen=True)
class Holding(AbstractJoined):
    """z[n, m] = sum_aib left[n, a] site[n, i] theta[a, i, m, b] right[n, b].

    left : (N, a)    site : (N, d)    right : (N, b)    outputs : m
    """

    outputs: int

    @property
    def shape(self) -> tuple[int, ...]:
        """(a, d, m, b)."""
        return self.left.shape[1], self.site.shape[1], self.outputs, self.right.shape[1]

    @property
    def kernels(self) -> Kernels:
        """Those of a region that holds the label."""
        home = kernels_for(self.left)
        return Kernels(home.predict_inside, home.pull_inside, home.curve_inside)

    def columns(self, theta: Array) -> Array:
        """(a d b, m)."""
        xp = namespace(theta)
        return xp.reshape(xp.permute_dims(theta, (0, 1, 3, 2)), (-1, theta.shape[2]))

    def from_columns(self, columns: Array) -> Array:
        """(a, d, m, b)."""
        xp = namespace(columns)
        a, d, m, b = self.shape
        return contiguous(xp.permute_dims(xp.reshape(columns, (a, d, b, m)), (0, 1, 3, 2)))

    def mean_eigenvalue(self, weights: Array) -> float:
        """Mean over samples of the squared norm of a row, by D."""
        xp = namespace(self.left)
        squares = [xp.sum(rows**2, axis=1) for rows in (self.left, self.site, self.right)]
        a, d, _, b = self.shape
        return float(xp.sum(weights * squares[0] * squares[1] * squares[2])) / (a * d * b)

    def gram_cost(self) -> float:
        """A Gram by pairs."""
        a, d, _, b = self.shape
        return pair_cost(self.left.shape[0], a * d, b, self.left.shape[0])

    def product_cost(self) -> float:
        """One fused pass, at a third of the rate of a Gram."""
        a, d, m, b = self.shape
        return 3 * self.left.shape[0] * (2 * a * d * b * m + 2 * b * m + a * d)
