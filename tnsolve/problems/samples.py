"""The problem that product features leave: predictions linear in theta, sample by sample, and a matching loss."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tnsolve.algebra.arrays import Array, Pool, contiguous, namespace
from tnsolve.algebra.kernels import kernels_for
from tnsolve.algebra.kernels.twins import triangle
from tnsolve.algebra.linalg import Cholesky, shifted
from tnsolve.problems.abstract import AbstractPoint, AbstractProblem
from tnsolve.transfer import AbstractTransfer, Identity


@dataclass(frozen=True)
class Problem(AbstractProblem):
    """minimise over theta:  sum_n w_n loss(z_n, y_n) + penalty / 2 |theta|^2,  z = mv(theta).

    Beside the label    z[n, m] = sum_aib left[n, a] site[n, i] theta[a, i, b] right[n, m, b]
    holding the label   z[n, m] = sum_aib left[n, a] site[n, i] theta[a, i, m, b] right[n, b]

    left : (N, a)    site : (N, d)    right : (N, m, b) or (N, b)    targets : (N, m)    weights : (N,), sum 1
    legs, dims : the legs of theta as a tensor, in the order that flattens to the kernel's shape
    shift : log of the factor by which the messages were scaled down: theta here is exp(shift) times the true tensor
    Every sum over samples runs span by span on `pool`.
    """

    left: Array
    site: Array
    right: Array
    targets: Array
    weights: Array
    transfer: AbstractTransfer
    legs: tuple[str, ...]
    dims: tuple[int, ...]
    shift: float
    pool: Pool

    @property
    def beside(self) -> bool:
        """Whether the label lies outside the region."""
        return self.right.ndim == 3

    @property
    def quadratic(self) -> bool:
        """Whether the loss is half the squared error."""
        return isinstance(self.transfer, Identity)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of theta in the kernels."""
        a, d, m, b = self.left.shape[1], self.site.shape[1], self.targets.shape[1], self.right.shape[-1]
        return (a, d, b) if self.beside else (a, d, m, b)

    @property
    def bound(self) -> float:
        """Largest slope of the transfer function."""
        return self.transfer.bound

    @property
    def strict(self) -> bool:
        """Whether the potential of the transfer function is strictly convex."""
        return self.transfer.strict

    def at(self, theta: Array) -> "SamplePoint":
        """The loss near theta.   Cost: one pass over the samples."""
        return SamplePoint(self, self.mv(theta))

    def columns(self, theta: Array) -> Array:
        """(a d b, 1) beside the label, (a d b, m) where the region holds it."""
        xp = namespace(theta)
        if self.beside:
            return xp.reshape(theta, (-1, 1))
        return xp.reshape(xp.permute_dims(theta, (0, 1, 3, 2)), (-1, theta.shape[2]))

    def from_columns(self, columns: Array) -> Array:
        """Inverse of `columns`."""
        xp = namespace(columns)
        if self.beside:
            return xp.reshape(columns, self.shape)
        a, d, m, b = self.shape
        return contiguous(xp.permute_dims(xp.reshape(columns, (a, d, b, m)), (0, 1, 3, 2)))

    # -- the linear map --------------------------------------------------------------------------------------------

    def mv(self, theta: Array) -> Array:
        """Predictions (N, m).   Cost O(N a d b), times m where the region holds the label."""
        xp = namespace(theta)
        kernel = self._kernel("predict")
        return xp.concat(self.pool.map(lambda rows: kernel(*self._factors(rows), theta), self.left.shape[0]), axis=0)

    def rmv(self, g: Array) -> Array:
        """The adjoint: sum(g * mv(theta)) = sum(rmv(g) * theta) for g (N, m)."""
        kernel = self._kernel("pull")
        return self.pool.sum(lambda rows: kernel(*self._factors(rows), g[rows, ...]), self.left.shape[0])

    def gram(self) -> Array:
        """sum_n w_n (design row)(design row)', (D, D) with D = a d b; one matrix for all outputs.

        Beside the label the rows of all outputs are added: D = a d b is then the whole of theta.
        Source: proofs/sweeps/linearity.py.
        """
        return gram(self.left, self.site, self.right, self.weights, self.pool)

    def factored(self, penalty: float) -> Cholesky:
        """bound * Gram + penalty I, ready to solve.   Cost: that of the Gram and of a Cholesky."""
        return shifted(self.bound * self.gram(), penalty)

    def energy(self, theta: Array) -> float:
        """sum_n w_n |mv(theta)_n|^2."""
        return float(namespace(theta).sum(self.weights[:, None] * self.mv(theta) ** 2))

    def mean_eigenvalue(self) -> float:
        """trace(gram) / D without the Gram: the unit of a relative ridge."""
        xp = namespace(self.left)
        size = self.left.shape[1] * self.site.shape[1] * self.right.shape[-1]
        squares = [xp.sum(rows**2, axis=tuple(range(1, rows.ndim))) for rows in (self.left, self.site, self.right)]
        return float(xp.sum(self.weights * squares[0] * squares[1] * squares[2])) / size

    # -- the loss --------------------------------------------------------------------------------------------------

    def loss(self, z: Array) -> float:
        """sum_n w_n loss(z_n, y_n)."""
        return mean_loss(self.transfer, z, self.targets, self.weights)

    def residual(self, z: Array) -> Array:
        """Gradient of the loss in z: w (f(z) - y), (N, m)."""
        return self.weights[:, None] * (self.transfer(z) - self.targets)

    def curvature(self, z: Array) -> Callable[[Array], Array]:
        """v -> Hessian of the loss at z applied to v, in one pass over the samples per product."""
        h, u = self.transfer.curvature(z)
        kernel = self._kernel("curve")

        def apply(v: Array) -> Array:
            return self.pool.sum(
                lambda rows: kernel(*self._factors(rows), h[rows, ...], u[rows, ...], self.weights[rows], v),
                self.left.shape[0],
            )

        return apply

    def gram_cost(self) -> float:
        """A Gram by pairs, the pairs themselves at an eighth of its rate, and a Cholesky; whole rows need no pairs."""
        samples, p, b, outputs = self._sizes()
        rows = samples * (outputs if self.beside else 1)
        if p == 1:
            return rows * b**2 / 2 + b**3 / 3
        pairing = samples * p**2 + rows * b**2
        return samples * p**2 * b**2 / 4 + 4 * pairing + (p * b) ** 3 / 3

    def product_cost(self) -> float:
        """One fused pass, at a third of the rate of a Gram."""
        samples, p, b, outputs = self._sizes()
        return 3 * samples * (2 * p * b * (1 if self.beside else outputs) + 2 * b * outputs + p)

    def _sizes(self) -> tuple[int, int, int, int]:
        samples, outputs = self.targets.shape
        return samples, self.left.shape[1] * self.site.shape[1], self.right.shape[-1], outputs

    def _factors(self, rows: slice) -> tuple[Array, Array, Array]:
        return self.left[rows, ...], self.site[rows, ...], self.right[rows, ...]

    def _kernel(self, verb: str) -> Any:
        return getattr(kernels_for(self.left), f"{verb}_{'outside' if self.beside else 'inside'}")


@dataclass(frozen=True)
class SamplePoint(AbstractPoint):
    """The loss of a `Problem` near the theta that predicts z."""

    problem: Problem
    z: Array

    @cached_property
    def value(self) -> float:
        """The loss here."""
        return self.problem.loss(self.z)

    def gradient(self) -> Array:
        """rmv of the residual.   Cost: one pass."""
        return self.problem.rmv(self.problem.residual(self.z))

    def curvature(self) -> Callable[[Array], Array]:
        """v -> Hessian times v, one pass each."""
        return self.problem.curvature(self.z)

    def line(self, direction: Array) -> Callable[[float], float]:
        """One pass for the direction; after it a step along it costs O(N m)."""
        along = self.problem.mv(direction)
        return lambda t: self.problem.loss(self.z + t * along)


def mean_loss(transfer: AbstractTransfer, z: Array, targets: Array, weights: Array) -> float:
    """sum_n weights[n] loss(z_n, y_n)."""
    return float(namespace(z).sum(weights * transfer.loss(z, targets)))


def gram(left: Array, site: Array, right: Array, weights: Array, pool: Pool) -> Array:
    """Second moment sum_n w_n r_n r_n' of the rows r = left x site x right, outputs of `right` (N, m, b) added.

    Computed as one GEMM over symmetric pairs, (p (p+1)/2, N) x (N, b (b+1)/2) with p = a d: a quarter of a full
    product, and all outputs for the price of one.   Cost N p^2 b^2 / 4 multiply-adds.
    Where p = 1, `right` holds whole rows and their plain product needs no pairs.   Cost N m b^2 / 2.
    """
    xp = namespace(left)
    if left.shape[1] * site.shape[1] == 1:
        return pool.sum(
            lambda rows: _plain(left[rows, ...] * site[rows, ...], right[rows, ...], weights[rows]), left.shape[0]
        )
    kernels = kernels_for(left)
    fold = kernels.label_pairs if right.ndim == 3 else kernels.pairs

    def part(rows: slice) -> Array:
        return kernels.pair_gram(left[rows, ...], site[rows, ...], fold(right[rows, ...]), weights[rows])

    packed = pool.sum(part, left.shape[0])
    p, b = left.shape[1] * site.shape[1], right.shape[-1]
    unpacked = xp.take(xp.take(packed, _unpacking(p, xp), axis=0), _unpacking(b, xp), axis=1)
    return xp.reshape(xp.permute_dims(xp.reshape(unpacked, (p, p, b, b)), (0, 2, 1, 3)), (p * b, p * b))


def _plain(factor: Array, right: Array, weights: Array) -> Array:
    """sum_n weights[n] factor[n]^2 right[n]' right[n], (b, b).   factor : (N, 1)    right : (N, b) or (N, m, b)"""
    xp = namespace(right)
    scale = xp.sqrt(weights)[:, None] * factor
    rows = xp.reshape(right * (scale[:, :, None] if right.ndim == 3 else scale), (-1, right.shape[-1]))
    return rows.T @ rows


def _unpacking(size: int, xp: Any) -> Array:
    """Where entry (i, j) of a symmetric matrix stands among its pairs, flattened: (size^2,)."""
    place = [0] * size**2
    for at, (i, j) in enumerate(zip(*triangle(size), strict=True)):
        place[i * size + j] = place[j * size + i] = at
    return xp.asarray(place)
