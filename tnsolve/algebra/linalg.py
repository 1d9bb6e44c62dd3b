"""Factorisations and conjugate gradients, in the namespace of their arguments."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
import scipy.linalg

from tnsolve.algebra.arrays import Array, contiguous, is_numpy, namespace

STRETCH = 2**14


def qr(matrix: Array) -> tuple[Array, Array]:
    """Reduced QR: matrix = Q R with Q'Q = I."""
    if is_numpy(matrix):
        return np.linalg.qr(matrix)
    return namespace(matrix).linalg.qr(matrix, mode="reduced")


def svd(matrix: Array) -> tuple[Array, Array, Array]:
    """Thin SVD: matrix = U diag(s) V with s falling. LAPACK's gesdd, and gesvd where gesdd does not converge."""
    if not is_numpy(matrix):
        return namespace(matrix).linalg.svd(matrix, full_matrices=False)
    try:
        return np.linalg.svd(matrix, full_matrices=False)
    except np.linalg.LinAlgError:
        return scipy.linalg.svd(matrix, full_matrices=False, lapack_driver="gesvd")


def kept_rank(singular: Array, rank: int | None, cutoff: float) -> int:
    """Fewest directions, one to `rank`, whose discarded squares are at most `cutoff` of all squares; None: no limit.

    singular : (k,) falling    cutoff : relative discarded weight, in [0, 1].
    """
    squares = np.asarray([float(s) for s in singular], dtype=float) ** 2
    tails = np.concatenate([np.cumsum(squares[::-1])[::-1], [0.0]])
    enough = int(np.argmax(tails <= cutoff * tails[0]))
    return max(1, enough if rank is None else min(rank, enough))


def leading_columns(matrix: Array, rank: int, cutoff: float) -> Array:
    """The leading left singular vectors of a matrix (m, n), as many as `kept_rank` says, by the smaller of its Grams.

    The Gram knows squares up to rounding of the largest: where more is discarded than sqrt(eps) of them all, the
    columns lose about sqrt(eps) of that more than those of an SVD; where less is, an SVD finds them.
    Cost O(m n min(m, n)), most of it one product.
    """
    xp = namespace(matrix)
    wide = matrix.shape[0] <= matrix.shape[1]
    values, vectors = xp.linalg.eigh(matrix @ matrix.T if wide else matrix.T @ matrix)
    squares = xp.flip(xp.where(values > 0, values, xp.zeros_like(values)))
    count = kept_rank(xp.sqrt(squares), rank, cutoff)
    lost = float(xp.sum(squares[count:]))
    if count < squares.shape[0] and lost <= float(xp.finfo(matrix.dtype).eps) ** 0.5 * float(xp.sum(squares)):
        u, s, _ = svd(matrix)
        return u[:, : kept_rank(s, rank, cutoff)]
    leading = contiguous(xp.flip(vectors, axis=1)[:, :count])
    return leading if wide else qr(matrix @ leading)[0]


def leading_directions(moment: Array, count: int, known: Array | None = None) -> Array:
    """At most `count` leading eigenvectors of a symmetric (q, q) moment, orthogonal to the columns of `known` (q, k).

    Directions whose eigenvalue is rounding (below q eps of the largest) carry no data and are left out.
    """
    xp = namespace(moment)
    largest = float(xp.linalg.trace(moment))
    if known is not None:
        moment = moment - known @ (known.T @ moment)
        moment = moment - (moment @ known) @ known.T
    values, vectors = _top_eigenpairs((moment + moment.T) / 2, min(count, moment.shape[0]))
    floor = moment.shape[0] * float(xp.finfo(moment.dtype).eps) * largest
    count = int(xp.count_nonzero(values > floor))
    leading = contiguous(xp.flip(vectors, axis=1)[:, :count])
    return leading if known is None or count == 0 else orthogonal_to(leading, known)


def _top_eigenpairs(moment: Array, count: int) -> tuple[Array, Array]:
    """The `count` largest eigenvalues of a symmetric (q, q) matrix, rising, and their eigenvectors (q, count).

    Few of many are found by LAPACK's method for a range of indices, at a third of the cost of all.
    """
    size = moment.shape[0]
    if is_numpy(moment) and 0 < 4 * count < size:
        return scipy.linalg.eigh(moment, subset_by_index=[size - count, size - 1], check_finite=False)
    values, vectors = namespace(moment).linalg.eigh(moment)
    return values[size - count :], vectors[:, size - count :]


def less(vectors: Array, known: Array) -> Array:
    """`vectors` (q, k) without their part in the span of the orthonormal columns of `known`."""
    return vectors - known @ (known.T @ vectors)


def numerical_rank(singular: Array) -> int:
    """How many singular values (falling) stand above rounding."""
    xp = namespace(singular)
    floor = singular.shape[0] * float(xp.finfo(singular.dtype).eps) * float(singular[0])
    return int(xp.count_nonzero(singular > floor))


def orthogonal_to(vectors: Array, known: Array) -> Array:
    """Orthonormal columns spanning `vectors` less its part in the column space of `known` (itself orthonormal)."""
    for _ in range(2):
        vectors, _ = qr(less(vectors, known))
    return vectors


@dataclass(frozen=True)
class Cholesky:
    """A factored symmetric positive definite matrix, solved as often as needed."""

    factor: Array

    @staticmethod
    def of(matrix: Array) -> "Cholesky":
        """Factor `matrix`; where rounding made it indefinite, its diagonal is raised by growing multiples of eps."""
        xp = namespace(matrix)
        size = matrix.shape[0]
        kind, unit, jitter = xp.finfo(matrix.dtype), float(xp.linalg.trace(matrix)) / size, 0.0
        unit = max(unit, float(kind.smallest_normal) / float(kind.eps)) if unit > 0 else 1.0
        while True:
            try:
                shifted = matrix + jitter * unit * xp.eye(size, dtype=matrix.dtype, device=matrix.device)
                if is_numpy(matrix):
                    return Cholesky(scipy.linalg.cholesky(shifted, lower=True, check_finite=False))
                return Cholesky(xp.linalg.cholesky(shifted))
            except np.linalg.LinAlgError:
                jitter = max(10 * jitter, size * float(xp.finfo(matrix.dtype).eps))
                if jitter > 1:
                    raise

    def solve(self, right: Array) -> Array:
        """matrix^-1 right, for right (size, k)."""
        if is_numpy(right):
            return scipy.linalg.cho_solve((self.factor, True), right, check_finite=False)
        xp = namespace(right)
        return xp.linalg.solve(self.factor.T, xp.linalg.solve(self.factor, right))


@dataclass(frozen=True)
class Scaled:
    """A multiple of the unit matrix, solved like a `Cholesky`."""

    factor: float

    def solve(self, right: Array) -> Array:
        """right / factor."""
        return right / self.factor


def shifted(matrix: Array, shift: float) -> Cholesky:
    """matrix + shift I, factored."""
    unit = namespace(matrix).eye(matrix.shape[0], dtype=matrix.dtype, device=matrix.device)
    return Cholesky.of(matrix + shift * unit)


def pseudo_inverse(moment: Array) -> Array:
    """Inverse of a symmetric positive semi-definite matrix on its range; eigenvalues of rounding size count as zero."""
    xp = namespace(moment)
    values, vectors = xp.linalg.eigh(moment)
    kept = values > moment.shape[0] * float(xp.finfo(moment.dtype).eps) * float(values[-1])
    inverse = xp.where(kept, 1 / xp.where(kept, values, xp.ones_like(values)), xp.zeros_like(values))
    return (vectors * inverse) @ vectors.T


def roots(moment: Array, *, invertible: bool = False) -> tuple[Array, Array]:
    """The symmetric square root R of a positive semi-definite matrix (n, n), and its pseudo-inverse.

    Eigenvalues below n eps of the largest are rounding and count as zero; `invertible` counts them as that much, which
    makes the second the true inverse of the first.   Cost O(n^3).
    """
    xp = namespace(moment)
    values, vectors = xp.linalg.eigh(moment / 2 + moment.T / 2)
    floor = moment.shape[0] * float(xp.finfo(moment.dtype).eps) * max(0.0, float(values[-1]))
    kept, one = values > floor, xp.ones_like(values)
    size = xp.sqrt(xp.where(kept, values, (floor or 1.0) * one))
    root, inverse = size, 1 / size
    if not invertible:
        root, inverse = (xp.where(kept, each, 0 * one) for each in (root, inverse))
    return (vectors * root) @ vectors.T, (vectors * inverse) @ vectors.T


def inner(a: Array, b: Array) -> float:
    """Sum of products of all entries, as a Python float.

    Single precision is summed in double: entry by entry, or where there are many, stretch by stretch of `STRETCH`.
    """
    if not is_numpy(a):
        xp = namespace(a, b)
        return float(xp.sum(xp.astype(a, xp.float64, copy=False) * b))
    if a.dtype == b.dtype == np.float32 and a.size > STRETCH:
        a, b = a.ravel(), b.ravel()
        found = sum(float(np.vdot(a[k : k + STRETCH], b[k : k + STRETCH])) for k in range(0, a.size, STRETCH))
        if found != 0 and isfinite(found):
            return found
    return float(np.vdot(a.astype(np.float64, copy=False), b))


def conjugate_gradients(
    apply: Callable[[Array], Array],
    right: Array,
    *,
    steps: int,
    tolerance: float,
    precondition: Callable[[Array], Array] | None = None,
) -> tuple[Array, int]:
    """Approximate solution of apply(v) = right from v = 0, and the number of products with `apply`.

    Every iterate lowers v . apply(v) / 2 - right . v, so stopping early is safe in a line search. Stops when the
    residual is below `tolerance` times |right|, after `steps` products, or at a direction without curvature.
    """
    precondition = precondition or (lambda residual: residual)
    solution: Any = 0 * right
    residual = right
    direction = preconditioned = precondition(residual)
    energy = inner(residual, preconditioned)
    goal = tolerance**2 * inner(right, right)
    for done in range(steps):
        product = apply(direction)
        curvature = inner(direction, product)
        if curvature <= 0 or energy <= 0:
            return solution, done
        length = energy / curvature
        solution = solution + length * direction
        residual = residual - length * product
        if inner(residual, residual) <= goal:
            return solution, done + 1
        preconditioned = precondition(residual)
        energy, previous = inner(residual, preconditioned), energy
        direction = preconditioned + (energy / previous) * direction
    return solution, steps
