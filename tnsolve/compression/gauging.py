"""A layer's units and its network, fitted in turn: sweep, swap units, rescale them, sweep again."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from tnsolve.compression.baselines import roots
from tnsolve.compression.permutation import bisection_order, swapped_order
from tnsolve.compression.scaling import fitted_scale
from tnsolve.compression.units import Units, in_gauge
from tnsolve.environments.moments import Moments
from tnsolve.fitting.compress import Compression, compress
from tnsolve.networks.linear import AbstractLinear
from tnsolve.schedule import Schedule

SIDES = frozenset({"inputs", "outputs"})


@dataclass(frozen=True, eq=False)
class Gauged:
    """A compressed layer between units that were changed.

    compression : of the layer in the new gauge; to be put between layers whose units are folded (`fold_units`)
    outputs, inputs : the change of units on either side
    """

    compression: Compression
    outputs: Units
    inputs: Units

    @property
    def weight(self) -> np.ndarray:
        """T in the new gauge : (N_y, N_x)."""
        return self.compression.layer.to_dense()

    @property
    def bias(self) -> np.ndarray:
        """b in the new gauge : (N_y,)."""
        return self.compression.layer.bias

    def to_dense(self) -> np.ndarray:
        """T in the gauge that the layer came in : (N_y, N_x)."""
        return self.outputs.inverse.apply(self.inputs.inverse.dual(self.weight, axis=1))


def compress_gauged(
    moments: Moments,
    start: Callable[[np.ndarray], AbstractLinear],
    *,
    ordered: Collection[str] = SIDES,
    scaled: Collection[str] = (),
    rounds: int = 4,
    schedule: Schedule | None = None,
    polish: int = 0,
) -> Gauged:
    """Fit a network to a layer whose units may be put in the order, and at the scale, that suits the network.

    The units start in the order of `bisection_order`. Each round fits the network, swaps the units that are better
    placed elsewhere and rescales them (`swapped_order`, `fitted_scale`); a last fit ends it. No step raises the loss,
    the ridge of the fits aside.

    moments   of the layer, with its output metric
    start     weight (N_y, N_x) in the first gauge -> a network of its legs, such as MPO.from_dense(weight, ...)
    ordered   of "inputs" and "outputs", the sides whose units may be put in another order
    scaled    the sides whose units may be rescaled: where the neighbouring layer has ReLU in between
              (`proofs/sweeps/units.py`)
    schedule, polish : those of `compress`, for each fit
    Cost: rounds + 1 times `compress`.   Raises ValueError for a side of another name.
    """
    for side in {*ordered, *scaled} - SIDES:
        raise ValueError(f"compress_gauged(...) has the side {side!r}; the sides are 'inputs' and 'outputs'.")
    rows, columns = moments.cross.shape
    network = start(moments.best)
    outputs, inputs = Units.unchanged(rows), Units.unchanged(columns)
    if ordered:
        outputs, inputs = _bisected(moments, network, ordered)
        network = start(in_gauge(moments, outputs, inputs).best)
    for _ in range(rounds):
        here = in_gauge(moments, outputs, inputs)
        network = compress(here.best, network, inputs=here, schedule=schedule, polish=polish).layer.network
        outputs, inputs = _swapped(here, network, outputs, inputs, ordered)
        outputs, inputs = _rescaled(in_gauge(moments, outputs, inputs), network, outputs, inputs, scaled)
    here = in_gauge(moments, outputs, inputs)
    return Gauged(compress(here.best, network, inputs=here, schedule=schedule, polish=polish), outputs, inputs)


def _bisected(moments: Moments, network: AbstractLinear, ordered: Collection[str]) -> tuple[Units, Units]:
    """Both sides in the order of bisection, as far as they may be."""
    weight, covariance, metric = _parts(moments)
    seen = roots(metric, len(metric), weight)[0] @ weight @ roots(covariance, len(covariance), weight)[0]
    outputs = bisection_order(seen, network.outputs) if "outputs" in ordered else np.arange(seen.shape[0])
    inputs = bisection_order(seen.T, network.inputs) if "inputs" in ordered else np.arange(seen.shape[1])
    return Units.ordered(outputs), Units.ordered(inputs)


def _swapped(
    here: Moments, network: AbstractLinear, outputs: Units, inputs: Units, ordered: Collection[str]
) -> tuple[Units, Units]:
    """Units swapped around a fixed network; `here` are the moments in the gauge so far."""
    weight, covariance, metric = _parts(here)
    student = network.to_dense()
    if "outputs" in ordered:
        order = swapped_order(weight, student, covariance, metric)
        outputs = outputs.then(Units.ordered(order))
        weight, metric = weight[order], metric[np.ix_(order, order)]
    if "inputs" in ordered:
        inputs = inputs.then(Units.ordered(swapped_order(weight.T, student.T, metric, covariance)))
    return outputs, inputs


def _rescaled(
    here: Moments, network: AbstractLinear, outputs: Units, inputs: Units, scaled: Collection[str]
) -> tuple[Units, Units]:
    """Units rescaled around a fixed network."""
    weight, covariance, metric = _parts(here)
    student = network.to_dense()
    if "outputs" in scaled:
        scale = fitted_scale(weight, student, covariance, metric)
        outputs = outputs.then(Units.scaled(1 / scale))
        weight, metric = weight / scale[:, None], metric * np.outer(scale, scale)
    if "inputs" in scaled:
        inputs = inputs.then(Units.scaled(fitted_scale(weight.T, student.T, metric, covariance)))
    return outputs, inputs


def _parts(moments: Moments) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """W, C and A, identities written out."""
    rows, columns = moments.cross.shape
    covariance = np.eye(columns) if moments.covariance is None else moments.covariance
    return moments.best, covariance, np.eye(rows) if moments.metric is None else moments.metric
