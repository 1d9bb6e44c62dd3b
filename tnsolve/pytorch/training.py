"""The rival of the sweeps: the same cores trained by backpropagation."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import Any, Self

import numpy as np
import torch
from scipy.optimize import OptimizeResult, minimize
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from tnsolve import checks
from tnsolve.algebra.arrays import Pool, generator, to_numpy
from tnsolve.algebra.clock import Clock
from tnsolve.models.student import Student
from tnsolve.networks.mps import MPS
from tnsolve.pytorch.students import TorchStudent


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
    data = Data.of(start, x, y, "train_by_gradient")
    held_out = None if validation is None else Data.of(start, *validation, "train_by_gradient(validation=...)")
    module = _module(start)
    record = _Record(module, held_out, start)
    with _one_thread():
        if optimiser == "adam":
            _adam(module, data, learning_rate, epochs, batch, generator(seed), record)
        else:
            _lbfgs(module, data, epochs, record)
    return record.best, record.rows


def _module(start: Student) -> TorchStudent:
    """The start as a module. Raises ValueError unless it is an MPS."""
    if not isinstance(start.network, MPS):
        raise ValueError(
            f"train_by_gradient(start=...) has a {type(start.network).__name__}; its loop is written for an MPS: start "
            f"from one, or train to_torch(start) by a loop of your own."
        )
    return TorchStudent(start, start.network)


def _adam(
    module: TorchStudent,
    data: "Data",
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


def _lbfgs(module: TorchStudent, data: "Data", iterations: int, record: "_Record") -> None:
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

    def __init__(self, module: TorchStudent, held_out: "Data | None", start: Student):
        self._module, self._held_out = module, held_out
        self._lowest, self._clock = inf, Clock()
        self.best, self.rows = start, []

    def __call__(self, loss: float) -> None:
        validation = None if self._held_out is None else self._held_out.loss(self._module)
        judged = loss if validation is None else validation
        if isfinite(judged) and (validation is None or judged < self._lowest):
            self.best, self._lowest = self._module.to_student(), judged
        seconds, cpu_seconds = self._clock.read()
        spent = {"seconds": seconds, "cpu_seconds": cpu_seconds}
        self.rows.append({"epoch": len(self.rows), "loss": loss, "validation": validation, **spent})
        self._clock = Clock()


@dataclass(frozen=True, eq=False)
class Data:
    """Site vectors side by side (N, sum of d_s), targets (N, m), and the loss that joins them."""

    sites: torch.Tensor
    targets: torch.Tensor
    dims: tuple[int, ...]

    @classmethod
    def of(cls, start: Student, x: Any, y: Any, call: str) -> Self:
        x = start.checked(x, call)
        y = checks.targets(y, call, x, start.transfer, start.outputs)
        sites = np.concatenate([to_numpy(rows) for rows in start.features(x)], axis=1)
        return cls(torch.from_numpy(sites), torch.from_numpy(to_numpy(y)), start.features.dims)

    @property
    def samples(self) -> int:
        return len(self.targets)

    def batches(self, size: int, rng: np.random.Generator) -> Iterator[Self]:
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
