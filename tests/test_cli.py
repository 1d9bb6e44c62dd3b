"""The command line: a tiny job leaves whole files behind, help helps, and bad options say what is wrong."""

import json
import sys

import numpy as np
import pytest

pytest.importorskip("sklearn")

from typer.testing import CliRunner

import tnsolve as tn
from tnsolve import cli, report
from tnsolve.cli import COLUMNS, app
from tnsolve.contests.teachers import digits_task, perceptron

TINY = ["distill", "digits", "--rank", "2", "--sweeps", "1", "--no-baselines", "--quiet", "--seed", "3"]


def invoked(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200", "TERM": "dumb"})


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    folder = tmp_path_factory.mktemp("digits") / "made" / "for it"
    return folder, invoked(*TINY, "--output", folder)


def test_a_tiny_job_succeeds_and_prints_every_column(job):
    _, result = job
    assert result.exit_code == 0, result.output
    assert all(heading in result.output for heading in COLUMNS)
    assert "397 for this table" in result.output


def test_the_table_is_json_too(job):
    record = json.loads((job[0] / "table.json").read_text())
    assert [row["model"] for row in record["rows"]] == ["teacher", "MPS, sweeps", "MPS, sweeps"]
    assert record["settings"]["rank"] == 2
    assert record["rows"][0]["accuracy"] > 0.9


def test_the_saved_students_reproduce_their_rows(job):
    folder, _ = job
    rows = json.loads((folder / "table.json").read_text())["rows"]
    task = digits_task(seed=3)
    x, labels = task.x[task.test], task.labels[task.test]
    outputs = tn.Student.load(folder / "student-outputs.safetensors")
    hidden = tn.Student.load(folder / "student-layer-3.safetensors")
    assert np.mean(np.argmax(outputs(x), axis=1) == labels) == rows[1]["accuracy"]
    assert np.mean(np.argmax(task.teacher.continue_from(3, hidden(x)), axis=1) == labels) == rows[2]["accuracy"]


def test_the_figure_is_a_png_and_nothing_temporary_is_left(job):
    pytest.importorskip("matplotlib")
    folder, _ = job
    assert (folder / "figure.png").read_bytes().startswith(b"\x89PNG")
    assert all(not path.name.startswith(".") for path in folder.iterdir())


def begun(monkeypatch, missing):
    """What is said before any work, and the work asked for, where the `missing` libraries are not installed."""

    class Begun(Exception):
        pass

    def teacher(**_):
        raise Begun

    for library in missing:
        monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.setattr(cli, "digits_task", teacher)
    return Begun


@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
@pytest.mark.parametrize("missing", [["matplotlib"], ["torch"], ["matplotlib", "torch"]])
def test_what_a_job_can_do_without_is_named_before_it_begins(tmp_path, monkeypatch, missing, quiet):
    extras = {"matplotlib": "plots", "torch": "torch"}
    work = begun(monkeypatch, missing)
    result = invoked("distill", "digits", "--output", tmp_path, *quiet)
    assert isinstance(result.exception, work)
    assert {extra for extra in extras.values() if f"'tnsolve[{extra}]'" in result.stderr} == {
        extras[library] for library in missing
    }


@pytest.mark.parametrize("options", [[], ["--quiet"], ["--no-baselines"]])
def test_what_a_job_cannot_do_without_ends_it_before_it_begins(tmp_path, monkeypatch, options):
    begun(monkeypatch, ["sklearn", "matplotlib", "torch"])
    result = invoked("distill", "digits", "--output", tmp_path / "new", *options)
    assert result.exit_code == 1
    assert result.stderr == (
        "tnsolve distill digits needs scikit-learn; install it with: pip install 'tnsolve[sklearn]'\n"
    )
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_made_is_known_before_the_work(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    begun(monkeypatch, [])
    result = invoked(*TINY, "--output", tmp_path / "file" / "folder")
    assert result.exit_code == 2
    assert "cannot be made" in result.output and "--output" in result.output


def test_without_matplotlib_there_is_no_figure_and_all_else(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = invoked(*[option for option in TINY if option != "--quiet"], "--loss", "identity", "--output", tmp_path)
    assert result.exit_code == 0, result.output
    assert "no figure.png: the figure needs matplotlib" in result.stderr
    assert (tmp_path / "table.json").exists() and not (tmp_path / "figure.png").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--help"], ["distill", "--version", "without backpropagation"]),
        (["distill", "--help"], ["digits"]),
        (["distill", "digits", "--help"], ["--rank", "--features", "--no-baselines", "legendre:3", "tnsolve-digits"]),
    ],
)
def test_help_helps(arguments, words):
    result = invoked(*arguments)
    assert result.exit_code == 0
    assert all(word in result.output for word in words)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--rank", "0"], ["--rank"]),
        (["--layer", "4"], ["--layer", "3"]),
        (["--ridge", "-1"], ["--ridge"]),
        (["--features", "wavelets"], ["'wavelets' is unknown", "trigonometric"]),
        (["--features", "legendre:x"], ["'legendre:x' cannot be made"]),
        (["--loss", "hinge"], ["--loss", "softmax", "identity"]),
        (["--nonsense"], ["--nonsense"]),
    ],
)
def test_a_bad_option_exits_with_2_and_says_what_is_wrong(options, words):
    result = invoked("distill", "digits", *options)
    assert result.exit_code == 2
    assert all(word in result.output for word in words)


def test_the_version_is_the_package_version():
    assert invoked("--version").output.strip() == f"tnsolve {tn.__version__}"


@pytest.mark.parametrize(
    ("value", "layout", "shown"), [(None, ".1f", "-"), (0.5, ".1%", "50.0%"), (1234, ",d", "1,234"), ("a", "", "a")]
)
def test_a_cell_has_the_format_of_its_column(value, layout, shown):
    assert report.formatted(value, layout) == shown


def test_the_printer_leaves_out_what_is_no_column(capsys):
    report.table("T", {"a": "", "b": ".2f"}, [{"a": "x", "b": 1.0, "hidden": 7}, {"a": "y"}], "why")
    printed = capsys.readouterr().out
    assert "1.00" in printed and "why" in printed and "hidden" not in printed and "7" not in printed


def test_a_perceptron_wants_classes_from_zero_and_a_known_transfer():
    with pytest.raises(ValueError, match="renumber at least three"):
        perceptron(np.zeros((4, 2)), np.array([1, 2, 3, 3]), hidden=(2,))
    with pytest.raises(ValueError, match="transfer='gelu'"):
        perceptron(np.zeros((3, 2)), np.arange(3), hidden=(2,), transfer="gelu")
