"""The schedule of a fit: a table of numbers, one row a sweep."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from array_api_compat import is_array_api_obj

from tnsolve.algebra.reading import shown
from tnsolve.checks import count, number


@dataclass(frozen=True)
class Step:
    """One row of the schedule.

    rank     largest dimension of any bond ("bond dimension"); None for that of the student. One-site sweeps never cut
    ridge    penalty on the squared norm of the whole tensor, relative to mean |z|^2 per squared norm (see `Penalty`)
    sites    cores solved together: 1 (monotone, fixed rank) or 2 (rank chosen by the cut)
    cutoff   two-site: squared singular values that may be dropped, relative to their sum
    travel   two-site: the label leg moves with the centre instead of staying on its core
    metric   two-site: cut in the data's own metric instead of the Frobenius norm
    expand   one-site: directions of the residual's gradient appended to each bond before its next solve, up to `rank`
    samples  how many samples the sweep sees (a seeded subset, each contained in the next larger); None for all

    Numbers of any library are kept as Python's, so that a row is hashable and its `repr` makes it again. Raises
    ValueError for an entry out of range.
    """

    rank: int | None = None
    ridge: float = 1e-3
    sites: int = 1
    cutoff: float = 0.0
    travel: bool = False
    metric: bool = False
    expand: int = 0
    samples: int | None = None

    def __post_init__(self) -> None:
        for name, reader in READERS.items():
            object.__setattr__(self, name, reader(getattr(self, name), f"Step({name}=...)"))


class Schedule:
    """`sweeps` rows of `Step`; a column is one value or a sequence whose last entry repeats.

    Schedule(sweeps=6, rank=[4, 8, 10], ridge=1e-3) has ranks 4, 8, 10, 10, 10, 10. `rank` is the bond dimension.

    A sequence is a list, tuple, range, array or series; entries beyond the last sweep are not read. Two schedules are
    equal if their rows are. Raises ValueError for an unknown column, an empty one, or an entry out of range.
    """

    def __init__(self, sweeps: int = 6, **columns: Any):
        for name in columns:
            if name not in READERS:
                raise ValueError(f"Schedule({name}=...) is no column; the columns are {', '.join(READERS)}.")
        self.columns = {name: _column(name, values) for name, values in columns.items()}
        self.sweeps = count(sweeps, "Schedule(sweeps=...)")
        different = min(self.sweeps, max([1, *map(len, self.columns.values())]))
        self._rows = tuple(
            Step(**{name: column[min(sweep, len(column) - 1)] for name, column in self.columns.items()})
            for sweep in range(different)
        )

    def __len__(self) -> int:
        return self.sweeps

    def __getitem__(self, sweep: int) -> Step:
        return self._rows[min(sweep, len(self._rows) - 1)]

    def __iter__(self) -> Iterator[Step]:
        return (self[sweep] for sweep in range(self.sweeps))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schedule) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Schedule({', '.join([f'sweeps={self.sweeps}', *(f'{k}={v}' for k, v in self.columns.items())])})"


def _column(name: str, values: Any) -> list[Any]:
    """A checked list of entries."""
    entries = list(values) if _several(values) else [values]
    if not entries:
        raise ValueError(f"Schedule({name}=[]) is empty; give one value or a list whose last entry repeats.")
    return [READERS[name](entry, f"Schedule({name}=...)") for entry in entries]


def _several(values: Any) -> bool:
    """Whether `values` are a sequence of entries rather than one."""
    array: Any = values
    if is_array_api_obj(values):
        return array.ndim > 0
    return isinstance(values, Iterable) and not isinstance(values, str | bytes | Mapping | Set)


def _whole(value: Any, name: str, least: int = 0, most: int | None = None) -> int:
    return count(value, name, least, most)


def _whole_or_none(value: Any, name: str) -> int | None:
    return None if value is None else count(value, name)


def _share(value: Any, name: str) -> float:
    """A number in [0, 1)."""
    found = number(value, name, 0.0, 1.0)
    if found == 1:
        raise ValueError(f"{name} is {shown(value)}; it must be a number of at least 0 and below 1.")
    return found


def _flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} is {shown(value)}; it must be True or False.")
    return bool(value)


READERS: dict[str, Callable[[Any, str], Any]] = {
    "rank": _whole_or_none,
    "ridge": number,
    "sites": partial(_whole, least=1, most=2),
    "cutoff": _share,
    "travel": _flag,
    "metric": _flag,
    "expand": _whole,
    "samples": _whole_or_none,
}
"""How an entry of each column is read: (value, name in errors) -> a Python number, or ValueError."""
