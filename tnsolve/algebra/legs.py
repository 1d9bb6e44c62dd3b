"""Tensors with named legs: the only place where axes are permuted and reshaped."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

from tnsolve.algebra.arrays import Array, contiguous, namespace


@dataclass(frozen=True, eq=False)
class Core:
    """A tensor and the names of its axes. Two cores are the same only if they are one object: caches rely on it."""

    data: Array
    legs: tuple[str, ...]

    def dim(self, leg: str) -> int:
        """Dimension of one leg."""
        return self.data.shape[self.legs.index(leg)]

    def dims(self, legs: Iterable[str]) -> tuple[int, ...]:
        """Dimensions of several legs."""
        return tuple(self.dim(leg) for leg in legs)


def arranged(core: Core, legs: Sequence[str]) -> Core:
    """The same tensor with its axes in the order `legs`."""
    if tuple(legs) == core.legs:
        return core
    xp = namespace(core.data)
    axes = tuple(core.legs.index(leg) for leg in legs)
    return Core(contiguous(xp.permute_dims(core.data, axes)), tuple(legs))


def matrix(core: Core, rows: Sequence[str], columns: Sequence[str]) -> Array:
    """The core as a matrix: `rows` fused into the first axis, `columns` into the second."""
    flat = arranged(core, (*rows, *columns)).data
    return namespace(flat).reshape(flat, (prod(core.dims(rows)), prod(core.dims(columns))))


def folded(array: Array, legs: Sequence[str], dims: Sequence[int]) -> Core:
    """Inverse of `matrix`: an array reshaped to `dims` and named."""
    return Core(contiguous(namespace(array).reshape(array, tuple(dims))), tuple(legs))


def contract(a: Core, b: Core) -> Core:
    """Sum over the legs that both share; what is left of `a`, then what is left of `b`."""
    shared = [leg for leg in a.legs if leg in b.legs]
    axes = ([a.legs.index(leg) for leg in shared], [b.legs.index(leg) for leg in shared])
    xp = namespace(a.data, b.data)
    rest = [leg for leg in (*a.legs, *b.legs) if leg not in shared]
    return Core(xp.tensordot(a.data, b.data, axes=axes), tuple(rest))


def without(legs: Iterable[str], *gone: str) -> tuple[str, ...]:
    """`legs` less those in `gone`, order kept."""
    return tuple(leg for leg in legs if leg not in gone)


def padded(core: Core, leg: str, dim: int) -> Core:
    """The core with zeros appended along `leg` up to `dim`: the tensor it belongs to does not change."""
    axis = core.legs.index(leg)
    extra = dim - core.data.shape[axis]
    if extra <= 0:
        return core
    xp = namespace(core.data)
    shape = tuple(extra if k == axis else size for k, size in enumerate(core.data.shape))
    zeros = xp.zeros(shape, dtype=core.data.dtype, device=core.data.device)
    return Core(xp.concat([core.data, zeros], axis=axis), core.legs)


def primed(legs: Iterable[str]) -> tuple[str, ...]:
    """The names of the legs of a second copy."""
    return tuple(f"{leg}'" for leg in legs)


def applied(factor: Array, leg: str, core: Core) -> Core:
    """A (new, old) matrix contracted with one leg of a core; the leg keeps its name and place."""
    product = contract(Core(factor, ("new", leg)), core)
    return arranged(Core(product.data, (leg, *product.legs[1:])), core.legs)
