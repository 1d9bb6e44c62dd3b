"""Second moments of rows that are Kronecker products, as one product of symmetric pairs."""

from typing import Any

from tnsolve.algebra.arrays import Array, Pool, namespace
from tnsolve.algebra.kernels import kernels_for
from tnsolve.algebra.kernels.twins import square


def pair_gram(left: Array, site: Array, right: Array, weights: Array, pool: Pool) -> Array:
    """sum_n w_n r_n r_n' of the rows r = left x site x right, outputs of `right` (N, m, b) added : (a d b, a d b).

    Computed as one GEMM over symmetric pairs, (p (p+1)/2, N) x (N, b (b+1)/2) with p = a d: a quarter of a full
    product, and all outputs for the price of one.   Cost N p^2 b^2 / 4 multiply-adds; where p = 1 or the row is not a
    product at all, N D^2 / 2.
    """
    xp = namespace(left)
    p, b = left.shape[1] * site.shape[1], right.shape[-1]
    if right.ndim == 2 and site.shape[1] == b == 1:
        return plain_gram(left, site * right, weights, pool)
    if p == 1:
        return plain_gram(right, left * site, weights, pool)
    kernels = kernels_for(left)
    fold = kernels.label_pairs if right.ndim == 3 else kernels.pairs

    def part(rows: slice) -> Array:
        return kernels.pair_gram(left[rows, ...], site[rows, ...], fold(right[rows, ...]), weights[rows])

    packed = pool.sum(part, left.shape[0])
    unpacked = xp.take(xp.take(packed, _places(p, xp), axis=0), _places(b, xp), axis=1)
    return xp.reshape(xp.permute_dims(xp.reshape(unpacked, (p, p, b, b)), (0, 2, 1, 3)), (p * b, p * b))


def pair_cost(samples: int, p: int, b: int, rows: int) -> float:
    """A Gram by pairs, the pairs themselves at an eighth of its rate, and a Cholesky factor; plain rows need no pairs.

    rows : what has to be paired on the right, samples or samples times outputs
    """
    if p == 1 or (b == 1 and rows == samples):
        return rows * (p * b) ** 2 / 2 + (p * b) ** 3 / 3
    return samples * p**2 * b**2 / 4 + 4 * (samples * p**2 + rows * b**2) + (p * b) ** 3 / 3


def plain_gram(rows: Array, factor: Array, weights: Array, pool: Pool) -> Array:
    """sum_n weights[n] factor[n]^2 rows[n]' rows[n].   factor : (N, 1)    rows : (N, b) or (N, m, b)"""
    xp = namespace(rows)
    scale = xp.sqrt(weights)[:, None] * factor

    def part(span: slice) -> Array:
        wide = scale[span, :, None] if rows.ndim == 3 else scale[span, :]
        flat = xp.reshape(rows[span, ...] * wide, (-1, rows.shape[-1]))
        return flat.T @ flat

    return pool.sum(part, rows.shape[0])


def _places(size: int, xp: Any) -> Array:
    """Where entry (i, j) of a symmetric matrix stands among its pairs, flattened: (size^2,)."""
    return xp.asarray(square(size))
