"""The front door of a fit: validate once, follow the schedule, keep the best student."""

from collections.abc import Callable
from dataclasses import replace
from os import PathLike
from typing import Any

import numpy as np

from tnsolve import checks
from tnsolve.algebra.arrays import Array, Pool, default_workers
from tnsolve.environments.samples import Samples, unit_of
from tnsolve.fitting.checkpoints import Checkpoint
from tnsolve.fitting.solution import Solution
from tnsolve.local.abstract import AbstractLocal
from tnsolve.local.auto import Auto
from tnsolve.models.student import Student
from tnsolve.networks.stored import Network
from tnsolve.result import Result
from tnsolve.schedule import Schedule
from tnsolve.sweeping.held_out import HeldOut, Judge, require_held_out
from tnsolve.sweeping.plans import Observer, Plan
from tnsolve.sweeping.progress import Progress
from tnsolve.sweeping.runs import Run, Sweep, until_interrupted
from tnsolve.sweeping.sweep import Visit
from tnsolve.transfer import AbstractTransfer


def fit(
    start: Student,
    x: Array,
    y: Array,
    *,
    schedule: Schedule | None = None,
    validation: tuple[Array, Array] | None = None,
    judge: Judge | Callable[[Array, Array], float] | None = None,
    weights: Array | None = None,
    loss: AbstractTransfer | None = None,
    local: AbstractLocal | None = None,
    patience: int | None = None,
    tolerance: float = 0.0,
    observe: Callable[[Visit | Sweep[Student]], None] | None = None,
    progress: bool = False,
    checkpoint: str | PathLike[str] | None = None,
    workers: int | None = None,
    seed: int = 0,
) -> Solution[Student]:
    """Fit a student by sweeps: minimise the mean matching loss of transfer(z) against y, plus a ridge on the tensor.

    x, y        (N, sites) and (N, outputs), y in the range of the transfer function; for softmax also classes (N,).
                Arrays, lists, frames and torch tensors on the CPU, see `tnsolve.checks`; the result is NumPy
    schedule    a table of knobs, one row per sweep
    validation  (x, y) held out: the best student on it is returned, and a cut that raises the loss on it is taken back
    judge       (z, y) of the validation samples -> what the best student has least of: by default the loss.
                `error_rate` judges a classifier by its mistakes: its loss may rise while they still fall
    weights     (N,) of the samples, any positive scale
    loss        a transfer function whose matching loss is minimised in place of the student's own
    local       the local solver; `Auto` by default
    patience    stop after so many sweeps without a lower validation loss
    tolerance   stop when a sweep lowers the training loss by less than this fraction of it
    observe     called with every `Visit` of a region and with every `Sweep`
    progress    show a progress bar
    checkpoint  a file written after each sweep; if it exists, the fit goes on from it, bit for bit as if never stopped.
                It is tied to the data, the settings and the number of workers; only the schedule may become longer
    workers     threads; the cores that this process may use by default
    seed        of the subsets that `schedule.samples` asks for

    A one-site sweep never raises the penalised loss, nor do all of them in a row while rank, ridge and samples stay; a
    two-site sweep chooses the ranks. Nothing is back-propagated. A MERA keeps its ranks. An interrupt from the keyboard
    ends the fit with what it has.
    Cost of a sweep: about 11 passes of N rank^2 d multiply-adds per site, times outputs on one of them.
    Raises ValueError for input that cannot be used: it says which, and what to do.
    """

    def follow(keep: Callable[[Run[Network]], None]) -> tuple[Run[Network], Result]:
        rows = schedule or Schedule()
        visits = [len(start.network.tour(step)) for step in rows]
        pool = Pool(default_workers() if workers is None else checks.count(workers, "fit(workers=...)"))
        objective = loss or start.transfer
        data = _data(start, x, y, objective, pool, "fit", weights)
        held_out = _held_out(start, validation, objective, pool, judge, patience, named=checkpoint is not None)
        with Progress(progress, visits) as bar:
            plan = Plan(
                schedule=rows,
                held_out=held_out,
                tolerance=checks.number(tolerance, "fit(tolerance=...)"),
                environment=data,
                local=local or Auto(),
                seed=checks.count(seed, "fit(seed=...)", 0),
                observers=(bar, _dressed(start, observe)),
            )
            journal = Checkpoint(checkpoint, _parts(plan, start), rows, "fit")
            # A loss that overflows is no accident to warn of: it ends the fit, and the result says what to do.
            with pool.running(), np.errstate(over="ignore", invalid="ignore"):
                keep(run := journal.read(start.network))
                return plan.followed(run, keep, journal.write)

    run, ending = until_interrupted(start.network, follow)
    return Solution(start.with_network(run.best), ending, run.rows)


def _data(
    start: Student, x: Any, y: Any, transfer: AbstractTransfer, pool: Pool, call: str, weights: Any = None
) -> Samples:
    """The environment of raw samples. Raises ValueError, in the name of `call`, for what cannot be used."""
    x = start.checked(x, call)
    y = checks.targets(y, call, x, transfer, start.outputs)
    w = checks.weights(weights, call, x)
    unit = unit_of(y, transfer, call)
    return Samples(start.features(x), y if unit == 1 else y / unit, w, transfer, pool, unit)


def _held_out(
    start: Student,
    validation: Any,
    transfer: AbstractTransfer,
    pool: Pool,
    judge: Any,
    patience: Any,
    *,
    named: bool,
) -> HeldOut[Samples] | None:
    """The validation data with their judge and patience, which mean nothing without them: ValueError."""
    if validation is None:
        require_held_out(judge, patience, "fit")
        return None
    call = "fit(validation=...)"
    x, y = checks.pair(validation, call)
    data = _data(start, x, y, transfer, pool, call)
    most = None if patience is None else checks.count(patience, "fit(patience=...)")
    if judge is None:
        return HeldOut(data, patience=most)
    verdict = Judge.of(judge, "fit", named=named)
    return HeldOut(data, lambda network: verdict(data.predict(network), data.unit * data.targets), verdict.name, most)


def _dressed(start: Student, observe: Callable[[Visit | Sweep[Student]], None] | None) -> Observer:
    """An observer of networks that shows them to an observer of students."""

    def told(event: Visit | Sweep[Any]) -> None:
        if observe is not None:
            observe(event if isinstance(event, Visit) else replace(event, model=start.with_network(event.model)))

    return told


def _parts(plan: Plan[Network], start: Student) -> dict[str, Any]:
    """What decides how a fit goes, by the names that a checkpoint knows it by."""
    data: Any = plan.environment
    held_out = plan.held_out
    return {
        "start": (type(start.network).__name__, start.network.cores, start.network.scale, start.network.centre),
        "transfer function": start.transfer,
        "loss": data.transfer,
        "inputs": data.features,
        "targets": (data.targets, data.unit),
        "weights": data.weights,
        "validation": held_out and (held_out.environment.features, held_out.environment.targets),
        "judge": held_out and held_out.judge,
        "patience": held_out and held_out.patience,
        "local solver": plan.local,
        "tolerance": plan.tolerance,
        "seed": plan.seed,
        "workers' partition": data.pool.spans(data.samples),
    }
