"""Damped Newton with the exact curvature, matrix-free."""

from dataclasses import dataclass

from tnsolve.algebra.arrays import Array
from tnsolve.algebra.linalg import conjugate_gradients, inner
from tnsolve.local.abstract import AbstractLocal, Info
from tnsolve.problems import AbstractProblem


@dataclass(frozen=True)
class Newton(AbstractLocal):
    """theta <- theta + t d, with (Hessian + penalty) d = -gradient by at most `products` steps of CG, t by halving.

    A step is taken only if the objective falls by 1e-4 of what its slope promises, so the objective never rises;
    CG finds a direction in which it falls (`proofs/sweeps/newton.py`).
    Works for every transfer function.   Cost: products + 3 passes over the samples.
    """

    products: int = 8
    tolerance: float = 1e-2
    halvings: int = 12

    def solve(self, problem: AbstractProblem, theta: Array, penalty: float) -> tuple[Array, Info]:
        here = problem.at(theta)
        before = here.value + penalty / 2 * inner(theta, theta)
        gradient = here.gradient() + penalty * theta
        curve = here.curvature()
        direction, products = conjugate_gradients(
            lambda v: curve(v) + penalty * v, -gradient, steps=self.products, tolerance=self.tolerance
        )
        slope = inner(gradient, direction)
        if slope >= 0:
            return theta, Info(before, before, products)
        loss = here.line(direction)
        length = 1.0
        for halving in range(self.halvings):
            moved = theta + length * direction
            after = loss(length) + penalty / 2 * inner(moved, moved)
            if after <= before + 1e-4 * length * slope:
                return moved, Info(before, after, products, halving)
            length /= 2
        return theta, Info(before, before, products, self.halvings)
