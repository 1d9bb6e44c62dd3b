"""One Cholesky factor for all outputs: exact for squared error, a monotone majoriser for any bounded curvature."""

from dataclasses import dataclass

from tnsolve.algebra.arrays import Array
from tnsolve.algebra.linalg import inner
from tnsolve.local.abstract import AbstractLocal, Info
from tnsolve.problems import AbstractProblem


@dataclass(frozen=True)
class Ridge(AbstractLocal):
    """theta <- theta - (L Gram + penalty I)^-1 gradient, with L the largest slope of the transfer function.

    The Hessian is at most L Gram + penalty, so a step minimises a quadratic that lies above the objective and touches
    it at theta: the objective never rises. For the identity L = 1 and the quadratic is the objective: one step is the
    exact ridge solution (`proofs/sweeps/majoriser.py`). `steps` repeats reuse the factor.
    Cost: a Gram and a Cholesky factor.

    Raises ValueError for a transfer function of unbounded slope (exp): use Newton.
    """

    steps: int = 1

    def solve(self, problem: AbstractProblem, theta: Array, penalty: float) -> tuple[Array, Info]:
        if problem.bound == float("inf"):
            raise ValueError("Ridge() needs a transfer function of bounded slope; use Newton().")
        factor = problem.factored(penalty)
        point = problem.at(theta)
        before = after = point.value + penalty / 2 * inner(theta, theta)
        for _ in range(self.steps):
            gradient = problem.columns(point.gradient() + penalty * theta)
            moved = theta - problem.from_columns(factor.solve(gradient))
            point = problem.at(moved)
            reached = point.value + penalty / 2 * inner(moved, moved)
            if not reached <= after:
                break
            theta, after = moved, reached
        return theta, Info(before, after)
