"""`import tnsolve` is light: it loads no optional or heavy library, and every public name resolves when asked for."""

import subprocess
import sys

import pytest

import tnsolve

HEAVY = ("torch", "sklearn", "matplotlib", "dask", "distributed", "cupy", "quimb", "numba", "onnx", "typer", "sympy")


def loaded_by(statement: str) -> set[str]:
    """The top-level names in `sys.modules` of a fresh interpreter that has run `statement`."""
    program = f"import sys\n{statement}\nprint(*sys.modules)"
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    return {name.partition(".")[0] for name in output.split()}


def test_import_loads_no_heavy_library():
    assert not loaded_by("import tnsolve") & set(HEAVY)


def test_a_heavy_import_would_be_seen():
    assert "numba" in loaded_by("import tnsolve, numba")


@pytest.mark.parametrize("name", tnsolve.__all__)
def test_public_name_resolves(name):
    getattr(tnsolve, name)


def test_unknown_name_is_an_attribute_error_that_shows_it():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = tnsolve.no_such_name
