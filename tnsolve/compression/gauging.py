"""A layer's units and its network, fitted in turn: sweep, swap units, rescale them, sweep again."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from tnsolve.algebra.linalg import roots
from tnsolve.compression.coordinates import Coordinates, Unchanged, compress_in
from tnsolve.compression.permutation import bisection_order, swapped_order
from tnsolve.compression.scaling import fitted_scale
from tnsolve.compression.units import Units, in_gauge
from tnsolve.environments.moments import Moments
from tnsolve.fitting.solution import Solution
from tnsolve.models.linear_layer import Layer
from tnsolve.networks.linear import AbstractLinear
from tnsolve.schedule import Schedule

SIDES = frozenset({"inputs", "outputs"})


@dataclass(frozen=True, eq=False)
class Gauged:
    """A compressed layer between units that were changed.

    compression : of the layer in the new gauge; to be put between layers whose units are folded (`fold_units`)
    outputs, inputs : the change of units on either side
    """

    compression: Solution[Layer]
    outputs: Units
    inputs: Units

    @property
    def weight(self) -> np.ndarray:
        """T in the new gauge : (N_y, N_x)."""
        return self.compression.model.to_dense()

    @property
    def bias(self) -> np.ndarray:
        """b in the new gauge : (N_y,)."""
        return self.compression.model.bias

    def to_dense(self) -> np.ndarray:
        """T in the gauge that the layer came in : (N_y, N_x)."""
        return self.outputs.inverse.apply(self.inputs.inverse.dual(self.weight, axis=1))


def compress_gauged(
    moments: Moments,
    start: Callable[[np.ndarray], AbstractLinear],
    *,
    ordered: Collection[str] = SIDES,
    scaled: Collection[str] = (),
    coordinates: Coordinates = Unchanged,
    rounds: int = 4,
    schedule: Schedule | None = None,
    polish: int = 0,
) -> Gauged:
    """Fit a network to a layer whose units may be put in the order, and at the scale, that suits the network.

    The units start in the order of `bisection_order`. Each round fits the network, swaps the units that are better
    placed elsewhere and rescales them (`swapped_order`, `fitted_scale`); a last fit ends it. No step raises the loss,
    the ridge of the fits aside. White inputs and plain squares stay so while units are only put in order.

    moments      of the layer, with its output metric
    start        weight (N_y, N_x) in the first gauge -> a network of its legs, such as MPO.from_dense(weight, ...)
    ordered      of "inputs" and "outputs", the sides whose units may be put in another order
    scaled       the sides whose units may be rescaled: where the neighbouring layer has ReLU in between
                 (`proofs/sweeps/units.py`)
    coordinates  in which each fit is made: `partial(Whitened.of, legs=...)` whitens the inputs of every gauge
    schedule, polish : those of `compress`, for each fit
    Cost: rounds + 1 times `compress`.   Raises ValueError for a side of another name.
    """
    for side in {*ordered, *scaled} - SIDES:
        raise ValueError(f"compress_gauged(...) has the side {side!r}; the sides are 'inputs' and 'outputs'.")
    rows, columns = moments.cross.shape
    outputs, inputs = Units.unchanged(rows), Units.unchanged(columns)
    here, there = moments, coordinates(moments)
    network = start(there.moments.best)
    if ordered:
        outputs, inputs = _bisected(moments, network, ordered)
        here = in_gauge(moments, outputs, inputs)
        there = coordinates(here)
        network = start(there.moments.best)
    found = compress_in(there, network, schedule=schedule, polish=polish)
    for _ in range(rounds):
        outputs, inputs = _refitted(moments, here.matrix(found.model.network), outputs, inputs, ordered, scaled)
        here = in_gauge(moments, outputs, inputs)
        there = coordinates(here)
        found = compress_in(there, there.entered(found.model.network), schedule=schedule, polish=polish)
    return Gauged(found, outputs, inputs)


def _bisected(moments: Moments, network: AbstractLinear, ordered: Collection[str]) -> tuple[Units, Units]:
    """Both sides in the order of bisection, as far as they may be."""
    seen, covariance, metric = moments.best, moments.covariance, moments.metric
    seen = seen if metric is None else roots(metric.matrix)[0] @ seen
    seen = seen if covariance is None else seen @ roots(covariance)[0]
    outputs = bisection_order(seen, network.outputs) if "outputs" in ordered else np.arange(seen.shape[0])
    inputs = bisection_order(seen.T, network.inputs) if "inputs" in ordered else np.arange(seen.shape[1])
    return Units.ordered(outputs), Units.ordered(inputs)


def _refitted(
    moments: Moments,
    student: np.ndarray,
    outputs: Units,
    inputs: Units,
    ordered: Collection[str],
    scaled: Collection[str],
) -> tuple[Units, Units]:
    """Units swapped, then rescaled, around a fixed student; one side after the other, each in the gauge so far."""
    here = in_gauge(moments, outputs, inputs)
    if "outputs" in ordered:
        order = swapped_order(here.best, student, here.covariance, _matrix(here))
        outputs = outputs.then(Units.ordered(order))
        here = in_gauge(moments, outputs, inputs)
    if "inputs" in ordered:
        order = swapped_order(here.best.T, student.T, _matrix(here), here.covariance)
        inputs = inputs.then(Units.ordered(order))
        here = in_gauge(moments, outputs, inputs)
    if "outputs" in scaled:
        scale = fitted_scale(here.best, student, here.covariance, _matrix(here))
        outputs = outputs.then(Units.scaled(1 / scale))
        here = in_gauge(moments, outputs, inputs)
    if "inputs" in scaled:
        scale = fitted_scale(here.best.T, student.T, _matrix(here), here.covariance)
        inputs = inputs.then(Units.scaled(scale))
    return outputs, inputs


def _matrix(moments: Moments) -> np.ndarray | None:
    """A, None for the identity."""
    return None if moments.metric is None else moments.metric.matrix
