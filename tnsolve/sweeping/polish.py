"""The last word: L-BFGS on all cores at once, where sweeps that move one core at a time have stalled."""

from dataclasses import dataclass
from math import exp, prod
from typing import TypeVar

import numpy as np
from scipy.linalg import solve_triangular
from scipy.optimize import minimize

from tnsolve import checks
from tnsolve.algebra.arrays import is_numpy
from tnsolve.algebra.legs import Core, arranged
from tnsolve.algebra.linalg import shifted
from tnsolve.environments.moments import Moments
from tnsolve.networks.linear import AbstractLinear
from tnsolve.problems import QuadraticProblem

N = TypeVar("N", bound=AbstractLinear)

DAMPING = 1e-3
PAIRS = 50


def polish(network: N, moments: Moments, *, steps: int = 200, tolerance: float = 1e-9) -> N:
    """Lower the loss of `moments` by at most `steps` iterations of L-BFGS, with no penalty; it never rises.

    The gradient in a core is the environment of A (T - W) C there: one layer's own multilinear quadratic, and nothing
    is propagated through a nonlinearity. Each core moves in coordinates in which its own Hessian at the start is nearly
    the identity (`proofs/sweeps/polish.py`), unless its Gram is too large to form. Stops where a step gains less than
    `tolerance` of the loss. The steps are made in float64, the network that comes back has the dtype of its cores.
    Cost of a step: the layer as a matrix, its product with C, and every environment of it; once, a Gram and its
    Cholesky factor for each core.
    Raises ValueError for sizes that are not those of the moments, a negative number of steps, and cores of another
    library than NumPy.
    """
    steps, tolerance = _checked(network, moments, steps, tolerance)
    if steps == 0:
        return network
    given, network, moments = network, network.recast(_double), moments.astype(np.float64)
    frames = [_Frame.of(moments, network, site) for site in range(len(network.cores))]
    edges = np.cumsum([core.data.size for core in network.cores])[:-1]
    unit = moments.explained or 1.0
    size = unit**0.5

    def filled(flat: np.ndarray) -> N:
        parts = np.split(size * flat, edges)
        return network.filled([frame.entries(part) for frame, part in zip(frames, parts, strict=True)])

    def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
        value, slopes = moments.gradients(filled(flat))
        parts = [frame.slope(slope) for frame, slope in zip(frames, slopes, strict=True)]
        return (value - moments.floor) / unit, np.concatenate(parts) / size

    begin = np.concatenate([frame.coordinates(core.data) for frame, core in zip(frames, network.cores, strict=True)])
    begin = begin / size
    options = {"maxiter": steps, "maxfun": 2 * steps, "ftol": tolerance, "gtol": 0.0, "maxcor": PAIRS}
    found = minimize(objective, begin, jac=True, method="L-BFGS-B", options=options)
    improved = filled(found.x).recast(lambda array: array.astype(given.cores[0].data.dtype, copy=False))
    return improved if moments.excess(improved) < moments.excess(given) else given


def _checked(network: AbstractLinear, moments: Moments, steps: int, tolerance: float) -> tuple[int, float]:
    """The numbers as Python's, if all can be used."""
    sizes = prod(network.outputs), prod(network.inputs)
    if sizes != tuple(moments.cross.shape):
        raise ValueError(
            f"polish(network, moments) has a network of shape {sizes} and moments of a layer of shape "
            f"{tuple(moments.cross.shape)}; pad the moments with moments.padded(*sizes)."
        )
    if not all(is_numpy(array) for array in (moments.cross, *(core.data for core in network.cores))):
        raise ValueError(
            "polish(network, moments) works on NumPy arrays; move the cores and the moments to the CPU first."
        )
    return checks.count(steps, "polish(steps=...)", 0), checks.number(tolerance, "polish(tolerance=...)")


def _double(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float64, copy=False)


@dataclass(frozen=True)
class _Frame:
    """The coordinates L' theta of one core, where L L' is its Gram plus DAMPING times the mean eigenvalue.

    legs : of the core's array    scale : theta is exp(scale) times it    factor, inverse : L and L^-1
    """

    problem: QuadraticProblem
    legs: tuple[str, ...]
    scale: float
    factor: np.ndarray
    inverse: np.ndarray

    @classmethod
    def of(cls, moments: Moments, network: AbstractLinear, site: int) -> "_Frame":
        """For the Gram of one core of a network; L is a number where the Gram is the identity or too large to form."""
        problem, core = moments.problem(network, (site,)), network.cores[site]
        if problem.form is None or problem.apply is not None:
            theta = problem.theta(core, network.scale)
            size = np.asarray((problem.energy(theta) / (np.vdot(theta, theta) or 1.0)) ** 0.5 or 1.0)
            return cls(problem, core.legs, network.scale, size, 1 / size)
        factor = shifted(problem.gram(), DAMPING * (problem.mean_eigenvalue() or 1.0)).factor
        unit = np.eye(factor.shape[0], dtype=factor.dtype)
        return cls(problem, core.legs, network.scale, factor, solve_triangular(factor, unit, lower=True))

    def coordinates(self, array: np.ndarray) -> np.ndarray:
        """Of the core's array, flat."""
        return _product(self.factor.T, self.problem.theta(Core(array, self.legs), self.scale)).ravel()

    def entries(self, flat: np.ndarray) -> np.ndarray:
        """The core's array at some coordinates."""
        theta = _product(self.inverse.T, flat.reshape(self.problem.shape))
        return exp(-self.scale) * arranged(self.problem.core(theta), self.legs).data

    def slope(self, array: np.ndarray) -> np.ndarray:
        """The gradient in the coordinates, flat, from that in the core's array."""
        return _product(self.inverse, self.problem.theta(Core(array, self.legs), -self.scale)).ravel()


def _product(factor: np.ndarray, theta: np.ndarray) -> np.ndarray:
    return factor @ theta if factor.ndim else factor * theta
