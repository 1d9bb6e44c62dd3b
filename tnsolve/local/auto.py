"""The solver that the sweep uses unless told otherwise: the cheaper of the exact and the matrix-free one."""

from dataclasses import dataclass, field

from tnsolve.algebra.arrays import Array
from tnsolve.local.abstract import AbstractLocal, Info
from tnsolve.local.newton import Newton
from tnsolve.local.ridge import Ridge
from tnsolve.problems import AbstractProblem


@dataclass(frozen=True)
class Auto(AbstractLocal):
    """Ridge for a quadratic loss while its Gram costs less than three rounds of CG, and for ReLU; Newton otherwise.

    Elsewhere Newton's exact curvature beats the majoriser of Ridge at every rank that was measured, but ReLU has none
    below zero, where Newton is lost (`experiments/local_solvers.py`). The choice depends on shapes alone, so that a fit
    repeats itself bit for bit.
    """

    ridge: Ridge = field(default_factory=Ridge)
    newton: Newton = field(default_factory=Newton)

    def solve(self, problem: AbstractProblem, theta: Array, penalty: float) -> tuple[Array, Info]:
        cheap = problem.gram_cost() <= 3 * self.newton.products * problem.product_cost()
        by_gram = not problem.strict or (problem.quadratic and cheap)
        return (self.ridge if by_gram else self.newton).solve(problem, theta, penalty)
