"""Canonical polyadic form: one factor matrix for each leg, all joined by one leg of rank."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from tnsolve.algebra import linalg
from tnsolve.algebra.arrays import Array, generator, namespace
from tnsolve.algebra.legs import Core, matrix, without
from tnsolve.networks.abstract import Region
from tnsolve.networks.linear import named, whole_of
from tnsolve.networks.looped import AbstractLooped
from tnsolve.networks.scales import evened


@dataclass(frozen=True, eq=False, repr=False)
class CP(AbstractLooped):
    """W[y0 ..., x0 ...] = sum_r A_y0[y0, r] ... A_x0[x0, r] ...

    For a convolution kernel (out, in, height * width), outputs=(out,) and inputs=(in, height * width) make it a
    pointwise, a depthwise and a pointwise convolution. Parameters: rank times the sum of all dimensions.
    ALS alone stalls on this form: polish it.
    """

    @classmethod
    def random(
        cls,
        inputs: Sequence[int],
        outputs: Sequence[int],
        rank: int,
        *,
        dtype: Any = np.float64,
        seed: int | np.random.Generator = 0,
    ) -> Self:
        """Independent normal entries in `dtype`, columns of unit norm on average."""
        rng = generator(seed)
        ends = named(inputs, outputs, rank, "CP.random")
        factors = ((leg, rng.standard_normal((d, rank)) / d**0.5) for leg, d in ends.items())
        return cls(tuple(Core(factor.astype(dtype), (leg, "r")) for leg, factor in factors))

    @classmethod
    def from_dense(
        cls,
        weight: Array,
        inputs: Sequence[int],
        outputs: Sequence[int],
        rank: int,
        *,
        seed: int | np.random.Generator = 0,
    ) -> Self:
        """A start: the leading left singular vectors of each unfolding, random columns where there are too few.

        In the dtype of `weight`. Not a fit: its size is set by the first solve.
        Raises ValueError where the sizes do not factor so.
        """
        named(inputs, outputs, rank, "CP.from_dense")
        whole = whole_of(weight, inputs, outputs, "CP.from_dense")
        start = cls.random(inputs, outputs, rank, seed=seed)
        xp = namespace(whole.data)
        cores = []
        for core in start.cores:
            leg = core.legs[0]
            u, _, _ = linalg.svd(matrix(whole, (leg,), without(whole.legs, leg)))
            drawn = xp.asarray(core.data, dtype=u.dtype, device=whole.data.device)
            cores.append(Core(xp.concat([u, drawn], axis=1)[:, :rank], core.legs))
        return cls(tuple(cores))

    def centred(self, region: Region) -> Self:
        """The same tensor, the norm of every term shared equally by its factors: the sum of their squares is least."""
        evens, octaves = evened(self.cores)
        xp = namespace(evens[0].data)
        norms = [_column_norms(core.data) for core in evens]
        sizes = xp.full_like(norms[0], 2.0 ** (octaves / len(evens)))
        for norm in norms:
            sizes = sizes * norm ** (1 / len(norms))
        shares = [xp.where(sizes > 0, sizes / xp.where(sizes > 0, norm, sizes + 1), norm) for norm in norms]
        cores = [Core(core.data * share, core.legs) for core, share in zip(evens, shares, strict=True)]
        return replace(self, cores=tuple(cores))


def _column_norms(factor: Array) -> Array:
    """The norm of every column, however small."""
    xp = namespace(factor)
    largest = xp.max(xp.abs(factor), axis=0)
    unit = xp.where(largest > 0, largest, xp.ones_like(largest))
    return unit * xp.sqrt(xp.sum((factor / unit) ** 2, axis=0))
