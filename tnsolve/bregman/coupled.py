"""Directions and mean of a transfer function that couples the units: one Newton step for all of [V, m]."""

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.algebra.linalg import Cholesky, conjugate_gradients, inner
from tnsolve.transfer import AbstractTransfer

PRODUCTS, HALVINGS = 30, 20


def coupled_step(theta: Array, design: Array, y: Array, weights: Array, transfer: AbstractTransfer) -> Array:
    """theta lowered on  sum_n w_n [F(z_n) - y_n.z_n],  z = design theta', by damped Newton-CG.

    theta : (d, k)    design : (N, k)    y : (N, d)    weights : (N,)
    CG is preconditioned by the majoriser, bound design' W design for every unit. Cost O(N d k) a product.
    """
    xp = namespace(theta, design)

    def value(trial: Array) -> float:
        z = design @ trial.T
        return inner(weights, transfer.potential(z) - xp.sum(y * z, axis=1))

    z = design @ theta.T
    gradient = (weights[:, None] * (transfer(z) - y)).T @ design
    bounding = Cholesky.of(transfer.bound * (design * weights[:, None]).T @ design)
    direction, _ = conjugate_gradients(
        lambda v: (weights[:, None] * transfer.hessian_product(z, design @ v.T)).T @ design,
        -gradient,
        steps=PRODUCTS,
        tolerance=1e-2,
        precondition=lambda residual: bounding.solve(residual.T).T,
    )
    before, slope, length = value(theta), inner(gradient, direction), 1.0
    for _ in range(HALVINGS):
        moved = theta + length * direction
        if value(moved) <= before + 1e-4 * length * slope:
            return moved
        length /= 2
    return theta
