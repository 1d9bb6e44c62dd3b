"""Layers as modules: linear ones, contracted core by core, and what stands before and behind a transfer function.

All take (..., inputs), as torch.nn.Linear does, and any number of samples, traced or exported too.
"""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
import torch

from tnsolve.algebra.arrays import to_numpy
from tnsolve.models.linear_layer import Layer
from tnsolve.pytorch.cores import NOMINAL, Joints, array_of, network_of, parameters_of
from tnsolve.transfer import AbstractTransfer


class TorchTransfer(torch.nn.Module):
    """y = transfer(z) for z (..., m): written for the array API, a transfer function works on tensors."""

    def __init__(self, transfer: AbstractTransfer):
        super().__init__()
        self.transfer = transfer

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """y, in the shape of z."""
        return by_rows(self.transfer, z)

    def extra_repr(self) -> str:
        """The transfer function."""
        return repr(self.transfer)


class TorchLayer(torch.nn.Module):
    """y = transfer(linear(x)): (..., inputs) to (..., outputs)."""

    def __init__(self, weight: np.ndarray, bias: np.ndarray, transfer: AbstractTransfer):
        super().__init__()
        self.linear = dense_linear(weight, bias)
        self.transfer = transfer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """y, (..., outputs)."""
        return by_rows(self.transfer, self.linear(x))


class TorchLinear(torch.nn.Module):
    """y = T x + bias with the cores of T as parameters: (..., inputs) to (..., outputs), contracted core by core.

    For a layer that shall be small, or be trained as it is. One that shall be fast is `to_torch(layer, dense=True)`:
    at usual batch sizes the matrix wins (see `Layer.__call__`).
    """

    def __init__(self, layer: Layer):
        super().__init__()
        network = layer.network
        self.template = network
        self.cores = parameters_of(network.cores, network.scale)
        self.bias = torch.nn.Parameter(torch.tensor(to_numpy(layer.bias)))
        self.inputs, self.outputs = layer.inputs, layer.bias.shape[0]
        self.wide, self.legs = prod(network.inputs), network.inputs
        rows = (("n", *network.input_legs), (NOMINAL, *network.inputs))
        cores = [(core.legs, core.data.shape) for core in network.cores]
        self.joints = Joints.of([rows, *cores], ("n", *network.output_legs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """y, (..., outputs)."""
        return by_rows(self._contracted, x)

    def _contracted(self, x: torch.Tensor) -> torch.Tensor:
        """(N, inputs) to (N, outputs)."""
        padded = torch.nn.functional.pad(x, (0, self.wide - self.inputs))
        y = self.joints([padded.unflatten(1, self.legs), *self.cores]).flatten(1)
        return y[:, : self.outputs] + self.bias

    def to_layer(self) -> Layer:
        """The layer whose cores and bias are the parameters as they are now."""
        return Layer(network_of(self.template, self.cores), array_of(self.bias), self.inputs)


def dense_linear(weight: np.ndarray, bias: np.ndarray) -> torch.nn.Linear:
    """A torch.nn.Linear of weight (outputs, inputs) and bias (outputs,), copied, in their dtype, on the CPU."""
    linear: Any = torch.nn.utils.skip_init(torch.nn.Linear, *weight.shape[::-1])
    linear.weight = torch.nn.Parameter(torch.tensor(weight))
    linear.bias = torch.nn.Parameter(torch.tensor(bias))
    return linear


def by_rows(function: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """A function of rows, (N, inputs) to (N, outputs), along the last axis of x (..., inputs)."""
    y = function(x.reshape(-1, x.shape[-1]))
    return y.reshape(*x.shape[:-1], y.shape[-1])
