"""The file in which a fit survives between two sweeps."""

import hashlib
import os
from dataclasses import dataclass, field
from os import PathLike

import numpy as np

from tnsolve.algebra.arrays import to_numpy
from tnsolve.fitting.runs import Plan, Run
from tnsolve.models import storage
from tnsolve.models.student import Student


@dataclass(frozen=True)
class Checkpoint:
    """A file that holds a `Run`, tied by a digest to its data and settings; nothing where `path` is None."""

    path: str | PathLike[str] | None
    fingerprint: str = field(default="", repr=False)

    @staticmethod
    def of(path: str | PathLike[str] | None, plan: Plan, start: Student) -> "Checkpoint":
        """The checkpoint at `path` of the fit that `plan` makes from `start`."""
        return Checkpoint(path, "" if path is None else _fingerprint(plan, start))

    def read(self, start: Student) -> Run:
        """The stored run, or a new one from `start`. Raises ValueError if the file belongs to another fit."""
        if self.path is None or not os.path.exists(self.path):
            return Run(start, start)
        arrays, metadata = storage.load(self.path, "fit")
        if metadata.get("fingerprint") != self.fingerprint:
            raise ValueError(
                f"fit(checkpoint={os.fspath(self.path)!r}) belongs to a fit with other data, another schedule or "
                f"another start; delete the file or choose another path."
            )
        current, best = (
            Student.restored(arrays, metadata[name], start.features, prefix=f"{name}.") for name in ("current", "best")
        )
        return Run(current, best, metadata["best_loss"], tuple(metadata["statistics"]))

    def write(self, run: Run) -> None:
        """Store the run, whole or not at all."""
        if self.path is None:
            return
        parts = {"current": run.current, "best": run.best}
        arrays = {key: array for name, part in parts.items() for key, array in part.arrays(f"{name}.").items()}
        metadata = {name: part.metadata(maps=False) for name, part in parts.items()}
        metadata |= {"best_loss": run.best_loss, "statistics": list(run.statistics), "fingerprint": self.fingerprint}
        storage.save(self.path, arrays, {"kind": "checkpoint", **metadata})


def _fingerprint(plan: Plan, start: Student) -> str:
    """SHA-256 of all that decides how a fit goes: settings, data, held-out data and the start."""
    judge = plan.judge and f"{plan.judge.__module__}.{plan.judge.__qualname__}"
    parts = [plan.schedule, plan.data.transfer, plan.local, judge, plan.patience, plan.tolerance, plan.seed]
    digest = hashlib.sha256(repr([*parts, start.metadata(maps=False)]).encode())
    environments = [plan.data] if plan.guard is None else [plan.data, plan.guard]
    arrays = [array for held in environments for array in (*held.features, held.targets, held.weights)]
    for array in (*arrays, *start.arrays().values()):
        digest.update(np.ascontiguousarray(to_numpy(array)).tobytes())
    return digest.hexdigest()
