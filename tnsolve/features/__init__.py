"""Feature maps phi : R -> R^d for the sites of a network, by factory and from JSON."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import inf
from operator import index
from typing import Any

import numpy as np

from tnsolve.algebra.arrays import Array
from tnsolve.algebra.records import Record
from tnsolve.checks import number
from tnsolve.features.abstract import FeatureMap, require_dim
from tnsolve.features.derived import Custom, Mixed
from tnsolve.features.local import Hats, OneHot
from tnsolve.features.polynomials import Chebyshev, Hermite, Legendre, Monomials
from tnsolve.features.product import ProductFeatures
from tnsolve.features.waves import Fourier, Trigonometric

__all__ = [
    "NAMED",
    "Chebyshev",
    "Custom",
    "FeatureMap",
    "Fourier",
    "Hats",
    "Hermite",
    "Legendre",
    "Mixed",
    "Monomials",
    "OneHot",
    "ProductFeatures",
    "Trigonometric",
    "chebyshev",
    "custom",
    "feature_map_from_json",
    "feature_named",
    "features_from_json",
    "fourier",
    "hats",
    "hermite",
    "legendre",
    "monomials",
    "onehot",
    "trigonometric",
]


def monomials(dim: int = 2) -> FeatureMap:
    """[1, x, ..., x^(d-1)]: dim = 2 makes the network affine in each x_s (`proofs/polynomials/multiaffine.py`)."""
    return Monomials(dim)


def trigonometric() -> FeatureMap:
    """[cos(pi x / 2), sin(pi x / 2)] for x in [0, 1]."""
    return Trigonometric()


def fourier(dim: int, *, period: float = 1.0) -> FeatureMap:
    """[1, sqrt 2 cos t, sqrt 2 sin t, ...] with t = 2 pi x / period, orthonormal on a period. `dim` is odd."""
    return Fourier(dim, period)


def legendre(dim: int) -> FeatureMap:
    """Legendre polynomials, orthonormal for x uniform on [-1, 1]."""
    return Legendre(dim)


def chebyshev(dim: int) -> FeatureMap:
    """Chebyshev polynomials, orthonormal for x of arcsine density on [-1, 1]."""
    return Chebyshev(dim)


def hermite(dim: int) -> FeatureMap:
    """Hermite polynomials, orthonormal for x standard normal."""
    return Hermite(dim)


def hats(knots: int | Sequence[float], *, low: float = 0.0, high: float = 1.0) -> FeatureMap:
    """Hat functions: on `knots` equidistant knots from `low` to `high`, or on the increasing knots themselves."""
    several: Any = knots
    if np.ndim(several):
        return Hats(tuple(several))
    count = require_dim(knots, 2, "hats")
    low, high = number(low, "hats(low=...)", -inf), number(high, "hats(high=...)", -inf)
    return Hats(tuple(low + (high - low) * k / (count - 1) for k in range(count)))


def onehot(dim: int) -> FeatureMap:
    """Indicators of the integers 0, ..., dim - 1."""
    return OneHot(dim)


def custom(
    function: Callable[[Array], Array], dim: int, *, low: float = -inf, high: float = inf, name: str = "custom"
) -> FeatureMap:
    """Any function from (...,) to (..., dim), written with array-API functions; expected range [low, high]."""
    return Custom(function, dim, low, high, name)


NAMED: dict[str, tuple[Callable[[int], FeatureMap], int]] = {
    "monomials": (monomials, 2),
    "trigonometric": (lambda dim: trigonometric(), 2),
    "legendre": (legendre, 2),
    "chebyshev": (chebyshev, 2),
    "hermite": (hermite, 2),
    "fourier": (partial(fourier, period=2.0), 3),
    "hats": (hats, 2),
}
"""What a word can name: how the map is made of its dimension, and its usual dimension. 0 and 1 are half a period of
Fourier apart, so that the two ends of a column stay different."""


def feature_named(text: str, dim: int | None = None) -> FeatureMap:
    """The map that `text` names: "legendre" or, with a dimension of its own, "legendre:3".

    dim : where the text has none; None for the usual one (`NAMED`). Trigonometric has two, whatever `dim` says.
    Raises ValueError for an unknown name or a dimension that the map cannot have.
    """
    name, colon, own = str(text).partition(":")
    if name not in NAMED:
        raise ValueError(f"the feature map {text!r} is unknown; use one of {', '.join(NAMED)}, or legendre:3.")
    build, usual = NAMED[name]
    try:
        built = build(int(own) if colon else usual if dim is None else index(dim))
        if colon and built.dim != int(own):
            raise ValueError(f"{name} has dimension {built.dim}")
    except ValueError as error:
        raise ValueError(f"the feature map {text!r} cannot be made ({error}); write name or name:dimension.") from error
    return built


PLAIN = {final.name: final for final in (Monomials, Legendre, Chebyshev, Hermite, OneHot)}
"""Maps of which a dimension is all there is to say."""
KNOWN = (*PLAIN, "trigonometric", "fourier", "hats", "mixed")
MOST_FEATURES = 2**20
MOST_LAYERS = 16


def feature_map_from_json(data: Mapping[str, Any]) -> FeatureMap:
    """Inverse of `FeatureMap.to_json`. ValueError for an unknown name, and for values of a wrong type or size.

    At most 2^20 features, and 16 mixed maps within each other: what a file asks for is bounded before it is made.
    """
    return _from_record(Record.of(data, "feature_map_from_json(data)"), MOST_LAYERS)


def features_from_json(data: Mapping[str, Any]) -> ProductFeatures:
    """Inverse of `ProductFeatures.to_json`. ValueError as `feature_map_from_json`."""
    maps = Record.of(data, "features_from_json(data)").records("maps")
    return ProductFeatures(tuple(_from_record(one, MOST_LAYERS) for one in maps))


def _from_record(record: Record, layers: int) -> FeatureMap:
    """A feature map of at most so many layers of mixing."""
    match record.text("name", longest=40):
        case "trigonometric":
            record.only("name")
            return Trigonometric()
        case "fourier":
            record.only("name", "dim", "period")
            return Fourier(record.integer("dim", low=1, high=MOST_FEATURES), record.number("period"))
        case "hats":
            record.only("name", "knots")
            return Hats(record.numbers("knots"))
        case "mixed" if layers:
            record.only("name", "base", "matrix")
            base = _from_record(record.record("base"), layers - 1)
            return Mixed(base, record.rows("matrix", base.dim))
        case "mixed":
            raise ValueError(f"{record.place} mixes more than {MOST_LAYERS} times; multiply the matrices.")
        case name if name in PLAIN:
            record.only("name", "dim")
            return PLAIN[name](record.integer("dim", low=1, high=MOST_FEATURES))
        case name:
            raise ValueError(
                f"{record.place} has the name {name!r}, which is no feature map; known: {', '.join(KNOWN)}."
            )
