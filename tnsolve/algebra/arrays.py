"""The namespace of an argument, contiguous spans of samples, one pool of threads, and seeds."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from types import ModuleType
from typing import Any

import array_api_compat
import numpy as np

from tnsolve.algebra.threads import ONE_THREAD

Array = Any

CACHED = 2**18
"""Entries of an array worked on at a time, so that what is made of them stays in cache."""


def namespace(*arrays: Array) -> ModuleType:
    """The array-API namespace that all `arrays` share (NumPy, CuPy, array-api-strict, ...).

    Raises TypeError when they come from two libraries: moving data between devices is the caller's decision.
    """
    return array_api_compat.array_namespace(*arrays)


def device_of(array: Array) -> Any:
    """Where `array` lives, to be handed to a creation function as `device=`."""
    return array_api_compat.device(array)


def is_numpy(array: Array) -> bool:
    """Whether `array` is a NumPy array, hence a compiled kernel may work on it."""
    return isinstance(array, np.ndarray)


def to_numpy(array: Array) -> np.ndarray:
    """A NumPy copy of an array from any library (DLPack, or the library's own `get` where it lives on a GPU)."""
    if is_numpy(array):
        return array
    return np.from_dlpack(array, device="cpu")


def contiguous(array: Array) -> Array:
    """The array with its last axis fastest: what the compiled kernels read. Other libraries' arrays pass through."""
    return np.ascontiguousarray(array) if is_numpy(array) else array


def spread(count: int, wanted: int) -> list[int]:
    """About `wanted` of `count` rows in order, spread evenly but without a period: multiples of the golden ratio.

    Every second or every tenth row is no fair part of data that was interleaved from two sources, as MNIST was.
    """
    golden = (5**0.5 - 1) / 2
    return list(range(count)) if wanted >= count else sorted({int(count * (golden * at % 1)) for at in range(wanted)})


def representative(weights: Array) -> bool:
    """Whether some weights stand for at least half as many equal ones, (sum w)^2 / sum w^2; false where all are 0."""
    xp = namespace(weights)
    return bool(2 * xp.sum(weights) ** 2 > weights.shape[0] * xp.sum(weights**2))


def generator(seed: int | np.random.Generator) -> np.random.Generator:
    """The one way that a seed becomes random numbers."""
    return np.random.default_rng(seed)


@dataclass(frozen=True)
class Pool:
    """Runs a function over contiguous spans of samples, one span a worker, and returns the results in order.

    BLAS stays at one thread inside `pool.running()`; the compiled kernels release the GIL, so the spans truly overlap.
    The partition depends on `workers` alone, never on timing: the same machine gives the same bits.
    """

    workers: int = 1
    smallest: int = 8192

    def spans(self, samples: int) -> list[slice]:
        """At most `workers` slices that cover range(samples), of at least `smallest` samples unless there is one."""
        pieces = max(1, min(self.workers, samples // self.smallest))
        edges = [samples * k // pieces for k in range(pieces + 1)]
        return [slice(a, b) for a, b in pairwise(edges)]

    def map(self, function: Callable[[slice], Any], samples: int) -> list[Any]:
        """[function(span) for each span]."""
        spans = self.spans(samples)
        if len(spans) == 1:
            return [function(spans[0])]
        with ThreadPoolExecutor(len(spans)) as executor:
            return list(executor.map(function, spans))

    def blocks(self, function: Callable[[slice], Any], samples: int, width: int) -> list[Any]:
        """[function(block) for each block], in order; blocks so short that arrays of `width` columns stay in cache."""
        rows = max(1, CACHED // width)

        def run(span: slice) -> list[Any]:
            starts = range(span.start, span.stop, rows)
            return [function(slice(at, min(at + rows, span.stop))) for at in starts]

        return [each for part in self.map(run, samples) for each in part]

    def sum(self, function: Callable[[slice], Array], samples: int) -> Array:
        """Sum of function(span) over the spans, added in order."""
        first, *rest = self.map(function, samples)
        for term in rest:
            first = first + term
        return first

    @contextmanager
    def running(self) -> Iterator[None]:
        """BLAS at one thread within, restored after: our threads and those of BLAS never fight.

        The limit belongs to the process. It holds while anybody runs, in whatever threads, and the last to leave takes
        it back. OpenMP counts threads for each thread that calls it, so that limit is the caller's own.
        """
        with ONE_THREAD.held():
            yield


def default_workers() -> int:
    """Cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
