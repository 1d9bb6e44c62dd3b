"""Data that a run does not learn from: they judge what it makes, and say when to stop."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tnsolve.algebra.arrays import Array
from tnsolve.environments.abstract import AbstractEnvironment
from tnsolve.networks.abstract import AbstractNetwork
from tnsolve.sweeping.rows import Row

E = TypeVar("E", bound=AbstractEnvironment)


@dataclass(frozen=True)
class Judge:
    """(z, y) of held-out samples -> what the best model has least of, and a name that a checkpoint knows it by.

    z, y : (N, outputs), before the transfer function and the targets
    """

    name: str
    function: Callable[[Array, Array], float]

    def __call__(self, z: Array, y: Array) -> float:
        """The verdict."""
        return float(self.function(z, y))

    @staticmethod
    def of(judge: "Judge | Callable[[Array, Array], float]", call: str, *, named: bool) -> "Judge":
        """A judge from a function. Where it must be `named`, only a function that its module knows by name has one.

        Raises ValueError for a lambda, a local function, a method or an object without a name, and TypeError for what
        cannot be called.
        """
        if isinstance(judge, Judge):
            return judge
        if not callable(judge):
            raise TypeError(f"{call}(judge={judge!r}) is no function; pass one of (z, y), such as tn.error_rate.")
        where, name = getattr(judge, "__module__", None), getattr(judge, "__qualname__", "")
        public = isinstance(where, str) and name.isidentifier()
        if named and not public:
            raise ValueError(
                f"{call}(judge={judge!r}) has no name that a checkpoint could know it by; pass "
                f"tn.Judge('a name of its own', function), or a function defined at the top of a module."
            )
        return Judge(f"{where}.{name}" if public else repr(judge), judge)


@dataclass(frozen=True)
class HeldOut(Generic[E]):
    """An environment of held-out data, how they judge a network, and how many sweeps to wait for a better one.

    score     network -> what the best has least of, or None for the loss of the environment
    judge     the name of that score
    patience  sweeps without a better network before the run ends; None for no end
    """

    environment: E
    score: Callable[[Any], float] | None = None
    judge: str = "loss"
    patience: int | None = None

    def judged(self, network: AbstractNetwork) -> float:
        """What the best network has least of."""
        return self.environment.loss(network) if self.score is None else self.score(network)

    def spent(self, rows: Sequence[Row]) -> bool:
        """Whether patience has run out."""
        if self.patience is None:
            return False
        values = [row.validation for row in rows if row.validation is not None]
        return bool(values) and len(values) - 1 - values.index(min(values)) >= self.patience


def require_held_out(judge: object, patience: object, call: str) -> None:
    """Raise ValueError for a judge or a patience without held-out data."""
    for name, value in (("judge", judge), ("patience", patience)):
        if value is not None:
            raise ValueError(f"{call}({name}={value!r}) judges held-out data; pass validation=... as well.")
