"""How a size becomes legs: balanced factors, and a little padding where the size has none."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Factorisation:
    """legs multiply to `padded`, the size itself or the next that factors well."""

    size: int
    padded: int
    legs: tuple[int, ...]

    def __str__(self) -> str:
        note = "" if self.padded == self.size else f", padded by {self.padded - self.size}"
        return f"{self.size} = {' x '.join(map(str, self.legs))}{note}"


def factorise(size: int, legs: int, *, spread: float = 2.0) -> Factorisation:
    """`legs` factors of `size` as equal as can be, the smallest at the ends: 784 -> 4, 7, 7, 4.

    Where the largest factor exceeds `spread` times the geometric mean, the size is raised until it does not: a prime is
    padded by a few. Raises ValueError for a size or a number of legs below 1.
    """
    if size < 1 or legs < 1:
        raise ValueError(f"factorise(size={size}, legs={legs}) needs two integers of at least 1.")
    padded = size
    while True:
        best = min(_factors(padded, legs, 1), key=lambda found: sum(factor**2 for factor in found))
        if max(best) <= spread * padded ** (1 / legs) or legs == 1:
            return Factorisation(size, padded, _ends_small(best))
        padded += 1


def _factors(size: int, legs: int, least: int) -> Iterator[tuple[int, ...]]:
    """All ways to write `size` as `legs` factors in rising order, none below `least`."""
    if legs == 1:
        if size >= least:
            yield (size,)
        return
    factor = least
    while factor**legs <= size:
        if size % factor == 0:
            yield from ((factor, *rest) for rest in _factors(size // factor, legs - 1, factor))
        factor += 1


def _ends_small(rising: tuple[int, ...]) -> tuple[int, ...]:
    """From rising order to a profile that rises and falls."""
    return (*rising[::2], *rising[1::2][::-1])
