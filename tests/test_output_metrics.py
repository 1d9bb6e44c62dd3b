"""Output metrics: three ways to the same matrix, held against finite differences of the loss itself."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import EPS, seeds

import tnsolve as tn
from tnsolve.compression.metrics import _on_simplex, derived, probed, sensitivities
from tnsolve.models.perceptron import Teacher

WIDTHS = (4, 5, 6, 3)
lasts = st.sampled_from([tn.softmax, tn.Softmax(3.0), tn.identity])


def perceptron(seed, hidden):
    rng = np.random.default_rng(seed)
    shapes = list(pairwise(WIDTHS))
    return Teacher(
        tuple(rng.standard_normal(shape) / shape[0] ** 0.5 for shape in shapes),
        tuple(rng.standard_normal(width) for width in WIDTHS[1:]),
        hidden,
    )


def rest_of(network, layer):
    """Pre-activations of a layer -> logits."""
    if layer == network.depth:
        return lambda z: z
    return lambda z: network.continue_from(layer, network.hidden(z))


@given(seeds, st.integers(1, 3), st.sampled_from([tn.tanh, tn.sigmoid]), lasts)
def test_forward_passes_along_all_directions_give_the_derivatives(seed, layer, hidden, last):
    network = perceptron(seed, hidden)
    x = np.random.default_rng(seed).standard_normal((9, 4))
    exact, found = derived(network, x, layer, last=last), probed(
        rest_of(network, layer), network.activations(x)[layer].z, last=last, step=1e-4
    )  # fmt: skip
    # Central differences err by step^2 relative to third derivatives of order one, and by eps / step.
    assert np.allclose(found.matrix, exact.matrix, rtol=0, atol=1e-5 * (1e-3 + np.trace(exact.matrix)))
    assert "derivatives" in exact.kind and "forward passes" in found.kind


@given(seeds, st.integers(1, 3), lasts)
def test_a_relu_network_is_exact_where_no_kink_is_crossed(seed, layer, last):
    network = perceptron(seed, tn.relu)
    x = np.random.default_rng(seed).standard_normal((9, 4))
    layers = network.activations(x)
    nearest = min(float(np.abs(activation.z).min()) for activation in layers[1:3])
    step = 1e-3 * nearest
    exact = derived(network, x, layer, last=last)
    found = probed(
        rest_of(network, layer), layers[layer].z, last=last, step=step / np.sqrt(np.mean(layers[layer].z ** 2))
    )
    size = max(float(np.abs(activation.z).max()) for activation in layers)
    # Differences of piecewise linear functions err by rounding over the step alone.
    assert np.allclose(
        found.matrix, exact.matrix, rtol=0, atol=1e3 * EPS * size**2 / step * (1 + np.trace(exact.matrix))
    )


@given(seeds, st.integers(1, 2))
def test_the_metric_predicts_how_the_loss_bends(seed, layer):
    network = perceptron(seed, tn.tanh)
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((9, 4))
    z, rest = network.activations(x)[layer].z, rest_of(network, layer)
    push = rng.standard_normal(z.shape[1])
    push /= np.linalg.norm(push)
    metric = derived(network, x, layer).matrix
    step = 1e-3
    rise = np.mean(tn.softmax.divergence(rest(z + step * push), rest(z)))
    assert rise == pytest.approx(step**2 / 2 * push @ metric @ push, rel=0.05, abs=1e-3 * step**2)


@pytest.mark.parametrize("count", [1, 2, 4, 5, 6])
def test_few_directions_of_many_samples_are_unbiased(count):
    rng = np.random.default_rng(0)
    jacobian = np.vstack([rng.standard_normal((3, 6)), 2 * np.eye(6)])  # far from singular: nothing is moved
    values = rng.standard_normal((400, 6))
    found = [
        probed(lambda v: v @ jacobian.T, values, last=tn.identity, directions=count, seed=seed).matrix
        for seed in range(40)
    ]
    spread = np.std(found, axis=0, ddof=1) / 40**0.5
    rounding = 1e-9 * np.trace(jacobian.T @ jacobian)
    assert np.all(np.abs(np.mean(found, axis=0) - jacobian.T @ jacobian) <= 5 * spread + rounding)


@given(st.integers(2, 40), st.data(), st.integers(1, 3), seeds)
def test_the_trace_of_few_directions_of_few_samples_has_no_bias_and_is_a_metric(width, data, outputs, seed):
    """tr of a projection on k of n directions has the mean k/n tr A and the variance below, for each sample.

    E (tr P A)^2 - (E tr P A)^2 = 2 b (|A|^2 - (tr A)^2 / n), from E P P in `_unbiased`; blown up by (n / k)^2.
    """
    count, samples, calls = data.draw(st.integers(1, width)), data.draw(st.integers(1, 3)), 16
    rng = np.random.default_rng(seed)
    jacobian = rng.standard_normal((outputs, width))
    values, truth = rng.standard_normal((samples, width)), jacobian.T @ jacobian
    found = [
        probed(lambda v: v @ jacobian.T, values, last=tn.identity, directions=count, seed=rng).matrix
        for _ in range(calls)
    ]
    b = (count - count**2 / width) / (width**2 + width - 2)
    variance = 2 * b * (np.sum(truth**2) - np.trace(truth) ** 2 / width) * (width / count) ** 2
    deviation = max(0.0, variance / (samples * calls)) ** 0.5
    traces = [float(np.trace(matrix)) for matrix in found]
    assert abs(np.mean(traces) - np.trace(truth)) <= 6 * deviation + 1e-8 * np.trace(truth)
    for matrix in found:
        assert np.array_equal(matrix, matrix.T) or np.abs(matrix - matrix.T).max() <= 1e-12 * np.trace(truth)
        assert np.linalg.eigvalsh(matrix)[0] >= -1e-8 * np.trace(truth)


def test_the_trace_of_four_of_32_directions():
    rng = np.random.default_rng(3)
    jacobian = rng.standard_normal((5, 32))
    jacobian *= (149 / np.sum(jacobian**2)) ** 0.5
    found = [
        np.trace(probed(lambda v: v @ jacobian.T, rng.standard_normal((64, 32)), last=tn.identity, directions=4,
                        seed=seed).matrix)
        for seed in range(16)
    ]  # fmt: skip
    b = (4 - 16 / 32) / (32**2 + 32 - 2)
    deviation = (2 * b * np.sum((jacobian.T @ jacobian) ** 2)) ** 0.5 * 8 / (64 * 16) ** 0.5
    assert abs(np.mean(found) - 149) <= 5 * deviation < 15


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=8))
def test_the_nearest_numbers_of_one_sum_that_are_not_negative(numbers):
    rising = np.sort(numbers)
    if np.sum(rising) <= 0:
        return
    near = _on_simplex(rising)
    assert np.all(near >= 0) and np.sum(near) == pytest.approx(np.sum(rising), rel=1e-9, abs=1e-12)
    # Nearest on a convex set: no other point of it lies in the direction of what was moved.
    for corner in np.sum(rising) * np.eye(len(rising)):
        assert (rising - near) @ (corner - near) <= 1e-9 * (1 + np.sum(rising**2))


@pytest.mark.parametrize("seen", [np.float32, np.float64])
@pytest.mark.parametrize("given_as", [np.float16, np.float32, np.float64])
def test_the_default_step_suits_the_coarser_dtype(given_as, seen):
    rng = np.random.default_rng(0)
    jacobian = rng.standard_normal((3, 6)) / 3
    values = (1 + rng.standard_normal((64, 6))).astype(given_as)

    def rest(v):
        assert v.dtype == (np.float64 if given_as == np.float64 else np.float32)
        return np.tanh(v.astype(seen) @ jacobian.T.astype(seen))

    slope = (1 - np.tanh(values.astype(float) @ jacobian.T) ** 2)[:, :, None] * jacobian
    truth = np.einsum("nmi,nmj->ij", slope, slope) / 64
    found = probed(rest, values, last=tn.identity).matrix
    eps = np.finfo(np.float64 if given_as == seen == np.float64 else np.float32).eps
    # Truncation h^2 and rounding eps / h, both eps^(2/3), with constants of the third derivative and of sizes near 10.
    assert np.abs(found - truth).max() <= 30 * eps ** (2 / 3) * np.trace(truth)


def test_tensors_are_taken_and_given():
    torch = pytest.importorskip("torch")
    weight = torch.nn.Parameter(torch.randn(3, 6, generator=torch.Generator().manual_seed(0)))
    values = torch.randn(20, 6, generator=torch.Generator().manual_seed(1))
    found = probed(lambda v: torch.from_numpy(v) @ weight.T, values, last=tn.identity).matrix
    truth = (weight.T @ weight).detach().numpy()
    assert np.abs(found - truth).max() <= 1e-3 * np.trace(truth)


def test_places_with_shared_weights_add_up():
    rng = np.random.default_rng(1)
    jacobian = rng.standard_normal((3, 2, 2, 4))  # outputs, height, width, channels
    values = rng.standard_normal((2000, 2, 2, 4))
    truth = np.einsum("mhwa,mhwb->ab", jacobian, jacobian)
    found = probed(lambda v: np.einsum("nhwc,mhwc->nm", v, jacobian), values, last=tn.identity).matrix
    # Signs average out cross terms: each has mean 0 and the size of the truth, over 2,000 samples.
    assert np.abs(found - truth).max() <= 6 * 4 * np.abs(truth).max() / 2000**0.5


def test_layers_and_directions_are_checked():
    network = perceptron(0, tn.relu)
    with pytest.raises(ValueError, match=r"derived\(layer=4\) is no layer of the teacher; choose 1 to 3"):
        derived(network, np.zeros((1, 4)), 4)
    with pytest.raises(ValueError, match=r"sensitivities\(x=...\) has shape \(2, 5\); it must be \(any, 4\)"):
        sensitivities(network, np.zeros((2, 5)), 1)
    with pytest.raises(ValueError, match=r"derived\(x=...\) has the value nan"):
        derived(network, np.full((2, 4), np.nan), 1)


@pytest.mark.parametrize(
    ("values", "change", "words"),
    [
        (np.ones((2, 6)), {"directions": 7}, r"probed\(directions=...\) is 7; it must be an integer from 1 to 6"),
        (np.ones((2, 6)), {"directions": 0}, r"probed\(directions=...\) is 0"),
        (np.ones((2, 6)), {"step": 0.0}, r"probed\(step=...\) is 0"),
        (np.ones((2, 6)), {"step": -1.0}, r"probed\(step=...\) is -1"),
        (np.ones(6), {}, r"probed\(values=...\) has shape \(6,\)"),
        (np.ones((0, 6)), {}, r"probed\(values=...\) has shape \(0, 6\)"),
        (np.full((2, 6), np.inf), {}, r"probed\(values=...\) has the value inf"),
    ],
)
def test_what_cannot_be_probed_is_named(values, change, words):
    with pytest.raises(ValueError, match=words):
        probed(lambda z: z, values, **change)
    with pytest.raises(ValueError, match=r"probed\(rest=...\) has shape \(1, 3, 2\)"):
        probed(lambda z: z.reshape(len(z), 3, 2), np.ones((2, 6)))


def test_metrics_are_plain_supplied_or_damped():
    matrix = np.diag([1.0, 0.0])
    assert tn.Metric.supplied(matrix).kind == "supplied"
    assert np.trace(tn.Metric.supplied(matrix).damped(0.1).matrix) == pytest.approx(1.1)
    assert np.array_equal(tn.Metric.plain(2).matrix, np.eye(2))
    with pytest.raises(ValueError, match="eigenvalue -1"):
        tn.Metric.supplied(-matrix)
    with pytest.raises(ValueError, match=r"has shape \(2,\)"):
        tn.Metric.supplied(np.ones(2))
