"""Fit a network in coordinates where the inputs of each leg are white: the same networks, far better conditioned."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Self, TypeVar

import numpy as np

from tnsolve.algebra.legs import Core, applied
from tnsolve.environments.moments import Moments
from tnsolve.fitting.compress import Compression, compress
from tnsolve.networks.linear import AbstractLinear
from tnsolve.networks.mpo import marginal_roots
from tnsolve.schedule import Schedule

N = TypeVar("N", bound=AbstractLinear)


@dataclass(frozen=True, eq=False)
class Whitened:
    """A layer on inputs u = R^-1 x, R = R_0 (x) R_1 (x) ...: `moments` of u, and R_k^-1 for each input leg.

    R_k^2 is the second moment of leg k, the others summed over. Their product stands for that of x because it is what
    every network can undo by itself, leg by leg (`proofs/sweeps/whitening.py`).
    """

    moments: Moments
    inverses: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, moments: Moments, legs: Sequence[int]) -> Self:
        """Whiten each leg of inputs that are C-ordered over `legs`.   Cost O(N_x^3)."""
        roots, inverses = zip(*marginal_roots(moments.covariance, legs), strict=True)
        root, inverse = reduce(np.kron, roots), reduce(np.kron, inverses)
        white = replace(
            moments,
            cross=moments.cross @ inverse,
            covariance=inverse @ moments.covariance @ inverse,
            mean_x=inverse @ moments.mean_x,
            teacher=moments.best @ root,
        )
        return cls(white, inverses)

    def undone(self, network: N) -> N:
        """The network on x that does what the given one does on u: its input legs times R_k^-1."""
        return network.filled([self._undone(core).data for core in network.cores])

    def _undone(self, core: Core) -> Core:
        for k, inverse in enumerate(self.inverses):
            if f"x{k}" in core.legs:
                core = applied(inverse, f"x{k}", core)
        return core


def compress_white(
    moments: Moments,
    start: Callable[[np.ndarray], AbstractLinear],
    legs: Sequence[int],
    *,
    schedule: Schedule | None = None,
    polish: int = 0,
) -> Compression:
    """`compress` in whitened coordinates: the start is made there, sweeps and polish run there, then it is undone.

    Sweeps of a network with loops, L-BFGS and truncated SVDs all depend on coordinates. On the patches of a convolution
    one sweep of a canonical polyadic network from such a start leaves half the squared error that it leaves otherwise.

    start : weight (N_y, N_x) -> a network with the input legs `legs`; the others are those of `compress`.
    """
    white = Whitened.of(moments, legs)
    weight = white.moments.best
    found = compress(weight, start(weight), inputs=white.moments, schedule=schedule, polish=polish)
    return replace(found, layer=replace(found.layer, network=white.undone(found.layer.network)))
