"""`tnsolve` held to the claims of `proofs/sweeps`: each test is named after its claim."""

from math import exp

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from linear import EPS, hessian, problems, regions
from strategies import TRANSFERS, cases, dense, networks, noise, objective, rounding, seeds, sums

import tnsolve.transfer as tt
from tnsolve.algebra.arrays import Pool
from tnsolve.algebra.legs import Core
from tnsolve.environments.moments import Moments
from tnsolve.environments.samples import Samples
from tnsolve.local.newton import Newton
from tnsolve.local.polar import Polar
from tnsolve.local.ridge import Ridge
from tnsolve.networks.layouts import nearest_isometry
from tnsolve.networks.mpo import MPO
from tnsolve.networks.mps import MPS
from tnsolve.problems import Holding, Penalty, Problem, QuadraticProblem
from tnsolve.schedule import Step
from tnsolve.sweeping.sweep import sweep

bounded = cases(transfer=st.sampled_from([each for each in TRANSFERS if each.bound < np.inf]))
squares = cases(network=networks(sites=st.integers(1, 4)), transfer=st.just(tt.identity))
penalties = st.sampled_from([1e-3, 0.1, 1.0])
second = MPO.of([np.reshape([0.0, 1.0], (1, 1, 2, 1)), np.reshape([0.0, 1.0], (1, 2, 1, 1))])  # diag(0, 1)


def at(case, region):
    """The problem of a region, centred there, and its present tensor."""
    network = case.network.centred(region)
    problem = case.data.problem(network, region)
    return problem, problem.theta(network.merge(region), network.scale)


def one_number(transfer, target):
    """The loss of z = theta for one sample and one output."""
    one = np.ones((1, 1))
    return Problem(Holding(("p", "y"), (1, 1), 0.0, Pool(), one, one, one, 1), np.array([[target]]), one[0], transfer)


@given(cases(), penalties)
def test_ridge_on_the_centre(case, ridge):
    """A relative ridge is the same number in true units at every region: that of the whole tensor."""
    whole = dense(case.network)
    mean_square = np.sum(case.data.weights[:, None] * case.data.predict(case.network) ** 2)
    tolerance = 16 * rounding(case.network, case.data.features) / mean_square**0.5
    tolerance += 16 * rounding(case.network) * whole.size**0.5 / np.linalg.norm(whole)
    for region in case.regions:
        found = Penalty.relative(ridge, *at(case, region)).log_ridge
        assert abs(found - np.log(ridge * mean_square / np.sum(whole**2))) <= tolerance


@given(squares, st.data(), penalties)
def test_exact_ridge_decrease(case, data, penalty):
    """An exact solve gains half the quadratic form of its step with the Gram plus the ridge."""
    problem, theta = at(case, data.draw(st.sampled_from(case.regions)))
    best, info = Ridge().solve(problem, theta, penalty)
    gain = (problem.energy(best - theta) + penalty * np.sum((best - theta) ** 2)) / 2
    assert abs(info.before - info.after - gain) <= 8 * (noise(problem, theta, penalty) + noise(problem, best, penalty))


@given(seeds, st.integers(1, 3), st.integers(2, 4))
def test_without_a_ridge_not_unique(seed, outputs, dim):
    """Two copies of one input: what is antisymmetric in them is not seen, and has no part in a ridge solution."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((9, dim))
    data = Samples((rows, rows), rng.standard_normal((9, outputs)), np.full(9, 1 / 9), tt.identity)
    network = MPS.random([dim, dim], outputs, dim, label=0, seed=seed).centred((0, 1))
    problem = data.problem(network, (0, 1))
    core = problem.core(rng.standard_normal(problem.shape))
    exchanged = Core(core.data, tuple({"x0": "x1", "x1": "x0"}.get(leg, leg) for leg in core.legs))
    theta, null = problem.theta(core, 0.0), problem.theta(core, 0.0) - problem.theta(exchanged, 0.0)
    change = objective(problem, theta + null, 0) - objective(problem, theta, 0)
    assert abs(change) <= 4 * noise(problem, theta + null, 0)
    best, _ = Ridge().solve(problem, theta, 1.0)
    condition = np.linalg.norm(problem.gram()) + 1
    size = (np.linalg.norm(theta) + np.linalg.norm(best)) * np.linalg.norm(null)
    assert abs(np.vdot(best, null)) <= 8 * sums(problem) * condition * size


def test_one_ridge_for_a_sweep_may_raise_the_training_loss():
    """One weight, L = (w - 1)^2 / 2: an exact ridge solve raises the training loss and lowers the penalised one."""
    problem, start = one_number(tt.identity, 1.0), np.ones((1, 1, 1, 1))
    found, info = Ridge().solve(problem, start, 1.0)
    assert problem.at(start).value == 0
    assert np.isclose(problem.at(found).value, 1 / 8)
    assert np.isclose(info.before - info.after, 1 / 4)


@given(squares, st.sampled_from([1e-2, 0.3]))
def test_one_ridge_for_a_sweep(case, ridge):
    """The squared steps of the whole tensor over any number of visits add up to at most 2 J / ridge."""
    network, total = case.network.centred((0,)), 0.0
    room = 2 / ridge * case.data.loss(network) + np.sum(dense(network) ** 2)
    for region, onto in network.tour(Step()) * 3:
        network = network.centred(region)
        problem = case.data.problem(network, region)
        theta = problem.theta(network.merge(region), network.scale)
        found, _ = Ridge().solve(problem, theta, ridge * exp(-2 * problem.shift))
        before = dense(network)
        network, _ = network.split(region, problem.core(found), onto, Step(), -problem.shift)
        total += np.sum((dense(network) - before) ** 2)
        assert max(total, np.sum(dense(network) ** 2)) <= room * (1 + 1e4 * sums(problem))


def test_exact_solves_may_stop_short():
    """Rank one from diag(1, a) and the start e2: every solve is exact, none leaves the error 1 for a^2."""
    network, moments = second, Moments.data_free(np.diag([1.0, 0.5]))
    for _ in range(4):
        network = sweep(network, moments, Ridge(), Step(ridge=0.0))
    assert np.isclose(2 * moments.loss(network), 1) and np.allclose(network.to_dense(), np.diag([0, 0.5]))


@given(bounded, st.data(), penalties)
def test_majorised_step_descends(case, data, penalty):
    """A ridge step gains at least half the squared gradient in the inverse of bound Gram + ridge."""
    problem, theta = at(case, data.draw(st.sampled_from(case.regions)))
    better, info = Ridge().solve(problem, theta, penalty)
    slope = problem.columns(problem.at(theta).gradient() + penalty * theta)
    gain = np.vdot(slope, problem.factored(penalty).solve(slope)) / 2
    slack = noise(problem, theta, penalty) + noise(problem, better, penalty)
    assert info.before - info.after >= gain * (1 - 1e3 * sums(problem)) - 8 * slack


def test_newton_needs_curvature():
    """ReLU at -1 with the target 1: Newton sees no bend and stays; the majoriser gains half the squared slope."""
    problem, start = one_number(tt.relu, 1.0), np.full((1, 1, 1, 1), -1.0)
    stays, _ = Newton().solve(problem, start, 0.0)
    assert np.array_equal(stays, start)
    _, info = Ridge().solve(problem, start, 1e-12)
    assert info.before - info.after >= 0.5


def test_halving_ends():
    """F = sqrt(1 + z^2) at 2: Newton's full step climbs to -8; it is halved until the loss falls."""
    problem, start = one_number(tt.algebraic, 0.0), np.full((1, 1, 1, 1), 2.0)
    found, info = Newton().solve(problem, start, 0.0)
    assert problem.at(start - 10).value > problem.at(start).value > problem.at(found).value
    assert info.halvings > 0


@given(st.floats(0, 0.95))
def test_polar_step_descends(small):
    """G = diag(1, 0): with any multiplier below 1 a polar step climbs for some b, with the largest eigenvalue none."""
    gram, start, end = np.diag([1.0, 0.0]), np.array([[-0.6], [0.8]]), np.array([[0.6], [0.8]])
    right = gram @ start - small * start + (1 - small) / 2 * end
    problem = QuadraticProblem(right, 0.0, ("p", "r"), (2, 1), lambda: gram, None, (0.0, 0.0))
    moved = nearest_isometry(problem.core(small * start - problem.at(start).gradient()), ("r",)).data
    assert np.allclose(moved, end)
    assert problem.at(moved).value > problem.at(start).value
    _, info = Polar({frozenset({"p", "r"}): ("r",)}).solve(problem, start, 0.0)
    assert info.after < info.before


def test_a_cut_may_raise_the_loss():
    """Target diag(2, 1), moment diag(1, 9), rank one: two sites leave diag(0, 1) for diag(2, 0), unless guarded."""
    target, seen = np.diag([2.0, 1.0]), np.diag([1.0, 9.0])
    moments = Moments.of_covariance(target, seen)
    step = Step(rank=1, sites=2, ridge=0.0)
    cut, kept = (sweep(second, moments, Ridge(), step, guard=guard) for guard in (None, moments))
    assert np.allclose([moments.loss(each) for each in (second, cut, kept)], [2, 9 / 2, 2])


def grid(weights, targets):
    """Samples (i, j) on a product of two sets of unit vectors, so that the weights alone decide the Gram."""
    first, second = (each.ravel() for each in np.indices(weights.shape))
    features = np.eye(weights.shape[0])[first], np.eye(weights.shape[1])[second]
    return Samples(features, targets.reshape(-1, 1), weights.ravel() / np.sum(weights), tt.identity)


@given(seeds, st.integers(2, 4), st.integers(2, 4), st.integers(1, 2))
def test_a_cut_in_the_loss_metric(seed, rows, columns, rank):
    """The metric cut never raises a loss whose Gram is a product; where it is none, it may."""
    rng = np.random.default_rng(seed)
    product = np.outer(rng.uniform(0.1, 1, rows), rng.uniform(0.1, 1, columns))
    data = grid(product, rng.standard_normal((rows, columns)))
    network = MPS.random([rows, columns], 1, rank, seed=seed)
    found = sweep(network, data, Ridge(), Step(rank=rank, sites=2, ridge=0.0, metric=True))
    condition = np.max(product) / np.min(product)
    assert data.loss(found) <= data.loss(network) + 64 * EPS * condition * np.sum(data.targets**2)
    data = grid(np.array([[1.0, 9.0], [9.0, 1.0]]), np.array([[2.0, 1.0], [1.0, 2.0]]))
    ones = MPS.of([np.ones((1, 2, 1)), np.ones((1, 2, 1, 1))], label=1)
    found = sweep(ones, data, Ridge(), Step(rank=1, sites=2, ridge=0.0, metric=True))
    assert np.isclose(data.loss(ones), 1 / 20) and np.isclose(data.loss(found), 2.5 / 20)


@given(problems(("MPO", "Tree", "mirrored Tree")), st.integers(0, 20))
def test_local_condition(case, place):
    """In canonical gauge the local Gram's eigenvalues lie between those of the whole problem."""
    network, moments = case
    found = regions(network)
    region = found[place % len(found)]
    values = np.linalg.eigvalsh(moments.problem(network.centred(region), region).gram())
    whole = np.linalg.eigvalsh(hessian(moments))
    slack = 1e3 * EPS * len(whole) * whole[-1]
    assert whole[0] - slack <= values[0] and values[-1] <= whole[-1] + slack
