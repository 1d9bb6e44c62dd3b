"""Whatever holds real numbers becomes an array; what holds anything else is refused by name."""

import sys
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import array_api_compat
import numpy as np

from tnsolve.algebra.arrays import Array, namespace

DEPTH = 64
"""Axes that a NumPy array can have; lists nested deeper are no array."""

NO_NUMBERS = {
    "U": "text; convert it with astype(float)",
    "T": "text; convert it with astype(float)",
    "S": "bytes; convert them with astype(float)",
    "M": "dates; subtract a first date and divide by a unit of time",
    "m": "durations; divide them by a unit of time",
    "V": "records; select numeric columns and stack them",
}


def read(value: Any, name: str) -> tuple[Array, float]:
    """`value` as an array of real numbers in its own dtype, and the relative spacing of that dtype (0 for integers).

    Taken: arrays of any array-API library, in any memory layout; lists and tuples, nested; whatever NumPy can make an
    array of (pandas and polars frames, memory maps); torch tensors and parameters on the CPU, of any dtype, as NumPy
    arrays and without their gradient: a tensor that requires one is detached. Half-precision numbers that NumPy does
    not know (bfloat16, float8) become float32, which holds them exactly. Complex numbers without an imaginary part are
    real; in a list or a frame, objects are numbers if each of them is one.

    Refused, with ValueError in the name of `name`: masked entries, imaginary parts, missing values, text, dates,
    records, arrays of objects, sparse matrices, lists that form no array, tensors on another device, anything else.
    Cost: none for an array of numbers; lists and objects are read entry by entry.
    """
    value, spacing = _plain(value, name), spacing_of(value)
    array: Any = value if _foreign(value) else _as_numpy(value, name)
    if array_api_compat.is_numpy_array(array) and not _numeric(array.dtype):
        return _numbers(array, name)
    xp = namespace(array)
    if xp.isdtype(array.dtype, "complex floating"):
        return _real_part(array, name), float(xp.finfo(array.dtype).eps)
    if xp.isdtype(array.dtype, ("bool", "integral")):
        return array, 0.0
    return array, float(xp.finfo(array.dtype).eps) if spacing is None else spacing


def _foreign(value: Any) -> bool:
    """Whether `value` is an array of another library than NumPy."""
    return bool(array_api_compat.is_array_api_obj(value) and not array_api_compat.is_numpy_array(value))


def spacing_of(value: Any) -> float | None:
    """Distance from 1 to the next number in the dtype of a torch tensor; None for anything else."""
    if array_api_compat.is_torch_array(value) and value.dtype.is_floating_point:
        return float(sys.modules["torch"].finfo(value.dtype).eps)
    return None


def _plain(value: Any, name: str, depth: int = 0) -> Any:
    """`value` without the libraries that NumPy would misread: torch, masks and sparse matrices, inside lists too."""
    if isinstance(value, list | tuple):
        simple = depth == DEPTH or all(type(entry) in (float, int, bool) for entry in value)
        return value if simple else [_plain(entry, name, depth + 1) for entry in value]
    if array_api_compat.is_torch_array(value):
        return _from_torch(value, name)
    if isinstance(value, np.ma.MaskedArray):
        value = _unmasked(value, name)
    if isinstance(value, np.ndarray) and value.dtype == object:
        numbers = _objects(value, name)
        raise ValueError(f"{name} has dtype object; pass real numbers: array.astype({numbers.dtype}) makes them so.")
    if _sparse(value):
        raise ValueError(f"{name} is a sparse matrix of shape {value.shape}; pass its .toarray() or .todense().")
    return value


def _sparse(value: Any) -> bool:
    """Whether `value` is a sparse matrix of SciPy or of the library `sparse`."""
    return array_api_compat.is_pydata_sparse_array(value) or type(value).__module__.startswith("scipy.sparse")


def _from_torch(tensor: Any, name: str) -> np.ndarray:
    """A tensor's numbers as a NumPy array, without a copy where NumPy knows the dtype."""
    if tensor.device.type != "cpu":
        raise ValueError(f"{name} is a torch tensor on {tensor.device}; pass it as tensor.cpu().")
    tensor = tensor.detach()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if str(tensor.layout) != "torch.strided":
        raise ValueError(f"{name} is a torch tensor of layout {tensor.layout}; pass it as tensor.to_dense().")
    tensor = tensor.resolve_conj().resolve_neg()
    if tensor.dtype.is_floating_point and (tensor.dtype.itemsize == 1 or "bfloat16" in str(tensor.dtype)):
        tensor = tensor.float()
    return tensor.numpy()


def _unmasked(array: np.ma.MaskedArray, name: str) -> np.ndarray:
    """A masked array in which nothing is masked."""
    hidden = np.argwhere(np.ma.getmaskarray(array))
    if len(hidden):
        place = tuple(map(int, hidden[0]))
        raise ValueError(
            f"{name} has {len(hidden)} masked entries, the first at {place}; impute them (array.filled(...)) or drop "
            f"those samples before the call."
        )
    return array.data


def _as_numpy(value: Any, name: str) -> np.ndarray:
    """What NumPy makes of `value`, refused where it makes nothing rectangular."""
    try:
        return np.asarray(value)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name} cannot become an array ({error}); pass one of numbers, all rows alike.") from error


def _numeric(dtype: np.dtype) -> bool:
    """Whether a dtype is one of NumPy's own kinds of numbers: durations are not, nor what other libraries add."""
    return dtype.kind in "biufc" and issubclass(dtype.type, np.number | np.bool_)


def _numbers(array: np.ndarray, name: str) -> tuple[np.ndarray, float]:
    """An array of a dtype that is not one of numbers, if numbers are what it holds."""
    if array.dtype.kind == "O":
        return _objects(array, name), 0.0
    if array.dtype.names is None and np.can_cast(array.dtype, np.float32):
        return array.astype(np.float32), _spacing(array.dtype)
    kind = NO_NUMBERS.get(array.dtype.kind, "something else")
    raise ValueError(f"{name} has dtype {array.dtype}; pass real numbers. These are {kind}.")


def _spacing(dtype: np.dtype) -> float:
    """Distance from 1 to the next number, for a dtype that NumPy's `finfo` does not know."""
    halvings = (2.0**-k for k in range(24))
    return min(step for step in halvings if float(np.asarray(1 + step).astype(dtype).astype(np.float32)) != 1)


def _objects(array: np.ndarray, name: str) -> np.ndarray:
    """Python numbers as int64 where all are whole and fit, else float64."""
    whole = True
    for place, entry in np.ndenumerate(array):
        if not isinstance(entry, Real | Decimal | np.bool_):
            where = f" at {tuple(map(int, place))}" if place else ""
            raise ValueError(
                f"{name} has dtype object; pass real numbers. It holds {shown(entry)} of type {type(entry).__name__}"
                f"{where}: impute, convert or drop it."
            )
        whole = whole and isinstance(entry, Integral | np.bool_) and abs(int(entry)) < 2**63
    try:
        return array.astype(np.int64 if whole and array.size else np.float64)
    except OverflowError as error:
        raise ValueError(f"{name} has a number beyond the range of float64 ({error}); scale it.") from error


def shown(value: Any) -> str:
    """The `repr` of a value, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _real_part(array: Array, name: str) -> Array:
    """A complex array that is real."""
    xp = namespace(array)
    imaginary = xp.imag(array)
    if bool(xp.any(imaginary != 0)):
        place = tuple(int(axis[0]) for axis in xp.nonzero(imaginary != 0))
        raise ValueError(
            f"{name} has dtype {array.dtype}; pass real numbers. The entry at {place} has the imaginary part "
            f"{float(imaginary[place]):g}: pass real and imaginary parts as columns, or array.real."
        )
    return xp.real(array)
