"""Isometric cores, kept so by polar factors: the environment update of MERA for any quadratic loss."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tnsolve.algebra import linalg
from tnsolve.algebra.arrays import Array, namespace
from tnsolve.local.abstract import AbstractLocal, Info
from tnsolve.local.ridge import Ridge
from tnsolve.networks.layouts import nearest_isometry
from tnsolve.problems import AbstractProblem


@dataclass(frozen=True)
class Polar(AbstractLocal):
    """w <- polar(lambda w - gradient),  lambda = bound times the largest eigenvalue of the Gram,  w'w = I.

    A quadratic loss lies below its tangent plus lambda/2 |w - w_0|^2, and |w| is fixed: the polar factor minimises that
    majoriser over the isometries, so the loss never rises (`proofs/sweeps/polar.py`). With lambda w alone it is Evenbly
    and Vidal's update (Phys. Rev. B 79, 144108); the majoriser makes it right when the loss is not linear in w.

    isometries : all legs of a core -> those that form the columns of w. A core that is not named is left to `free`.
    steps      : polar factors for each visit
    Cost: a Gram, its largest eigenvalue, and an SVD and a product for each step.
    """

    isometries: Mapping[frozenset[str], tuple[str, ...]]
    steps: int = 4
    free: AbstractLocal = field(default_factory=Ridge)

    def solve(self, problem: AbstractProblem, theta: Array, penalty: float) -> tuple[Array, Info]:
        columns = self.isometries.get(frozenset(problem.legs))
        if columns is None:
            return self.free.solve(problem, theta, penalty)
        largest = problem.bound * float(namespace(theta).linalg.eigvalsh(problem.gram())[-1])
        theta = self._nearest(problem, theta, columns)
        point = problem.at(theta)
        before = after = point.value
        for _ in range(self.steps):
            moved = self._nearest(problem, largest * theta - point.gradient(), columns)
            point = problem.at(moved)
            if not point.value <= after:
                break
            theta, after = moved, point.value
        norm = penalty / 2 * linalg.inner(theta, theta)
        return theta, Info(before + norm, after + norm)

    @staticmethod
    def _nearest(problem: AbstractProblem, theta: Array, columns: tuple[str, ...]) -> Array:
        """The nearest isometry, in the shape of theta."""
        return problem.theta(nearest_isometry(problem.core(theta), columns), -problem.shift)
