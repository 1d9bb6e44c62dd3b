"""A compressed linear layer: a network, a bias, and the choice between contracting it and multiplying by its matrix."""

from dataclasses import dataclass
from functools import cached_property
from math import exp, prod

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.algebra.contraction import contracted, cost
from tnsolve.algebra.legs import Core, padded
from tnsolve.networks.linear import AbstractLinear

DENSE_RATE = 8


@dataclass(frozen=True, eq=False)
class Layer:
    """y = T x + bias, with T (N_y, N_x) the leading block of a network's matrix.

    bias : (N_y,)    inputs : N_x
    """

    network: AbstractLinear
    bias: Array
    inputs: int

    def __call__(self, x: Array) -> Array:
        """y (N, N_y) of x (N, N_x), through the network or through its matrix, whichever takes less time.

        Small contractions run at about 1 / DENSE_RATE of the rate of a large matrix product, so a network pays where it
        needs that many times fewer multiply-adds: for few samples, or at high compression.
        """
        if x.shape[0] * prod(self.dense.shape) <= DENSE_RATE * self.factored_cost(x.shape[0]):
            return x @ self.dense.T + self.bias
        return self.factored(x)

    def factored(self, x: Array) -> Array:
        """y (N, N_y), contracted core by core."""
        xp = namespace(x)
        z = contracted(self._tensors(x), ("n", *self.network.output_legs))
        return xp.reshape(z, (x.shape[0], -1))[:, : self.bias.shape[0]] + self.bias

    def factored_cost(self, samples: int) -> float:
        """Multiply-adds of `factored` for so many samples."""
        xp = namespace(self.bias)
        tensors = self._tensors(xp.zeros((samples, self.inputs), dtype=self.bias.dtype))
        return cost(tensors, ("n", *self.network.output_legs))

    def to_dense(self) -> Array:
        """T, (N_y, N_x)."""
        return self.dense

    @cached_property
    def dense(self) -> Array:
        """T, contracted when first asked for."""
        return self.network.to_dense()[: self.bias.shape[0], : self.inputs]

    @property
    def parameters(self) -> int:
        """Numbers in the cores and the bias."""
        return self.network.parameters + self.bias.shape[0]

    @property
    def compression(self) -> float:
        """Numbers in the matrix per number in the cores."""
        return self.bias.shape[0] * self.inputs / self.network.parameters

    def _tensors(self, x: Array) -> tuple[Core, ...]:
        """The samples on the input legs, and the cores."""
        wide = padded(Core(x, ("n", "x")), "x", prod(self.network.inputs)).data
        rows = namespace(x).reshape(wide, (x.shape[0], *self.network.inputs))
        first, *others = self.network.cores
        scaled = Core(exp(self.network.scale) * first.data, first.legs)
        return Core(rows, ("n", *self.network.input_legs)), scaled, *others
