"""Sizes as powers of two: numbers of any size near 1, and what they lack in a power or in a network's scale."""

from collections.abc import Sequence
from math import exp, frexp, inf, log

from tnsolve.algebra.arrays import Array, is_numpy, namespace
from tnsolve.algebra.legs import Core

OCTAVE = log(2)
BEARABLE = 60
"""Octaves that every dtype has to spare on either side: single precision has 126."""


def power(array: Array) -> int:
    """The exponent p with 2^(p - 1) <= largest entry < 2^p; 0 where there is none, or none that is finite.

    Never so large that 2^p or 2^-p is no number of the array's dtype.
    """
    largest = _largest(array)
    return clamped(frexp(largest)[1], array) if 0 < largest < inf else 0


def evened(cores: Sequence[Core]) -> tuple[tuple[Core, ...], int]:
    """The cores with largest entries from 1/2 to 1, exactly, and p: the old product is 2^p times the new one.

    They stay as they are, and p is 0, where together they are no further from that than any dtype can bear.
    """
    powers = [power(core.data) for core in cores]
    if sum(map(abs, powers)) <= BEARABLE:
        return tuple(cores), 0
    even = (Core(core.data * 2.0**-p, core.legs) if p else core for core, p in zip(cores, powers, strict=True))
    return tuple(even), sum(powers)


def times(array: Array, octaves: int, scale: float, call: str) -> Array:
    """2^octaves exp(scale) array in its dtype: nothing on the way is larger or smaller than what comes out.

    Raises ValueError where the dtype cannot hold that; what is too small to be held is zero.
    """
    if octaves == 0 and scale == 0:
        return array
    largest = _largest(array)
    if not 0 < largest < inf:
        return array
    size = log(largest) + octaves * OCTAVE + scale
    if size > log(float(namespace(array).finfo(array.dtype).max)):
        raise ValueError(
            f"{call} has entries near exp({size:.6g}), more than {array.dtype} holds; lower the network's scale by "
            f"about {size:.6g}, or keep its cores in float64 if they are not."
        )
    own, whole = power(array), round(scale / OCTAVE)
    rest, octaves = scale - whole * OCTAVE, own + octaves + whole
    array = array * 2.0**-own if own else array
    array = array * exp(rest) if rest else array
    while octaves and _largest(array) > 0:
        step = clamped(octaves, array)
        array, octaves = array * 2.0**step, octaves - step
    return array


def spread(cores: Sequence[Core], scale: float, call: str) -> tuple[Core, ...]:
    """Cores of like size whose product is exp(scale) times that of the given ones: no part of it is much larger.

    Raises ValueError where a dtype cannot hold such a core.
    """
    even, octaves = evened(cores)
    share = (octaves * OCTAVE + scale) / len(even)
    return tuple(Core(times(core.data, 0, share, call), core.legs) for core in even)


def norm(array: Array) -> float:
    """The root of the sum of all squares, whatever their size."""
    p = unbearable(array)
    return float(namespace(array).linalg.vector_norm(array * 2.0**-p if p else array)) * 2.0**p


def unbearable(array: Array) -> int:
    """The power of an array whose squares a dtype could not hold, else 0."""
    p = power(array)
    return p if abs(p) > BEARABLE // 2 else 0


def _largest(array: Array) -> float:
    if not array.size:
        return 0.0
    if is_numpy(array):
        return float(max(array.max(), -array.min()))
    xp = namespace(array)
    return float(xp.max(xp.abs(array)))


def clamped(octaves: int, array: Array) -> int:
    """The power nearest to `octaves` such that 2^p and 2^-p are numbers of the array's dtype."""
    if abs(octaves) <= BEARABLE:
        return octaves
    most = frexp(float(namespace(array).finfo(array.dtype).max))[1] - 2
    return max(-most, min(most, octaves))
