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


# -- all that torch knows --------------------------------------------------------------------------------------------


@st.composite
def calls(draw):
    """Images of 1 to 3 axes, a kernel of any groups that fits, and the options of a convolution."""
    rng = np.random.default_rng(draw(seeds))
    axes, groups = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    channels, outputs = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))

    def each(low, high):
        one = st.integers(low, high)
        return draw(st.one_of(one, st.lists(one, min_size=axes, max_size=axes).map(tuple)))

    window = tuple(draw(st.integers(1, 3)) for _ in range(axes))
    padding = draw(st.sampled_from(("same", "valid", "number")))
    stride, dilation = 1 if padding == "same" else each(1, 3), each(1, 2)
    padding = each(0, 2) if padding == "number" else padding
    wide = np.broadcast_to(dilation, axes) * (np.asarray(window) - 1) + 1
    size = [int(need) + draw(st.integers(0, 3)) for need in wide]
    images = rng.standard_normal((draw(st.integers(1, 3)), channels, *size))
    kernel = rng.standard_normal((outputs, channels // groups, *window))
    return images, kernel, groups, {"stride": stride, "padding": padding, "dilation": dilation}


def by_sums(images, kernel, groups, stride, padding, dilation):
    """The convolution, one product of an input with a kernel entry at a time."""
    axes = kernel.ndim - 2
    stride, dilation = (np.broadcast_to(value, axes) for value in (stride, dilation))
    reach = dilation * (np.asarray(kernel.shape[2:]) - 1)
    before = reach // 2 if padding == "same" else np.broadcast_to(0 if padding == "valid" else padding, axes)
    after = reach - before if padding == "same" else before
    wide = np.pad(images, [(0, 0), (0, 0), *zip(before, after, strict=True)])
    out = [(side - r - 1) // s + 1 for side, r, s in zip(wide.shape[2:], reach, stride, strict=True)]
    found = np.zeros((len(images), len(kernel), *out))
    taken = kernel.shape[1]
    for o, c, *k in np.ndindex(kernel.shape):
        channel = c + taken * (o // (len(kernel) // groups))
        starts = [at * d for at, d in zip(k, dilation, strict=True)]
        cuts = [slice(a, a + s * (n - 1) + 1, s) for a, s, n in zip(starts, stride, out, strict=True)]
        found[:, o] += kernel[(o, c, *k)] * wide[(slice(None), channel, *cuts)]
    return found


def rounding_of(images, kernel):
    return 16 * EPS * kernel[0].size * (1 + np.abs(kernel).max()) * (1 + np.abs(images).max())


@given(calls())
def test_every_convolution_is_a_matrix_on_its_patches(call):
    images, kernel, groups, options = call
    seen = patches(images, kernel.shape[2:], **options)
    found = np.moveaxis(seen @ kernel_matrix(kernel, groups=groups).T, -1, 1)
    direct = by_sums(images, kernel, groups, **options)
    assert found.shape == direct.shape
    assert np.abs(found - direct).max() <= rounding_of(images, kernel)
    alone = patches(images[0], kernel.shape[2:], **options)
    assert np.array_equal(alone, seen[0])
    assert patches(images[:0], kernel.shape[2:], **options).shape == (0, *seen.shape[1:])


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@given(calls())
def test_every_convolution_is_that_of_torch(call):
    torch = pytest.importorskip("torch")
    images, kernel, groups, options = call
    convolve = (torch.nn.functional.conv1d, torch.nn.functional.conv2d, torch.nn.functional.conv3d)[kernel.ndim - 3]
    options = {**options, "groups": groups}
    direct = convolve(torch.tensor(images), torch.tensor(kernel), **options).numpy()
    options.pop("groups")
    seen = patches(torch.tensor(images), kernel.shape[2:], **options)
    found = np.moveaxis(seen @ kernel_matrix(torch.tensor(kernel), groups=groups).T, -1, 1)
    assert np.abs(found - direct).max() <= rounding_of(images, kernel)


def close(found, expected):
    """Whether two moments agree up to rounding of sums in double."""
    for name in ("cross", "covariance", "mean_x", "mean_y"):
        a, b = getattr(found, name), getattr(expected, name)
        assert np.allclose(a, b, rtol=0, atol=1e-11 * (1 + np.abs(b).max()))
    assert found.samples == expected.samples
    assert found.floor == pytest.approx(expected.floor, abs=1e-9 * (1 + expected.power))


def tupled(moments):
    return moments if isinstance(moments, tuple) else (moments,)


@given(calls(), st.booleans(), st.integers(1, 3), st.booleans())
def test_moments_of_groups_are_those_of_separate_layers(call, aimed, length, judged):
    images, kernel, groups, options = call
    rng = np.random.default_rng(0)
    bias, root = rng.standard_normal(len(kernel)), rng.standard_normal((len(kernel), len(kernel)))
    metric = root @ root.T if judged else None
    x = patches(images, kernel.shape[2:], **options)
    targets = rng.standard_normal((len(images), len(kernel), *x.shape[1:-1])) if aimed else None
    cuts = [slice(at, at + length) for at in range(0, len(images), length)]
    whole = conv_moments(images, kernel, bias, groups=groups, targets=targets, metric=metric, **options)
    streamed = conv_moments(
        (images[cut] for cut in cuts), kernel, bias, groups=groups, metric=metric, **options,
        targets=None if targets is None else (targets[cut] for cut in cuts),
    )  # fmt: skip
    rows, columns = len(kernel) // groups, kernel[0].size
    assert isinstance(whole, tuple) == (groups > 1) and len(tupled(whole)) == groups
    for k, (one, again) in enumerate(zip(tupled(whole), tupled(streamed), strict=True)):
        mine = slice(k * rows, (k + 1) * rows)
        entering = x.reshape(-1, x.shape[-1])[:, k * columns : (k + 1) * columns]
        part = None if metric is None else metric[mine, mine]
        if targets is None:
            expected = Moments.of_layer(entering, kernel_matrix(kernel)[mine], bias[mine], metric=part)
            assert np.array_equal(one.best, kernel_matrix(kernel)[mine])
        else:
            expected = Moments.of(entering, np.moveaxis(targets, 1, -1).reshape(-1, len(kernel))[:, mine], metric=part)
        close(one, expected)
        close(again, expected)


@given(calls(), st.integers(1, 5), seeds)
def test_some_places_of_each_image_are_drawn_alike_from_any_blocks(call, places, seed):
    images, kernel, _, options = call
    kernel = np.concatenate([kernel] * (images.shape[1] // kernel.shape[1]), axis=1)
    x = patches(images, kernel.shape[2:], **options)
    per_image = min(places, x[0].size // x.shape[-1])
    found = conv_moments(images, kernel, places=places, seed=seed, **options)
    assert found.samples == per_image * len(images)
    close(conv_moments(iter(images), kernel, places=places, seed=seed, **options), found)
    single = conv_moments(images[:1], kernel, places=1, seed=seed, **options)
    assert min(np.abs(row - single.mean_x).max() for row in x[0].reshape(-1, x.shape[-1])) <= 1e-12
    # Targets are drawn with the patches: those of the layer itself leave nothing over.
    targets = np.moveaxis(x @ kernel_matrix(kernel).T, -1, 1)
    aimed = conv_moments(images, kernel, places=places, seed=seed, targets=targets, **options)
    close(aimed, found)


def test_places_are_drawn_without_replacement_and_fairly():
    images = np.arange(12.0).reshape(1, 1, 3, 4)
    counted = np.zeros(12)
    for seed in range(300):
        moments = conv_moments(images, np.ones((1, 1, 1, 1)), places=5, seed=seed)
        second = moments.covariance[0, 0] + moments.mean_x[0] ** 2
        assert second * 5 == pytest.approx(round(second * 5))
        single = conv_moments(images, np.ones((1, 1, 1, 1)), places=1, seed=seed)
        counted[round(float(single.mean_x[0]))] += 1
    assert np.all(np.abs(counted - 25) <= 5 * 25**0.5)


def test_images_of_any_kind_are_taken():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    images, kernel = rng.integers(-3, 4, (70, 2, 4, 5)), rng.integers(-3, 4, (3, 2, 2, 2))
    expected = conv_moments(images.astype(float), kernel.astype(float))
    for one in (
        images, images.tolist(), list(images), images.astype(np.float16), torch.tensor(images),
        torch.tensor(images, dtype=torch.float32), [images[:30], images[30:]],
        (torch.tensor(images[:9]), torch.tensor(images[9:]).half()), [images[:0], images],
    ):  # fmt: skip
        for weight in (kernel, kernel.tolist(), torch.nn.Parameter(torch.tensor(kernel, dtype=torch.float32))):
            close(conv_moments(one, weight), expected)


@pytest.mark.parametrize(
    ("shape", "kernel", "words"),
    [
        ((8, 4, 4), (8, 1, 3, 3), r"8 channels but the kernel, .* takes 1: 1 in each of 1 group; pass groups=8"),
        ((8, 4, 4), (12, 4, 3, 3), r"8 channels but the kernel, .* takes 4: .*; pass groups=2"),
        ((8, 4, 4), (4, 16, 3, 3), r"8 channels but the kernel, .* takes 16: 16 in each of 1 group\."),
        ((8, 4, 4), (3, 4, 3, 3), r"8 channels but the kernel, .* takes 4: 4 in each of 1 group\."),
    ],
)
def test_channels_that_are_not_the_kernels_are_named(shape, kernel, words):
    for images in (np.ones((2, *shape)), np.ones(shape), iter([np.ones((2, *shape))])):
        with pytest.raises(ValueError, match=words):
            conv_moments(images, np.ones(kernel))


@pytest.mark.parametrize("empty", [np.zeros((0, 1, 4, 4)), [], iter([]), iter([np.zeros((0, 1, 4, 4))])])
def test_a_stream_without_images_is_named(empty):
    with pytest.raises(ValueError, match=r"conv_moments\(images=...\)"):
        conv_moments(empty, np.ones((1, 1, 2, 2)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stride": 0}, r"conv_moments\(stride=...\) is 0"),
        ({"stride": (1, 2, 3)}, r"conv_moments\(stride=...\) is \(1, 2, 3\); give one integer, or 2"),
        ({"stride": 1.5}, r"conv_moments\(stride=...\) is 1.5"),
        ({"padding": -1}, r"conv_moments\(padding=...\) is -1"),
        ({"padding": "full"}, r"conv_moments\(padding='full'\) must be"),
        ({"padding": "same", "stride": 2}, r"padding='same'\) keeps no size at stride=\(2, 2\)"),
        ({"dilation": 0}, r"conv_moments\(dilation=...\) is 0"),
        ({"dilation": 4}, r"\(5, 5\) with dilation=\(4, 4\), is larger than the images, \(4, 4\)"),
        ({"groups": 2}, r"conv_moments\(groups=2\) does not divide the 3 outputs"),
        ({"groups": 3}, r"takes 3: 1 in each of 3 groups"),
        ({"places": 0}, r"conv_moments\(places=...\) is 0"),
        ({"targets": np.ones((2, 3, 4, 4))}, r"conv_moments\(targets=...\) has shape \(2, 3, 4, 4\)"),
        ({"targets": np.ones((1, 3, 3, 3))}, r"conv_moments\(targets=...\) has 1 samples for 2 images"),
        ({"bias": np.ones(2)}, r"conv_moments\(bias=...\) has shape \(2,\)"),
        ({"kernel": np.ones((3, 1))}, r"conv_moments\(kernel=...\) has shape \(3, 1\)"),
        ({"kernel": np.ones((3, 1, 2))}, r"conv_moments\(images=...\) has shape \(2, 1, 4, 4\)"),
        ({"images": np.full((2, 1, 4, 4), np.nan)}, r"conv_moments\(images=...\) has the value nan"),
        ({"images": 3}, r"conv_moments\(images=...\) has shape"),
    ],
)
def test_what_is_no_convolution_is_named(change, words):
    call = {"images": np.ones((2, 1, 4, 4)), "kernel": np.ones((3, 1, 2, 2)), "bias": None, **change}
    with pytest.raises(ValueError, match=words):
        conv_moments(call.pop("images"), call.pop("kernel"), call.pop("bias"), **call)


def test_streams_of_unequal_length_are_named():
    images, targets = [np.ones((1, 1, 2, 2))] * 2, [np.ones((1, 1, 2, 2))] * 3
    kernel = np.ones((1, 1, 1, 1))
    with pytest.raises(ValueError, match="goes on after the images"):
        conv_moments(iter(images), kernel, targets=targets)
    with pytest.raises(ValueError, match="ends before the images"):
        conv_moments(iter(images), kernel, targets=targets[:1])


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
