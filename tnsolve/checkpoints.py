"""The state of a fit between two sweeps, and the file it survives in."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf
from os import PathLike
from typing import Any

import numpy as np

from tnsolve import storage
from tnsolve.arrays import Array
from tnsolve.student import Student


@dataclass(frozen=True)
class Run:
    """A fit after some sweeps: where it stands, the best student so far, and a row of statistics for each sweep."""

    current: Student
    best: Student
    best_loss: float = inf
    statistics: tuple[dict[str, Any], ...] = ()

    @property
    def sweeps(self) -> int:
        """Sweeps made."""
        return len(self.statistics)


@dataclass(frozen=True)
class Checkpoint:
    """A file that holds a `Run`, tied by a digest to its data and settings; nothing where `path` is None."""

    path: str | PathLike[str] | None
    fingerprint: str = field(default="", repr=False)

    @staticmethod
    def of(path: str | PathLike[str] | None, arrays: Iterable[Array | None], settings: str) -> "Checkpoint":
        """The checkpoint at `path` of the fit with these arrays and settings."""
        return Checkpoint(path, _fingerprint(arrays, settings) if path is not None else "")

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
        restored = [
            Student.restored(arrays, metadata[name], start.features, prefix=f"{name}.") for name in ("current", "best")
        ]
        return Run(*restored, metadata["best_loss"], tuple(metadata["statistics"]))

    def write(self, run: Run) -> None:
        """Store the run, whole or not at all."""
        if self.path is None:
            return
        parts = {"current": run.current, "best": run.best}
        arrays = {key: array for name, part in parts.items() for key, array in part.arrays(f"{name}.").items()}
        metadata = {name: part.metadata(maps=False) for name, part in parts.items()}
        metadata |= {"best_loss": run.best_loss, "statistics": list(run.statistics), "fingerprint": self.fingerprint}
        storage.save(self.path, arrays, {"kind": "checkpoint", **metadata})


def _fingerprint(arrays: Iterable[Array | None], settings: str) -> str:
    """SHA-256 of the settings and of every array."""
    digest = hashlib.sha256(settings.encode())
    for array in arrays:
        if array is not None:
            digest.update(np.ascontiguousarray(storage.to_numpy(array)).tobytes())
    return digest.hexdigest()
