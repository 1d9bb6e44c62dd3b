"""The front door: raw inputs, targets and weights become clean arrays, or an error that says what to do."""

from typing import Any

import numpy as np
from array_api_compat import is_array_api_obj

from tnsolve.algebra.arrays import Array, contiguous, device_of, namespace
from tnsolve.transfer import AbstractTransfer, Softmax


def inputs(x: Any, call: str, sites: int | None = None, dtype: Any = None) -> Array:
    """x as a finite, contiguous floating array (N, sites).

    Integers, booleans and lists become float64 and float16 becomes float32, unless `dtype` says otherwise. Raises
    ValueError for a wrong shape, no samples, NaN or infinity.
    """
    x = _floating(x, f"{call}(x=...)", dtype)
    if x.ndim != 2:
        raise ValueError(f"{call}(x=...) has shape {tuple(x.shape)}; it must be (samples, sites): reshape it.")
    if x.shape[0] == 0 or x.shape[1] == 0:
        raise ValueError(f"{call}(x=...) has shape {tuple(x.shape)}; at least one sample and one column are needed.")
    if sites is not None and x.shape[1] != sites:
        raise ValueError(
            f"{call}(x=...) has {x.shape[1]} columns but the student has {sites} sites; "
            f"start from a student made for {x.shape[1]} columns, or select {sites} of them."
        )
    _finite(x, f"{call}(x=...)")
    return x


def targets(y: Any, call: str, like: Array, transfer: AbstractTransfer, outputs: int | None = None) -> Array:
    """y as (N, outputs) in the dtype and on the device of `like`, within the range of the transfer function.

    For softmax, integers (N,) are classes and become one-hot rows; the number of classes is `outputs`, or the largest
    plus 1. Raises ValueError for a wrong shape, classes out of range, one class only, NaN, or targets out of range.
    """
    xp = namespace(like)
    y = y if is_array_api_obj(y) else xp.asarray(np.asarray(y))
    if y.ndim == 1 and isinstance(transfer, Softmax) and xp.isdtype(y.dtype, "integral"):
        y = _one_hot(y, call, like, outputs)
    y = xp.astype(_floating(y, f"{call}(y=...)", like.dtype), like.dtype)
    y = y[:, None] if y.ndim == 1 else y
    if y.ndim != 2 or y.shape[0] != like.shape[0]:
        raise ValueError(
            f"{call}(y=...) has shape {tuple(y.shape)} for {like.shape[0]} samples; it must be "
            f"({like.shape[0]}, outputs): one row for each row of x."
        )
    if y.shape[1] == 0 or (outputs is not None and y.shape[1] != outputs):
        raise ValueError(
            f"{call}(y=...) has {y.shape[1]} columns but the student has {outputs or 'at least one'} outputs; "
            f"pass targets with that many columns."
        )
    _finite(y, f"{call}(y=...)")
    transfer.check(y, call)
    return contiguous(y)


def weights(w: Any, call: str, like: Array) -> Array:
    """Sample weights scaled to sum 1, (N,); equal ones for None. ValueError if one is negative or all are zero."""
    xp = namespace(like)
    samples = like.shape[0]
    if w is None:
        return xp.full(samples, 1.0 / samples, dtype=like.dtype, device=device_of(like))
    w = _floating(w, f"{call}(weights=...)", like.dtype)
    if w.shape != (samples,):
        raise ValueError(
            f"{call}(weights=...) has shape {tuple(w.shape)}; it must be ({samples},), one for each sample."
        )
    _finite(w, f"{call}(weights=...)")
    total = float(xp.sum(w))
    if float(xp.min(w)) < 0 or total <= 0:
        raise ValueError(
            f"{call}(weights=...) has smallest entry {float(xp.min(w)):g} and sum {total:g}; "
            f"weights must not be negative, nor all zero."
        )
    return w / total


def _floating(array: Any, name: str, dtype: Any) -> Array:
    """A contiguous array of float32 or float64."""
    array = array if is_array_api_obj(array) else np.asarray(array)
    xp = namespace(array)
    if not xp.isdtype(array.dtype, ("real floating", "integral", "bool")):
        raise ValueError(f"{name} has dtype {array.dtype}; pass real numbers.")
    if dtype is None:
        small = xp.isdtype(array.dtype, "real floating") and xp.finfo(array.dtype).bits <= 32
        dtype = xp.float32 if small else xp.float64
    return contiguous(xp.astype(array, dtype, copy=False))


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


def _finite(array: Array, name: str) -> None:
    xp = namespace(array)
    if not bool(xp.all(xp.isfinite(array))):
        bad = xp.nonzero(~xp.isfinite(array))
        place = tuple(int(axis[0]) for axis in bad)
        raise ValueError(
            f"{name} has the value {float(array[place])} at {place}; remove or impute such samples before the call."
        )
