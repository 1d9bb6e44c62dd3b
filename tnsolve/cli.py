"""The command line: options in, one table and a few files out; the work is done elsewhere."""

import json
import sys
from collections.abc import Callable
from enum import StrEnum
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from typing import Annotated, Any

import typer

from tnsolve import report
from tnsolve.algebra.optional import require
from tnsolve.contests.contest import Lesson, Outcome, Task
from tnsolve.contests.digits import SWEPT, Descent, Settings, digits
from tnsolve.contests.teachers import HIDDEN, digits_task
from tnsolve.features import NAMED, FeatureMap, feature_named
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
LEARNING_RATES, EPOCHS, ITERATIONS = (3e-2, 1e-2, 3e-3), 40, 100

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
distill = typer.Typer(no_args_is_help=True, help="Fit tensor-network students to a trained neural network.")
app.add_typer(distill, name="distill")

HOME = Path(__file__).parents[1]
"""The folder that the package stands in: site-packages, or a checkout."""


class Checkout:
    """Finds `tnsolve_proofs` in a checkout, where it stands beside the package in the folder `proofs`.

    On `sys.meta_path`, so that the processes which run claims, and import this module, find it too.
    """

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """The package in that folder if it is asked for, else None."""
        if name != "tnsolve_proofs":
            return None
        folder = HOME / "proofs"
        return spec_from_file_location(name, folder / "__init__.py", submodule_search_locations=[str(folder)])


if (HOME / "pyproject.toml").is_file() and not (HOME / "tnsolve_proofs").is_dir():
    sys.meta_path.insert(0, Checkout)


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


@app.command(
    "prove",
    help="Run every proof and print the ledger; fails if a verdict no longer holds.",
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def prove(context: typer.Context) -> None:
    """Hand the options to `tnsolve_proofs`, which is imported here and not before."""
    proofs = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    proofs.command()(import_module("tnsolve_proofs.command").prove)
    command = typer.main.get_command(proofs)
    with command.make_context(context.info_name, context.args, parent=context.parent) as inner:
        command.invoke(inner)


def _feature_map(text: str) -> FeatureMap:
    """`name` or `name:dim` as a feature map."""
    try:
        return feature_named(text)
    except ValueError as error:
        raise typer.BadParameter(f"{error}") from error


@distill.command("digits")
def distill_digits(
    rank: Annotated[int, typer.Option(min=1, help="Bond dimension: a larger one can say more and costs more.")] = 10,
    features: Annotated[
        str, typer.Option(help=f"Feature map of each pixel: {', '.join(NAMED)}; legendre:3 sets its dimension.")
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
    quiet: Annotated[bool, typer.Option("--quiet", help="Show the table, and what is missing, only.")] = False,
) -> None:
    """Handwritten digits: train a small neural network, then fit tensor networks to its outputs and a hidden layer.

    Takes about a minute. Prints one table and writes the students, the table as JSON and a figure to a folder.
    """
    settings = Settings(_feature_map(features), transfer_named(loss.value), layer, rank, sweeps, ridge)
    screen = report.console(error=True)

    def warn(line: str) -> None:
        screen.print(line, style="dim", markup=False, highlight=False)

    def say(line: str) -> None:
        if not quiet:
            warn(line)

    try:
        require("sklearn", "sklearn", "tnsolve distill digits")
    except ImportError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    drawn = _drawn(warn)
    rivals = _rivals(seed, warn) if baselines else None
    _make(output)
    say("training the teacher")
    task = digits_task(seed=seed)
    outcome = digits(task, settings, rivals=rivals, progress=not quiet, announce=say)
    report.table("Handwritten digits", COLUMNS, outcome.rows, _caption(task, rivals))
    given = {"rank": rank, "features": features, "loss": loss.value, "layer": layer, "sweeps": sweeps, "ridge": ridge}
    _write(output, outcome, {**given, "seed": seed}, drawn=drawn)
    say(f"students, table.json{' and figure.png' if drawn else ''} are in {output}")


def _drawn(warn: Callable[[str], None]) -> bool:
    """Whether there will be a figure; what it lacks is said now."""
    try:
        require("matplotlib", "plots", "the figure")
    except ImportError as error:
        warn(f"no figure.png: {error}")
        return False
    return True


def _make(folder: Path) -> None:
    """The folder, made before the work whose results it is to hold."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise typer.BadParameter(f"{str(folder)!r} cannot be made ({error}); name another --output.") from error


def _rivals(seed: int, warn: Callable[[str], None]) -> dict[str, list[Descent]]:
    """The same MPS by gradient, where PyTorch is installed."""
    try:
        require("torch", "torch", "the same MPS by gradient")
        from tnsolve.pytorch import train_by_gradient
    except ImportError as error:
        warn(f"no baselines by gradient: {error}")
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


def _write(folder: Path, outcome: Outcome, given: dict[str, Any], *, drawn: bool) -> None:
    """Students, table and, where it can be drawn, figure, each whole or not at all."""
    swept = {aim: attempt for (aim, name), attempt in outcome.winners.items() if name == SWEPT}
    students = {aim: attempt.model for aim, attempt in swept.items() if isinstance(attempt.model, Student)}
    for aim, student in students.items():
        student.save(folder / f"student-{aim.replace(' ', '-')}.safetensors")
    losses = {aim: attempt.losses for aim, attempt in swept.items()}
    record = {"settings": given, "rows": outcome.rows, "losses": losses}
    write_whole(folder / "table.json", json.dumps(record, indent=2).encode())
    if drawn:
        picture = report.learning_figure(losses, {aim: student.spectra() for aim, student in students.items()})
        write_whole(folder / "figure.png", picture)
