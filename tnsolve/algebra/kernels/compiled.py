"""The kernels of `twins`, compiled: rows in blocks that stay in cache, GEMM inside, the GIL released.

Formulas and shapes stand in `twins`. A block of 512 rows keeps the design rows, the halfway product and the label
messages of a block in the second-level cache, so that one Hessian product reads each message from memory once. Small
systems are solved 64 side by side, one a lane.
"""

import numpy as np

from tnsolve.algebra.kernels.compiling import compiled as _compile

BLOCK = 512
LANES = 64


@_compile
def khatri_rao(a, b):
    out = np.empty((a.shape[0], a.shape[1] * b.shape[1]), a.dtype)
    _kron_rows(a, b, out)
    return out


@_compile
def absorb(left, site, core):
    n, (a, d, b) = left.shape[0], core.shape
    out = np.empty((n, b), left.dtype)
    flat = core.reshape(a, d * b)
    for start in range(0, n, BLOCK):
        rows = slice(start, min(start + BLOCK, n))
        _mix_sites(np.dot(left[rows], flat), site[rows], out[rows])
    return out


@_compile
def absorb_label(label, site, core):
    (n, m, b), (a, d, _) = label.shape, core.shape
    out = np.empty((n, m, a), label.dtype)
    inward = np.empty((b, d, a), label.dtype)
    for x in range(a):
        for i in range(d):
            for y in range(b):
                inward[y, i, x] = core[x, i, y]
    flat = inward.reshape(b, d * a)
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        halfway = np.dot(label[start:stop].reshape((stop - start) * m, b), flat)
        for r in range(stop - start):
            for q in range(m):
                for x in range(a):
                    out[start + r, q, x] = site[start + r, 0] * halfway[r * m + q, x]
                for i in range(1, d):
                    for x in range(a):
                        out[start + r, q, x] += site[start + r, i] * halfway[r * m + q, i * a + x]
    return out


@_compile
def predict_outside(left, site, label, theta):
    (n, m, b), (a, d, _) = label.shape, theta.shape
    out = np.empty((n, m), left.dtype)
    design = np.empty((BLOCK, a * d), left.dtype)
    flat = theta.reshape(a * d, b)
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        rows = design[: stop - start]
        _kron_rows(left[start:stop], site[start:stop], rows)
        _project_label(label[start:stop], np.dot(rows, flat), out[start:stop])
    return out


@_compile
def pull_outside(left, site, label, g):
    n, a, d, b = left.shape[0], left.shape[1], site.shape[1], label.shape[2]
    out = np.zeros((a * d, b), left.dtype)
    design = np.empty((BLOCK, a * d), left.dtype)
    inward = np.empty((BLOCK, b), left.dtype)
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        rows = design[: stop - start]
        _kron_rows(left[start:stop], site[start:stop], rows)
        _lift_label(label[start:stop], g[start:stop], inward)
        out += np.dot(rows.T, inward[: stop - start])
    return out.reshape(a, d, b)


@_compile
def curve_outside(left, site, label, h, u, weights, theta):
    (n, m, b), (a, d, _) = label.shape, theta.shape
    out = np.zeros((a * d, b), left.dtype)
    design = np.empty((BLOCK, a * d), left.dtype)
    z = np.empty((BLOCK, m), left.dtype)
    flat = theta.reshape(a * d, b)
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        rows = design[: stop - start]
        _kron_rows(left[start:stop], site[start:stop], rows)
        halfway = np.dot(rows, flat)
        _project_label(label[start:stop], halfway, z)
        _bend_rows(h[start:stop], u[start:stop], weights[start:stop], z)
        _lift_label(label[start:stop], z, halfway)
        out += np.dot(rows.T, halfway)
    return out.reshape(a, d, b)


@_compile
def predict_inside(left, site, right, theta):
    n, (a, d, m, b) = left.shape[0], theta.shape
    out = np.empty((n, m), left.dtype)
    design = np.empty((BLOCK, a * d), left.dtype)
    flat = theta.reshape(a * d, m * b)
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        rows = design[: stop - start]
        _kron_rows(left[start:stop], site[start:stop], rows)
        _project_right(np.dot(rows, flat), right[start:stop], out[start:stop])
    return out


@_compile
def pull_inside(left, site, right, g):
    n, m, a, d, b = left.shape[0], g.shape[1], left.shape[1], site.shape[1], right.shape[1]
    out = np.zeros((a * d, m * b), left.dtype)
    design = np.empty((BLOCK, a * d), left.dtype)
    outward = np.empty((BLOCK, m * b), left.dtype)
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        rows = design[: stop - start]
        _kron_rows(left[start:stop], site[start:stop], rows)
        _kron_rows(g[start:stop], right[start:stop], outward)
        out += np.dot(rows.T, outward[: stop - start])
    return out.reshape(a, d, m, b)


@_compile
def curve_inside(left, site, right, h, u, weights, theta):
    n, (a, d, m, b) = left.shape[0], theta.shape
    out = np.zeros((a * d, m * b), left.dtype)
    design = np.empty((BLOCK, a * d), left.dtype)
    z = np.empty((BLOCK, m), left.dtype)
    flat = theta.reshape(a * d, m * b)
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        rows = design[: stop - start]
        _kron_rows(left[start:stop], site[start:stop], rows)
        halfway = np.dot(rows, flat)
        _project_right(halfway, right[start:stop], z)
        _bend_rows(h[start:stop], u[start:stop], weights[start:stop], z)
        _kron_rows(z[: stop - start], right[start:stop], halfway)
        out += np.dot(rows.T, halfway)
    return out.reshape(a, d, m, b)


@_compile
def pairs(rows):
    n, p = rows.shape
    out = np.empty((n, p * (p + 1) // 2), rows.dtype)
    _pair_rows(rows, out)
    return out


@_compile
def label_pairs(label):
    n, m, b = label.shape
    out = np.zeros((n, b * (b + 1) // 2), label.dtype)
    for r in range(n):
        for q in range(m):
            at = 0
            for i in range(b):
                for j in range(i, b):
                    out[r, at] += label[r, q, i] * label[r, q, j]
                    at += 1
    return out


@_compile
def pair_gram(left, site, right_pairs, weights):
    n, p = left.shape[0], left.shape[1] * site.shape[1]
    out = np.zeros((p * (p + 1) // 2, right_pairs.shape[1]), left.dtype)
    design = np.empty((BLOCK, p), left.dtype)
    products = np.empty((BLOCK, p * (p + 1) // 2), left.dtype)
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        rows, block = design[: stop - start], products[: stop - start]
        _kron_rows(left[start:stop], site[start:stop], rows)
        _pair_rows(rows, block)
        for r in range(stop - start):
            for x in range(block.shape[1]):
                block[r, x] *= weights[start + r]
        out += np.dot(block.T, right_pairs[start:stop])
    return out


@_compile
def _project_label(label, halfway, z):
    """z[r, m] = sum_b label[r, m, b] halfway[r, b]."""
    n, m, b = label.shape
    for r in range(n):
        for q in range(m):
            total = halfway.dtype.type(0)
            for x in range(b):
                total += label[r, q, x] * halfway[r, x]
            z[r, q] = total


@_compile
def _lift_label(label, g, inward):
    """inward[r, b] = sum_m label[r, m, b] g[r, m], the adjoint of `_project_label`."""
    n, m, b = label.shape
    for r in range(n):
        for x in range(b):
            inward[r, x] = label[r, 0, x] * g[r, 0]
        for q in range(1, m):
            for x in range(b):
                inward[r, x] += label[r, q, x] * g[r, q]


@_compile
def _project_right(halfway, right, z):
    """z[r, m] = sum_b halfway[r, m b + x] right[r, x]."""
    n, b = right.shape
    for r in range(n):
        for q in range(halfway.shape[1] // b):
            total = halfway.dtype.type(0)
            for x in range(b):
                total += halfway[r, q * b + x] * right[r, x]
            z[r, q] = total


@_compile
def _bend_rows(h, u, weights, z):
    """z[r] <- weights[r] (diag(h[r]) - sum_k u[r, k] u[r, k]') z[r]; most transfer functions have k up to two."""
    n, m = h.shape
    for r in range(n):
        if u.shape[1] == 0:
            for q in range(m):
                z[r, q] *= weights[r] * h[r, q]
            continue
        first = z.dtype.type(0)
        for q in range(m):
            first += u[r, 0, q] * z[r, q]
        if u.shape[1] == 1:
            for q in range(m):
                z[r, q] = weights[r] * (h[r, q] * z[r, q] - first * u[r, 0, q])
            continue
        if u.shape[1] > 2:
            _bend_row(h[r], u[r], weights[r], z[r])
            continue
        second = z.dtype.type(0)
        for q in range(m):
            second += u[r, 1, q] * z[r, q]
        for q in range(m):
            z[r, q] = weights[r] * (h[r, q] * z[r, q] - first * u[r, 0, q] - second * u[r, 1, q])


@_compile
def _bend_row(h, u, weight, z):
    """The same for one sample and any k."""
    along = np.zeros(u.shape[0], z.dtype)
    for k in range(u.shape[0]):
        for q in range(z.shape[0]):
            along[k] += u[k, q] * z[q]
    for q in range(z.shape[0]):
        z[q] *= h[q]
    for k in range(u.shape[0]):
        for q in range(z.shape[0]):
            z[q] -= along[k] * u[k, q]
    for q in range(z.shape[0]):
        z[q] *= weight


@_compile
def _kron_rows(a, b, out):
    """out[r] = a[r] x b[r]."""
    q = b.shape[1]
    for r in range(a.shape[0]):
        for i in range(a.shape[1]):
            for j in range(q):
                out[r, i * q + j] = a[r, i] * b[r, j]


@_compile
def _pair_rows(rows, out):
    """out[r] = upper triangle of rows[r] rows[r]', row by row."""
    p = rows.shape[1]
    for r in range(rows.shape[0]):
        at = 0
        for i in range(p):
            for j in range(i, p):
                out[r, at + j - i] = rows[r, i] * rows[r, j]
            at += p - i


@_compile
def _mix_sites(halfway, site, out):
    """out[r, x] = sum_i site[r, i] halfway[r, i b + x]."""
    b = out.shape[1]
    for r in range(out.shape[0]):
        for x in range(b):
            out[r, x] = site[r, 0] * halfway[r, x]
        for i in range(1, site.shape[1]):
            for x in range(b):
                out[r, x] += site[r, i] * halfway[r, i * b + x]


@_compile
def solve_pairs(packed, right, shift):
    n, k = right.shape
    out = np.empty_like(right)
    upper, x = np.ones((packed.shape[1], LANES), packed.dtype), np.zeros((k, LANES), packed.dtype)
    for start in range(0, n, LANES):
        lanes = min(LANES, n - start)
        for r in range(lanes):
            for p in range(packed.shape[1]):
                upper[p, r] = packed[start + r, p]
            for i in range(k):
                upper[i * k - (i * (i - 1)) // 2, r] += shift[start + r]
                x[i, r] = right[start + r, i]
        _solve_lanes(upper, x)
        for r in range(lanes):
            for i in range(k):
                out[start + r, i] = x[i, r]
    return out


@_compile
def _solve_lanes(a, x):
    """One system a lane, side by side: x becomes (R' R)^-1 x, where a holds A = R' R and in the end R.

    Entry (i, j), i <= j, stands in row `at(i) + j`; the diagonal of R is kept as its inverse.
    """
    k, lanes = x.shape
    for i in range(k):
        at = i * k - (i * (i - 1)) // 2 - i
        pivot = a[at + i]
        for r in range(lanes):
            pivot[r] = 1 / np.sqrt(pivot[r])
            x[i, r] *= pivot[r]
        for j in range(i + 1, k):
            entry = a[at + j]
            for r in range(lanes):
                entry[r] *= pivot[r]
        for j in range(i + 1, k):
            below = j * k - (j * (j - 1)) // 2 - j
            entry = a[at + j]
            _subtract_product(x[j], entry, x[i])
            for q in range(j, k):
                _subtract_product(a[below + q], entry, a[at + q])
    for i in range(k - 1, -1, -1):
        at = i * k - (i * (i - 1)) // 2 - i
        for j in range(i + 1, k):
            _subtract_product(x[i], a[at + j], x[j])
        pivot = a[at + i]
        for r in range(lanes):
            x[i, r] *= pivot[r]


@_compile
def _subtract_product(out, a, b):
    for r in range(out.shape[0]):
        out[r] -= a[r] * b[r]
