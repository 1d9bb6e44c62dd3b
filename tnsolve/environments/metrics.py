"""Which errors of a layer's outputs matter, and where that is known from."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from tnsolve import checks
from tnsolve.algebra.arrays import Array, device_of, namespace
from tnsolve.algebra.legs import Core, padded
from tnsolve.environments.abstract import require_squares

PLAIN, OWN, SUPPLIED = "plain squares", "the caller's own", "supplied"


@dataclass(frozen=True, eq=False, repr=False)
class Metric:
    """A = E J'HJ (n, n), symmetric positive semi-definite, and in words where it comes from.

    J  derivative of the network's last pre-activations in the layer's outputs
    H  Hessian of the last potential: diag(p) - p p' for softmax (A is the Fisher or K-FAC factor), I for squares
    To second order, E loss(student) - E loss(teacher) = 1/2 E dz'A dz if dz and J'HJ are independent.
    The constructor trusts its arguments; whatever comes through a door is checked by `of`.
    """

    matrix: Array
    kind: str

    @classmethod
    def plain(cls, width: int) -> Self:
        """Every output counts the same: A = I."""
        return cls(np.eye(width), PLAIN)

    @classmethod
    def supplied(cls, matrix: Any) -> Self:
        """The caller's own. Raises ValueError unless it is finite, symmetric and positive semi-definite, as `of`."""
        return cls(_checked(matrix, None, "Metric.supplied(matrix=...)"), SUPPLIED)

    @classmethod
    def of(cls, value: Any, outputs: int | None, call: str) -> "Metric | None":
        """What a `metric=` means at every door: a Metric keeps its kind, a bare matrix is "the caller's own".

        value   None, which stays; a Metric; or numbers (n, n)
        outputs n, where it is known    call : the function that was called, for its errors
        The matrix is symmetrised. Raises ValueError unless it is a metric by the one rule of `checks.metric`.
        """
        if value is None:
            return None
        kind, matrix = (value.kind, value.matrix) if isinstance(value, Metric) else (OWN, value)
        return cls(_checked(matrix, outputs, f"{call}(metric=...)"), kind)

    @property
    def width(self) -> int:
        """n."""
        return self.matrix.shape[0]

    def damped(self, share: float) -> Self:
        """A + share (tr A / n) I: outputs that seem not to matter are still held."""
        xp = namespace(self.matrix)
        unit = float(xp.linalg.trace(self.matrix)) / self.width
        held = share * unit * xp.eye(self.width, dtype=self.matrix.dtype, device=device_of(self.matrix))
        return replace(self, matrix=self.matrix + held, kind=f"{self.kind}, damped")

    def padded(self, width: int) -> Self:
        """The same for more outputs, which do not count."""
        return replace(self, matrix=padded(padded(Core(self.matrix, ("r", "c")), "r", width), "c", width).data)

    def astype(self, dtype: Any) -> Self:
        """The same in another floating dtype."""
        return replace(self, matrix=namespace(self.matrix).astype(self.matrix, dtype, copy=False))

    def same(self, other: "Metric | None") -> bool:
        """Whether another metric measures alike, wherever it comes from."""
        if other is None or self is other:
            return other is not None
        xp = namespace(self.matrix, other.matrix)
        return self.width == other.width and bool(xp.all(self.matrix == other.matrix))

    def __repr__(self) -> str:
        return f"Metric({self.width} outputs, {self.kind})"


def _checked(value: Any, outputs: Any, name: str) -> Array:
    """A symmetric matrix by the rule book."""
    if outputs is None:
        value = checks.array(value, name)
        outputs = value.shape[0] if value.ndim else 1
    matrix = checks.metric(value, name, outputs)
    require_squares(matrix, name)
    return matrix
