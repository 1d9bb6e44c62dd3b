"""Bregman PCA: PCA itself as the oracle, the geometry as properties, planted data, and the edge cases."""

from itertools import pairwise

import array_api_strict
import numpy as np
import pytest
from budgets import examples
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import subspace_angles
from scipy.optimize import minimize
from sklearn.decomposition import PCA
from strategies import dtypes, seeds

import tnsolve.transfer as tt
from tnsolve.algebra.arrays import Pool
from tnsolve.bregman import BregmanPCA
from tnsolve.bregman.alternation import Alternation, alternate, principal
from tnsolve.bregman.gauge import metric
from tnsolve.bregman.layer import BregmanLayer
from tnsolve.bregman.regressions import Regressions
from tnsolve.result import Result

EPS = np.finfo(np.float64).eps
STRICT = [tt.leaky_relu, tt.LeakyReLU(0.3), tt.elu, tt.softplus, tt.exp, tt.sigmoid, tt.tanh, tt.arctan, tt.algebraic]
TRANSFERS = [tt.identity, tt.relu, *STRICT, tt.softmax, tt.Softmax(temperature=3.0)]
few = examples(10)
each = pytest.mark.parametrize("transfer", TRANSFERS, ids=str)


def planted(transfer, seed, samples=80, units=9, rank=2, noise=0.0):
    """Activations of pre-activations of low rank, those directions, and unequal weights."""
    rng = np.random.default_rng(seed)
    directions = rng.standard_normal((units, rank))
    mean = 0.3 * rng.standard_normal(units) + (4.0 if transfer is tt.relu else 0.0)
    z = 0.7 * rng.standard_normal((samples, rank)) @ directions.T + mean
    y = transfer(z + noise * rng.standard_normal(z.shape))
    return y, directions, rng.uniform(0.5, 1.5, samples)


def mean_loss(pca, codes, y, weights):
    return np.average(pca.to_layer().loss(codes, y), weights=weights)


# -- identity is PCA -------------------------------------------------------------------------------------------------


@few
@given(seed=seeds, components=st.integers(1, 5), samples=st.integers(12, 40))
def test_for_the_identity_it_is_pca(seed, components, samples):
    x = np.random.default_rng(seed).standard_normal((samples, 6)) * np.array([8, 5, 3, 2, 1, 0.5])
    ours, theirs = BregmanPCA(components).fit(x), PCA(components).fit(x)
    gaps = -np.diff(np.append(PCA().fit(x).explained_variance_, 0))
    condition = x.size * theirs.explained_variance_[0] / gaps.min()
    assert np.max(np.abs(np.abs(ours.components_) - np.abs(theirs.components_))) <= 1e-10 * max(1, condition / 1e4)
    rebuilt = theirs.inverse_transform(theirs.transform(x))
    assert np.allclose(ours.inverse_transform(ours.transform(x)), rebuilt, rtol=0, atol=1e-10 * max(1, condition / 1e4))
    assert ours.divergence_ == pytest.approx(np.mean(np.sum((x - rebuilt) ** 2, axis=1)) / 2, abs=1e-10)
    assert np.allclose(2 * ours.explained_divergence_, theirs.explained_variance_ * (samples - 1) / samples, atol=1e-10)


# -- geometry --------------------------------------------------------------------------------------------------------


@each
@few
@given(seed=seeds)
def test_a_fit_is_canonical_and_never_rises(transfer, seed):
    y, _, weights = planted(transfer, seed, noise=0.3)
    pca = BregmanPCA(2, transfer)
    codes = pca.fit_transform(y, weights=weights)
    y = transfer.attained(y)  # an activation at an end of the range is read 1e-6 inside, and judged there
    assert all(b <= a + 1e3 * EPS * (1 + abs(a)) for a, b in pairwise(pca.losses_))
    assert pca.divergence_ == pytest.approx(mean_loss(pca, codes, y, weights), rel=1e-9, abs=1e-12)
    assert np.allclose(metric(pca.to_layer()), np.eye(2), rtol=0, atol=1e-8)
    second = (codes * weights[:, None]).T @ codes / weights.sum()
    assert np.allclose(second, np.diag(np.diag(second)), rtol=0, atol=1e-6 * second.max())
    assert second[0, 0] >= second[1, 1] * (1 - 1e-6)
    centre = np.average(y, axis=0, weights=weights)
    assert np.allclose(pca.transform(centre[None, :]), 0, atol=1e-5)
    total = mean_loss(pca, 0 * codes, y, weights)
    assert np.sum(pca.explained_divergence_) == pytest.approx(total - pca.divergence_, rel=1e-6, abs=1e-9)
    assert pca.total_divergence_ == pytest.approx(total, rel=1e-6, abs=1e-9)


@each
@given(seed=seeds, components=st.integers(1, 4), scale=st.sampled_from([1.0, 30.0, 60.0]))
def test_the_metric_is_a_gram_matrix_also_where_units_are_saturated(transfer, seed, components, scale):
    rng = np.random.default_rng(seed)
    layer = BregmanLayer(rng.standard_normal((6, components)), scale * rng.standard_normal(6), transfer)
    found = metric(layer)
    assert np.all(np.linalg.eigvalsh(found) >= -64 * EPS * np.trace(found))
    means = np.broadcast_to(layer.mean, (components, 6))
    expected = transfer.hessian_product(means, layer.directions.T) @ layer.directions
    h, _ = transfer.curvature(layer.mean[None, :])
    assert np.allclose(found, expected, rtol=0, atol=64 * EPS * np.max(h) * np.sum(layer.directions**2))


@each
@few
@given(seed=seeds, components=st.integers(1, 3))
def test_a_code_is_optimal_and_splits_every_other_loss(transfer, seed, components):
    y, _, _ = planted(transfer, seed, noise=0.3)
    layer = BregmanPCA(components, transfer, sweeps=3).fit(y).to_layer()
    codes = layer.encode(y)
    residual = (layer(codes) - y) @ layer.directions
    assert np.all(np.abs(residual) <= 1e-6 * (1 + np.abs(y).max()) * np.abs(layer.directions).sum())
    others = codes + 0.3 * np.random.default_rng(seed).standard_normal(codes.shape)
    a, b = layer.preactivation(others), layer.preactivation(codes)
    split = transfer.divergence(a, b) + layer.loss(codes, y)
    size = 1 + layer.loss(others, y) + np.abs(y).max()
    if transfer is tt.relu:
        assert np.all(layer.loss(others, y) >= layer.loss(codes, y) - 1e-6 * size)
    assert np.all(np.abs(layer.loss(others, y) - split) <= 1e-5 * size)


@each
@few
@given(seed=seeds)
def test_near_the_mean_a_divergence_is_half_a_squared_distance_of_codes(transfer, seed):
    y, _, _ = planted(transfer, seed, noise=0.1)
    layer = BregmanPCA(2, transfer, sweeps=2).fit(y).to_layer()
    c = np.random.default_rng(seed).standard_normal((5, 2))
    moved = c @ layer.directions.T
    size = 1e-5
    if transfer in (tt.relu, tt.leaky_relu, tt.LeakyReLU(0.3)):  # stay on the mean's side of every kink
        size = min(size, 0.5 * np.min(np.abs(layer.mean)) / np.max(np.abs(moved)))
    divergence = transfer.divergence(layer.preactivation(size * c), layer.preactivation(0 * c))
    expected, rounding = size**2 * np.sum(c**2, axis=1) / 2, 64 * EPS * (1 + np.abs(layer.mean)).max()
    assert np.all(np.abs(divergence - expected) <= 1e-2 * expected + rounding * size * np.abs(moved).max())


@pytest.mark.parametrize("transfer", [*STRICT, tt.relu, tt.softmax], ids=str)
def test_planted_directions_are_recovered_as_the_noise_vanishes(transfer):
    angles = []
    for noise in (1e-1, 1e-3, 0.0):
        y, directions, _ = planted(transfer, 0, samples=400, units=20, noise=noise)
        directions = directions - directions.mean(axis=0) if transfer is tt.softmax else directions
        pca = BregmanPCA(2, transfer, sweeps=200, tolerance=1e-8).fit(y)
        angles.append(np.max(subspace_angles(directions, pca.components_.T)))
    assert angles[2] < 1e-3
    assert angles[2] <= angles[1] + 1e-6 <= angles[0] + 2e-6


@each
@few
@given(seed=seeds)
def test_it_never_loses_to_pca_of_preactivations(transfer, seed):
    y, _, _ = planted(transfer, seed, noise=0.5)
    y = transfer(transfer.inverse(y))
    z = transfer.inverse(y)
    pca = PCA(2).fit(z)
    rival = np.mean(transfer.loss(pca.inverse_transform(pca.transform(z)), y))
    assert BregmanPCA(2, transfer, tolerance=1e-3).fit(y).divergence_ <= rival * (1 + 1e-6)


# -- codes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("transfer", [tt.sigmoid, tt.softplus, tt.softmax], ids=str)
@few
@given(seed=seeds)
def test_both_ways_to_encode_agree_with_a_general_optimiser(transfer, seed):
    y, _, _ = planted(transfer, seed, samples=4)
    rng = np.random.default_rng(seed)
    v, m = rng.standard_normal((9, 3)), rng.standard_normal(9)
    regressions = Regressions(v, m, np.ones(9), transfer)
    start = np.zeros((4, 3))
    dense = regressions._block(start, y, 100, EPS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tnsolve.bregman.regressions.WIDEST", 0)
        by_products = regressions._block(start, y, 100, EPS)
    for row in range(4):
        best = minimize(lambda c, row=row: transfer.loss((v @ c + m)[None], y[row : row + 1])[0], np.zeros(3)).fun
        for point in (dense, by_products):
            found = transfer.loss((point.theta[row] @ v.T + m)[None], y[row : row + 1])[0]
            assert found <= best + 1e-8 * (1 + best)


@pytest.mark.parametrize("transfer", [tt.sigmoid, tt.tanh, tt.algebraic, tt.arctan, tt.softplus, tt.softmax], ids=str)
@few
@given(seed=seeds, far=st.sampled_from([10.0, 100.0, 1000.0]))
def test_codes_are_found_from_units_saturated_on_the_wrong_side(transfer, seed, far):
    """Where slopes are next to nothing Newton's step is endless; the least loss is found all the same."""
    rng = np.random.default_rng(seed)
    v, codes = rng.standard_normal((9, 2)), rng.standard_normal((5, 2))
    y = transfer.attained(transfer(codes @ v.T))
    layer = BregmanLayer(v, np.zeros(9), transfer)
    known = np.sum(layer.loss(layer.encode(y, start=codes), y))
    found = np.sum(layer.loss(layer.encode(y, start=far * rng.standard_normal((5, 2))), y))
    assert found <= known + 1e-6


@few
@given(seed=seeds, transfer=st.sampled_from(TRANSFERS), steps=st.integers(1, 4))
def test_no_row_ever_rises(seed, transfer, steps):
    y, _, _ = planted(transfer, seed, samples=6, noise=1.0)
    rng = np.random.default_rng(seed)
    regressions = Regressions(2 * rng.standard_normal((9, 3)), rng.standard_normal(9), np.ones(9), transfer)
    start = 3 * rng.standard_normal((6, 3))
    before = regressions.at(start, y).value
    slack = 1e3 * EPS * (1 + np.abs(before) + np.abs(regressions.at(start, y).z).sum(axis=1))
    assert np.all(regressions._block(start, y, steps, 0.0).value <= before + slack)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tnsolve.bregman.regressions.WIDEST", 0)
        assert np.all(regressions._block(start, y, steps, 0.0).value <= before + slack)


@each
@few
@given(seed=seeds)
def test_a_start_and_hessians_from_a_part_lead_to_the_same_loss(transfer, seed):
    """The part decides how fast the loss falls, not where to: with and without it no sweep rises."""
    y, _, weights = planted(transfer, seed, samples=300, noise=0.3)
    whole = BregmanPCA(2, transfer, sweeps=40).fit(y, weights=weights)
    with pytest.MonkeyPatch.context() as patch:
        for name, count in ("alternation.SAMPLES", 60), ("alternation.PER_COMPONENT", 1):
            patch.setattr(f"tnsolve.bregman.{name}", count)
        for name, count in ("regressions.TERMS", 60), ("regressions.PER_COLUMN", 1):
            patch.setattr(f"tnsolve.bregman.{name}", count)
        part = BregmanPCA(2, transfer, sweeps=40).fit(y, weights=weights)
    assert all(b <= a + 1e3 * EPS * (1 + abs(a)) for a, b in pairwise(part.losses_))
    assert part.divergence_ <= part.losses_[-1] + 1e3 * EPS * (1 + abs(part.total_divergence_))
    assert part.divergence_ <= 1.02 * whole.divergence_


@pytest.mark.parametrize("kept", [1500, 3, 1])
def test_a_part_without_weight_is_not_relied_on(kept):
    """Of 3,000 samples all weight is on the last few: the fit is that of these few alone."""
    y, _, _ = planted(tt.sigmoid, 0, samples=3000, noise=0.3)
    weights = np.where(np.arange(3000) >= 3000 - kept, 1.0, 0.0)
    sparse = BregmanPCA(2, tt.sigmoid, sweeps=60, tolerance=1e-7).fit(y, weights=weights)
    alone = BregmanPCA(2, tt.sigmoid, sweeps=60, tolerance=1e-7).fit(y[-kept:])
    assert sparse.divergence_ == pytest.approx(alone.divergence_, rel=1e-3, abs=1e-6)
    assert sparse.explained_divergence_.sum() == pytest.approx(sparse.total_divergence_ - sparse.divergence_, abs=1e-9)


def test_wide_codes_are_found_by_conjugate_gradients():
    y, _, _ = planted(tt.sigmoid, 0, samples=100, units=80, rank=70)
    layer = BregmanPCA(70, tt.sigmoid, sweeps=2).fit(y).to_layer()
    codes = layer.encode(y, steps=300)
    assert np.mean(layer.loss(codes, y)) < 0.1 * np.mean(layer.loss(0 * codes, y))


@few
@given(seed=seeds, workers=st.integers(2, 3))
def test_threads_change_nothing(seed, workers):
    y, _, _ = planted(tt.sigmoid, seed, samples=1100)
    layer = BregmanPCA(2, tt.sigmoid, sweeps=1).fit(y).to_layer()
    one, many = layer.encode(y), layer.encode(y, pool=Pool(workers, smallest=512))
    assert np.allclose(one, many, rtol=0, atol=1e-7)


# -- weights, dtypes, libraries --------------------------------------------------------------------------------------


@few
@given(seed=seeds, transfer=st.sampled_from([tt.identity, tt.sigmoid, tt.softmax]))
def test_a_weight_is_a_number_of_repetitions(seed, transfer):
    y, _, _ = planted(transfer, seed, noise=0.3)
    counts = np.random.default_rng(seed).integers(0, 3, len(y))
    weighted = BregmanPCA(2, transfer, sweeps=5).fit(y, weights=counts)
    repeated = BregmanPCA(2, transfer, sweeps=5).fit(y.repeat(counts, axis=0))
    assert weighted.divergence_ == pytest.approx(repeated.divergence_, rel=1e-6)


@few
@given(seed=seeds, dtype=dtypes, transfer=st.sampled_from([tt.identity, tt.sigmoid, tt.tanh, tt.relu, tt.softmax]))
def test_results_keep_the_dtype(seed, dtype, transfer):
    y = planted(transfer, seed, noise=0.3)[0].astype(dtype)
    pca = BregmanPCA(2, transfer, sweeps=5).fit(y)
    assert pca.components_.dtype == pca.mean_.dtype == pca.transform(y).dtype == dtype
    exact = BregmanPCA(2, transfer, sweeps=5).fit(y.astype(np.float64))
    assert pca.divergence_ == pytest.approx(exact.divergence_, rel=2e-2)


@pytest.mark.parametrize("transfer", [tt.identity, tt.sigmoid, tt.relu, tt.softmax], ids=str)
def test_it_keeps_to_the_array_api_standard(transfer):
    y, _, weights = planted(transfer, 0, noise=0.3)
    strict = array_api_strict.asarray(y)
    with array_api_strict.ArrayAPIStrictFlags(boolean_indexing=False, data_dependent_shapes=False):
        pca = BregmanPCA(2, transfer, sweeps=3).fit(strict, weights=array_api_strict.asarray(weights))
        codes = pca.transform(strict)
    expected = BregmanPCA(2, transfer, sweeps=3).fit(y, weights=weights)
    assert pca.divergence_ == pytest.approx(expected.divergence_, rel=1e-8)
    assert np.allclose(np.from_dlpack(codes), expected.transform(y), atol=1e-5)


# -- edge cases ------------------------------------------------------------------------------------------------------


@each
@pytest.mark.parametrize("components", [1, 3, 12])
def test_constant_units_and_too_many_components_are_zero_rows_and_columns(transfer, components):
    y, _, _ = planted(transfer, 0, samples=40, units=6)
    y = np.concatenate([y, np.broadcast_to(transfer(np.full((1, 2), 0.5)), (40, 2))], axis=1)
    if isinstance(transfer, tt.Softmax):
        y = y / y.sum(axis=1, keepdims=True)
    pca = BregmanPCA(components, transfer, sweeps=5)
    codes = pca.fit_transform(y)
    assert pca.components_.shape == (components, 8)
    assert codes.shape == (40, components)
    for array in (codes, pca.components_, pca.mean_, pca.transform(y), pca.inverse_transform(codes)):
        assert np.all(np.isfinite(array))
    if components == 12:
        assert np.all(pca.components_[8:] == 0)
        assert np.all(codes[:, 8:] == 0)


@pytest.mark.parametrize(
    "transfer", [tt.sigmoid, tt.softmax, tt.tanh, tt.relu, tt.exp, tt.algebraic, tt.arctan], ids=str
)
@few
@given(seed=seeds, dtype=dtypes)
def test_saturated_activations_give_finite_results(transfer, seed, dtype):
    rng = np.random.default_rng(seed)
    ends = (transfer.low, min(transfer.high, 2.0))
    y = rng.choice(ends, (30, 5))
    y[:, 0] = transfer.low
    if transfer is tt.softmax:
        y = np.eye(5)[rng.integers(1, 5, 30)]
    pca = BregmanPCA(2, transfer, sweeps=10)
    codes = pca.fit_transform(y.astype(dtype))
    for array in (codes, pca.components_, pca.mean_, pca.inverse_transform(codes), pca.explained_divergence_):
        assert np.all(np.isfinite(array))
    assert 0 <= pca.divergence_ <= pca.total_divergence_ * (1 + 1e-3)


@each
def test_data_without_any_spread_has_a_mean_and_nothing_else(transfer):
    y = np.repeat(transfer(np.array([[0.5, 0.2, 0.9]])), 4, axis=0)
    pca = BregmanPCA(2, transfer).fit(y)
    assert np.all(pca.components_ == 0)
    assert np.allclose(pca.inverse_transform(pca.transform(y)), y, rtol=0, atol=1e-6)


def test_a_dead_unit_stays_dead():
    y, _, _ = planted(tt.relu, 0)
    y[:, 3] = 0
    pca = BregmanPCA(2, tt.relu).fit(y)
    assert np.all(pca.components_[:, 3] == 0)
    assert np.all(pca.inverse_transform(pca.transform(y))[:, 3] == 0)


# -- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [2.5, 2.0, True, "3", None, [2], np.float64(2), np.array([2, 3]), 0, -1, np.int64(0)])
@pytest.mark.parametrize("name", ["components", "sweeps", "workers"])
def test_what_is_no_count_is_refused_by_name(name, value):
    if name == "workers" and value is None:
        return
    with pytest.raises(ValueError, match=rf"BregmanPCA\({name}=\.\.\.\) is .*must be an integer of at least 1"):
        BregmanPCA(**({"components": 2} | {name: value}))


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf, True, "1", None])
def test_what_is_no_tolerance_is_refused_by_name(value):
    with pytest.raises(ValueError, match=r"BregmanPCA\(tolerance=\.\.\.\) is .*finite number"):
        BregmanPCA(2, tolerance=value)


@pytest.mark.parametrize("count", [2, np.int64(2), np.uint8(2), np.array(2)])
def test_an_integer_of_any_library_is_one(count):
    y, _, _ = planted(tt.sigmoid, 0)
    pca = BregmanPCA(count, tt.sigmoid, sweeps=count, workers=count).fit(y)
    assert type(pca.components) is type(pca.sweeps) is type(pca.workers) is int
    assert np.array_equal(pca.components_, BregmanPCA(2, tt.sigmoid, sweeps=2, workers=2).fit(y).components_)


@each
def test_no_samples_have_no_codes_and_no_codes_no_activations(transfer):
    y, _, _ = planted(transfer, 0)
    pca = BregmanPCA(2, transfer, sweeps=2).fit(y)
    for dtype in np.float32, np.float64:
        codes = pca.transform(y[:0].astype(dtype))
        assert codes.shape == (0, 2)
        assert pca.inverse_transform(codes).shape == (0, 9)
    assert pca.inverse_transform(np.zeros((0, 2), int)).shape == (0, 9)
    assert pca.inverse_transform([[0, 0]]).shape == (1, 9)


@pytest.mark.parametrize(
    ("codes", "complaint"),
    [
        (np.zeros((3, 3)), r"shape \(3, 3\).*\(any, 2\)"),
        (np.zeros((0, 3)), r"shape \(0, 3\).*\(any, 2\)"),
        (np.zeros(2), r"shape \(2,\)"),
        (np.zeros((1, 2, 2)), r"shape \(1, 2, 2\)"),
        ([[0.0, np.nan]], r"nan at \(0, 1\)"),
        ([[np.inf, 0.0]], r"inf at \(0, 0\)"),
        ([["a", "b"]], "dtype"),
        (np.ma.array([[0.0, 1.0]], mask=[[True, False]]), "mask"),
        (np.zeros((1, 2)) + 1j, "complex"),
    ],
)
def test_codes_that_are_none_are_refused_by_name(codes, complaint):
    y, _, _ = planted(tt.sigmoid, 0)
    pca = BregmanPCA(2, tt.sigmoid, sweeps=2).fit(y)
    with pytest.raises(ValueError, match=rf"BregmanPCA\.inverse_transform\(codes=\.\.\.\).*{complaint}"):
        pca.inverse_transform(codes)


def test_activations_of_another_layer_are_refused():
    y, _, _ = planted(tt.sigmoid, 0)
    pca = BregmanPCA(2, tt.sigmoid).partial_fit(y)
    for call in pca.transform, pca.partial_fit:
        with pytest.raises(ValueError, match="has 8 columns but the layer has 9"):
            call(y[:, :8])


def test_errors_say_what_to_do():
    y = np.full((4, 3), 0.5)
    with pytest.raises(ValueError, match="at least 1"):
        BregmanPCA(0)
    with pytest.raises(TypeError, match="transfer_named"):
        BregmanPCA(2, "gelu")
    with pytest.raises(ValueError, match=r"sweeps=.* 0.*at least 1"):
        BregmanPCA(2, sweeps=0)
    with pytest.raises(AttributeError, match="call fit"):
        _ = BregmanPCA(1).components_
    with pytest.raises(ValueError, match="outside the range"):
        BregmanPCA(1, tt.sigmoid).fit(y + 1)
    with pytest.raises(ValueError, match="as many samples as components"):
        BregmanPCA(5).partial_fit(y)
    with pytest.raises(ValueError, match="not monotone"):
        tt.transfer_named("gelu")
    with pytest.raises(NotImplementedError, match="closed form"):
        BregmanPCA(1, tt.TemperedSoftmax(4.0, 0.5)).fit(np.full((4, 2), 1.25))


# -- how a fit ends --------------------------------------------------------------------------------------------------


@each
def test_a_fit_ends_for_a_reason_and_leaves_a_row_for_each_sweep(transfer):
    y, _, weights = planted(transfer, 0, noise=0.3)
    pca = BregmanPCA(2, transfer).fit(y, weights=weights)
    solution = pca.solution_
    assert solution.model is pca.to_layer()
    assert solution.result is Result.CONVERGED
    assert [row.sweep for row in solution.statistics] == list(range(len(pca.losses_)))
    assert tuple(row["loss"] for row in solution.statistics) == pca.losses_
    assert {(row.rank, row.parameters, row.samples) for row in solution.statistics} == {(2, 27, 80)}
    assert all(row.seconds > 0 for row in solution.statistics)
    short = BregmanPCA(2, transfer, sweeps=1).fit(y).solution_
    assert short.result is Result.COMPLETED and len(short.statistics) == 1
    assert BregmanPCA(2, transfer).partial_fit(y).solution_.statistics == ()


@pytest.mark.parametrize("transfer", [tt.identity, tt.sigmoid], ids=str)
def test_without_tolerance_a_fit_goes_on_until_nothing_falls(transfer):
    y, _, _ = planted(transfer, 0, samples=20, noise=0.3)
    exact = BregmanPCA(2, transfer, sweeps=3000, tolerance=0.0).fit(y).solution_
    assert exact.result is Result.STALLED
    assert exact.losses[-1] >= exact.losses[-2]


def test_an_interrupted_fit_leaves_the_last_whole_sweep(monkeypatch):
    y, _, _ = planted(tt.sigmoid, 0, noise=0.3)
    real, count = Alternation.swept, []

    def interrupted(self, layer, codes):
        count.append(1)
        if len(count) == 3:
            raise KeyboardInterrupt
        return real(self, layer, codes)

    monkeypatch.setattr(Alternation, "swept", interrupted)
    pca = BregmanPCA(2, tt.sigmoid, tolerance=0.0).fit(y)
    monkeypatch.undo()
    whole = BregmanPCA(2, tt.sigmoid, tolerance=0.0, sweeps=2).fit(y)
    assert pca.solution_.result is Result.INTERRUPTED
    assert pca.losses_ == whole.losses_
    assert np.array_equal(pca.components_, whole.components_)


def test_a_fit_that_diverges_keeps_the_last_finite_layer(monkeypatch):
    y, _, _ = planted(tt.sigmoid, 0, noise=0.3)
    real, count = Alternation.swept, []

    def lost(self, layer, codes):
        count.append(1)
        layer, codes, loss = real(self, layer, codes)
        return layer, codes, np.nan if len(count) == 3 else loss

    monkeypatch.setattr(Alternation, "swept", lost)
    pca = BregmanPCA(2, tt.sigmoid, tolerance=0.0).fit(y)
    assert pca.solution_.result is Result.DIVERGED
    assert len(pca.losses_) == 3
    assert pca.divergence_ <= pca.losses_[1] * (1 + 1e-9)


def test_the_alternation_may_start_from_any_layer():
    y, _, _ = planted(tt.sigmoid, 0)
    weights = np.full(len(y), 1 / len(y))
    start = principal(y, weights, 2, tt.sigmoid)
    found = alternate(*start, y, weights, sweeps=3, tolerance=0.0, pool=Pool())
    again = alternate(found.layer, found.codes, y, weights, sweeps=1, tolerance=0.0, pool=Pool())
    assert again.losses[-1] <= found.losses[-1] * (1 + 1e-9)
