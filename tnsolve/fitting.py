"""The front door of a fit: validate once, walk the schedule, keep the best student."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from math import isfinite
from os import PathLike
from typing import Any

from tnsolve import checks
from tnsolve.arrays import Array, Pool, default_workers, generator, namespace
from tnsolve.checkpoints import Checkpoint, Run
from tnsolve.environments.samples import Samples
from tnsolve.local.abstract import AbstractLocal
from tnsolve.local.auto import Auto
from tnsolve.networks.mps import MPS
from tnsolve.problems import Penalty
from tnsolve.progress import Progress
from tnsolve.result import Result
from tnsolve.schedule import Schedule, Step
from tnsolve.student import Student, samples
from tnsolve.sweeping import Visit, grown, sweep
from tnsolve.transfer import AbstractTransfer


@dataclass(frozen=True)
class Solution:
    """What a fit gives.

    student     the last one, or with validation data the one of the lowest validation loss
    result      how it ended, with advice
    statistics  a row per sweep: sweep, rank, parameters, ridge, log_penalty, samples, loss, validation, discarded, taken_back,
                lowered (visits that lowered the objective), seconds, cpu_seconds
    """

    student: Student
    result: Result
    statistics: tuple[dict[str, Any], ...] = field(repr=False)

    @property
    def losses(self) -> list[float]:
        """Mean matching loss on the training samples after each sweep."""
        return [row["loss"] for row in self.statistics]

    @property
    def validation_losses(self) -> list[float]:
        """The same on the validation samples, or what `judge` made of them; empty without them."""
        return [row["validation"] for row in self.statistics if row["validation"] is not None]


@dataclass(frozen=True)
class Sweep:
    """What an observer sees after a sweep: the student as it stands and its row of statistics."""

    student: Student
    statistics: dict[str, Any] = field(repr=False)


def fit(
    start: Student,
    x: Array,
    y: Array,
    *,
    schedule: Schedule | None = None,
    validation: tuple[Array, Array] | None = None,
    judge: Callable[[Array, Array], float] | None = None,
    weights: Array | None = None,
    loss: AbstractTransfer | None = None,
    local: AbstractLocal | None = None,
    patience: int | None = None,
    tolerance: float = 0.0,
    observe: Callable[[Visit | Sweep], None] | None = None,
    progress: bool = False,
    checkpoint: str | PathLike[str] | None = None,
    workers: int | None = None,
    seed: int = 0,
) -> Solution:
    """Fit a student by sweeps: minimise the mean matching loss of transfer(z) against y, plus a ridge on the tensor.

    x, y        (N, sites) and (N, outputs), y in the range of the transfer function; for softmax also classes (N,)
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
    checkpoint  a file written after each sweep; if it exists, the fit goes on from it, bit for bit as if never stopped
    workers     threads; the cores that this process may use by default
    seed        of the subsets that `schedule.samples` asks for

    A one-site sweep never raises the penalised loss, nor do all of them in a row while rank, ridge and samples stay; a
    two-site sweep chooses the ranks. Nothing is back-propagated.
    Cost of a sweep: about 11 passes of N rank^2 d multiply-adds per site, times outputs on one of them.
    Raises ValueError for input that cannot be used: it says which, and what to do.
    """
    objective = loss or start.transfer
    schedule = schedule or Schedule()
    pool = Pool(workers or default_workers())
    x = start.checked(x, "fit")
    y = checks.targets(y, "fit", x, objective, start.network.outputs)
    w = checks.weights(weights, "fit", x)
    data = samples(start.features, x, y, objective, pool, w)
    guard = _guard(start, validation, objective, pool)
    verdict = partial(_verdict, guard, judge)
    settings = f"{schedule!r} {objective!r} {local!r} {patience} {tolerance} {seed} {start.metadata(maps=False)}"
    held_out = [*guard.features, guard.targets] if guard is not None else []
    journal = Checkpoint.of(checkpoint, [*data.features, y, w, *held_out, *start.arrays().values()], settings)
    run = journal.read(start)
    try:
        with pool.running(), Progress(progress) as bar:
            while (ending := _ending(run, len(schedule), patience, tolerance)) is None:
                step = _resolved(schedule[run.sweeps], run.current)
                watch = _Watch(bar, observe, run.sweeps, len(schedule))
                subset = _subset(data, step.samples, seed)
                run = _advance(run, step, subset, guard, verdict, local or Auto(), watch)
                journal.write(run)
    except KeyboardInterrupt:
        ending = Result.INTERRUPTED
    return Solution(run.best, ending, run.statistics)


def _advance(
    run: Run,
    step: Step,
    data: Samples,
    guard: Samples | None,
    verdict: Callable[[MPS], float | None],
    local: AbstractLocal,
    watch: "_Watch",
) -> Run:
    """One sweep, its row of statistics, and the best student so far."""
    begun, begun_cpu = time.perf_counter(), time.process_time()
    network = run.current.network
    if step.sites == 1 and not step.expand and step.rank is not None:
        network = grown(network, data, step.rank)
    watch.expect(sum(1 for _ in network.tour(step.sites, step.travel)))
    network = network.centred((network.label,))
    penalty = _penalty(network, data, step, run.statistics)
    network = sweep(network, data, local, step, penalty=penalty, guard=guard, observe=watch)
    student = replace(run.current, network=network)
    row = {
        "sweep": run.sweeps,
        "rank": max([1, *network.ranks.values()]),
        "parameters": network.parameters,
        "ridge": step.ridge,
        "log_penalty": penalty.log_ridge,
        "samples": data.samples,
        "loss": data.loss(network),
        "validation": verdict(network),
        **watch.totals(),
        "seconds": time.perf_counter() - begun,
        "cpu_seconds": time.process_time() - begun_cpu,
    }
    watch.report(Sweep(student, row))
    judged = row["loss"] if guard is None else row["validation"]
    sound = isfinite(row["loss"]) and isfinite(judged)
    better = sound and (guard is None or judged < run.best_loss)
    best, best_loss = (student, judged) if better else (run.best, run.best_loss)
    return Run(student, best, best_loss, (*run.statistics, row))


def _penalty(network: MPS, data: Samples, step: Step, statistics: tuple[dict[str, Any], ...]) -> Penalty:
    """The ridge in absolute units. While its setting stays it never grows, so that sweep after sweep lowers the loss."""
    problem = data.problem(network, (network.label,))
    penalty = Penalty.relative(step.ridge, problem, problem.theta(network.cores[network.label], network.scale))
    if statistics and statistics[-1]["ridge"] == step.ridge:
        return Penalty(min(penalty.log_ridge, statistics[-1]["log_penalty"]))
    return penalty


def _verdict(guard: Samples | None, judge: Callable[[Array, Array], float] | None, network: MPS) -> float | None:
    """How the network does on the validation samples."""
    if guard is None:
        return None
    return guard.loss(network) if judge is None else float(judge(guard.predict(network), guard.targets))


def error_rate(z: Array, y: Array) -> float:
    """Share of samples whose largest output is not the largest target.   z, y : (N, classes)."""
    xp = namespace(z, y)
    return float(xp.mean(xp.astype(xp.argmax(z, axis=1) != xp.argmax(y, axis=1), z.dtype)))


def _ending(run: Run, sweeps: int, patience: int | None, tolerance: float) -> Result | None:
    """Why to stop now, or None."""
    if not run.statistics:
        return None
    last = run.statistics[-1]
    if not isfinite(last["loss"]):
        return Result.DIVERGED
    if last["lowered"] == 0 and last["discarded"] == 0:
        return Result.STALLED
    held_out = [row["validation"] for row in run.statistics if row["validation"] is not None]
    if patience is not None and held_out and len(held_out) - 1 - held_out.index(min(held_out)) >= patience:
        return Result.EARLY_STOPPED
    if len(run.statistics) >= 2 and _converged(run.statistics[-2], last, tolerance):
        return Result.CONVERGED
    return Result.COMPLETED if run.sweeps == sweeps else None


def _converged(before: dict[str, Any], last: dict[str, Any], tolerance: float) -> bool:
    """Whether two sweeps of one network on the same samples reached nearly the same loss."""
    same = before["parameters"] == last["parameters"] and before["samples"] == last["samples"]
    return same and abs(before["loss"] - last["loss"]) < tolerance * abs(before["loss"])


def _resolved(step: Step, student: Student) -> Step:
    """The step with the rank that a two-site sweep may not exceed: the student's own where the schedule names none."""
    if step.rank is None and (step.sites == 2 or step.expand):
        return replace(step, rank=max([1, *student.network.ranks.values()]))
    return step


def _subset(data: Samples, count: int | None, seed: int) -> Samples:
    """The first `count` samples of a seeded order: each subset is contained in the next larger."""
    if count is None or count >= data.samples:
        return data
    xp = namespace(data.weights)
    chosen = xp.asarray(generator(seed).permutation(data.samples)[:count])
    w = xp.take(data.weights, chosen, axis=0)
    return replace(
        data,
        features=tuple(xp.take(rows, chosen, axis=0) for rows in data.features),
        targets=xp.take(data.targets, chosen, axis=0),
        weights=w / xp.sum(w),
    )


def _guard(
    start: Student, validation: tuple[Array, Array] | None, objective: AbstractTransfer, pool: Pool
) -> Samples | None:
    """The environment of the validation data."""
    if validation is None:
        return None
    call = "fit(validation=...)"
    x = start.checked(validation[0], call)
    y = checks.targets(validation[1], call, x, objective, start.network.outputs)
    return samples(start.features, x, y, objective, pool)


class _Watch:
    """Counts the visits of one sweep and passes them on."""

    def __init__(self, bar: Progress, observe: Callable[..., None] | None, index: int, sweeps: int):
        self._bar, self._observe, self._title = bar, observe, f"sweep {index + 1}/{sweeps}"
        self._visits: list[Visit] = []

    def __call__(self, visit: Visit) -> None:
        self._visits.append(visit)
        self._bar.advance(f"loss {visit.info.after:.4g}")
        if self._observe is not None:
            self._observe(visit)

    def expect(self, visits: int) -> None:
        self._bar.begin(self._title, visits)

    def totals(self) -> dict[str, Any]:
        """Discarded weight, cuts taken back, visits that lowered the objective."""
        return {
            "discarded": sum(visit.discarded for visit in self._visits if not visit.taken_back),
            "taken_back": sum(visit.taken_back for visit in self._visits),
            "lowered": sum(visit.info.after < visit.info.before for visit in self._visits),
        }

    def report(self, done: Sweep) -> None:
        if self._observe is not None:
            self._observe(done)
