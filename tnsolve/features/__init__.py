"""Feature maps phi : R -> R^d for the sites of a network, by factory and from JSON."""

from collections.abc import Callable, Sequence
from functools import partial
from math import inf
from operator import index
from typing import Any

from tnsolve.algebra.arrays import Array
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
    if not isinstance(knots, int):
        return Hats(tuple(map(float, knots)))
    require_dim(knots, 2, "hats")
    return Hats(tuple(low + (high - low) * k / (knots - 1) for k in range(knots)))


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


PLAIN = {final.name: final for final in (Monomials, Trigonometric, Fourier, Legendre, Chebyshev, Hermite, OneHot)}


def feature_map_from_json(data: dict[str, Any]) -> FeatureMap:
    """Inverse of `FeatureMap.to_json`. ValueError for an unknown name."""
    match data:
        case {"name": "hats", "knots": knots}:
            return Hats(tuple(knots))
        case {"name": "mixed", "base": base, "matrix": matrix}:
            return Mixed(feature_map_from_json(base), tuple(map(tuple, matrix)))
        case {"name": name, **parameters} if name in PLAIN:
            return PLAIN[name](**parameters)
    known = ", ".join((*PLAIN, "hats", "mixed"))
    raise ValueError(f"feature_map_from_json({data!r}) names no feature map; known: {known}.")


def features_from_json(data: dict[str, Any]) -> ProductFeatures:
    """Inverse of `ProductFeatures.to_json`."""
    return ProductFeatures(tuple(map(feature_map_from_json, data["maps"])))
