"""Matrix product states (tensor trains) with one output leg."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from tnsolve.algebra.arrays import Array, contiguous, generator
from tnsolve.algebra.legs import Core
from tnsolve.networks.loopfree import LABEL, AbstractLoopFree


@dataclass(frozen=True, eq=False, repr=False)
class MPS(AbstractLoopFree):
    """W[i_1, ..., i_n, m] = exp(scale) sum over bonds of A_1[i_1] ... A_c[i_c, m] ... A_n[i_n].

        x0   x1   x2   y  x3        core s : (b_s, x_s, b_{s+1});  label core c : (b_c, x_c, y, b_{c+1})
        |    |    | __/   |         b_0 and b_n have dimension 1;  bond dimension is called `rank`
    b0--o--b1--o--b2--o--b3--o--b4
    """

    @classmethod
    def of(cls, arrays: Sequence[Array], *, label: int | None = None, scale: float = 0.0) -> Self:
        """An MPS from arrays of shape (left, site, right), and (left, site, outputs, right) on the core `label`."""
        label = len(arrays) // 2 if label is None else label
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
        """
        label = len(dims) // 2 if label is None else label
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
        """W as one array (d_1, ..., d_n, outputs).   Cost: its size."""
        from tnsolve.algebra.legs import arranged, contract

        whole = self.cores[0]
        for core in self.cores[1:]:
            whole = contract(whole, core)
        legs = (*(f"x{site}" for site in range(self.sites)), LABEL, "b0", f"b{self.sites}")
        array = arranged(whole, legs).data
        return array[..., 0, 0] * float(np.exp(self.scale))


def legs_of(site: int, label: bool) -> tuple[str, ...]:
    """Legs of the core at `site`."""
    return (f"b{site}", f"x{site}", *((LABEL,) if label else ()), f"b{site + 1}")


def capped_ranks(dims: Sequence[int], outputs: int, rank: int | Sequence[int], label: int) -> list[int]:
    """The n + 1 bond dimensions, ends included: as asked, but never above what the legs on either side can fill.

    Raises ValueError for a profile of the wrong length or an entry below 1.   Source: proofs/ranks/unfoldings.py.
    """
    inner = [rank] * (len(dims) - 1) if isinstance(rank, int) else list(rank)
    if len(inner) != len(dims) - 1 or any(r < 1 for r in inner):
        raise ValueError(
            f"MPS(rank={rank!r}) must be one integer of at least 1, or {len(dims) - 1} of them for {len(dims)} sites."
        )
    ranks = [1, *inner, 1]
    for s in range(1, len(dims)):
        ranks[s] = min(ranks[s], ranks[s - 1] * dims[s - 1] * (outputs if label == s - 1 else 1))
    for s in range(len(dims) - 1, 0, -1):
        ranks[s] = min(ranks[s], ranks[s + 1] * dims[s] * (outputs if label == s else 1))
    return ranks


def _shapes(dims: Sequence[int], outputs: int, ranks: Sequence[int], label: int) -> list[tuple[int, ...]]:
    """Shape of every core."""
    return [(ranks[s], dims[s], *((outputs,) if s == label else ()), ranks[s + 1]) for s in range(len(dims))]
