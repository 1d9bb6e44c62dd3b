"""The freedom that leaves every V c + m as it is, used to make a layer canonical."""

from dataclasses import replace

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.algebra.linalg import Cholesky
from tnsolve.bregman.layer import BregmanLayer


def metric(layer: BregmanLayer) -> Array:
    """V' H(m) V : (k, k), with H = diag(h) - sum u u' the Hessian of the potential at the mean.

    Directions are first centred by the weights h where H ignores constants: u'V then vanishes for softmax, and what is
    left is a Gram matrix, which rounding cannot make indefinite.
    """
    h, u = layer.transfer.curvature(layer.mean[None, :])
    v = layer.transfer.grounded(layer.directions.T, h[0, :])
    along = v @ u[0, :, :].T
    return (v * h) @ v.T - along @ along.T


def canonical(layer: BregmanLayer, codes: Array, weights: Array, centre: Array) -> tuple[BregmanLayer, Array]:
    """The same V c + m with three conditions met, and the codes that go with it.

    mean        is the best of all constants m + V s: centre, the mean activation, has the code 0
    directions  V' H(m) V = I, by generalised QR: near the mean a divergence is half a squared distance of codes
    axes        the second moment of the codes is diagonal and falling; the largest entry of a direction is positive

    codes : (N, k)    weights : (N,) of sum 1    centre : (d,)    Cost O(d k^2 + N k^2).
    """
    xp = namespace(codes)
    layer = grounded(layer)
    shift = layer.encode(centre[None, :])
    layer, codes = replace(layer, mean=layer.preactivation(shift)[0, :]), codes - shift
    lower = Cholesky.of(metric(layer)).factor
    directions, codes = xp.linalg.solve(lower, layer.directions.T).T, codes @ lower
    _, axes = xp.linalg.eigh((codes * weights[:, None]).T @ codes)
    axes = xp.flip(axes, axis=1)
    signs = _signs(directions @ axes)
    return replace(layer, directions=directions @ axes * signs), codes @ axes * signs


def grounded(layer: BregmanLayer) -> BregmanLayer:
    """The layer without what its transfer function ignores: for softmax, directions and mean of zero mean."""
    ground = layer.transfer.grounded
    return replace(layer, directions=ground(layer.directions.T).T, mean=ground(layer.mean[None, :])[0, :])


def _signs(directions: Array) -> Array:
    """The sign of the entry of largest size in each column : (k,)."""
    xp = namespace(directions)
    high, low = xp.max(directions, axis=0), xp.min(directions, axis=0)
    return xp.where(high >= -low, xp.ones_like(high), -xp.ones_like(high))
