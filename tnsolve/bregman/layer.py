"""What Bregman PCA leaves behind: a layer y = f(V c + m) that turns short codes into activations."""

from dataclasses import dataclass
from math import prod
from os import PathLike
from typing import Any, Self

import numpy as np

from tnsolve.algebra.arrays import Array, Pool, namespace, to_numpy
from tnsolve.bregman.regressions import Regressions
from tnsolve.models import storage
from tnsolve.transfer import AbstractTransfer, transfer_from_json

STEPS = 200


@dataclass(frozen=True, eq=False)
class BregmanLayer:
    """y = transfer(V c + m).

    directions V : (d, k)    mean m : (d,)    codes c : (N, k)    y : (N, d)

    Source: Amid, Anil, Fifty and Warmuth, "Layerwise Bregman Representation Learning" (arXiv 2209.07080), section 4.
    """

    directions: Array
    mean: Array
    transfer: AbstractTransfer

    def __call__(self, codes: Array) -> Array:
        """f(V c + m) : (N, d)."""
        return self.transfer(self.preactivation(codes))

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
        return {"kind": "bregman layer", "transfer": self.transfer.to_json()}

    @classmethod
    def restored(cls, arrays: dict[str, np.ndarray], metadata: dict[str, Any], prefix: str = "") -> Self:
        """Inverse of `arrays` and `metadata`."""
        transfer = transfer_from_json(metadata["transfer"])
        return cls(arrays[f"{prefix}weight"], arrays[f"{prefix}bias"], transfer)

    def save(self, path: str | PathLike[str]) -> None:
        """Write a safetensors file, whole or not at all."""
        storage.save(path, self.arrays(), self.metadata())

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """Read what `save` wrote. Raises ValueError for a file that is damaged or of another kind."""
        arrays, metadata = storage.load(path, "BregmanLayer.load")
        if metadata["kind"] != "bregman layer":
            raise ValueError(
                f"BregmanLayer.load({str(path)!r}) holds a {metadata['kind']}; pass a file made by its `save`."
            )
        return cls.restored(arrays, metadata)
