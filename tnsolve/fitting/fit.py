"""The front door of a fit: validate once, walk the schedule, keep the best student."""

from collections.abc import Callable
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

import numpy as np

from tnsolve import checks
from tnsolve.algebra.arrays import Array, Pool, default_workers
from tnsolve.environments.samples import Samples
from tnsolve.fitting.checkpoints import Checkpoint
from tnsolve.fitting.runs import Plan, Sweep
from tnsolve.local.abstract import AbstractLocal
from tnsolve.local.auto import Auto
from tnsolve.models.student import Student, samples
from tnsolve.networks.loopfree import AbstractLoopFree
from tnsolve.result import Result
from tnsolve.schedule import Schedule
from tnsolve.sweeping.progress import Progress
from tnsolve.sweeping.sweep import Visit
from tnsolve.transfer import AbstractTransfer


@dataclass(frozen=True)
class Solution:
    """What a fit gives.

    student     the last one, or with validation data the one of the lowest validation loss
    result      how it ended, with advice
    statistics  a row per sweep: sweep, rank, parameters, ridge, log_penalty, samples, loss, validation, discarded,
                taken_back, lowered (visits that lowered the objective), seconds, cpu_seconds
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
    two-site sweep chooses the ranks. Nothing is back-propagated. A MERA keeps its ranks.
    Cost of a sweep: about 11 passes of N rank^2 d multiply-adds per site, times outputs on one of them.
    Raises ValueError for input that cannot be used: it says which, and what to do.
    """
    schedule = _followed(schedule or Schedule(), start)
    objective = loss or start.transfer
    pool = Pool(workers or default_workers())
    x = start.checked(x, "fit")
    y = checks.targets(y, "fit", x, objective, start.outputs)
    data = samples(start.features, x, y, objective, pool, checks.weights(weights, "fit", x))
    guard = _guard(start, validation, objective, pool)
    plan = Plan(schedule, data, guard, judge, local or Auto(), patience, tolerance, seed)
    journal = Checkpoint.of(checkpoint, plan, start)
    run = journal.read(start)
    try:
        # A loss that overflows is no accident to warn of: it ends the fit, and the result says what to do.
        with pool.running(), Progress(progress) as bar, np.errstate(over="ignore", invalid="ignore"):
            while (ending := plan.ending(run)) is None:
                run = plan.advance(run, bar, observe or _unseen)
                journal.write(run)
    except KeyboardInterrupt:
        ending = Result.INTERRUPTED
    return Solution(run.best, ending, run.statistics)


def _followed(schedule: Schedule, start: Student) -> Schedule:
    """The schedule, unless it would grow or cut a network with loops: ValueError."""
    if isinstance(start.network, AbstractLoopFree):
        return schedule
    for step in schedule:
        if step.rank is not None or step.sites != 1 or step.expand:
            raise ValueError(
                f"fit(schedule={schedule!r}) cannot change the ranks of a {type(start.network).__name__}: a network "
                f"with loops has no canonical gauge to grow or cut in; leave out rank, sites and expand, and start "
                f"with the rank that you want."
            )
    return schedule


def _guard(
    start: Student, validation: tuple[Array, Array] | None, objective: AbstractTransfer, pool: Pool
) -> Samples | None:
    """The environment of the validation data."""
    if validation is None:
        return None
    call = "fit(validation=...)"
    x = start.checked(validation[0], call)
    y = checks.targets(validation[1], call, x, objective, start.outputs)
    return samples(start.features, x, y, objective, pool)


def _unseen(event: Visit | Sweep) -> None:
    """No observer."""
