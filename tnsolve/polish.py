"""The last word: L-BFGS on all cores at once, where sweeps that move one core at a time have stalled."""

from typing import TypeVar

import numpy as np
from scipy.optimize import minimize

from tnsolve.environments.moments import Moments
from tnsolve.networks.linear import AbstractLinear

N = TypeVar("N", bound=AbstractLinear)


def polish(network: N, moments: Moments, *, steps: int = 200, tolerance: float = 1e-9) -> N:
    """Lower the loss of `moments` by at most `steps` iterations of L-BFGS, with no penalty; it never rises.

    The gradient in a core is the environment of A (T - W) C there: one layer's own multilinear quadratic, and nothing
    is propagated through a nonlinearity. Stops where a step gains less than `tolerance` of the loss.
    NumPy arrays only.   Cost of a step: the layer as a matrix, its product with C, and every environment of it.
    """
    shapes = [core.data.shape for core in network.cores]
    edges = np.cumsum([core.data.size for core in network.cores])[:-1]
    unit = moments.explained or 1.0

    def filled(flat: np.ndarray) -> N:
        parts = np.split(flat, edges)
        return network.filled([part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)])

    def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
        value, slopes = moments.gradients(filled(flat))
        return (value - moments.floor) / unit, np.concatenate([slope.ravel() for slope in slopes]) / unit

    begin = np.concatenate([core.data.ravel() for core in network.cores])
    options = {"maxiter": steps, "maxfun": 2 * steps, "ftol": tolerance, "gtol": 0.0, "maxcor": 20}
    found = minimize(objective, begin, jac=True, method="L-BFGS-B", options=options)
    return filled(found.x) if found.fun < objective(begin)[0] else network
