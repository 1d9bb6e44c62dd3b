"""Feature maps that are partitions of unity: hat functions on knots, and one indicator for each category."""

from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import Any, ClassVar

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.checks import number
from tnsolve.features.abstract import FeatureMap, require_dim, store


@dataclass(frozen=True)
class Hats(FeatureMap):
    """Linear B-splines on increasing knots: phi_k is 1 at knot k, 0 at all others, linear between, constant outside."""

    knots: tuple[float, ...]

    name: ClassVar[str] = "hats"
    discrete: ClassVar[bool] = False
    remedy: ClassVar[str] = "scale that column, or spread the knots: hats(knots, low=..., high=...)"

    def __post_init__(self) -> None:
        store(self, knots=tuple(number(knot, "hats(knots=...)", -inf) for knot in self.knots))
        increasing = all(a < b for a, b in pairwise(self.knots))
        if len(self.knots) < 2 or not increasing:
            raise ValueError(
                f"hats(knots={self.knots!r}) needs at least two finite increasing knots; use sorted(set(knots))."
            )

    @property
    def dim(self) -> int:
        """One hat for each knot."""
        return len(self.knots)

    @property
    def low(self) -> float:
        """The first knot."""
        return self.knots[0]

    @property
    def high(self) -> float:
        """The last knot."""
        return self.knots[-1]

    @property
    def degree(self) -> int:
        """0: bounded."""
        return 0

    def __call__(self, x: Array) -> Array:
        """phi_k = r_k - r_(k+1), where r_k climbs from 0 at knot k - 1 to 1 at knot k, r_0 = 1 and r_d = 0."""
        xp = namespace(x)
        climbs = [xp.minimum(xp.maximum((x - a) / (b - a), 0.0), 1.0) for a, b in pairwise(self.knots)]
        steps = [xp.ones_like(x), *climbs, xp.zeros_like(x)]
        return xp.stack([here - after for here, after in pairwise(steps)], axis=-1)

    @property
    def unit(self) -> tuple[float, ...]:
        """(1, ..., 1)."""
        return (1.0,) * self.dim

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "knots": list(self.knots)}


@dataclass(frozen=True)
class OneHot(FeatureMap):
    """phi_k(x) = 1 if x = k, else 0, for integers x = 0, ..., d - 1: a table over categories."""

    dim: int

    name: ClassVar[str] = "onehot"
    low: ClassVar[float] = 0.0
    discrete: ClassVar[bool] = True
    remedy: ClassVar[str] = "number the categories 0, 1, ..., or use onehot(dim) with a larger dim"

    def __post_init__(self) -> None:
        store(self, dim=require_dim(self.dim, 1, self.name))

    @property
    def high(self) -> float:
        """d - 1."""
        return self.dim - 1.0

    @property
    def degree(self) -> int:
        """0: bounded."""
        return 0

    def __call__(self, x: Array) -> Array:
        xp = namespace(x)
        category = xp.round(x)
        return xp.stack([xp.astype(category == k, x.dtype) for k in range(self.dim)], axis=-1)

    @property
    def unit(self) -> tuple[float, ...]:
        """(1, ..., 1)."""
        return (1.0,) * self.dim

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "dim": self.dim}
