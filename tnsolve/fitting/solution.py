"""What every door gives: a model, how the run ended, what has to be said of it, and a row for each sweep."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from tnsolve.result import Result
from tnsolve.sweeping.rows import Row

M = TypeVar("M", covariant=True)


@dataclass(frozen=True, eq=False, repr=False)
class Solution(Generic[M]):
    """A model and its history.

    model       the best of the run: with held-out data what they judge best, else the lowest objective under the last
                settings of the schedule
    result      how it ended, with advice
    statistics  a `Row` for each sweep
    notes       what was done about input that left a choice
    """

    model: M
    result: Result
    statistics: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    @property
    def student(self) -> M:
        """The model, where it is a student."""
        return self.model

    @property
    def layer(self) -> M:
        """The model, where it is a layer."""
        return self.model

    @property
    def losses(self) -> list[float]:
        """The loss after each sweep: the mean over the samples that it saw, for a layer half the mean squared error."""
        return [row.loss for row in self.statistics]

    @property
    def errors(self) -> list[float]:
        """Relative error after each sweep; empty where none is known."""
        return [row.error for row in self.statistics if row.error is not None]

    @property
    def validation_losses(self) -> list[float]:
        """What the held-out data said after each sweep; empty without them."""
        return [row.validation for row in self.statistics if row.validation is not None]

    def __repr__(self) -> str:
        last = f", loss {self.losses[-1]:.4g}" if self.statistics else ""
        return f"Solution({self.model!r}, {self.result.name}, {len(self.statistics)} sweeps{last})"
