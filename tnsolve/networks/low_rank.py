"""Low rank as a network: an MPO of two cores, the first with all outputs, the second with all inputs."""

from math import exp

from tnsolve import checks
from tnsolve.algebra.arrays import Array, namespace
from tnsolve.networks.mpo import MPO


def low_rank(left: Array, right: Array, *, centre: int | None = None) -> MPO:
    """W = left @ right as an MPO.    left : (N_y, r)    right : (r, N_x)

        y0            y1 = 1        cores (1, N_y, 1, r) and (r, 1, N_x, 1), r (N_y + N_x) parameters
        |             |
        o----- r -----o
        |             |
        x0 = 1        x1

    centre : 1 if the columns of `left` are orthonormal, 0 if the rows of `right` are, None if neither
    Raises ValueError where the two do not meet.
    """
    left, right = checks.array(left, "low_rank(left=...)", ndim=2), checks.array(right, "low_rank(right=...)", ndim=2)
    if left.shape[1] != right.shape[0]:
        raise ValueError(
            f"low_rank(left, right) have shapes {tuple(left.shape)} and {tuple(right.shape)}; they must be "
            f"(outputs, rank) and (rank, inputs)."
        )
    return MPO(MPO.of([left[None, :, None, :], right[:, None, :, None]]).cores, centre)


def factors(network: MPO) -> tuple[Array, Array]:
    """left (N_y, r) and right (r, N_x) of an MPO of two cores, W = left @ right.

    Raises ValueError for an MPO with more cores, or with inputs at the first or outputs at the second.
    """
    if len(network.cores) != 2 or network.inputs[0] != 1 or network.outputs[1] != 1:
        raise ValueError(
            f"factors(network) of an MPO with outputs {network.outputs} and inputs {network.inputs}: low rank has "
            f"outputs (N_y, 1) and inputs (1, N_x)."
        )
    first, second = (core.data for core in network.cores)
    xp = namespace(first)
    return exp(network.scale) * xp.reshape(first, first.shape[1::2]), xp.reshape(second, second.shape[::2])
