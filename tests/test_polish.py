"""The polish: it never raises a loss, ends at a stationary point, and frees what sweeps leave stuck."""

import numpy as np
from hypothesis import given
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
