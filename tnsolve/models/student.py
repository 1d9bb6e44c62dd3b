"""A student: a network, the feature maps in front of it, and the transfer function behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from tnsolve import checks
from tnsolve.algebra.arrays import Array, Pool, default_workers, device_of, namespace, to_numpy
from tnsolve.algebra.legs import Core
from tnsolve.algebra.records import Record
from tnsolve.environments.samples import Design, Samples
from tnsolve.features import FeatureMap, ProductFeatures, features_from_json
from tnsolve.models.abstract import AbstractModel, Maps, require_transfer
from tnsolve.networks.abstract import LABEL
from tnsolve.networks.stored import Network, network_arrays, network_from_json, network_to_json
from tnsolve.networks.structure import require_on_features
from tnsolve.sweeping import starts
from tnsolve.transfer import AbstractTransfer, identity, transfer_from_json


@dataclass(frozen=True, eq=False, repr=False)
class Student(AbstractModel):
    """y = transfer(z),  z[n] = W . phi_1(x[n, 1]) x ... x phi_s(x[n, s]),  W the tensor of `network`.

    x : (N, sites)    z, y : (N, outputs), in the dtype of the cores
    Raises ValueError unless the network is sound and made for these features, see `require_on_features`.
    """

    network: Network
    features: ProductFeatures
    transfer: AbstractTransfer

    kind: ClassVar[str] = "student"
    mapped: ClassVar[bool] = True

    def __post_init__(self) -> None:
        call = "Student(network, features, transfer)"
        if not isinstance(self.features, ProductFeatures):
            raise ValueError(
                f"{call} has a {type(self.features).__name__} for features; use ProductFeatures.of(maps, sites)."
            )
        require_transfer(self.transfer, call)
        names = [feature_map.name for feature_map in self.features.maps]
        require_on_features(self.network, self.features.dims, names, call)

    def with_network(self, network: Network) -> Self:
        """The same student around another network on the same sites, which is not examined.

        For a run, whose sweeps make nothing but sound networks, and whose losses say where numbers cease to be finite.
        """
        new = object.__new__(type(self))
        for name, value in {**vars(self), "network": network}.items():
            object.__setattr__(new, name, value)
        return new

    # -- starts ----------------------------------------------------------------------------------------------------

    @classmethod
    def random(
        cls,
        x: Array,
        y: Array,
        *,
        features: Maps,
        transfer: AbstractTransfer = identity,
        weights: Array | None = None,
        rank: int | Sequence[int] = 8,
        label: int | None = None,
        seed: int | np.random.Generator = 0,
    ) -> Self:
        """Independent normal cores, scaled so that z has root mean square 1 on the data.

        rank : bond dimension, one for all bonds or sites - 1 of them    label : core of the output leg, default middle
        Good for short chains (up to about 20 sites); on long ones the product of random matrices varies too much
        between samples, and `principal` starts far better.
        """
        features, data = _data(x, y, weights, features, transfer, "Student.random")
        with data.pool.running():
            return cls(starts.random(data, rank, label=label, seed=seed), features, transfer)

    @classmethod
    def principal(
        cls,
        x: Array,
        y: Array,
        *,
        features: Maps,
        transfer: AbstractTransfer = identity,
        weights: Array | None = None,
        rank: int = 8,
        label: int | None = None,
    ) -> Self:
        """Cores along the principal directions of the data, seen from either end; the function is zero.

        The first solve of a sweep is then a convex regression on products of principal features. Deterministic, and
        safe for hundreds of sites.   Cost O(N sites (rank d)^2).
        """
        features, data = _data(x, y, weights, features, transfer, "Student.principal")
        with data.pool.running():
            return cls(starts.principal(data, rank, label=label), features, transfer)

    @classmethod
    def affine(
        cls,
        x: Array,
        y: Array,
        *,
        features: Maps,
        transfer: AbstractTransfer = identity,
        weights: Array | None = None,
        ridge: float = 1e-8,
        label: int | None = None,
    ) -> Self:
        """The (generalised) linear regression z = b + sum_k w_k . phi_k(x_k), embedded exactly at rank 1 + outputs.

        A sweep can only improve on it. One output needs rank 2. Where a map cannot express the constant 1
        (`trigonometric`), its leading principal direction stands in; see `starts.affine`.
        """
        features, data = _data(x, y, weights, features, transfer, "Student.affine")
        units = [_unit(site_map, data.weights) for site_map in features.maps]
        with data.pool.running():
            return cls(starts.affine(data, units, ridge, label=label), features, transfer)

    # -- use -------------------------------------------------------------------------------------------------------

    def __call__(self, x: Array) -> Array:
        """y = transfer(z), (N, outputs)."""
        return self.transfer(self.preactivation(x))

    def preactivation(self, x: Array, *, workers: int | None = None) -> Array:
        """z, (N, outputs), in blocks of samples: memory stays below about 256 MB whatever N, which may be 0.

        Raises ValueError for a wrong number of columns, NaN, or values outside the range of the features.
        """
        call = "Student.preactivation"
        x = self.checked(x, call, empty=True)
        pool = Pool(default_workers() if workers is None else checks.count(workers, f"{call}(workers=...)"))
        if x.shape[0] == 0:
            return namespace(x).zeros((0, self.outputs), dtype=x.dtype, device=device_of(x))
        rows = max(256, 2**25 // (len(self.network.cores) * self.network.rank))
        blocks = [x[at : min(at + rows, x.shape[0]), :] for at in range(0, x.shape[0], rows)]
        with pool.running():
            return namespace(x).concat([Design(self.features(block), pool).predict(self.network) for block in blocks])

    def checked(self, x: Array, call: str, *, empty: bool = False) -> Array:
        """x as a clean array in the dtype of the cores, or an error in the name of `call`."""
        x = checks.inputs(x, call, len(self.features.maps), self.network.cores[0].data.dtype, empty=empty)
        self.features.check(x, call)
        return x

    @property
    def inputs(self) -> int:
        """Columns of x: the sites."""
        return len(self.features.maps)

    @property
    def outputs(self) -> int:
        """Columns of z and y."""
        return self.network.cores[self.network.label].dim(LABEL)

    @property
    def parameters(self) -> int:
        """Numbers stored in the cores."""
        return self.network.parameters

    @property
    def bytes(self) -> int:
        """Memory of the cores."""
        return self.network.bytes

    def __repr__(self) -> str:
        return (
            f"Student({type(self.network).__name__}, {self.outputs} outputs, rank {self.network.rank}, "
            f"{self.parameters} parameters, {self.features!r}, {self.transfer.name})"
        )

    def spectra(self) -> dict[str, Array]:
        """Entanglement spectrum of every bond: the singular values of W cut there, scaled to unit sum of squares.

        By bond leg, in the order of the bonds; exp of the entropy of their squares tells how many the bond really uses.
        Raises ValueError for a network with loops: no single bond cuts it in two.
        """
        return self.network.spectra()

    def like(self, array: Array) -> Self:
        """The same student with its cores in the library, dtype and device of `array`: `student.like(cupy_array)`."""
        xp = namespace(array)
        cores = tuple(
            Core(xp.asarray(to_numpy(core.data), dtype=array.dtype, device=array.device), core.legs)
            for core in self.network.cores
        )
        return replace(self, network=replace(self.network, cores=cores))

    # -- files -----------------------------------------------------------------------------------------------------

    def arrays(self, prefix: str = "") -> dict[str, np.ndarray]:
        """The cores as NumPy arrays by name."""
        return network_arrays(self.network, prefix)

    def metadata(self, *, maps: bool = True) -> dict[str, Any]:
        """Everything else, as JSON; without the feature maps where the reader has them."""
        return {
            "kind": self.kind,
            **network_to_json(self.network),
            "features": self.features.to_json() if maps else None,
            "transfer": self.transfer.to_json(),
        }

    @classmethod
    def restored(
        cls,
        arrays: Mapping[str, np.ndarray],
        metadata: Mapping[str, Any],
        prefix: str = "",
        features: Maps | None = None,
    ) -> Self:
        """Inverse of `arrays` and `metadata`. Raises ValueError for what is no sound student."""
        record = Record(metadata, "the student")
        network = network_from_json(arrays, record, prefix)
        if features is None and not record.has("features"):
            raise ValueError("the student was stored without its feature maps; pass them as features=....")
        maps = features_from_json(record.record("features").data) if features is None else features
        product = ProductFeatures.of(maps, sum(leg.startswith("x") for core in network.cores for leg in core.legs))
        return cls(network, product, transfer_from_json(record.record("transfer").data))


def _data(
    x: Array, y: Array, weights: Array | None, maps: Maps, transfer: AbstractTransfer, call: str
) -> tuple[ProductFeatures, Samples]:
    """Checked features and the environment of checked data."""
    x = checks.inputs(x, call)
    features = ProductFeatures.of(maps, x.shape[1])
    features.check(x, call)
    y = checks.targets(y, call, x, transfer)
    w = checks.weights(weights, call, x)
    return features, Samples(features(x), y, w, transfer, Pool(default_workers()))


def _unit(site_map: FeatureMap, like: Array) -> Array | None:
    """Coefficients of the constant 1 in a map, as an array."""
    if site_map.unit is None:
        return None
    xp = namespace(like)
    return xp.asarray(site_map.unit, dtype=like.dtype, device=like.device)
