"""The problem that samples leave: predictions linear in theta, and the matching loss of each against its target."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.algebra.linalg import Cholesky, inner, shifted
from tnsolve.problems.abstract import AbstractPoint, AbstractProblem
from tnsolve.problems.maps import AbstractMap
from tnsolve.transfer import AbstractTransfer


@dataclass(frozen=True)
class Problem(AbstractProblem):
    """minimise over theta:  sum_n w_n loss(z_n, y_n) + penalty / 2 |theta|^2,  z = map.mv(theta).

    targets y : (N, m)    weights w : (N,), sum 1
    """

    map: AbstractMap
    targets: Array
    weights: Array
    transfer: AbstractTransfer

    @property
    def legs(self) -> tuple[str, ...]:
        """Of theta as a tensor."""
        return self.map.legs

    @property
    def dims(self) -> tuple[int, ...]:
        """Of the legs."""
        return self.map.dims

    @property
    def shift(self) -> float:
        """theta is exp(shift) times the true tensor."""
        return self.map.shift

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the map."""
        return self.map.shape

    @property
    def quadratic(self) -> bool:
        """Whether the loss is half the squared error."""
        return self.transfer.quadratic

    @property
    def bound(self) -> float:
        """Largest slope of the transfer function."""
        return self.transfer.bound

    @property
    def strict(self) -> bool:
        """Whether the potential of the transfer function is strictly convex."""
        return self.transfer.strict

    def at(self, theta: Array) -> "SamplePoint":
        """The loss near theta.   Cost: one pass over the samples."""
        return SamplePoint(self, self.mv(theta))

    def mv(self, theta: Array) -> Array:
        """Predictions (N, m)."""
        return self.map.mv(theta)

    def rmv(self, g: Array) -> Array:
        """The adjoint: sum(g * mv(theta)) = sum(rmv(g) * theta) for g (N, m)."""
        return self.map.rmv(g)

    def curvature(self, z: Array) -> Callable[[Array], Array]:
        """v -> Hessian of the loss at z applied to v, in one pass over the samples per product."""
        h, u = self.transfer.curvature(z)
        return self.map.bent(h, u, self.weights)

    def gram(self) -> Array:
        """sum_n w_n (design row)(design row)', (D, D)."""
        return self.map.gram(self.weights)

    def factored(self, penalty: float) -> Cholesky:
        """bound * Gram + penalty I, ready to solve.   Cost: that of the Gram and of a Cholesky."""
        return shifted(self.bound * self.gram(), penalty)

    def columns(self, theta: Array) -> Array:
        """As columns that the Gram treats alike."""
        return self.map.columns(theta)

    def from_columns(self, columns: Array) -> Array:
        """Inverse of `columns`."""
        return self.map.from_columns(columns)

    def energy(self, theta: Array) -> float:
        """sum_n w_n |z_n|^2."""
        z = self.mv(theta)
        return inner(self.weights[:, None] * z, z)

    def mean_eigenvalue(self) -> float:
        """trace(gram) / D without the Gram: the unit of a relative ridge."""
        return self.map.mean_eigenvalue(self.weights)

    def gram_cost(self) -> float:
        """That of the map."""
        return self.map.gram_cost()

    def product_cost(self) -> float:
        """That of the map."""
        return self.map.product_cost()

    def loss(self, z: Array) -> float:
        """sum_n w_n loss(z_n, y_n)."""
        return mean_loss(self.transfer, z, self.targets, self.weights)

    def residual(self, z: Array) -> Array:
        """Gradient of the loss in z: w (f(z) - y), (N, m)."""
        return self.weights[:, None] * (self.transfer(z) - self.targets)


@dataclass(frozen=True)
class SamplePoint(AbstractPoint):
    """The loss of a `Problem` near the theta that predicts z."""

    problem: Problem
    z: Array

    @cached_property
    def value(self) -> float:
        """The loss here."""
        return self.problem.loss(self.z)

    def gradient(self) -> Array:
        """The adjoint of the residual.   Cost: one pass."""
        return self.problem.rmv(self.problem.residual(self.z))

    def curvature(self) -> Callable[[Array], Array]:
        """v -> Hessian times v, one pass each."""
        return self.problem.curvature(self.z)

    def line(self, direction: Array) -> Callable[[float], float]:
        """One pass for the direction; after it a step along it costs O(N m)."""
        along = self.problem.mv(direction)
        return lambda t: self.problem.loss(self.z + t * along)


def mean_loss(transfer: AbstractTransfer, z: Array, targets: Array, weights: Array) -> float:
    """sum_n weights[n] loss(z_n, y_n), summed in float64."""
    xp = namespace(z)
    return float(xp.sum(weights * transfer.loss(z, targets), dtype=xp.float64))
