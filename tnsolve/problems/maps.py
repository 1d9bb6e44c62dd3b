"""A linear map from a region's tensor to the predictions of all samples: what an environment leaves of the network."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import log
from typing import NamedTuple, Self

from tnsolve.algebra.arrays import Array, Pool, namespace
from tnsolve.problems.grams import pair_gram
from tnsolve.problems.unknown import AbstractUnknown

Factors = tuple[Array, Array, Array]


class Kernels(NamedTuple):
    """Row kernels of a map; each takes the three factors of some samples first.

    predict : factors, theta -> z    pull : factors, g -> theta    curve : factors, h, u, weights, theta -> theta
    """

    predict: Callable[..., Array]
    pull: Callable[..., Array]
    curve: Callable[..., Array]


@dataclass(frozen=True)
class AbstractMap(AbstractUnknown):
    """z = mv(theta), z : (N, m), linear in theta.

    shift is the log by which the messages were scaled down. Every sum over samples runs span by span on `pool`.
    """

    legs: tuple[str, ...]
    dims: tuple[int, ...]
    shift: float
    pool: Pool

    @property
    @abstractmethod
    def samples(self) -> int:
        """N."""

    @property
    @abstractmethod
    def kernels(self) -> Kernels:
        """The three row kernels of this map."""

    @abstractmethod
    def factors(self, span: slice) -> Factors:
        """What the kernels take of some samples."""

    def measured(self, unit: float) -> Self:
        """The same with z in units of `unit`."""
        return replace(self, shift=self.shift - log(unit))

    def mv(self, theta: Array) -> Array:
        """Predictions (N, m), one pass over the samples."""
        predict = self.kernels.predict
        return namespace(theta).concat(self.pool.map(lambda span: predict(*self.factors(span), theta), self.samples))

    def rmv(self, g: Array) -> Array:
        """The adjoint: sum(g * mv(theta)) = sum(rmv(g) * theta) for g (N, m), one pass."""
        pull = self.kernels.pull
        return self.pool.sum(lambda span: pull(*self.factors(span), g[span, ...]), self.samples)

    def bent(self, h: Array, u: Array, weights: Array) -> Callable[[Array], Array]:
        """v -> rmv(w (diag(h) - sum_k u_k u_k') mv(v)), fused: one pass for each product.

        h : (N, m)    u : (N, k, m)    weights : (N,)
        """
        curve = self.kernels.curve

        def part(span: slice, v: Array) -> Array:
            return curve(*self.factors(span), h[span, ...], u[span, ...], weights[span], v)

        return lambda v: self.pool.sum(lambda span: part(span, v), self.samples)

    @abstractmethod
    def gram(self, weights: Array) -> Array:
        """sum_n w_n (design row)(design row)', (D, D): acts on every column of `columns(theta)` alike."""

    @abstractmethod
    def columns(self, theta: Array) -> Array:
        """theta as (D, k), k columns that the Gram treats alike."""

    @abstractmethod
    def from_columns(self, columns: Array) -> Array:
        """Inverse of `columns`."""

    @abstractmethod
    def mean_eigenvalue(self, weights: Array) -> float:
        """trace(gram) / D without the Gram."""

    @abstractmethod
    def gram_cost(self) -> float:
        """Multiply-adds of a Gram and its Cholesky factor, in units of those of a large product."""

    @abstractmethod
    def product_cost(self) -> float:
        """Multiply-adds of one product of `bent`, in the same units."""


@dataclass(frozen=True)
class AbstractJoined(AbstractMap):
    """A map whose design rows are left x site x right.

    left : (N, a)    site : (N, d)    right : (N, b), or (N, m, b) where it carries the label
    """

    left: Array
    site: Array
    right: Array

    @property
    def samples(self) -> int:
        """N."""
        return self.left.shape[0]

    def factors(self, span: slice) -> Factors:
        """Rows of `left`, `site` and `right`."""
        return self.left[span, ...], self.site[span, ...], self.right[span, ...]

    def gram(self, weights: Array) -> Array:
        """(a d b, a d b): the rows of all outputs are added.   Source: proofs/sweeps/linearity.py."""
        return pair_gram(self.left, self.site, self.right, weights, self.pool)
