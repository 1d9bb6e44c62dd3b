"""Scalar functions that neither overflow nor cancel: what the transfer functions are made of.

All act elementwise, keep the shape and dtype of their argument, and raise no floating-point warning at |z| = 1e4.
"""

from math import factorial, log, pi

from tnsolve.algebra.arrays import Array, namespace

EDGE = 1e-6
"""`inverse` clips its argument this far inside an end of the range that the transfer function does not attain."""

EVEN_BERNOULLI = (1, 1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
DEBYE = tuple(bernoulli / factorial(2 * k + 1) for k, bernoulli in enumerate(EVEN_BERNOULLI))


def positive(z: Array) -> Array:
    """max(z, 0)."""
    return namespace(z).maximum(z, 0.0)


def negative(z: Array) -> Array:
    """min(z, 0)."""
    return namespace(z).minimum(z, 0.0)


def clipped(y: Array, low: float, high: float) -> Array:
    """`y` moved into [low, high]."""
    xp = namespace(y)
    return xp.minimum(xp.maximum(y, low), high)


def exponential(z: Array) -> Array:
    """e^z; inf where that is above the largest number of the dtype."""
    xp = namespace(z)
    machine = xp.finfo(z.dtype)
    limit = log(float(machine.max)) * (1 - float(machine.eps))
    return xp.where(z > limit, xp.full_like(z, xp.inf), xp.exp(xp.minimum(z, limit)))


def softened(z: Array) -> Array:
    """log(1 + e^z)."""
    xp = namespace(z)
    return positive(z) + xp.log1p(xp.exp(-xp.abs(z)))


def logistic(z: Array) -> Array:
    """1 / (1 + e^-z), to full relative precision in both tails."""
    xp = namespace(z)
    tail = xp.exp(-xp.abs(z))
    return xp.where(z < 0, tail, xp.ones_like(z)) / (1 + tail)


def logistic_slope(z: Array) -> Array:
    """Derivative of `logistic`, to full relative precision in both tails."""
    xp = namespace(z)
    tail = xp.exp(-xp.abs(z))
    return tail / (1 + tail) ** 2


def entropic(y: Array) -> Array:
    """y log y, and 0 at y = 0."""
    xp = namespace(y)
    return y * xp.log(xp.where(y > 0, y, xp.ones_like(y)))


def relative_entropy(y: Array, log_p: Array) -> Array:
    """y log(y / p) - y + p >= 0, from log p; p at y = 0.

    With t = log(p / y) it is y (e^t - 1 - t), of relative error eps / |t|: the minimum at p = y is found exactly.
    """
    xp = namespace(y, log_p)
    t = log_p - xp.log(xp.where(y > 0, y, xp.ones_like(y)))
    close = y * (xp.expm1(xp.minimum(t, 1.0)) - t)
    return xp.where((t < 1) & (y > 0), close, exponential(log_p) - y - y * t)


def binary_relative_entropy(y: Array, z: Array) -> Array:
    """KL(y || logistic(z)) of two coins: softened(z) + y log y + (1 - y) log(1 - y) - y z >= 0, for y in [0, 1]."""
    return relative_entropy(y, -softened(-z)) + relative_entropy(1 - y, -softened(z))


def softened_primitive_remainder(z: Array) -> Array:
    """r(z) = -Li2(-e^z) - max(z, 0)^2 / 2, between 0 and pi^2 / 6.

    With u = log(1 + e^-|z|) <= log 2, -Li2(-e^-|z|) = u^2 / 4 + sum_k B_2k u^(2k+1) / (2k+1)!: nine terms reach 1e-17.
    The reflection Li2(-x) + Li2(-1/x) = -pi^2 / 6 - log(x)^2 / 2 gives the other half line.
    """
    xp = namespace(z)
    u = xp.log1p(xp.exp(-xp.abs(z)))
    odd = xp.zeros_like(u)
    for coefficient in reversed(DEBYE):
        odd = odd * u * u + coefficient
    series = u * (odd + u / 4)
    return xp.where(z > 0, pi**2 / 6 - series, series)
