"""The package against the claims of proofs/ranks: ranks, what a rank cannot hold, and what its sizes are."""

from math import comb, log

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from strategies import EPS, dense, networks, product_rows, rounding, seeds

import tnsolve as tn
from tnsolve.networks.mps import MPS
from tnsolve.schedule import Step
from tnsolve.sweeping.growth import compressed

coefficients = st.lists(st.sampled_from([0, 0, 1, -2, 3]), min_size=3, max_size=9)


def student(network):
    """A student on [1, x, ...]."""
    maps = [tn.monomials(dim) for dim in network.dims]
    return tn.Student(network, tn.ProductFeatures.of(maps, network.sites), tn.identity)


def ranks(network):
    """The number of singular values at every bond that rounding cannot explain."""
    noise = rounding(network) / np.linalg.norm(dense(network))
    return [int(np.sum(singular > noise)) for singular in student(network).spectra().values()]


def exact(tensor):
    """A train of any tensor (d_1, ..., d_n) whose cores do nothing but pass legs on; the last one is the tensor."""
    arrays, left = [], 1
    for dim in tensor.shape[:-1]:
        arrays.append(np.eye(left * dim).reshape(left, dim, left * dim))
        left *= dim
    last = tensor.reshape(left, tensor.shape[-1], 1, 1)
    return MPS.of([*arrays, last], label=len(arrays))


def pairing(pairs, nested):
    """The coefficients of the product of 1 + x_k y_k, sites x_1 ... x_m y_m ... y_1 or x_1 y_1 ... x_m y_m."""
    tensor = np.ones(1)
    for _ in range(pairs):
        tensor = np.multiply.outer(tensor, np.eye(2))
    order = [*range(0, 2 * pairs, 2), *range(2 * pairs - 1, 0, -2)] if nested else range(2 * pairs)
    return tensor[0].transpose(order)


@given(c=coefficients, seed=seeds)
def test_univariate_prefix_rank_two(c, seed):
    """A polynomial of degree z on z copies of x is a train of bond dimension 2, less where coefficients are missing."""
    z = len(c) - 1
    cores = [np.array([[[0, c[i]], [1, 0]], [[0, 1], [0, 0]]], float) for i in range(z - 1)]
    cores[0] = cores[0][:1]
    last = np.array([[c[z - 1], c[z]], [1, 0]], float).reshape(2, 2, 1, 1)
    network = MPS.of([*cores, last], label=z - 1)
    x = np.random.default_rng(seed).uniform(-1, 1, 7)
    found = student(network)(np.repeat(x[:, None], z, axis=1))[:, 0]
    assert np.max(np.abs(found - np.polynomial.Polynomial(c)(x))) <= 8 * EPS * z * sum(map(abs, c))
    if any(c):
        assert ranks(network) == [1 + (any(c[:i]) and any(c[i + 1 :])) for i in range(1, z)]


@given(n=st.integers(2, 7), data=st.data())
def test_elementary_symmetric_rank(n, data):
    """The sum of all products of k of n variables has rank min(i, k, n - i, n - k) + 1 at bond i."""
    k = data.draw(st.integers(0, n))
    weight = np.indices((2,) * n).sum(axis=0)
    assert ranks(exact((weight == k).astype(float))) == [min(i, k, n - i, n - k) + 1 for i in range(1, n)]


@given(z=st.integers(2, 7), middle=st.booleans())
def test_univariate_symmetric_hankel(z, middle):
    """Shared evenly, x^(z/2) needs rank min(i, z - i) + 1, but (1 + x)^z only 1."""
    a = np.array([(k == z // 2) / comb(z, k) if middle else 1.0 for k in range(z + 1)])
    expected = [min(i, z - i) + 1 if middle else 1 for i in range(1, z)]
    assert ranks(exact(a[np.indices((2,) * z).sum(axis=0)])) == expected


@given(pairs=st.integers(1, 4))
def test_site_order_matters(pairs):
    """The product of all 1 + x_k y_k has rank 2^min(i, n - i) with the pairs nested, 2 or 1 with the pairs adjacent."""
    n = 2 * pairs
    assert ranks(exact(pairing(pairs, nested=True))) == [2 ** min(i, n - i) for i in range(1, n)]
    assert ranks(exact(pairing(pairs, nested=False))) == ([2, 1] * pairs)[:-1]


@given(pairs=st.integers(1, 4), rank=st.integers(1, 16))
def test_flat_spectrum_error(pairs, rank):
    """No train with a middle bond of dimension r comes closer than the share 1 - r / 2^m of the squared norm."""
    network = exact(pairing(pairs, nested=True))
    error = np.sum((dense(compressed(network, Step(rank=rank))) - dense(network)) ** 2)
    assert error >= 2**pairs - rank - rounding(network)


@given(sites=st.integers(2, 8), seed=seeds, classes=st.integers(3, 5))
def test_bond_one_head(sites, seed, classes):
    """With bonds of dimension 1 and a label core without a site, only two classes ever win; with a site, all can."""
    rng = np.random.default_rng(seed)
    arrays = [rng.standard_normal((1, 2, 1)) for _ in range(sites)]
    arrays.insert(sites // 2, rng.standard_normal((1, 1, classes, 1)))
    network = MPS.of(arrays, label=sites // 2)
    features = [rng.standard_normal((50, d)) for d in network.dims]
    z = product_rows(features) @ network.to_dense().reshape(-1, classes)
    assert len(set(np.argmax(z, axis=1))) <= 2
    slopes = np.arange(classes)
    shared = student(MPS.of([np.stack([-(slopes**2.0), 2.0 * slopes])[None, :, :, None]]))
    assert np.array_equal(np.argmax(shared(slopes[:, None].astype(float)), axis=1), slopes)


@given(sites=st.integers(2, 8), classes=st.integers(3, 9), seed=seeds)
def test_bond_two_head(sites, classes, seed):
    """Bond dimension 2 separates any number of classes: the class is the integer that the sum is nearest to."""
    sums = np.array([[[1.0, 0], [0, 1]], [[0, 1], [0, 0]]]).transpose(1, 0, 2)
    m = np.arange(classes, dtype=float)
    label = np.zeros((2, 2, classes, 1))
    label[:, 0, :, 0] = [-(m**2), 2 * m]
    label[0, 1, :, 0] = 2 * m
    network = MPS.of([sums[:1], *[sums] * (sites - 2), label], label=sites - 1)
    x = np.random.default_rng(seed).uniform(0, classes / sites, (20, sites))
    total = x.sum(axis=1)
    clear = np.abs(total % 1 - 0.5) > 1e3 * EPS * classes**2
    nearest = np.clip(np.rint(total), 0, classes - 1)
    assert set(network.ranks.values()) == {2}
    assert np.array_equal(np.argmax(student(network)(x), axis=1)[clear], nearest[clear])


@given(n=st.integers(3, 9), rank=st.integers(1, 4), extra=st.integers(0, 2), outputs=st.integers(1, 4))
def test_train_parameters(n, rank, extra, outputs):
    """2dr + (n - 2)dr^2 numbers, and (m - 1)dr^2 more for a label of m values on an inner core."""
    d = rank + extra
    network = MPS.random([d] * n, outputs, rank, label=n // 2)
    assert network.parameters == 2 * d * rank + (n - 2) * d * rank**2 + (outputs - 1) * d * rank**2


def test_report_parameters():
    """784 sites of dimension 2, bond dimension 10 and 10 outputs on an inner core are 158,240 numbers, not 158,000."""
    inner = [np.zeros((10, 2, 10))] * 782
    inner[391] = np.zeros((10, 2, 10, 10))
    assert MPS.of([inner[0][:1], *inner, inner[0][..., :1]], label=392).parameters == 158_240


@given(half=st.integers(1, 4), d=st.integers(2, 3), seed=seeds)
def test_generic_tensors_have_full_rank(half, d, seed):
    """A random tensor needs rank d^min(i, n - i); the numbers of such a train less those of its gauge are d^n."""
    network = MPS.random([d] * (2 * half), 1, 10**6, seed=seed)
    full = [d ** min(i, 2 * half - i) for i in range(1, 2 * half)]
    assert list(network.ranks.values()) == full
    assert network.parameters - sum(r**2 for r in full) == d ** (2 * half)


@given(network=networks(outputs=st.just(1)))
def test_log_rank_bounds_entropy(network):
    """The entropy of the squared singular values at a bond is at most the logarithm of its dimension."""
    for bond, singular in student(network).spectra().items():
        p = singular[singular > 0] ** 2
        assert -np.sum(p * np.log(p)) <= log(network.ranks[bond]) + 1e3 * EPS


@given(size=st.integers(2, 40), delta=st.sampled_from([0.1, 0.01, 0.001]))
def test_tt_svd_bound_is_sharp(size, delta):
    """On three sites a cut from left to right can err by almost twice the least squared error."""
    heavy, light = 1 + 2 * delta, 1 + delta
    middle = np.zeros((2, size + 1, size + 1))
    middle[0, range(1, size + 1), range(1, size + 1)] = (heavy / size) ** 0.5
    middle[1, 1, 0] = light**0.5
    network = MPS.of([np.eye(2).reshape(1, 2, 1, 2), middle, np.eye(size + 1)[:, :, None]], label=0)
    error = np.sum((dense(compressed(network, Step(rank=1))) - dense(network)) ** 2)
    assert abs(error / heavy - (light / heavy + 1 - 1 / size)) <= 1e3 * EPS * size


@given(sites=st.integers(2, 6), seed=seeds)
def test_copying_layer_rank(sites, seed):
    """A train that hands its inputs on as outputs has rank i + 1 at bond i left of the label; mirrored on its right."""
    x = np.random.default_rng(seed).uniform(size=(40, sites))
    copies = tn.Student.affine(x, x, features=tn.monomials(2), ridge=0.0)
    label = copies.network.label
    assert list(copies.network.ranks.values()) == [i + 1 if i <= label else sites - i + 1 for i in range(1, sites)]
