"""Fit a network in coordinates where the inputs of each leg are white: the same networks, far better conditioned."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Self, TypeVar

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.algebra.legs import Core, applied
from tnsolve.compression.coordinates import AbstractCoordinates, compress_in
from tnsolve.environments.moments import Moments
from tnsolve.fitting.solution import Solution
from tnsolve.models.linear_layer import Layer
from tnsolve.networks.linear import AbstractLinear
from tnsolve.networks.mpo import marginal_roots
from tnsolve.schedule import Schedule

N = TypeVar("N", bound=AbstractLinear)


@dataclass(frozen=True, eq=False, repr=False)
class Whitened(AbstractCoordinates):
    """A layer on inputs u = R^-1 x, R = R_0 (x) R_1 (x) ...: `moments` of u, R_k and R_k^-1 for each input leg.

    R_k^2 is the second moment of leg k, the others summed over. Their product stands for that of x because it is what
    every network can undo by itself, leg by leg (`proofs/sweeps/whitening.py`). White inputs stay as they are, and no
    root is kept.
    """

    moments: Moments
    roots: tuple[Array, ...]
    inverses: tuple[Array, ...]

    @classmethod
    def of(cls, moments: Moments, legs: Sequence[int]) -> Self:
        """Whiten each leg of inputs that are C-ordered over `legs`.   Cost O(N_x^2 sum of legs).

        Raises ValueError unless the legs multiply to N_x.
        """
        columns = moments.cross.shape[1]
        if prod(legs) != columns:
            raise ValueError(
                f"Whitened.of(legs={tuple(legs)}) has {prod(legs)} inputs but the layer has {columns}; pass the input "
                f"legs of the network."
            )
        if moments.covariance is None:
            return cls(moments, (), ())
        roots, inverses = zip(*marginal_roots(moments.covariance, legs), strict=True)
        white = replace(
            moments,
            cross=_along(inverses, moments.cross, legs),
            covariance=_along(inverses, _along(inverses, moments.covariance, legs).T, legs),
            mean_x=_along(inverses, moments.mean_x[None, :], legs)[0, :],
            teacher=_along(roots, moments.best, legs),
        )
        return cls(white, roots, inverses)

    def entered(self, network: N) -> N:
        """The network on u that does what the given one does on x: its input legs times R_k."""
        return _with_inputs(network, self.roots)

    def undone(self, network: N) -> N:
        """The network on x that does what the given one does on u: its input legs times R_k^-1."""
        return _with_inputs(network, self.inverses)

    def __repr__(self) -> str:
        return f"Whitened({self.moments}, {len(self.roots)} legs)"


def compress_white(
    moments: Moments,
    start: Callable[[Array], AbstractLinear],
    legs: Sequence[int],
    *,
    schedule: Schedule | None = None,
    polish: int = 0,
) -> Solution[Layer]:
    """`compress` in whitened coordinates: the start is made there, sweeps and polish run there, then it is undone.

    Sweeps of a network with loops, L-BFGS and truncated SVDs all depend on coordinates. On the patches of a convolution
    one sweep of a canonical polyadic network from such a start leaves half the squared error that it leaves otherwise.

    start : weight (N_y, N_x) -> a network with the input legs `legs`; the others are those of `compress`.
    """
    white = Whitened.of(moments, legs)
    return compress_in(white, start(white.moments.best), schedule=schedule, polish=polish)


def _with_inputs(network: N, factors: Sequence[Array]) -> N:
    """A network whose input leg k is multiplied by a matrix; itself where there is none."""
    if not factors:
        return network
    cores = list(network.cores)
    for k, factor in enumerate(factors):
        cores = [applied(factor, f"x{k}", core) if f"x{k}" in core.legs else core for core in cores]
    return network.filled([core.data for core in cores])


def _along(factors: Sequence[Array], matrix: Array, legs: Sequence[int]) -> Array:
    """A matrix (m, N_x) times the Kronecker product of symmetric factors."""
    xp = namespace(matrix)
    core = Core(xp.reshape(matrix, (-1, *legs)), ("rows", *(f"x{k}" for k in range(len(legs)))))
    for k, factor in enumerate(factors):
        core = applied(factor, f"x{k}", core)
    return xp.reshape(core.data, tuple(matrix.shape))
