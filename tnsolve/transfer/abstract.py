"""A layer's transfer function as the gradient of a convex potential, f = grad F, and the loss that matches it."""

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from tnsolve.algebra.arrays import Array, namespace


@dataclass(frozen=True)
class AbstractTransfer(ABC):
    """f = grad F for a convex F on R^m, applied to each row. Before the transfer function a value is z, after it y.

    The matching loss of a pre-activation z against a target y is the Fenchel-Young form

        loss(z, y) = F(z) + F*(y) - y.z = D_F(z, f^-1(y)) >= 0,     gradient f(z) - y,     Hessian that of F,

    convex in z and zero where f(z) = y. D_F(a, b) = F(a) - F(b) - f(b).(a - b) is the Bregman divergence of F.

    z, y, a, b, v : (N, m) floating arrays of one namespace; results keep the dtype. Every method costs O(N m).
    Nothing overflows at |z| = 1e4, in float32 or float64, unless the true value does.

    Source: Amid, Anil, Fifty and Warmuth, "Layerwise Bregman Representation Learning" (arXiv 2209.07080), section 2;
    proofs/bregman/matching_loss.py.
    """

    name: ClassVar[str]
    strict: ClassVar[bool] = True
    """Whether F is strictly convex, for softmax up to the constant that it ignores. Only that of ReLU is not."""
    separable: ClassVar[bool] = False
    """Whether each output is a function of its own pre-activation alone: the Hessian is diagonal."""
    quadratic: ClassVar[bool] = False
    """Whether F is |z|^2 / 2: a Newton step is exact, and Bregman geometry is Euclid's."""
    classes: ClassVar[bool] = False
    """Whether outputs are probabilities of classes, so that class labels may stand for one-hot targets."""

    @property
    @abstractmethod
    def low(self) -> float:
        """Lower end of the closed range of each output."""

    @property
    @abstractmethod
    def high(self) -> float:
        """Upper end of the closed range of each output."""

    @property
    @abstractmethod
    def bound(self) -> float:
        """Smallest L with Hessian of F <= L I everywhere; inf if there is none."""

    @abstractmethod
    def potential(self, z: Array) -> Array:
        """F(z) : (N,)."""

    @abstractmethod
    def __call__(self, z: Array) -> Array:
        """f(z) : (N, m)."""

    @abstractmethod
    def curvature(self, z: Array) -> tuple[Array, Array]:
        """Hessian of F at each row as diag(h) - sum_k u_k u_k^T:  h : (N, m) >= 0 and u : (N, k, m)."""

    @abstractmethod
    def rows(self, z: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
        """What a Newton step needs, in one pass: value (N,), residual (N, m) and slope (N, m),

            value[n] = F_w(z_n) - sum_j w_j y_nj z_nj     residual = w (f(z) - y)     slope = w h

        with F_w = sum_j w_j F_1(z_j) where outputs are separable. weights w : (m,); functions that couple their outputs
        have no weights for one of them and take w = 1. The slope is the diagonal h of `curvature`, or a majoriser of it
        where its own would promise nothing: that of a flat ReLU with an active target.
        """

    @abstractmethod
    def inverse(self, y: Array) -> Array:
        """A z with f(z) = y : (N, m), always finite: y is first kept 1e-6 away from an end that f does not attain."""

    @abstractmethod
    def conjugate(self, y: Array) -> Array:
        """F*(y) = sup_z y.z - F(z) : (N,); +inf outside the closed range."""

    @abstractmethod
    def loss(self, z: Array, y: Array) -> Array:
        """Matching loss F(z) + F*(y) - y.z : (N,), for y in the closed range (see `check`)."""

    @abstractmethod
    def divergence(self, a: Array, b: Array) -> Array:
        """D_F(a, b) = F(a) - F(b) - f(b).(a - b) : (N,), never negative."""

    @abstractmethod
    def check(self, y: Array, call: str, eps: float | None = None) -> Array:
        """y, exactly in the closed range : (N, m). ValueError, in the name of `call`, if a target is not finite or lies
        further outside than rounding explains.

        eps : spacing at 1 of the numbers that y was given in, where that is not its own dtype's (half precision)
        """

    @abstractmethod
    def attained(self, y: Array) -> Array:
        """`y` moved into the range that `inverse` reads, 1e-6 inside an end that f never attains : (N, m)."""

    @abstractmethod
    def grounded(self, z: Array, weights: Array | None = None) -> Array:
        """`z` without what f ignores : (N, m). For softmax that is the mean of a row, for the others nothing.

        weights : (m,) of that mean, not negative, equal ones by default.
        """

    def hessian_product(self, z: Array, v: Array) -> Array:
        """Hessian of F at z times v, row by row : (N, m)."""
        xp = namespace(z, v)
        h, u = self.curvature(z)
        along = xp.sum(u * v[:, None, :], axis=-1, keepdims=True)
        return h * v - xp.sum(u * along, axis=-2)

    def to_json(self) -> dict[str, Any]:
        """Name and parameters; `transfer_from_json` inverts it."""
        return {"name": self.name, **asdict(self)}


def coupled_rows(transfer: AbstractTransfer, z: Array, y: Array) -> tuple[Array, Array, Array]:
    """`rows` of a function that couples its outputs, from its parts."""
    h, _ = transfer.curvature(z)
    return transfer.potential(z) - namespace(z, y).sum(y * z, axis=-1), transfer(z) - y, h


def first(mask: Array) -> tuple[int, ...]:
    """Index of the first True of `mask`, in row-major order."""
    return tuple(int(axis[0]) for axis in namespace(mask).nonzero(mask))
