"""Local problems: what an environment hands to a local solver."""

from tnsolve.problems.abstract import AbstractPoint, AbstractProblem, Penalty
from tnsolve.problems.quadratic import QuadraticProblem
from tnsolve.problems.samples import Problem, SamplePoint, gram, mean_loss

__all__ = [
    "AbstractPoint",
    "AbstractProblem",
    "Penalty",
    "Problem",
    "QuadraticProblem",
    "SamplePoint",
    "gram",
    "mean_loss",
]
