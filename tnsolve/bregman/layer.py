"""What Bregman PCA leaves behind: a layer y = f(V c + m) that turns short codes into activations."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar, Self

import numpy as np

from tnsolve.algebra.arrays import Array, Pool, namespace, to_numpy
from tnsolve.algebra.records import Record
from tnsolve.bregman.regressions import Regressions
from tnsolve.models.abstract import AbstractModel, Maps, taken
from tnsolve.networks.structure import require_alike
from tnsolve.transfer import AbstractTransfer, transfer_from_json

STEPS = 200


@dataclass(frozen=True, eq=False, repr=False)
class BregmanLayer(AbstractModel):
    """y = transfer(V c + m).

    directions V : (d, k)    mean m : (d,)    codes c : (N, k)    y : (N, d)
    Raises ValueError unless V and m are finite arrays of these shapes, both float32 or both float64.

    Source: Amid, Anil, Fifty and Warmuth, "Layerwise Bregman Representation Learning" (arXiv 2209.07080), section 4.
    """

    directions: Array
    mean: Array
    transfer: AbstractTransfer

    kind: ClassVar[str] = "bregman layer"

    def __post_init__(self) -> None:
        call = "BregmanLayer(directions, mean, transfer)"
        require_alike({"directions": self.directions, "mean": self.mean}, call)
        shapes = tuple(self.directions.shape), tuple(self.mean.shape)
        if [len(shape) for shape in shapes] != [2, 1] or shapes[0][0] != shapes[1][0]:
            raise ValueError(
                f"{call} has directions of shape {shapes[0]} and a mean of {shapes[1]}; give (d, k) and (d,)."
            )
        if not isinstance(self.transfer, AbstractTransfer):
            raise ValueError(
                f"{call} has a {type(self.transfer).__name__} for a transfer; use one such as tnsolve.tanh."
            )

    def __call__(self, codes: Array, /) -> Array:
        """f(V c + m) : (N, d)."""
        return self.transfer(self.preactivation(codes))

    @property
    def inputs(self) -> int:
        """Codes, k."""
        return self.directions.shape[1]

    @property
    def outputs(self) -> int:
        """Activations, d."""
        return self.mean.shape[0]

    def preactivation(self, codes: Array) -> Array:
        """V c + m : (N, d)."""
        return codes @ self.directions.T + self.mean

    def encode(self, y: Array, *, start: Array | None = None, pool: Pool | None = None, steps: int = STEPS) -> Array:
        """The codes of least loss, argmin_c F(V c + m) - y.(V c) for each row : (N, k). Convex: Newton solves it.

        At the optimum the residual is orthogonal to the directions, V'(f(V c + m) - y) = 0, and any other codes c^ obey
        loss(V c^ + m, y) = D_F(V c^ + m, V c + m) + loss(V c + m, y).   Source: proofs/bregman/codes.py.
        """
        xp = namespace(y)
        start = (
            xp.zeros((y.shape[0], self.directions.shape[1]), dtype=y.dtype, device=y.device) if start is None else start
        )
        tolerance = float(xp.finfo(y.dtype).eps) ** 0.5
        regressions = Regressions(self.directions, self.mean, xp.ones_like(self.mean), self.transfer)
        pool = pool or Pool()
        with pool.running():
            return regressions.solved(start, y, steps=steps, tolerance=tolerance, pool=pool)[0]

    def objective(self, codes: Array, y: Array) -> Array:
        """F(z) - y.z at z = V c + m : (N,), the loss without its constant F*(y), at a fraction of the cost."""
        return self.transfer.rows(self.preactivation(codes), y, namespace(y).ones_like(self.mean))[0]

    def constant(self, y: Array) -> Array:
        """`objective` of the code 0, F(m) - y.m : (N,), in one product."""
        return self.transfer.potential(self.mean[None, :]) - y @ self.mean

    def loss(self, codes: Array, y: Array) -> Array:
        """Matching loss of the activations that the codes stand for against y : (N,)."""
        return self.transfer.loss(self.preactivation(codes), y)

    @property
    def parameters(self) -> int:
        """Numbers in V and m."""
        return prod(self.directions.shape) + self.mean.shape[0]

    @property
    def bytes(self) -> int:
        """Memory of V and m."""
        return self.parameters * namespace(self.mean).finfo(self.mean.dtype).bits // 8

    def arrays(self, prefix: str = "") -> dict[str, np.ndarray]:
        """weight V (d, k) and bias m (d,) as NumPy arrays: what a linear layer, an ONNX Gemm or a tensor takes."""
        return {
            f"{prefix}weight": np.ascontiguousarray(to_numpy(self.directions)),
            f"{prefix}bias": np.ascontiguousarray(to_numpy(self.mean)),
        }

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
        """Inverse of `arrays` and `metadata`; there are no features. ValueError for what is no sound layer."""
        transfer = transfer_from_json(Record(metadata, "the layer").record("transfer").data)
        return cls(taken(arrays, f"{prefix}weight"), taken(arrays, f"{prefix}bias"), transfer)

    def __repr__(self) -> str:
        return f"BregmanLayer({self.inputs} codes, {self.outputs} outputs, {self.transfer.name})"
