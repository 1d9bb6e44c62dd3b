"""Optional libraries are asked for by name, before anything begins; the proofs are found wherever one stands; the code
that README and documentation show runs."""

import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tnsolve
from tnsolve.algebra.optional import installed, require
from tnsolve.contests.teachers import digits_task, perceptron
from tnsolve.networks.mps import MPS
from tnsolve.quimb_bridge import draw
from tnsolve.report import learning_figure

names = st.text("abcdefgh", min_size=8, max_size=12)


@given(names, names, names)
def test_a_missing_library_is_named_with_its_caller_and_its_extra(module, extra, call):
    with pytest.raises(ImportError) as caught:
        require(module, extra, call)
    assert str(caught.value) == f"{call} needs {module}; install it with: pip install 'tnsolve[{extra}]'"
    assert caught.value.name == module
    assert not installed(module)


def test_a_library_that_is_there_is_returned():
    assert require("json", "none", "test") is sys.modules["json"]
    assert installed("json")


def test_a_library_is_called_by_the_name_of_its_project(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError, match=r"^tnsolve.estimators needs scikit-learn; install .*'tnsolve\[sklearn\]'$"):
        require("sklearn", "sklearn", "tnsolve.estimators")
    assert not installed("sklearn")


@pytest.mark.parametrize("body", ["import surely_no_such_module", "raise ImportError('its shared library is gone')"])
def test_a_library_that_cannot_be_loaded_is_not_called_absent(tmp_path, monkeypatch, body):
    (tmp_path / "brokenlibrary.py").write_text(body)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError, match=r"is installed but cannot be loaded \(.*(surely_no_such|is gone)"):
        require("brokenlibrary", "plots", "draw")


ROOT = Path(__file__).parents[1]
CLAIM = "temperature-gradient"


def ran(*arguments, folder):
    """What a fresh interpreter does in `folder`; its standard output."""
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def foreign(tmp_path):
    """A folder with a package `proofs`, and a module of that name, that no one must import."""
    (tmp_path / "proofs").mkdir()
    (tmp_path / "proofs" / "__init__.py").write_text("raise RuntimeError('a foreign package proofs was imported')")
    (tmp_path / "proofs.py").write_text("raise RuntimeError('a foreign module proofs was imported')")
    return tmp_path


def test_a_foreign_package_of_proofs_disturbs_nothing(foreign):
    assert ran("-m", "tnsolve", "--version", folder=foreign).startswith("tnsolve ")
    assert "prove" in ran("-m", "tnsolve", "--help", folder=foreign)
    assert "--claim" in ran("-m", "tnsolve", "prove", "--help", folder=foreign)
    assert f"{CLAIM}: proved" in ran("-m", "tnsolve", "prove", "--claim", CLAIM, folder=foreign)


def test_the_proofs_run_by_the_name_of_their_folder_too():
    assert f"{CLAIM}: proved" in ran("-m", "proofs", "--claim", CLAIM, folder=ROOT)


@pytest.mark.parametrize("package", ["tnsolve.cli, tnsolve_proofs", "proofs"])
def test_processes_that_inherit_nothing_find_the_proofs(tmp_path, package):
    name = package.split()[-1]
    (tmp_path / "main.py").write_text(
        f"import multiprocessing, sys\n"
        f"sys.path.append({str(ROOT)!r})\n"
        f"import {package}.run\n"
        f"if __name__ == '__main__':\n"
        f"    multiprocessing.set_start_method('spawn')\n"
        f"    print([each.holds for each in {name}.run.run(['{CLAIM}', 'same-functions'], workers=2)])\n"
    )
    assert ran("main.py", folder=tmp_path) == "[True, True]\n"


def test_no_proof_names_the_package_that_it_is_installed_as():
    for path in (ROOT / "proofs").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "from proofs" not in text and "import proofs" not in text and "import tnsolve" not in text, path


@pytest.mark.parametrize("statement", ["import tnsolve.{0}", "import tnsolve as tn; tn.{0}"])
@pytest.mark.parametrize(
    ("module", "library", "project", "extra"),
    [("estimators", "sklearn", "scikit-learn", "sklearn"), ("pytorch", "torch", "PyTorch", "torch")],
)
def test_a_module_says_which_extra_it_needs(module, library, project, extra, statement):
    program = (
        f"import sys; sys.modules[{library!r}] = None\n"
        f"try:\n"
        f"    {statement.format(module)}\n"
        f"except ImportError as error:\n"
        f"    print(error)"
    )
    sentence = f"tnsolve.{module} needs {project}; install it with: pip install 'tnsolve[{extra}]'\n"
    assert ran("-c", program, folder=ROOT) == sentence


@pytest.mark.parametrize(
    ("call", "sentence", "extra"),
    [
        (lambda: learning_figure({}, {}), "learning_figure needs matplotlib", "plots"),
        (lambda: draw(MPS.random([2, 2], 1, 2, seed=0)), "draw needs matplotlib", "plots"),
        (digits_task, "digits_task needs scikit-learn", "sklearn"),
        (lambda: perceptron([[0.0]] * 3, [0, 1, 2], hidden=(2,)), "perceptron needs scikit-learn", "sklearn"),
    ],
)
def test_a_call_says_which_extra_it_needs(monkeypatch, call, sentence, extra):
    for library in ("matplotlib", "sklearn"):
        monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ImportError) as caught:
        call()
    assert str(caught.value) == f"{sentence}; install it with: pip install 'tnsolve[{extra}]'"


# -- the code that README and documentation show ---------------------------------------------------------------------


def shown(file):
    """The Python blocks of a Markdown file; a line that stands for the reader's own data is left out."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / file).read_text(encoding="utf-8"), flags=re.DOTALL)
    return ["\n".join(line for line in block.splitlines() if " = ...  #" not in line) for block in blocks]


@pytest.mark.parametrize(
    ("file", "block"), [(file, block) for file in ("README.md", "docs/index.md") for block in range(len(shown(file)))]
)
def test_the_code_that_is_shown_runs(tmp_path, monkeypatch, file, block):
    pytest.importorskip("sklearn")
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    x, labels = rng.random((60, 6)), rng.integers(0, 3, 60)
    y = np.eye(3)[labels]
    given = {"tn": tnsolve, "x": x, "y": y, "xv": x[:9], "yv": y[:9], "x_new": x[:5], "labels": labels}
    given |= {"x_held_out": x[:9], "y_held_out": y[:9]}
    if "weight" in shown(file)[block]:
        x = rng.standard_normal((300, 256))
        given |= {"weight": rng.standard_normal((256, 256)), "bias": np.zeros(256), "a": np.eye(256), "x": x}
        given |= {"x_new": x[:5]}
    exec(shown(file)[block], given)


def test_the_reference_names_what_exists():
    text = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    entries = re.findall(r"^::: (\S+)\n(?: +options:\s*\{?members: \[([^\]]*)\]|)", text, flags=re.MULTILINE)
    assert len(entries) == text.count(":::")
    for path, members in entries:
        found = pkgutil.resolve_name(path)
        assert [member for member in re.findall(r"\w+", members) if not hasattr(found, member)] == []
