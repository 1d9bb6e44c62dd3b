"""Transfer functions that act on each output by itself: F(z) = sum_j F_1(z_j), hence a diagonal Hessian."""

from abc import abstractmethod
from math import isfinite
from typing import ClassVar

from tnsolve.algebra.arrays import Array, device_of, namespace
from tnsolve.transfer.abstract import AbstractTransfer, first
from tnsolve.transfer.elementary import clipped


class AbstractElementwise(AbstractTransfer):
    """f(z)_j = f_1(z_j). A subclass gives the scalar functions; all take and return (N, m)."""

    separable: ClassVar[bool] = True

    @abstractmethod
    def primitive(self, z: Array) -> Array:
        """F_1, the integral of f_1."""

    @abstractmethod
    def derivative(self, z: Array) -> Array:
        """f_1', the second derivative of F_1."""

    @abstractmethod
    def dual(self, y: Array) -> Array:
        """F_1* in the closed range."""

    @abstractmethod
    def gap(self, z: Array, y: Array) -> Array:
        """F_1(z) + F_1*(y) - y z >= 0, written so that large terms do not cancel."""

    def potential(self, z: Array) -> Array:
        """Sum of F_1 over outputs : (N,)."""
        return namespace(z).sum(self.primitive(z), axis=-1)

    def curvature(self, z: Array) -> tuple[Array, Array]:
        """h = f_1'(z) and no rank-one term: u has shape (N, 0, m)."""
        return self.derivative(z), namespace(z).zeros_like(z)[:, None, :][:, :0, :]

    def conjugate(self, y: Array) -> Array:
        """Sum of F_1* over outputs : (N,); +inf if one of them is outside the closed range."""
        xp = namespace(y)
        inside = (y >= self.low) & (y <= self.high)
        values = self.dual(clipped(y, self.low, self.high))
        return xp.sum(xp.where(inside, values, xp.full_like(values, xp.inf)), axis=-1)

    def loss(self, z: Array, y: Array) -> Array:
        """Sum of the gaps F_1(z) + F_1*(y) - y z over outputs : (N,)."""
        return namespace(z, y).sum(self.gap(z, y), axis=-1)

    def divergence(self, a: Array, b: Array) -> Array:
        """loss(a, f(b)), since F(b) + F*(f(b)) = f(b).b : (N,)."""
        return self.loss(a, self(b))

    def attained(self, y: Array) -> Array:
        """`y` clipped to what f and `inverse` make of the ends of the range."""
        xp = namespace(y)
        for end, moved in (self.low, xp.maximum), (self.high, xp.minimum):
            if isfinite(end):
                y = moved(y, self(self.inverse(xp.full((1, 1), end, dtype=y.dtype, device=device_of(y)))))
        return y

    def grounded(self, z: Array, weights: Array | None = None) -> Array:
        """z itself."""
        return z

    def check(self, y: Array, call: str, eps: float | None = None) -> Array:
        """y clipped to [low, high], where it lies outside by no more than the rounding of that end, else ValueError."""
        xp = namespace(y)
        eps = max(eps or 0.0, float(xp.finfo(y.dtype).eps))
        slack_low, slack_high = (eps * abs(end) / 2 if isfinite(end) else 0.0 for end in (self.low, self.high))
        wrong = ~(xp.isfinite(y) & (y >= self.low - slack_low) & (y <= self.high + slack_high))
        if xp.any(wrong):
            row, column = first(wrong)
            raise ValueError(
                f"{call} has the target {float(y[row, column])!r} at [{row}, {column}], outside the range "
                f"[{self.low:g}, {self.high:g}] of {self.name}; pass the layer's outputs after its transfer function, "
                f"rescale them, or fit raw values with transfer=identity."
            )
        return clipped(y, self.low, self.high) if slack_low or slack_high else y


def rows_in_parts(transfer: AbstractElementwise, z: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
    """`rows` of a function without a fused kernel."""
    value = (transfer.primitive(z) - y * z) @ weights
    return value, weights * (transfer(z) - y), weights * transfer.derivative(z)
