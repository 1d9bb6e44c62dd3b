"""The front door for linear layers: a weight matrix in, a compressed layer out."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import isfinite, prod
from typing import Any

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.environments.metrics import Metric
from tnsolve.environments.moments import Moments
from tnsolve.local.abstract import AbstractLocal
from tnsolve.local.auto import Auto
from tnsolve.local.polar import Polar
from tnsolve.models.linear_layer import Layer
from tnsolve.networks.linear import AbstractLinear
from tnsolve.networks.loopfree import AbstractLoopFree
from tnsolve.networks.mera import MERA
from tnsolve.result import Result
from tnsolve.schedule import Schedule, Step
from tnsolve.sweeping.polish import polish as polished
from tnsolve.sweeping.progress import Progress
from tnsolve.sweeping.sweep import Visit, sweep

COLUMNS = ("rank", "ridge", "sites", "cutoff")


@dataclass(frozen=True, eq=False)
class Compression:
    """What `compress` gives.

    layer       the best of all sweeps, its bias refitted to the data
    result      how it ended, with advice
    notes       what was done about input that leaves a choice
    statistics  a row per sweep, and one for the polish: sweep, rank, parameters, ridge, loss, error,
                discarded, lowered, seconds, cpu_seconds. `error` is the relative output error: the root of
                tr A (T - W) C (T - W)' / tr A W C W'
    """

    layer: Layer
    result: Result
    notes: tuple[str, ...]
    statistics: tuple[dict[str, Any], ...] = field(repr=False)

    @property
    def losses(self) -> list[float]:
        """Half the mean squared output error after each sweep, in the output metric."""
        return [row["loss"] for row in self.statistics]

    @property
    def errors(self) -> list[float]:
        """Relative output error after each sweep."""
        return [row["error"] for row in self.statistics]


def compress(
    weight: Array,
    start: AbstractLinear,
    *,
    inputs: Array | Moments | None = None,
    bias: Array | None = None,
    metric: Array | Metric | None = None,
    schedule: Schedule | None = None,
    local: AbstractLocal | None = None,
    isometric: bool = False,
    polish: int = 0,
    tolerance: float = 0.0,
    observe: Callable[[Visit], None] | None = None,
    progress: bool = False,
) -> Compression:
    """Fit a network to the layer y = weight x + bias by sweeps over second moments: minimise E |y - T x - b|_A^2.

    weight     (N_y, N_x)
    start      an MPO, Tree, MERA or CP of these sizes, usually its `from_dense`; if its legs multiply to more, the
               layer is padded with zeros
    inputs     samples (N, N_x) of what enters the layer, or their `Moments`; None for white inputs: |weight - T|^2
    bias       (N_y,) of the layer; refitted where there are samples
    metric     A (N_y, N_y), symmetric positive semi-definite: which output errors matter; Moments bring their own.
               A `Metric` also says where it comes from, and `notes` repeats it
    schedule   columns rank, ridge, sites and cutoff; the ridge (1e-8 by default, 0 without data) decides where the
               samples leave weights open
    local      the local solver; `Auto` by default
    isometric  keep every core of a MERA but the root an isometry
    polish     iterations of L-BFGS on all cores after the sweeps
    tolerance  stop when a sweep lowers the loss by less than this fraction of it
    observe    called with every `Visit`

    A one-site sweep never raises the loss plus its ridge. Once the samples are summed, no step depends on their number.
    Raises ValueError for input that cannot be used: it says which, and what to do.
    """
    kind = "the caller's own"
    if isinstance(metric, Metric):
        metric, kind = metric.matrix, metric.kind
    moments, notes = _moments(weight, start, inputs, bias, metric)
    notes = (*notes, "Output metric: " + ("plain squares" if moments.metric is None else kind) + ".")
    schedule = _checked(schedule, inputs)
    if isometric:
        start, local = _isometries(start, local)
    network, result, rows = _swept(start, moments, schedule, local or Auto(), tolerance, observe, progress)
    if polish:
        clock = _Clock()
        network = polished(network, moments, steps=polish)
        rows = (*rows, {**_judged(network, moments), "sweep": len(rows), "ridge": 0.0, **clock.read()})
    return Compression(_layer(network, moments, weight, bias, inputs), result, notes, rows)


def _swept(
    network: AbstractLinear,
    moments: Moments,
    schedule: Schedule,
    local: AbstractLocal,
    tolerance: float,
    observe: Callable[[Visit], None] | None,
    progress: bool,
) -> tuple[AbstractLinear, Result, tuple[dict[str, Any], ...]]:
    """The best network of the schedule, why it ended, and a row per sweep."""
    best, best_loss = network, float("inf")
    rows: list[dict[str, Any]] = []
    try:
        with Progress(progress) as bar:
            for step in schedule:
                clock, visits = _Clock(), _Visits(bar, observe)
                step = _resolved(step, network)
                bar.begin(f"sweep {len(rows) + 1}/{len(schedule)}", len(network.tour(step)))
                network = sweep(network, moments, local, step, observe=visits)
                row = {**_judged(network, moments), "sweep": len(rows), "ridge": step.ridge}
                rows.append({**row, **visits.totals(), **clock.read()})
                if row["loss"] < best_loss:
                    best, best_loss = network, row["loss"]
                if (ending := _ending(rows, tolerance)) is not None:
                    return best, ending, tuple(rows)
    except KeyboardInterrupt:
        return best, Result.INTERRUPTED, tuple(rows)
    return best, Result.COMPLETED, tuple(rows)


def _ending(rows: list[dict[str, Any]], tolerance: float) -> Result | None:
    """Why to stop now, or None."""
    last = rows[-1]
    if not isfinite(last["loss"]):
        return Result.DIVERGED
    if last["lowered"] == 0 and last["discarded"] == 0:
        return Result.STALLED
    return Result.CONVERGED if len(rows) > 1 and _converged(rows[-2], last, tolerance) else None


def _converged(before: dict[str, Any], last: dict[str, Any], tolerance: float) -> bool:
    """Whether two sweeps of one network reached nearly the same loss."""
    same = before["parameters"] == last["parameters"]
    return same and abs(before["loss"] - last["loss"]) < tolerance * before["loss"]


def _judged(network: AbstractLinear, moments: Moments) -> dict[str, Any]:
    """How large a network is, and how good."""
    excess = moments.excess(network)
    return {
        "rank": network.rank,
        "parameters": network.parameters,
        "loss": moments.floor + excess / 2,
        "error": (max(0.0, excess) / (moments.explained or 1.0)) ** 0.5,
    }


def _resolved(step: Step, network: AbstractLinear) -> Step:
    """The step with the rank that a two-site sweep may not exceed: the network's own where the schedule names none."""
    if step.rank is None and step.sites == 2 and isinstance(network, AbstractLoopFree):
        return replace(step, rank=max([1, *network.ranks.values()]))
    return step


def _isometries(start: AbstractLinear, local: AbstractLocal | None) -> tuple[AbstractLinear, AbstractLocal]:
    """The start with isometric cores, and the solver that keeps them."""
    if not isinstance(start, MERA):
        raise ValueError(
            f"compress(isometric=True) is for a MERA, not for {type(start).__name__}: without loops the canonical "
            f"gauge makes every core but one an isometry anyway; drop isometric."
        )
    return start.nearest_isometries(), Polar(start.isometries, free=local or Auto())


def _checked(schedule: Schedule | None, inputs: Any) -> Schedule:
    """The schedule, by default of six sweeps with a ridge that only settles what the samples leave open."""
    if schedule is None:
        return Schedule(sweeps=6, ridge=0.0 if inputs is None else 1e-8)
    unknown = sorted(set(schedule.columns) - set(COLUMNS))
    if unknown:
        raise ValueError(f"compress(schedule=...) has the column {unknown[0]!r}; a layer knows {', '.join(COLUMNS)}.")
    return schedule if "ridge" in schedule.columns else Schedule(len(schedule), **schedule.columns, ridge=1e-8)


def _moments(
    weight: Array, start: AbstractLinear, inputs: Any, bias: Any, metric: Any
) -> tuple[Moments, tuple[str, ...]]:
    """The moments to fit, padded to the sizes of the start, and what has to be said about them."""
    _check_matrix(weight, "weight", None)
    rows, columns = weight.shape
    outer, inner = prod(start.outputs), prod(start.inputs)
    if outer < rows or inner < columns:
        raise ValueError(
            f"compress(weight=...) has shape {tuple(weight.shape)} but the start only reaches {(outer, inner)}; choose "
            f"legs with factorise({rows}, legs) and factorise({columns}, legs)."
        )
    if metric is not None:
        _check_metric(metric, rows)
    if bias is not None:
        _check_finite(bias, "bias", (rows,))
    if inputs is None:
        moments = Moments.data_free(weight, metric=metric)
    elif isinstance(inputs, Moments):
        moments = _check_moments(inputs, weight, metric)
    else:
        _check_matrix(inputs, "inputs", columns)
        moments = Moments.of_layer(inputs, weight, bias, metric=metric)
    notes = []
    if 0 < moments.samples <= columns:
        notes.append(
            f"{moments.samples:g} samples leave the covariance of {columns} inputs singular; the ridge decides there."
        )
    if (outer, inner) != (rows, columns):
        notes.append(f"Padded with zeros from {(rows, columns)} to {(outer, inner)}, the sizes of the start.")
    return moments.padded(outer, inner), tuple(notes)


def _layer(network: AbstractLinear, moments: Moments, weight: Array, bias: Array | None, inputs: Any) -> Layer:
    """The network with the bias that belongs to it."""
    rows, columns = weight.shape
    if inputs is not None:
        return Layer(network, moments.bias(network.to_dense())[:rows], columns)
    xp = namespace(weight)
    return Layer(network, xp.zeros(rows, dtype=weight.dtype) if bias is None else bias, columns)


def _check_moments(moments: Moments, weight: Array, metric: Any) -> Moments:
    if metric is not None:
        raise ValueError("compress(metric=...) was given beside Moments; give the metric to the Moments instead.")
    if moments.cross.shape != weight.shape:
        raise ValueError(
            f"compress(inputs=...) are Moments of a layer of shape {tuple(moments.cross.shape)} but the weight has "
            f"{tuple(weight.shape)}; make them from the inputs and targets of this layer."
        )
    return moments


def _check_matrix(array: Array, name: str, columns: int | None) -> None:
    if array.ndim != 2 or 0 in array.shape or columns not in (None, array.shape[1]):
        wanted = "(outputs, inputs)" if columns is None else f"(samples, {columns})"
        raise ValueError(f"compress({name}=...) has shape {tuple(array.shape)}; it must be {wanted}.")
    _check_finite(array, name, tuple(array.shape))


def _check_metric(metric: Array, rows: int) -> None:
    """Raise ValueError unless `metric` is symmetric positive semi-definite (rows, rows), up to rounding."""
    _check_finite(metric, "metric", (rows, rows))
    xp = namespace(metric)
    size = float(xp.max(xp.abs(metric)))
    if float(xp.max(xp.abs(metric - metric.T))) > 1e-6 * size:
        raise ValueError("compress(metric=...) is not symmetric; pass (metric + metric.T) / 2.")
    least = float(xp.linalg.eigvalsh(metric)[0])
    if least < -1e-6 * size * rows:
        raise ValueError(f"compress(metric=...) has the eigenvalue {least:g}; it must be positive semi-definite.")


def _check_finite(array: Array, name: str, shape: tuple[int, ...]) -> None:
    xp = namespace(array)
    if tuple(array.shape) != shape:
        raise ValueError(f"compress({name}=...) has shape {tuple(array.shape)}; it must be {shape}.")
    if not bool(xp.all(xp.isfinite(array))):
        raise ValueError(f"compress({name}=...) holds NaN or infinity; remove it before the call.")


class _Clock:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._begun = time.perf_counter(), time.process_time()

    def read(self) -> dict[str, float]:
        now = time.perf_counter(), time.process_time()
        return {"seconds": now[0] - self._begun[0], "cpu_seconds": now[1] - self._begun[1]}


class _Visits:
    """Counts the visits of a sweep and passes them on."""

    def __init__(self, bar: Progress, observe: Callable[[Visit], None] | None):
        self._bar, self._observe = bar, observe
        self._visits: list[Visit] = []

    def __call__(self, visit: Visit) -> None:
        self._visits.append(visit)
        self._bar.advance(f"loss {visit.info.after:.4g}")
        if self._observe is not None:
            self._observe(visit)

    def totals(self) -> dict[str, Any]:
        """Discarded weight, and visits that lowered the objective."""
        return {
            "discarded": sum(visit.discarded for visit in self._visits),
            "lowered": sum(visit.info.after < visit.info.before for visit in self._visits),
        }
