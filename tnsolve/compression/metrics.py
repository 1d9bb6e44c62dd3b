"""The output metric of a layer, by derivatives or by probing: how much the network's loss bends as its outputs move."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tnsolve import checks
from tnsolve.algebra.arrays import generator
from tnsolve.environments.metrics import Metric
from tnsolve.models.perceptron import Teacher
from tnsolve.transfer import AbstractTransfer, softmax

BLOCK, PROBED = 1024, 64


def derived(teacher: Teacher, x: np.ndarray, layer: int, *, last: AbstractTransfer = softmax) -> Metric:
    """The metric at the pre-activations of a layer of a perceptron, exactly, from the teacher's own derivatives.

    Going back from the logits, dlogits/dz_k = f'(z_k) * W_{k+1} dlogits/dz_{k+1}: for ReLU f' is the mask of a forward
    pass. `last` is the potential in which the logits are judged; a softmax of higher temperature counts hard and easy
    samples more alike.

    x : (N, inputs)    ->    matrix (width, width).   Cost O(N classes width^2), memory O(BLOCK classes width).
    Raises ValueError for a layer that is not 1 ... depth, and for x of another shape, NaN or infinity.
    """
    x = _examined(teacher, x, layer, "derived")
    total = np.sum([_gram(*_slopes(teacher, block, layer, last)) for block in _blocks(x)], axis=0)
    return Metric(total / len(x), f"teacher's derivatives, {last.name}")


def probed(
    rest: Callable[[np.ndarray], Any],
    values: Any,
    *,
    last: AbstractTransfer = softmax,
    directions: int | None = None,
    step: float | None = None,
    seed: int | np.random.Generator = 0,
) -> Metric:
    """The metric at a layer's outputs by forward passes alone: central differences of the rest of the network.

    Every sample is pushed along k = `directions` orthonormal directions U of its own, and
    E U U'A U U' = (a + b) A + b tr(A) I is undone: the sum has the mean A. Where it is no metric, because samples and
    directions are few, the positive semi-definite matrix nearest to it with the same trace stands in.
    So for any number of directions the trace has no bias, and the matrix is nearer to one that has none than any other
    metric of that trace; with all directions (None) it is exact but for rounding and the step.

    rest    values -> last pre-activations (N, m); it gets and may give arrays of NumPy, and give torch tensors
    values  (N, ..., n) outputs of the layer; axes between the first and the last are places that share their weights,
            as in a convolution, and are pushed with random signs: E (sum_p s_p J_p)'H(sum_p s_p J_p) = sum_p J_p'H J_p
    step    length of a push relative to the root mean square of `values`; by default the cube root of the rounding
            of the coarser dtype of values and pre-activations, where central differences err least (eps^(2/3))
    Cost: 2 directions + 1 forward passes, and O(N m n^2).
    Raises ValueError for a number of directions or a step out of range, values or pre-activations that are NaN or of
    no such shape.
    """
    values = checks.array(values, "probed(values=...)")
    if values.ndim < 2:
        raise ValueError(f"probed(values=...) has shape {values.shape}; it must be (samples, ..., outputs).")
    width = values.shape[-1]
    count = checks.count(width if directions is None else directions, "probed(directions=...)", 1, width)
    relative = _least_error(values, _seen(rest, values[:1])) if step is None else _positive(step)
    length = relative * (float(np.sqrt(np.mean(values.astype(float) ** 2))) or 1.0)
    rng = generator(seed)
    total = np.zeros((width, width))
    for block in _blocks(values, PROBED):
        bases = _bases(len(block), width, count, rng)
        signs = rng.choice([-1.0, 1.0], (*block.shape[:-1], 1))
        places = (len(block), *(1,) * (block.ndim - 2), width)
        pushes = (length * signs * bases[:, :, k].reshape(places) for k in range(count))
        slopes = np.stack([_difference(rest, block, push.astype(block.dtype)) / (2 * length) for push in pushes])
        pair = slopes, _bent(slopes, last, _seen(rest, block))
        total += _gram(*(pair if count == width else (_along(bases, each) for each in pair)))
    matrix = _unbiased(total / len(values), count)
    return Metric(matrix, f"forward passes along {count} of {width} directions, {last.name}")


def sensitivities(teacher: Teacher, x: np.ndarray, layer: int, *, last: AbstractTransfer = softmax) -> np.ndarray:
    """tr J'HJ of every sample : (N,), whose mean is the trace of `derived`. Cost O(N classes width). Raises as it does.

    E dz'J'HJ dz has one A for all samples only if J'HJ and dz are independent. As weights of the samples,
    Moments.of_layer(..., weights=sensitivities(...)), these numbers mend the larger part of it, J'HJ = weight A: a
    sample far from every decision boundary hardly counts.
    """
    x = _examined(teacher, x, layer, "sensitivities")
    traces = []
    for block in _blocks(x):
        slopes, bent = _slopes(teacher, block, layer, last)
        traces.append(np.sum(slopes * bent, axis=(0, 2)))
    return np.concatenate(traces)


def _blocks(x: np.ndarray, length: int = BLOCK) -> Iterator[np.ndarray]:
    return (x[start : start + length] for start in range(0, len(x), length))


def _slopes(teacher: Teacher, x: np.ndarray, layer: int, last: AbstractTransfer) -> tuple[np.ndarray, np.ndarray]:
    """J' and H J' of every sample, both (width, N, classes)."""
    layers = teacher.activations(x)
    logits = layers[-1].z
    slopes = np.broadcast_to(np.eye(logits.shape[1])[:, None, :], (logits.shape[1], *logits.shape))
    for k in range(teacher.depth - 1, layer - 1, -1):
        slopes = np.tensordot(teacher.weights[k], slopes, 1)
        slopes = slopes * teacher.hidden.curvature(layers[k].z)[0].T[:, :, None]
    return slopes, _bent(slopes, last, logits)


def _bent(slopes: np.ndarray, last: AbstractTransfer, z: np.ndarray) -> np.ndarray:
    """H(z_n) times each slope : (n, N, m)."""
    return np.stack([last.hessian_product(z, slope) for slope in slopes])


def _gram(slopes: np.ndarray, bent: np.ndarray) -> np.ndarray:
    """Products of slopes with bent slopes, summed over samples and outputs : (n, n)."""
    return slopes.reshape(len(slopes), -1) @ bent.reshape(len(bent), -1).T


def _examined(teacher: Teacher, x: Any, layer: int, call: str) -> np.ndarray:
    """Clean samples for an existing layer."""
    if not 1 <= layer <= teacher.depth:
        raise ValueError(f"{call}(layer={layer}) is no layer of the teacher; choose 1 to {teacher.depth}.")
    return checks.array(x, f"{call}(x=...)", shape=(None, teacher.inputs))


# -- probing -------------------------------------------------------------------------------------------------------


def _seen(rest: Callable[[np.ndarray], Any], values: np.ndarray) -> np.ndarray:
    """Pre-activations (N, m), in their own float dtype."""
    return checks.array(rest(values), "probed(rest=...)", shape=(len(values), None))


def _difference(rest: Callable[[np.ndarray], Any], block: np.ndarray, push: np.ndarray) -> np.ndarray:
    """rest(block + push) - rest(block - push), in double."""
    return _seen(rest, block + push).astype(float) - _seen(rest, block - push)


def _least_error(values: np.ndarray, z: np.ndarray) -> float:
    """The relative step h at which what a central difference leaves out, h^2, is what it loses to rounding, eps / h."""
    return float(max(np.finfo(values.dtype).eps, np.finfo(z.dtype).eps)) ** (1 / 3)


def _positive(step: float) -> float:
    if checks.number(step, "probed(step=...)") == 0:
        raise ValueError("probed(step=...) is 0; give a positive number, or None for the best one.")
    return float(step)


def _bases(samples: int, width: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` orthonormal directions for every sample : (N, n, k); the axes where there are as many as that."""
    if count == width:
        return np.broadcast_to(np.eye(width), (samples, width, width))
    return np.linalg.qr(rng.standard_normal((samples, width, count)))[0]


def _along(bases: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """U U'J' from U (N, n, k) and U'J' (k, N, m) : (n, N, m)."""
    return np.swapaxes(bases @ np.swapaxes(slopes, 0, 1), 0, 1)


def _unbiased(mean: np.ndarray, count: int) -> np.ndarray:
    """A from E P A P = (a + b) A + b tr(A) I over projections P on `count` random directions, made a metric.

    E P_ij P_kl = a d_ij d_kl + b (d_ik d_jl + d_il d_jk), where tr P = tr P^2 = count fix a and b.
    """
    width = len(mean)
    mean = (mean + mean.T) / 2
    if count == width:
        return mean
    b = (count - count**2 / width) / (width**2 + width - 2)
    a = count**2 / width**2 - 2 * b / width
    trace = float(np.trace(mean)) / (a + b + b * width)
    values, vectors = np.linalg.eigh((mean - b * trace * np.eye(width)) / (a + b))
    return (vectors * _on_simplex(values)) @ vectors.T


def _on_simplex(values: np.ndarray) -> np.ndarray:
    """The nearest numbers that are not negative and have the same sum, for numbers in rising order."""
    falling = values[::-1]
    excess = (np.cumsum(falling) - np.sum(values)) / np.arange(1, len(values) + 1)
    return np.maximum(values - excess[np.count_nonzero(falling > excess) - 1], 0.0)
