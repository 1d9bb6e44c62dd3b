"""Bregman PCA of a stream: batches come and go, a quadratic model of the loss in every row of [V, m] stays."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

from tnsolve.algebra.arrays import Array, Pool, contiguous, device_of, namespace
from tnsolve.algebra.kernels import kernels_for
from tnsolve.algebra.kernels.twins import square, triangle
from tnsolve.algebra.linalg import leading_directions, qr
from tnsolve.bregman.alternation import alternate, padded, principal, varying
from tnsolve.bregman.layer import BregmanLayer
from tnsolve.bregman.regressions import with_constant
from tnsolve.transfer import AbstractTransfer

FORGETTING = 0.6
"""The t-th batch counts t^-0.6: below 1, so that early codes are forgotten; above 1/2, so that noise averages out."""
HALVINGS = 30


@dataclass(frozen=True)
class Clock:
    """Batches seen, counted by their weights, so that what a sample counts hardly depends on how a stream is cut.

    weight  W, the sum of the weights w of all batches    squares  Q, the sum of w^2

    A sample came in a batch of weight u = Q / W on average, and W / u = W^2 / Q = t such batches have come. A batch of
    weight w is n = w / u of them, so what was known before keeps the share (1 - t^-0.6)^n, W, Q, u and t taken with the
    batch. For equal batches n = 1 and t counts them; a batch without weight changes nothing; of one that outweighs all
    before it little else is left; the pieces of a batch keep about what the whole keeps.
    """

    weight: float = 0.0
    squares: float = 0.0

    def after(self, weight: float) -> tuple[Self, float]:
        """The clock after a batch, and the share of that batch in every average."""
        total, squares = self.weight + weight, self.squares + weight**2
        batches, typical = total**2 / squares, weight * total / squares
        return replace(self, weight=total, squares=squares), 1 - (1 - batches**-FORGETTING) ** typical


@dataclass(frozen=True, eq=False)
class Stream:
    """All that is kept of the batches seen.

    layer      as it stands, of k directions: zeros where the data had fewer so far
    curvature  (d, K (K + 1) / 2) packed, linear (d, K), K = k + 1: for each unit, the forgetful average over
               batches of the quadratic expansion of its loss, 1/2 theta.A theta - b.theta, where [V, m] was then
    centre     mean activation (d,)    clock  what the batches weighed
    """

    layer: BregmanLayer
    curvature: Array
    linear: Array
    centre: Array
    clock: Clock

    @classmethod
    def begun(
        cls, y: Array, weights: Array, total: float, components: int, transfer: AbstractTransfer, pool: Pool
    ) -> Self:
        """Bregman PCA of the first batch.   weights : (N,) of sum 1    total : what they summed to before."""
        start = principal(y, weights, components, transfer)
        found = alternate(*start, y, weights, sweeps=20, tolerance=1e-3, pool=pool)
        layer, codes = padded(found.layer, found.codes, components)
        return cls(layer, *expansion(layer, codes, y, weights), weights @ y, Clock().after(total)[0])

    def updated(self, y: Array, weights: Array, total: float, pool: Pool) -> Self:
        """The codes of a batch, its expansion averaged in, and a step towards the minimiser of the average.

        The step is halved, for each unit by itself, until the average of the old model and of this batch's own loss
        does not rise: for the identity, whose model is exact, it is never halved.   Cost O(N d k^2).
        """
        clock, rate = self.clock.after(total)
        centre = self.centre + total / clock.weight * (weights @ y - self.centre)
        layer = filled(self.layer, centre, y, weights)
        codes = layer.encode(y, pool=pool)
        design, across = with_constant(codes), contiguous(y.T)
        theta = namespace(codes).concat([layer.directions, layer.mean[:, None]], axis=1)
        fresh = expansion(layer, codes, y, weights)
        curvature, linear = (
            old + rate * (new - old) for old, new in zip((self.curvature, self.linear), fresh, strict=True)
        )

        def average(moved: Array) -> Array:
            """(1 - rate) of the old model and rate of the loss of this batch, of each unit or of all."""
            old = modelled(self.curvature, self.linear, moved)
            old = old if layer.transfer.separable else namespace(old).sum(old, keepdims=True)
            return (1 - rate) * old + rate * losses(layer.transfer, design, moved, y, across, weights)

        theta = descended(average, theta, newton_steps(curvature, linear - applied(curvature, theta)))
        return replace(
            self,
            layer=replace(layer, directions=theta[:, :-1], mean=theta[:, -1]),
            curvature=curvature,
            linear=linear,
            centre=centre,
            clock=clock,
        )


def expansion(layer: BregmanLayer, codes: Array, y: Array, weights: Array) -> tuple[Array, Array]:
    """A, packed (d, K (K + 1) / 2), and b (d, K) of the loss in each row of [V, m], at fixed codes; K = k + 1.

    Of the Hessian only the slope of `rows` is used, which for softmax and ReLU is an upper bound of it, and where they
    are steeper the chords to the targets: a unit saturated on the wrong side then moves to its target, not far beyond.
    For softmax they are chords of log-probabilities, z - F(z), the logarithmic means of p and y.
    With the gradient it gives the normal equations of a weighted least squares, whose responses are h z - (f(z) - y).
    """
    xp = namespace(codes)
    design = with_constant(codes)
    z = layer.preactivation(codes)
    _, residual, h = layer.transfer.rows(z, y, xp.ones_like(layer.mean))
    away = z - layer.transfer.inverse(y)
    if not layer.transfer.separable:
        away = away - (layer.transfer.potential(z) - layer.transfer.potential(layer.transfer.inverse(y)))[:, None]
    far = xp.abs(away) > float(xp.finfo(z.dtype).eps) ** 0.5 * (1 + xp.abs(z))
    h = xp.where(far, xp.maximum(h, residual / xp.where(far, away, xp.ones_like(away))), h)
    response = h * z - residual
    return (weights[:, None] * h).T @ kernels_for(design).pairs(design), (weights[:, None] * response).T @ design


def filled(layer: BregmanLayer, centre: Array, y: Array, weights: Array) -> BregmanLayer:
    """The layer with its blank directions replaced by those of the batch that it does not know.

    Pre-activations are taken around f^-1(centre), the mean of the stream.
    """
    xp = namespace(y)
    known = [j for j in range(layer.directions.shape[1]) if bool(xp.any(layer.directions[:, j] != 0))]
    missing = layer.directions.shape[1] - len(known)
    if missing == 0:
        return layer
    inverse = layer.transfer.inverse
    away = inverse(y) - inverse(centre[None, :])
    away = layer.transfer.grounded(away * varying(y, centre, weights, layer.transfer))
    moment = (away * weights[:, None]).T @ away
    old = [layer.directions[:, j : j + 1] for j in known]
    new = leading_directions(moment, missing, qr(xp.concat(old, axis=1))[0] if old else None)
    blank = xp.zeros((y.shape[1], missing - new.shape[1]), dtype=y.dtype, device=device_of(y))
    return replace(layer, directions=xp.concat([*old, new, blank], axis=1))


def losses(transfer: AbstractTransfer, design: Array, theta: Array, y: Array, across: Array, weights: Array) -> Array:
    """Mean of F(z) - y.z at z = design theta', of each unit (d,) where they are separable, else of all (1,).

    across : y transposed
    """
    if transfer.separable:
        return transfer.rows(theta @ design.T, across, weights)[0]
    z = design @ theta.T
    return (weights @ transfer.rows(z, y, namespace(y).ones_like(y[0, :]))[0])[None]


def applied(packed: Array, theta: Array) -> Array:
    """A theta for packed A (d, K (K + 1) / 2) and theta (d, K)."""
    xp = namespace(packed)
    size = theta.shape[1]
    matrices = xp.take(packed, xp.asarray(square(size), device=device_of(packed)), axis=1)
    return xp.sum(xp.reshape(matrices, (-1, size, size)) * theta[:, None, :], axis=2)


def modelled(packed: Array, linear: Array, theta: Array) -> Array:
    """1/2 theta.A theta - b.theta : (d,)."""
    return namespace(theta).sum(theta * (applied(packed, theta) / 2 - linear), axis=1)


def newton_steps(packed: Array, right: Array) -> Array:
    """(A + sqrt(eps) diag(A))^-1 b for each unit : (d, K). Directions without curvature, in which b is rounding, stay.

    A is first scaled to a unit diagonal, so that the size of a code does not matter.
    """
    xp = namespace(packed)
    size = right.shape[1]
    machine = xp.finfo(right.dtype)
    diagonal = xp.take(packed, xp.asarray(square(size)[:: size + 1], device=device_of(packed)), axis=1)
    curved = diagonal > float(machine.smallest_normal)
    scale = xp.where(curved, xp.where(curved, diagonal, xp.ones_like(diagonal)) ** -0.5, xp.zeros_like(diagonal))
    first, second = (xp.asarray(index, device=device_of(packed)) for index in triangle(size))
    packed = packed * xp.take(scale, first, axis=1) * xp.take(scale, second, axis=1)
    shift = xp.full(packed.shape[:1], float(machine.eps) ** 0.5, dtype=right.dtype, device=device_of(right))
    return kernels_for(packed).solve_pairs(packed, right * scale, shift) * scale


def descended(objective: Callable[[Array], Array], theta: Array, step: Array) -> Array:
    """theta + step, the step of each unit (or of all) halved until its objective does not rise; else theta."""
    xp = namespace(theta)
    before = objective(theta)
    goal = before + 64 * float(xp.finfo(theta.dtype).eps) * xp.abs(before)
    length = xp.ones_like(before)[:, None]
    for _ in range(HALVINGS):
        moved = theta + length * step
        worse = ~(objective(moved) <= goal)[:, None]
        if not bool(xp.any(worse)):
            return moved
        length = xp.where(worse, length / 2, length)
    return xp.where(worse, theta, theta + length * step)
