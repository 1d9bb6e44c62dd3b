"""Whether site vectors are of a size that a ridge and a dtype can deal with: where not, an error at the door.

The ridge charges all of a tensor alike, so that its meaning hangs on the size of the features. With [1, x] and x near
10^5 the constant costs 10^10 times what the slope costs, and a relative ridge of 10^-3 removes it; with x near 10^-5 it
removes the slope. And a tensor whose entries differ by more than 1 / eps cannot be turned by QR in its dtype.
"""

from math import sqrt

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.algebra.linalg import pseudo_inverse
from tnsolve.environments.samples import Samples

DEAREST = 1e6
"""What the constant may cost, E|phi|^2 |e|^2 where e . phi = 1: at the default ridge, 1e-3, that is a thousand times
what it explains."""

STILLEST = 1e-6
"""What the second eigenvalue of E phi phi' must have of the first, in one column at least: at the default ridge, a
thousandth of what the ridge takes."""

GENTLE = 64
"""No map of this package needs a longer e than 8 to make 1 of its site vectors, orthonormal ones apart."""

SPENT = 0.05
"""The share of a function that rounding may take: eps times what the constant costs."""


def require_balance(data: Samples, call: str) -> None:
    """Raise ValueError, in the name of `call`, where a ridge would remove the constant or all that varies.

    Columns that do not vary at all are taken: a constant is what they say.   Cost O(N sum d^2).
    """
    require_digits(data, call, DEAREST)
    rounding = 64 * float(namespace(data.weights).finfo(namespace(data.weights).float64).eps)
    best, column = 0.0, 0
    for site, rows in enumerate(data.features):
        best, column = max((best, column), (beside(rows, data.weights), site))
        if best >= STILLEST:
            return
    if best > rounding:
        raise ValueError(
            f"{call}(x=...) hardly varies as its feature maps see it: the second principal direction of the site "
            f"vectors has {best:.1e} of the mean square of the first, in the best column, {column}, and a ridge "
            f"removes it; subtract the mean and divide by the spread, use ProductFeatures.orthonormal(x), or begin "
            f"with Student.affine."
        )


def require_digits(data: Samples, call: str, limit: float | None = None) -> None:
    """Raise ValueError, in the name of `call`, for a column beside whose size the constant 1 is lost in rounding.

    limit : of what the constant costs, where something else than the dtype sets one
    """
    eps = float(namespace(data.weights).finfo(data.weights.dtype).eps)
    limit = min(SPENT / eps, limit or SPENT / eps)
    for site, rows in enumerate(data.features):
        top = float(namespace(rows).max(namespace(rows).abs(rows)))
        if top * top * rows.shape[1] < limit / GENTLE:
            continue
        size = _length(rows, data.weights)
        e = constant_of(rows, data.weights)
        if e is not None and size * float(namespace(e).linalg.vector_norm(e)) > sqrt(limit):
            raise ValueError(
                f"{call}(x=...) has the column {site} with site vectors of size {size:.1e} that must also express 1: "
                f"neither a ridge nor {data.weights.dtype} does justice to both; scale that column into about [-1, 1], "
                f"or use ProductFeatures.orthonormal(x)."
            )


def constant_of(rows: Array, weights: Array) -> Array | None:
    """e (d,) with e . phi = 1 on all samples, up to the square root of a rounding error; None if there is no such."""
    xp = namespace(rows)
    wide, shares = xp.astype(rows, xp.float64), xp.astype(weights, xp.float64)
    scales = xp.asarray([root_mean_square(rows[:, k], weights) for k in range(rows.shape[1])], dtype=xp.float64)
    even = wide / scales
    e = pseudo_inverse(even.T @ (shares[:, None] * even)) @ (even.T @ shares)
    if float(xp.max(xp.abs(even @ e - 1))) > float(xp.finfo(rows.dtype).eps) ** 0.5:
        return None
    return xp.astype(e / scales, rows.dtype)


def beside(rows: Array, weights: Array) -> float:
    """The second eigenvalue of E phi phi' relative to the first, in [0, 1]; 0 where there is no second."""
    xp = namespace(rows)
    wide = xp.astype(rows, xp.float64) / _length(rows, weights)
    values = xp.linalg.eigvalsh(wide.T @ (xp.astype(weights, xp.float64)[:, None] * wide))
    return float(values[-2]) / float(values[-1]) if rows.shape[1] > 1 and float(values[-1]) > 0 else 0.0


def root_mean_square(column: Array, weights: Array) -> float:
    """(sum_n w_n column_n^2)^1/2, in float64 and without overflow; 1 for a column of zeros.   weights sum to 1."""
    xp = namespace(column)
    top = float(xp.max(xp.abs(column))) or 1.0
    share = xp.astype(column, xp.float64) / top
    return top * float(xp.sum(xp.astype(weights, xp.float64) * share**2)) ** 0.5 or 1.0


def _length(rows: Array, weights: Array) -> float:
    """(E|phi|^2)^1/2, without overflow."""
    xp = namespace(rows)
    top = float(xp.max(xp.abs(rows))) or 1.0
    even = xp.astype(rows, xp.float64) / top
    return top * sqrt(float(xp.sum(xp.astype(weights, xp.float64)[:, None] * even**2))) or 1.0
