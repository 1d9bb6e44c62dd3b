"""Softmax, and the mixture of two softmaxes that is Hinton's distillation loss: F is a sum of scaled logsumexp."""

from dataclasses import dataclass
from math import inf
from typing import ClassVar

from tnsolve.algebra.arrays import Array, device_of, namespace
from tnsolve.algebra.kernels import transfer_kernels_for
from tnsolve.checks import number
from tnsolve.transfer.abstract import AbstractTransfer, coupled_rows, first
from tnsolve.transfer.elementary import EDGE, entropic


@dataclass(frozen=True)
class Softmax(AbstractTransfer):
    """f(z) = softmax(z / T), F(z) = T log sum_j exp(z_j / T), T = temperature > 0.

    F*(y) = T sum_j y_j log y_j on the simplex; the matching loss is T KL(y || f(z)). F(z + c) = F(z) + c: adding a
    constant to z changes neither f nor any divergence, and `inverse` is the z of zero mean.
    """

    temperature: float = 1.0

    name: ClassVar[str] = "softmax"
    classes: ClassVar[bool] = True
    low: ClassVar[float] = 0.0
    high: ClassVar[float] = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "temperature", positive_temperature(self.temperature, "Softmax"))

    @property
    def bound(self) -> float:
        """1 / (2 T): the largest eigenvalue of diag(p) - p p^T is 1/2, at p = (1/2, 1/2).

        Source: proofs/sweeps/curvature.py.
        """
        return 0.5 / self.temperature

    def potential(self, z: Array) -> Array:
        """T log sum_j exp(z_j / T) : (N,)."""
        return self.temperature * logsumexp(z / self.temperature)[:, 0]

    def __call__(self, z: Array) -> Array:
        """softmax(z / T) : (N, m)."""
        return transfer_kernels_for(z).softmax(z / self.temperature)

    def curvature(self, z: Array) -> tuple[Array, Array]:
        """(diag(p) - p p^T) / T: h = p / T and the one row u = p / sqrt(T)."""
        p = self(z)
        return p / self.temperature, (p / self.temperature**0.5)[:, None, :]

    def rows(self, z: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
        """One exponential for all three; `weights` are not read."""
        value, residual, p = transfer_kernels_for(z).softmax_rows(z / self.temperature, y)
        return self.temperature * value, residual, p / self.temperature

    def inverse(self, y: Array) -> Array:
        """T log y less its mean, y first raised to at least 1e-6 : (N, m)."""
        xp = namespace(y)
        logs = self.temperature * xp.log(xp.maximum(y, EDGE))
        return logs - xp.mean(logs, axis=-1, keepdims=True)

    def conjugate(self, y: Array) -> Array:
        """T sum_j y_j log y_j : (N,); +inf where a row is no distribution to the tolerance of `check`."""
        xp = namespace(y)
        values = self.temperature * xp.sum(entropic(y), axis=-1)
        return xp.where(on_simplex(y, 1.0), values, xp.full_like(values, inf))

    def loss(self, z: Array, y: Array) -> Array:
        """T KL(y || f(z)) : (N,)."""
        return self.temperature * transfer_kernels_for(z).softmax_divergence(z / self.temperature, y)

    def divergence(self, a: Array, b: Array) -> Array:
        """T KL(f(b) || f(a)) : (N,)."""
        return self.loss(a, self(b))

    def attained(self, y: Array) -> Array:
        """f(f^-1(y)): entries below 1e-6 raised to it, rows scaled to sum 1."""
        return self(self.inverse(y))

    def grounded(self, z: Array, weights: Array | None = None) -> Array:
        """z less the mean of each row."""
        return centred(z, weights)

    def check(self, y: Array, call: str, eps: float | None = None) -> Array:
        """Rows scaled to sum exactly 1. ValueError for a negative entry, or a sum further off than `slack` says."""
        advice = "pass probabilities (softmax of the logits) or one-hot rows; divide rounded ones by their sum"
        return renormalised(y, 1.0, eps, f"{call} for softmax", advice)


@dataclass(frozen=True)
class TemperedSoftmax(AbstractTransfer):
    """Hinton's distillation loss as a matching loss: F = s T F_T + (1 - s) F_1, F_T = T log sum_j exp(z_j / T).

    s = soft is the share of the teacher's tempered probabilities p, 1 - s that of the labels. With the targets
    y = s T p + (1 - s) onehot (see `targets`),

        loss(z, y) = F(z) - y.z = s T^2 CE(p, softmax(z / T)) + (1 - s) CE(onehot, softmax(z)),

    gradient f(z) - y. F* has no closed form here, so the loss omits it: its minimum over z is -F*(y) >= 0, not 0.
    The rows of f and of y sum to s T + 1 - s. `divergence` is exact and vanishes at a = b.

    Source: Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network" (arXiv 1503.02531), section 2.
    """

    temperature: float
    soft: float

    name: ClassVar[str] = "tempered_softmax"
    low: ClassVar[float] = 0.0
    bound: ClassVar[float] = 0.5

    def __post_init__(self) -> None:
        object.__setattr__(self, "temperature", positive_temperature(self.temperature, "TemperedSoftmax"))
        object.__setattr__(self, "soft", number(self.soft, "TemperedSoftmax(soft=...)", -inf))
        if not 0 <= self.soft <= 1:
            raise ValueError(
                f"TemperedSoftmax(soft={self.soft!r}) is no share; use 0 (labels only) to 1 (teacher only)."
            )

    @property
    def high(self) -> float:
        """s T + 1 - s, also the sum of every row."""
        return self.soft * self.temperature + 1 - self.soft

    @property
    def parts(self) -> tuple[tuple[float, Softmax], tuple[float, Softmax]]:
        """The two scaled potentials: (s T, F_T) and (1 - s, F_1)."""
        return (self.soft * self.temperature, Softmax(self.temperature)), (1 - self.soft, Softmax())

    def targets(self, logits: Array, labels: Array) -> Array:
        """s T softmax(logits / T) + (1 - s) onehot(labels) : (N, m).

        logits : (N, m) of the teacher    labels : (N,) integers in 0 ... m - 1, else ValueError.
        """
        xp = namespace(logits, labels)
        classes = logits.shape[1]
        wrong = (labels < 0) | (labels >= classes)
        if xp.any(wrong):
            (row,) = first(wrong)
            raise ValueError(
                f"targets(labels=...) has the class {int(labels[row])} at row {row}, but the logits have "
                f"{classes} columns; number the classes from 0 to {classes - 1}."
            )
        columns = xp.arange(classes, dtype=labels.dtype, device=device_of(labels))
        onehot = xp.astype(labels[:, None] == columns[None, :], logits.dtype)
        (warm, tempered), (hard, _) = self.parts
        return warm * tempered(logits) + hard * onehot

    def potential(self, z: Array) -> Array:
        """s T F_T(z) + (1 - s) F_1(z) : (N,)."""
        (warm, tempered), (hard, plain) = self.parts
        return warm * tempered.potential(z) + hard * plain.potential(z)

    def __call__(self, z: Array) -> Array:
        """s T softmax(z / T) + (1 - s) softmax(z) : (N, m)."""
        (warm, tempered), (hard, plain) = self.parts
        return warm * tempered(z) + hard * plain(z)

    def curvature(self, z: Array) -> tuple[Array, Array]:
        """h = s p_T + (1 - s) p_1 and two rows u: sqrt(s) p_T and sqrt(1 - s) p_1."""
        xp = namespace(z)
        (_, tempered), (hard, plain) = self.parts
        p, q = tempered(z), plain(z)
        return self.soft * p + hard * q, xp.stack([self.soft**0.5 * p, hard**0.5 * q], axis=1)

    def rows(self, z: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
        """`weights` are not read."""
        return coupled_rows(self, z, y)

    def inverse(self, y: Array) -> Array:
        """Raises NotImplementedError: f^-1 has no closed form."""
        raise NotImplementedError(
            "TemperedSoftmax.inverse has no closed form; start from softmax.inverse of y / y.sum."
        )

    def conjugate(self, y: Array) -> Array:
        """Raises NotImplementedError: F* has no closed form."""
        raise NotImplementedError(
            "TemperedSoftmax.conjugate has no closed form; `loss` and `divergence` do without it."
        )

    def loss(self, z: Array, y: Array) -> Array:
        """F(z) - y.z, Hinton's loss : (N,). At least -F*(y) >= 0."""
        xp = namespace(z, y)
        z = z - xp.max(z, axis=-1, keepdims=True)
        return self.potential(z) - xp.sum(y * z, axis=-1)

    def divergence(self, a: Array, b: Array) -> Array:
        """s T D_T(a, b) + (1 - s) D_1(a, b) : (N,)."""
        (warm, tempered), (hard, plain) = self.parts
        return warm * tempered.divergence(a, b) + hard * plain.divergence(a, b)

    def attained(self, y: Array) -> Array:
        """Raises NotImplementedError, as `inverse` does."""
        return self.inverse(y)

    def grounded(self, z: Array, weights: Array | None = None) -> Array:
        """z less the mean of each row."""
        return centred(z, weights)

    def check(self, y: Array, call: str, eps: float | None = None) -> Array:
        """Rows scaled to sum exactly s T + 1 - s, from a sum within the relative tolerance of softmax."""
        advice = "build targets with TemperedSoftmax.targets"
        return renormalised(y, self.high, eps, f"{call} for tempered_softmax", advice)


def centred(z: Array, weights: Array | None) -> Array:
    """Rows less their weighted means."""
    xp = namespace(z)
    weights = xp.ones_like(z[:1, :]) if weights is None else weights[None, :]
    return z - xp.sum(z * weights, axis=-1, keepdims=True) / xp.sum(weights)


def logsumexp(z: Array) -> Array:
    """log sum_j e^(z_j) over the last axis, which stays with dimension 1."""
    xp = namespace(z)
    top = xp.max(z, axis=-1, keepdims=True)
    return top + xp.log(xp.sum(xp.exp(z - top), axis=-1, keepdims=True))


def slack(y: Array, eps: float | None = None) -> float:
    """How far the sum of a row of probabilities may be off, relative to what it should be.

    A softmax of m classes computed in numbers of spacing eps sums to 1 within (m + 2) eps / 2: half a spacing for each
    exponential, each addition, the division and the rounding of the result, relative to terms that sum to 1. At least
    1e-6 of numbers given in double precision, and 1e-3 of others: single precision often holds what was half.
    """
    own = float(namespace(y).finfo(y.dtype).eps)
    eps = own if eps is None else eps
    return max((y.shape[-1] + 2) * max(eps, own) / 2, 1e-6 if eps < 1e-10 else 1e-3)


def on_simplex(y: Array, total: float, eps: float | None = None) -> Array:
    """Whether a row is non-negative with sum `total`, within the relative tolerance `slack` : (N,)."""
    xp = namespace(y)
    return xp.all(y >= 0, axis=-1) & (xp.abs(xp.sum(y, axis=-1) - total) <= slack(y, eps) * total)


def renormalised(y: Array, total: float, eps: float | None, call: str, advice: str) -> Array:
    """Rows scaled to sum `total`. ValueError for the first that is not on that simplex."""
    xp = namespace(y)
    wrong = ~on_simplex(y, total, eps)
    if xp.any(wrong):
        (row,) = first(wrong)
        raise ValueError(
            f"{call} has target row {row} with smallest entry {float(xp.min(y[row, :])):.6g} and "
            f"sum {float(xp.sum(y[row, :])):.6g}, not entries >= 0 of sum {total:g}; {advice}."
        )
    return y * (total / xp.sum(y, axis=-1, keepdims=True))


def positive_temperature(temperature: float, call: str) -> float:
    """`temperature` as a Python number. ValueError unless it is positive and finite."""
    temperature = number(temperature, f"{call}(temperature=...)", -inf)
    if temperature <= 0:
        raise ValueError(f"{call}(temperature={temperature!r}) is not positive; use 1.0, or more to soften.")
    return temperature
