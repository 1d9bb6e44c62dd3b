"""Whole rows, one for each output of each sample: what a network with loops leaves beside its label."""

from dataclasses import dataclass

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.algebra.kernels import kernels_for
from tnsolve.problems.grams import plain_gram
from tnsolve.problems.maps import AbstractMap, Factors, Kernels


@dataclass(frozen=True)
class Rows(AbstractMap):
    """z[n, m] = rows[n, m] . theta.    rows : (N, m, D)    theta : (1, 1, D)"""

    rows: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """(1, 1, D)."""
        return 1, 1, self.rows.shape[2]

    @property
    def samples(self) -> int:
        """N."""
        return self.rows.shape[0]

    @property
    def kernels(self) -> Kernels:
        """Those of a region beside the label."""
        home = kernels_for(self.rows)
        return Kernels(home.predict_outside, home.pull_outside, home.curve_outside)

    def factors(self, span: slice) -> Factors:
        """Ones beside the rows, which the kernels of `Beside` take."""
        xp = namespace(self.rows)
        rows = self.rows[span, ...]
        one = xp.ones((rows.shape[0], 1), dtype=rows.dtype, device=rows.device)
        return one, one, rows

    def gram(self, weights: Array) -> Array:
        """(D, D), one plain product of the rows with themselves.   Cost N m D^2 / 2."""
        one = namespace(weights).ones_like(weights)[:, None]
        return plain_gram(self.rows, one, weights, self.pool)

    def columns(self, theta: Array) -> Array:
        """(D, 1)."""
        return namespace(theta).reshape(theta, (-1, 1))

    def from_columns(self, columns: Array) -> Array:
        """(1, 1, D)."""
        return namespace(columns).reshape(columns, self.shape)

    def mean_eigenvalue(self, weights: Array) -> float:
        """Mean over samples of the squared norm of all outputs' rows, by D."""
        xp = namespace(self.rows)
        return float(xp.sum(weights * xp.sum(self.rows**2, axis=(1, 2)))) / self.rows.shape[2]

    def gram_cost(self) -> float:
        """One product, and a Cholesky factor."""
        samples, outputs, size = self.rows.shape
        return samples * outputs * size**2 / 2 + size**3 / 3

    def product_cost(self) -> float:
        """One fused pass, at a third of the rate of a Gram."""
        samples, outputs, size = self.rows.shape
        return 3 * samples * (2 * size + 2 * size * outputs + 1)
