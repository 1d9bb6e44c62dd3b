"""Files of models: safetensors arrays, JSON metadata, a digest of both, and not a byte of either taken on trust."""

import hashlib
import json
import os
import re
import stat
import struct
from os import PathLike
from typing import Any

import numpy as np

from tnsolve.algebra.records import Record
from tnsolve.models.files import write_whole

VERSION = 2
LONGEST = 2**24
"""Bytes of a header, metadata included."""
DEEPEST = 64
"""Brackets within brackets in the metadata."""
MOST_AXES = 64
DTYPES = {
    **{f"F{bits}": f"<f{bits // 8}" for bits in (64, 32, 16)},
    **{f"{kind}{bits}": f"<{kind.lower()}{bits // 8}" for kind in "IU" for bits in (64, 32, 16, 8)},
    "BOOL": "?",
}
_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)


def save(path: str | PathLike[str], arrays: dict[str, np.ndarray], metadata: dict[str, Any]) -> None:
    """Write arrays and metadata as a whole, see `write_whole`.

    Raises ValueError for a path that cannot be written, and metadata of more than 16 MiB, which `load` would refuse.
    """
    content = encoded(arrays, metadata)
    (header,) = struct.unpack("<Q", content[:8])
    if header > LONGEST:
        raise ValueError(
            f"save({os.fspath(path)!r}) needs {header} bytes for all but the numbers, more than {LONGEST}; use feature "
            f"maps of fewer parameters."
        )
    write_whole(path, content, "save")


def encoded(arrays: dict[str, np.ndarray], metadata: dict[str, Any]) -> bytes:
    """The bytes of a file: safetensors, with the metadata as one text and the digest of all beside it."""
    from safetensors.numpy import save as serialised

    text = json.dumps({"version": VERSION, **metadata}, sort_keys=True)
    plain = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    return serialised(plain, {"tnsolve": text, "sha256": _digest(plain, text)})


def load(path: str | PathLike[str], call: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays and metadata of a file that `save` wrote.

    Sizes are compared with the bytes present before anything is allocated, and the depth of the metadata is measured
    before it is parsed. What the metadata says is not yet trusted: read it through a `Record`.
    Raises ValueError, in the name of `call` and the file, if a bit of it has changed, it is no file of this format, or
    of another version of it; FileNotFoundError where there is none.
    """
    name = f"{call}({os.fspath(path)!r})"
    content = _content(path, name)
    arrays, header = _decoded(content, name)
    if "tnsolve" not in header:
        raise ValueError(f"{name} was not written by tnsolve; pass a file made by `save`.")
    text = header["tnsolve"]
    if header.get("sha256") != _digest(arrays, text):
        raise ValueError(f"{name} does not match its digest; the file is damaged, or of a version before {VERSION}.")
    metadata = Record.of(parsed(text, f"{name} has metadata that"), f"{name}: the metadata")
    version = metadata.integer("version")
    if version != VERSION:
        advice = "upgrade tnsolve" if version > VERSION else "save it again with the tnsolve that wrote it"
        raise ValueError(f"{name} has format {version} but this tnsolve reads format {VERSION}; {advice}.")
    return arrays, dict(metadata.data)


def parsed(text: str, what: str) -> Any:
    """A JSON value; ValueError, beginning with `what`, if the text is none or nests deeper than `DEEPEST`."""
    bare = np.frombuffer(_STRINGS.sub(b"", text.encode("utf-8", "surrogatepass")), np.uint8)
    opening, closing = (np.isin(bare, np.frombuffer(brackets, np.uint8)) for brackets in (b"[{", b"]}"))
    depth = np.cumsum(opening.astype(np.int32) - closing.astype(np.int32))
    if depth.size and depth.max() > DEEPEST:
        raise ValueError(f"{what} nests {depth.max()} deep, more than {DEEPEST}; the file is damaged or forged.")
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"{what} is no JSON ({error}); the file is damaged or forged.") from error


def _content(path: str | PathLike[str], name: str) -> bytes:
    """The bytes of a regular file whose header fits into it."""
    with open(path, "rb", opener=_opened) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise ValueError(f"{name} is no regular file; pass a file made by `save`.")
        head = file.read(8)
        header = struct.unpack("<Q", head)[0] if len(head) == 8 else 0
        if not 0 < header <= min(LONGEST, status.st_size - 8):
            raise ValueError(
                f"{name} has {status.st_size} bytes and claims a header of {header}; the file is damaged, or was not "
                f"written by tnsolve."
            )
        return head + file.read()


def _opened(path: str, flags: int) -> int:
    """A file descriptor, at once: a pipe that nobody writes to does not hold the reader up."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _decoded(content: bytes, name: str) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays and the header's texts."""
    from safetensors import SafetensorError, deserialize

    try:
        parts = deserialize(content)
        (length,) = struct.unpack("<Q", content[:8])
        header = json.loads(content[8 : 8 + length].decode()).get("__metadata__") or {}
    except (SafetensorError, ValueError) as error:
        raise ValueError(f"{name} cannot be read ({error}); the file is damaged.") from error
    arrays = {}
    for key, part in parts:
        dtype, shape = part["dtype"], part["shape"]
        if dtype not in DTYPES or len(shape) > MOST_AXES or 0 in shape:
            raise ValueError(
                f"{name} holds {key!r} of dtype {dtype} and shape {shape[:9]}, not one of {', '.join(DTYPES)} with "
                f"every dimension at least 1; the file is damaged or forged."
            )
        arrays[key] = np.frombuffer(part["data"], DTYPES[dtype]).reshape(shape)
    return arrays, header


def _digest(arrays: dict[str, np.ndarray], text: str) -> str:
    """SHA-256 of the metadata and, by name, of every array's dtype, shape and bytes."""
    digest = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        digest.update(f"{name}{arrays[name].dtype.str}{arrays[name].shape}".encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()
