"""Which errors of a layer's outputs matter, and where that is known from."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np


@dataclass(frozen=True, eq=False)
class Metric:
    """A = E J'HJ (n, n), symmetric positive semi-definite, and in words where it comes from.

    J  derivative of the network's last pre-activations in the layer's outputs
    H  Hessian of the last potential: diag(p) - p p' for softmax (A is the Fisher or K-FAC factor), I for squares
    To second order, E loss(student) - E loss(teacher) = 1/2 E dz'A dz if dz and J'HJ are independent.
    """

    matrix: np.ndarray
    kind: str

    @classmethod
    def plain(cls, width: int) -> Self:
        """Every output counts the same: A = I."""
        return cls(np.eye(width), "plain squares")

    @classmethod
    def supplied(cls, matrix: np.ndarray) -> Self:
        """The caller's own. Raises ValueError unless it is finite, symmetric and positive semi-definite."""
        matrix = np.asarray(matrix, dtype=float)
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not np.all(np.isfinite(matrix)):
            raise ValueError(f"Metric.supplied(matrix=...) has shape {matrix.shape}; pass a finite square matrix.")
        values = np.linalg.eigvalsh((matrix + matrix.T) / 2)
        slack = 1e-8 * max(float(np.max(np.abs(values))), np.finfo(float).tiny)
        if np.max(np.abs(matrix - matrix.T)) > slack or values[0] < -slack:
            raise ValueError(
                f"Metric.supplied(matrix=...) has the smallest eigenvalue {values[0]:.3g} and differs from its "
                f"transpose by {np.max(np.abs(matrix - matrix.T)):.3g}; pass E J'J, say, or cut what is negative."
            )
        return cls((matrix + matrix.T) / 2, "supplied")

    def damped(self, share: float) -> Self:
        """A + share (tr A / n) I: outputs that seem not to matter are still held."""
        unit = float(np.trace(self.matrix)) / len(self.matrix)
        return replace(self, matrix=self.matrix + share * unit * np.eye(len(self.matrix)), kind=f"{self.kind}, damped")
