"""What a local problem is: a convex loss of what is linear in one region's tensor. It knows no network."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log

from tnsolve.algebra.arrays import Array
from tnsolve.algebra.legs import Core
from tnsolve.algebra.linalg import Cholesky, Scaled, inner
from tnsolve.problems.unknown import AbstractUnknown


class AbstractPoint(ABC):
    """The loss near one theta."""

    @property
    @abstractmethod
    def value(self) -> float:
        """The loss here."""

    @abstractmethod
    def gradient(self) -> Array:
        """Its gradient here, in the shape of theta."""

    @abstractmethod
    def curvature(self) -> Callable[[Array], Array]:
        """v -> Hessian times v."""

    @abstractmethod
    def line(self, direction: Array) -> Callable[[float], float]:
        """t -> the loss at theta + t direction, each for much less than a product with the Hessian."""


class AbstractProblem(AbstractUnknown):
    """minimise over theta:  loss(theta) + penalty / 2 |theta|^2,  loss convex, its Hessian at most bound * gram."""

    @property
    @abstractmethod
    def bound(self) -> float:
        """Smallest factor of the Gram that bounds the Hessian; 1, and exact, for a quadratic loss."""

    @property
    @abstractmethod
    def quadratic(self) -> bool:
        """Whether the Hessian is the Gram everywhere."""

    @property
    @abstractmethod
    def strict(self) -> bool:
        """Whether the Hessian is positive wherever the Gram is; where not, its own curvature can mislead."""

    @abstractmethod
    def at(self, theta: Array) -> AbstractPoint:
        """The loss near theta."""

    @abstractmethod
    def gram(self) -> Array:
        """(D, D): acts on every column of `columns(theta)` alike."""

    @abstractmethod
    def factored(self, penalty: float) -> Cholesky | Scaled:
        """bound * Gram + penalty I, ready to solve for columns."""

    @abstractmethod
    def columns(self, theta: Array) -> Array:
        """theta as (D, k), k columns that the Gram treats alike."""

    @abstractmethod
    def from_columns(self, columns: Array) -> Array:
        """Inverse of `columns`."""

    @abstractmethod
    def energy(self, theta: Array) -> float:
        """theta . Gram theta, the mean square of what theta predicts."""

    @abstractmethod
    def mean_eigenvalue(self) -> float:
        """trace(gram) / D."""

    @abstractmethod
    def gram_cost(self) -> float:
        """Multiply-adds of forming and factoring the Gram."""

    @abstractmethod
    def product_cost(self) -> float:
        """Multiply-adds of one Hessian product, weighted by how much slower they run than those of a Gram."""

    def gradient(self, theta: Array) -> Array:
        """Gradient of the loss at theta."""
        return self.at(theta).gradient()


@dataclass(frozen=True)
class Penalty:
    """A ridge on the whole tensor, fixed for a sweep: `log_ridge` is the log of its factor in true units."""

    log_ridge: float

    @staticmethod
    def relative(ridge: float, problem: AbstractProblem, theta: Array) -> "Penalty":
        """`ridge` times E|z|^2 / |theta|^2, the Gram's Rayleigh quotient at theta; at theta = 0, its mean eigenvalue.

        The quotient belongs to the function, not to its representation: neither gauge nor growth changes it
        (`proofs/sweeps/ridge.py`).
        """
        norm = inner(theta, theta)
        energy = problem.energy(theta) if norm > 0 else 0.0
        unit = ridge * (energy / norm if energy > 0 else problem.mean_eigenvalue())
        return Penalty(log(unit) + 2 * problem.shift if unit > 0 else float("-inf"))

    def of(self, core: Core, scale: float) -> float:
        """ridge / 2 times the squared norm of the tensor exp(scale) * core."""
        square = inner(core.data, core.data)
        return exp(self.log_ridge + 2 * scale + log(square)) / 2 if square > 0 else 0.0

    def at(self, problem: AbstractProblem) -> float:
        """The same ridge in the units of another problem's theta."""
        return exp(self.log_ridge - 2 * problem.shift)
