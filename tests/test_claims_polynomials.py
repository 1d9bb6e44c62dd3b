"""The networks and feature maps of the package, held to the claims of `proofs/polynomials`."""

from functools import reduce
from itertools import product
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import EPS, dense, networks, product_rows, rounding, seeds

import tnsolve as tn
from tnsolve.features import ProductFeatures
from tnsolve.networks.mps import MPS

chains = networks(sites=st.integers(1, 6), dims=st.just(2))
MAPS = [tn.monomials(2), tn.monomials(4), tn.legendre(3), tn.fourier(3), tn.trigonometric(), tn.hats(3), tn.onehot(3)]


def student(network, features=None, transfer=tn.identity):
    """The network on [1, x], unless told otherwise."""
    return tn.Student(network, ProductFeatures.of(features or tn.monomials(), network.sites), transfer)


def random_chain(seed, sites, outputs=1):
    return MPS.random([2] * sites, outputs, 3, seed=seed)


def points(seed, network, rows=5):
    return np.random.default_rng(seed).uniform(size=(rows, network.sites))


def cube(sites):
    """All corners of the unit cube, the last variable fastest."""
    return np.array(list(product((0.0, 1.0), repeat=sites)))


def slack(network, x):
    """Rounding of z on [1, x] at points with entries up to those of |x| + 1."""
    return rounding(network, ProductFeatures.of(tn.monomials(), network.sites)(np.abs(x) + 1))


def largest(values):
    return float(np.max(np.abs(values)))


@given(word=st.lists(st.integers(0, 2), min_size=1, max_size=5), seed=seeds)
def test_phi_order(word, seed):
    """Entry (i_1, ..., i_n) of Phi is prod phi(x_k)[i_k], at position sum i_k d^(n - k) of d^n."""
    network = MPS.of([np.eye(3)[i].reshape((1, 3, 1, 1)[: 3 + (k == 0)]) for k, i in enumerate(word)], label=0)
    x = points(seed, network)
    picked = np.prod([tn.legendre(3)(x)[:, k, i] for k, i in enumerate(word)], axis=0)
    assert np.allclose(student(network, tn.legendre(3))(x)[:, 0], picked, rtol=8 * len(word) * EPS, atol=0)
    flat = network.to_dense().ravel()
    assert flat.size == 3 ** len(word)
    assert flat[np.ravel_multi_index(word, (3,) * len(word))] == 1


@pytest.mark.parametrize("feature_map", MAPS, ids=repr)
@pytest.mark.parametrize("sites", [1, 2, 3])
def test_products_independent(feature_map, sites):
    """On a grid the products are a Kronecker power: its smallest singular value is that of one site to the n."""
    d = feature_map.dim
    nodes = np.arange(d, dtype=float) if feature_map.discrete else (np.arange(d) + 0.3) / d
    grid = np.array(list(product(nodes, repeat=sites)))
    values = np.linalg.svdvals(product_rows(ProductFeatures.of(feature_map, sites)(grid)))
    tolerance = 8 * sites * d**sites * EPS * values[0]
    assert len(values) == d**sites and values[-1] > tolerance
    assert abs(values[-1] - np.linalg.svdvals(feature_map(nodes))[-1] ** sites) <= tolerance


@given(network=chains, seed=seeds, k=st.integers(0, 5))
def test_multiaffine_basis(network, seed, k):
    """z is affine in every variable: its values at 0 and at 1 determine it."""
    low, x, high = (points(seed, network) for _ in range(3))
    k %= network.sites
    low[:, k], high[:, k] = 0, 1
    z, t = student(network), x[:, [k]]
    assert largest(z(x) - (1 - t) * z(low) - t * z(high)) <= 4 * slack(network, x)


@given(network=chains)
def test_instances(network):
    """Signed sums over the corners of the cube are the entries of T."""
    signs = reduce(np.kron, [np.array([[1.0, 0.0], [-1.0, 1.0]])] * network.sites)
    corners = cube(network.sites)
    entries = dense(network).reshape(-1, network.outputs)
    assert largest(signs @ student(network)(corners) - entries) <= 2 * len(signs) * slack(network, corners)


@given(network=chains)
def test_copies_reach(network):
    """z copies of a variable are a polynomial of degree z: difference z + 1 is 0, difference z is z! T[1, ..., 1]."""
    z = network.sites
    grid = np.repeat(np.arange(z + 2.0)[:, None], z, axis=1)
    last = np.diff(student(network)(grid), z, axis=0)
    tolerance = 2 ** (z + 1) * slack(network, grid)
    assert largest(last[1] - last[0]) <= tolerance
    assert largest(last[0] - factorial(z) * dense(network)[(1,) * z]) <= tolerance


@given(seed=seeds)
def test_ridge_symmetric(seed):
    """A ridge picks the tensor that is symmetric under exchange of the copies."""
    rng = np.random.default_rng(seed)
    x, y = np.repeat(rng.uniform(-1, 1, (30, 1)), 2, axis=1), rng.standard_normal((30, 1))
    schedule = tn.Schedule(sweeps=1, rank=2, sites=2, ridge=1e-2)
    fitted = tn.fit(student(MPS.random([2, 2], 1, 2, seed=rng)), x, y, schedule=schedule).student
    tensor = dense(fitted.network)[..., 0]
    assert abs(tensor[0, 1] - tensor[1, 0]) <= 64 * EPS * x.size / 1e-2 * largest(tensor)


@given(seed=seeds, n=st.integers(1, 4), h=st.integers(1, 4))
def test_composition_degree(seed, n, h):
    """Behind h hidden values a second layer has degree at most h in each variable: difference h + 1 is 0."""
    first, second = random_chain(seed, n, h), random_chain(seed + 1, h)
    x = np.repeat(points(seed, first, rows=1), h + 2, axis=0)
    x[:, 0] = np.arange(h + 2) / (h + 1)
    hidden = student(first)(x)
    noise = slack(second, hidden) * (1 + h * slack(first, x) / EPS)
    assert largest(np.diff(student(second)(hidden), h + 1, axis=0)) <= 2 ** (h + 1) * noise


@given(seed=seeds, h=st.integers(1, 3), layers=st.integers(1, 4))
def test_layerwise_error(seed, h, layers):
    """Errors of layers, each on the teacher's inputs, grow at most by the Lipschitz constants of those behind."""
    corners = cube(h)
    teacher, pupil = np.random.default_rng(seed).integers(2**32, size=(2, layers))
    a = b = np.random.default_rng(seed).uniform(size=(5, h))
    bound = 0.0
    for taught, own in zip(teacher, pupil, strict=True):
        taught, own = (student(random_chain(each, h, h), transfer=tn.sigmoid) for each in (taught, own))
        flips = [np.abs(corners - axis) for axis in np.eye(h)]
        slope = largest(sum(abs(own.preactivation(corners) - own.preactivation(flip)) for flip in flips)) / 4
        bound = slope * bound + largest(own(a) - taught(a))
        a, b = taught(a), own(b)
        assert largest(b - a) <= bound * (1 + 1e-12)


@given(network=chains, seed=seeds)
def test_same_functions(network, seed):
    """On [1 - x, x] a network of the same ranks is the same function."""
    change = np.array([[1.0, 0.0], [1.0, 1.0]])
    arrays = [np.moveaxis(np.tensordot(change, core.data, axes=(1, 1)), 0, 1) for core in network.cores]
    other, x = MPS.of(arrays, label=network.label, scale=network.scale), points(seed, network)
    assert other.ranks == network.ranks
    assert largest(student(other, tn.hats(2))(x) - student(network)(x)) <= slack(network, x) + slack(other, x)


@given(x=st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_feature_norm(x):
    """T = Phi(x) takes the value |Phi(x)|^2 at x: prod (1 + x_k^2) on [1, x], and 1 on [cos, sin]."""
    x = np.array([x])
    for feature_map, square in (tn.monomials(), np.prod(1 + x**2)), (tn.trigonometric(), 1.0):
        vectors = [phi[0] for phi in ProductFeatures.of(feature_map, x.size)(x)]
        same = MPS.of([phi.reshape((1, 2, 1, 1)[: 3 + (k == 0)]) for k, phi in enumerate(vectors)], label=0)
        assert np.allclose(student(same, feature_map)(x), square, rtol=16 * x.size * EPS, atol=0)


@given(seed=seeds, sites=st.integers(1, 8))
def test_tensor_error(seed, sites):
    """Functions differ by at most |T - S| prod |phi(x_k)|."""
    one, two = random_chain(seed, sites), random_chain(seed + 1, sites)
    x = points(seed, one)
    bound = np.linalg.norm(dense(one) - dense(two)) * np.prod(1 + x**2, axis=1) ** 0.5
    assert np.all(np.abs(student(one)(x) - student(two)(x))[:, 0] <= bound + slack(one, x) + slack(two, x))


@given(seed=seeds, sites=st.integers(2, 60), r=st.integers(1, 3))
def test_identity_start(seed, sites, r):
    """Identities in both slices are prod (1 + x_k) on [1, x], and the constant 1 on [1 - x, x]."""
    inner = np.stack([np.eye(r)] * 2, axis=1)
    network = MPS.of([inner[:1, :, None, :], *[inner] * (sites - 2), inner[..., :1]], label=0)
    x = points(seed, network)
    assert np.allclose(student(network)(x)[:, 0], np.prod(1 + x, axis=1), rtol=8 * sites * EPS, atol=0)
    assert np.allclose(student(network, tn.hats(2))(x), 1, rtol=8 * sites * EPS, atol=0)


@given(network=chains, seed=seeds, s=st.floats(0.01, 0.5))
def test_noise_second_moment(network, seed, s):
    """E z(x + e) = z(x), and E z^2 has phi phi' + diag(0, s^2) at every site; e is +s or -s on each."""
    x = points(seed, network, rows=1)
    z, clean = (student(network)(each) for each in (x + s * (2 * cube(network.sites) - 1), x))
    sites = [phi.T @ phi + np.diag([0, s**2]) for phi in student(network).features(x)]
    tensor, reach = dense(network).reshape(-1, network.outputs), slack(network, x)
    assert largest(z.mean(axis=0) - clean) <= 2 * reach
    second = np.sum(tensor * (reduce(np.kron, sites) @ tensor), axis=0)
    assert largest((z**2).mean(axis=0) - second) <= 4 * reach**2 / EPS
