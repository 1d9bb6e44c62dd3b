"""A progress bar: an observer that counts visits."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from tnsolve.sweeping.runs import Sweep
from tnsolve.sweeping.sweep import Visit


class Progress(AbstractContextManager["Progress"]):
    """Counts visits under the number of the sweep; `shown=False` makes every call free. rich is imported when shown.

    visits : of each sweep of the schedule
    """

    def __init__(self, shown: bool, visits: Sequence[int]):
        self._visits, self._sweeps = visits, 0
        self._bar: Any = None
        self._task: Any = None
        if shown:
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

            columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
            self._bar = Progress(*columns, TextColumn("{task.fields[note]}"), transient=True)
            self._task = self._bar.add_task("", total=None, note="")

    def __enter__(self) -> "Progress":
        if self._bar is not None:
            self._begin()
            self._bar.start()
        return self

    def __exit__(self, *_: Any) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, event: Visit | Sweep) -> None:
        """One more visit, or the next sweep."""
        if self._bar is None:
            return
        if isinstance(event, Visit):
            self._bar.update(self._task, advance=1, note=f"loss {event.info.after:.4g}")
            return
        self._sweeps = event.statistics.sweep + 1
        if self._sweeps < len(self._visits):
            self._begin()

    def _begin(self) -> None:
        """Start counting again from zero."""
        title = f"sweep {self._sweeps + 1}/{len(self._visits)}"
        self._bar.reset(self._task, total=self._visits[self._sweeps], description=title, note="")
