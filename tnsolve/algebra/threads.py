"""BLAS at one thread while our own threads run: one limit for the process, held by as many as run."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from threading import Lock

from threadpoolctl import ThreadpoolController

BRINGING_THREADS = ("scipy.linalg", "torch", "sklearn")
"""Libraries that bring a BLAS or an OpenMP of their own."""


class SharedLimit:
    """BLAS at one thread for as long as anybody holds it, counted under a lock.

    A limit that the caller holds by `threadpoolctl.threadpool_limits` stands.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._holders = 0
        self._loaded: tuple[bool, ...] = ()
        self._limits = ExitStack()

    @contextmanager
    def held(self) -> Iterator[None]:
        """The first to enter sets the limit, the last to leave restores what was before, in whatever order they go."""
        loaded = tuple(name in sys.modules for name in BRINGING_THREADS)
        with _pools(loaded, "openmp").limit(limits=1):
            self._enter(loaded)
            try:
                yield
            finally:
                self._leave()

    def _enter(self, loaded: tuple[bool, ...]) -> None:
        with self._lock:
            self._holders += 1
            try:
                if self._holders == 1 or loaded != self._loaded:
                    self._limit(loaded)
            except BaseException:
                self._release()
                raise

    def _leave(self) -> None:
        with self._lock:
            self._release()

    def _limit(self, loaded: tuple[bool, ...]) -> None:
        """Set the limit, and let go of it: threadpoolctl would let no other thread restore it."""
        pools = _pools(loaded, "blas")
        limits = pools.limit(limits=1)
        self._limits.callback(_let_go, pools)
        self._limits.callback(limits.restore_original_limits)
        self._loaded = loaded
        _let_go(pools)

    def _release(self) -> None:
        """One holder less; the last one restores."""
        self._holders -= 1
        if self._holders == 0:
            self._limits.close()


def _let_go(pools: ThreadpoolController) -> None:
    """End the calling thread's hold on the numbers of threads, which stay as they are."""
    with pools.limit(limits=None):
        pass


ONE_THREAD = SharedLimit()


@cache
def _pools(loaded: tuple[bool, ...], kind: str) -> ThreadpoolController:
    """The thread pools of this process, looked for again when a library that brings its own has been loaded since."""
    return ThreadpoolController().select(user_api=kind)
