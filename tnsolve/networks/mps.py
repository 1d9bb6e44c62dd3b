"""Matrix product states (tensor trains) with one output leg."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Self

import numpy as np

from tnsolve.algebra.arrays import Array, contiguous, generator
from tnsolve.algebra.legs import Core, arranged, contract
from tnsolve.networks.abstract import LABEL
from tnsolve.networks.linear import counts, featured
from tnsolve.networks.loopfree import AbstractLoopFree
from tnsolve.networks.scales import evened, times


@dataclass(frozen=True, eq=False, repr=False)
class MPS(AbstractLoopFree):
    """W[i_1, ..., i_n, m] = exp(scale) sum over bonds of A_1[i_1] ... A_c[i_c, m] ... A_n[i_n].

        x0   x1   x2   y  x3        core s : (b_s, x_s, b_{s+1});  label core c : (b_c, x_c, y, b_{c+1})
        |    |    | __/   |         b_0 and b_n have dimension 1;  bond dimension is called `rank`
    b0--o--b1--o--b2--o--b3--o--b4
    """

    @classmethod
    def of(cls, arrays: Sequence[Array], *, label: int | None = None, scale: float = 0.0) -> Self:
        """An MPS from arrays of shape (left, site, right), and (left, site, outputs, right) on the core `label`.

        Raises ValueError for no array, or a label that is none of them.
        """
        label = _label(label, len(arrays), "MPS.of(arrays=...)")
        return cls(
            tuple(Core(contiguous(array), legs_of(site, site == label)) for site, array in enumerate(arrays)),
            scale=scale,
        )

    @classmethod
    def random(
        cls,
        dims: Sequence[int],
        outputs: int,
        rank: int | Sequence[int],
        *,
        label: int | None = None,
        dtype: Any = np.float64,
        seed: int | np.random.Generator = 0,
    ) -> Self:
        """Independent normal entries, scaled so that E |W|^2 = outputs; ranks are capped at the exact ones.

        dims : site dimensions, one per site    rank : one for all bonds, or n - 1 of them
        Raises ValueError for no site, a label that is no site, or a dimension, rank or number of outputs below 1.
        """
        featured(dims, outputs, 1, "MPS.random")
        label = _label(label, len(dims), "MPS.random(dims=...)")
        ranks = capped_ranks(dims, outputs, rank, label)
        rng = generator(seed)
        arrays = []
        for site, shape in enumerate(_shapes(dims, outputs, ranks, label)):
            spread = (dims[site] * ranks[site]) ** -0.5
            arrays.append((spread * rng.standard_normal(shape)).astype(dtype))
        return cls.of(arrays, label=label)

    @property
    def sites(self) -> int:
        """Number of sites."""
        return len(self.cores)

    @property
    def outputs(self) -> int:
        """Dimension of the label leg."""
        return self.cores[self.label].dim(LABEL)

    @property
    def dims(self) -> tuple[int, ...]:
        """Dimension of every site leg."""
        return tuple(core.dim(f"x{site}") for site, core in enumerate(self.cores))

    def to_dense(self) -> Array:
        """W as one array (d_1, ..., d_n, outputs).   Cost: its size.

        Raises ValueError where W has entries that the dtype cannot hold.
        """
        cores, octaves = evened(self.cores)
        whole = reduce(contract, cores)
        legs = (*(f"x{site}" for site in range(self.sites)), LABEL, "b0", f"b{self.sites}")
        return times(arranged(whole, legs).data[..., 0, 0], octaves, self.scale, "MPS.to_dense()")


def legs_of(site: int, label: bool) -> tuple[str, ...]:
    """Legs of the core at `site`."""
    return (f"b{site}", f"x{site}", *((LABEL,) if label else ()), f"b{site + 1}")


def capped_ranks(dims: Sequence[int], outputs: int, rank: int | Sequence[int], label: int) -> list[int]:
    """The n + 1 bond dimensions, ends included: as asked, but never above what the legs on either side can fill.

    Raises ValueError for a profile of the wrong length or an entry below 1.   Source: proofs/ranks/unfoldings.py.
    """
    cuts = len(dims) - 1
    inner = list(rank) if isinstance(rank, Iterable) else [rank] * cuts
    if len(inner) != cuts or not counts([1, *inner]) or not (inner or isinstance(rank, Iterable) or counts([rank])):
        raise ValueError(
            f"MPS(rank={rank!r}) must be one integer of at least 1, or {cuts} of them for {len(dims)} sites."
        )
    ranks = [1, *map(int, inner), 1]
    for s in range(1, len(dims)):
        ranks[s] = min(ranks[s], ranks[s - 1] * dims[s - 1] * (outputs if label == s - 1 else 1))
    for s in range(len(dims) - 1, 0, -1):
        ranks[s] = min(ranks[s], ranks[s + 1] * dims[s] * (outputs if label == s else 1))
    return ranks


def _label(label: int | None, sites: int, call: str) -> int:
    """The core of the label leg, the middle one by default."""
    if sites == 0 or label not in (None, *range(sites)):
        raise ValueError(
            f"{call} has {sites} sites and label={label!r}; give at least one site and a label among them."
        )
    return sites // 2 if label is None else int(label)


def _shapes(dims: Sequence[int], outputs: int, ranks: Sequence[int], label: int) -> list[tuple[int, ...]]:
    """Shape of every core."""
    return [(ranks[s], dims[s], *((outputs,) if s == label else ()), ranks[s + 1]) for s in range(len(dims))]
