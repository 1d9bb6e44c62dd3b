"""The solver that the sweep uses unless told otherwise: the cheaper of the exact and the matrix-free one."""

from dataclasses import dataclass, field

from tnsolve.arrays import Array
from tnsolve.local.abstract import AbstractLocal, Info
from tnsolve.local.newton import Newton
from tnsolve.local.ridge import Ridge
from tnsolve.problems import AbstractProblem


@dataclass(frozen=True)
class Auto(AbstractLocal):
    """Ridge for a quadratic loss while its Gram costs less than three rounds of CG; Newton otherwise.

    For any other loss Newton's exact curvature beats the majoriser of Ridge at every rank that was measured
    (`experiments/local_solvers.py`). The choice depends on shapes alone, so that a fit repeats itself bit for bit.
    """

    ridge: Ridge = field(default_factory=Ridge)
    newton: Newton = field(default_factory=Newton)

    def solve(self, problem: AbstractProblem, theta: Array, penalty: float) -> tuple[Array, Info]:
        exact = problem.quadratic and problem.gram_cost() <= 3 * self.newton.products * problem.product_cost()
        return (self.ridge if exact else self.newton).solve(problem, theta, penalty)
