"""Files that appear whole or not at all, with the mode and the symbolic link that were there before."""

import os
import re
import secrets
import stat
import time
from contextlib import suppress
from hashlib import sha256
from os import PathLike
from platform import node

ABANDONED = 86_400.0
"""Seconds after which the unfinished file of another machine is taken for an orphan."""
LONGEST_NAME = 180
_MACHINE = sha256(node().encode()).hexdigest()[:8]
_WRITING: set[str] = set()
"""Temporary files of this process that are being written now."""


def write_whole(path: str | PathLike[str], content: bytes, call: str = "write_whole") -> None:
    """Write a file so that a reader sees the old one or the new one, never a part, whatever happens on the way.

    The bytes go to a temporary file beside the target, to the disk, and then in place by a rename, after which the
    folder is synced too. A symbolic link is followed and kept. Mode and, where this process may set them, owner and
    group of a file that was there are kept; a new one gets what the umask leaves. An interrupt leaves the old file or
    the new one and no other; what a killed process of this machine left of the same target is removed.
    Raises ValueError as `writable`, OSError where the disk fails.
    """
    target = _target(path, call)
    old = os.stat(target) if os.path.exists(target) else None
    mode = 0o666 if old is None else stat.S_IMODE(old.st_mode)
    _sweep(target)
    temporary = _beside(target)
    _WRITING.add(temporary)
    try:
        handle = os.open(temporary, _NEW, mode)
        try:
            left = memoryview(content)
            while left:
                left = left[os.write(handle, left) :]
            if old is not None:
                _handed(temporary, old)
                os.chmod(temporary, mode)
            os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(temporary, target)
        _synced(os.path.dirname(target))
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    finally:
        _WRITING.discard(temporary)


def writable(path: str | PathLike[str], call: str) -> None:
    """Try, before long work, whether `write_whole` could write here: a file beside the target is made and removed.

    What a killed process of this machine left of the same target is removed too.
    Raises ValueError, in the name of `call`, for an empty path, a folder, a device, and a folder that is missing or
    takes no file.
    """
    target = _target(path, call)
    _sweep(target)
    temporary = _beside(target)
    _WRITING.add(temporary)
    try:
        os.close(os.open(temporary, _NEW, 0o600))
    except OSError as error:
        raise ValueError(
            f"{call}({os.fspath(path)!r}) cannot be written: {error.strerror}; choose a folder that takes files."
        ) from error
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        _WRITING.discard(temporary)


_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def _target(path: str | PathLike[str], call: str) -> str:
    """The absolute path of the file that a path stands for, links followed."""
    given = os.fsdecode(path)
    name = f"{call}({given!r})"
    if not given or "\0" in given:
        raise ValueError(f"{name} names no file; pass the path of one.")
    target = os.path.realpath(given)
    if os.path.islink(target):
        raise ValueError(f"{name} is a symbolic link in a circle; remove it, or choose another path.")
    if os.path.isdir(target) or given.endswith(os.sep):
        raise ValueError(f"{name} is a folder; pass the path of a file in it.")
    if os.path.exists(target) and not os.path.isfile(target):
        raise ValueError(f"{name} is a device or a pipe; pass the path of a file.")
    if not os.path.isdir(os.path.dirname(target)):
        raise ValueError(f"{name} lies in {os.path.dirname(target)!r}, which is no folder; make it first.")
    return target


def _prefix(target: str) -> str:
    """How the temporary files of a target begin."""
    name = os.path.basename(target)
    short = name if len(os.fsencode(name)) <= LONGEST_NAME else sha256(os.fsencode(name)).hexdigest()
    return f".{short}.{_MACHINE}-"


def _beside(target: str) -> str:
    """A temporary file for a target: it says which machine and process writes it."""
    return os.path.join(os.path.dirname(target), f"{_prefix(target)}{os.getpid()}-{secrets.token_hex(4)}")


def _sweep(target: str) -> None:
    """Remove what dead processes left of their writes of this target."""
    folder = os.path.dirname(target)
    stem = _prefix(target)[: -len(_MACHINE) - 1]
    form = re.compile(rf"{re.escape(stem)}([0-9a-f]{{8}})-(\d+)-[0-9a-f]{{8}}")
    with suppress(OSError):
        for name in os.listdir(folder):
            found = form.fullmatch(name)
            if found and _orphaned(os.path.join(folder, name), found[1], int(found[2])):
                os.unlink(os.path.join(folder, name))


def _orphaned(file: str, machine: str, process: int) -> bool:
    """Whether nobody writes a temporary file any more."""
    if machine != _MACHINE:
        return time.time() - os.stat(file).st_mtime > ABANDONED
    if process == os.getpid():
        return file not in _WRITING
    return not _alive(process)


def _alive(process: int) -> bool:
    """Whether a process of this machine still runs."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _handed(file: str, old: os.stat_result) -> None:
    """Give a file the owner and group of an old one, where this process may."""
    if hasattr(os, "chown"):
        with suppress(PermissionError):
            os.chown(file, old.st_uid, old.st_gid)


def _synced(folder: str) -> None:
    """Have the disk remember a rename, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
