"""The kernels of `transfer_twins`, compiled: potential, transfer function and slope in one pass over each row.

Formulas and shapes stand in `transfer_twins`. Nothing in a loop over outputs calls a function, so that it fills SIMD
lanes: exponentials come as arguments, logarithms from a series.
"""

import numpy as np

from tnsolve.algebra.kernels.compiling import compiled as _compile

BLOCK = 512


@_compile
def softmax(z):
    n, m = z.shape
    p = np.empty((n, m), z.dtype)
    for r in range(n):
        top = z[r, 0]
        for q in range(1, m):
            top = max(top, z[r, q])
        total = z.dtype.type(0)
        for q in range(m):
            p[r, q] = np.exp(z[r, q] - top)
            total += p[r, q]
        for q in range(m):
            p[r, q] /= total
    return p


@_compile
def softmax_divergence(z, y):
    n, m = z.shape
    out = np.empty(n, z.dtype)
    one = z.dtype.type(1)
    for r in range(n):
        top = z[r, 0]
        for q in range(1, m):
            top = max(top, z[r, q])
        total, idle = z.dtype.type(0), z.dtype.type(0)
        for q in range(m):
            share = np.exp(z[r, q] - top)
            total += share
            if y[r, q] == 0:
                idle += share
        level = top + np.log(total)
        out[r] = idle / total
        for q in range(m):
            if y[r, q] > 0:
                t = z[r, q] - level
                if y[r, q] != one:
                    t -= np.log(y[r, q])
                if t < one:
                    out[r] += y[r, q] * (np.expm1(t) - t)
                else:
                    out[r] += np.exp(z[r, q] - level) - y[r, q] - y[r, q] * t
    return out


@_compile
def softmax_rows(z, y):
    n, m = z.shape
    value, residual, p = np.empty(n, z.dtype), np.empty_like(z), np.empty_like(z)
    one, zero = z.dtype.type(1), z.dtype.type(0)
    for r in range(n):
        top = z[r, 0]
        for q in range(1, m):
            top = max(top, z[r, q])
        total, mass, along = zero, zero, zero
        for q in range(m):
            p[r, q] = np.exp(z[r, q] - top)
            total += p[r, q]
            mass += y[r, q]
            along += y[r, q] * (z[r, q] - top)
        value[r] = top * (one - mass) + np.log(total) - along
        for q in range(m):
            p[r, q] /= total
            residual[r, q] = p[r, q] - y[r, q]
    return value, residual, p


@_compile
def _log1p(tail, ratio, out):
    """out = log(1 + tail) for 0 <= tail <= 1, as 2 artanh(s) with s = tail / (2 + tail) <= 1/3; `ratio` is scratch.

    A series in s^2 <= 1/9, cut where 9^-terms is below the rounding error: unlike a call of log, it fills SIMD lanes.
    """
    one, two = out.dtype.type(1), out.dtype.type(2)
    terms = 8 if out.itemsize == 4 else 17
    for q in range(tail.shape[0]):
        ratio[q] = tail[q] / (two + tail[q])
        out[q] = one / out.dtype.type(2 * terms + 1)
    for term in range(terms - 1, -1, -1):
        coefficient = one / out.dtype.type(2 * term + 1)
        for q in range(tail.shape[0]):
            out[q] = out[q] * ratio[q] * ratio[q] + coefficient
    for q in range(tail.shape[0]):
        out[q] *= two * ratio[q]


@_compile
def sigmoid_rows(z, tail, y, weights):
    n, m = z.shape
    value, residual, slope = np.zeros(n, z.dtype), np.empty_like(z), np.empty_like(z)
    ratio, logarithm = np.empty(BLOCK, z.dtype), np.empty(BLOCK, z.dtype)
    for r in range(n):
        for start in range(0, m, BLOCK):
            part = slice(start, min(start + BLOCK, m))
            _log1p(tail[r, part], ratio, logarithm)
            value[r] += _sigmoid_row(
                z[r, part], tail[r, part], logarithm, y[r, part], weights[part], residual[r, part], slope[r, part]
            )
    return value, residual, slope


@_compile
def _sigmoid_row(z, tail, logarithm, y, weights, residual, slope):
    one, zero = z.dtype.type(1), z.dtype.type(0)
    value = zero
    for q in range(z.shape[0]):
        inverse = one / (one + tail[q])
        f = inverse if z[q] >= zero else tail[q] * inverse
        value += weights[q] * (max(z[q], zero) + logarithm[q] - y[q] * z[q])
        residual[q] = weights[q] * (f - y[q])
        slope[q] = weights[q] * tail[q] * inverse * inverse
    return value


@_compile
def leaky_rows(z, below, y, weights):
    n, m = z.shape
    value, residual, slope = np.empty(n, z.dtype), np.empty_like(z), np.empty_like(z)
    one, half, flat = z.dtype.type(1), z.dtype.type(0.5), z.dtype.type(below)
    for r in range(n):
        total = z.dtype.type(0)
        for q in range(m):
            steep = one if z[r, q] >= 0 else flat
            f = steep * z[r, q]
            total += weights[q] * z[r, q] * (half * f - y[r, q])
            residual[r, q] = weights[q] * (f - y[r, q])
            slope[r, q] = weights[q] * steep
        value[r] = total
    return value, residual, slope


@_compile
def algebraic_rows(z, y, weights):
    n, m = z.shape
    value, residual, slope = np.empty(n, z.dtype), np.empty_like(z), np.empty_like(z)
    one = z.dtype.type(1)
    for r in range(n):
        total = z.dtype.type(0)
        for q in range(m):
            potential = np.sqrt(one + z[r, q] * z[r, q])
            inverse = one / potential
            total += weights[q] * (potential - y[r, q] * z[r, q])
            residual[r, q] = weights[q] * (z[r, q] * inverse - y[r, q])
            slope[r, q] = weights[q] * inverse * inverse * inverse
        value[r] = total
    return value, residual, slope
