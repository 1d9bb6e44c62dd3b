"""`import tnsolve` is light: it loads no optional or heavy library, and every public name resolves when asked for.

Type checkers see the same names, with their types, and what a user would want is public: no experiment reaches below.
"""

import ast
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tnsolve

ROOT = Path(__file__).parents[1]

OPTIONAL = {"torch", "sklearn", "matplotlib", "dask", "distributed", "cupy", "onnx"}
HEAVY = OPTIONAL | {"quimb", "numba", "typer", "sympy", "scipy", "z3"}


def loaded_by(statement: str) -> set[str]:
    """The top-level names in `sys.modules` of a fresh interpreter that has run `statement`."""
    program = f"import sys\n{statement}\nprint(*sys.modules)"
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    return {name.partition(".")[0] for name in output.split()}


def test_import_loads_no_heavy_library():
    assert not loaded_by("import tnsolve") & HEAVY


def test_a_heavy_import_would_be_seen():
    assert "numba" in loaded_by("import tnsolve, numba")


@pytest.mark.parametrize("name", tnsolve.__all__)
def test_public_name_resolves(name):
    getattr(tnsolve, name)


def test_unknown_name_is_an_attribute_error_that_shows_it():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = tnsolve.no_such_name


@pytest.mark.parametrize("name", tnsolve._SUBMODULES)
def test_public_module_resolves(name):
    pytest.importorskip({"estimators": "sklearn", "pytorch": "torch"}.get(name, "json"))
    assert getattr(tnsolve, name).__name__ == f"tnsolve.{name}"


def test_every_public_name_is_listed():
    assert set(dir(tnsolve)) >= {"__version__", *tnsolve.__all__, *tnsolve._SUBMODULES}
    assert not set(tnsolve.__all__) & set(tnsolve._SUBMODULES)


# -- what type checkers see ------------------------------------------------------------------------------------------


def typed_names(source: str) -> Iterator[tuple[str, str, str | None]]:
    """Module, name and alias of every import under the `if TYPE_CHECKING` of a module."""
    for branch in ast.walk(ast.parse(source)):
        if isinstance(branch, ast.If) and ast.unparse(branch.test) == "TYPE_CHECKING":
            for node in branch.body:
                assert isinstance(node, ast.ImportFrom)
                yield from ((node.module or "", alias.name, alias.asname) for alias in node.names)


def test_type_checkers_see_the_names_that_the_interpreter_finds():
    source = Path(tnsolve.__file__).read_text(encoding="utf-8")
    seen = list(typed_names(source))
    assert [name for _, name, alias in seen if name != alias] == []
    modules = [("tnsolve", name) for name in tnsolve._SUBMODULES]
    assert sorted((home, name) for home, name, _ in seen) == sorted(
        modules + [(f"tnsolve.{home}", name) for home, names in tnsolve._HOMES.items() for name in names]
    )


def test_the_package_is_marked_as_typed():
    assert (Path(tnsolve.__file__).parent / "py.typed").is_file()


SETTING = """
import numpy as np
import tnsolve as tn

x = np.zeros((3, 2))
start = tn.Student.principal(x, x, features=tn.trigonometric(), transfer=tn.softmax, rank=4)
chain = tn.MPO.from_dense(x, (3,), (2,), rank=2)
tn.no_such_name
"""
KNOWN = {
    "tn.fit(start, x, x)": "Solution[Student]",
    "tn.fit(start, x, x).model": "Student",
    "tn.fit(start, x, x).statistics[0]": "Row",
    "tn.compress(x, chain)": "Solution[Layer]",
    "tn.compress(x, chain).model": "Layer",
    "tn.load('file')": "AbstractModel",
}
"""What a user's expressions are to type checkers."""
OPAQUE = {"Array"}
"""Public names that are Any on purpose: arrays of any library."""


def test_no_public_name_is_unknown_to_type_checkers(tmp_path):
    if importlib.util.find_spec("pyright") is None:
        pytest.skip("pyright is not installed")
    names = sorted({*tnsolve.__all__, *tnsolve._SUBMODULES} - OPAQUE)
    reveals = [f"reveal_type({expression})" for expression in (*KNOWN, *(f"tn.{name}" for name in names))]
    (tmp_path / "user.py").write_text(SETTING + "\n".join(reveals))
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, "user.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    messages = [each["message"] for each in json.loads(done.stdout)["generalDiagnostics"]]
    types = [each for each in messages if each.startswith("Type of ")]
    assert len(types) == len(reveals)
    assert [each.rpartition(" is ")[2] for each in types[: len(KNOWN)]] == [f'"{name}"' for name in KNOWN.values()]
    assert [each for each in types if each.endswith(('"Unknown"', '"Any"'))] == []
    assert [each for each in messages if each not in types] == [
        '"no_such_name" is not a known attribute of module "tnsolve"'
    ]


# -- experiments are users -------------------------------------------------------------------------------------------

PUBLIC_MODULES = {f"tnsolve.{name}" for name in tnsolve._SUBMODULES}
INSIDE = {"forgeries.py": {"tnsolve.models"}, "robustness.py": {"tnsolve.models"}}
"""What an experiment that measures an inner part may import, by file."""


def reached(source: str) -> set[str]:
    """The modules below `tnsolve` that a program imports from."""
    nodes = list(ast.walk(ast.parse(source)))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name for name in names if name.startswith("tnsolve.")}


@pytest.mark.parametrize("file", sorted(path.name for path in (ROOT / "experiments").glob("*.py")))
def test_no_experiment_imports_from_below_the_public_modules(file):
    source = (ROOT / "experiments" / file).read_text(encoding="utf-8")
    assert reached(source) - PUBLIC_MODULES - INSIDE.get(file, set()) == set()


def test_an_import_from_below_would_be_seen():
    assert reached("def late():\n    from tnsolve.networks.mps import MPS") == {"tnsolve.networks.mps"}
    assert reached("import tnsolve.algebra.legs as legs, tnsolve") == {"tnsolve.algebra.legs"}
