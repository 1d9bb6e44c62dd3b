"""Generalised linear regression: the convex problem that linear starts, linear rivals and readouts share."""

from collections.abc import Callable
from math import inf

from tnsolve.algebra.arrays import Array, device_of, namespace
from tnsolve.algebra.linalg import Cholesky, conjugate_gradients, inner
from tnsolve.transfer import AbstractTransfer

PRODUCTS, LOOSE = 30, 1e-2
"""Conjugate gradients find Newton's direction in at most so many products, or when the residual has fallen so far."""
WIDEST = 128
"""Above so many columns a factor for each output would cost more than the products that it saves."""
HALVINGS, SUFFICIENT = 30, 1e-4


def generalised_regression(
    design: Array,
    targets: Array,
    weights: Array,
    transfer: AbstractTransfer,
    penalty: float | Array = 0.0,
    *,
    start: Array | None = None,
    steps: int = 50,
    tolerance: float = 1e-9,
) -> Array:
    """theta (k, m) that minimises  sum_n w_n loss(z_n, y_n) + 1/2 sum_j penalty_j |theta_j|^2,   z = design theta.

    design     (N, k)    targets y : (N, m) in the range of the transfer function    weights w : (N,)
    penalty    of every row of theta, or (k,): 0 leaves a row, such as that of a constant, free
    start      (k, m) to begin at, zeros by default; a quadratic loss needs none
    steps      Newton steps at most; none raises the objective
    tolerance  stop when a step lowers the objective by less than this fraction of it

    The matching loss makes this convex for every transfer function, with gradient design' w (f(z) - y)
    (`proofs/sweeps/newton.py`). The identity takes one Cholesky factor; others take damped Newton steps, and ReLU,
    whose own curvature can vanish, those of the majoriser L design' w design + penalty.
    Cost of a step O(m (N k^2 + k^3)); above 128 columns that once for all, and O(N k m) for each of 30 products.
    """
    xp = namespace(design, targets, weights)
    ridge = xp.asarray(penalty, dtype=design.dtype, device=device_of(design)) * xp.ones_like(design[0, :])
    if transfer.quadratic:
        return _factored(design, weights, ridge).solve(design.T @ (weights[:, None] * targets))

    def value(theta: Array) -> float:
        return inner(weights, transfer.loss(design @ theta, targets)) + inner(ridge[:, None] * theta, theta) / 2

    theta = xp.zeros_like(design[0, :, None] * targets[0, None, :]) if start is None else start
    before = value(theta)
    bounding = _factored(design, transfer.bound * weights, ridge).solve if transfer.bound < inf else None
    for _ in range(steps):
        z = design @ theta
        gradient = design.T @ (weights[:, None] * (transfer(z) - targets)) + ridge[:, None] * theta
        if bounding is not None and not transfer.strict:
            direction = -bounding(gradient)
        else:
            direction = _newton(gradient, design, weights, transfer, ridge, z, bounding)
        theta, after = _descended(value, theta, direction, before, inner(gradient, direction))
        if before - after <= tolerance * abs(after):
            break
        before = after
    return theta


def _newton(
    gradient: Array,
    design: Array,
    weights: Array,
    transfer: AbstractTransfer,
    ridge: Array,
    z: Array,
    bounding: Callable[[Array], Array] | None,
) -> Array:
    """Newton's direction (k, m), by conjugate gradients.

    Preconditioned by the diagonal blocks of the Hessian, one for each output, which for a separable transfer are all of
    it; above `WIDEST` columns by the factor that bounds it everywhere, or where none does by that of the mean slopes.
    """
    xp = namespace(design)
    h, u = transfer.curvature(z)
    slopes = xp.maximum(h - xp.sum(u**2, axis=1), 0.0)
    if design.shape[1] <= WIDEST:
        blocks = [_factored(design, weights * slopes[:, j], ridge) for j in range(slopes.shape[1])]

        def blockwise(right: Array) -> Array:
            return xp.concat([block.solve(right[:, j : j + 1]) for j, block in enumerate(blocks)], axis=1)

        if transfer.separable:
            return -blockwise(gradient)
        precondition = blockwise
    else:
        precondition = bounding or _factored(design, weights * xp.mean(slopes, axis=1), ridge).solve

    def curved(v: Array) -> Array:
        return design.T @ (weights[:, None] * transfer.hessian_product(z, design @ v)) + ridge[:, None] * v

    return conjugate_gradients(curved, -gradient, steps=PRODUCTS, tolerance=LOOSE, precondition=precondition)[0]


def _factored(design: Array, weights: Array, ridge: Array) -> Cholesky:
    """design' w design + ridge, factored."""
    xp = namespace(design)
    unit = xp.eye(design.shape[1], dtype=design.dtype, device=device_of(design))
    return Cholesky.of(design.T @ (weights[:, None] * design) + ridge * unit)


def _descended(
    value: Callable[[Array], float], theta: Array, direction: Array, before: float, slope: float
) -> tuple[Array, float]:
    """The longest of the steps 1, 1/2, 1/4, ... that lowers the objective by its share of the slope; else none."""
    length = 1.0
    for _ in range(HALVINGS):
        moved = theta + length * direction
        after = value(moved)
        if after <= before + SUFFICIENT * length * slope:
            return moved, after
        length /= 2
    return theta, before
