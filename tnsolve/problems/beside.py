"""A region beside the label: messages with the label leg flow in, and theta has none."""

from dataclasses import dataclass

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.algebra.kernels import kernels_for
from tnsolve.problems.grams import pair_cost
from tnsolve.problems.maps import AbstractJoined, Kernels


@dataclass(frozen=True)
class Beside(AbstractJoined):
    """z[n, m] = sum_aib left[n, a] site[n, i] theta[a, i, b] right[n, m, b].

    left : (N, a)    site : (N, d)    right : (N, m, b)
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """(a, d, b)."""
        return self.left.shape[1], self.site.shape[1], self.right.shape[2]

    @property
    def kernels(self) -> Kernels:
        """Those of a region beside the label."""
        home = kernels_for(self.left)
        return Kernels(home.predict_outside, home.pull_outside, home.curve_outside)

    def columns(self, theta: Array) -> Array:
        """(a d b, 1)."""
        return namespace(theta).reshape(theta, (-1, 1))

    def from_columns(self, columns: Array) -> Array:
        """(a, d, b)."""
        return namespace(columns).reshape(columns, self.shape)

    def mean_eigenvalue(self, weights: Array) -> float:
        """Mean over samples of the squared norm of all outputs' rows, by D."""
        xp = namespace(self.left)
        label = xp.sum(self.right**2, axis=(1, 2))
        squares = xp.sum(self.left**2, axis=1) * xp.sum(self.site**2, axis=1) * label
        a, d, b = self.shape
        return float(xp.sum(weights * squares)) / (a * d * b)

    def gram_cost(self) -> float:
        """A Gram by pairs, the pairs of all outputs among them."""
        a, d, b = self.shape
        samples, outputs, _ = self.right.shape
        return pair_cost(samples, a * d, b, samples * outputs)

    def product_cost(self) -> float:
        """One fused pass, at a third of the rate of a Gram."""
        a, d, b = self.shape
        samples, outputs, _ = self.right.shape
        return 3 * samples * (2 * a * d * b + 2 * b * outputs + a * d)
