"""Optional libraries are asked for by name, before anything begins; what is installed is what the project says."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tnsolve.algebra.optional import installed, require

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
