"""From a user's units to a student's and back: columns onto the window of a map, targets to mean 0 and variance 1.

Everything is first brought to [-1, 1] by a power of two, which moves no bit: then no width and no square of a number
that its dtype holds can overflow or vanish.
"""

from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Self

import numpy as np

from tnsolve import features as maps
from tnsolve.features import FeatureMap


@dataclass(frozen=True, eq=False)
class Scaling:
    """Each column, first clipped to the [low, high] it had in the data, moved affinely onto [bottom, top].

    A column that was constant goes to the middle.   low, high : (columns,)
    """

    low: np.ndarray
    high: np.ndarray
    bottom: float
    top: float

    @classmethod
    def of(cls, x: np.ndarray, feature_map: FeatureMap) -> Self:
        """The scaling of the columns of x : (N, columns) onto the window of a feature map."""
        return cls(x.min(axis=0), x.max(axis=0), *window(feature_map))

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """x : (N, columns) -> (N, columns), in its dtype."""
        unit = exponents(np.stack([self.low, self.high])) + 1
        low, high = np.ldexp(self.low, -unit), np.ldexp(self.high, -unit)
        width = high - low
        varies = width > 0
        inside = np.ldexp(np.clip(x, self.low, self.high), -unit) - low
        place = np.where(varies, inside / np.where(varies, width, 1), 0.5)
        return (self.bottom + (self.top - self.bottom) * place).astype(x.dtype)


def window(feature_map: FeatureMap) -> tuple[float, float]:
    """The interval onto which columns are scaled: the range of the map, and where that is infinite

    hermite  [-sqrt 3, sqrt 3], on which a uniform column has variance 1
    fourier  half a period, so that the two ends of a column stay apart
    others   [-1, 1], or the interval of length 2 next to it in the range
    """
    low, high = feature_map.low, feature_map.high
    match feature_map:
        case maps.Hermite():
            return -sqrt(3), sqrt(3)
        case maps.Fourier(period=period):
            return 0.0, period / 2
    if isfinite(low) and isfinite(high):
        return low, high
    bottom = max(low, min(-1.0, high - 2))
    return bottom, bottom + 2


@dataclass(frozen=True, eq=False)
class Standard:
    """Targets less their weighted mean, in units of their standard deviation, column by column, in float64.

    centre, spread : (m,) in units of 2^exponent; the spread is 2^exponent where the deviation is rounding of the mean
    """

    centre: np.ndarray
    spread: np.ndarray
    exponent: np.ndarray

    @classmethod
    def of(cls, y: np.ndarray, w: np.ndarray) -> Self:
        """That of targets y : (N, m) under weights w : (N,)."""
        exponent = exponents(y)
        unit = np.ldexp(y.astype(np.float64), -exponent)
        shares = w.astype(np.float64) / w.sum(dtype=np.float64)
        centre = shares @ unit
        spread = np.sqrt(shares @ (unit - centre) ** 2)
        varies = spread > len(y) * np.finfo(np.float64).eps * np.abs(centre)
        return cls(centre, np.where(varies, spread, 1.0), exponent)

    @classmethod
    def none(cls, y: np.ndarray) -> Self:
        """That which leaves targets y : (N, m) as they are."""
        blank = np.zeros(y.shape[1])
        return cls(blank, blank + 1, blank.astype(np.intc))

    def __call__(self, y: np.ndarray) -> np.ndarray:
        """y : (N, m) -> (N, m)."""
        return (np.ldexp(y.astype(np.float64), -self.exponent) - self.centre) / self.spread

    @property
    def mean(self) -> np.ndarray:
        """(m,), in the units of the targets."""
        return np.ldexp(self.centre, self.exponent)

    @property
    def deviation(self) -> np.ndarray:
        """(m,), in the units of the targets."""
        return np.ldexp(self.spread, self.exponent)

    def undone(self, units: np.ndarray) -> np.ndarray:
        """The targets that `units` : (N, m) stand for; one too large for float64 becomes its largest number."""
        most = np.finfo(np.float64).max
        with np.errstate(over="ignore"):
            return np.clip(np.ldexp(self.centre + self.spread * units, self.exponent), -most, most)


def exponents(x: np.ndarray) -> np.ndarray:
    """The least power of two above the size of each column of x : (N, columns), as its exponent."""
    return np.frexp(np.abs(x).max(axis=0))[1]
