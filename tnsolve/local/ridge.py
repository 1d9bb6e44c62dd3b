"""One Cholesky factor for all outputs: exact for squared error, a monotone majoriser for any bounded curvature."""

from dataclasses import dataclass

from tnsolve.arrays import Array, contiguous, namespace
from tnsolve.linalg import Cholesky, inner
from tnsolve.local.abstract import AbstractLocal, Info
from tnsolve.problems import Problem


@dataclass(frozen=True)
class Ridge(AbstractLocal):
    """theta <- theta - (L Gram + penalty I)^-1 gradient, with L the transfer function's largest slope.

    The Hessian is at most L Gram + penalty, so a step minimises a quadratic that lies above the objective and touches
    it at theta: the objective never rises. For the identity L = 1 and the quadratic is the objective: one step is the
    exact ridge solution. `steps` repeats reuse the factor.   Cost: a Gram (N D^2 / 4) and a Cholesky (D^3 / 3), D = a d b.

    Raises ValueError for a transfer function of unbounded slope (exp): use Newton.
    """

    steps: int = 1

    def solve(self, problem: Problem, theta: Array, penalty: float) -> tuple[Array, Info]:
        bound = problem.transfer.bound
        if bound == float("inf"):
            raise ValueError(f"Ridge needs a bounded slope and {problem.transfer.name} has none; use Newton().")
        xp = namespace(theta)
        hessian = bound * problem.gram()
        size = hessian.shape[0]
        hessian = hessian + penalty * xp.eye(size, dtype=theta.dtype, device=theta.device)
        factor = Cholesky.of(hessian)
        z = problem.mv(theta)
        before = after = problem.loss(z) + penalty / 2 * inner(theta, theta)
        for _ in range(self.steps):
            gradient = problem.rmv(problem.residual(z)) + penalty * theta
            step = factor.solve(_columns(gradient, size))
            moved = theta - _uncolumns(step, gradient.shape)
            z = problem.mv(moved)
            reached = problem.loss(z) + penalty / 2 * inner(moved, moved)
            if not reached <= after:
                break
            theta, after = moved, reached
        return theta, Info(before, after)


def _columns(theta: Array, size: int) -> Array:
    """theta as (design, outputs): one column beside the label, one per output where the region holds it."""
    xp = namespace(theta)
    if theta.ndim == 3:
        return xp.reshape(theta, (size, 1))
    return xp.reshape(xp.permute_dims(theta, (0, 1, 3, 2)), (size, theta.shape[2]))


def _uncolumns(columns: Array, shape: tuple[int, ...]) -> Array:
    """Inverse of `_columns`."""
    xp = namespace(columns)
    if len(shape) == 3:
        return xp.reshape(columns, shape)
    a, d, m, b = shape
    return contiguous(xp.permute_dims(xp.reshape(columns, (a, d, b, m)), (0, 1, 3, 2)))
