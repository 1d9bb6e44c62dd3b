"""Every kernel in array-API words. Slow on a CPU, right everywhere; the compiled kernels are tested against these.

Shapes: left (N, a), site (N, d), right (N, b), label (N, m, b), g and h (N, m), u (N, k, m), weights (N,).
A row of the design is the Kronecker product of one row of each factor. The curvature of a sample is
weight * (diag(h) - sum_k u_k u_k').
"""

from functools import cache

from tnsolve.algebra.arrays import Array, device_of, namespace


def khatri_rao(a: Array, b: Array) -> Array:
    """Row-wise Kronecker product: out[n, i q + j] = a[n, i] b[n, j] for b (N, q).   Cost O(N p q)."""
    xp = namespace(a, b)
    return xp.reshape(a[:, :, None] * b[:, None, :], (a.shape[0], a.shape[1] * b.shape[1]))


def absorb(left: Array, site: Array, core: Array) -> Array:
    """Push a message through a core: out[n, b] = sum_ai left[n, a] site[n, i] core[a, i, b].   Cost O(N a d b)."""
    xp = namespace(left, site, core)
    return khatri_rao(left, site) @ xp.reshape(core, (-1, core.shape[2]))


def absorb_label(label: Array, site: Array, core: Array) -> Array:
    """Push a label message outward: out[n, m, a] = sum_ib core[a, i, b] site[n, i] label[n, m, b].

    Cost O(N m a d b).
    """
    xp = namespace(label, site, core)
    inward = xp.tensordot(label, core, axes=([2], [2]))
    return xp.sum(inward * site[:, None, None, :], axis=3)


def predict_outside(left: Array, site: Array, label: Array, theta: Array) -> Array:
    """z[n, m] = sum_aib left[n, a] site[n, i] theta[a, i, b] label[n, m, b]."""
    xp = namespace(left, site, label, theta)
    return xp.sum(absorb(left, site, theta)[:, None, :] * label, axis=2)


def pull_outside(left: Array, site: Array, label: Array, g: Array) -> Array:
    """The adjoint: out[a, i, b] = sum_nm left[n, a] site[n, i] label[n, m, b] g[n, m]."""
    xp = namespace(left, site, label, g)
    inward = xp.sum(label * g[:, :, None], axis=1)
    return xp.reshape(khatri_rao(left, site).T @ inward, (left.shape[1], site.shape[1], label.shape[2]))


def curve_outside(left: Array, site: Array, label: Array, h: Array, u: Array, weights: Array, theta: Array) -> Array:
    """Hessian product in one pass: pull_outside of the curvature applied to predict_outside."""
    z = predict_outside(left, site, label, theta)
    return pull_outside(left, site, label, _bend(h, u, weights, z))


def predict_inside(left: Array, site: Array, right: Array, theta: Array) -> Array:
    """z[n, m] = sum_aib left[n, a] site[n, i] theta[a, i, m, b] right[n, b]."""
    xp = namespace(left, site, right, theta)
    a, d, m, b = theta.shape
    halfway = khatri_rao(left, site) @ xp.reshape(theta, (a * d, m * b))
    return xp.sum(xp.reshape(halfway, (-1, m, b)) * right[:, None, :], axis=2)


def pull_inside(left: Array, site: Array, right: Array, g: Array) -> Array:
    """The adjoint: out[a, i, m, b] = sum_n left[n, a] site[n, i] g[n, m] right[n, b]."""
    xp = namespace(left, site, right, g)
    shape = (left.shape[1], site.shape[1], g.shape[1], right.shape[1])
    return xp.reshape(khatri_rao(left, site).T @ khatri_rao(g, right), shape)


def curve_inside(left: Array, site: Array, right: Array, h: Array, u: Array, weights: Array, theta: Array) -> Array:
    """Hessian product in one pass: pull_inside of the curvature applied to predict_inside."""
    z = predict_inside(left, site, right, theta)
    return pull_inside(left, site, right, _bend(h, u, weights, z))


def pairs(rows: Array) -> Array:
    """Products rows[n, i] rows[n, j] for i <= j, in the order of `triangle(p)`: (N, p (p + 1) / 2)."""
    xp = namespace(rows)
    first, second = triangle(rows.shape[1])
    return xp.take(rows, xp.asarray(first), axis=1) * xp.take(rows, xp.asarray(second), axis=1)


def label_pairs(label: Array) -> Array:
    """sum_m label[n, m, b] label[n, m, c] for b <= c: all outputs for the cost of one in the Gram that follows."""
    xp = namespace(label)
    first, second = triangle(label.shape[2])
    return xp.sum(xp.take(label, xp.asarray(first), axis=2) * xp.take(label, xp.asarray(second), axis=2), axis=1)


def pair_gram(left: Array, site: Array, right_pairs: Array, weights: Array) -> Array:
    """sum_n weights[n] pairs(left x site)[n] right_pairs[n]': a Gram matrix folded to its symmetric pairs.

    right_pairs : (N, B)   ->   (p (p + 1) / 2, B) for p = a d.   Cost N p^2 B multiply-adds, a quarter of a full Gram.
    """
    return (pairs(khatri_rao(left, site)) * weights[:, None]).T @ right_pairs


@cache
def triangle(size: int) -> tuple[list[int], list[int]]:
    """Row and column of each entry of an upper triangle, row by row."""
    order = [(i, j) for i in range(size) for j in range(i, size)]
    return [i for i, _ in order], [j for _, j in order]


@cache
def square(size: int) -> list[int]:
    """Where entry (i, j) of a symmetric matrix stands among its pairs (see `triangle`), row by row."""
    place = {pair: at for at, pair in enumerate(zip(*triangle(size), strict=True))}
    return [place[min(i, j), max(i, j)] for i in range(size) for j in range(size)]


def _bend(h: Array, u: Array, weights: Array, z: Array) -> Array:
    """Curvature of every sample applied to z (N, m)."""
    xp = namespace(h, u, weights, z)
    along = xp.sum(u * z[:, None, :], axis=2)
    return weights[:, None] * (h * z - xp.sum(u * along[:, :, None], axis=1))


def solve_pairs(packed: Array, right: Array, shift: Array) -> Array:
    """x[n] = (A_n + shift_n I)^-1 right_n for positive definite A_n + shift_n I, packed as the pairs of `triangle`.

    packed : (n, k (k + 1) / 2)    right : (n, k)    shift : (n,)    Cost O(n k^3).
    """
    xp = namespace(packed, right, shift)
    k = right.shape[1]
    matrices = xp.reshape(xp.take(packed, xp.asarray(square(k), device=device_of(packed)), axis=1), (-1, k, k))
    unit = xp.eye(k, dtype=right.dtype, device=device_of(right))
    return xp.linalg.solve(matrices + shift[:, None, None] * unit, right[:, :, None])[:, :, 0]
