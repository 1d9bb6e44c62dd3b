"""How long something took: on the wall, and on all processors together."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


@dataclass(frozen=True)
class Clock:
    """Begins when it is made; `read` says how long ago that was, and may be asked again and again."""

    begun: tuple[float, float] = field(default_factory=_now)

    def read(self) -> tuple[float, float]:
        """Seconds on the wall, and CPU seconds of all threads of this process."""
        (wall, cpu), (wall_then, cpu_then) = _now(), self.begun
        return wall - wall_then, cpu - cpu_then


def timed(function: Callable[[], T]) -> tuple[T, float, float]:
    """The value of function(), its seconds on the wall, and its CPU seconds over all threads."""
    clock = Clock()
    value = function()
    return value, *clock.read()
