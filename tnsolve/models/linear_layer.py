"""A compressed linear layer: a network, a bias, and the choice between contracting it and multiplying by its matrix."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, ClassVar, Self

import numpy as np

from tnsolve import checks
from tnsolve.algebra.arrays import Array, device_of, namespace, to_numpy
from tnsolve.algebra.contraction import contracted, cost
from tnsolve.algebra.legs import Core, padded
from tnsolve.algebra.records import Record
from tnsolve.models.abstract import AbstractModel, Maps, taken
from tnsolve.networks.linear import AbstractLinear
from tnsolve.networks.scales import spread
from tnsolve.networks.stored import network_arrays, network_from_json, network_to_json
from tnsolve.networks.structure import require_matrix

DENSE_RATE = 8


@dataclass(frozen=True, eq=False, repr=False)
class Layer(AbstractModel):
    """y = T x + bias, with T (N_y, N_x) the leading block of a network's matrix.

    bias : (N_y,), in the dtype of the cores    inputs : N_x
    Raises ValueError unless the network is a sound matrix of at least these sizes and the bias finite numbers.
    """

    network: AbstractLinear
    bias: Array
    inputs: int

    kind: ClassVar[str] = "linear layer"

    def __post_init__(self) -> None:
        require_matrix(self.network, "Layer(network=...)")
        like, rows, columns = self.network.cores[0].data, prod(self.network.outputs), prod(self.network.inputs)
        bias = checks.array(self.bias, "Layer(bias=...)", ndim=1, dtype=like.dtype)
        namespace(bias, like)
        if bias.shape[0] > rows:
            raise ValueError(f"Layer(bias=...) has {bias.shape[0]} entries for {rows} outputs; give at most as many.")
        object.__setattr__(self, "bias", bias)
        object.__setattr__(self, "inputs", checks.count(self.inputs, "Layer(inputs=...)", 1, columns))

    # -- use -------------------------------------------------------------------------------------------------------

    def __call__(self, x: Array) -> Array:
        """y (..., N_y) = x T' + bias of x (..., N_x), through the network or its matrix, whichever takes less time.

        x is whatever holds real numbers, see `checks.array`, with any number of leading axes, none included, of any
        length; y has the dtype of the cores.
        Small contractions run at about 1 / DENSE_RATE of the rate of a large matrix product, so a network pays where it
        needs that many times fewer multiply-adds: for few samples, or at high compression.
        Raises ValueError where the last axis is not N_x long, for NaN and infinity.
        """
        x = self._checked(x)
        samples = prod(x.shape[:-1])
        if samples == 0 or samples * self.outputs * self.inputs > DENSE_RATE * self.factored_cost(samples):
            return self.factored(x)
        return x @ self.dense.T + self.bias

    def factored(self, x: Array) -> Array:
        """The same, contracted core by core."""
        x = self._checked(x)
        xp, lead = namespace(x), x.shape[:-1]
        if 0 in lead:
            return xp.zeros((*lead, self.outputs), dtype=x.dtype, device=device_of(x))
        rows = xp.reshape(x, (prod(lead), self.inputs))
        z = contracted(self._tensors(rows), ("n", *self.network.output_legs))
        return xp.reshape(xp.reshape(z, (prod(lead), -1))[:, : self.outputs], (*lead, self.outputs)) + self.bias

    def factored_cost(self, samples: int) -> float:
        """Multiply-adds of `factored` for so many samples."""
        if samples == 0:
            return 0.0
        rows = namespace(self.bias).zeros((samples, self.inputs), dtype=self.bias.dtype, device=device_of(self.bias))
        return cost(self._tensors(rows), ("n", *self.network.output_legs))

    def to_dense(self) -> Array:
        """T, (N_y, N_x)."""
        return self.dense

    @cached_property
    def dense(self) -> Array:
        """T, contracted when first asked for.   Raises ValueError where the dtype of the cores cannot hold it."""
        return self.network.to_dense()[: self.outputs, : self.inputs]

    # -- sizes -----------------------------------------------------------------------------------------------------

    @property
    def outputs(self) -> int:
        """N_y."""
        return self.bias.shape[0]

    @property
    def parameters(self) -> int:
        """Numbers in the cores and the bias."""
        return self.network.parameters + self.outputs

    @property
    def bytes(self) -> int:
        """Memory of the same."""
        return self.network.bytes + self.outputs * self.bias.dtype.itemsize

    @property
    def compression(self) -> float:
        """Numbers in the matrix per number in the cores."""
        return self.outputs * self.inputs / self.network.parameters

    def __repr__(self) -> str:
        return f"Layer({self.inputs} -> {self.outputs}, {self.network!r}, {self.compression:.3g} x smaller)"

    # -- files -----------------------------------------------------------------------------------------------------

    def arrays(self, prefix: str = "") -> dict[str, np.ndarray]:
        """The cores and the bias by name."""
        return {**network_arrays(self.network, prefix), f"{prefix}bias": np.ascontiguousarray(to_numpy(self.bias))}

    def metadata(self) -> dict[str, Any]:
        """Everything else, as JSON."""
        return {"kind": self.kind, "inputs": self.inputs, **network_to_json(self.network)}

    @classmethod
    def restored(
        cls,
        arrays: Mapping[str, np.ndarray],
        metadata: Mapping[str, Any],
        prefix: str = "",
        features: Maps | None = None,
    ) -> Self:
        """Inverse of `arrays` and `metadata`; there are no features. ValueError for what is no sound layer."""
        record = Record(metadata, "the layer")
        network = network_from_json(arrays, record, prefix)
        if not isinstance(network, AbstractLinear):
            raise ValueError(f"the layer has a {type(network).__name__} for a network, which is no matrix.")
        return cls(network, taken(arrays, f"{prefix}bias"), record.integer("inputs", low=1))

    # -- within ----------------------------------------------------------------------------------------------------

    def _checked(self, x: Array) -> Array:
        """x as a clean array (..., N_x)."""
        x = checks.array(x, "Layer(x)", dtype=self.bias.dtype, empty=True)
        if x.ndim == 0 or x.shape[-1] != self.inputs:
            raise ValueError(
                f"Layer(x) has x of shape {tuple(x.shape)} but the layer has {self.inputs} inputs; the last axis must "
                f"be {self.inputs} long."
            )
        return x

    @cached_property
    def _cores(self) -> tuple[Core, ...]:
        """The cores with the scale shared among them."""
        return spread(self.network.cores, self.network.scale, "Layer(network=...)")

    def _tensors(self, rows: Array) -> tuple[Core, ...]:
        """The samples on the input legs, and the cores."""
        wide = padded(Core(rows, ("n", "x")), "x", prod(self.network.inputs)).data
        wide = namespace(rows).reshape(wide, (rows.shape[0], *self.network.inputs))
        return Core(wide, ("n", *self.network.input_legs)), *self._cores
