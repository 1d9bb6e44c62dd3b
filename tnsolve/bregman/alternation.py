"""Bregman PCA proper: codes for these directions, directions for these codes, until the loss settles."""

from dataclasses import dataclass, replace

from tnsolve.arrays import Array, Pool, contiguous, namespace
from tnsolve.bregman.coupled import coupled_step
from tnsolve.bregman.gauge import canonical, grounded
from tnsolve.bregman.layer import BregmanLayer
from tnsolve.bregman.regressions import Regressions
from tnsolve.linalg import leading_directions
from tnsolve.transfer import AbstractElementwise, AbstractTransfer


@dataclass(frozen=True, eq=False)
class Decomposition:
    """A layer, the codes (N, k) of the data it was made from, and the mean loss after each sweep."""

    layer: BregmanLayer
    codes: Array
    losses: tuple[float, ...]


def principal(y: Array, weights: Array, components: int, transfer: AbstractTransfer) -> tuple[BregmanLayer, Array]:
    """PCA of the pre-activations around the exact mean f^-1(mean of y): V (d, r), r <= components, and codes (N, r).

    r falls short where the data has fewer directions. A code is 0 where its projection would fit worse than the mean.
    Cost O(N d^2 + d^3).
    """
    z = transfer.inverse(y)
    mean = transfer.inverse((weights @ y)[None, :])[0, :]
    centred = z - weights @ z
    moment = (centred * weights[:, None]).T @ centred
    directions = leading_directions(moment, components)
    if directions.shape[1] == 0:
        directions = namespace(z).zeros_like(moment[:, :1])
    layer = grounded(BregmanLayer(directions, mean, transfer))
    codes = (z - mean) @ directions
    helps = layer.objective(codes, y) < layer.objective(0 * codes, y)
    return layer, namespace(z).where(helps[:, None], codes, 0 * codes)


def alternate(
    layer: BregmanLayer, codes: Array, y: Array, weights: Array, *, sweeps: int, tolerance: float, pool: Pool
) -> Decomposition:
    """Lower the mean matching loss of f(V c_n + m) against y_n over codes, directions and mean.

    A sweep is a Newton step on each code, then one on each row of [V, m], none of which can raise the loss. Sweeps end
    when the loss falls by less than `tolerance` of itself.   Cost of a sweep O(N d k^2).
    """
    xp = namespace(y)
    constant = xp.sum(weights * layer.transfer.conjugate(y))
    across = contiguous(y.T)
    losses: list[float] = []
    for sweep in range(sweeps):
        codes = layer.encode(y, start=codes, pool=pool, steps=1)
        layer, value = _turned(layer, codes, y, across, weights, pool)
        losses.append(float(constant + value))
        if sweep and losses[-2] - losses[-1] <= tolerance * losses[-1]:
            break
        layer, codes = canonical(layer, codes, weights, weights @ y)
    codes = layer.encode(y, start=codes, pool=pool)
    return Decomposition(*canonical(layer, codes, weights, weights @ y), tuple(losses))


def _turned(
    layer: BregmanLayer, codes: Array, y: Array, across: Array, weights: Array, pool: Pool
) -> tuple[BregmanLayer, Array]:
    """One Newton step on directions and mean, and the mean of F(z) - y.z after it.   across : y transposed."""
    xp = namespace(codes)
    design = xp.concat([codes, xp.ones_like(codes[:, :1])], axis=1)
    theta = xp.concat([layer.directions, layer.mean[:, None]], axis=1)
    if isinstance(layer.transfer, AbstractElementwise):
        regressions = Regressions(design, xp.zeros_like(weights), weights, layer.transfer)
        theta, values = regressions.solved(theta, across, steps=1, tolerance=0.0, pool=pool)
        value = xp.sum(values)
    else:
        theta = coupled_step(theta, design, y, weights, layer.transfer)
        z = design @ theta.T
        value = xp.sum(weights * (layer.transfer.potential(z) - xp.sum(y * z, axis=1)))
    return replace(layer, directions=theta[:, :-1], mean=theta[:, -1]), value
