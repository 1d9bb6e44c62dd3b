"""Exact moments of a finite distribution, given as pairs (probability, value)."""

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import Any

Law = Sequence[tuple[Any, Any]]


def mean(law: Law) -> Any:
    """E v."""
    return sum(chance * value for chance, value in law)


def variance(law: Law) -> Any:
    """E (v - E v)^2."""
    centre = mean(law)
    return mean([(chance, (value - centre) ** 2) for chance, value in law])


def draws(law: Law, count: int) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Every outcome of independent draws, with its probability."""
    for outcome in product(law, repeat=count):
        yield prod(chance for chance, _ in outcome), tuple(value for _, value in outcome)
