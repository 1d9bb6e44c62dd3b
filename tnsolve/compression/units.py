"""The gauge of a hidden layer: its units may stand in any order, and those of ReLU at any positive scale."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from tnsolve import checks
from tnsolve.environments.metrics import PLAIN, Metric
from tnsolve.environments.moments import Moments
from tnsolve.models.perceptron import Teacher
from tnsolve.transfer import LeakyReLU, ReLU


@dataclass(frozen=True, eq=False, repr=False)
class Units:
    """Units in a new order and scale: new[k] = scale[k] old[order[k]]. Arrays keep their floating dtype.

    order : (n,) a permutation of 0 ... n - 1    scale : (n,) positive
    Raises ValueError for other values.
    """

    order: np.ndarray
    scale: np.ndarray

    def __post_init__(self) -> None:
        order = checks.array(self.order, "Units(order=...)", ndim=1, dtype=np.float64)
        object.__setattr__(self, "scale", checks.array(self.scale, "Units(scale=...)", ndim=1, dtype=np.float64))
        object.__setattr__(self, "order", order.astype(np.intp))
        if not np.array_equal(np.sort(order), np.arange(len(order))):
            raise ValueError(f"Units(order={order}) must hold each of 0 ... {len(self.order) - 1} once.")
        if self.scale.shape != self.order.shape or not np.all(self.scale > 0):
            raise ValueError(
                f"Units(scale={self.scale}) must be {len(self.order)} positive numbers, one for each unit."
            )

    @property
    def same(self) -> bool:
        """Whether nothing is changed."""
        return bool(np.all(self.scale == 1) and np.all(self.order == np.arange(len(self.order))))

    def __repr__(self) -> str:
        moved = int(np.sum(self.order != np.arange(len(self.order))))
        return f"Units({len(self.order)} units, {moved} moved, {int(np.sum(self.scale != 1))} rescaled)"

    @classmethod
    def ordered(cls, order: np.ndarray) -> Self:
        """Units in a new order, at the scale they had."""
        return cls(order, np.ones(len(order)))

    @classmethod
    def scaled(cls, scale: np.ndarray) -> Self:
        """Units at a new scale, in the order they had."""
        return cls(np.arange(len(scale)), scale)

    @classmethod
    def unchanged(cls, count: int) -> Self:
        """All units as they are."""
        return cls.ordered(np.arange(count))

    def then(self, after: Self) -> Self:
        """This change, followed by another."""
        return type(self)(self.order[after.order], after.scale * self.scale[after.order])

    @property
    def inverse(self) -> "Units":
        """The change that undoes this one."""
        back = np.argsort(self.order)
        return Units(back, 1 / self.scale[back])

    def apply(self, array: np.ndarray, axis: int = 0) -> np.ndarray:
        """What lives on the units, in the new gauge; `axis` counts them. Activations and rows of weights are such."""
        return self._along(np.take(array, self.order, axis), self.scale, axis)

    def dual(self, array: np.ndarray, axis: int = 0) -> np.ndarray:
        """What is contracted with the units, in the new gauge: `dual(a) . apply(b) = a . b`. Columns of weights are."""
        return self._along(np.take(array, self.order, axis), 1 / self.scale, axis)

    @staticmethod
    def _along(array: np.ndarray, scale: np.ndarray, axis: int) -> np.ndarray:
        if np.all(scale == 1):
            return array
        kept = scale.astype(np.result_type(array.dtype, np.float32), copy=False)
        return array * np.expand_dims(kept, [k for k in range(array.ndim) if k != axis % array.ndim])


def fold_units(network: Teacher, layer: int, units: Units) -> Teacher:
    """The network with the units of a hidden layer changed and the change absorbed by the weights on both sides.

    Its function is the same, and so is its number of parameters. Raises ValueError for a layer that is not hidden, and
    for a change of scale unless the transfer function is ReLU or leaky ReLU: f(s z) = s f(z), s > 0, is what allows it.
    """
    if not 1 <= layer < network.depth:
        raise ValueError(
            f"fold_units(layer={layer}) is no hidden layer of the network; choose 1 to {network.depth - 1}."
        )
    if np.any(units.scale != 1) and not isinstance(network.hidden, ReLU | LeakyReLU):
        raise ValueError(
            f"fold_units(units=...) changes the scale of {network.hidden.name} units, which changes the function; "
            f"pass Units.ordered(units.order), or fold the scales of ReLU layers only."
        )
    weights, biases = list(network.weights), list(network.biases)
    weights[layer - 1] = units.apply(weights[layer - 1], axis=1)
    biases[layer - 1] = units.apply(biases[layer - 1])
    weights[layer] = units.dual(weights[layer])
    return replace(network, weights=tuple(weights), biases=tuple(biases))


def in_gauge(moments: Moments, outputs: Units, inputs: Units) -> Moments:
    """The moments of a layer between units that were changed: loss, error and floor of a matrix T are those of

        outputs.apply(inputs.dual(T, axis=1))

    before and after. White inputs and plain squares stay so unless units are rescaled, the best matrix goes along, and
    units that are as they were give the moments themselves.
    Cost O(N_x^2 + N_y^2).   Raises ValueError for units of another number than the layer's.
    """
    for name, units, size in zip(("outputs", "inputs"), (outputs, inputs), moments.cross.shape, strict=True):
        if len(units.order) != size:
            raise ValueError(f"in_gauge({name}=...) has {len(units.order)} units but the layer has {size} {name}.")
    if outputs.same and inputs.same:
        return moments
    return replace(
        moments,
        cross=inputs.apply(outputs.apply(moments.cross), axis=1),
        covariance=_moved(moments.covariance, inputs.order, inputs.scale),
        metric=_measured(moments.metric, outputs),
        targets=None if moments.targets is None else outputs.apply(outputs.apply(moments.targets), axis=1),
        mean_x=inputs.apply(moments.mean_x),
        mean_y=outputs.apply(moments.mean_y),
        teacher=outputs.apply(inputs.dual(moments.best, axis=1)),
    )


def _measured(metric: Metric | None, units: Units) -> Metric | None:
    """A metric between new units, from where it was."""
    matrix = _moved(None if metric is None else metric.matrix, units.order, 1 / units.scale)
    return None if matrix is None else Metric(matrix, PLAIN if metric is None else metric.kind)


def _moved(matrix: np.ndarray | None, order: np.ndarray, scale: np.ndarray) -> np.ndarray | None:
    """A symmetric matrix on units in a new order and scale; None, the identity, where it stays the identity."""
    if matrix is None:
        return None if np.all(scale == 1) else np.diag(scale**2)
    return matrix[np.ix_(order, order)] * scale[:, None] * scale
