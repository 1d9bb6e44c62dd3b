"""The package obeys the claims of proofs/bregman; each test is named after the claim that it holds the package to."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from strategies import EPS, seeds

import tnsolve.transfer as tt
from tnsolve.bregman import BregmanLayer, BregmanPCA
from tnsolve.bregman.gauge import canonical, metric

INCREASING = [tt.identity, tt.leaky_relu, tt.elu, tt.softplus, tt.exp, tt.sigmoid, tt.tanh, tt.arctan, tt.algebraic]
few = settings(max_examples=10)


def each(transfers):
    return pytest.mark.parametrize("transfer", transfers, ids=str)


def matrices(size=4.0):
    return arrays(np.float64, (3, 4), elements=st.floats(-size, size, width=32))


def layer_of(transfer, seed, units=6, codes=2):
    rng = np.random.default_rng(seed)
    return BregmanLayer(rng.standard_normal((units, codes)), 0.5 * rng.standard_normal(units), transfer)


def rounding(transfer, *points):
    """What rounding may do to a divergence of these points: eps times the sizes of all its terms."""
    sizes = [np.abs(transfer.potential(p)) + (1 + np.abs(transfer(p)).max()) * np.abs(p).sum(-1) for p in points]
    return 128 * EPS * (1 + sum(sizes)) * len(points)


@each([*INCREASING, tt.softmax])
@given(a=matrices(), c=matrices(), share=st.floats(0.1, 0.9))
def test_triangle_inequality_fails(transfer, a, c, share):
    """On a segment the direct way costs more than the way over a point between."""
    b = c + share * (a - c)
    direct, detour = transfer.divergence(a, c), transfer.divergence(a, b) + transfer.divergence(b, c)
    excess = (1 - share) / share * (transfer.divergence(b, c) + transfer.divergence(c, b))
    tolerance = rounding(transfer, a, b, c) / share
    assert np.all(np.abs(direct - detour - excess) <= tolerance)
    assert np.all(direct >= detour - tolerance)


@given(z=matrices(), slope=st.floats(0.01, 0.99), b=matrices())
def test_praxis_leaky_relu_loss(z, slope, b):
    """(z f(z) - a y) / 2 - y (z - a) with a = f^-1(y) is the matching loss."""
    f = tt.LeakyReLU(slope=slope)
    y, a = f(b), f.inverse(f(b))
    coded = np.sum((z * f(z) - a * y) / 2 - y * (z - a), axis=-1)
    assert np.all(np.abs(coded - f.loss(z, y)) <= 64 * EPS * (1 + (np.abs(z) + np.abs(a)).max() ** 2))


@given(a=matrices(), size=st.floats(0, 50), y=st.floats(0, 50))
def test_relu_divergence_is_degenerate(a, size, y):
    """All pre-activations below 0 are alike; against them a target y costs y^2/2 + y |z|."""
    below = -np.abs(a)
    assert np.all(tt.relu.divergence(below, below[::-1]) == 0)
    loss = tt.relu.loss(np.array([[-size]]), np.array([[y]]))[0]
    assert loss == pytest.approx(y**2 / 2 + y * size, rel=16 * EPS)


@pytest.mark.parametrize(
    ("transfer", "end", "value"),
    [
        *((tt.sigmoid, 0, 0), (tt.sigmoid, 1, 0), (tt.tanh, 1, np.log(2)), (tt.algebraic, -1, 0)),
        *((tt.exp, 0, 0), (tt.elu, -1, 1), (tt.softplus, 0, 0), (tt.arctan, np.pi / 2 - 1e-6, 6 * np.log(10))),
    ],
)
def test_loss_at_the_ends_of_the_range(transfer, end, value):
    """The conjugate is finite at every end but those of arctan, towards which it grows without bound."""
    assert transfer.conjugate(np.array([[float(end)]]))[0] == pytest.approx(value, abs=8 * EPS / 1e-6)


@given(z=st.floats(-5, 5), other=st.floats(-5, 5), label=st.integers(0, 1), count=st.integers(0, 20))
def test_four_exponential_families(z, other, label, count):
    """A difference of matching losses is one of log-likelihoods: Gaussian, Bernoulli and Poisson."""
    pairs = [
        (tt.identity, lambda a: stats.norm.logpdf(label, a), label),
        (tt.sigmoid, lambda a: stats.bernoulli.logpmf(label, 1 / (1 + np.exp(-a))), label),
        (tt.exp, lambda a: stats.poisson.logpmf(count, np.exp(a)), count),
    ]
    for transfer, log_likelihood, x in pairs:
        loss = [transfer.loss(np.array([[a]]), np.array([[float(x)]]))[0] for a in (z, other)]
        assert loss[0] - loss[1] == pytest.approx(log_likelihood(other) - log_likelihood(z), abs=1e3 * EPS * np.exp(5))


@given(z=matrices())
def test_softmax_hessian(z):
    """The vector of ones spans the null space; the other eigenvalues interlace the probabilities."""
    assert np.all(np.abs(tt.softmax.hessian_product(z, np.ones_like(z))) <= 8 * EPS)
    columns = [tt.softmax.hessian_product(z, np.broadcast_to(e, z.shape)) for e in np.eye(4)]
    eigenvalues = np.linalg.eigvalsh(np.stack(columns, axis=-1))
    assert np.all(np.abs(eigenvalues[:, 0]) <= 16 * EPS)
    assert np.all(eigenvalues[:, 1] >= tt.softmax(z).min(axis=1) - 16 * EPS)


@each([*INCREASING, tt.softmax])
@given(a=matrices(2.0), m=arrays(np.float64, (1, 4), elements=st.floats(-2, 2)))
def test_bregman_mean(transfer, a, m):
    """Any m costs n D_F(m, m_0) more than m_0 = f^-1(mean activation)."""
    x = transfer(a)
    best = transfer.inverse(x.mean(axis=0, keepdims=True))
    excess = sum(transfer.loss(m, row[None])[0] - transfer.loss(best, row[None])[0] for row in x)
    tolerance = rounding(transfer, m, best, *(row[None] for row in a))[0]
    assert abs(excess - len(x) * transfer.divergence(m, best)[0]) <= tolerance
    assert excess >= -tolerance


@each([*INCREASING, tt.softmax])
@few
@given(seed=seeds)
def test_absorbed_factor_is_a_gauge(transfer, seed):
    """Making a layer canonical changes codes, directions and mean, but no output."""
    rng = np.random.default_rng(seed)
    layer, codes = layer_of(transfer, seed), rng.standard_normal((8, 2))
    weights = np.full(8, 1 / 8)
    outputs = layer(codes)
    moved, new = canonical(layer, codes, weights, weights @ outputs)
    condition = np.linalg.cond(metric(layer))
    tolerance = 1e3 * EPS * condition * (1 + np.abs(layer.preactivation(codes)).max()) * (1 + np.abs(outputs).max())
    assert np.allclose(moved(new), outputs, rtol=0, atol=tolerance)
    assert not np.allclose(new, codes)


@each([tt.softplus, tt.sigmoid, tt.softmax])
@few
@given(seed=seeds)
def test_refitted_mean(transfer, seed):
    """A mean fitted along with V makes reconstructions average to the mean activation: else m could still gain."""
    y = transfer(np.random.default_rng(seed).standard_normal((40, 5)))
    pca = BregmanPCA(2, transfer, sweeps=300, tolerance=1e-8)
    gap = np.mean(pca.inverse_transform(pca.fit_transform(y)) - y, axis=0)
    assert np.sum(gap**2) / (2 * transfer.bound) <= 1e-8 * pca.divergence_


@few
@given(seed=seeds, components=st.integers(1, 4))
def test_mean_vector_extends_bregman_pca(seed, components):
    """Without a mean k directions lose |(I - VV')mu|^2/2 for the same V; k + 1 make up for it."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((30, 6)) + 2 * rng.standard_normal(6)
    pca = BregmanPCA(components).fit(x)
    left = np.append(np.linalg.eigvalsh(x.T @ x / 30).cumsum()[::-1], 0)
    slack = 1e-9 * left[0]
    assert left[components + 1] / 2 - slack <= pca.divergence_ <= left[components] / 2 + slack
    v, mean = pca.components_, x.mean(axis=0)
    same = np.mean(np.sum((x - x @ v.T @ v) ** 2, axis=1)) / 2
    assert same - pca.divergence_ == pytest.approx(np.sum((mean - mean @ v.T @ v) ** 2) / 2, abs=slack)


@each([tt.softplus, tt.exp, tt.sigmoid, tt.tanh, tt.algebraic])
def test_small_spread_is_whitened_pca(transfer):
    """The loss tends to half the discarded eigenvalues of the covariance of H^-1/2 (x - mean)."""
    rng, spread = np.random.default_rng(0), 1e-4
    mean = rng.uniform(-1, 1, 5)
    change = rng.uniform(-1, 1, (60, 5)) * np.array([1, 0.8, 0.5, 0.3, 0.2])
    x = transfer(mean[None]) + spread * (change - change.mean(axis=0))
    white = (change - change.mean(axis=0)) / np.sqrt(transfer.derivative(mean[None]))
    expected = np.linalg.eigvalsh(white.T @ white / 60)[:3].sum() / 2
    found = BregmanPCA(2, transfer, sweeps=200, tolerance=1e-9).fit(x).divergence_
    assert found / spread**2 == pytest.approx(expected, rel=10 * spread)


@few
@given(seed=seeds)
def test_optimal_code(seed):
    """With two equal directions the code is not unique, but its pre-activation is."""
    single = layer_of(tt.sigmoid, seed, codes=1)
    double = BregmanLayer(np.repeat(single.directions, 2, axis=1), single.mean, tt.sigmoid)
    y = tt.sigmoid(np.random.default_rng(seed).standard_normal((5, 6)))
    one, two = (layer.preactivation(layer.encode(y)) for layer in (single, double))
    assert np.allclose(one, two, rtol=0, atol=1e-5 * (1 + np.abs(one).max()))


@each([transfer for transfer in [*INCREASING, tt.softmax] if transfer.bound < np.inf])
@few
@given(seed=seeds)
def test_code_loss_stands_for_layer_loss(transfer, seed):
    """At most half the bound of f' times the squared distance of pre-activations."""
    layer = layer_of(transfer, seed)
    a, b = (layer.preactivation(codes) for codes in np.random.default_rng(seed).standard_normal((2, 5, 2)))
    limit = transfer.bound / 2 * np.sum((a - b) ** 2, axis=1)
    assert np.all(transfer.divergence(a, b) <= limit + rounding(transfer, a, b))


def test_code_loss_stands_for_layer_loss_near_the_mean_only():
    """Sigmoid, m = 0, V = 2: at c = log(3)/2 the loss through the layer is 3/4 of that of the codes, not all of it."""
    layer = BregmanLayer(np.full((1, 1), 2.0), np.zeros(1), tt.sigmoid)
    step = 1e-4
    assert metric(layer)[0, 0] == pytest.approx(1)
    for code, ratio in (0.0, 1.0), (np.log(3) / 2, 0.75):
        pair = (layer.preactivation(np.array([[code + move]])) for move in (step, 0.0))
        assert tt.sigmoid.divergence(*pair)[0] == pytest.approx(ratio * step**2 / 2, rel=4 * step)
