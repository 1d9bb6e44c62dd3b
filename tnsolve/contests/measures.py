"""How well a student did: against the labels, against its teacher, and at what cost."""

import time
from collections.abc import Callable
from math import inf
from typing import TypeVar

from tnsolve.algebra.arrays import Array, namespace

T = TypeVar("T")


def accuracy(logits: Array, labels: Array) -> float:
    """Share of rows whose largest logit is at the label.   logits : (N, m)    labels : (N,) integers."""
    xp = namespace(logits, labels)
    return _share(xp.argmax(logits, axis=-1) == labels)


def agreement(logits: Array, others: Array) -> float:
    """Share of rows where both have their largest logit at the same class.   logits, others : (N, m)."""
    xp = namespace(logits, others)
    return _share(xp.argmax(logits, axis=-1) == xp.argmax(others, axis=-1))


def relative_error(values: Array, targets: Array) -> float:
    """|values - targets| / |targets - mean over samples|, Frobenius norms: 0 is exact, 1 no better than the mean.

    values, targets : (N, m). Infinite where the targets do not vary.
    """
    xp = namespace(values, targets)
    spread = float(xp.linalg.vector_norm(targets - xp.mean(targets, axis=0)))
    return float(xp.linalg.vector_norm(values - targets)) / spread if spread > 0 else inf


def timed(function: Callable[[], T]) -> tuple[T, float, float]:
    """The value of function(), its wall-clock seconds, and its CPU seconds over all threads."""
    wall, cpu = time.perf_counter(), time.process_time()
    value = function()
    return value, time.perf_counter() - wall, time.process_time() - cpu


def _share(hits: Array) -> float:
    xp = namespace(hits)
    return float(xp.mean(xp.astype(hits, xp.float64)))
