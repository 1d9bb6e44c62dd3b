"""Many small generalised linear models that share one design, each improved by its own damped Newton step."""

from dataclasses import dataclass
from functools import cached_property
from math import inf

from tnsolve.algebra.arrays import Array, Pool, contiguous, device_of, namespace, representative, spread
from tnsolve.algebra.kernels import kernels_for
from tnsolve.algebra.kernels.twins import triangle
from tnsolve.algebra.linalg import Cholesky, conjugate_gradients
from tnsolve.transfer import AbstractTransfer

TERMS, PER_COLUMN = 2000, 40
"""A Hessian is summed over this many terms, or this many for each column of the design where that is more."""
WIDEST = 48
"""Above this width, where Hessians are of all terms, conjugate gradients find Newton's direction for less."""
PRODUCTS, LOOSE = 4, 0.1
HALVINGS, REACH = 12, 8.0
"""A step that fails is cut to a change of z by 8, or by the size of z, however flat a saturated unit, and halved."""


@dataclass(frozen=True)
class Regressions:
    """minimise over each row theta_i:  sum_j w_j [F(z_ij) - y_ij z_ij],   z_i = offset + design theta_i.

    design : (p, k)    offset : (p,)    weights w : (p,), ones where F is not separable    theta : (r, k)
    targets y : (r, p)

    With design V and offset m the rows are samples and theta their codes. With design [C, 1] and offset 0 the rows are
    units, y is transposed, and theta is [V, m]: for a separable transfer both halves of Bregman PCA are this.
    """

    design: Array
    offset: Array
    weights: Array
    transfer: AbstractTransfer

    def solved(self, theta: Array, y: Array, *, steps: int, tolerance: float, pool: Pool) -> tuple[Array, Array]:
        """theta (r, k) and its objective (r,) after at most `steps` steps, none of which raises it in any row.

        A row rests when it falls by less than `tolerance` of it, whatever the others do: how rows are dealt to threads
        changes nothing but rounding. Newton's error is then of the order of the square of that; for a ReLU, whose
        majoriser gains a constant share at each step, the square is what it has to fall by.
        Cost of a step O(r p k^2), or O(r p k) above 48 columns.
        """
        xp = namespace(theta, y)
        if theta.shape[0] == 0:
            return theta, theta[:, 0]

        def run(block: slice) -> Point:
            return self._block(theta[block, :], y[block, :], steps, tolerance)

        points = pool.blocks(run, theta.shape[0], self.design.shape[0])
        return xp.concat([point.theta for point in points], axis=0), xp.concat(
            [point.value for point in points], axis=0
        )

    def _block(self, theta: Array, y: Array, steps: int, tolerance: float) -> "Point":
        """The steps of some rows."""
        xp = namespace(theta)
        point = self.at(theta, y)
        tolerance = tolerance if self.transfer.strict else tolerance**2
        awake = xp.ones_like(point.theta[:, :1])
        for _ in range(steps):
            moved = self._guarded(point, awake * self._newton(point), y)
            sound = xp.isfinite(point.value)
            before, after = (xp.where(sound, value, xp.zeros_like(value)) for value in (point.value, moved.value))
            fallen, point = before - after, moved
            awake = xp.where((fallen > tolerance * self._size(point))[:, None], awake, 0 * awake)
            if not bool(xp.any(awake > 0)):
                break
        return point

    def _newton(self, point: "Point") -> Array:
        """Newton's direction of every row: by its Hessian, or for wide designs by conjugate gradients.

        Their preconditioner is one k x k inverse, of the Hessian of the mean slopes, scaled to the slopes of each row.
        """
        downhill = -self.gradient(point)
        if self._dense:
            return solved_rows(self.hessian(point), downhill, point.slope @ self._squares)
        xp = namespace(point.z)
        level = xp.mean(point.slope, axis=1, keepdims=True)
        level = level + float(xp.finfo(level.dtype).eps) * xp.max(level) + float(xp.finfo(level.dtype).smallest_normal)
        shape = xp.mean(point.slope / level, axis=0)
        middle = Cholesky.of((self.design * shape[:, None]).T @ self.design)
        inverse = middle.solve(xp.eye(self.design.shape[1], dtype=shape.dtype, device=device_of(shape)))
        direction, _ = conjugate_gradients(
            lambda v: self._curved(point, v @ self.design.T) @ self.design,
            downhill,
            steps=PRODUCTS,
            tolerance=LOOSE,
            precondition=lambda residual: residual @ inverse / level,
        )
        return direction

    def _curved(self, point: "Point", v: Array) -> Array:
        """The curvature of each row at its z times v : (r, p)."""
        if self.transfer.separable:
            return point.slope * v
        return self.transfer.hessian_product(point.z, v)

    def at(self, theta: Array, y: Array) -> "Point":
        """Objective, residual and slopes at some rows, in one pass after the product that makes z; 0 past overflow."""
        z = theta @ self.design.T + self.offset
        value, residual, slope = self.transfer.rows(z, y, self.weights)
        if self.transfer.bound == inf:
            xp = namespace(value)
            sound = xp.isfinite(value)[:, None]
            residual, slope = (xp.where(sound, part, xp.zeros_like(part)) for part in (residual, slope))
        return Point(theta, z, value, residual, slope)

    def gradient(self, point: "Point") -> Array:
        """design' W (f(z) - y) : (r, k)."""
        return point.residual @ self.design

    def hessian(self, point: "Point") -> Array:
        """design' (diag(h) - sum_l u_l u_l') design of every row, packed (r, k (k + 1) / 2): pairs of columns.

        A long sum is taken over a part of n of its terms. That part may have missed a share 3 / n of the curvature
        (the rule of three), so that share of the bound is added.
        """
        xp = namespace(point.z)
        if self._partial:
            missed = 3 / self._part.shape[0] * self.transfer.bound
            return xp.take(point.slope, self._part, axis=1) @ self._pairs + missed * self._gram_pairs
        packed = point.slope @ self._pairs
        if not self.transfer.separable:
            _, u = self.transfer.curvature(point.z)
            first, second = (xp.asarray(index, device=device_of(u)) for index in triangle(self.design.shape[1]))
            along = xp.matmul(u, self.design)
            packed = packed - xp.sum(xp.take(along, first, axis=2) * xp.take(along, second, axis=2), axis=1)
        return packed

    def _guarded(self, point: "Point", direction: Array, y: Array) -> "Point":
        """The full step where it lowers a row's objective, else one within `REACH`, its half, and so on; else none."""
        xp = namespace(direction)
        length, reach = xp.ones_like(point.value)[:, None], None
        rounding = 8 * float(xp.finfo(direction.dtype).eps) * self._size(point)
        for _ in range(HALVINGS):
            moved = self.at(point.theta + length * direction, y)
            worse = ~(moved.value <= point.value + rounding)[:, None]
            if not bool(xp.any(worse)):
                return moved
            if reach is None:
                change = xp.max(xp.abs(direction @ self.design.T), axis=1, keepdims=True)
                within = xp.maximum(xp.max(xp.abs(point.z), axis=1, keepdims=True), REACH * xp.ones_like(change))
                reach = within / xp.maximum(change, within)
            length = xp.where(worse, xp.minimum(length / 2, reach), length)
        return self.at(xp.where(worse, point.theta, point.theta + length * direction), y)

    def _size(self, point: "Point") -> Array:
        """A scale of the rounding errors in the objective."""
        xp = namespace(point.value)
        return xp.abs(point.value) + xp.sum(self.weights)

    @cached_property
    def _dense(self) -> bool:
        """Whether a Hessian for every row costs no more than the products of conjugate gradients."""
        terms = self._enough if self._partial else self.design.shape[0]
        return terms * self.design.shape[1] <= WIDEST * self.design.shape[0]

    @cached_property
    def _partial(self) -> bool:
        """Whether Hessians are summed over a part of the terms."""
        bounded = self.transfer.separable and self.transfer.bound < inf
        if not bounded or 2 * self._enough > self.design.shape[0]:
            return False
        return representative(namespace(self.weights).take(self.weights, self._part))

    @cached_property
    def _enough(self) -> int:
        return max(TERMS, PER_COLUMN * self.design.shape[1])

    @cached_property
    def _part(self) -> Array:
        """Indices of the terms that Hessians are summed over."""
        rows = spread(self.design.shape[0], self._enough)
        return namespace(self.design).asarray(rows, device=device_of(self.design))

    @cached_property
    def _pairs(self) -> Array:
        """Products of two columns of the design: (p, k (k + 1) / 2), of the part scaled up to the weight of all."""
        if not self._partial:
            return kernels_for(self.design).pairs(contiguous(self.design))
        xp = namespace(self.design)
        share = xp.sum(xp.take(self.weights, self._part)) / xp.sum(self.weights)
        return kernels_for(self.design).pairs(contiguous(xp.take(self.design, self._part, axis=0))) / share

    @cached_property
    def _squares(self) -> Array:
        """Squared norms of the rows of the design : (p,)."""
        return namespace(self.design).sum(self.design**2, axis=1)

    @cached_property
    def _gram(self) -> Array:
        """design' W design."""
        return (self.design * self.weights[:, None]).T @ self.design

    @cached_property
    def _gram_pairs(self) -> Array:
        """Its upper triangle, row by row."""
        xp = namespace(self.design)
        k = self.design.shape[1]
        upper = [i * k + j for i, j in zip(*triangle(k), strict=True)]
        return xp.take(xp.reshape(self._gram, (-1,)), xp.asarray(upper, device=device_of(self.design)))


@dataclass(frozen=True)
class Point:
    """Some rows: theta (r, k), z, weighted residual f(z) - y and slope f'(z) (r, p), value (r,)."""

    theta: Array
    z: Array
    value: Array
    residual: Array
    slope: Array


def with_constant(codes: Array) -> Array:
    """[codes, 1] : (N, k + 1)."""
    xp = namespace(codes)
    return xp.concat([codes, xp.ones_like(codes[:, :1])], axis=1)


def solved_rows(packed: Array, right: Array, size: Array) -> Array:
    """(A_i + shift_i I)^-1 b_i for positive semi-definite A, packed (r, k (k + 1) / 2), and b (r, k); the shift is the
    rounding of A_i, where size (r,) is the trace of A before anything was subtracted from it."""
    machine = namespace(packed, right).finfo(right.dtype)
    shift = 4 * right.shape[1] * float(machine.eps) * size + float(machine.smallest_normal) ** 0.5
    return kernels_for(packed).solve_pairs(packed, right, shift)
