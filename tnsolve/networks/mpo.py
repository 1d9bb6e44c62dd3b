"""Matrix product operators: a weight matrix as a chain of cores, each with an input and an output leg."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np

from tnsolve import checks
from tnsolve.algebra import linalg
from tnsolve.algebra.arrays import Array, contiguous, namespace
from tnsolve.algebra.contraction import contracted
from tnsolve.algebra.legs import Core, applied, arranged, primed
from tnsolve.networks.layouts import Layout, Node, capped, random_cores
from tnsolve.networks.linear import AbstractLinear, named, whole_of
from tnsolve.networks.loopfree import AbstractLoopFree
from tnsolve.networks.scales import power


@dataclass(frozen=True, eq=False, repr=False)
class MPO(AbstractLoopFree, AbstractLinear):
    """W[y0 ... y{n-1}, x0 ... x{n-1}] = exp(scale) sum over bonds of A_0[y0, x0] ... A_{n-1}[y{n-1}, x{n-1}].

        y0    y1    y2        core k : (b_k, y_k, x_k, b_{k+1});   b_0 and b_n have dimension 1
        |     |     |
    b0--o--b1-o--b2-o--b3
        |     |     |
        x0    x1    x2

    Parameters: sum over k of y_k x_k b_k b_{k+1}. Where one side has fewer legs, legs of dimension 1 are appended.
    Gao, Cheng, He, Xie, Zhao, Lu and Xiang, Phys. Rev. Research 2, 023300 (2020).
    """

    @classmethod
    def of(cls, arrays: Sequence[Array]) -> Self:
        """An MPO from arrays of shape (left, output, input, right)."""
        return cls(tuple(Core(contiguous(a), (f"b{k}", f"y{k}", f"x{k}", f"b{k + 1}")) for k, a in enumerate(arrays)))

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
        """Independent normal entries with E |W|^2 = N_y N_x, in `dtype`; ranks are capped at the exact ones.

        Raises ValueError for a leg or a rank below 1.
        """
        named(inputs, outputs, rank, "MPO.random")
        inputs, outputs = _even(inputs, outputs)
        layout = chain(len(inputs))
        sizes = capped(layout, named(inputs, outputs, rank, "MPO.random"), rank)
        return cls.of(_arrays(random_cores(layout, sizes, seed, dtype)))

    @classmethod
    def from_dense(
        cls,
        weight: Array,
        inputs: Sequence[int],
        outputs: Sequence[int],
        rank: int,
        *,
        cutoff: float = 0.0,
        covariance: Array | None = None,
    ) -> Self:
        """TT-SVD: |W - MPO|^2 <= the sum of the squares that its SVDs discard (`proofs/ranks/successive.py`).

        weight      (N_y, N_x), of any library and dtype that `checks.array` takes
        rank        no bond is wider; ranks are capped at the exact ones, where the MPO is exact
        cutoff      squares that one SVD may drop, relative to all
        covariance  (N_x, N_x) of the inputs: the error is then measured after whitening by the Kronecker product of its
                    marginals, one for each input leg, which an MPO can undo exactly
        Cost O(N_y N_x) times the most rows that an unfolding has, rank times the legs of a core.
        Raises ValueError where the sizes do not factor so.
        """
        named(inputs, outputs, rank, "MPO.from_dense")
        inputs, outputs = _even(inputs, outputs)
        layout = chain(len(inputs))
        sizes = capped(layout, named(inputs, outputs, rank, "MPO.from_dense"), rank)
        cutoff = checks.number(cutoff, "MPO.from_dense(cutoff=...)", 0.0, 1.0)
        whole = whole_of(weight, inputs, outputs, "MPO.from_dense")
        roots = [] if covariance is None else _roots(covariance, inputs, whole.data.dtype)
        for k, (root, _) in enumerate(roots):
            whole = applied(root, f"x{k}", whole)
        cores = list(cls.of(_train(whole, layout, sizes, cutoff)).cores)
        for k, (_, inverse) in enumerate(roots):
            cores[k] = applied(inverse, f"x{k}", cores[k])
        return cls(tuple(cores), centre=None if roots else len(cores) - 1)


def chain(length: int) -> Layout:
    """Cores in a row, the root last."""
    nodes = []
    for k in range(length):
        left = (f"b{k}",) if k > 0 else ()
        right = (f"b{k + 1}",) if k < length - 1 else ()
        nodes.append(Node((*left, f"y{k}", f"x{k}"), right))
    return nodes


def _train(whole: Core, layout: Layout, sizes: dict[str, int], cutoff: float) -> list[Array]:
    """The cores of a TT-SVD (left, output, input, right), each but the last an isometry to the right."""
    xp = namespace(whole.data)
    pairs = [(f"y{k}", f"x{k}") for k in range(len(layout))]
    rest = arranged(whole, [leg for pair in pairs for leg in pair]).data
    arrays, left, octaves = [], 1, power(rest)
    rest = rest * 2.0**-octaves
    for pair, node in zip(pairs[:-1], layout, strict=False):
        unfolded = xp.reshape(rest, (left * prod(whole.dims(pair)), -1))
        columns = linalg.leading_columns(unfolded, sizes[node.up[0]], cutoff)
        rest = columns.T @ unfolded
        arrays.append(xp.reshape(columns, (left, *whole.dims(pair), -1)))
        left = columns.shape[1]
    return [*arrays, xp.reshape(rest * 2.0**octaves, (left, *whole.dims(pairs[-1]), 1))]


def _arrays(cores: Sequence[Core]) -> list[Array]:
    """The cores of a chain with the bonds of dimension 1 at either end."""
    first, *rest = (core.data for core in cores)
    *rest, last = (first[None, ...], *rest)
    return [*rest, last[..., None]]


def _even(inputs: Sequence[int], outputs: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Both with as many legs: ones are appended to the shorter."""
    longer = max(len(inputs), len(outputs))
    return tuple(inputs) + (1,) * (longer - len(inputs)), tuple(outputs) + (1,) * (longer - len(outputs))


def _roots(covariance: Array, inputs: Sequence[int], dtype: Any) -> list[tuple[Array, Array]]:
    """The marginal roots of what a caller gives, in a unit that does not matter."""
    sides = (prod(inputs), prod(inputs))
    covariance = checks.array(covariance, "MPO.from_dense(covariance=...)", shape=sides, dtype=dtype)
    return marginal_roots(covariance * 2.0 ** -power(covariance), inputs)


def marginal_roots(covariance: Array, inputs: Sequence[int]) -> list[tuple[Array, Array]]:
    """Symmetric root and inverse root of the second moment of each input leg, the others summed over."""
    xp = namespace(covariance)
    legs = [f"x{k}" for k in range(len(inputs))]
    tensor = Core(xp.reshape(covariance, (*inputs, *inputs)), (*legs, *primed(legs)))
    units = [
        Core(xp.eye(size, dtype=covariance.dtype), (leg, f"{leg}'")) for leg, size in zip(legs, inputs, strict=True)
    ]
    roots = []
    for k, leg in enumerate(legs):
        moment = contracted([tensor, *units[:k], *units[k + 1 :]], (leg, f"{leg}'"))
        roots.append(linalg.roots(moment, invertible=True))
    return roots
