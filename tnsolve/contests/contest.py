"""A contest: several recipes learn the same targets of one teacher, and one row each says how well and at what cost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from tnsolve.algebra.clock import timed
from tnsolve.algebra.measures import accuracy, agreement, relative_error
from tnsolve.distillation.targets import centred_logits, soft_targets
from tnsolve.models.perceptron import Teacher
from tnsolve.transfer import AbstractTransfer, Identity, Softmax, softmax

Row = dict[str, Any]


class Model(Protocol):
    """What a recipe returns: y = transfer(z), and its size."""

    def __call__(self, x: np.ndarray, /) -> np.ndarray: ...

    def preactivation(self, x: np.ndarray) -> np.ndarray: ...

    @property
    def parameters(self) -> int: ...

    @property
    def bytes(self) -> int: ...


@dataclass(frozen=True, eq=False)
class Task:
    """Data, a teacher trained on it, and who may see what: row numbers for training, for choices, for the last word.

    x : (N, sites)    labels : (N,) classes from 0    train, validation, test : disjoint row numbers
    """

    x: np.ndarray
    labels: np.ndarray
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    teacher: Teacher


@dataclass(frozen=True)
class Aim:
    """One layer of the teacher to be learnt through `transfer`; the layers behind it stay on top of the student.

    For the last layer, `Softmax` asks for the probabilities and `identity` for the centred logits.
    """

    name: str
    layer: int
    transfer: AbstractTransfer

    def targets(self, teacher: Teacher, x: np.ndarray) -> np.ndarray:
        """What the student's y should be, (N, m)."""
        if self.layer < teacher.depth:
            return teacher.activations(x)[self.layer].y
        if isinstance(self.transfer, Softmax):
            return soft_targets(teacher.logits(x), temperature=self.transfer.temperature)
        if isinstance(self.transfer, Identity):
            return centred_logits(teacher.logits(x))
        raise ValueError(
            f"Aim(transfer={self.transfer!r}) is no loss for logits; use Softmax(temperature) or identity."
        )

    def logits(self, teacher: Teacher, model: Model, x: np.ndarray) -> np.ndarray:
        """What the model, with the teacher's later layers on top, says of the classes : (N, classes)."""
        if self.layer == teacher.depth:
            return model.preactivation(x)
        return teacher.continue_from(self.layer, model(x))


@dataclass(frozen=True, eq=False)
class Lesson:
    """All that a recipe may see: training samples, the loss, and samples to choose by."""

    x: np.ndarray
    y: np.ndarray
    transfer: AbstractTransfer
    validation: tuple[np.ndarray, np.ndarray]

    @staticmethod
    def of(task: Task, aim: Aim) -> "Lesson":
        """The lesson that a task gives for one aim."""
        y = aim.targets(task.teacher, task.x)
        chosen = task.validation
        return Lesson(task.x[task.train], y[task.train], aim.transfer, (task.x[chosen], y[chosen]))


Recipe = Callable[[Lesson], tuple[Model, list[float]]]
"""Learns a lesson: the model and its training loss after each sweep, epoch or iteration."""


@dataclass(frozen=True, eq=False)
class Attempt:
    """One recipe's outcome: the model, its mean matching loss on the validation samples, and what it took."""

    model: Model
    losses: list[float]
    validation: float
    seconds: float
    cpu_seconds: float


@dataclass(frozen=True, eq=False)
class Outcome:
    """Rows of the table, and the winning attempt of each contestant at each aim by (aim name, contestant name)."""

    rows: list[Row]
    winners: dict[tuple[str, str], Attempt]


def contest(
    task: Task,
    aims: Sequence[Aim],
    contestants: Mapping[str, Sequence[Recipe]],
    *,
    announce: Callable[[str], None] = lambda stage: None,
) -> Outcome:
    """Every contestant at every aim; of its recipes, the one of the lowest validation loss counts, at its own cost.

    The test samples are looked at once, by the rows: accuracy, agreement with the teacher, error of the targets,
    error of the class probabilities, parameters and bytes (later layers of the teacher included), seconds, CPU seconds.
    """
    rows = [_teacher_row(task)]
    winners = {}
    for aim in aims:
        lesson = Lesson.of(task, aim)
        for name, recipes in contestants.items():
            announce(f"{name} learns {aim.name}")
            winner = min((_attempt(recipe, lesson) for recipe in recipes), key=_ranking)
            winners[aim.name, name] = winner
            rows.append(_row(task, aim, name, winner))
    return Outcome(rows, winners)


def _attempt(recipe: Recipe, lesson: Lesson) -> Attempt:
    (model, losses), seconds, cpu_seconds = timed(lambda: recipe(lesson))
    x, y = lesson.validation
    validation = float(np.mean(lesson.transfer.loss(model.preactivation(x), y)))
    return Attempt(model, losses, validation, seconds, cpu_seconds)


def _ranking(attempt: Attempt) -> float:
    """Validation loss; one that is not a number comes last."""
    return attempt.validation if np.isfinite(attempt.validation) else np.inf


def _row(task: Task, aim: Aim, name: str, attempt: Attempt) -> Row:
    x, teacher = task.x[task.test], task.teacher
    return {
        "model": name,
        "target": aim.name,
        **_judged(task, aim.logits(teacher, attempt.model, x)),
        "target error": relative_error(attempt.model(x), aim.targets(teacher, x)),
        "parameters": attempt.model.parameters + teacher.parameters_after(aim.layer),
        "bytes": attempt.model.bytes + teacher.bytes_after(aim.layer),
        "seconds": attempt.seconds,
        "CPU seconds": attempt.cpu_seconds,
    }


def _teacher_row(task: Task) -> Row:
    teacher = task.teacher
    size = {"parameters": teacher.parameters_after(0), "bytes": teacher.bytes_after(0)}
    return {"model": "teacher", "target": "labels", **_judged(task, teacher.logits(task.x[task.test])), **size}


def _judged(task: Task, logits: np.ndarray) -> Row:
    """What the test samples say of some logits."""
    known = task.teacher.logits(task.x[task.test])
    return {
        "accuracy": accuracy(logits, task.labels[task.test]),
        "agreement": agreement(logits, known),
        "output error": relative_error(softmax(logits), softmax(known)),
    }
