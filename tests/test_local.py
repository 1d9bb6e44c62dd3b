"""Local solvers: none ever raises the objective, and for squared error each finds the minimum of the dense problem."""

from dataclasses import replace

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from strategies import EPS, Case, cases, dense_design, dtypes, noise, objective, strict, sums

import tnsolve as tn
import tnsolve.transfer as tt
from tnsolve.environments.samples import Samples
from tnsolve.local.auto import Auto
from tnsolve.local.newton import Newton
from tnsolve.local.ridge import Ridge
from tnsolve.networks.mps import MPS

penalties = st.sampled_from([1e-3, 0.1, 1.0])
smooth = st.sampled_from([tt.identity, tt.softplus, tt.sigmoid, tt.tanh, tt.softmax, tt.Softmax(temperature=2.0)])
squares = cases(transfer=st.just(tt.identity))
each = pytest.mark.parametrize("local", [Ridge(), Ridge(steps=3), Newton(), Newton(products=2), Auto()], ids=repr)


def at(case, data):
    """A drawn region's problem and its present tensor."""
    region = data.draw(st.sampled_from(case.regions))
    network = case.network.centred(region)
    problem = case.data.problem(network, region)
    return problem, problem.theta(network.merge(region), network.scale)


def normal_equations(problem, penalty):
    """argmin of sum_n w_n |z_n - y_n|^2 / 2 + penalty / 2 |theta|^2 by the dense design, and its Hessian."""
    design = dense_design(problem)
    weights = np.repeat(problem.weights, problem.targets.shape[1])[:, None]
    hessian = design.T @ (weights * design) + penalty * np.eye(design.shape[1])
    return np.linalg.solve(hessian, design.T @ (weights[:, 0] * problem.targets.ravel())).reshape(
        problem.shape
    ), hessian


def solvable(local, problem):
    return problem.transfer.bound < np.inf or not isinstance(local, Ridge)


@each
@given(case=cases(dtype=dtypes), data=st.data(), penalty=penalties)
def test_no_solver_raises_the_objective_and_each_reports_it_truly(local, case, data, penalty):
    problem, theta = at(case, data)
    if not solvable(local, problem):
        with pytest.raises(ValueError, match=r"Ridge.* needs .*bounded slope.*use Newton\(\)"):
            local.solve(problem, theta, penalty)
        return
    better, info = local.solve(problem, theta, penalty)
    assert better.shape == theta.shape
    assert better.dtype == theta.dtype
    assert info.after <= info.before
    for point, said in ((theta, info.before), (better, info.after)):
        tolerance = noise(problem, theta, penalty) + noise(problem, better - theta, penalty)
        assert abs(objective(problem, point, penalty) - said) <= tolerance


@given(case=squares, data=st.data(), penalty=penalties)
def test_ridge_and_newton_find_the_solution_of_the_dense_normal_equations(case, data, penalty):
    problem, theta = at(case, data)
    expected, hessian = normal_equations(problem, penalty)
    condition = np.linalg.cond(hessian)
    size = np.linalg.norm(expected) + np.linalg.norm(theta) + np.max(np.abs(problem.targets)) / penalty**0.5
    exact, _ = Ridge().solve(problem, theta, penalty)
    assert np.linalg.norm(exact - expected) <= 4 * sums(problem) * condition * size
    patient, _ = Newton(products=4 * theta.size + 20, tolerance=1e-9).solve(problem, theta, penalty)
    assert np.linalg.norm(patient - expected) <= (1e-9 + 64 * sums(problem)) * condition * size


@given(case=cases(transfer=smooth), data=st.data(), penalty=penalties)
def test_repeated_newton_steps_end_where_the_gradient_vanishes(case, data, penalty):
    problem, theta = at(case, data)
    solver = Newton(products=4 * theta.size, tolerance=1e-8)
    for _ in range(40):
        theta, info = solver.solve(problem, theta, penalty)
    slope = problem.rmv(problem.residual(problem.mv(theta))) + penalty * theta
    # Armijo's test cannot see a gain below the noise of the objective: |slope|^2 / (2 curvature) <= noise
    curvature = problem.transfer.bound * np.trace(np.atleast_2d(problem.gram())) + penalty
    assert np.sum(slope**2) <= 8 * curvature * (noise(problem, theta, penalty) + EPS * info.after)


@given(case=cases(transfer=smooth), data=st.data(), penalty=penalties)
def test_more_steps_on_one_factor_go_at_least_as_low(case, data, penalty):
    problem, theta = at(case, data)
    once, thrice = (Ridge(steps=steps).solve(problem, theta, penalty)[1] for steps in (1, 3))
    assert once.before == thrice.before
    assert thrice.after <= once.after


@given(share=st.floats(0.01, 0.99), side=st.sampled_from([-1.0, 1.0]))
def test_a_full_step_that_raises_the_objective_a_little_is_not_taken(share, side):
    """log cosh z from just above sinh(2 z) = 4 z: Newton's step overshoots to the other side and ends higher.

    By `share` of 1e-4 of what the slope promises: the edge at which a slack of the wrong sign would let it pass.
    """

    def rise(z):
        slope = -(np.sinh(z) ** 2)
        return np.log(np.cosh(z - np.sinh(2 * z) / 2)) - np.log(np.cosh(z)) + 1e-4 * share * slope

    z = side * brentq(rise, 1.0, 1.2, xtol=1e-15)
    network = MPS.of([np.full((1, 1, 1, 1), z)], label=0, scale=0.0)
    data = Samples((np.ones((1, 1)),), np.zeros((1, 1)), np.ones(1), tt.tanh)
    problem = data.problem(network, (0,))
    theta = problem.theta(network.merge((0,)), network.scale)
    better, info = Newton().solve(problem, theta, 0.0)
    assert info.after < info.before
    assert info.halvings == 1
    assert np.sum(np.abs(problem.mv(better))) < abs(z)


@given(case=cases(), data=st.data(), penalty=penalties)
def test_a_minimum_is_left_alone(case, data, penalty):
    problem, theta = at(case, data)
    theta = 0 * theta
    problem = replace(problem, targets=problem.transfer(problem.mv(theta)))
    still, info = Newton().solve(problem, theta, penalty)
    assert np.array_equal(still, theta)
    assert info.after == info.before


@given(case=cases(), data=st.data())
def test_auto_is_ridge_where_the_gram_is_cheap_or_the_potential_flat_and_newton_elsewhere(case, data):
    problem, theta = at(case, data)
    cheap = problem.quadratic and problem.gram_cost() <= 24 * problem.product_cost()
    exact = cheap or not problem.strict
    chosen = (Ridge() if exact else Newton()).solve(problem, theta, 0.1)
    actual = Auto().solve(problem, theta, 0.1)
    assert actual[1] == chosen[1]
    assert np.array_equal(actual[0], chosen[0])


def test_relu_is_fitted_from_the_zero_function_where_newton_sees_no_curvature():
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (200, 4))
    y = np.maximum(x @ rng.standard_normal((4, 3)), 0)
    start = tn.Student.principal(x, y, features=tn.monomials(2), transfer=tn.relu, rank=4)
    assert np.all(start(x) == 0)
    fitted = tn.fit(start, x, y, schedule=tn.Schedule(sweeps=4, ridge=1e-6)).student
    linear = tn.Student.affine(x, np.asarray(y), features=tn.monomials(2))
    assert np.sum((fitted(x) - y) ** 2) < np.sum((linear(x) - y) ** 2)


@each
@given(case=cases(transfer=smooth), data=st.data(), penalty=penalties)
def test_solvers_in_arrays_that_keep_to_the_standard_agree_with_numpy(local, case, data, penalty):
    region = data.draw(st.sampled_from(case.regions))
    network = case.network.centred(region)
    problem = case.data.problem(network, region)
    theta = problem.theta(network.merge(region), network.scale)
    foreign = strict(Case(network, case.data))
    with array_api_strict.ArrayAPIStrictFlags(boolean_indexing=False, data_dependent_shapes=False):
        other = foreign.data.problem(foreign.network, region)
        found, info = local.solve(other, array_api_strict.asarray(theta), penalty)
    _, expected = local.solve(problem, theta, penalty)
    # a step of CG or of a line search may be decided by rounding; what it gains is then below its tolerance
    gain = expected.before - expected.after
    tolerance = 8 * (noise(problem, theta, penalty) + noise(problem, np.from_dlpack(found), penalty))
    assert abs(info.before - expected.before) <= tolerance
    assert abs(info.after - expected.after) <= tolerance + 1e-2 * gain
    assert abs(objective(problem, np.from_dlpack(found), penalty) - info.after) <= tolerance
