"""Output metrics: three ways to the same matrix, held against finite differences of the loss itself."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import EPS, seeds

import tnsolve as tn
from tnsolve.compression.sensitivity import Metric, derived, probed, weighted_moments
from tnsolve.environments.moments import Moments
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


def test_few_directions_are_unbiased():
    rng = np.random.default_rng(0)
    jacobian = np.vstack([rng.standard_normal((3, 6)), 2 * np.eye(6)])  # far from singular: no eigenvalue is cut
    values = rng.standard_normal((64 * 50, 6))
    found = [
        probed(lambda v: v @ jacobian.T, values, last=tn.identity, directions=4, seed=seed).matrix for seed in range(20)
    ]
    spread = np.std(found, axis=0, ddof=1) / 20**0.5
    assert np.all(np.abs(np.mean(found, axis=0) - jacobian.T @ jacobian) <= 5 * spread)


def test_places_with_shared_weights_add_up():
    rng = np.random.default_rng(1)
    jacobian = rng.standard_normal((3, 2, 2, 4))  # outputs, height, width, channels
    values = rng.standard_normal((2000, 2, 2, 4))
    truth = np.einsum("mhwa,mhwb->ab", jacobian, jacobian)
    found = probed(lambda v: np.einsum("nhwc,mhwc->nm", v, jacobian), values, last=tn.identity).matrix
    # Signs average out cross terms: each has mean 0 and the size of the truth, over 2,000 samples.
    assert np.abs(found - truth).max() <= 6 * 4 * np.abs(truth).max() / 2000**0.5


@given(seeds)
def test_samples_of_equal_sensitivity_weigh_the_same(seed):
    rng = np.random.default_rng(seed)
    x, weight, bias = rng.standard_normal((20, 3)), rng.standard_normal((2, 3)), rng.standard_normal(2)
    plain, weighted = Moments.of_layer(x, weight, bias), weighted_moments(x, weight, bias, np.full(20, 0.3))
    for name in ("cross", "covariance", "mean_x", "mean_y", "power"):
        assert np.allclose(getattr(weighted, name), getattr(plain, name), rtol=0, atol=1e-12)
    double = weighted_moments(x, weight, bias, np.r_[2.0, np.ones(19)])
    repeated = Moments.of_layer(np.vstack([x, x[:1]]), weight, bias)
    assert np.allclose(double.covariance, repeated.covariance, rtol=0, atol=1e-12)


def test_a_supplied_metric_is_checked():
    matrix = np.diag([1.0, 0.0])
    assert Metric.supplied(matrix).kind == "supplied"
    assert np.trace(Metric.supplied(matrix).damped(0.1).matrix) == pytest.approx(1.1)
    assert np.array_equal(Metric.plain(2).matrix, np.eye(2))
    with pytest.raises(ValueError, match="eigenvalue -1"):
        Metric.supplied(-matrix)
    with pytest.raises(ValueError, match=r"has shape \(2,\)"):
        Metric.supplied(np.ones(2))


def test_layers_and_directions_are_checked():
    network = perceptron(0, tn.relu)
    with pytest.raises(ValueError, match=r"derived\(layer=4\) is no layer of the teacher; choose 1 to 3"):
        derived(network, np.zeros((1, 4)), 4)
    with pytest.raises(ValueError, match=r"probed\(directions=7\) must be 1 to 6"):
        probed(lambda z: z, np.ones((2, 6)), directions=7)
