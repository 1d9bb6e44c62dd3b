"""The polish: it never raises a loss, ends at a stationary point, and frees what sweeps leave stuck."""

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linear import EPS, problems, seeds

import tnsolve.sweeping.polish as home
from tnsolve.environments.moments import Moments
from tnsolve.local.auto import Auto
from tnsolve.networks.cp import CP
from tnsolve.schedule import Step
from tnsolve.sweeping.polish import polish
from tnsolve.sweeping.sweep import sweep


@given(problems())
def test_a_polish_never_raises_the_loss(case):
    network, moments = case
    assert moments.loss(polish(network, moments, steps=5)) <= moments.loss(network)


@given(problems(), seeds)
def test_the_coordinates_of_a_core_are_those_of_its_array_and_slopes_are_their_dual(case, seed):
    network, moments = case
    for site, core in enumerate(network.cores):
        frame = home._Frame.of(moments, network, site)
        flat, other = np.random.default_rng(seed).standard_normal((2, core.data.size))
        array = frame.entries(flat)
        tolerance = 1e4 * EPS * core.data.size * np.linalg.cond(np.atleast_2d(frame.factor))
        assert np.linalg.norm(frame.coordinates(array) - flat) <= tolerance * np.linalg.norm(flat)
        slope = np.random.default_rng(seed + 1).standard_normal(core.data.shape)
        moved = np.vdot(slope, frame.entries(other))
        size = np.linalg.norm(slope) * np.linalg.norm(frame.inverse) * np.linalg.norm(other) * np.exp(-network.scale)
        assert abs(frame.slope(slope) @ other - moved) <= 1e3 * EPS * core.data.size * size


def test_a_polish_ends_where_every_gradient_vanishes():
    rng = np.random.default_rng(0)
    moments = Moments.data_free(rng.standard_normal((6, 8)))
    network = polish(CP.from_dense(moments.cross, (2, 4), (6,), 2), moments, steps=2000, tolerance=0.0)
    _, slopes = moments.gradients(network)
    assert max(np.linalg.norm(slope) for slope in slopes) <= 1e-4 * np.linalg.norm(moments.cross)


def test_a_polish_goes_on_where_sweeps_of_a_canonical_polyadic_form_stall():
    rng = np.random.default_rng(1)
    moments = Moments.data_free(rng.standard_normal((16, 48)))
    network = CP.from_dense(moments.cross, (12, 4), (16,), 10)
    for _ in range(3):
        network = sweep(network, moments, Auto(), Step(ridge=0.0))
    swept = network
    for _ in range(3):
        swept = sweep(swept, moments, Auto(), Step(ridge=0.0))
    assert moments.error(polish(network, moments)) < moments.error(swept)


def test_a_polish_of_an_exact_network_returns_it():
    network = CP.random((2, 3), (2,), 2)
    assert polish(network, Moments.data_free(network.to_dense())) is network


@given(problems(), st.sampled_from([np.float32, np.float64]), st.sampled_from([np.float32, np.float64]))
def test_a_polish_keeps_the_dtype_of_the_cores_and_never_raises_the_loss_in_it(case, dtype, other):
    network, moments = case
    network, moments = network.recast(lambda array: array.astype(dtype)), moments.astype(other)
    found = polish(network, moments, steps=3)
    assert {core.data.dtype for core in found.cores} == {np.dtype(dtype)}
    exact = moments.astype(np.float64)
    assert exact.excess(found) <= exact.excess(network)


def test_single_precision_polishes_as_far_as_double():
    weight = np.random.default_rng(0).standard_normal((16, 16))
    moments, start = Moments.data_free(weight), CP.from_dense(weight, (4, 4), (16,), 4)
    double = polish(start, moments, steps=50)
    single = polish(start.recast(lambda array: array.astype(np.float32)), moments, steps=50)
    assert moments.error(single) <= moments.error(double) + 1e-3


def test_what_cannot_be_polished_is_named():
    moments = Moments.data_free(np.ones((4, 6)))
    network = CP.random((2, 3), (4,), 2)
    for call, error in {
        lambda: polish(CP.random((2, 2), (4,), 2), moments): r"network of shape \(4, 4\) and moments of .* \(4, 6\)",
        lambda: polish(network, moments, steps=-1): r"polish\(steps=...\) is -1",
        lambda: polish(network, moments, steps=2.5): r"polish\(steps=...\) is 2.5",
        lambda: polish(network, moments, tolerance=np.nan): r"polish\(tolerance=...\) is nan",
        lambda: polish(network.recast(array_api_strict.asarray), moments): "works on NumPy arrays",
    }.items():
        with pytest.raises(ValueError, match=error):
            call()
    assert polish(network, moments, steps=0) is network


@given(problems(), st.sampled_from([-300, -60, 50, 300]))
def test_a_polish_has_no_units(case, octaves):
    network, moments = case
    first, *others = (core.data for core in network.cores)
    large = network.filled([first * 2.0**octaves, *others])
    here = polish(network.filled([first, *others]), moments, steps=4)
    there = polish(large, moments.rescaled(2.0**octaves), steps=4)
    assert moments.rescaled(2.0**octaves).error(there) == pytest.approx(moments.error(here), rel=1e-6, abs=1e-7)
