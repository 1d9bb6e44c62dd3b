"""Advice that can be taken: every function that an error names exists."""

import ast
import builtins
import re
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

import numpy as np
import pytest

import tnsolve as tn

ROOT = Path(tn.__file__).parent
FILES = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in sorted(ROOT.rglob("*.py"))}
DEFINED = {
    node.name
    for source in FILES.values()
    for node in ast.walk(ast.parse(source))
    if isinstance(node, ast.FunctionDef | ast.ClassDef)
}
OTHERS = {"tensor", "state"}
"""Objects of torch and quimb, whose methods an error may name."""
CALLED = re.compile(r"(?<![\w.}])([A-Za-z_][\w.]*)\(")


def messages(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every error; what is only known when it is raised is {}."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            for argument in node.exc.args:
                yield node.lineno, text(argument)


def text(node: ast.expr) -> str:
    """A literal, with or without places to fill in."""
    match node:
        case ast.Constant(value=str()):
            return node.value
        case ast.JoinedStr():
            return "".join(text(part) for part in node.values)
        case ast.BinOp():
            return text(node.left) + text(node.right)
        case _:
            return "{}"


def exists(name: str) -> bool:
    """Whether there is such a function: as it stands where it begins with a public name, else anywhere by its end."""
    first, _, rest = name.partition(".")
    if first in ("tn", "tnsolve"):
        return found(tn, rest)
    if first in OTHERS or (rest and hasattr(tn, first)):
        return first in OTHERS or found(tn, name)
    return name.rpartition(".")[2] in DEFINED or any(found(place, name) for place in (np, np.ndarray, builtins))


def found(place: object, name: str) -> bool:
    """Whether a dotted name leads from a place to something that can be called."""
    try:
        return callable(attrgetter(name)(place))
    except AttributeError:
        return False


@pytest.mark.parametrize("file", sorted(FILES))
def test_every_function_that_an_error_names_exists(file):
    for line, message in messages(FILES[file]):
        for name in CALLED.findall(message):
            assert exists(name), f"tnsolve/{file}:{line} advises {name}(...), which does not exist: {message}"


def test_advice_that_cannot_be_taken_is_found():
    source = 'raise ValueError(f"{call}(weight=...) is bad; pad with no_such_function(weight, {rows}) or MPO.of(a).")'
    ((_, message),) = messages(source)
    assert CALLED.findall(message) == ["no_such_function", "MPO.of"]
    assert exists("MPO.of") and exists("tn.padded") and exists("moments.padded") and exists("factorise")
    assert not any(map(exists, ("no_such_function", "MPO.no_such", "tn.no_such", "moments.no_such")))
