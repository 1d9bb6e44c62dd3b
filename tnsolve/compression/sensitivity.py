"""The output metric of a layer: how much the network's loss bends when the layer's outputs move."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from tnsolve.algebra.arrays import generator
from tnsolve.environments.metrics import Metric
from tnsolve.environments.moments import Moments
from tnsolve.models.perceptron import Teacher
from tnsolve.transfer import AbstractTransfer, softmax

BLOCK, PROBED = 1024, 64


def derived(teacher: Teacher, x: np.ndarray, layer: int, *, last: AbstractTransfer = softmax) -> Metric:
    """The metric at the pre-activations of a layer of a perceptron, exactly, from the teacher's own derivatives.

    Going back from the logits, dlogits/dz_k = f'(z_k) * W_{k+1} dlogits/dz_{k+1}: for ReLU f' is the mask of a forward
    pass. `last` is the potential in which the logits are judged; a softmax of higher temperature counts hard and easy
    samples more alike.

    x : (N, inputs)    ->    matrix (width, width).   Cost O(N classes width^2), memory O(BLOCK classes width).
    Raises ValueError for a layer that is not 1 ... depth.
    """
    _require_layer(teacher, layer, "derived")
    total = np.sum([_gram(*_slopes(teacher, block, layer, last)) for block in _blocks(x)], axis=0)
    return Metric(total / len(x), f"teacher's derivatives, {last.name}")


def probed(
    rest: Callable[[np.ndarray], np.ndarray],
    values: np.ndarray,
    *,
    last: AbstractTransfer = softmax,
    directions: int | None = None,
    step: float = 1e-4,
    seed: int | np.random.Generator = 0,
) -> Metric:
    """The metric at a layer's outputs by forward passes alone: central differences of the rest of the network.

    Each block of samples is pushed along `directions` orthonormal directions U of its own (all of them for None: the
    answer is then exact but for rounding and the step). E U U'A U U' = (a + b) A + b tr(A) I is undone, so the estimate
    has no bias for any number; negative eigenvalues, which few samples and directions can leave, are cut.

    rest    values -> last pre-activations (N, m)
    values  (N, ..., n) outputs of the layer; axes between the first and the last are places that share their weights,
            as in a convolution, and are pushed with random signs: E (sum_p s_p J_p)'H(sum_p s_p J_p) = sum_p J_p'H J_p
    step    length of a push relative to the root mean square of `values`
    Cost: 2 directions + 1 forward passes.   Raises ValueError for a number of directions out of range.
    """
    width = values.shape[-1]
    count = width if directions is None else directions
    if not 1 <= count <= width:
        raise ValueError(f"probed(directions={directions}) must be 1 to {width}, the number of the layer's outputs.")
    rng = generator(seed)
    length = step * (float(np.sqrt(np.mean(values**2))) or 1.0)
    total = np.zeros((width, width))
    for block in _blocks(values, PROBED):
        basis = np.eye(width) if count == width else np.linalg.qr(rng.standard_normal((width, count)))[0]
        signs = length * rng.choice([-1.0, 1.0], (*block.shape[:-1], 1))
        slopes = np.stack([(rest(block + signs * u) - rest(block - signs * u)) / (2 * length) for u in basis.T])
        total += basis @ _gram(slopes, _bent(slopes, last, rest(block))) @ basis.T
    matrix = _unbiased(total / len(values), count)
    return Metric(matrix, f"forward passes along {count} of {width} directions, {last.name}")


def sensitivities(teacher: Teacher, x: np.ndarray, layer: int, *, last: AbstractTransfer = softmax) -> np.ndarray:
    """tr J'HJ of every sample : (N,), whose mean is the trace of `derived`. Cost O(N classes width). Raises as it does.

    E dz'J'HJ dz has one A for all samples only if J'HJ and dz are independent. As weights of the samples these numbers
    mend the larger part of it, J'HJ = weight A: a sample far from every decision boundary hardly counts.
    """
    _require_layer(teacher, layer, "sensitivities")
    traces = []
    for block in _blocks(x):
        slopes, bent = _slopes(teacher, block, layer, last)
        traces.append(np.sum(slopes * bent, axis=(0, 2)))
    return np.concatenate(traces)


def weighted_moments(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray, importance: np.ndarray, *, metric: np.ndarray | None = None
) -> Moments:
    """Moments of a layer y = weight x + bias where samples count unequally.

    x : (N, N_x)    weight : (N_y, N_x)    bias : (N_y,)    importance : (N,), not negative, of any sum > 0
    """
    share = importance / np.sum(importance)
    mean = share @ x
    root = np.sqrt(share * len(x))[:, None] * (x - mean)
    moments = Moments.of_layer(root, weight, metric=metric, centred=False)
    return replace(moments, mean_x=mean, mean_y=weight @ mean + bias)


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


def _require_layer(teacher: Teacher, layer: int, call: str) -> None:
    if not 1 <= layer <= teacher.depth:
        raise ValueError(f"{call}(layer={layer}) is no layer of the teacher; choose 1 to {teacher.depth}.")


def _unbiased(mean: np.ndarray, count: int) -> np.ndarray:
    """A from E P A P = (a + b) A + b tr(A) I over projections P on `count` random directions, cut to be semi-definite.

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
    return (vectors * np.maximum(values, 0)) @ vectors.T
