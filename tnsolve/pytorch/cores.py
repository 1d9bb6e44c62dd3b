"""Cores as parameters, and back: the factor exp(scale) of a network spread over its cores, and taken out again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar

import numpy as np
import torch

from tnsolve.algebra.arrays import to_numpy
from tnsolve.algebra.contraction import plan
from tnsolve.algebra.legs import Core
from tnsolve.networks.abstract import AbstractNetwork
from tnsolve.networks.scales import OCTAVE, evened, times

NOMINAL = 64
"""Samples for which an order of contraction is sought; other numbers of them are contracted in the same order."""

N = TypeVar("N", bound=AbstractNetwork)


def parameters_of(cores: Sequence[Core], scale: float) -> torch.nn.ParameterList:
    """Every core times exp(scale / their number), copied, in its dtype, on the CPU.

    Raises ValueError where that is more than the dtype holds.
    """
    share = scale / len(cores)
    arrays = [times(to_numpy(core.data), 0, share, "to_torch(...)") for core in cores]
    return torch.nn.ParameterList(torch.tensor(array) for array in arrays)


def cores_of(parameters: Iterable[torch.Tensor], legs: Iterable[tuple[str, ...]]) -> tuple[tuple[Core, ...], float]:
    """Cores with entries of at most 1, and the scale that makes up for it.

    Powers of two, which move no bit: then products of the cores of a long chain do not overflow where a sweep, a
    spectrum or a gauge multiplies them.
    """
    cores, octaves = evened([Core(array_of(core), names) for core, names in zip(parameters, legs, strict=True)])
    return cores, octaves * OCTAVE


def network_of(template: N, parameters: Iterable[torch.Tensor]) -> N:
    """The network of a template with parameters for cores, see `cores_of`."""
    cores, scale = cores_of(parameters, (core.legs for core in template.cores))
    filled: Any = template.filled([core.data for core in cores])
    return replace(filled, scale=scale)


def array_of(tensor: torch.Tensor) -> np.ndarray:
    """A copy in NumPy; half precision becomes float32."""
    own = tensor.detach().cpu()
    return (own.float() if own.dtype in (torch.float16, torch.bfloat16) else own).numpy().copy()


Axes = list[list[int]]
"""Of several tensors, the legs that they share by the same number."""


@dataclass(frozen=True)
class Joints:
    """How tensors with named legs are contracted: pair after pair, by a plan made once for a nominal number of samples.

    pairs : (i, j, axes of i, of j and of what they become, which goes to the end)
    last  : axes of what is left at the end, and of the output
    """

    pairs: tuple[tuple[int, int, Axes], ...]
    last: Axes

    @classmethod
    def of(cls, tensors: Sequence[tuple[tuple[str, ...], Sequence[int]]], output: Sequence[str]) -> Self:
        """From the legs and dimensions of every tensor and the legs of the result."""
        blanks = [Core(np.broadcast_to(np.float32(0), dims), legs) for legs, dims in tensors]
        waiting = {k: core.legs for k, core in enumerate(blanks)}
        pairs = []
        for number, (i, j, kept) in enumerate(plan(blanks, output).steps, start=len(blanks)):
            a, b = waiting.pop(i), waiting.pop(j)
            waiting[number] = tuple(leg for leg in dict.fromkeys((*a, *b)) if leg in kept)
            pairs.append((i, j, _numbered(a, b, waiting[number])))
        (left,) = waiting.values()
        return cls(tuple(pairs), _numbered(left, output))

    def __call__(self, tensors: Sequence[torch.Tensor]) -> torch.Tensor:
        """The contraction of any number of samples."""
        waiting = dict(enumerate(tensors))
        for number, (i, j, (a, b, joint)) in enumerate(self.pairs, start=len(tensors)):
            waiting[number] = torch.einsum(waiting.pop(i), a, waiting.pop(j), b, joint)
        (whole,) = waiting.values()
        return torch.einsum(whole, *self.last)


def _numbered(*several: Sequence[str]) -> Axes:
    """The legs as numbers from 0: einsum knows only 52 of them at a time."""
    number = {leg: k for k, leg in enumerate(dict.fromkeys(leg for legs in several for leg in legs))}
    return [[number[leg] for leg in legs] for legs in several]
