"""Local problems: what an environment hands to a local solver."""

from tnsolve.problems.abstract import AbstractPoint, AbstractProblem, Penalty
from tnsolve.problems.beside import Beside
from tnsolve.problems.holding import Holding
from tnsolve.problems.maps import AbstractMap
from tnsolve.problems.quadratic import QuadraticProblem
from tnsolve.problems.rows import Rows
from tnsolve.problems.samples import Problem, SamplePoint, mean_loss

__all__ = [
    "AbstractMap",
    "AbstractPoint",
    "AbstractProblem",
    "Beside",
    "Holding",
    "Penalty",
    "Problem",
    "QuadraticProblem",
    "Rows",
    "SamplePoint",
    "mean_loss",
]
