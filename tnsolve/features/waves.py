"""Feature maps of cosines and sines: the quarter wave of Stoudenmire and Schwab, and the Fourier basis of a period."""

from dataclasses import dataclass
from math import inf, pi, sqrt
from typing import Any, ClassVar

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.checks import number
from tnsolve.features.abstract import FeatureMap, require_dim, store


@dataclass(frozen=True)
class Trigonometric(FeatureMap):
    """[cos(pi x / 2), sin(pi x / 2)] on [0, 1]: a vector of norm 1, from (1, 0) for black to (0, 1) for white.

    Source: Stoudenmire and Schwab, "Supervised Learning with Tensor Networks" (arXiv 1605.05775), eq. 3.
    """

    name: ClassVar[str] = "trigonometric"
    dim: ClassVar[int] = 2
    low: ClassVar[float] = 0.0
    high: ClassVar[float] = 1.0
    discrete: ClassVar[bool] = False
    remedy: ClassVar[str] = "scale that column into [0, 1]"

    @property
    def degree(self) -> int:
        """0: bounded."""
        return 0

    def __call__(self, x: Array) -> Array:
        xp = namespace(x)
        angle = x * (pi / 2)
        return xp.stack([xp.cos(angle), xp.sin(angle)], axis=-1)

    @property
    def unit(self) -> None:
        """None: cosine and sine of a quarter wave span no constant."""
        return None

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name}


@dataclass(frozen=True)
class Fourier(FeatureMap):
    """[1, sqrt 2 cos t, sqrt 2 sin t, sqrt 2 cos 2t, ...], t = 2 pi x / period; d odd.

    Orthonormal under the uniform probability measure on one period.
    """

    dim: int
    period: float = 1.0

    name: ClassVar[str] = "fourier"
    low: ClassVar[float] = -inf
    high: ClassVar[float] = inf
    discrete: ClassVar[bool] = False
    remedy: ClassVar[str] = "replace the values that are not finite or drop those rows"

    def __post_init__(self) -> None:
        store(self, dim=require_dim(self.dim, 1, self.name), period=number(self.period, "fourier(period=...)", -inf))
        if self.dim % 2 == 0:
            raise ValueError(
                f"fourier(dim={self.dim}) must be odd, 1 + 2 for each frequency; use fourier({self.dim + 1})."
            )
        if not 0 < self.period < inf:
            raise ValueError(f"fourier(period={self.period!r}) must be positive; use the length after which x repeats.")

    @property
    def degree(self) -> int:
        """0: bounded."""
        return 0

    def __call__(self, x: Array) -> Array:
        """Each frequency is the one before it, turned by t."""
        xp = namespace(x)
        angle = x * (2 * pi / self.period)
        cos, sin = xp.cos(angle), xp.sin(angle)
        values, c, s = [xp.ones_like(x)], sqrt(2) * cos, sqrt(2) * sin
        for _ in range(self.dim // 2):
            values += [c, s]
            c, s = c * cos - s * sin, s * cos + c * sin
        return xp.stack(values, axis=-1)

    @property
    def unit(self) -> tuple[float, ...]:
        """(1, 0, ..., 0)."""
        return (1.0, *[0.0] * (self.dim - 1))

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "dim": self.dim, "period": self.period}
