"""A fit sweep by sweep: what it is made of, the state between two sweeps, and why it ends."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import inf, isfinite
from typing import Any

from tnsolve.algebra.arrays import Array, generator, namespace
from tnsolve.environments.samples import Samples
from tnsolve.local.abstract import AbstractLocal
from tnsolve.models.student import Student
from tnsolve.networks.abstract import AbstractNetwork
from tnsolve.problems import Penalty
from tnsolve.result import Result
from tnsolve.schedule import Schedule, Step
from tnsolve.sweeping.growth import grown
from tnsolve.sweeping.progress import Progress
from tnsolve.sweeping.sweep import Visit, sweep


@dataclass(frozen=True)
class Run:
    """A fit after some sweeps: where it stands, the best student so far, and a row of statistics for each sweep."""

    current: Student
    best: Student
    best_loss: float = inf
    statistics: tuple[dict[str, Any], ...] = ()

    @property
    def sweeps(self) -> int:
        """Sweeps made."""
        return len(self.statistics)


@dataclass(frozen=True)
class Sweep:
    """What an observer sees after a sweep: the student as it stands and its row of statistics."""

    student: Student
    statistics: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Plan:
    """All that decides how a fit goes: the data, the held-out data and their judge, the solver, and when to stop."""

    schedule: Schedule
    data: Samples
    guard: Samples | None
    judge: Callable[[Array, Array], float] | None
    local: AbstractLocal
    patience: int | None
    tolerance: float
    seed: int

    def advance(self, run: Run, bar: Progress, observe: Callable[[Visit | Sweep], None]) -> Run:
        """One sweep, its row of statistics, and the best student so far."""
        begun, begun_cpu = time.perf_counter(), time.process_time()
        step = self._step(run)
        data = subset(self.data, step.samples, self.seed)
        network = run.current.network
        if step.sites == 1 and not step.expand and step.rank is not None:
            network = grown(network, data, step.rank)
        network = network.centred((network.label,))
        penalty = self._penalty(network, data, step, run)
        bar.begin(f"sweep {run.sweeps + 1}/{len(self.schedule)}", len(network.tour(step)))
        visits: list[Visit] = []

        def seen(visit: Visit) -> None:
            visits.append(visit)
            bar.advance(f"loss {visit.info.after:.4g}")
            observe(visit)

        network = sweep(network, data, self.local, step, penalty=penalty, guard=self.guard, observe=seen)
        student = replace(run.current, network=network)
        row = {
            "sweep": run.sweeps,
            "rank": max([1, *network.ranks.values()]),
            "parameters": network.parameters,
            "ridge": step.ridge,
            "log_penalty": penalty.log_ridge,
            "samples": data.samples,
            "loss": data.loss(network),
            "validation": self._judged(network),
            "discarded": sum(visit.discarded for visit in visits if not visit.taken_back),
            "taken_back": sum(visit.taken_back for visit in visits),
            "lowered": sum(visit.info.after < visit.info.before for visit in visits),
            "seconds": time.perf_counter() - begun,
            "cpu_seconds": time.process_time() - begun_cpu,
        }
        observe(Sweep(student, row))
        return self._ranked(run, student, row)

    def ending(self, run: Run) -> Result | None:
        """Why to stop now, or None. While the schedule has other settings in store, a stall or a rest is no end."""
        if not run.statistics:
            return None
        last = run.statistics[-1]
        if not isfinite(last["loss"]):
            return Result.DIVERGED
        if run.sweeps == len(self.schedule):
            return Result.COMPLETED
        held_out = [row["validation"] for row in run.statistics if row["validation"] is not None]
        if self.patience is not None and held_out and _sweeps_since_best(held_out) >= self.patience:
            return Result.EARLY_STOPPED
        if any(step != self.schedule[run.sweeps - 1] for step in list(self.schedule)[run.sweeps :]):
            return None
        if last["lowered"] == 0 and last["discarded"] == 0:
            return Result.STALLED
        if run.sweeps >= 2 and _converged(run.statistics[-2], last, self.tolerance):
            return Result.CONVERGED
        return None

    def _step(self, run: Run) -> Step:
        """The next row of the schedule; the rank that a cut or expansion may reach is by default the student's own."""
        step = self.schedule[run.sweeps]
        if step.rank is None and (step.sites == 2 or step.expand):
            return replace(step, rank=max([1, *run.current.network.ranks.values()]))
        return step

    def _penalty(self, network: AbstractNetwork, data: Samples, step: Step, run: Run) -> Penalty:
        """The ridge in absolute units. While its setting stays it never grows: sweep after sweep lowers the loss."""
        problem = data.problem(network, (network.label,))
        penalty = Penalty.relative(step.ridge, problem, problem.theta(network.cores[network.label], network.scale))
        if run.statistics and run.statistics[-1]["ridge"] == step.ridge:
            return Penalty(min(penalty.log_ridge, run.statistics[-1]["log_penalty"]))
        return penalty

    def _judged(self, network: AbstractNetwork) -> float | None:
        """How the network does on the held-out samples."""
        if self.guard is None:
            return None
        if self.judge is None:
            return self.guard.loss(network)
        return float(self.judge(self.guard.predict(network), self.guard.targets))

    def _ranked(self, run: Run, student: Student, row: dict[str, Any]) -> Run:
        """The run with one sweep more: the student is the best if it is sound and, held-out data given, judged so."""
        judged = row["loss"] if self.guard is None else row["validation"]
        sound = isfinite(row["loss"]) and isfinite(judged)
        better = sound and (self.guard is None or judged < run.best_loss)
        best, best_loss = (student, judged) if better else (run.best, run.best_loss)
        return Run(student, best, best_loss, (*run.statistics, row))


def error_rate(z: Array, y: Array) -> float:
    """Share of samples whose largest output is not the largest target.   z, y : (N, classes)."""
    xp = namespace(z, y)
    return float(xp.mean(xp.astype(xp.argmax(z, axis=1) != xp.argmax(y, axis=1), z.dtype)))


def subset(data: Samples, count: int | None, seed: int) -> Samples:
    """The first `count` samples of a seeded order, those of weight 0 last: each subset contains the next smaller."""
    if count is None or count >= data.samples:
        return data
    xp = namespace(data.weights)
    order = xp.asarray(generator(seed).permutation(data.samples))
    weightless = xp.astype(xp.take(data.weights, order, axis=0) <= 0, order.dtype)
    chosen = xp.take(order, xp.argsort(weightless, stable=True)[:count], axis=0)
    w = xp.take(data.weights, chosen, axis=0)
    return replace(
        data,
        features=tuple(xp.take(rows, chosen, axis=0) for rows in data.features),
        targets=xp.take(data.targets, chosen, axis=0),
        weights=w / xp.sum(w),
    )


def _sweeps_since_best(held_out: list[float]) -> int:
    return len(held_out) - 1 - held_out.index(min(held_out))


def _converged(before: dict[str, Any], last: dict[str, Any], tolerance: float) -> bool:
    """Whether two sweeps of one network on the same samples reached nearly the same loss."""
    same = before["parameters"] == last["parameters"] and before["samples"] == last["samples"]
    return same and abs(before["loss"] - last["loss"]) < tolerance * abs(before["loss"])
