"""Isometric cores: polar steps never raise the loss and never leave the isometries."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from linear import EPS, legs, moments, seeds
from test_linear_networks import defect
from test_moments import size_of

from tnsolve.algebra.legs import Core, matrix
from tnsolve.local.polar import Polar
from tnsolve.networks.layouts import nearest_isometry
from tnsolve.networks.mera import MERA
from tnsolve.schedule import Step
from tnsolve.sweeping.sweep import sweep


@given(st.data(), legs(4), st.integers(1, 3), st.booleans(), seeds, st.integers(1, 5))
def test_a_sweep_of_polar_steps_never_rises_and_stays_isometric(data, sizes, rank, mirror, seed, steps):
    network = MERA.random(*sizes, rank, mirrored=mirror, seed=seed).nearest_isometries()
    given_moments = data.draw(moments(network))
    visits = []
    before = given_moments.loss(network)
    local = Polar(network.isometries, steps=steps)
    for _ in range(2):
        network = sweep(network, given_moments, local, Step(ridge=0.0), observe=visits.append)
    noise = 1e4 * EPS * size_of(given_moments, network)
    assert all(visit.info.after <= visit.info.before + noise for visit in visits)
    assert given_moments.loss(network) <= before + noise
    assert all(defect(network, site) <= 1e-12 for site in range(len(network.cores) - 1))


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), seeds)
def test_the_nearest_isometry_is_nearer_than_others(a, b, c, seed):
    rng = np.random.default_rng(seed)
    core = Core(rng.standard_normal((a, b, c)), ("p", "q", "r"))
    nearest = nearest_isometry(core, ("q",))
    w = matrix(nearest, ("p", "r"), ("q",))
    small = w.T @ w if w.shape[0] >= w.shape[1] else w @ w.T
    assert nearest.legs == core.legs and np.allclose(small, np.eye(len(small)), atol=1e-12)
    other = nearest_isometry(Core(rng.standard_normal((a, b, c)), core.legs), ("q",))
    assert np.linalg.norm(core.data - nearest.data) <= np.linalg.norm(core.data - other.data) + 1e-12


def test_the_root_is_solved_freely():
    network = MERA.random((2, 2, 2, 2), (2, 2), 2, seed=3).nearest_isometries()
    target = MERA.random((2, 2, 2, 2), (2, 2), 2, seed=4)
    from tnsolve.environments.moments import Moments

    given_moments = Moments.data_free(5 * target.to_dense())
    problem = given_moments.problem(network, (len(network.cores) - 1,))
    theta, _ = Polar(network.isometries).solve(problem, problem.theta(network.cores[-1], 0.0), 0.0)
    assert np.linalg.norm(problem.at(theta).gradient()) <= 1e-10 * np.linalg.norm(problem.right)
