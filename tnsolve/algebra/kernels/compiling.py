"""How every kernel is compiled: by Numba, kept on disk where that can be done, and said aloud the first time.

Machine code is kept beside the package, else in the user's cache folder (both are Numba's own choice, as is
NUMBA_CACHE_DIR), else in a private folder among the temporary files, else nowhere: a package on a read-only disk, for a
user without a home, runs all the same. A cache that cannot be read or written is no error either; the kernel is then
compiled anew.
"""

import logging
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import config as numba_config
from numba import njit
from numba.core import event
from numba.core.caching import FunctionCache, NullCache

LOG = logging.getLogger("tnsolve")
config: Any = numba_config


def compiled(function: Callable[..., Any]) -> Any:
    """The kernel of a Python function: no GIL, no bounds checks, fast mathematics. Compiled at the first call."""
    kernel: Any = njit(nogil=True, fastmath=True, error_model="numpy")(function)
    if not config.DISABLE_JIT:
        kernel._cache = Forgiving(_cache(function))
    return kernel


class Forgiving(NullCache):
    """A cache of Numba's whose failures to read or write cost time and nothing else."""

    def __init__(self, cache: Any):
        self.cache = cache

    @property
    def cache_path(self) -> str | None:
        return self.cache.cache_path

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The stored machine code, or None."""
        try:
            return self.cache.load_overload(sig, target_context)
        except Exception:
            # A damaged file raises whatever unpickling makes of it.
            self.cache = NullCache()
            return None

    def save_overload(self, sig: Any, cres: Any) -> None:
        """Store machine code, unless the disk says no."""
        try:
            self.cache.save_overload(sig, cres)
        except OSError:
            self.cache = NullCache()


def _cache(function: Callable[..., Any]) -> Any:
    """Where Numba keeps the machine code of `function`."""
    try:
        return FunctionCache(function)
    except RuntimeError:
        return _temporary_cache(function)


def _temporary_cache(function: Callable[..., Any]) -> Any:
    """The same in a folder among the temporary files that belongs to this user alone; none if there is no such."""
    before = config.CACHE_DIR
    try:
        config.CACHE_DIR = str(_private_folder())
        return FunctionCache(function)
    except (RuntimeError, OSError):
        return NullCache()
    finally:
        config.CACHE_DIR = before


def _private_folder() -> Path:
    """What is loaded from a cache is run, hence nobody else may have written there. OSError if that can't be had."""
    folder = Path(tempfile.gettempdir()) / f"tnsolve-kernels-{os.getuid() if os.name == 'posix' else 'mine'}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    mine = os.name != "posix" or (found.st_uid == os.getuid() and not found.st_mode & 0o077)
    if not (stat.S_ISDIR(found.st_mode) and mine):
        raise PermissionError(f"{folder} belongs to somebody else")
    return folder


class Announcer(event.Listener):
    """Says once what the first seconds are spent on, and only where no machine code was found.

    A warning of the logger `tnsolve`: one line on stderr unless the program has handlers of its own;
    `logging.getLogger("tnsolve").setLevel("ERROR")` silences it.
    """

    def __init__(self) -> None:
        self.said = False

    def on_start(self, event: Any) -> None:
        """Numba begins to compile something."""
        kernel = event.data["dispatcher"]
        if self.said or not kernel.py_func.__module__.startswith("tnsolve."):
            return
        self.said = True
        kept = isinstance(kernel._cache, Forgiving) and kernel._cache.cache_path is not None
        when = (
            "the first time only" if kept else "in every process: set NUMBA_CACHE_DIR to a folder that can be written"
        )
        LOG.warning("tnsolve compiles its kernels, which takes about ten seconds, %s", when)

    def on_end(self, event: Any) -> None:
        """Nothing is said."""


event.register("numba:compile", Announcer())
