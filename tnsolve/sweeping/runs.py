"""The one loop over a schedule: a state improved step by step, the best of it kept, and why it ends."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Generic, TypeVar

from tnsolve.result import Result
from tnsolve.schedule import Schedule, Step
from tnsolve.sweeping.held_out import HeldOut
from tnsolve.sweeping.rows import Row

S = TypeVar("S")


@dataclass(frozen=True)
class Run(Generic[S]):
    """A schedule under way: where it stands, the best so far with what it was judged by, and a row for each sweep."""

    current: S
    best: S
    best_value: float = inf
    rows: tuple[Row, ...] = ()

    @staticmethod
    def of(start: S) -> "Run[S]":
        """Before the first sweep."""
        return Run(start, start)

    @property
    def sweeps(self) -> int:
        """Sweeps made."""
        return len(self.rows)


@dataclass(frozen=True)
class Sweep(Generic[S]):
    """What an observer sees after a sweep: the model as it stands, and its row of statistics."""

    model: S
    statistics: Row

    @property
    def student(self) -> S:
        """The model, where it is a student."""
        return self.model


@dataclass(frozen=True)
class AbstractPlan(ABC, Generic[S]):
    """All that decides how a run goes.

    schedule   one row of it for each sweep
    held_out   data to judge by, if any, and the patience to have with them
    tolerance  stop when a sweep moves the loss by less than this fraction of it
    """

    schedule: Schedule
    held_out: HeldOut | None
    tolerance: float

    @abstractmethod
    def improved(self, run: Run[S], step: Step) -> tuple[S, Row]:
        """One sweep from where the run stands, and its row."""

    def followed(self, run: Run[S], *keep: Callable[[Run[S]], None]) -> tuple[Run[S], Result]:
        """Sweep until there is a reason to end: the run, and the reason. `keep` sees the run after each sweep."""
        while (ending := self.ending(run)) is None:
            run = self.ranked(run, *self.improved(run, self.schedule[run.sweeps]))
            for each in keep:
                each(run)
        return run, ending

    def ranked(self, run: Run[S], state: S, row: Row) -> Run[S]:
        """The run with one sweep more.

        With held-out data, the best is what they judge best. Without, it is the lowest objective among the sweeps that
        share the newest row of the schedule: under other settings the objective is another.
        """
        judged = row.objective if row.validation is None else row.validation
        fresh = row.validation is None and run.sweeps > 0 and self._turned(run.sweeps)
        lower = judged <= run.best_value if row.validation is None else judged < run.best_value
        best, value = (state, judged) if row.sound and (fresh or lower) else (run.best, run.best_value)
        return Run(state, best, value, (*run.rows, row))

    def ending(self, run: Run[S]) -> Result | None:
        """Why to stop now, or None. While the schedule has other settings in store, a stall or a rest is no end."""
        if not run.rows:
            return None
        last = run.rows[-1]
        if not last.finite:
            return Result.DIVERGED
        if run.sweeps >= len(self.schedule):
            return Result.COMPLETED
        if self.held_out is not None and self.held_out.spent(run.rows):
            return Result.EARLY_STOPPED
        if any(self._turned(sweep) for sweep in range(run.sweeps, len(self.schedule))):
            return None
        if last.idle:
            return Result.STALLED
        if run.sweeps >= 2 and last.rests(run.rows[-2], self.tolerance):
            return Result.CONVERGED
        return None

    def _turned(self, sweep: int) -> bool:
        """Whether a sweep has other settings than the one before it."""
        return self.schedule[sweep] != self.schedule[sweep - 1]


def until_interrupted(
    start: S, follow: Callable[[Callable[[Run[S]], None]], tuple[Run[S], Result]]
) -> tuple[Run[S], Result]:
    """follow(keep), or at an interrupt from the keyboard the last run that it kept: that of no sweep from the start."""
    kept: deque[Run[S]] = deque(maxlen=1)
    try:
        return follow(kept.append)
    except KeyboardInterrupt:
        return kept[-1] if kept else Run.of(start), Result.INTERRUPTED
