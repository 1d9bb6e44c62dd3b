"""A teacher: a multilayer perceptron in NumPy whose every layer can be looked at, and entered, from outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from tnsolve.algebra.records import Record
from tnsolve.models.abstract import AbstractModel, Maps, require_transfer, taken
from tnsolve.networks.structure import require_alike
from tnsolve.transfer import AbstractTransfer, Softmax, identity, softmax, transfer_from_json


class Activation(NamedTuple):
    """One layer on N samples: z before and y after its transfer function, both (N, width)."""

    z: np.ndarray
    y: np.ndarray


@dataclass(frozen=True, eq=False, repr=False)
class Teacher(AbstractModel):
    """Layers y_k = transfer(y_{k-1} W_k + b_k), k = 1 ... depth, from y_0 = x; the last transfer function is softmax.

    weights : W_k (width of layer k - 1, width of layer k)    biases : b_k (width,)    hidden : transfer of the others
    Raises ValueError unless there is a layer, and all are finite arrays whose widths fit together.
    """

    weights: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]
    hidden: AbstractTransfer

    kind: ClassVar[str] = "perceptron"

    def __post_init__(self) -> None:
        call = "Teacher(weights, biases, hidden)"
        if not self.weights or len(self.weights) != len(self.biases):
            raise ValueError(
                f"{call} has {len(self.weights)} weights and {len(self.biases)} biases; give one each a layer."
            )
        require_alike(self.arrays(), call)
        width = self.weights[0].shape[0] if self.weights[0].ndim else 0
        for k, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            if weight.ndim != 2 or bias.shape != weight.shape[1:] or weight.shape[0] != width:
                raise ValueError(
                    f"{call} has in layer {k + 1} a weight of shape {weight.shape} and a bias of {bias.shape} on "
                    f"{width} inputs; give ({width}, m) and (m,)."
                )
            width = weight.shape[1]
        require_transfer(self.hidden, call)

    def __call__(self, x: np.ndarray, /) -> np.ndarray:
        """Class probabilities, softmax of the logits : (N, classes)."""
        return self.activations(x)[-1].y

    @property
    def inputs(self) -> int:
        """Columns of x."""
        return self.weights[0].shape[0]

    @property
    def outputs(self) -> int:
        """Classes."""
        return self.weights[-1].shape[1]

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return self.parameters_after(0)

    @property
    def bytes(self) -> int:
        """Memory of the same."""
        return self.bytes_after(0)

    @property
    def depth(self) -> int:
        """Number of layers; the input, layer 0, does not count."""
        return len(self.weights)

    def transfer(self, layer: int) -> AbstractTransfer | Softmax:
        """The transfer function of a layer; that of layer 0 is the identity."""
        if layer == 0:
            return identity
        return softmax if layer == self.depth else self.hidden

    def activations(self, x: np.ndarray) -> list[Activation]:
        """Element k is layer k; element 0 is the input, z = y = x.   Cost O(N parameters)."""
        return self._from(0, x)

    def logits(self, x: np.ndarray) -> np.ndarray:
        """What enters the softmax : (N, classes)."""
        return self.continue_from(0, x)

    def continue_from(self, layer: int, y: np.ndarray) -> np.ndarray:
        """The logits if a hidden layer's activation were y : (N, width) -> (N, classes).

        Raises ValueError for a layer that has none after it.
        """
        if not 0 <= layer < self.depth:
            raise ValueError(
                f"Teacher.continue_from(layer={layer}) must be 0 (the input) to {self.depth - 1} (the last hidden one)."
            )
        return self._from(layer, y)[-1].z

    def parameters_after(self, layer: int) -> int:
        """Weights and biases of the layers behind `layer`; those of all layers for 0."""
        return sum(a.size for a in (*self.weights[layer:], *self.biases[layer:]))

    def bytes_after(self, layer: int) -> int:
        """Memory of the same."""
        return sum(a.nbytes for a in (*self.weights[layer:], *self.biases[layer:]))

    def arrays(self, prefix: str = "") -> dict[str, np.ndarray]:
        """Weights and biases by name."""
        named = {"weight": self.weights, "bias": self.biases}
        return {f"{prefix}{name}.{k:03d}": array for name, each in named.items() for k, array in enumerate(each)}

    def metadata(self) -> dict[str, Any]:
        """Everything else, as JSON."""
        return {"kind": self.kind, "depth": self.depth, "hidden": self.hidden.to_json()}

    @classmethod
    def restored(
        cls,
        arrays: Mapping[str, np.ndarray],
        metadata: Mapping[str, Any],
        prefix: str = "",
        features: Maps | None = None,
    ) -> Self:
        """Inverse of `arrays` and `metadata`; there are no features. ValueError for what is no sound perceptron."""
        record = Record(metadata, "the perceptron")
        layers = range(record.integer("depth", low=1, high=len(arrays)))
        weights, biases = (
            tuple(taken(arrays, f"{prefix}{name}.{k:03d}") for k in layers) for name in ("weight", "bias")
        )
        return cls(weights, biases, transfer_from_json(record.record("hidden").data))

    def __repr__(self) -> str:
        widths = " - ".join(str(weight.shape[1]) for weight in self.weights)
        return f"Teacher({self.inputs} - {widths}, {self.hidden.name}, {self.parameters} parameters)"

    def _from(self, layer: int, y: np.ndarray) -> list[Activation]:
        """The given activation, then every layer behind it."""
        found = [Activation(y, y)]
        for k in range(layer, self.depth):
            z = found[-1].y @ self.weights[k] + self.biases[k]
            found.append(Activation(z, self.transfer(k + 1)(z)))
        return found
