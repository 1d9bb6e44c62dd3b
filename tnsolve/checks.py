"""The rule book of every front door: what can be used becomes clean arrays and numbers, else an error says what to do.

All doors take what `algebra.reading.read` takes: arrays of any library and memory layout, lists, frames, torch tensors
on the CPU (detached; the result is NumPy). Integers and booleans become float64 and half precision float32, unless a
dtype is asked for. Every error is a ValueError that names the call, shows the value and gives the fix; an argument from
another library than x is a TypeError: moving data between devices is the caller's decision.
"""

from math import inf, isfinite
from numbers import Real
from operator import index
from typing import Any, ClassVar, Protocol

import numpy as np
from array_api_compat import is_array_api_obj

from tnsolve.algebra.arrays import Array, contiguous, device_of, is_numpy, namespace
from tnsolve.algebra.reading import read, shown


class Judge(Protocol):
    """What the rule book asks of a transfer function."""

    classes: ClassVar[bool]

    def check(self, y: Array, call: str, eps: float | None = None) -> Array:
        """y moved into the range, or ValueError."""
        ...


def inputs(
    x: Any, call: str, sites: int | None = None, dtype: Any = None, *, empty: bool = False, of: str = "student"
) -> Array:
    """x as a finite, contiguous floating array (N, sites).

    sites : columns that it must have    empty : whether N may be 0, as in prediction    of : what has that many sites
    Raises ValueError for a wrong shape, no samples, NaN or infinity, and a number that `dtype` cannot hold.
    """
    name = f"{call}(x=...)"
    given, _ = read(x, name)
    if given.ndim != 2:
        raise ValueError(f"{name} has shape {tuple(given.shape)}; it must be (samples, sites): reshape it.")
    if given.shape[1] == 0 or (given.shape[0] == 0 and not empty):
        raise ValueError(f"{name} has shape {tuple(given.shape)}; at least one sample and one column are needed.")
    if sites is not None and given.shape[1] != sites:
        raise ValueError(
            f"{name} has {given.shape[1]} columns but the {of} has {sites} sites; "
            f"start from a {of} made for {given.shape[1]} columns, or select {sites} of them."
        )
    return _floating(given, name, dtype)


def targets(y: Any, call: str, like: Array, transfer: Judge, outputs: int | None = None) -> Array:
    """y as (N, outputs) in the dtype and on the device of `like`, within the range of the transfer function.

    For softmax, integers (N,) are classes and become one-hot rows; the number of classes is `outputs`, or the largest
    plus 1. Values that only the rounding of the dtype given put outside the range are moved into it.
    Raises ValueError for a wrong shape, classes out of range, one class only, NaN, or targets out of range.
    """
    name, xp = f"{call}(y=...)", namespace(like)
    given, eps = read(y, name)
    given = _beside(given, y, like, name)
    if given.ndim == 1 and transfer.classes and xp.isdtype(given.dtype, ("integral", "bool")):
        clean = _one_hot(_counted(given, name, like), call, like, outputs)
    else:
        clean = _floating(given, name, like.dtype)
    clean = clean[:, None] if clean.ndim == 1 else clean
    if clean.ndim != 2 or clean.shape[0] != like.shape[0]:
        raise ValueError(
            f"{name} has shape {tuple(clean.shape)} for {like.shape[0]} samples; it must be "
            f"({like.shape[0]}, outputs): one row for each row of x."
        )
    if clean.shape[1] == 0 or (outputs is not None and clean.shape[1] != outputs):
        labels = "; class labels must be integers (N,)" if transfer.classes and given.ndim == 1 else ""
        raise ValueError(
            f"{name} has {clean.shape[1]} columns but the student has {outputs or 'at least one'} outputs; "
            f"pass targets with that many columns{labels}."
        )
    return contiguous(transfer.check(clean, call, eps))


def activations(y: Any, call: str, transfer: Judge, columns: int | None = None, *, empty: bool = False) -> Array:
    """A layer's outputs y, (N, columns), as `inputs` cleans them and within the range of its transfer function."""
    _, eps = read(y, f"{call}(x=...)")
    return contiguous(transfer.check(inputs(y, call, columns, empty=empty, of="layer"), call, eps))


def weights(w: Any, call: str, like: Array) -> Array:
    """Sample weights scaled to sum 1, (N,); equal ones for None. ValueError if one is negative or all are zero."""
    xp, name = namespace(like), f"{call}(weights=...)"
    samples = like.shape[0]
    if w is None:
        return xp.full(samples, 1.0 / max(1, samples), dtype=like.dtype, device=device_of(like))
    given, _ = read(w, name)
    given = _beside(given, w, like, name)
    if tuple(given.shape) != (samples,):
        raise ValueError(f"{name} has shape {tuple(given.shape)}; it must be ({samples},), one for each sample.")
    wide = _floating(given, name, xp.float64)
    low, high = (float(xp.min(wide)), float(xp.max(wide))) if samples else (0.0, 1.0)
    if low < 0 or high <= 0:
        raise ValueError(
            f"{name} has smallest entry {low:g} and sum {float(xp.sum(wide)):g}; "
            f"weights must not be negative, nor all zero."
        )
    shares = wide / high
    return xp.astype(shares / (xp.sum(shares) if samples else 1.0), like.dtype)


def array(
    value: Any,
    name: str,
    *,
    ndim: int | None = None,
    shape: tuple[int | str | None, ...] | None = None,
    dtype: Any = None,
    empty: bool = False,
) -> Array:
    """A finite, contiguous floating array: a weight, a bias, a matrix.

    name   what stands in errors, such as "compress(weight=...)"
    ndim   how many axes it must have    shape : or which; None, or a name for errors, where any length will do
    dtype  by default its own: float32 of single and half precision, else float64
    empty  whether an axis may have length 0

    Raises ValueError for another shape, NaN, infinity, or what holds no real numbers.
    """
    given, _ = read(value, name)
    found = tuple(given.shape)
    if shape is not None and not (len(found) == len(shape) and all(map(_fits, found, shape))):
        wanted = ", ".join("any" if side is None else str(side) for side in shape)
        raise ValueError(f"{name} has shape {found}; it must be ({wanted}{',' if len(shape) == 1 else ''}).")
    if ndim is not None and len(found) != ndim:
        raise ValueError(f"{name} has shape {found}; it must have {ndim} ax{'i' if ndim == 1 else 'e'}s: reshape it.")
    if 0 in found and not empty:
        raise ValueError(f"{name} has shape {found}; every axis must have at least one entry.")
    return _floating(given, name, dtype)


def metric(value: Any, name: str, rows: int, dtype: Any = None) -> Array:
    """A symmetric positive semi-definite matrix (rows, rows), made exactly symmetric.

    What single precision leaves of symmetry is enough: 1e-6 of the largest entry; eigenvalues may be as far below 0, in
    units of rows times that entry. Raises ValueError otherwise.   Cost O(rows^3).
    """
    matrix = array(value, name, shape=(rows, rows), dtype=dtype)
    xp = namespace(matrix)
    size = float(xp.max(xp.abs(matrix)))
    off = xp.abs(matrix - matrix.T)
    if float(xp.max(off)) > 1e-6 * size:
        row, column = divmod(int(xp.argmax(xp.reshape(off, (-1,)))), rows)
        raise ValueError(
            f"{name} is not symmetric: {float(matrix[row, column]):g} at ({row}, {column}) and "
            f"{float(matrix[column, row]):g} at ({column}, {row}); pass (metric + metric.T) / 2."
        )
    matrix = matrix / 2 + matrix.T / 2
    least = float(xp.linalg.eigvalsh(matrix)[0])
    if least < -1e-6 * size * rows:
        raise ValueError(f"{name} has the eigenvalue {least:g}; it must be positive semi-definite.")
    return matrix


def count(value: Any, name: str, least: int = 1, most: int | None = None) -> int:
    """An integer of any library as a Python one. ValueError for True and False, 2.0, and what is out of range."""
    try:
        whole = None if isinstance(value, bool) else index(value)
    except TypeError:
        whole = None
    if whole is None or whole < least or (most is not None and whole > most):
        limit = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} is {shown(value)}; it must be an integer {limit}.")
    return whole


def number(value: Any, name: str, low: float = 0.0, high: float = inf) -> float:
    """A finite real number of any library in [low, high] as a Python float. ValueError for anything else."""
    found = _real(value, name)
    if found is not None and isfinite(found) and low <= found <= high:
        return found
    limit = f" of at least {low:g}" if high == inf else f" from {low:g} to {high:g}"
    raise ValueError(f"{name} is {shown(value)}; it must be a finite number{'' if low == -inf else limit}.")


def pair(value: Any, call: str) -> tuple[Any, Any]:
    """(x, y). ValueError for anything but a tuple or a list of two."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        what = f"{len(value)} entries" if isinstance(value, tuple | list) else f"the type {type(value).__name__}"
        raise ValueError(f"{call} has {what}; pass a pair (x, y).")
    first, second = value
    return first, second


def _floating(given: Array, name: str, dtype: Any) -> Array:
    """A finite, contiguous array of float32 or float64."""
    xp = namespace(given)
    finite(given, name)
    if dtype is None:
        small = xp.isdtype(given.dtype, "real floating") and xp.finfo(given.dtype).bits <= 32
        dtype = xp.float32 if small else xp.float64
    with np.errstate(over="ignore"):
        cast = xp.astype(given, dtype, copy=False)
    if given.dtype != cast.dtype and not bool(xp.all(xp.isfinite(cast))):
        place = _first(~xp.isfinite(cast))
        raise ValueError(f"{name} has the value {float(given[place])} at {place}, too large for {dtype}; scale it.")
    return contiguous(cast)


def finite(given: Array, name: str) -> None:
    """Raise ValueError for the first NaN or infinity."""
    xp = namespace(given)
    if xp.isdtype(given.dtype, "real floating") and not bool(xp.all(xp.isfinite(given))):
        place = _first(~xp.isfinite(given))
        raise ValueError(
            f"{name} has the value {float(given[place])} at {place}; remove or impute such samples before the call."
        )


def _beside(given: Array, value: Any, like: Array, name: str) -> Array:
    """`given` in the library of `like`: a list goes where x is, an array must be there already."""
    if is_numpy(given) and not is_numpy(like) and not is_array_api_obj(value):
        return namespace(like).asarray(given, device=device_of(like))
    if namespace(given) is not namespace(like):
        raise TypeError(f"{name} is a {type(value).__name__} but x is a {type(like).__name__}; move one to the other.")
    return given


def _counted(y: Array, name: str, like: Array) -> Array:
    """Class labels (N,), one for each row of x."""
    if y.shape[0] != like.shape[0] or y.shape[0] == 0:
        raise ValueError(
            f"{name} has {y.shape[0]} class labels for {like.shape[0]} samples; pass one for each row of x."
        )
    return y


def _one_hot(y: Array, call: str, like: Array, outputs: int | None) -> Array:
    """Classes (N,) as one-hot rows."""
    xp = namespace(like)
    y = xp.astype(y, xp.int64)
    low, high = int(xp.min(y)), int(xp.max(y))
    classes = outputs or high + 1
    if low < 0 or high >= classes:
        raise ValueError(f"{call}(y=...) has the class {low if low < 0 else high}; number them 0 ... {classes - 1}.")
    if classes < 2:
        raise ValueError(f"{call}(y=...) has one class only, {low}; a classifier needs at least two.")
    return xp.astype(y[:, None] == xp.arange(classes, dtype=y.dtype, device=device_of(y))[None, :], like.dtype)


def _first(mask: Array) -> tuple[int, ...]:
    """Index of the first True."""
    return tuple(int(axis[0]) for axis in namespace(mask).nonzero(mask))


def _fits(found: int, wanted: int | str | None) -> bool:
    return wanted is None or isinstance(wanted, str) or found == wanted


def _real(value: Any, name: str) -> float | None:
    """A Python float of a real scalar from any library; None for anything else."""
    scalar: Any = value
    if is_array_api_obj(value):
        scalar, _ = read(value, name)
        if scalar.ndim or namespace(scalar).isdtype(scalar.dtype, "bool"):
            return None
    elif isinstance(value, bool) or not isinstance(value, Real):
        return None
    try:
        return float(scalar)
    except OverflowError:
        return inf
