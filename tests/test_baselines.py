"""Low-rank baselines: the closed form is never beaten, its residual is the tail, singular data do no harm."""

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import EPS, seeds

import tnsolve as tn
from tnsolve.algebra.linalg import roots
from tnsolve.compression.baselines import affordable_rank, reduced_rank, truncated_svd
from tnsolve.environments.moments import Moments
from tnsolve.networks.low_rank import factors, low_rank
from tnsolve.networks.mpo import MPO
from tnsolve.sweeping.growth import compressed

sizes = st.integers(1, 6)


def semidefinite(rng, size, rank):
    factor = rng.standard_normal((size, rank))
    return factor @ factor.T


def excess(weight, student, covariance, metric):
    difference = student - weight
    return np.sum((metric @ difference @ covariance) * difference)


@st.composite
def jobs(draw):
    """Weight, covariance and metric, either of which may be singular, a rank, and a generator."""
    rows, columns = draw(sizes), draw(sizes)
    rng = np.random.default_rng(draw(seeds))
    covariance = semidefinite(rng, columns, draw(st.integers(1, columns + 2)))
    metric = semidefinite(rng, rows, draw(st.integers(1, rows + 2)))
    return rng.standard_normal((rows, columns)), covariance, metric, draw(st.integers(1, min(rows, columns))), rng


@given(jobs())
def test_the_residual_is_the_tail_of_the_singular_values(job):
    weight, covariance, metric, rank, _ = job
    found = reduced_rank(weight, covariance, rank, metric=metric)
    (outer, outer_inverse), (inner, inner_inverse) = roots(metric), roots(covariance)
    seen = outer @ weight @ inner
    tail = np.sum(np.linalg.svd(seen, compute_uv=False)[rank:] ** 2)
    # The inverse roots amplify rounding by the condition of the parts kept, which `roots` bounds.
    condition = np.linalg.norm(outer_inverse) * np.linalg.norm(inner_inverse)
    slack = 1e4 * EPS * (1 + condition) * np.sum(seen**2)
    assert abs(excess(weight, found.to_dense(), covariance, metric) - tail) <= slack
    assert found.network.parameters == rank * sum(weight.shape)
    assert np.linalg.matrix_rank(found.to_dense()) <= rank


@given(jobs())
def test_no_other_matrix_of_the_rank_is_better(job):
    weight, covariance, metric, rank, rng = job
    found = reduced_rank(weight, covariance, rank, metric=metric)
    own = excess(weight, found.to_dense(), covariance, metric)
    scale = excess(weight, np.zeros_like(weight), covariance, metric)
    for near in (0.0, 1e-3, 1.0):
        left, right = factors(found.network)
        left = left + near * rng.standard_normal(left.shape)
        right = right + near * rng.standard_normal(right.shape)
        assert own <= excess(weight, left @ right, covariance, metric) + 1e-8 * scale
    assert own <= excess(weight, truncated_svd(weight, rank).to_dense(), covariance, metric) + 1e-8 * scale


@given(seeds, sizes, sizes)
def test_without_data_it_is_the_truncated_svd(seed, rows, columns):
    weight = np.random.default_rng(seed).standard_normal((rows, columns))
    full = truncated_svd(weight, min(rows, columns)).to_dense()
    assert np.allclose(full, weight, rtol=0, atol=64 * EPS * np.linalg.norm(weight))
    s = np.linalg.svd(weight, compute_uv=False)
    assert np.linalg.norm(truncated_svd(weight, 1).to_dense() - weight) == pytest.approx(
        np.linalg.norm(s[1:]), abs=1e-12
    )


@given(seeds, sizes, sizes, st.data())
def test_the_bias_is_that_of_least_squares(seed, rows, columns, data):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((9, columns)) + 3, rng.standard_normal((9, rows))
    moments, rank = Moments.of(x, y), data.draw(st.integers(1, min(rows, columns)))
    for found in (reduced_rank(moments, rank), truncated_svd(moments, rank)):
        assert np.allclose(np.mean(y - found(x), axis=0), 0, atol=1e-9 * (1 + np.abs(found.dense).max()))


@given(jobs())
def test_moments_and_their_matrices_are_one(job):
    weight, covariance, metric, rank, _ = job
    moments = Moments.of_covariance(weight, covariance, metric=metric)
    one, other = reduced_rank(moments, rank), reduced_rank(weight, covariance, rank, metric=metric)
    assert np.array_equal(one.to_dense(), other.to_dense())
    assert np.array_equal(reduced_rank(moments, rank=rank).to_dense(), one.to_dense())
    plain = truncated_svd(moments, rank).to_dense(), truncated_svd(weight, rank).to_dense()
    assert np.array_equal(*plain)
    size = excess(weight, 0 * weight, covariance, metric)
    assert moments.excess(one.network) == pytest.approx(
        excess(weight, one.to_dense(), covariance, metric), abs=1e-8 * size
    )


@given(jobs())
def test_its_network_is_an_mpo_whose_centre_is_true(job):
    weight, covariance, metric, rank, _ = job
    for each in ((None, None), (covariance, None), (None, metric), (covariance, metric)):
        found = reduced_rank(weight, each[0], rank, metric=each[1]).network
        assert isinstance(found, MPO) and found.rank == rank
        assert found.outputs == (len(weight), 1) and found.inputs == (1, weight.shape[1])
        assert (found.centre is None) == (each[1] is not None)
        left, right = factors(found)
        assert np.allclose(left @ right, found.to_dense(), rtol=0, atol=64 * EPS * np.linalg.norm(left) ** 2 + 1e-12)
        if found.centre == 1:
            assert np.allclose(left.T @ left, np.eye(rank), atol=64 * EPS * weight.size)
        again = found.centred((0,))
        size = 1 + np.abs(found.to_dense()).max()
        assert np.allclose(
            again.to_dense(), found.to_dense(), rtol=0, atol=1e3 * EPS * size * (1 + np.linalg.norm(right))
        )


def test_a_layer_of_low_rank_is_a_layer_like_others(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 6)) @ rng.standard_normal((6, 6)) + 1
    y = np.tanh(x @ rng.standard_normal((6, 5))) + 2
    moments = Moments.of(x, y, metric=np.diag(np.arange(1.0, 6.0)))
    found = reduced_rank(moments, 3)
    assert np.allclose(found(x), x @ found.to_dense().T + found.bias)
    found.save(tmp_path / "layer")
    assert np.array_equal(tn.Layer.load(tmp_path / "layer")(x), found(x))
    assert moments.loss(tn.polish(found.network, moments)) >= moments.loss(found.network) * (1 - 1e-6)
    swept = tn.compress(moments.best, found.network, inputs=moments, schedule=tn.Schedule(2, ridge=0.0))
    assert swept.losses[-1] >= moments.loss(found.network) * (1 - 1e-6)
    worse = moments.loss(truncated_svd(moments, 3).network)
    assert moments.loss(tn.polish(truncated_svd(moments, 3).network, moments)) < worse
    assert compressed(found.network, tn.Step(rank=2)).rank == 2
    assert moments.loss(reduced_rank(moments, 2).network) >= moments.loss(found.network)


def test_two_factors_are_an_mpo_and_back():
    left, right = np.arange(6.0).reshape(3, 2), np.arange(8.0).reshape(2, 4)
    network = low_rank(left, right)
    assert np.array_equal(network.to_dense(), left @ right) and network.parameters == 14
    assert all(np.array_equal(*pair) for pair in zip(factors(network), (left, right), strict=True))
    assert np.array_equal(low_rank([[1.0], [2.0]], [[3, 4]]).to_dense(), [[3, 4], [6, 8]])
    with pytest.raises(ValueError, match=r"have shapes \(3, 2\) and \(4, 2\)"):
        low_rank(left, right.T)
    with pytest.raises(ValueError, match=r"outputs \(2, 2\) and inputs \(2, 2\)"):
        factors(MPO.random((2, 2), (2, 2), 2))


@pytest.mark.parametrize("unit", [1e-30, 1.0, 1e18])
def test_single_precision_stays_and_has_the_rounding_of_its_own(unit):
    weight = (unit * np.random.default_rng(0).standard_normal((6, 5))).astype(np.float32)
    found = truncated_svd(weight, 5)
    assert found.to_dense().dtype == np.float32
    assert np.max(np.abs(found.to_dense() - weight)) <= 16 * np.finfo(np.float32).eps * np.max(np.abs(weight)) * 6


def test_an_affordable_rank_is_affordable():
    assert affordable_rank(1311, (256, 256)) == 2
    assert affordable_rank(511, (256, 256)) == 0
    assert affordable_rank(10**6, (10, 20)) == 10


def test_a_rank_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"reduced_rank\(rank=3\) of a \(2, 4\) weight must be 1 to 2"):
        reduced_rank(np.ones((2, 4)), None, 3)
    with pytest.raises(ValueError, match=r"truncated_svd\(rank=0\) of a \(2, 4\) weight must be 1 to 2"):
        truncated_svd(np.ones((2, 4)), 0)
    with pytest.raises(ValueError, match=r"reduced_rank\(rank=1.5\)"):
        reduced_rank(Moments.data_free(np.ones((2, 4))), 1.5)
    with pytest.raises(ValueError, match="takes covariance and metric from the Moments"):
        reduced_rank(Moments.data_free(np.ones((2, 4))), np.eye(4), 1)


def test_the_namespace_comes_from_the_argument():
    weight = array_api_strict.asarray(np.arange(6.0).reshape(2, 3))
    found = reduced_rank(weight, array_api_strict.eye(3), 1)
    assert np.allclose(np.asarray(found.to_dense()), truncated_svd(np.arange(6.0).reshape(2, 3), 1).to_dense())
