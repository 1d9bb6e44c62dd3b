"""Files that appear whole or not at all: safetensors arrays, JSON metadata, and a digest of both."""

import hashlib
import json
import os
import tempfile
from os import PathLike
from typing import Any

import numpy as np

VERSION = 1


def save(path: str | PathLike[str], arrays: dict[str, np.ndarray], metadata: dict[str, Any]) -> None:
    """Write arrays and metadata to a temporary file beside `path`, then rename it into place."""
    from safetensors.numpy import save as encoded

    text = json.dumps({"version": VERSION, **metadata}, sort_keys=True)
    sealed = json.dumps({"content": text, "sha256": _digest(arrays, text)})
    write_whole(path, encoded({name: np.ascontiguousarray(a) for name, a in arrays.items()}, {"tnsolve": sealed}))


def load(path: str | PathLike[str], call: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays and metadata of a file that `save` wrote; ValueError if a bit of it has changed."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            header = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(f"{call}({os.fspath(path)!r}) cannot be read ({error}); the file is damaged.") from error
    if "tnsolve" not in header:
        raise ValueError(f"{call}({os.fspath(path)!r}) was not written by tnsolve; pass a file made by `save`.")
    try:
        sealed = json.loads(header["tnsolve"])
        sound = sealed["sha256"] == _digest(arrays, sealed["content"])
    except (ValueError, TypeError, KeyError):
        sound = False
    if not sound:
        raise ValueError(f"{call}({os.fspath(path)!r}) does not match its digest; the file is damaged.")
    metadata = json.loads(sealed["content"])
    if metadata["version"] > VERSION:
        raise ValueError(
            f"{call}({os.fspath(path)!r}) has format {metadata['version']} but this tnsolve reads up to {VERSION}; "
            f"upgrade tnsolve."
        )
    return arrays, metadata


def write_whole(path: str | PathLike[str], content: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never a part."""
    path = os.path.abspath(path)
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=f".{os.path.basename(path)}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _digest(arrays: dict[str, np.ndarray], text: str) -> str:
    """SHA-256 of the metadata and, by name, of every array's dtype, shape and bytes."""
    digest = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        digest.update(f"{name}{arrays[name].dtype.str}{arrays[name].shape}".encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()
