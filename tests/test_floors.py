"""The arrows of the package: a module imports only from floors above its own, and optional libraries have one home.

A unit is a module or a sub-package directly under `tnsolve`; the files of one sub-package may import each other.
Every import counts, wherever it stands: inside a function and under TYPE_CHECKING too.
"""

import ast
import importlib.util
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

ROOT = Path(__file__).parents[1] / "tnsolve"

FLOORS = (
    {"algebra"},
    {"checks"},
    {"result", "schedule"},
    {"transfer", "features"},
    {"networks"},
    {"problems"},
    {"environments", "local"},
    {"sweeping"},
    {"models"},
    {"fitting"},
    {"bregman"},
    {"compression"},
    {"distillation"},
    {"contests"},
    {"pytorch", "estimators", "quimb_bridge", "distributed", "report"},
    {"cli"},
    {"__main__", "__init__"},
)

# Optional or heavy library: the only modules that import it.
HOMES = {
    "torch": {"pytorch"},
    "sklearn": {"estimators", "contests.teachers"},
    "matplotlib": {"report"},
    "rich": {"sweeping.progress", "report", "cli"},
    "typer": {"cli"},
    "quimb": {"quimb_bridge"},
    "cotengra": {"algebra.contraction"},
    "safetensors": {"models.storage"},
    "numba": {"algebra.kernels.compiling"},
    "dask": {"distributed"},
    "distributed": {"distributed"},
    "sympy": {"transfer.derived"},
    "onnx": {"pytorch"},
    "onnxruntime": {"pytorch"},
    "cupy": set(),
}

DEPTH = {unit: depth for depth, floor in enumerate(FLOORS) for unit in floor}
FILES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))


def reachable(unit: str) -> set[str]:
    """The units that `unit` may import: itself and all floors above."""
    return {unit, *(other for other in DEPTH if DEPTH[other] < DEPTH[unit])}


def imported(file: str, source: str) -> Iterator[tuple[int, str]]:
    """Line and absolute dotted name of everything that `source`, at tnsolve/`file`, imports."""
    package = ".".join(("tnsolve", *Path(file).parent.parts))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def complaints(file: str, source: str) -> list[str]:
    """What is wrong with the imports of `source` at tnsolve/`file`; empty if nothing is."""
    module = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    unit = module.partition(".")[0]
    if unit not in DEPTH:
        return [f"tnsolve/{file} is on no floor: add {unit!r} to FLOORS in tests/test_floors.py"]
    found = []
    for line, name in imported(file, source):
        top, _, rest = name.partition(".")
        target = rest.partition(".")[0]
        target = target if target in DEPTH else "__init__"
        if top == "tnsolve" and target not in reachable(unit):
            found.append(f"tnsolve/{file}:{line} imports {name}, but {unit!r} may not import {target!r} (see FLOORS)")
        if not at_home(module, top):
            homes = ", ".join(sorted(HOMES[top])) or "none"
            found.append(f"tnsolve/{file}:{line} imports {name}, whose homes are: {homes} (see HOMES)")
    return found


def at_home(module: str, library: str) -> bool:
    """Whether a module, or a package that holds it, is a home of a library."""
    return library not in HOMES or any(f"{module}.".startswith(f"{home}.") for home in HOMES[library])


@pytest.mark.parametrize("file", FILES)
def test_imports_keep_to_the_floors(file):
    found = complaints(file, (ROOT / file).read_text(encoding="utf-8"))
    assert not found, "\n".join(found)


def test_the_permitted_arrows_have_no_cycle():
    TopologicalSorter({unit: reachable(unit) - {unit} for unit in DEPTH}).prepare()


units = st.sampled_from(sorted(DEPTH.keys() - {"__init__"}))
spellings = st.sampled_from(
    (
        "import tnsolve.{}",
        "import tnsolve.{}.part as part",
        "from tnsolve import {}",
        "from tnsolve.{} import part",
        "from . import {}",
        "from .{} import part",
        "def late():\n    from .{} import part",
        "if TYPE_CHECKING:\n    from tnsolve.{} import part",
    )
)


@given(units, units, spellings)
def test_every_spelling_of_an_import_is_judged_alike(importer, target, spelling):
    assume(importer != target)
    found = complaints(f"{importer}.py", spelling.format(target))
    assert bool(found) == (target not in reachable(importer))


@given(units, st.sampled_from(sorted(HOMES)))
def test_a_library_is_imported_only_at_its_home(module, library):
    found = complaints(f"{module}.py", f"from {library} import part")
    assert bool(found) == (not at_home(module, library))


@pytest.mark.parametrize(
    ("file", "source", "complaint"),
    [
        (
            "algebra/legs.py",
            "x = 1\nfrom tnsolve.networks.mps import MPS",
            "legs.py:2 imports tnsolve.networks.mps.MPS",
        ),
        ("problems/rows.py", "from ..local import Ridge", "'problems' may not import 'local'"),
        ("report.py", "import tnsolve as tn", "'report' may not import '__init__'"),
        ("fitting/fit.py", "from tnsolve import fit", "'fitting' may not import '__init__'"),
        ("algebra/kernels/twins.py", "import numba", "homes are: algebra.kernels.compiling"),
        ("algebra/arrays.py", "import cupy", "homes are: none"),
        ("novelty.py", "", "add 'novelty' to FLOORS"),
    ],
)
def test_a_forbidden_import_is_reported(file, source, complaint):
    (found,) = complaints(file, source)
    assert complaint in found


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("networks/mps.py", "from ..algebra.arrays import namespace\nfrom .base import AbstractNetwork"),
        ("algebra/kernels/__init__.py", "from .twins import absorb"),
        ("algebra/kernels/compiling.py", "from numba import njit\nimport numpy as np"),
        ("models/student.py", "from tnsolve.sweeping import starts"),
        ("__init__.py", "from .fitting.fit import fit"),
    ],
)
def test_a_permitted_import_is_not_reported(file, source):
    assert complaints(file, source) == []
