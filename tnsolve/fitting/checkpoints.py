"""The file in which a run survives between two sweeps, and how it is recognised."""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cached_property
from math import isfinite
from os import PathLike
from typing import Any, Generic, TypeVar

import numpy as np
from array_api_compat import is_array_api_obj

from tnsolve.algebra.arrays import namespace, to_numpy
from tnsolve.algebra.records import Record
from tnsolve.models import storage
from tnsolve.models.files import writable
from tnsolve.networks.abstract import AbstractNetwork
from tnsolve.networks.stored import network_arrays, network_from_json, network_to_json
from tnsolve.networks.structure import require_same_ends, require_sound
from tnsolve.schedule import Schedule
from tnsolve.sweeping.rows import Row
from tnsolve.sweeping.runs import Run

N = TypeVar("N", bound=AbstractNetwork)
_NUMBERS = ("loss", "ridge", "log_penalty", "samples", "objective", "discarded", "seconds", "cpu_seconds")


@dataclass(frozen=True)
class Checkpoint(Generic[N]):
    """A file that holds a `Run`, recognised by the digests of what decides it; nothing where `path` is None.

    parts     what decides the run, by name: arrays count by their bytes, settings by their values
    schedule  the rows that a stored run has made must be the first of this one, which may be longer
    call      whose `checkpoint` it is, for errors
    """

    path: str | PathLike[str] | None
    parts: Mapping[str, Any] = field(repr=False)
    schedule: Schedule
    call: str

    def read(self, start: N) -> Run[N]:
        """The stored run, or a new one from `start`; the folder is tried before any work.

        Raises ValueError for a file that cannot be written, is damaged, or belongs to another run: every difference is
        named.
        """
        if self.path is None:
            return Run.of(start)
        writable(self.path, f"{self.call}(checkpoint=...)")
        if not os.path.exists(self.path):
            return Run.of(start)
        arrays, metadata = storage.load(self.path, self.call)
        record = Record.of(metadata, self._name)
        if record.text("kind") != "checkpoint":
            raise ValueError(f"{self._name} holds a {record.text('kind')}, not a run under way; choose another path.")
        rows = tuple(_row(each) for each in record.records("statistics"))
        self._recognise(record, len(rows))
        current, best = (_network(start, arrays, record, name) for name in ("current", "best"))
        return Run(current, best, _number(record, "best_value"), rows)

    def write(self, run: Run[N]) -> None:
        """Store the run, whole or not at all."""
        if self.path is None:
            return
        networks = {"current": run.current, "best": run.best}
        arrays = {
            key: array
            for name, network in networks.items()
            for key, array in network_arrays(network, f"{name}.").items()
        }
        metadata = {
            "kind": "checkpoint",
            **{name: network_to_json(network) for name, network in networks.items()},
            "best_value": _written(run.best_value),
            "statistics": [{name: _written(value) for name, value in row.items()} for row in run.rows],
            "parts": self._digests,
            "schedule": [digest(self.schedule[sweep]) for sweep in range(run.sweeps)],
        }
        storage.save(self.path, arrays, metadata)

    @property
    def _name(self) -> str:
        return f"{self.call}(checkpoint={os.fspath(self.path or '')!r})"

    @cached_property
    def _digests(self) -> dict[str, str]:
        return {name: digest(part) for name, part in self.parts.items()}

    def _recognise(self, record: Record, sweeps: int) -> None:
        """Raise ValueError unless the stored run is the beginning of this one."""
        stored = record.record("parts")
        other = [name for name, own in self._digests.items() if not stored.has(name) or stored.text(name) != own]
        made = record.texts("schedule")
        if list(made) != [digest(self.schedule[sweep]) for sweep in range(sweeps)]:
            other.append(f"schedule of the {sweeps} sweeps made")
        if other:
            raise ValueError(
                f"{self._name} belongs to a fit with other data or settings: they differ in "
                f"{', '.join(other)}; delete the file, choose another path, or go back to what it began with."
            )


def digest(value: Any) -> str:
    """SHA-256 of a value by its content: arrays by dtype, shape and bytes, records field by field, numbers exactly.

    Raises ValueError for what has no content that could be told apart, such as a function.
    """
    found = hashlib.sha256()
    _fed(value, found.update)
    return found.hexdigest()


def _fed(value: Any, update: Callable[[bytes], None]) -> None:
    """Every bit of a value, each part behind its type."""
    if is_array_api_obj(value):
        array = np.ascontiguousarray(to_numpy(value))
        update(f"array {array.dtype.str} {array.shape} ".encode())
        update(array.tobytes())
    elif is_dataclass(value) and not isinstance(value, type):
        update(f"{type(value).__module__}.{type(value).__qualname__} ".encode())
        for each in fields(value):
            if each.compare:
                update(f"{each.name} ".encode())
                _fed(getattr(value, each.name), update)
    elif isinstance(value, Mapping):
        update(f"mapping {len(value)} ".encode())
        for key in sorted(value, key=repr):
            _fed(key, update)
            _fed(value[key], update)
    elif isinstance(value, tuple | list | frozenset):
        parts = sorted(value, key=repr) if isinstance(value, frozenset) else value
        update(f"{type(value).__name__} {len(value)} ".encode())
        for part in parts:
            _fed(part, update)
    elif value is None or isinstance(value, bool | int | float | str | bytes | slice):
        update(f"{type(value).__name__} {value!r} ".encode())
    else:
        raise ValueError(
            f"a checkpoint cannot recognise {value!r}: its content has no digest; use an object made of numbers and "
            f"arrays, such as a frozen dataclass."
        )


def _network(start: N, arrays: Mapping[str, np.ndarray], record: Record, name: str) -> N:
    """A stored network, sound, of the class of the start, with its cores where those of the start are."""
    part = record.record(name)
    found = network_from_json(arrays, part, f"{name}.")
    if type(found) is not type(start):
        raise ValueError(f"{part.place} is a {type(found).__name__}, but the run began with a {type(start).__name__}.")
    require_sound(found, part.place)
    require_same_ends(found, start, part.place)
    like, xp = start.cores[0].data, namespace(start.cores[0].data)
    return found.recast(lambda array: xp.asarray(array, dtype=like.dtype, device=like.device))


def _written(value: float | None) -> float | str | None:
    """A number as JSON has it: text where it is not finite."""
    return value if value is None or isfinite(value) else str(float(value))


def _number(record: Record, key: str) -> float:
    """Inverse of `_written`."""
    text = record.data.get(key)
    return float(text) if text in ("inf", "-inf", "nan") else record.number(key)


def _row(record: Record) -> Row:
    """A row of statistics, every field of its type."""
    record.only(*Row.names())
    optional = {name: _number(record, name) for name in ("error", "validation") if record.has(name)}
    return Row(
        sweep=record.integer("sweep"),
        rank=record.integer("rank"),
        parameters=record.integer("parameters"),
        taken_back=record.integer("taken_back"),
        lowered=record.integer("lowered"),
        **optional,
        **{name: _number(record, name) for name in _NUMBERS},
    )
