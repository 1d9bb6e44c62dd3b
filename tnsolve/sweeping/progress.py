"""A progress bar that counts visits, or nothing at all."""

from contextlib import AbstractContextManager
from typing import Any


class Progress(AbstractContextManager["Progress"]):
    """Counts visits of regions under a title; `shown=False` makes every call free. rich is imported when shown."""

    def __init__(self, shown: bool):
        self._bar: Any = None
        self._task: Any = None
        if shown:
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

            columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
            self._bar = Progress(*columns, TextColumn("{task.fields[note]}"), transient=True)
            self._task = self._bar.add_task("", total=None, note="")

    def __enter__(self) -> "Progress":
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: Any) -> None:
        if self._bar is not None:
            self._bar.stop()

    def begin(self, title: str, visits: int) -> None:
        """Start counting again from zero."""
        if self._bar is not None:
            self._bar.reset(self._task, total=visits, description=title, note="")

    def advance(self, note: str) -> None:
        """One more visit is done; `note` stands after the bar."""
        if self._bar is not None:
            self._bar.update(self._task, advance=1, note=note)
