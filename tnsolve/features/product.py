"""Product features: one feature map for each site, Phi(x) = phi_1(x_1) x ... x phi_n(x_n)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.features.abstract import FeatureMap, check_columns
from tnsolve.features.derived import Mixed, whitening


@dataclass(frozen=True, repr=False)
class ProductFeatures:
    """The site vectors phi_s(x[n, s]) of a network, site by site; their product is never formed."""

    maps: tuple[FeatureMap, ...]

    def __post_init__(self) -> None:
        if not self.maps:
            raise ValueError("ProductFeatures(maps=()) has no site; give one feature map for each column of x.")

    @classmethod
    def of(cls, maps: "FeatureMap | Iterable[FeatureMap] | ProductFeatures", sites: int) -> "ProductFeatures":
        """One map for every site, or as many maps as there are sites. ValueError if they are not as many."""
        several = maps.maps if isinstance(maps, ProductFeatures) else maps
        each = (several,) * sites if isinstance(several, FeatureMap) else tuple(several)
        if len(each) != sites:
            raise ValueError(
                f"ProductFeatures.of(maps=...) has {len(each)} maps for {sites} sites; give {sites}, or one for all."
            )
        return cls(each)

    def __repr__(self) -> str:
        kinds = list(dict.fromkeys(f"{one.name}({one.dim})" for one in self.maps))
        several = f" and {len(kinds) - 3} others" if len(kinds) > 3 else ""
        return f"ProductFeatures({len(self.maps)} sites of {', '.join(kinds[:3])}{several})"

    @property
    def dims(self) -> tuple[int, ...]:
        """Dimension of each site vector."""
        return tuple(feature_map.dim for feature_map in self.maps)

    def __call__(self, x: Array) -> tuple[Array, ...]:
        """Site vectors, one C-contiguous (N, d_s) for each column of x : (N, sites), in its dtype. Cost O(N sum d_s).

        Where all maps are equal they are evaluated in one go.
        """
        columns = contiguous(x.T)
        shared, *others = self.maps
        if all(feature_map == shared for feature_map in others):
            stacked = contiguous(shared(columns))
            return tuple(stacked[site, ...] for site in range(len(self.maps)))
        return tuple(contiguous(feature_map(columns[site, :])) for site, feature_map in enumerate(self.maps))

    def check(self, x: Array, call: str) -> None:
        """Raise ValueError, in the name of `call`, unless x is (N, sites) and each value fits its map."""
        sites = len(self.maps)
        if x.ndim != 2 or x.shape[1] != sites:
            raise ValueError(
                f"{call} has shape {tuple(x.shape)}, but the features have {sites} sites; select {sites} "
                f"columns, or make features with ProductFeatures.of(feature_map, sites=...)."
            )
        check_columns(x, self.maps, call)

    def orthonormal(self, x: Array, *, ridge: float = 1e-10) -> "ProductFeatures":
        """Features T_s phi_s whose second moment is I under the marginals of x : (N, sites); see `whitening`.

        A direction that the data never takes, such as that of a constant column, is mapped to 0: one in which a feature
        has no more than the fraction `ridge` of its second moment, once the features before it are projected out.
        """
        pairs = zip(self.maps, self(x), strict=True)
        return ProductFeatures(tuple(Mixed(feature_map, whitening(phi, ridge)) for feature_map, phi in pairs))

    def to_json(self) -> dict[str, Any]:
        """All maps; `features_from_json` inverts it exactly. ValueError if one of them is custom."""
        return {"maps": [feature_map.to_json() for feature_map in self.maps]}


def contiguous(array: Array) -> Array:
    """`array` in row-major memory, copied only if it is not so already."""
    xp = namespace(array)
    return xp.reshape(xp.reshape(array, (-1,)), array.shape)
