"""Low-rank baselines: the closed form is never beaten, its residual is the tail, singular data do no harm."""

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import EPS, seeds

from tnsolve.compression.baselines import affordable_rank, reduced_rank, refitted_bias, roots, truncated_svd

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
    seen = roots(metric, len(metric), weight)[0] @ weight @ roots(covariance, len(covariance), weight)[0]
    tail = np.sum(np.linalg.svd(seen, compute_uv=False)[rank:] ** 2)
    # The inverse roots amplify rounding by the condition of the parts kept, which `roots` bounds.
    condition = np.linalg.norm(roots(metric, len(metric), weight)[1]) * np.linalg.norm(
        roots(covariance, len(covariance), weight)[1]
    )
    slack = 1e4 * EPS * (1 + condition) * np.sum(seen**2)
    assert abs(excess(weight, found.to_dense(), covariance, metric) - tail) <= slack
    assert found.parameters == rank * sum(weight.shape)
    assert np.linalg.matrix_rank(found.to_dense()) <= rank


@given(jobs())
def test_no_other_matrix_of_the_rank_is_better(job):
    weight, covariance, metric, rank, rng = job
    found = reduced_rank(weight, covariance, rank, metric=metric)
    own = excess(weight, found.to_dense(), covariance, metric)
    scale = excess(weight, np.zeros_like(weight), covariance, metric)
    for near in (0.0, 1e-3, 1.0):
        left = found.left + near * rng.standard_normal(found.left.shape)
        right = found.right + near * rng.standard_normal(found.right.shape)
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


@given(seeds, sizes, sizes)
def test_the_bias_is_that_of_least_squares(seed, rows, columns):
    rng = np.random.default_rng(seed)
    x, y, student = (
        rng.standard_normal((9, columns)),
        rng.standard_normal((9, rows)),
        rng.standard_normal((rows, columns)),
    )
    bias = refitted_bias(student, x.mean(axis=0), y.mean(axis=0))
    assert np.allclose(np.mean(y - x @ student.T - bias, axis=0), 0, atol=1e-12)


def test_an_affordable_rank_is_affordable():
    assert affordable_rank(1311, (256, 256)) == 2
    assert affordable_rank(511, (256, 256)) == 0
    assert affordable_rank(10**6, (10, 20)) == 10


def test_a_rank_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"reduced_rank\(rank=3\) of a \(2, 4\) weight must be 1 to 2"):
        reduced_rank(np.ones((2, 4)), None, 3)


def test_the_namespace_comes_from_the_argument():
    weight = array_api_strict.asarray(np.arange(6.0).reshape(2, 3))
    found = reduced_rank(weight, array_api_strict.eye(3), 1)
    assert np.allclose(np.asarray(found.to_dense()), truncated_svd(np.arange(6.0).reshape(2, 3), 1).to_dense())
