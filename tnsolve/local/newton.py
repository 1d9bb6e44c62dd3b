"""Damped Newton with the exact curvature, matrix-free."""

from dataclasses import dataclass

from tnsolve.arrays import Array
from tnsolve.linalg import conjugate_gradients, inner
from tnsolve.local.abstract import AbstractLocal, Info
from tnsolve.problems import Problem


@dataclass(frozen=True)
class Newton(AbstractLocal):
    """theta <- theta + t d, with (Hessian + penalty) d = -gradient by at most `products` steps of CG, t by halving.

    A step is taken only if the objective falls by 1e-4 of what its slope promises, so the objective never rises.
    Works for every transfer function.   Cost: products + 3 passes over the samples.
    """

    products: int = 8
    tolerance: float = 1e-2
    halvings: int = 12

    def solve(self, problem: Problem, theta: Array, penalty: float) -> tuple[Array, Info]:
        z = problem.mv(theta)
        before = problem.loss(z) + penalty / 2 * inner(theta, theta)
        gradient = problem.rmv(problem.residual(z)) + penalty * theta
        curve = problem.curvature(z)
        direction, products = conjugate_gradients(
            lambda v: curve(v) + penalty * v, -gradient, steps=self.products, tolerance=self.tolerance
        )
        slope = inner(gradient, direction)
        if slope >= 0:
            return theta, Info(before, before, products)
        along = problem.mv(direction)
        length = 1.0
        for halving in range(self.halvings):
            moved = theta + length * direction
            after = problem.loss(z + length * along) + penalty / 2 * inner(moved, moved)
            if after <= before + 1e-4 * length * slope:
                return moved, Info(before, after, products, halving)
            length /= 2
        return theta, Info(before, before, products, self.halvings)
