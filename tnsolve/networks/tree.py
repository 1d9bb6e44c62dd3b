"""Binary trees: a weight matrix, or a function of product features, joined pair by pair up to a root."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from tnsolve import checks
from tnsolve.algebra.arrays import Array
from tnsolve.networks.layouts import binary, capped, decomposed, labelled, random_cores, uncapped
from tnsolve.networks.linear import AbstractLinear, featured, named, whole_of
from tnsolve.networks.loopfree import AbstractLoopFree


@dataclass(frozen=True, eq=False, repr=False)
class Tree(AbstractLoopFree, AbstractLinear):
    """Cores (in, in, [output,] up) in rows; an odd leg passes up; the root comes last.

          y0 y1                        y0 y1  y2 y3
            o                           \\ /    \\ /
          /   \\                          o      o
      y3-o     o-y2                        \\  /
        / \\   / \\                           o          mirrored: a second tree for the outputs
       o   o o   o                        /  \\
      /\\ /\\ /\\ /\\                       ...  ...
      x0 x1  ...                         x0 x1 ...

    By default the outputs leave on the way up: two at the root, then one at each core, from the top down.
    Without loops it has the gauge, the two-site sweep and the exact cuts of a chain.
    """

    @classmethod
    def random(
        cls,
        inputs: Sequence[int],
        outputs: Sequence[int],
        rank: int,
        *,
        mirrored: bool = False,
        exact: bool = True,
        dtype: Any = np.float64,
        seed: int | np.random.Generator = 0,
    ) -> Self:
        """Independent normal entries with E |W|^2 = N_y N_x, in `dtype`.

        exact : cap the ranks at those that any tensor needs; False keeps `rank` on every bond
        Raises ValueError for a leg or a rank below 1, or too many output legs for the cores.
        """
        ends = named(inputs, outputs, rank, "Tree.random")
        layout = binary(len(inputs), len(outputs), mirrored=mirrored, disentangled=False)
        return cls(random_cores(layout, (capped if exact else uncapped)(layout, ends, rank), seed, dtype))

    @classmethod
    def from_dense(
        cls,
        weight: Array,
        inputs: Sequence[int],
        outputs: Sequence[int],
        rank: int,
        *,
        mirrored: bool = False,
        cutoff: float = 0.0,
    ) -> Self:
        """One SVD for each core, leaves first: |W - tree|^2 <= the sum of the squares they discard; exact at full rank.

        Raises ValueError where the sizes do not factor so, or for too many output legs.
        """
        ends = named(inputs, outputs, rank, "Tree.from_dense")
        layout = binary(len(inputs), len(outputs), mirrored=mirrored, disentangled=False)
        whole = whole_of(weight, inputs, outputs, "Tree.from_dense")
        cutoff = checks.number(cutoff, "Tree.from_dense(cutoff=...)", 0.0, 1.0)
        cores, _ = decomposed(layout, capped(layout, ends, rank), whole, cutoff)
        return cls(cores, centre=len(cores) - 1)

    @classmethod
    def on_features(
        cls,
        dims: Sequence[int],
        outputs: int,
        rank: int,
        *,
        dtype: Any = np.float64,
        seed: int | np.random.Generator = 0,
    ) -> Self:
        """A tree on product features, its label leg at the root: sites as leaves, E |W|^2 = the size of W.

        On one site it is one core (x0, b0, y) with an end b0 of dimension 1, as in an MPS.
        Raises ValueError for no site, or a dimension, a rank or a number of outputs below 1.
        """
        ends = featured(dims, outputs, rank, "Tree.on_features")
        layout = labelled(len(dims), disentangled=False)
        return cls(random_cores(layout, capped(layout, ends, rank), seed, dtype))
