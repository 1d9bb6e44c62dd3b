"""The front door for linear layers: a weight matrix in, a compressed layer out."""

from collections.abc import Callable
from functools import partial
from math import prod
from os import PathLike
from typing import Any, TypeVar

from tnsolve import checks
from tnsolve.algebra.arrays import Array, namespace
from tnsolve.algebra.clock import Clock
from tnsolve.environments.abstract import require_squares
from tnsolve.environments.metrics import PLAIN, Metric
from tnsolve.environments.moments import Moments
from tnsolve.fitting.checkpoints import Checkpoint
from tnsolve.fitting.solution import Solution
from tnsolve.local.abstract import AbstractLocal
from tnsolve.local.auto import Auto
from tnsolve.local.polar import Polar
from tnsolve.models.linear_layer import Layer
from tnsolve.networks.linear import AbstractLinear
from tnsolve.networks.mera import MERA
from tnsolve.networks.structure import require_sound
from tnsolve.result import Result
from tnsolve.schedule import Schedule
from tnsolve.sweeping.held_out import HeldOut, Judge, require_held_out
from tnsolve.sweeping.plans import Plan
from tnsolve.sweeping.polish import polish as polished
from tnsolve.sweeping.progress import Progress
from tnsolve.sweeping.runs import Run, Sweep, until_interrupted
from tnsolve.sweeping.sweep import Visit

N = TypeVar("N", bound=AbstractLinear)


def compress(
    weight: Array,
    start: AbstractLinear,
    *,
    inputs: Array | Moments | None = None,
    bias: Array | None = None,
    metric: Array | Metric | None = None,
    prior: float = 0.0,
    schedule: Schedule | None = None,
    validation: Array | Moments | None = None,
    judge: Judge | Callable[[Array, Array], float] | None = None,
    local: AbstractLocal | None = None,
    isometric: bool = False,
    polish: int = 0,
    patience: int | None = None,
    tolerance: float = 0.0,
    observe: Callable[[Visit | Sweep[Any]], None] | None = None,
    progress: bool = False,
    checkpoint: str | PathLike[str] | None = None,
) -> Solution[Layer]:
    """Fit a network to the layer y = weight x + bias by sweeps over second moments: minimise E |y - T x - b|_A^2.

    weight      (N_y, N_x). Arrays, lists, frames and torch tensors on the CPU, as everywhere; the result is NumPy
    start       an MPO, Tree, MERA or CP of these sizes, usually its `from_dense`; if its legs multiply to more, the
                layer is padded with zeros. Its dtype is that of the fit and of the layer
    inputs      samples (N, N_x) of what enters the layer, or their `Moments`; None for white inputs: |weight - T|^2
    bias        (N_y,) of the layer; refitted where there are samples
    metric      A (N_y, N_y), symmetric positive semi-definite: which output errors matter; Moments bring their own.
                A `Metric` also says where it comes from, and `notes` repeats it
    prior       so many white samples of the layer are added (see `Moments.pulled`): where the samples leave weights
                open, they pull to the layer's own and not to zero. The losses count the pull
    schedule    the columns of `Step` but samples; the ridge (1e-8 by default, 0 without data) decides where the samples
                leave weights open. A one-site sweep that names a rank grows to it along what the network misses
    validation  held-out samples (N, N_x) of what enters the layer, or their `Moments`: the best network on them is
                returned, and a cut that raises the loss on them is taken back
    judge       (z, y) of held-out samples, what the network makes of them and what the layer does -> what the best
                network has least of: by default the loss
    local       the local solver; `Auto` by default
    isometric   keep every core of a MERA but the root an isometry
    polish      iterations of L-BFGS on all cores after the sweeps; they get a row of their own
    patience    stop after so many sweeps without a lower validation loss
    tolerance   stop when a sweep lowers the loss by less than this fraction of it
    observe     called with every `Visit` and every `Sweep`, whose model is the network
    progress    show a progress bar
    checkpoint  a file written after each sweep; if it exists, the fit goes on from it, bit for bit as if never stopped
                where BLAS has as many threads as before

    In the rows, `error` is the relative output error: the root of tr A (T - W) C (T - W)' / tr A W C W'.
    A one-site sweep never raises the loss plus its ridge. Once the samples are summed, no step depends on their number.
    Raises ValueError for input that cannot be used: it says which, and what to do.
    """
    weight = checks.array(weight, "compress(weight=...)", shape=("outputs", "inputs"))
    require_squares(weight, "compress(weight=...)")
    bias = None if bias is None else checks.array(bias, "compress(bias=...)", shape=(weight.shape[0],))
    lesson = partial(_moments, weight, bias, _sizes(weight, start))
    moments = lesson(inputs, metric, "compress(inputs=...)")
    network, local = _isometries(start, local) if isometric else (start, local or Auto())
    network = _cast(network, "float64")
    steps = checks.count(polish, "compress(polish=...)", 0)
    held_out = _held_out(lesson, moments, weight, bias, validation, judge, patience, named=checkpoint is not None)

    def follow(keep: Callable[[Run[AbstractLinear]], None]) -> tuple[Run[AbstractLinear], Result]:
        rows = _schedule(schedule, inputs)
        with Progress(progress, [len(network.tour(step)) for step in rows]) as bar:
            pulled = moments.pulled(moments.best, checks.number(prior, "compress(prior=...)"))
            plan = Plan(
                schedule=rows,
                held_out=held_out,
                tolerance=checks.number(tolerance, "compress(tolerance=...)"),
                environment=pulled,
                local=local,
                observers=(bar, observe or _unseen),
            )
            journal = Checkpoint(checkpoint, _parts(plan, network), rows, "compress")
            keep(run := journal.read(network))
            run, ending = plan.followed(run, keep, journal.write)
            if steps:
                clock = Clock()
                found = polished(run.best, pulled, steps=steps)
                run = plan.ranked(run, found, plan.row(found, run, clock))
            return run, ending

    run, ending = until_interrupted(network, follow)
    found = _cast(run.best, start.cores[0].data.dtype)
    layer = _layer(found, moments, weight, bias, refitted=moments.samples > 0)
    return Solution(layer, ending, run.rows, _notes(moments, weight, start))


def _sizes(weight: Array, start: AbstractLinear) -> tuple[int, int]:
    """Outputs and inputs of the start. Raises ValueError unless it is sound and reaches the weight."""
    require_sound(start, "compress(start=...)")
    rows, columns = weight.shape
    outer, inner = prod(start.outputs), prod(start.inputs)
    if outer < rows or inner < columns:
        raise ValueError(
            f"compress(weight=...) has shape {(rows, columns)} but the start only reaches {(outer, inner)}; choose "
            f"legs with factorise({rows}, legs) and factorise({columns}, legs)."
        )
    return outer, inner


def _moments(weight: Array, bias: Array | None, sizes: tuple[int, int], inputs: Any, metric: Any, call: str) -> Moments:
    """The moments of a layer on some inputs, padded to the sizes of the start."""
    if isinstance(inputs, Moments):
        if metric is not None:
            raise ValueError("compress(metric=...) was given beside Moments; use moments.with_metric(metric) instead.")
        if tuple(inputs.cross.shape) != tuple(weight.shape):
            raise ValueError(
                f"{call} are Moments of a layer of shape {tuple(inputs.cross.shape)} but the weight has "
                f"{tuple(weight.shape)}; make them from the inputs and targets of this layer."
            )
        return inputs.astype("float64").padded(*sizes)
    if inputs is None:
        return Moments.data_free(weight, metric=Metric.of(metric, weight.shape[0], "compress")).padded(*sizes)
    x = checks.array(inputs, call, shape=("samples", weight.shape[1]))
    return Moments.of_layer(x, weight, bias, metric=Metric.of(metric, weight.shape[0], "compress")).padded(*sizes)


def _held_out(
    lesson: Callable[..., Moments],
    moments: Moments,
    weight: Array,
    bias: Array | None,
    validation: Any,
    judge: Any,
    patience: Any,
    *,
    named: bool,
) -> HeldOut | None:
    """The validation data with their judge and patience, which mean nothing without them: ValueError."""
    if validation is None:
        require_held_out(judge, patience, "compress")
        return None
    call = "compress(validation=...)"
    own = None if isinstance(validation, Moments) else moments.metric
    data = lesson(validation, None, call)
    data = data if own is None else data.with_metric(own)
    most = None if patience is None else checks.count(patience, "compress(patience=...)")
    if judge is None:
        return HeldOut(data, patience=most)
    if isinstance(validation, Moments):
        raise ValueError(f"compress(judge={judge!r}) judges samples; pass validation=x, not their Moments.")
    verdict = Judge.of(judge, "compress", named=named)
    x = checks.array(validation, call, shape=("samples", weight.shape[1]))
    known = x @ weight.T if bias is None else x @ weight.T + bias

    def score(network: AbstractLinear) -> float:
        return verdict(_layer(network, moments, weight, bias, refitted=moments.samples > 0)(x), known)

    return HeldOut(data, score, verdict.name, most)


def _isometries(start: AbstractLinear, local: AbstractLocal | None) -> tuple[AbstractLinear, AbstractLocal]:
    """The start with isometric cores, and the solver that keeps them."""
    if not isinstance(start, MERA):
        raise ValueError(
            f"compress(isometric=True) is for a MERA, not for {type(start).__name__}: without loops the canonical "
            f"gauge makes every core but one an isometry anyway; drop isometric."
        )
    return start.nearest_isometries(), Polar(start.isometries, free=local or Auto())


def _schedule(schedule: Schedule | None, inputs: Any) -> Schedule:
    """The schedule, by default of six sweeps with a ridge that only settles what the samples leave open."""
    if schedule is None:
        return Schedule(sweeps=6, ridge=0.0 if inputs is None else 1e-8)
    return schedule if "ridge" in schedule.columns else Schedule(len(schedule), **schedule.columns, ridge=1e-8)


def _notes(moments: Moments, weight: Array, start: AbstractLinear) -> tuple[str, ...]:
    """What has to be said about the input."""
    (rows, columns), sizes = weight.shape, (prod(start.outputs), prod(start.inputs))
    notes = []
    if 0 < moments.samples <= columns:
        notes.append(
            f"{moments.samples:g} samples leave the covariance of {columns} inputs singular; the ridge decides there."
        )
    if sizes != (rows, columns):
        notes.append(f"Padded with zeros from {(rows, columns)} to {sizes}, the sizes of the start.")
    return (*notes, f"Output metric: {PLAIN if moments.metric is None else moments.metric.kind}.")


def _layer(network: AbstractLinear, moments: Moments, weight: Array, bias: Array | None, *, refitted: bool) -> Layer:
    """The network with the bias that belongs to it, in the dtype of its cores."""
    rows, columns = weight.shape
    xp, dtype = namespace(weight), network.cores[0].data.dtype
    if refitted:
        bias = moments.bias_of(network)[:rows]
    found = xp.zeros(rows, dtype=dtype) if bias is None else xp.astype(bias, dtype)
    return Layer(network, found, columns)


def _cast(network: N, dtype: Any) -> N:
    """The network with its cores in a dtype, or in that of its name."""
    xp = namespace(network.cores[0].data)
    wanted = xp.float64 if dtype == "float64" else dtype
    if network.cores[0].data.dtype == wanted:
        return network
    return network.recast(lambda array: xp.astype(array, wanted))


def _parts(plan: Plan[AbstractLinear], network: AbstractLinear) -> dict[str, Any]:
    """What decides how the sweeps go, by the names that a checkpoint knows it by."""
    held_out, moments = plan.held_out, plan.environment
    return {
        "start": (type(network).__name__, network.cores, network.scale, network.centre),
        "moments": moments,
        "validation": held_out and held_out.environment,
        "judge": held_out and held_out.judge,
        "patience": held_out and held_out.patience,
        "local solver": plan.local,
        "tolerance": plan.tolerance,
    }


def _unseen(event: Visit | Sweep[Any]) -> None:
    """No observer."""
