"""The layers that Gao et al. replace by matrix product operators, as legs and bonds; and how a chain is counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import prod
from operator import mul
from typing import Any


@dataclass(frozen=True)
class Layer:
    """A dense map from legs I_1 ... I_n to legs J_1 ... J_n, and the bond dimension D of its published MPO.

    numbers : parameters of that MPO    exact : bonds that any matrix of this size fits into
    """

    network: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    bond: int
    numbers: int
    exact: tuple[int, ...]

    @property
    def pairs(self) -> tuple[int, ...]:
        """m_k = I_k J_k, the entries that one core sees."""
        return tuple(map(mul, self.inputs, self.outputs))

    @property
    def dense(self) -> int:
        """Entries of the matrix."""
        return prod(self.pairs)


LAYERS = (
    Layer("FC2", (4, 7, 7, 4), (4, 4, 4, 4), 4, 1_024, (16, 448, 16)),
    Layer("FC2", (4, 4, 4, 4), (1, 10, 1, 1), 4, 736, (4, 16, 4)),
    Layer("LeNet-5", (2, 10, 10, 2), (2, 5, 6, 2), 4, 1_792, (4, 200, 4)),
    Layer("LeNet-5", (2, 5, 6, 2), (2, 3, 7, 2), 4, 944, (4, 60, 4)),
    Layer("LeNet-5", (2, 3, 7, 2), (1, 5, 2, 1), 2, 124, (2, 28, 2)),
    Layer("VGG-16, VGG-19", (4, 4, 4, 4, 2), (4, 4, 8, 8, 4), 4, 1_376, (16, 256, 256, 8)),
    Layer("VGG-16, VGG-19", (4, 4, 8, 8, 4), (4, 4, 8, 8, 4), 4, 2_432, (16, 256, 1024, 16)),
    Layer("VGG-16, VGG-19", (4, 4, 8, 8, 4), (1, 10, 1, 1, 1), 4, 928, (4, 160, 32, 4)),
    Layer("VGG-16, VGG-19", (2, 8, 8, 8, 2), (2, 8, 8, 8, 2), 4, 3_104, (4, 256, 256, 4)),
    Layer("ResNet", (2, 4, 4, 4, 4, 4, 4, 2), (2, 4, 4, 4, 4, 4, 4, 2), 4, 1_568, (4, 64, 1024, 16384, 1024, 64, 4)),
    Layer("ResNet", (4, 4, 4, 4), (1, 5, 2, 1), 3, 276, (4, 32, 4)),
    Layer("DenseNet", (4, 4, 7, 4), (1, 5, 2, 1), 4, 576, (4, 56, 4)),
)


def exact_bonds(pairs: Sequence[int]) -> tuple[int, ...]:
    """min(m_1 ... m_k, m_{k+1} ... m_n) for k = 1, ..., n − 1."""
    whole = prod(pairs)
    return tuple(min(left, whole // left) for left in accumulate(pairs[:-1], mul))


def numbers(pairs: Sequence[int], bonds: Sequence[Any], end: Any = 1) -> Any:
    """Σ_k m_k D_{k−1} D_k with D_0 = D_n = `end`."""
    return sum(m * left * right for m, (left, right) in zip(pairs, pairwise((end, *bonds, end)), strict=True))


def uniform(pairs: Sequence[int], bond: Any, end: Any = 1) -> Any:
    """The count with one dimension for all bonds."""
    return numbers(pairs, (bond,) * (len(pairs) - 1), end)
