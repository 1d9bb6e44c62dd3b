"""The solver that the sweep uses unless told otherwise: the cheaper of the exact and the matrix-free one."""

from dataclasses import dataclass, field

from tnsolve.arrays import Array
from tnsolve.local.abstract import AbstractLocal, Info
from tnsolve.local.newton import Newton
from tnsolve.local.ridge import Ridge
from tnsolve.problems import Problem


@dataclass(frozen=True)
class Auto(AbstractLocal):
    """Ridge for squared error while its Gram costs less than the products of CG, Newton otherwise.

    The choice compares multiply-adds weighted by the rates that `experiments/kernel_rates.py` measured; it depends on
    shapes alone, so a fit makes the same choices every time.
    """

    ridge: Ridge = field(default_factory=Ridge)
    newton: Newton = field(default_factory=Newton)

    def solve(self, problem: Problem, theta: Array, penalty: float) -> tuple[Array, Info]:
        exact = problem.quadratic and gram_cost(problem) <= 3 * self.newton.products * product_cost(problem)
        return (self.ridge if exact else self.newton).solve(problem, theta, penalty)


def gram_cost(problem: Problem) -> float:
    """Multiply-adds of a Gram by pairs and its Cholesky."""
    samples, p, b, outputs = _sizes(problem)
    pairing = samples * (p**2 + (outputs if problem.beside else 1) * b**2)
    return samples * p**2 * b**2 / 4 + 4 * pairing + (p * b) ** 3 / 3


def product_cost(problem: Problem) -> float:
    """Multiply-adds of one Hessian product, at the rate it reaches beside that of a Gram (about a third)."""
    samples, p, b, outputs = _sizes(problem)
    gemm = 2 * p * b * (1 if problem.beside else outputs)
    return 3 * samples * (gemm + 2 * b * outputs + p)


def _sizes(problem: Problem) -> tuple[int, int, int, int]:
    samples, outputs = problem.targets.shape
    return samples, problem.left.shape[1] * problem.site.shape[1], problem.right.shape[-1], outputs
