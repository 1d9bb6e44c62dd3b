"""A feature map turns one number into the vector that a site of the network contracts."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import inf, isinf, log
from typing import Any

from tnsolve.algebra.arrays import Array, device_of, namespace
from tnsolve.checks import count

SLACK = 1e-6
"""`check` forgives this fraction of the width of the range: rounding at an end is no error."""


class FeatureMap(ABC):
    """phi : R -> R^d, applied elementwise: x of any shape (...,) to (..., d), in its floating dtype. Cost O(d) a value.

    dim       d
    low, high closed range that x is expected in; infinite where any number will do
    discrete  whether x must be an integer
    degree    |phi(x)| grows no faster than |x|^degree; 0 for a map that is bounded
    name      what `feature_map_from_json` finds it by
    remedy    what to do about a value that does not fit, for error messages
    """

    name: str
    dim: int
    low: float
    high: float
    discrete: bool
    remedy: str

    @property
    @abstractmethod
    def degree(self) -> int:
        """Of growth: |phi(x)| <= c (1 + |x|)^degree."""

    @abstractmethod
    def __call__(self, x: Array) -> Array:
        """phi(x) : (...,) -> (..., d)."""

    @property
    @abstractmethod
    def unit(self) -> tuple[float, ...] | None:
        """e with e . phi(x) = 1 for every x in range: how a network ignores a site. None if there is no such vector."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Name and parameters; `feature_map_from_json` inverts it exactly."""

    def check(self, x: Array, call: str) -> None:
        """Raise ValueError, in the name of `call`, if a value of x : (N, n) is not finite or does not fit this map."""
        check_columns(x, (self,) * x.shape[1], call)


def check_columns(x: Array, maps: Sequence[FeatureMap], call: str) -> None:
    """Raise ValueError for the worst value of x : (N, n) that does not fit the map of its column, if there is one."""
    xp = namespace(x)
    low, high, slack, discrete = (
        xp.asarray(values, dtype=x.dtype, device=device_of(x))
        for values in zip(*((m.low, m.high, slack_of(m), float(m.discrete)) for m in maps), strict=True)
    )
    finite = xp.isfinite(x)
    known = xp.where(finite, x, xp.zeros_like(x))
    outside = xp.maximum(low - known, known - high) - slack
    excess = xp.maximum(outside, discrete * xp.abs(known - xp.round(known)) - SLACK)
    excess = xp.where(finite, excess, xp.full_like(x, inf))
    if x.shape[0] and xp.any(excess > 0):
        row, column = divmod(int(xp.argmax(xp.reshape(excess, (-1,)))), x.shape[1])
        misfit = maps[column]
        kind = "integers" if misfit.discrete else "range"
        raise ValueError(
            f"{call} has the value {float(x[row, column])!r} in column {column}, row {row}, outside the {kind} "
            f"[{misfit.low:g}, {misfit.high:g}] of {misfit.name}; {misfit.remedy}."
        )
    if x.shape[0]:
        check_sizes(x, maps, call)


def check_sizes(x: Array, maps: Sequence[FeatureMap], call: str) -> None:
    """Raise ValueError for the first column of x : (N, n) whose site vectors would have a square beyond its dtype.

    The products of site vectors are of squares too, so that the limit is the root of what the dtype can hold.
    """
    xp = namespace(x)
    room = log(float(xp.finfo(x.dtype).max)) / 4
    tallest = xp.max(xp.abs(x), axis=0)
    for column, feature_map in enumerate(maps):
        size = float(tallest[column])
        if size > 1 and feature_map.degree * log(size) > room:
            raise ValueError(
                f"{call} has a value of size {size:g} in column {column}, too large for {feature_map.name}: squares of "
                f"its site vectors overflow in {x.dtype}; scale that column."
            )


def slack_of(feature_map: FeatureMap) -> float:
    """How far outside [low, high] a value may lie: a fraction of the width, 0 if that is infinite."""
    width = feature_map.high - feature_map.low
    return 0.0 if isinf(width) else SLACK * width


def require_dim(dim: Any, smallest: int, name: str) -> int:
    """`dim` as a Python integer. ValueError unless it is an integer of at least `smallest`."""
    try:
        return count(dim, f"{name}(dim=...)", smallest)
    except ValueError as error:
        raise ValueError(
            f"{name}(dim={dim!r}) must be an integer of at least {smallest}; use {name}({smallest}) or more."
        ) from error


def store(feature_map: FeatureMap, **values: Any) -> None:
    """Give fields of a frozen map their checked values."""
    for name, value in values.items():
        object.__setattr__(feature_map, name, value)
