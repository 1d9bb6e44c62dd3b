"""The student to beat first: (generalised) linear regression on the raw inputs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from tnsolve import checks
from tnsolve.algebra.arrays import Pool
from tnsolve.algebra.records import Record
from tnsolve.models.abstract import AbstractModel, Maps, taken
from tnsolve.networks.structure import require_alike
from tnsolve.sweeping.regression import generalised_regression
from tnsolve.transfer import AbstractTransfer, transfer_from_json


@dataclass(frozen=True, eq=False, repr=False)
class LinearStudent(AbstractModel):
    """y = transfer(z), z = b + x W.    x : (N, sites)    coefficients : (1 + sites, m), b in the first row.

    Raises ValueError unless the coefficients are a finite array of that shape, float32 or float64.
    """

    coefficients: np.ndarray
    transfer: AbstractTransfer

    kind: ClassVar[str] = "linear student"

    def __post_init__(self) -> None:
        call = "LinearStudent(coefficients, transfer)"
        require_alike({"coefficients": self.coefficients}, call)
        if self.coefficients.ndim != 2 or min(self.coefficients.shape) < 1:
            raise ValueError(f"{call} has coefficients of shape {self.coefficients.shape}; give (1 + sites, outputs).")

    @classmethod
    def fitted(cls, x: np.ndarray, y: np.ndarray, *, transfer: AbstractTransfer, ridge: float = 1e-3) -> Self:
        """Minimise mean loss(z_n, y_n) + ridge / 2 |W|^2, the ridge relative to the mean square of the inputs; the
        constant is free.   Convex: see `generalised_regression`.   Raises ValueError for input that cannot be used.
        """
        call = "LinearStudent.fitted"
        x = checks.inputs(x, call)
        y = checks.targets(y, call, x, transfer)
        design = np.column_stack([np.ones_like(x[:, 0]), x])
        penalty = np.full(design.shape[1], checks.number(ridge, f"{call}(ridge=...)") * np.mean(x**2))
        penalty[0] = 0.0
        with Pool().running():
            return cls(generalised_regression(design, y, checks.weights(None, call, x), transfer, penalty), transfer)

    def __call__(self, x: np.ndarray, /) -> np.ndarray:
        """y, (N, m)."""
        return self.transfer(self.preactivation(x))

    def preactivation(self, x: np.ndarray) -> np.ndarray:
        """z, (N, m)."""
        return self.coefficients[0] + x @ self.coefficients[1:]

    @property
    def inputs(self) -> int:
        """Columns of x."""
        return self.coefficients.shape[0] - 1

    @property
    def outputs(self) -> int:
        """Columns of y."""
        return self.coefficients.shape[1]

    @property
    def parameters(self) -> int:
        """(1 + sites) m."""
        return self.coefficients.size

    @property
    def bytes(self) -> int:
        """Memory of the coefficients."""
        return self.coefficients.nbytes

    def arrays(self, prefix: str = "") -> dict[str, np.ndarray]:
        """The coefficients."""
        return {f"{prefix}coefficients": self.coefficients}

    def metadata(self) -> dict[str, Any]:
        """Everything else, as JSON."""
        return {"kind": self.kind, "transfer": self.transfer.to_json()}

    @classmethod
    def restored(
        cls,
        arrays: Mapping[str, np.ndarray],
        metadata: Mapping[str, Any],
        prefix: str = "",
        features: Maps | None = None,
    ) -> Self:
        """Inverse of `arrays` and `metadata`; there are no features. ValueError for what is no sound linear student."""
        transfer = transfer_from_json(Record(metadata, "the linear student").record("transfer").data)
        return cls(taken(arrays, f"{prefix}coefficients"), transfer)

    def __repr__(self) -> str:
        return f"LinearStudent({self.inputs} inputs, {self.outputs} outputs, {self.transfer.name})"
