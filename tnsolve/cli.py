"""The command line: options in, one table and a few files out; the work is done elsewhere."""

import json
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from proofs.command import prove
from tnsolve import report
from tnsolve.contests.contest import Lesson, Outcome, Task
from tnsolve.contests.digits import SWEPT, Descent, Settings, digits
from tnsolve.contests.teachers import HIDDEN, digits_task
from tnsolve.features import FeatureMap, chebyshev, fourier, hats, hermite, legendre, monomials, trigonometric
from tnsolve.models.storage import write_whole
from tnsolve.models.student import Student
from tnsolve.transfer import transfer_named

COLUMNS = {
    "model": "",
    "target": "",
    "accuracy": ".1%",
    "agreement": ".1%",
    "output error": ".3f",
    "target error": ".3f",
    "parameters": ",d",
    "bytes": ",d",
    "seconds": ".1f",
    "CPU seconds": ".1f",
}
FEATURES = {
    "monomials": (monomials, 2),
    "trigonometric": (lambda dim: trigonometric(), 2),
    "legendre": (legendre, 2),
    "chebyshev": (chebyshev, 2),
    "hermite": (hermite, 2),
    "fourier": (partial(fourier, period=2.0), 3),
    "hats": (hats, 2),
}
LEARNING_RATES, EPOCHS, ITERATIONS = (3e-2, 1e-2, 3e-3), 40, 100

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
distill = typer.Typer(no_args_is_help=True, help="Fit tensor-network students to a trained neural network.")
app.add_typer(distill, name="distill")
app.command("prove")(prove)


class Loss(StrEnum):
    """How the outputs are learnt."""

    SOFTMAX = "softmax"
    IDENTITY = "identity"


def main() -> None:
    """Entry point of the `tnsolve` command."""
    app()


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"tnsolve {import_module('tnsolve').__version__}")
        raise typer.Exit


@app.callback()
def tnsolve(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Fit tensor-network students to neural networks by sweeps of local solves, without backpropagation."""


def _feature_map(text: str) -> FeatureMap:
    """`name` or `name:dim` as a feature map."""
    name, _, dim = text.partition(":")
    if name not in FEATURES:
        raise typer.BadParameter(f"{text!r} is unknown; use {', '.join(FEATURES)}, or for example legendre:3.")
    build, usual = FEATURES[name]
    try:
        return build(int(dim) if dim else usual)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} cannot be made ({error}); write name or name:dimension.") from error


@distill.command("digits")
def distill_digits(
    rank: Annotated[int, typer.Option(min=1, help="Bond dimension: a larger one can say more and costs more.")] = 10,
    features: Annotated[
        str, typer.Option(help=f"Feature map of each pixel: {', '.join(FEATURES)}; legendre:3 sets its dimension.")
    ] = "monomials",
    loss: Annotated[
        Loss, typer.Option(help="How the outputs are learnt: their probabilities, or centred logits by least squares.")
    ] = Loss.SOFTMAX,
    layer: Annotated[
        int, typer.Option(min=1, max=len(HIDDEN), help="Hidden layer of the teacher that is learnt too.")
    ] = len(HIDDEN),
    sweeps: Annotated[int, typer.Option(min=1, help="Passes over all cores.")] = 6,
    ridge: Annotated[float, typer.Option(min=0.0, help="Penalty on the student's size, relative.")] = 3e-4,
    seed: Annotated[int, typer.Option(min=0, help="Of the split, the teacher and the baselines.")] = 0,
    output: Annotated[Path, typer.Option(file_okay=False, help="Folder for students, table and figure.")] = Path(
        "tnsolve-digits"
    ),
    baselines: Annotated[
        bool, typer.Option(help="Also train linear students and, where PyTorch is there, the same MPS by gradient.")
    ] = True,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show the table only.")] = False,
) -> None:
    """Handwritten digits: train a small neural network, then fit tensor networks to its outputs and a hidden layer.

    Takes about a minute. Prints one table and writes the students, the table as JSON and a figure to a folder.
    """
    settings = Settings(_feature_map(features), transfer_named(loss.value), layer, rank, sweeps, ridge)
    screen = report.console(error=True)
    say = (
        (lambda line: None) if quiet else (lambda line: screen.print(line, style="dim", markup=False, highlight=False))
    )
    say("training the teacher")
    try:
        task = digits_task(seed=seed)
    except ImportError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    rivals = _rivals(seed, say) if baselines else None
    outcome = digits(task, settings, rivals=rivals, progress=not quiet, announce=say)
    report.table("Handwritten digits", COLUMNS, outcome.rows, _caption(task, rivals))
    given = {"rank": rank, "features": features, "loss": loss.value, "layer": layer, "sweeps": sweeps, "ridge": ridge}
    output.mkdir(parents=True, exist_ok=True)
    _write(output, outcome, {**given, "seed": seed}, say)
    say(f"students, table.json and figure.png are in {output}")


def _rivals(seed: int, say: Callable[[str], None]) -> dict[str, list[Descent]]:
    """The same MPS by gradient, where PyTorch is installed."""
    try:
        from tnsolve.pytorch import train_by_gradient
    except ImportError as error:
        say(f"no baselines by gradient: {error}")
        return {}

    def descent(**knobs: Any) -> Descent:
        def learn(start: Student, lesson: Lesson) -> tuple[Student, list[float]]:
            student, rows = train_by_gradient(
                start, lesson.x, lesson.y, validation=lesson.validation, seed=seed, **knobs
            )
            return student, [row["loss"] for row in rows]

        return learn

    adam = [descent(optimiser="adam", learning_rate=rate, epochs=EPOCHS) for rate in LEARNING_RATES]
    return {"MPS, Adam": adam, "MPS, L-BFGS": [descent(optimiser="lbfgs", epochs=ITERATIONS)]}


def _caption(task: Task, rivals: dict[str, list[Descent]] | None) -> str:
    """What the numbers are, and how each row's setting was chosen."""
    lines = [
        f"{len(task.train)} images to train, {len(task.validation)} to choose by, {len(task.test)} for this table.",
        "Agreement: same class as the teacher. Errors: relative to the spread of the teacher's class probabilities",
        "(output) and of the layer learnt (target). Sizes and outputs include the teacher's layers behind that layer.",
        "Sweeps: one setting, whose defaults were chosen on validation images.",
    ]
    if rivals is not None:
        lines.append("Linear: the best of five ridges on validation images.")
    if rivals:
        lines += [
            f"Gradient rivals: same MPS, start and loss, best epoch on validation images; Adam {EPOCHS} epochs, cosine",
            f"decay, best of {len(LEARNING_RATES)} learning rates; L-BFGS {ITERATIONS} iterations. Budgets are capped.",
            "Seconds are those of the chosen try alone.",
        ]
    return "\n".join(lines)


def _write(folder: Path, outcome: Outcome, given: dict[str, Any], say: Callable[[str], None]) -> None:
    """Students, table and figure, each whole or not at all."""
    swept = {aim: attempt for (aim, name), attempt in outcome.winners.items() if name == SWEPT}
    students = {aim: attempt.model for aim, attempt in swept.items() if isinstance(attempt.model, Student)}
    for aim, student in students.items():
        student.save(folder / f"student-{aim.replace(' ', '-')}.safetensors")
    losses = {aim: attempt.losses for aim, attempt in swept.items()}
    record = {"settings": given, "rows": outcome.rows, "losses": losses}
    write_whole(folder / "table.json", json.dumps(record, indent=2).encode())
    try:
        picture = report.learning_figure(losses, {aim: student.spectra() for aim, student in students.items()})
    except ImportError as error:
        say(f"no figure.png: {error}")
    else:
        write_whole(folder / "figure.png", picture)
