"""The problem that second moments leave: a quadratic in theta, whatever the number of samples was."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.algebra.linalg import Cholesky, Scaled, inner, shifted
from tnsolve.problems.abstract import AbstractPoint, AbstractProblem


@dataclass(frozen=True)
class QuadraticProblem(AbstractProblem):
    """minimise over theta:  1/2 theta . G theta - right . theta + constant + penalty / 2 |theta|^2.

    right : (D, k), k columns on which G (D, D) acts alike    constant : makes the value the loss
    form  : () -> G, or None where G is the identity (canonical gauge, white inputs: `proofs/sweeps/conditioning.py`),
            so that nothing is formed or factored
    apply : theta -> G theta without forming G, or None where the formed G serves
    costs : multiply-adds of forming G, and of `apply`
    """

    right: Array
    constant: float
    legs: tuple[str, ...]
    dims: tuple[int, ...]
    form: Callable[[], Array] | None
    apply: Callable[[Array], Array] | None
    costs: tuple[float, float]
    shift: float = 0.0

    @property
    def shape(self) -> tuple[int, ...]:
        """(D, k)."""
        return self.right.shape

    @property
    def bound(self) -> float:
        """The Hessian is the Gram."""
        return 1.0

    @property
    def quadratic(self) -> bool:
        """Always."""
        return True

    @property
    def strict(self) -> bool:
        """Always."""
        return True

    def at(self, theta: Array) -> "QuadraticPoint":
        """The loss near theta.   Cost: one product."""
        return QuadraticPoint(self, theta, self.product(theta))

    def product(self, theta: Array) -> Array:
        """G theta, by the cheapest of the identity, `apply` and the formed G."""
        if self.form is None:
            return theta
        return self._gram @ theta if self.apply is None else self.apply(theta)

    def gram(self) -> Array:
        """G.   Cost: the first of `costs`, once."""
        return self._gram

    def factored(self, penalty: float) -> Cholesky | Scaled:
        """G + penalty I, ready to solve."""
        return Scaled(1 + penalty) if self.form is None else shifted(self._gram, penalty)

    def columns(self, theta: Array) -> Array:
        """theta itself."""
        return theta

    def from_columns(self, columns: Array) -> Array:
        """theta itself."""
        return columns

    def energy(self, theta: Array) -> float:
        """theta . G theta."""
        return inner(theta, self.product(theta))

    def mean_eigenvalue(self) -> float:
        """trace(G) / D; forms G."""
        return 1.0 if self.form is None else float(namespace(self.right).linalg.trace(self._gram)) / self.shape[0]

    def gram_cost(self) -> float:
        """Forming and a Cholesky."""
        return 0.0 if self.form is None else self.costs[0] + self.shape[0] ** 3 / 3

    def product_cost(self) -> float:
        """One matrix-free product."""
        return self.costs[1]

    @cached_property
    def _gram(self) -> Array:
        unit = namespace(self.right).eye
        return unit(self.shape[0], dtype=self.right.dtype) if self.form is None else self.form()


@dataclass(frozen=True)
class QuadraticPoint(AbstractPoint):
    """The loss of a `QuadraticProblem` near theta."""

    problem: QuadraticProblem
    theta: Array
    image: Array

    @property
    def value(self) -> float:
        """1/2 theta . G theta - right . theta + constant."""
        return inner(self.image / 2 - self.problem.right, self.theta) + self.problem.constant

    def gradient(self) -> Array:
        """G theta - right."""
        return self.image - self.problem.right

    def curvature(self) -> Callable[[Array], Array]:
        """v -> G v."""
        return self.problem.product

    def line(self, direction: Array) -> Callable[[float], float]:
        """A parabola: one product, then a step costs nothing."""
        slope = inner(self.gradient(), direction)
        bend = inner(direction, self.problem.product(direction))
        value = self.value
        return lambda t: value + t * slope + t**2 * bend / 2
