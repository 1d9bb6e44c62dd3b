"""The student to beat first: (generalised) linear regression on the raw inputs."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from tnsolve.algebra.arrays import Pool
from tnsolve.sweeping.regression import generalised_regression
from tnsolve.transfer import AbstractTransfer


@dataclass(frozen=True, eq=False)
class LinearStudent:
    """y = transfer(z), z = b + x W.    x : (N, sites)    coefficients : (1 + sites, m), b in the first row."""

    coefficients: np.ndarray
    transfer: AbstractTransfer

    @classmethod
    def fitted(cls, x: np.ndarray, y: np.ndarray, *, transfer: AbstractTransfer, ridge: float = 1e-3) -> Self:
        """Minimise mean loss(z_n, y_n) + ridge / 2 |W|^2, the ridge relative to the mean square of the inputs; the
        constant is free.   Convex: see `generalised_regression`.
        """
        design = np.column_stack([np.ones(len(x)), x])
        penalty = np.full(design.shape[1], ridge * np.mean(x**2))
        penalty[0] = 0.0
        weights = np.full(len(x), 1 / len(x))
        with Pool().running():
            return cls(generalised_regression(design, y, weights, transfer, penalty), transfer)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """y, (N, m)."""
        return self.transfer(self.preactivation(x))

    def preactivation(self, x: np.ndarray) -> np.ndarray:
        """z, (N, m)."""
        return self.coefficients[0] + x @ self.coefficients[1:]

    @property
    def parameters(self) -> int:
        """(1 + sites) m."""
        return self.coefficients.size

    @property
    def bytes(self) -> int:
        """Memory of the coefficients."""
        return self.coefficients.nbytes
