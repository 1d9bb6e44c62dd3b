"""Means and second moments of samples, summed in double precision block by block, whatever the samples' own dtype."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, Self

from tnsolve import checks
from tnsolve.algebra.arrays import Array, namespace
from tnsolve.environments.abstract import require_squares

ENTRIES, ROWS = 2**22, 2048


@dataclass(frozen=True, eq=False)
class Spread:
    """Of rows z (N, k) with weights w: sum w, E z (k,), and E (z - E z)(z - E z)' (k, k), all float64.

    widths : how many columns each of the arrays has that z is made of
    """

    samples: float
    mean: Array
    second: Array
    widths: tuple[int, ...]

    @classmethod
    def of(cls, parts: tuple[Array, ...], weights: Array | None = None) -> Self:
        """Of samples whose columns stand in several arrays (N, k_1), (N, k_2), ...

        Each block is centred about its own mean before it is squared, so that no offset of the columns costs digits.
        Cost O(N k^2), memory k^2 and one block.
        """
        count, width = parts[0].shape[0], sum(part.shape[1] for part in parts)
        length = max(ROWS, ENTRIES // width)
        spans = [slice(start, start + length) for start in range(0, count, length)]
        return reduce(add, (cls._block(parts, weights, span) for span in spans))

    @classmethod
    def _block(cls, parts: tuple[Array, ...], weights: Array | None, span: slice) -> Self:
        xp = namespace(*parts)
        rows = [xp.astype(part[span, ...], xp.float64, copy=False) for part in parts]
        z = rows[0] if len(rows) == 1 else xp.concat(rows, axis=1)
        widths = tuple(part.shape[1] for part in parts)
        if weights is None:
            mean = xp.mean(z, axis=0)
            z = z - mean
            return cls(float(z.shape[0]), mean, z.T @ z / z.shape[0], widths)
        heavy = xp.astype(weights[span], xp.float64, copy=False)
        total = float(xp.sum(heavy))
        shares = heavy / (total or 1.0)
        mean = shares @ z
        z = xp.sqrt(shares)[:, None] * (z - mean)
        return cls(total, mean, z.T @ z, widths)

    @property
    def raw(self) -> Array:
        """E z z'."""
        return self.second + self.mean[:, None] * self.mean

    def __add__(self, other: Self) -> Self:
        """Of both sets of samples (Chan, Golub and LeVeque 1983)."""
        total = self.samples + other.samples
        share = other.samples / total if total else 0.0
        step = other.mean - self.mean
        second = pooled(share, self.second, other.second, step, step)
        return type(self)(total, self.mean + share * step, second, self.widths)


def pooled(share: float, one: Array, other: Array, rows: Array, columns: Array) -> Array:
    """A product moment of two sets of samples about their joint means, by the parallel-axis theorem.

    share : of the samples in the other set    rows, columns : by how much its means differ
    """
    return (1 - share) * one + share * other + share * (1 - share) * rows[:, None] * columns


def spread_of(blocks: Iterable[tuple[Any, ...]], call: str, names: tuple[str, ...], weighted: bool) -> Spread:
    """Of blocks of samples, one array (N, k_i) for each of `names`, and weights (N,) after them where `weighted`.

    Empty blocks count for nothing. Raises ValueError, in the name of `call`, for arrays that the rule book refuses,
    columns that differ from block to block, negative weights, no samples at all, and squares that no float holds.
    """
    total: Spread | None = None
    widths: list[int | None] = [None] * len(names)
    for block in blocks:
        parts = _parts(block, call, names, widths)
        widths = [part.shape[1] for part in parts]
        weights = None
        if weighted:
            weights = checks.array(block[-1], f"{call}(weights=...)", shape=(parts[0].shape[0],), empty=True)
            checks.weights(weights, call, parts[0])
        if parts[0].shape[0]:
            spread = Spread.of(parts, weights)
            total = spread if total is None else total + spread
    if total is None:
        raise ValueError(f"{call}({names[0]}=...) holds no samples; pass at least one.")
    return total


def _parts(block: tuple[Any, ...], call: str, names: tuple[str, ...], widths: list[int | None]) -> tuple[Array, ...]:
    """The arrays of one block, each with as many rows as the first."""
    parts: list[Array] = []
    for value, name, width in zip(block, names, widths, strict=False):
        rows = parts[0].shape[0] if parts else None
        parts.append(checks.array(value, f"{call}({name}=...)", shape=(rows, width), empty=True))
        if parts[-1].size:
            require_squares(parts[-1], f"{call}({name}=...)")
    if any(part.shape[1] == 0 for part in parts):
        raise ValueError(f"{call}(...) has an array without columns; pass at least one.")
    return tuple(parts)
