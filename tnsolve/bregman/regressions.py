"""Many small generalised linear models that share one design, each improved by its own damped Newton step."""

from dataclasses import dataclass
from functools import cached_property
from math import inf

from tnsolve.arrays import Array, Pool, contiguous, device_of, namespace
from tnsolve.kernels import kernels_for
from tnsolve.kernels.twins import triangle
from tnsolve.linalg import Cholesky
from tnsolve.transfer import AbstractElementwise, AbstractTransfer, ReLU, Sigmoid, Tanh

ENTRIES = 2**18
"""Entries of z worked on at a time: what is made of them stays in cache."""
WIDEST = 64
"""Above this width a step is majorise-minimise: one inverse for all rows in place of one Hessian for each."""
HALVINGS = 10


@dataclass(frozen=True)
class Regressions:
    """minimise over each row theta_i:  sum_j w_j [F(z_ij) - y_ij z_ij],   z_i = offset + design theta_i.

    design : (p, k)    offset : (p,)    weights w : (p,), of use where F acts elementwise    theta : (r, k)
    targets y : (r, p)

    With design V and offset m the rows are samples and theta their codes. With design [C, 1] and offset 0 the rows are
    units, y is transposed, and theta is [V, m]: for an elementwise transfer both halves of Bregman PCA are this.
    """

    design: Array
    offset: Array
    weights: Array
    transfer: AbstractTransfer

    def solved(self, theta: Array, y: Array, *, steps: int, tolerance: float, pool: Pool) -> tuple[Array, Array]:
        """theta (r, k) and its objective (r,) after at most `steps` steps, none of which raises it in any row.

        Rows rest when they fall by less than `tolerance` of it; Newton's error is then of the order of its square.
        Cost of a step O(r p k^2), or O(r p k) above 64 columns.
        """
        xp = namespace(theta, y)
        rows = max(1, ENTRIES // self.design.shape[0])

        def run(span: slice) -> list[Point]:
            starts = range(span.start, span.stop, rows)
            blocks = [slice(at, min(at + rows, span.stop)) for at in starts]
            return [self._block(theta[block, :], y[block, :], steps, tolerance) for block in blocks]

        points = [point for part in pool.map(run, theta.shape[0]) for point in part]
        return xp.concat([point.theta for point in points], axis=0), xp.concat(
            [point.value for point in points], axis=0
        )

    def _block(self, theta: Array, y: Array, steps: int, tolerance: float) -> "Point":
        """The steps of some rows."""
        if self.design.shape[1] > WIDEST and self.transfer.bound < inf:
            return self._accelerated(theta, y, steps, tolerance)
        xp = namespace(theta)
        point = self.at(theta, y)
        for _ in range(steps):
            moved = self._guarded(point, -solved_rows(self.hessian(point), point.gradient), y)
            fallen, point = point.value - moved.value, moved
            if not bool(xp.any(fallen > tolerance * self._size(point))):
                break
        return point

    def _accelerated(self, theta: Array, y: Array, steps: int, tolerance: float) -> "Point":
        """Steps -(bound design' W design)^-1 gradient, which cannot rise, taken from a point ahead of theta.

        Where the point ahead leads up, the row stays and its momentum starts again from none.
        Source: Nesterov's method with function restarts, O'Donoghue and Candes (arXiv 1204.3982), section 3.2.
        """
        xp = namespace(theta)
        previous, point = theta, self.at(theta, y)
        lucky = xp.zeros_like(point.value)
        for _ in range(steps):
            ahead = self.at(point.theta + (lucky / (lucky + 3))[:, None] * (point.theta - previous), y)
            moved = self.at(ahead.theta - self._majoriser.solve(ahead.gradient.T).T, y)
            better = moved.value <= point.value
            settled = better & (point.value - moved.value <= tolerance**2 * self._size(point))
            if bool(xp.all(settled | ((lucky == 0) & ~better))):
                break
            lucky = xp.where(better, lucky + 1, xp.zeros_like(lucky))
            previous = point.theta
            point = point.where(~better, moved)
        return point

    def at(self, theta: Array, y: Array) -> "Point":
        """Objective, gradient and slopes at some rows, in one pass after the product that makes z; 0 past overflow."""
        z = theta @ self.design.T + self.offset
        value, residual, slope = ingredients(self.transfer, z, y, self.weights)
        if self.transfer.bound == inf:
            xp = namespace(value)
            sound = xp.isfinite(value)[:, None]
            residual, slope = (xp.where(sound, part, xp.zeros_like(part)) for part in (residual, slope))
        return Point(theta, z, value, residual @ self.design, slope)

    def hessian(self, point: "Point") -> Array:
        """design' (diag(h) - sum_l u_l u_l') design of every row, (r, k, k), by one product with pairs of columns."""
        xp = namespace(point.z)
        k = self.design.shape[1]
        packed = point.slope @ self._pairs
        if not isinstance(self.transfer, AbstractElementwise):
            _, u = self.transfer.curvature(point.z)
            first, second = (xp.asarray(index, device=device_of(u)) for index in triangle(k))
            along = xp.matmul(u, self.design)
            packed = packed - xp.sum(xp.take(along, first, axis=2) * xp.take(along, second, axis=2), axis=1)
        return xp.reshape(xp.take(packed, xp.asarray(square(k), device=device_of(packed)), axis=1), (-1, k, k))

    def _guarded(self, point: "Point", direction: Array, y: Array) -> "Point":
        """The full step where it lowers a row's objective, else half of it, and so on; else none."""
        xp = namespace(direction)
        length = xp.ones_like(point.value)[:, None]
        rounding = 8 * float(xp.finfo(direction.dtype).eps) * self._size(point)
        for _ in range(HALVINGS):
            moved = self.at(point.theta + length * direction, y)
            worse = ~(moved.value <= point.value + rounding)[:, None]
            if not bool(xp.any(worse)):
                return moved
            length = xp.where(worse, length / 2, length)
        return self.at(xp.where(worse, point.theta, point.theta + length * direction), y)

    def _size(self, point: "Point") -> Array:
        """A scale of the rounding errors in the objective."""
        xp = namespace(point.value)
        return xp.abs(point.value) + xp.sum(self.weights)

    @cached_property
    def _pairs(self) -> Array:
        """Products of two columns of the design: (p, k (k + 1) / 2)."""
        return kernels_for(self.design).pairs(contiguous(self.design))

    @cached_property
    def _majoriser(self) -> Cholesky:
        """bound design' W design, factored: no Hessian is above it."""
        gram = (self.design * self.weights[:, None]).T @ self.design
        return Cholesky.of(self.transfer.bound * gram)


@dataclass(frozen=True)
class Point:
    """Some rows: theta and gradient (r, k), z and slope (r, p), value (r,)."""

    theta: Array
    z: Array
    value: Array
    gradient: Array
    slope: Array

    def where(self, mask: Array, other: "Point") -> "Point":
        """The rows of this point where `mask`, else those of the other."""
        xp = namespace(mask)
        pairs = ((getattr(self, name), getattr(other, name)) for name in ("theta", "z", "value", "gradient", "slope"))
        return Point(*(xp.where(mask if a.ndim == 1 else mask[:, None], a, b) for a, b in pairs))


def ingredients(transfer: AbstractTransfer, z: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
    """Objective sum_j w_j [F(z_j) - y_j z_j] : (r,), residual w (f(z) - y) and diagonal of the curvature w h : (r, p).

    Where a flat ReLU has an active target, h is that of the active side, a majoriser: its own would promise nothing.
    """
    xp = namespace(z, y)
    match transfer:
        case Sigmoid():
            return kernels_for(z).sigmoid_rows(z, xp.exp(-xp.abs(z)), y, weights)
        case Tanh():
            return kernels_for(z).tanh_rows(z, xp.exp(-2 * xp.abs(z)), y, weights)
        case ReLU():
            active = xp.astype((z > 0) | (y > 0), z.dtype)
            return (transfer.primitive(z) - y * z) @ weights, weights * (transfer(z) - y), weights * active
        case AbstractElementwise():
            value = (transfer.primitive(z) - y * z) @ weights
            return value, weights * (transfer(z) - y), weights * transfer.derivative(z)
    h, _ = transfer.curvature(z)
    return transfer.potential(z) - xp.sum(y * z, axis=1), transfer(z) - y, h


def solved_rows(matrices: Array, right: Array) -> Array:
    """(A_i + shift_i I)^-1 b_i for positive semi-definite A (r, k, k) and b (r, k); the shift is rounding of A_i."""
    xp = namespace(matrices, right)
    k = right.shape[1]
    trace = xp.sum(xp.linalg.diagonal(matrices), axis=1)
    machine = xp.finfo(right.dtype)
    shift = 4 * k * float(machine.eps) * trace + float(machine.smallest_normal) ** 0.5
    unit = xp.eye(k, dtype=right.dtype, device=device_of(right))
    return xp.linalg.solve(matrices + shift[:, None, None] * unit, right[:, :, None])[:, :, 0]


def square(size: int) -> list[int]:
    """Where entry (i, j) of a symmetric matrix stands among its pairs (see `triangle`), row by row."""
    place = {pair: at for at, pair in enumerate(zip(*triangle(size), strict=True))}
    return [place[min(i, j), max(i, j)] for i in range(size) for j in range(size)]
