"""A student as a PyTorch module, and the rival of the sweeps: the same cores trained by backpropagation."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import exp, inf, isfinite
from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult, minimize

from tnsolve import checks
from tnsolve.algebra.arrays import Pool, generator, to_numpy
from tnsolve.algebra.legs import arranged
from tnsolve.bregman import BregmanLayer
from tnsolve.models.student import Student
from tnsolve.networks.mps import MPS, legs_of

try:
    import torch
    from torch.nn.utils import parameters_to_vector, vector_to_parameters
except ImportError as error:
    raise ImportError("tnsolve.pytorch needs PyTorch; install it with: pip install 'tnsolve[torch]'") from error


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
    """The same function as a `torch.nn.Module`, in the dtype of the cores, on the CPU; `to_student` goes back.

    Raises ValueError for a student that is not an MPS.
    """
    if not isinstance(student.network, MPS):
        raise ValueError(f"to_torch(student) takes an MPS, not a {type(student.network).__name__}; fit an MPS student.")
    return TorchStudent(student)


class TorchLayer(torch.nn.Module):
    """y = transfer(V c + m), codes (N, k) to activations (N, d), with V and m the weight and bias of a linear layer."""

    def __init__(self, layer: BregmanLayer):
        super().__init__()
        arrays = layer.arrays()
        self.linear = torch.nn.utils.skip_init(torch.nn.Linear, *arrays["weight"].shape[::-1])
        self.linear.weight = torch.nn.Parameter(torch.tensor(arrays["weight"]))
        self.linear.bias = torch.nn.Parameter(torch.tensor(arrays["bias"]))
        self.transfer = layer.transfer

    def forward(self, codes: torch.Tensor) -> torch.Tensor:
        """y, (N, d)."""
        return self.transfer(self.linear(codes))


def layer_to_torch(layer: BregmanLayer) -> TorchLayer:
    """What `BregmanPCA.to_layer` exports as a `torch.nn.Module`, in its dtype, on the CPU."""
    return TorchLayer(layer)


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
                   "lbfgs": all samples, an iteration each epoch; `learning_rate` and `batch` play no part
    validation     (x, y) held out: the student of the lowest loss on it is returned

    Returns the student and a row per epoch: epoch, loss (mean over the epoch as the optimiser saw it), validation,
    seconds, cpu_seconds. Raises ValueError for input that cannot be used.
    """
    if optimiser not in ("adam", "lbfgs"):
        raise ValueError(f"train_by_gradient(optimiser={optimiser!r}) is unknown; use 'adam' or 'lbfgs'.")
    data = _Data.of(start, x, y, "train_by_gradient")
    held_out = None if validation is None else _Data.of(start, *validation, "train_by_gradient(validation=...)")
    module = to_torch(start)
    record = _Record(module, held_out, start)
    with _one_thread():
        if optimiser == "adam":
            _adam(module, data, learning_rate, epochs, batch, generator(seed), record)
        else:
            _lbfgs(module, data, epochs, record)
    return record.best, record.rows


def _adam(
    module: TorchStudent,
    data: "_Data",
    learning_rate: float,
    epochs: int,
    batch: int,
    rng: np.random.Generator,
    record: "_Record",
) -> None:
    """Adam on shuffled batches; the learning rate follows half a cosine down to 0."""
    descent = torch.optim.Adam(module.parameters(), lr=learning_rate)
    decay = torch.optim.lr_scheduler.CosineAnnealingLR(descent, T_max=epochs)
    for _ in range(epochs):
        total = 0.0
        for part in data.batches(batch, rng):
            total += part.samples * part.differentiated(module)
            descent.step()
        decay.step()
        record(total / data.samples)


def _lbfgs(module: TorchStudent, data: "_Data", iterations: int, record: "_Record") -> None:
    """SciPy's L-BFGS on all samples: its line search gets on where that of torch.optim.LBFGS stalls."""
    like = module.cores[0]

    def placed(flat: np.ndarray) -> None:
        vector_to_parameters(torch.from_numpy(flat.copy()).to(like.dtype), module.parameters())

    def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
        placed(flat)
        loss = data.differentiated(module)
        return loss, parameters_to_vector([core.grad for core in module.cores]).double().numpy()

    def after(intermediate_result: OptimizeResult) -> None:
        placed(intermediate_result.x)
        record(float(intermediate_result.fun))

    begin = parameters_to_vector(module.parameters()).detach().double().numpy()
    options = {"maxiter": iterations, "maxfun": 20 * iterations, "ftol": 0.0, "gtol": 0.0}
    minimize(objective, begin, jac=True, method="L-BFGS-B", callback=after, options=options)


@contextmanager
def _one_thread() -> Iterator[None]:
    """The matrices are small: a second thread costs CPU time and saves none."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with Pool().running():
            yield
    finally:
        torch.set_num_threads(threads)


class _Record:
    """A row for each epoch, and the best student so far."""

    def __init__(self, module: TorchStudent, held_out: "_Data | None", start: Student):
        self._module, self._held_out = module, held_out
        self._lowest, self._seconds, self._cpu_seconds = inf, time.perf_counter(), time.process_time()
        self.best, self.rows = start, []

    def __call__(self, loss: float) -> None:
        validation = None if self._held_out is None else self._held_out.loss(self._module)
        judged = loss if validation is None else validation
        if isfinite(judged) and (validation is None or judged < self._lowest):
            self.best, self._lowest = self._module.to_student(), judged
        now, now_cpu = time.perf_counter(), time.process_time()
        spent = {"seconds": now - self._seconds, "cpu_seconds": now_cpu - self._cpu_seconds}
        self.rows.append({"epoch": len(self.rows), "loss": loss, "validation": validation, **spent})
        self._seconds, self._cpu_seconds = now, now_cpu


@dataclass(frozen=True, eq=False)
class _Data:
    """Site vectors side by side (N, sum of d_s), targets (N, m), and the loss that joins them."""

    sites: torch.Tensor
    targets: torch.Tensor
    dims: tuple[int, ...]

    @staticmethod
    def of(start: Student, x: Any, y: Any, call: str) -> "_Data":
        x = start.checked(x, call)
        y = checks.targets(y, call, x, start.transfer, start.outputs)
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

    def differentiated(self, module: TorchStudent) -> float:
        """Mean matching loss; its gradient is left in the cores. Backpropagation starts from that in z, f(z) - y."""
        module.zero_grad()
        z = self.preactivation(module)
        z.backward((module.transfer(z.detach()) - self.targets) / self.samples)
        return float(module.transfer.loss(z.detach(), self.targets).mean())

    @torch.no_grad()
    def loss(self, module: TorchStudent) -> float:
        """Mean matching loss."""
        return float(module.transfer.loss(self.preactivation(module), self.targets).mean())


def _joined(message: torch.Tensor, site: torch.Tensor) -> torch.Tensor:
    """Row-wise Kronecker product, (N, a) and (N, d) -> (N, a d)."""
    return (message[:, :, None] * site[:, None, :]).flatten(1)
