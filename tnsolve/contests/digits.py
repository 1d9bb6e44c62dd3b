"""The first job: MPS students of a hidden layer and of the outputs of a classifier of images, beside their rivals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from tnsolve.contests.contest import Aim, Lesson, Outcome, Recipe, Task, contest
from tnsolve.contests.linear import LinearStudent
from tnsolve.features import FeatureMap
from tnsolve.fitting.fit import fit
from tnsolve.models.student import Student
from tnsolve.schedule import Schedule
from tnsolve.transfer import AbstractTransfer

SWEPT, LINEAR = "MPS, sweeps", "linear"
RIDGES = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
SETTLING = 64
"""Samples that `warmed` sees."""

Descent = Callable[[Student, Lesson], tuple[Student, list[float]]]


@dataclass(frozen=True)
class Settings:
    """Numbers of the sweeping student, the layer that is learnt beside the outputs, and the loss of the outputs."""

    features: FeatureMap
    loss: AbstractTransfer
    layer: int
    rank: int = 10
    sweeps: int = 6
    ridge: float = 3e-4


def digits(
    task: Task,
    settings: Settings,
    *,
    rivals: Mapping[str, Sequence[Descent]] | None = None,
    progress: bool = False,
    announce: Callable[[str], None] = lambda stage: None,
) -> Outcome:
    """Fit an MPS student to the outputs and one to a hidden layer; rows beside linear students and `rivals`.

    rivals    other ways to train the same MPS from the same start, each a list of settings, chosen from by
              validation; None leaves out the linear student too
    progress  show a bar for each sweep    announce  called with a line on what comes next
    Raises ValueError for a layer that is not hidden.
    """
    aims = [Aim("outputs", task.teacher.depth, settings.loss), hidden_aim(task, settings.layer)]
    contestants: dict[str, Sequence[Recipe]] = {SWEPT: [partial(by_sweeps, settings=settings, progress=progress)]}
    if rivals is not None:
        contestants = {LINEAR: [partial(by_regression, ridge=ridge) for ridge in RIDGES]} | contestants
        for name, descents in rivals.items():
            contestants[name] = [partial(_by_descent, descent=descent, settings=settings) for descent in descents]
    announce("compiling kernels, the first time only")
    for aim in aims:
        warmed(Lesson.of(task, aim), settings)
    return contest(task, aims, contestants, announce=announce)


def hidden_aim(task: Task, layer: int) -> Aim:
    """The activations of a hidden layer, counted from 1. Raises ValueError if there is no such layer."""
    last = task.teacher.depth - 1
    if not 1 <= layer <= last:
        raise ValueError(f"digits(layer={layer}) is no hidden layer of the teacher; choose 1 to {last}.")
    return Aim(f"layer {layer}", layer, task.teacher.transfer(layer))


def start(lesson: Lesson, settings: Settings) -> Student:
    """Where the sweeps and their rivals both begin."""
    return Student.principal(
        lesson.x, lesson.y, features=settings.features, transfer=lesson.transfer, rank=settings.rank
    )


def by_sweeps(lesson: Lesson, *, settings: Settings, progress: bool = False) -> tuple[Student, list[float]]:
    """The recipe of this package: no backpropagation."""
    schedule = Schedule(sweeps=settings.sweeps, rank=settings.rank, ridge=settings.ridge)
    solution = fit(
        start(lesson, settings),
        lesson.x,
        lesson.y,
        schedule=schedule,
        validation=lesson.validation,
        progress=progress,
    )
    return solution.model, solution.losses


def by_regression(lesson: Lesson, *, ridge: float) -> tuple[LinearStudent, list[float]]:
    """The baseline: linear in the inputs, the same loss."""
    return LinearStudent.fitted(lesson.x, lesson.y, transfer=lesson.transfer, ridge=ridge), []


def warmed(lesson: Lesson, settings: Settings) -> None:
    """One sweep over a few samples: kernels are compiled before the clock starts."""
    few = replace(lesson, x=lesson.x[:SETTLING], y=lesson.y[:SETTLING])
    by_sweeps(few, settings=replace(settings, sweeps=1))


def _by_descent(lesson: Lesson, *, descent: Descent, settings: Settings) -> tuple[Student, list[float]]:
    """A rival's recipe; making the start counts, as it does for the sweeps."""
    return descent(start(lesson, settings), lesson)
