"""Softmax, and what a Newton step needs of a transfer function f = F', in array-API words.

The others map z, y : (N, m) and weights : (m,) to a value (N,), a residual and a slope (N, m),

    value[n] = sum_m w_m (F(z_nm) - y_nm z_nm)    residual[n, m] = w_m (f(z) - y)    slope[n, m] = w_m f'(z)

and `softmax_rows`, whose F couples the outputs, does so without weights.
"""

from tnsolve.algebra.arrays import Array, namespace


def softmax(z: Array) -> Array:
    """p[n] = e^z[n] / sum_q e^z[n, q]."""
    xp = namespace(z)
    shifted = xp.exp(z - xp.max(z, axis=1, keepdims=True))
    return shifted / xp.sum(shifted, axis=1, keepdims=True)


def softmax_divergence(z: Array, y: Array) -> Array:
    """KL(y[n] || softmax(z[n])) as sum_q y (e^t - 1 - t), t = log(p / y): no term is negative and none cancel.

    Where p >> y that is p - y - y t, which can't overflow.
    """
    xp = namespace(z, y)
    top = xp.max(z, axis=1, keepdims=True)
    log_p = z - top - xp.log(xp.sum(xp.exp(z - top), axis=1, keepdims=True))
    t = log_p - xp.log(xp.where(y > 0, y, xp.ones_like(y)))
    near = y * (xp.expm1(xp.minimum(t, 1.0)) - t)
    return xp.sum(xp.where((t < 1) & (y > 0), near, xp.exp(log_p) - y - y * t), axis=1)


def softmax_rows(z: Array, y: Array) -> tuple[Array, Array, Array]:
    """F = log sum_q e^z_q, and for the slope p = softmax(z), the diagonal of diag(p) - p p'.

    The largest entry of a row is taken out of F and of y.z before they are subtracted.
    """
    xp = namespace(z, y)
    top = xp.max(z, axis=1, keepdims=True)
    shifted = xp.exp(z - top)
    total = xp.sum(shifted, axis=1, keepdims=True)
    value = top[:, 0] * (1 - xp.sum(y, axis=1)) + xp.log(total)[:, 0] - xp.sum(y * (z - top), axis=1)
    p = shifted / total
    return value, p - y, p


def sigmoid_rows(z: Array, tail: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
    """F = log(1 + e^z), from tail = e^-|z|."""
    xp = namespace(z, tail, y, weights)
    inverse = 1 / (1 + tail)
    f = xp.where(z < 0, tail, xp.ones_like(z)) * inverse
    value = (xp.maximum(z, 0.0) + xp.log1p(tail) - y * z) @ weights
    return value, weights * (f - y), weights * tail * inverse * inverse


def leaky_rows(z: Array, below: float, y: Array, weights: Array) -> tuple[Array, Array, Array]:
    """F = z f(z) / 2 with f = z where z >= 0, below z elsewhere."""
    xp = namespace(z, y, weights)
    steep = xp.where(z < 0, xp.full_like(z, below), xp.ones_like(z))
    return (z * (steep * z / 2 - y)) @ weights, weights * (steep * z - y), weights * steep


def algebraic_rows(z: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
    """F = sqrt(1 + z^2)."""
    potential = namespace(z, y, weights).sqrt(1 + z * z)
    return (potential - y * z) @ weights, weights * (z / potential - y), weights / (potential * potential * potential)
