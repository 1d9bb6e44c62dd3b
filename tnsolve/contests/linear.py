"""The student to beat first: (generalised) linear regression on the raw inputs."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.optimize import minimize

from tnsolve.algebra.arrays import Pool
from tnsolve.transfer import AbstractTransfer


@dataclass(frozen=True, eq=False)
class LinearStudent:
    """y = transfer(z), z = b + x W.    x : (N, sites)    coefficients : (1 + sites, m), b in the first row."""

    coefficients: np.ndarray
    transfer: AbstractTransfer

    @classmethod
    def fitted(
        cls, x: np.ndarray, y: np.ndarray, *, transfer: AbstractTransfer, ridge: float = 1e-3, iterations: int = 1000
    ) -> Self:
        """Minimise mean loss(z_n, y_n) + ridge / 2 |W|^2, the ridge relative to the mean square of the inputs.

        The matching loss makes this convex for every transfer function, with gradient X'(f(z) - y) / N
        (`proofs/sweeps/newton.py`); L-BFGS finds its minimum.   Cost O(N sites m) per iteration.
        """
        design = np.column_stack([np.ones(len(x)), x])
        penalty = np.full((design.shape[1], 1), ridge * np.mean(x**2))
        penalty[0] = 0.0
        shape = (design.shape[1], y.shape[1])

        def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
            coefficients = flat.reshape(shape)
            z = design @ coefficients
            value = np.mean(transfer.loss(z, y)) + np.sum(penalty * coefficients**2) / 2
            slope = design.T @ (transfer(z) - y) / len(x) + penalty * coefficients
            return float(value), slope.ravel()

        begin = np.zeros(shape).ravel()
        with Pool().running():
            found = minimize(objective, begin, jac=True, method="L-BFGS-B", options={"maxiter": iterations})
        return cls(found.x.reshape(shape), transfer)

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
