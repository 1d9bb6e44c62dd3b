"""Optional libraries: what needs one says so before it begins, with the way to install it."""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

PROJECTS = {"sklearn": "scikit-learn", "torch": "PyTorch", "cupy": "CuPy"}
"""How a library is called where that is not the name of its module."""


def require(module: str, extra: str, call: str) -> ModuleType:
    """Import an optional library and return it.

    module  its top-level name, such as "sklearn"
    extra   the extra of this package that installs it, such as "sklearn"
    call    what needs it, as a user would name it: "tnsolve.estimators", "draw"

    Raises ImportError, which names the call, the library and the command that installs it. Where the library is there
    but cannot be loaded, the error quotes the reason.   Cost: that of the library's import.
    """
    try:
        return import_module(module)
    except ImportError as error:
        reason = "" if _absent(error, module) else f", which is installed but cannot be loaded ({error})"
        raise ImportError(missing(module, extra, call, reason), name=module) from error


def missing(module: str, extra: str, call: str, reason: str = "") -> str:
    """The sentence that says what lacks which library, and how to install it."""
    library = PROJECTS.get(module, module)
    return f"{call} needs {library}{reason}; install it with: pip install 'tnsolve[{extra}]'"


def installed(module: str) -> bool:
    """Whether a top-level module can be found; it is not imported.   Cost: a look at the path."""
    return find_spec(module) is not None


def _absent(error: ImportError, module: str) -> bool:
    """Whether an import failed because the library itself is not there."""
    return isinstance(error, ModuleNotFoundError) and error.name == module
