"""The schedule of a fit: a table of numbers, one row a sweep."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any


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
    """

    rank: int | None = None
    ridge: float = 1e-3
    sites: int = 1
    cutoff: float = 0.0
    travel: bool = False
    metric: bool = False
    expand: int = 0
    samples: int | None = None


class Schedule:
    """`sweeps` rows of `Step`; a column is one value or a sequence whose last entry repeats.

    Schedule(sweeps=6, rank=[4, 8, 10], ridge=1e-3) has ranks 4, 8, 10, 10, 10, 10.

    Raises ValueError for an unknown column, an empty one, or an entry out of range.
    """

    def __init__(self, sweeps: int = 6, **columns: Any):
        known = [field.name for field in fields(Step)]
        for name in columns:
            if name not in known:
                raise ValueError(f"Schedule({name}=...) is no column; the columns are {', '.join(known)}.")
        if not (isinstance(sweeps, int) and sweeps >= 1):
            raise ValueError(f"Schedule(sweeps={sweeps!r}) must be an integer of at least 1.")
        self.columns = {name: _column(name, values) for name, values in columns.items()}
        self.sweeps = sweeps

    def __len__(self) -> int:
        return self.sweeps

    def __getitem__(self, sweep: int) -> Step:
        return Step(**{name: column[min(sweep, len(column) - 1)] for name, column in self.columns.items()})

    def __iter__(self) -> Iterator[Step]:
        return (self[sweep] for sweep in range(self.sweeps))

    def __repr__(self) -> str:
        return f"Schedule(sweeps={self.sweeps}, {', '.join(f'{k}={v}' for k, v in self.columns.items())})"


def _column(name: str, values: Any) -> list[Any]:
    """A checked list of entries."""
    entries = list(values) if isinstance(values, Sequence) else [values]
    if not entries:
        raise ValueError(f"Schedule({name}=[]) is empty; give one value or a list whose last entry repeats.")
    demand, holds = _DEMANDS[name]
    for entry in entries:
        if isinstance(entry, bool) != (name in ("travel", "metric")) or not holds(entry):
            raise ValueError(f"Schedule({name}=...) has the entry {entry!r}; it must be {demand}.")
    return entries


_DEMANDS: dict[str, tuple[str, Any]] = {
    "rank": ("None or an integer of at least 1", lambda v: v is None or (isinstance(v, int) and v >= 1)),
    "ridge": ("a finite number of at least 0", lambda v: isinstance(v, int | float) and 0 <= v < float("inf")),
    "sites": ("1 or 2", lambda v: v in (1, 2)),
    "cutoff": ("a number in [0, 1)", lambda v: isinstance(v, int | float) and 0 <= v < 1),
    "travel": ("True or False", lambda v: True),
    "metric": ("True or False", lambda v: True),
    "expand": ("an integer of at least 0", lambda v: isinstance(v, int) and v >= 0),
    "samples": ("None or an integer of at least 1", lambda v: v is None or (isinstance(v, int) and v >= 1)),
}
