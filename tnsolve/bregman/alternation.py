"""Bregman PCA proper: codes for these directions, directions for these codes, until the loss settles."""

from dataclasses import dataclass, replace
from functools import cached_property
from math import inf

from tnsolve.algebra.arrays import Array, Pool, contiguous, device_of, namespace, representative, spread
from tnsolve.algebra.clock import Clock
from tnsolve.algebra.linalg import Cholesky, leading_directions
from tnsolve.bregman.gauge import canonical, grounded
from tnsolve.bregman.layer import BregmanLayer
from tnsolve.bregman.regressions import Regressions, with_constant
from tnsolve.result import Result
from tnsolve.schedule import Schedule, Step
from tnsolve.sweeping.regression import generalised_regression
from tnsolve.sweeping.rows import Row
from tnsolve.sweeping.runs import AbstractPlan, Run, until_interrupted
from tnsolve.transfer import AbstractTransfer

SAMPLES, PER_COMPONENT = 1000, 75
"""Directions are first sought on this many samples, or this many for each component where that is more."""
RIDGE = 0.01


@dataclass(frozen=True, eq=False)
class Decomposition:
    """A layer, the codes (N, k) of the data it was made from, mean losses of the codes as they stand and of the mean
    alone, and how it was found: a row for each sweep, and why they ended."""

    layer: BregmanLayer
    codes: Array
    divergence: float
    total: float
    rows: tuple[Row, ...] = ()
    result: Result = Result.COMPLETED

    @property
    def losses(self) -> tuple[float, ...]:
        """Mean matching loss after each sweep."""
        return tuple(row.loss for row in self.rows)


def principal(y: Array, weights: Array, components: int, transfer: AbstractTransfer) -> tuple[BregmanLayer, Array]:
    """PCA of the pre-activations around the exact mean f^-1(mean of y): V (d, r), r <= components, and codes (N, r).

    r falls short where the data has fewer directions. A code is 0 where its projection would fit worse than the mean.
    Cost O(N d^2 + d^3).
    """
    z, centre = transfer.inverse(y), weights @ y
    mean = transfer.inverse(centre[None, :])[0, :]
    centred = (z - weights @ z) * varying(y, centre, weights, transfer)
    moment = (centred * weights[:, None]).T @ centred
    directions = leading_directions(moment, components)
    if directions.shape[1] == 0:
        directions = namespace(z).zeros_like(moment[:, :1])
    layer = grounded(BregmanLayer(directions, mean, transfer))
    return layer, helpful(layer, (z - mean) @ directions, y)


def varying(y: Array, centre: Array, weights: Array, transfer: AbstractTransfer) -> Array:
    """1 for each unit whose activations differ from their mean by more than its rounding, 0 for a constant one : (d,).

    A transfer function that couples its outputs moves all of them or none.
    """
    xp = namespace(y)
    rounding = (64 + y.shape[0]) * float(xp.finfo(y.dtype).eps) * xp.max(xp.abs(y), axis=0)
    moves = xp.max(xp.where((weights > 0)[:, None], xp.abs(y - centre), xp.zeros_like(y)), axis=0) > rounding
    return xp.astype(moves if transfer.separable else moves | xp.any(moves), y.dtype)


def helpful(layer: BregmanLayer, codes: Array, y: Array) -> Array:
    """The codes, 0 where they would fit worse than the mean."""
    helps = layer.objective(codes, y) < layer.constant(y)
    return namespace(y).where(helps[:, None], codes, 0 * codes)


def padded(layer: BregmanLayer, codes: Array, components: int) -> tuple[BregmanLayer, Array]:
    """The same with `components` directions: zeros, and zero codes, where there are fewer."""
    xp = namespace(codes)
    missing = components - codes.shape[1]
    blank = [xp.zeros((a.shape[0], missing), dtype=a.dtype, device=device_of(a)) for a in (layer.directions, codes)]
    return (
        replace(layer, directions=xp.concat([layer.directions, blank[0]], axis=1)),
        xp.concat([codes, blank[1]], axis=1),
    )


def started(
    y: Array, weights: Array, components: int, transfer: AbstractTransfer, pool: Pool
) -> tuple[BregmanLayer, Array]:
    """`principal`, and for many samples two sweeps on an evenly spread part of them, then codes for all.

    PCA is itself the answer for the identity, so there it stays, and for softmax a part leads to slower sweeps and to
    codes that generalise worse. The codes of all are the linear map of f^-1(y) that is right on the part.
    Cost O(N d k), and O(n d (d + k^2) + d^3) for the part.
    """
    xp = namespace(y)
    rows = xp.asarray(spread(y.shape[0], max(SAMPLES, PER_COMPONENT * components)), device=device_of(y))
    share = xp.take(weights, rows)
    gains = transfer.separable and not transfer.quadratic
    if 2 * rows.shape[0] > y.shape[0] or not gains or not representative(share):
        return principal(y, weights, components, transfer)
    part, share = contiguous(xp.take(y, rows, axis=0)), share / xp.sum(share)
    begun = principal(part, share, components, transfer)
    found = alternate(*begun, part, share, sweeps=2, tolerance=0.0, pool=pool)
    layer, coder = found.layer, _coder(found, part, share)

    def coded(block: slice) -> Array:
        codes = (transfer.inverse(y[block, :]) - layer.mean) @ coder
        return codes if transfer.bound < inf else helpful(layer, codes, y[block, :])

    return layer, xp.concat(pool.blocks(coded, y.shape[0], y.shape[1]), axis=0)


def _coder(found: Decomposition, y: Array, weights: Array) -> Array:
    """B (d, k) that minimises sum_n w_n |B'(f^-1(y_n) - m) - c_n|^2 + ridge |B|^2.

    The ridge is 1 % of the mean square of a pre-activation.   Cost O(n d^2 + d^3).
    """
    xp = namespace(y)
    offset = found.layer.transfer.inverse(y) - found.layer.mean
    moment = (offset * weights[:, None]).T @ offset
    ridge = RIDGE * xp.linalg.trace(moment) / moment.shape[0]
    unit = xp.eye(moment.shape[0], dtype=y.dtype, device=device_of(y))
    return Cholesky.of(moment + ridge * unit).solve((offset * weights[:, None]).T @ found.codes)


@dataclass(frozen=True, eq=False)
class Alternation:
    """What codes and directions alternate on: y (N, d) that the transfer function attains, weights of sum 1."""

    y: Array
    weights: Array
    transfer: AbstractTransfer
    pool: Pool

    def swept(self, layer: BregmanLayer, codes: Array) -> tuple[BregmanLayer, Array, float]:
        """A Newton step on each code, then one on each row of [V, m] (on all of it where units are coupled); the layer
        made canonical, its codes, and the mean matching loss, which neither step can raise.   Cost O(N d k^2).

        Source: proofs/bregman/alternation.py.
        """
        codes = layer.encode(self.y, start=codes, pool=self.pool, steps=1)
        layer, value = self._turned(layer, codes)
        return *canonical(layer, codes, self.weights, self.centre), float(self.dual + value)

    def total(self, layer: BregmanLayer) -> float:
        """Mean matching loss of the mean alone."""
        return float(self.dual + layer.constant(self.centre[None, :])[0])

    @cached_property
    def centre(self) -> Array:
        """Mean activation : (d,)."""
        return self.weights @ self.y

    @cached_property
    def dual(self) -> Array:
        """Mean of F*(y)."""
        xp = namespace(self.y)
        duals = self.pool.blocks(lambda block: self.transfer.conjugate(self.y[block, :]), *self.y.shape)
        return xp.sum(self.weights * xp.concat(duals))

    @cached_property
    def _across(self) -> Array:
        """y transposed."""
        return contiguous(self.y.T)

    def _turned(self, layer: BregmanLayer, codes: Array) -> tuple[BregmanLayer, Array]:
        """One Newton step on directions and mean, and the mean of F(z) - y.z after it."""
        xp = namespace(codes)
        design = with_constant(codes)
        theta = xp.concat([layer.directions, layer.mean[:, None]], axis=1)
        if self.transfer.separable:
            regressions = Regressions(design, xp.zeros_like(self.weights), self.weights, self.transfer)
            theta, values = regressions.solved(theta, self._across, steps=1, tolerance=0.0, pool=self.pool)
            value = xp.sum(values)
        else:
            theta = generalised_regression(
                design, self.y, self.weights, self.transfer, start=theta.T, steps=1, tolerance=0.0
            ).T
            z = design @ theta.T
            value = xp.sum(self.weights * self.transfer.rows(z, self.y, xp.ones_like(layer.mean))[0])
        return replace(layer, directions=theta[:, :-1], mean=theta[:, -1]), value


State = tuple[BregmanLayer, Array]


@dataclass(frozen=True)
class Turns(AbstractPlan[State]):
    """A run of `Alternation.swept`, from a layer and codes to better ones.

    begun : when the start was, whose cost the row of the first sweep counts
    """

    data: Alternation
    begun: Clock

    def improved(self, run: Run[State], step: Step) -> tuple[State, Row]:
        """One sweep. It is idle where it neither lowers the loss nor rests within the tolerance."""
        clock = Clock() if run.rows else self.begun
        layer, codes, loss = self.data.swept(*run.current)
        before = run.rows[-1].loss if run.rows else inf
        seconds, cpu_seconds = clock.read()
        row = Row(
            sweep=run.sweeps,
            rank=codes.shape[1],
            parameters=layer.parameters,
            loss=loss,
            objective=loss,
            samples=codes.shape[0],
            lowered=int(loss < before or loss - before < self.tolerance * abs(before)),
            seconds=seconds,
            cpu_seconds=cpu_seconds,
        )
        return (layer, codes), row


def alternate(
    layer: BregmanLayer,
    codes: Array,
    y: Array,
    weights: Array,
    *,
    sweeps: int,
    tolerance: float,
    pool: Pool,
    begun: Clock | None = None,
) -> Decomposition:
    """Lower the mean matching loss of f(V c_n + m) against y_n over codes, directions and mean.

    At most `sweeps` sweeps; they end when one moves the loss by less than `tolerance` of itself, or lowers it no more.
    An interrupt from the keyboard ends them too.
    begun : when the start was made, for the row of the first sweep; now by default
    """
    data = Alternation(y, weights, layer.transfer, pool)
    plan, start = Turns(Schedule(sweeps), None, tolerance, data, begun or Clock()), (layer, codes)
    run, result = until_interrupted(start, lambda keep: plan.followed(Run.of(start), keep))
    layer, codes = run.best
    return Decomposition(layer, codes, run.best_value, data.total(layer), run.rows, result)


def settled(found: Decomposition, y: Array, weights: Array, pool: Pool) -> Decomposition:
    """The same with the best codes for its directions, canonical, and their mean loss.   Cost O(N d k^2).

    A mean loss is a difference of sums here, of which rounding may leave less than 0: that is 0.
    """
    codes = found.layer.encode(y, start=found.codes, pool=pool)
    layer, codes = canonical(found.layer, codes, weights, weights @ y)

    def objective(rows: slice) -> Array:
        return layer.objective(codes[rows, :], y[rows, :]) - layer.constant(y[rows, :])

    fall = float(namespace(y).sum(weights * namespace(y).concat(pool.blocks(objective, *y.shape))))
    total = max(found.total, 0.0)
    return replace(found, layer=layer, codes=codes, divergence=max(total + fall, 0.0), total=total)
