"""Feature maps made from something else: a function of the user, or another map times a matrix."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any, ClassVar

import numpy as np

from tnsolve.algebra.arrays import Array, device_of, namespace
from tnsolve.features.abstract import FeatureMap, require_dim, store

Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Custom(FeatureMap):
    """phi = function: any array-API function from (...,) to (..., d). It is not saved with a student."""

    function: Callable[[Array], Array]
    dim: int
    low: float = -inf
    high: float = inf
    name: str = "custom"

    discrete: ClassVar[bool] = False
    remedy: ClassVar[str] = "scale that column, or widen custom(..., low=..., high=...)"

    def __post_init__(self) -> None:
        store(self, dim=require_dim(self.dim, 1, self.name), low=float(self.low), high=float(self.high))

    @property
    def degree(self) -> int:
        """0: nothing is known of the function."""
        return 0

    def __call__(self, x: Array) -> Array:
        """function(x) in the dtype of x. ValueError if its shape is not (..., d)."""
        phi = self.function(x)
        if phi.shape != (*x.shape, self.dim):
            raise ValueError(
                f"custom(dim={self.dim}) got shape {phi.shape} from {self.name} for x of shape {x.shape}; "
                f"return shape {(*x.shape, self.dim)}, for example with stack([...], axis=-1)."
            )
        return namespace(x, phi).astype(phi, x.dtype, copy=False)

    @property
    def unit(self) -> None:
        """None: nothing is known of the function."""
        return None

    def to_json(self) -> dict[str, Any]:
        """Raises ValueError: a function is not data."""
        raise ValueError(
            f"custom feature map {self.name!r} cannot be saved; save without it and load with features=..."
        )


@dataclass(frozen=True)
class Mixed(FeatureMap):
    """phi(x) = T base(x), with T a d x d matrix in rows."""

    base: FeatureMap
    matrix: Matrix

    name: ClassVar[str] = "mixed"

    def __post_init__(self) -> None:
        widths = {len(row) for row in self.matrix}
        if widths != {self.base.dim} or not all(isfinite(number) for row in self.matrix for number in row):
            raise ValueError(
                f"Mixed(matrix=...) has {len(self.matrix)} rows of {sorted(widths)} numbers for the {self.base.dim} "
                f"features of {self.base.name}; give finite numbers, one for each feature in every row."
            )

    @property
    def dim(self) -> int:
        """Rows of T."""
        return len(self.matrix)

    @property
    def degree(self) -> int:
        """That of the base."""
        return self.base.degree

    @property
    def low(self) -> float:
        """That of the base."""
        return self.base.low

    @property
    def high(self) -> float:
        """That of the base."""
        return self.base.high

    @property
    def discrete(self) -> bool:
        """That of the base."""
        return self.base.discrete

    @property
    def remedy(self) -> str:
        """That of the base."""
        return self.base.remedy

    def __call__(self, x: Array) -> Array:
        xp = namespace(x)
        transposed = xp.asarray(tuple(zip(*self.matrix, strict=True)), dtype=x.dtype, device=device_of(x))
        return xp.matmul(self.base(x), transposed)

    @property
    def unit(self) -> tuple[float, ...] | None:
        """e with T' e = unit of the base; None if there is none."""
        if self.base.unit is None:
            return None
        matrix, target = np.array(self.matrix), np.array(self.base.unit)
        e = np.linalg.lstsq(matrix.T, target)[0]
        rounding = self.dim * np.finfo(float).eps * np.linalg.norm(matrix) * np.linalg.norm(e)
        return tuple(e.tolist()) if np.linalg.norm(matrix.T @ e - target) <= rounding else None

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "base": self.base.to_json(), "matrix": [list(row) for row in self.matrix]}


def whitening(phi: Array, ridge: float) -> Matrix:
    """Lower triangular T with T M T' = I, M = mean_n phi_n phi_n': Gram-Schmidt on the rows of I under M.

    phi : (N, d). T is the inverse Cholesky factor of M where that exists. A feature of which no more than the fraction
    `ridge` of its second moment is left after the ones before it gets a row of zeros: T M T' is zero there, and T' T is
    a generalised inverse of M. Cost O(N d^2), in float64.
    """
    xp = namespace(phi)
    wide = xp.astype(phi, xp.float64)
    gram = xp.matmul(wide.T, wide) / phi.shape[0]
    dim = range(phi.shape[1])
    moment = np.array([[float(gram[i, j]) for j in dim] for i in dim])
    rows = np.zeros_like(moment)
    for k in dim:
        row = np.eye(len(dim))[k]
        for _ in range(2):
            row = row - rows.T @ (rows @ moment @ row)
        left = row @ moment @ row
        if left > ridge * moment[k, k]:
            rows[k] = row / np.sqrt(left)
    return tuple(map(tuple, rows.tolist()))
