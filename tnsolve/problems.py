"""The local problem of one region: predictions linear in theta, a matching loss, a ridge. It knows no network."""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log
from typing import Any

from tnsolve.arrays import Array, Pool, namespace
from tnsolve.kernels import kernels_for
from tnsolve.kernels.twins import triangle
from tnsolve.legs import Core, arranged
from tnsolve.linalg import inner
from tnsolve.transfer import AbstractTransfer, Identity


@dataclass(frozen=True)
class Problem:
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

    # -- between tensors and theta ---------------------------------------------------------------------------------

    def theta(self, core: Core, scale: float) -> Array:
        """The unknown of this problem from a region's tensor exp(scale) * core."""
        xp = namespace(core.data)
        return exp(scale + self.shift) * xp.reshape(arranged(core, self.legs).data, self.shape)

    def core(self, theta: Array) -> Core:
        """Inverse of `theta`, up to the factor exp(-shift)."""
        return Core(namespace(theta).reshape(theta, self.dims), self.legs)

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
        """
        return gram(self.left, self.site, self.right, self.weights, self.pool)

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
                lambda rows: kernel(*self._factors(rows), h[rows, ...], u[rows, ...], self.weights[rows], v), self.left.shape[0]
            )

        return apply

    def _factors(self, rows: slice) -> tuple[Array, Array, Array]:
        return self.left[rows, ...], self.site[rows, ...], self.right[rows, ...]

    def _kernel(self, verb: str) -> Any:
        return getattr(kernels_for(self.left), f"{verb}_{'outside' if self.beside else 'inside'}")


@dataclass(frozen=True)
class Penalty:
    """A ridge on the whole tensor, fixed for a sweep: `log_ridge` is the log of its factor in true units."""

    log_ridge: float

    @staticmethod
    def relative(ridge: float, problem: Problem, theta: Array) -> "Penalty":
        """`ridge` times E|z|^2 / |theta|^2, the Gram's Rayleigh quotient at theta; at theta = 0, its mean eigenvalue.

        The quotient belongs to the function, not to its representation: neither gauge nor growth changes it.
        """
        norm = inner(theta, theta)
        energy = float(namespace(theta).sum(problem.weights[:, None] * problem.mv(theta) ** 2)) if norm > 0 else 0.0
        unit = ridge * (energy / norm if energy > 0 else problem.mean_eigenvalue())
        return Penalty(log(unit) + 2 * problem.shift if unit > 0 else float("-inf"))

    def at(self, problem: Problem) -> float:
        """The same ridge in the units of another problem's theta."""
        return exp(self.log_ridge - 2 * problem.shift)


def mean_loss(transfer: AbstractTransfer, z: Array, targets: Array, weights: Array) -> float:
    """sum_n weights[n] loss(z_n, y_n)."""
    return float(namespace(z).sum(weights * transfer.loss(z, targets)))


def gram(left: Array, site: Array, right: Array, weights: Array, pool: Pool) -> Array:
    """Second moment sum_n w_n r_n r_n' of the rows r = left x site x right, outputs of `right` (N, m, b) added.

    Computed as one GEMM over symmetric pairs, (p (p+1)/2, N) x (N, b (b+1)/2) with p = a d: a quarter of a full
    product, and all outputs for the price of one.   Cost N p^2 b^2 / 4 multiply-adds.
    """
    xp = namespace(left)
    kernels = kernels_for(left)
    fold = kernels.label_pairs if right.ndim == 3 else kernels.pairs

    def part(rows: slice) -> Array:
        return kernels.pair_gram(left[rows, ...], site[rows, ...], fold(right[rows, ...]), weights[rows])

    packed = pool.sum(part, left.shape[0])
    p, b = left.shape[1] * site.shape[1], right.shape[-1]
    unpacked = xp.take(xp.take(packed, _unpacking(p, xp), axis=0), _unpacking(b, xp), axis=1)
    return xp.reshape(xp.permute_dims(xp.reshape(unpacked, (p, p, b, b)), (0, 2, 1, 3)), (p * b, p * b))


def _unpacking(size: int, xp: Any) -> Array:
    """Where entry (i, j) of a symmetric matrix stands among its pairs, flattened: (size^2,)."""
    place = [0] * size**2
    for at, (i, j) in enumerate(zip(*triangle(size), strict=True)):
        place[i * size + j] = place[j * size + i] = at
    return xp.asarray(place)
