"""A teacher: a multilayer perceptron in NumPy whose every layer can be looked at, and entered, from outside."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tnsolve.transfer import AbstractTransfer, Softmax, identity, softmax


class Activation(NamedTuple):
    """One layer on N samples: z before and y after its transfer function, both (N, width)."""

    z: np.ndarray
    y: np.ndarray


@dataclass(frozen=True, eq=False)
class Teacher:
    """Layers y_k = transfer(y_{k-1} W_k + b_k), k = 1 ... depth, from y_0 = x; the last transfer function is softmax.

    weights : W_k (width of layer k - 1, width of layer k)    biases : b_k (width,)    hidden : transfer of the others
    """

    weights: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]
    hidden: AbstractTransfer

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

    def _from(self, layer: int, y: np.ndarray) -> list[Activation]:
        """The given activation, then every layer behind it."""
        found = [Activation(y, y)]
        for k in range(layer, self.depth):
            z = found[-1].y @ self.weights[k] + self.biases[k]
            found.append(Activation(z, self.transfer(k + 1)(z)))
        return found
