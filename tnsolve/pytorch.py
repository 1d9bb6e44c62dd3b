"""A student as a PyTorch module, and the rival of the sweeps: the same cores trained by backpropagation."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import exp, inf, isfinite
from typing import Any

import numpy as np
import torch

from tnsolve import checks
from tnsolve.arrays import generator
from tnsolve.legs import arranged
from tnsolve.networks.mps import MPS, legs_of
from tnsolve.storage import to_numpy
from tnsolve.student import Student

Closure = Callable[[], torch.Tensor]


class TorchStudent(torch.nn.Module):
    """The function of a student, y = transfer(z), with its cores as parameters.

    cores : (left, site, right), and (left, site, outputs, right) for the one at `label`; exp(scale) is spread over them
    x : (N, sites), within the range of the features, which is not checked    y : (N, outputs)
    Feature maps and transfer function are the student's own: written for the array API, they work on tensors.
    """

    def __init__(self, student: Student):
        super().__init__()
        network = student.network
        share = exp(network.scale / len(network.cores))
        self.features, self.transfer, self.label = student.features, student.transfer, network.label
        ordered = [arranged(core, legs_of(site, site == self.label)) for site, core in enumerate(network.cores)]
        self.cores = torch.nn.ParameterList(torch.from_numpy(share * to_numpy(core.data)) for core in ordered)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """y, (N, outputs)."""
        return self.transfer(self.preactivation(x))

    def preactivation(self, x: torch.Tensor) -> torch.Tensor:
        """z, (N, outputs), in the dtype of the cores.   Cost O(N sites rank^2 d), times outputs on one site."""
        return self.contracted(self.features(x.to(self.cores[0].dtype)))

    def contracted(self, sites: Sequence[torch.Tensor]) -> torch.Tensor:
        """z from the site vectors, one (N, d_s) a site: messages from both ends meet at the label."""
        ones = sites[0].new_ones(len(sites[0]), 1)
        left, right = ones, ones
        for site, core in zip(sites[: self.label], self.cores[: self.label], strict=True):
            left = _joined(left, site) @ core.flatten(0, 1)
        for site, core in reversed(list(zip(sites[self.label + 1 :], self.cores[self.label + 1 :], strict=True))):
            right = _joined(right, site) @ core.permute(2, 1, 0).flatten(0, 1)
        core = self.cores[self.label]
        meeting = (_joined(left, sites[self.label]) @ core.flatten(0, 1).flatten(1)).unflatten(1, core.shape[2:])
        return (meeting @ right[:, :, None])[:, :, 0]

    def to_student(self) -> Student:
        """The student whose cores are the parameters as they are now."""
        arrays = [core.detach().cpu().numpy().copy() for core in self.cores]
        return Student(MPS.of(arrays, label=self.label), self.features, self.transfer)


def to_torch(student: Student) -> TorchStudent:
    """The same function as a `torch.nn.Module`, in the dtype of the cores, on the CPU; `to_student` goes back."""
    return TorchStudent(student)


def train_by_gradient(
    start: Student,
    x: Any,
    y: Any,
    *,
    optimiser: str = "adam",
    learning_rate: float = 1e-2,
    epochs: int = 30,
    batch: int = 100,
    seed: int = 0,
    validation: tuple[Any, Any] | None = None,
) -> tuple[Student, list[dict[str, Any]]]:
    """Lower the mean matching loss by backpropagation through all cores at once: what sweeps are compared with.

    x, y           (N, sites) and (N, outputs) in the range of the transfer function; for softmax also classes (N,)
    optimiser      "adam": shuffled batches, learning rate decaying to 0 by a cosine;
                   "lbfgs": all samples, an iteration with strong Wolfe line search each epoch, `batch` unused
    learning_rate  of Adam; of L-BFGS, the first trial step
    validation     (x, y) held out: the student of the lowest loss on it is returned

    Returns the student and a row per epoch: epoch, loss (mean over the epoch as the optimiser saw it), validation,
    seconds, cpu_seconds. Raises ValueError for input that cannot be used.
    """
    if optimiser not in _OPTIMISERS:
        raise ValueError(f"train_by_gradient(optimiser={optimiser!r}) is unknown; use {' or '.join(_OPTIMISERS)}.")
    data = _Data.of(start, x, y, "train_by_gradient")
    held_out = None if validation is None else _Data.of(start, *validation, "train_by_gradient(validation=...)")
    module = to_torch(start)
    descent, decay = _OPTIMISERS[optimiser](module, learning_rate, epochs)
    size = batch if optimiser == "adam" else data.samples
    rng = generator(seed)
    best, lowest, history = start, inf, []
    for epoch in range(epochs):
        begun, begun_cpu = time.perf_counter(), time.process_time()
        total = sum(rows.samples * float(descent.step(_closure(module, rows))) for rows in data.batches(size, rng))
        decay.step()
        loss = total / data.samples
        judged = loss if held_out is None else held_out.loss(module)
        if isfinite(judged) and (held_out is None or judged < lowest):
            best, lowest = module.to_student(), judged
        spent = {"seconds": time.perf_counter() - begun, "cpu_seconds": time.process_time() - begun_cpu}
        history.append({"epoch": epoch, "loss": loss, "validation": judged if held_out else None, **spent})
    return best, history


@dataclass(frozen=True, eq=False)
class _Data:
    """Site vectors side by side (N, sum of d_s), targets (N, m), and the loss that joins them."""

    sites: torch.Tensor
    targets: torch.Tensor
    dims: tuple[int, ...]

    @staticmethod
    def of(start: Student, x: Any, y: Any, call: str) -> "_Data":
        x = start.checked(x, call)
        y = checks.targets(y, call, x, start.transfer, start.network.outputs)
        sites = np.concatenate([to_numpy(rows) for rows in start.features(x)], axis=1)
        return _Data(torch.from_numpy(sites), torch.from_numpy(to_numpy(y)), start.features.dims)

    @property
    def samples(self) -> int:
        return len(self.targets)

    def batches(self, size: int, rng: np.random.Generator) -> Iterator["_Data"]:
        """All samples once, shuffled, in groups of `size`."""
        for rows in torch.from_numpy(rng.permutation(self.samples)).split(size):
            yield replace(self, sites=self.sites[rows], targets=self.targets[rows])

    def preactivation(self, module: TorchStudent) -> torch.Tensor:
        return module.contracted(self.sites.split(self.dims, dim=1))

    @torch.no_grad()
    def loss(self, module: TorchStudent) -> float:
        """Mean matching loss."""
        return float(module.transfer.loss(self.preactivation(module), self.targets).mean())


def _joined(message: torch.Tensor, site: torch.Tensor) -> torch.Tensor:
    """Row-wise Kronecker product, (N, a) and (N, d) -> (N, a d)."""
    return (message[:, :, None] * site[:, None, :]).flatten(1)


def _closure(module: TorchStudent, data: _Data) -> Closure:
    """The mean matching loss and its gradient: that in z is f(z) - y, and backpropagation starts there."""

    def closure() -> torch.Tensor:
        module.zero_grad()
        z = data.preactivation(module)
        z.backward((module.transfer(z.detach()) - data.targets) / data.samples)
        return module.transfer.loss(z.detach(), data.targets).mean()

    return closure


def _adam(module: TorchStudent, learning_rate: float, epochs: int) -> tuple[torch.optim.Optimizer, Any]:
    descent = torch.optim.Adam(module.parameters(), lr=learning_rate)
    return descent, torch.optim.lr_scheduler.CosineAnnealingLR(descent, T_max=epochs)


def _lbfgs(module: TorchStudent, learning_rate: float, epochs: int) -> tuple[torch.optim.Optimizer, Any]:
    descent = torch.optim.LBFGS(
        module.parameters(), lr=learning_rate, max_iter=1, history_size=10, line_search_fn="strong_wolfe"
    )
    return descent, torch.optim.lr_scheduler.ConstantLR(descent, factor=1.0)


_OPTIMISERS = {"adam": _adam, "lbfgs": _lbfgs}
