"""A convolution on its patches: the direct sum as oracle, and moments that do not depend on the blocks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import correlate
from strategies import EPS, seeds

from tnsolve.compression.convolution import conv_moments, kernel_matrix, patches
from tnsolve.compression.whitening import Whitened, compress_white
from tnsolve.environments.moments import Moments
from tnsolve.networks.cp import CP


@st.composite
def jobs(draw):
    """Images, a kernel that fits, stride and padding."""
    rng = np.random.default_rng(draw(seeds))
    channels, outputs, padding = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(0, 2))
    size = draw(st.tuples(st.integers(1, 6), st.integers(1, 6)))
    window = tuple(draw(st.integers(1, min(3, side + 2 * padding))) for side in size)
    images = rng.standard_normal((draw(st.integers(1, 5)), channels, *size))
    return images, rng.standard_normal((outputs, channels, *window)), draw(st.integers(1, 3)), padding


@given(jobs())
def test_patches_times_the_kernel_are_the_convolution(job):
    images, kernel, stride, padding = job
    seen = patches(images, kernel.shape[2:], stride=stride, padding=padding)
    found = np.moveaxis(seen @ kernel_matrix(kernel).T, -1, 1)
    wide = np.pad(images, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    direct = np.stack([[correlate(image, k, "valid", method="direct")[0] for k in kernel] for image in wide])
    bound = 8 * EPS * kernel[0].size * np.abs(kernel).max() * np.abs(images).max()
    assert np.allclose(found, direct[:, :, ::stride, ::stride], rtol=0, atol=bound)


@given(jobs(), st.integers(1, 4))
def test_moments_of_blocks_are_those_of_all_patches(job, length):
    images, kernel, stride, padding = job
    rng = np.random.default_rng(0)
    bias, metric = rng.standard_normal(len(kernel)), np.eye(len(kernel))
    x = patches(images, kernel.shape[2:], stride=stride, padding=padding).reshape(-1, kernel[0].size)
    whole = Moments.of_layer(x, kernel_matrix(kernel), bias, metric=metric)
    blocks = (images[start : start + length] for start in range(0, len(images), length))
    for found in (
        conv_moments(blocks, kernel, bias, stride=stride, padding=padding, metric=metric),
        conv_moments(images, kernel, bias, stride=stride, padding=padding, metric=metric),
    ):
        assert found.samples == len(x)
        for name in ("cross", "covariance", "mean_x", "mean_y", "power"):
            expected = getattr(whole, name)
            assert np.allclose(getattr(found, name), expected, rtol=0, atol=1e-11 * (1 + np.abs(expected).max()))
        assert np.array_equal(found.best, kernel_matrix(kernel))


def test_it_agrees_with_torch():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(2)
    images, kernel = rng.standard_normal((2, 3, 8, 7)), rng.standard_normal((4, 3, 3, 3))
    found = np.moveaxis(patches(images, (3, 3), stride=2, padding=1) @ kernel_matrix(kernel).T, -1, 1)
    direct = torch.nn.functional.conv2d(torch.tensor(images), torch.tensor(kernel), stride=2, padding=1).numpy()
    assert np.allclose(found, direct, rtol=0, atol=1e-12)


def test_a_kernel_larger_than_the_image_is_refused():
    with pytest.raises(
        ValueError, match=r"patches\(size=\(3, 3\)\) is larger than the images, \(2, 5\) with padding=0"
    ):
        patches(np.zeros((1, 1, 2, 5)), (3, 3))


@given(seeds, st.integers(2, 3), st.integers(2, 4))
def test_a_network_fitted_in_white_coordinates_is_undone_exactly(seed, channels, window):
    rng = np.random.default_rng(seed)
    mixing = rng.standard_normal((channels * window, channels * window))
    moments = Moments.of_layer(
        rng.standard_normal((50, channels * window)) @ mixing, rng.standard_normal((4, len(mixing)))
    )
    white = Whitened.of(moments, (channels, window))
    network = CP.from_dense(white.moments.best, (channels, window), (4,), 2)
    undone = white.undone(network)
    assert moments.error(undone) == pytest.approx(white.moments.error(network), rel=1e-6)
    assert undone.parameters == network.parameters
    found = compress_white(
        moments, lambda w: CP.from_dense(w, (channels, window), (4,), 2), (channels, window), polish=5
    )
    assert moments.error(found.layer.network) == pytest.approx(found.errors[-1], rel=1e-6)
    student = found.layer.network.to_dense()
    assert np.allclose(found.layer.bias, moments.bias(student), rtol=0, atol=1e-9 * (1 + np.abs(student).max()))
