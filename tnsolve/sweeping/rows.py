"""What a sweep leaves on record: one row of statistics, which also steers the run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from math import inf, isfinite
from typing import Any, Self


@dataclass(frozen=True)
class Row(Mapping[str, Any]):
    """One sweep, a record and a mapping: `row["loss"]` is `row.loss`.

    sweep        its number, from 0
    rank         largest bond dimension after it    parameters  numbers stored
    ridge        of the schedule                    log_penalty  log of the same in absolute units, -inf for none
    samples      how many the loss is a mean of; 0 for second moments of no samples
    loss         after the sweep, without the penalty
    objective    the same with the penalty
    error        relative error, where the environment knows one
    validation   how the model does on the held-out data, if there are any
    discarded    sum over visits of the relative squares that cuts gave up    taken_back  cuts undone
    lowered      visits that lowered the objective
    seconds, cpu_seconds
    """

    sweep: int
    rank: int
    parameters: int
    loss: float
    ridge: float = 0.0
    log_penalty: float = -inf
    samples: float = 0
    objective: float = inf
    error: float | None = None
    validation: float | None = None
    discarded: float = 0.0
    taken_back: int = 0
    lowered: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def __getitem__(self, name: str) -> Any:
        """A field by its name. Raises KeyError for another."""
        return vars(self)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self.names())

    @classmethod
    def names(cls) -> list[str]:
        """Of the fields, in their order."""
        return [field.name for field in fields(cls)]

    @property
    def finite(self) -> bool:
        """Whether the loss is."""
        return isfinite(self.loss)

    @property
    def sound(self) -> bool:
        """Whether the loss and what the held-out data say are finite."""
        return self.finite and (self.validation is None or isfinite(self.validation))

    @property
    def idle(self) -> bool:
        """Whether no visit lowered the objective and no cut moved it."""
        return self.lowered == 0 and self.discarded == 0

    def rests(self, before: Self, tolerance: float) -> bool:
        """Whether a sweep of the same network on the same samples moved the loss by less than a fraction of it."""
        same = before.parameters == self.parameters and before.samples == self.samples
        return same and abs(before.loss - self.loss) < tolerance * abs(before.loss)
