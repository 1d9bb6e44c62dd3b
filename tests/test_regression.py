"""Generalised linear regression: the gradient vanishes, no step raises the objective, least squares is its case."""

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import EPS, TRANSFERS, seeds

import tnsolve as tn
from tnsolve.sweeping.regression import generalised_regression


def case(seed, transfer, samples=40, columns=4, outputs=3, dtype=np.float64):
    """A design with a constant that the penalty spares, targets that no theta reproduces, unequal weights."""
    rng = np.random.default_rng(seed)
    design = np.column_stack([np.ones(samples), rng.standard_normal((samples, columns - 1))])
    y = transfer(rng.standard_normal((samples, outputs)))
    w = rng.uniform(0.1, 1, samples)
    penalty = np.array([0.0, *rng.uniform(1e-3, 0.1, columns - 1)])
    return tuple(a.astype(dtype) for a in (design, y, w / w.sum(), penalty))


def objective(theta, design, y, w, transfer, penalty):
    return w @ transfer.loss(design @ theta, y) + np.sum(penalty[:, None] * theta**2) / 2


@pytest.mark.parametrize("transfer", TRANSFERS, ids=repr)
@given(seed=seeds)
def test_the_gradient_vanishes(transfer, seed):
    design, y, w, penalty = case(seed, transfer)
    theta = generalised_regression(design, y, w, transfer, penalty)
    gradient = design.T @ (w[:, None] * (transfer(design @ theta) - y)) + penalty[:, None] * theta
    # With M, of norm L, above the Hessian, a majorising step gains at least g'M^-1 g / 2 and leaves no larger g'M^-1 g;
    # Newton's does both nearer the minimum. The last step gained at most 1e-9 of the objective, or rounding.
    slopes = transfer.curvature(design @ theta)[0].max() + 1
    curvature = slopes * np.linalg.norm(design.T * w @ design, 2) + penalty.max()
    excess = 1e-9 * objective(theta, design, y, w, transfer, penalty) + 1e3 * EPS
    assert np.linalg.norm(gradient) ** 2 <= 2 * curvature * excess


@pytest.mark.parametrize("transfer", TRANSFERS, ids=repr)
@given(seed=seeds, steps=st.integers(1, 4))
def test_no_step_raises_the_objective(transfer, seed, steps):
    design, y, w, penalty = case(seed, transfer)
    theta, before = np.random.default_rng(seed).standard_normal((4, 3)), np.inf
    for _ in range(steps):
        after = objective(theta, design, y, w, transfer, penalty)
        assert after <= before + 64 * EPS * (1 + abs(after))
        before = after
        theta = generalised_regression(design, y, w, transfer, penalty, start=theta, steps=1)


@given(seed=seeds, unit=st.sampled_from([1e-150, 1e-5, 1.0, 1e150]))
def test_the_identity_is_ridge_regression_in_any_unit(seed, unit):
    design, y, w, penalty = case(seed, tn.identity)
    theta = generalised_regression(design, unit * y, w, tn.identity, penalty)
    exact = np.linalg.solve(design.T * w @ design + np.diag(penalty), design.T * w @ y)
    condition = np.linalg.cond(design.T * w @ design + np.diag(penalty))
    assert np.allclose(theta / unit, exact, rtol=0, atol=64 * EPS * condition * np.abs(exact).max())


@given(seed=seeds, transfer=st.sampled_from([tn.sigmoid, tn.softmax, tn.exp]))
def test_a_free_constant_makes_the_mean_prediction_that_of_the_targets(seed, transfer):
    design, y, w, penalty = case(seed, transfer)
    theta = generalised_regression(design, y, w, transfer, 100 * penalty)
    gap = w @ (transfer(design @ theta) - y)
    assert np.abs(gap).max() <= 1e-3


@given(seed=seeds, transfer=st.sampled_from([tn.identity, tn.sigmoid, tn.relu, tn.softmax]))
def test_arrays_that_keep_to_the_standard_give_the_same(seed, transfer):
    arrays = case(seed, transfer)
    foreign = [array_api_strict.asarray(a) for a in arrays]
    ours, theirs = (generalised_regression(*part[:3], transfer, part[3]) for part in (arrays, foreign))
    assert np.allclose(np.from_dlpack(theirs), ours, rtol=0, atol=1e-4 * (1 + np.abs(ours).max()))


def test_single_precision_stays_single_and_columns_may_have_any_unit():
    design, y, w, _ = case(0, tn.sigmoid, dtype=np.float32)
    units = np.float32([1, 1e-5, 1e5, 1])
    theta = generalised_regression(design * units, y, w, tn.sigmoid)
    assert theta.dtype == np.float32
    plain = generalised_regression(design, y, w, tn.sigmoid)
    assert np.allclose(theta * units[:, None], plain, rtol=0, atol=1e-2 * np.abs(plain).max())
