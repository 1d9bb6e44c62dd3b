"""Which module stands for which model."""

from functools import singledispatch

import numpy as np
import torch

from tnsolve.algebra.arrays import to_numpy
from tnsolve.bregman.layer import BregmanLayer
from tnsolve.contests.linear import LinearStudent
from tnsolve.models.composed import AbstractComposed
from tnsolve.models.linear_layer import Layer
from tnsolve.models.perceptron import Teacher
from tnsolve.models.student import Student
from tnsolve.networks.mps import MPS
from tnsolve.pytorch.layers import TorchLayer, TorchLinear, TorchTransfer, dense_linear
from tnsolve.pytorch.students import TorchNetwork, TorchStudent
from tnsolve.transfer import AbstractTransfer, Identity, ReLU, Sigmoid, Tanh


@singledispatch
def to_torch(model: object) -> torch.nn.Module:
    """The same function as a `torch.nn.Module`, in the dtype of the model, on the CPU.

    Student        TorchStudent (MPS) or TorchNetwork (Tree, MERA); `to_student` goes back
    Layer          TorchLinear, whose cores are the parameters; `to_layer` goes back. With dense=True a torch.nn.Linear
    BregmanLayer   TorchLayer, a torch.nn.Linear with the transfer function behind it; so for a LinearStudent
    composed       torch.nn.Sequential of its two parts
    perceptron     torch.nn.Sequential of torch.nn.Linear and activations, probabilities at the end

    All take (..., inputs), as torch.nn.Linear does, and any number of samples; so do their traces (torch.jit.trace) and
    exports (torch.export with a dynamic batch). Parameters are copies.
    Raises TypeError for anything else, and ValueError for numbers that the dtype cannot hold.
    """
    raise TypeError(
        f"to_torch(model) takes a Student, a Layer, a BregmanLayer, a composed model or a perceptron, not a "
        f"{type(model).__name__}; of a solution pass its model: to_torch(solution.model)."
    )


@to_torch.register
def _(model: Student) -> TorchStudent | TorchNetwork:
    network = model.network
    return TorchStudent(model, network) if isinstance(network, MPS) else TorchNetwork(model)


@to_torch.register
def _(model: Layer, *, dense: bool = False) -> torch.nn.Module:
    return dense_linear(to_numpy(model.to_dense()), to_numpy(model.bias)) if dense else TorchLinear(model)


@to_torch.register
def _(model: BregmanLayer) -> TorchLayer:
    return TorchLayer(to_numpy(model.directions), to_numpy(model.mean), model.transfer)


@to_torch.register
def _(model: LinearStudent) -> TorchLayer:
    bias, *weight = model.coefficients
    return TorchLayer(np.stack(weight, axis=1), bias, model.transfer)


@to_torch.register
def _(model: AbstractComposed) -> torch.nn.Sequential:
    return torch.nn.Sequential(*map(to_torch, model.parts))


@to_torch.register
def _(model: Teacher) -> torch.nn.Sequential:
    parts: list[torch.nn.Module] = []
    for k, (weight, bias) in enumerate(zip(model.weights, model.biases, strict=True), start=1):
        parts += [dense_linear(weight.T, bias), activation(model.transfer(k))]
    return torch.nn.Sequential(*parts)


@singledispatch
def activation(transfer: AbstractTransfer) -> torch.nn.Module:
    """PyTorch's own module for a transfer function, where it has one that is the same to the last digits."""
    return TorchTransfer(transfer)


@activation.register
def _(transfer: Identity) -> torch.nn.Module:
    return torch.nn.Identity()


@activation.register
def _(transfer: ReLU) -> torch.nn.Module:
    return torch.nn.ReLU()


@activation.register
def _(transfer: Sigmoid) -> torch.nn.Module:
    return torch.nn.Sigmoid()


@activation.register
def _(transfer: Tanh) -> torch.nn.Module:
    return torch.nn.Tanh()
