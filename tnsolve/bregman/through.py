"""A loss for codes, judged by what the exported layer makes of them."""

from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar, NoReturn

from tnsolve.algebra.arrays import Array, device_of, namespace
from tnsolve.bregman.layer import BregmanLayer
from tnsolve.transfer import AbstractTransfer
from tnsolve.transfer.abstract import coupled_rows


@dataclass(frozen=True, eq=False)
class ThroughLayer(AbstractTransfer):
    """The convex potential G(c) = D_F(m + V c, m) of codes c, with gradient V'(f(m + V c) - f(m)).

    With the targets t = V'(y - f(m)) (see `targets`) its loss G(c) - t.c is, up to the constant loss(m, y) = `offset`,
    the matching loss of the layer's output against the activations y: k outputs are fitted to d activations.

        fit(start, x, through.targets(y), loss=through)

    By the second-order normalisation the Hessian of G at 0 is the identity: near the mean it is least squares on codes.
    c, t : (N, k), y : (N, d). Cost O(N d k), of `curvature` O(N d k^2).
    """

    layer: BregmanLayer

    name: ClassVar[str] = "through_layer"
    low: ClassVar[float] = -inf
    high: ClassVar[float] = inf

    @property
    def bound(self) -> float:
        """The bound of the layer's transfer function times the square of the largest singular value of V."""
        directions = self.layer.directions
        return self.layer.transfer.bound * float(namespace(directions).linalg.matrix_norm(directions, ord=2)) ** 2

    def targets(self, y: Array) -> Array:
        """V'(y - f(m)) : (N, k)."""
        return (y - self._mean_output) @ self.layer.directions

    def offset(self, y: Array) -> Array:
        """loss(m, y) : (N,), what is left to add to `loss` for the matching loss of the layer's output."""
        return self.layer.transfer.loss(self._means(y), y)

    def potential(self, z: Array) -> Array:
        """D_F(m + V c, m) : (N,)."""
        a = self.layer.preactivation(z)
        return self.layer.transfer.divergence(a, self._means(a))

    def __call__(self, z: Array) -> Array:
        """V'(f(m + V c) - f(m)) : (N, k)."""
        return (self.layer(z) - self._mean_output) @ self.layer.directions

    def curvature(self, z: Array) -> tuple[Array, Array]:
        """A = V' H(m + V c) V as h = 2 tr A, and k rows u, the Cholesky factor of h I - A."""
        xp = namespace(z)
        directions = self.layer.directions
        h, u = self.layer.transfer.curvature(self.layer.preactivation(z))
        along = xp.matmul(u, directions)
        bent = xp.matmul(xp.permute_dims(h[:, :, None] * directions, (0, 2, 1)), directions)
        hessian = bent - xp.matmul(xp.permute_dims(along, (0, 2, 1)), along)
        level = 2 * xp.sum(xp.linalg.diagonal(hessian), axis=1) + float(xp.finfo(z.dtype).smallest_normal) ** 0.5
        unit = xp.eye(z.shape[1], dtype=z.dtype, device=device_of(z))
        factor = xp.linalg.cholesky(level[:, None, None] * unit - hessian)
        return level[:, None] * xp.ones_like(z), xp.permute_dims(factor, (0, 2, 1))

    def rows(self, z: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
        """`weights` are not read."""
        return coupled_rows(self, z, y)

    def inverse(self, y: Array) -> NoReturn:
        """Raises NotImplementedError: codes come from activations, by `BregmanLayer.encode`."""
        raise NotImplementedError(
            "ThroughLayer.inverse has no closed form; encode the activations with layer.encode(y)."
        )

    def conjugate(self, y: Array) -> NoReturn:
        """Raises NotImplementedError: G* has no closed form; `loss` and `divergence` do without it."""
        raise NotImplementedError("ThroughLayer.conjugate has no closed form; `loss` and `divergence` do without it.")

    def loss(self, z: Array, y: Array) -> Array:
        """G(c) - t.c : (N,), 0 at the mean and negative where the codes are better than none."""
        return self.potential(z) - namespace(z, y).sum(y * z, axis=-1)

    def divergence(self, a: Array, b: Array) -> Array:
        """D_F(m + V a, m + V b) : (N,)."""
        return self.layer.transfer.divergence(self.layer.preactivation(a), self.layer.preactivation(b))

    def attained(self, y: Array) -> NoReturn:
        """Raises NotImplementedError, as `inverse` does."""
        self.inverse(y)

    def grounded(self, z: Array, weights: Array | None = None) -> Array:
        """z itself."""
        return z

    def check(self, y: Array, call: str, eps: float | None = None) -> Array:
        """Raise ValueError unless y has a column for each code."""
        if y.shape[-1] != self.layer.directions.shape[1]:
            raise ValueError(
                f"{call} through a layer of {self.layer.directions.shape[1]} codes has targets of shape "
                f"{tuple(y.shape)}; build them from activations with ThroughLayer.targets(y)."
            )
        return y

    def to_json(self) -> dict[str, Any]:
        """Raises ValueError: a layer is arrays. Save a `ComposedStudent`, or the layer."""
        raise ValueError("ThroughLayer is a loss and is not saved; save ComposedStudent(student, layer) instead.")

    @property
    def _mean_output(self) -> Array:
        return self.layer.transfer(self.layer.mean[None, :])[0, :]

    def _means(self, like: Array) -> Array:
        """m repeated over the rows of `like`."""
        return namespace(like).zeros_like(like) + self.layer.mean
