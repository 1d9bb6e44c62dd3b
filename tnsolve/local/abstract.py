"""What a local solver is."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from tnsolve.algebra.arrays import Array
from tnsolve.problems import AbstractProblem


@dataclass(frozen=True)
class Info:
    """What a local solve did: penalised objective before and after, products with the Hessian, halvings of the step."""

    before: float
    after: float
    products: int = 0
    halvings: int = 0


class AbstractLocal(ABC):
    """`solve(problem, theta, penalty) -> (theta, Info)`; never returns a larger objective than it was given."""

    @abstractmethod
    def solve(self, problem: AbstractProblem, theta: Array, penalty: float) -> tuple[Array, Info]:
        """Lower loss(mv(theta)) + penalty / 2 |theta|^2."""
