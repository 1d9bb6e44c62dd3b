"""Claims on tangent kernels, transfer angles and multiple views, held against local problems and students."""

from dataclasses import replace
from math import exp

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import EPS, cases, dense_design, networks, seeds

import tnsolve as tn
import tnsolve.transfer as tt
from tnsolve.algebra.arrays import Pool
from tnsolve.algebra.legs import Core
from tnsolve.environments.samples import Samples
from tnsolve.local.newton import Newton
from tnsolve.local.ridge import Ridge

gentle = st.sampled_from([tt.identity, tt.softplus, tt.sigmoid, tt.tanh, tt.softmax])
chains = networks(sites=st.integers(2, 5))
VIEWS = np.array([[1, 1, 0.1, 0.1], [1, 0, 0.1, 0.1], [0, 1, 0.1, 0.1]])
ROWS, LABELS = np.concatenate([VIEWS, VIEWS[:, [2, 3, 0, 1]]]), np.repeat([1.0, -1.0], 3)
SHARES = np.array([0.4, 0.05, 0.05] * 2)
ALL, ONE = np.array([1.0, 1, -1, -1]), np.array([1.0, 0, -1, 0])


def near(design, vector):
    """What rounding may do to a product of a vector with the design and its transpose."""
    return 16 * EPS * (sum(design.shape) + 16) * np.linalg.norm(design) ** 2 * np.linalg.norm(vector) + 1e-300


def local(case, data):
    """A drawn core, its local problem, its tensor and the Jacobian of all outputs in that tensor."""
    site = data.draw(st.integers(0, case.network.sites - 1))
    network = case.network.centred((site,))
    problem = case.data.problem(network, (site,))
    return problem, problem.theta(network.merge((site,)), network.scale), dense_design(problem)


def single(rows, targets, transfer=tt.identity):
    """The local problem of a network of one core: a linear model of the rows (N, d)."""
    weights = np.full(len(rows), 1 / len(rows))
    data = Samples((rows,), targets[:, None], weights, transfer, Pool())
    return data.problem(tn.MPS.of([np.zeros((1, rows.shape[1], 1, 1))], label=0), (0,))


def taught(rows, teacher, penalty):
    """The weights of the linear student of a linear teacher, solved from 0."""
    problem = single(rows, rows @ teacher)
    return Ridge().solve(problem, np.zeros(problem.shape), penalty)[0].ravel()


def slopes(student):
    """The weights of an affine student of four inputs, by its values at 0 and at the unit vectors."""
    points = student.preactivation(np.concatenate([np.zeros((1, 4)), np.eye(4)]))[:, 0]
    return points[0], points[1:] - points[0]


@given(cases(chains, transfer=gentle, samples=st.integers(2, 12)), st.data())
def test_tangent_kernel_flow(case, data):
    """Outputs move by minus the kernel times the slope of the loss, those of inputs that are not trained on too."""
    weights = np.concatenate([[0.0], case.data.weights[1:] / case.data.weights[1:].sum()])
    problem, theta, jacobian = local(replace(case, data=replace(case.data, weights=weights)), data)
    slope = problem.residual(problem.mv(theta))
    moved = problem.mv(-problem.rmv(slope))
    assert np.allclose(moved.ravel(), -jacobian @ jacobian.T @ slope.ravel(), rtol=0, atol=near(jacobian, slope))


@given(cases(chains, transfer=gentle), st.data())
def test_training_loss_falls(case, data):
    """The kernel is positive semidefinite, and a short enough step along the flow lowers the loss."""
    problem, theta, jacobian = local(case, data)
    kernel = jacobian @ jacobian.T
    assert np.linalg.eigvalsh(kernel)[0] >= -near(jacobian, np.ones(1))
    gradient = problem.rmv(problem.residual(problem.mv(theta)))
    step = 1 / (problem.bound * np.linalg.norm(kernel, 2) + 1e-300)
    before, after = (problem.loss(problem.mv(at)) for at in (theta, theta - step * gradient))
    reach = 1 + np.abs(problem.mv(theta)).max() + np.abs(problem.targets).max()
    assert after <= before - step / 2 * np.sum(gradient**2) + 64 * EPS * sum(jacobian.shape) * reach**2


@given(cases(chains, transfer=st.just(tt.identity)), seeds)
def test_kernel_of_a_linear_model(case, seed):
    """The Jacobian in one core does not depend on that core; it does on the others."""

    def jacobian(site, data):
        core = case.network.cores[site]
        cores = tuple(Core(data, core.legs) if s == site else c for s, c in enumerate(case.network.cores))
        network = replace(case.network, cores=cores)
        problem = case.data.problem(network, (0,))
        return exp(network.scale + problem.shift) * dense_design(problem)

    first, second = (core.data for core in case.network.cores[:2])
    before = jacobian(0, first)
    other = np.random.default_rng(seed).standard_normal(first.shape)
    assert np.allclose(jacobian(0, other), before, rtol=0, atol=64 * EPS * np.abs(before).max())
    assert np.allclose(jacobian(1, 3 * second), 3 * before, rtol=0, atol=256 * EPS * np.abs(before).max())


@given(seeds, st.integers(1, 5), st.integers(5, 8))
def test_constant_kernel_flow(seed, samples, columns):
    """Where the flow ends, a linear student predicts other inputs as kernel regression does."""
    rng = np.random.default_rng(seed)
    rows, fresh, teacher = (rng.standard_normal((n, columns)) for n in (samples, 3, 1))
    kernel = rows @ rows.T + samples * 1e-3 * np.eye(samples)
    expected = fresh @ rows.T @ np.linalg.solve(kernel, rows @ teacher[0])
    error = 64 * EPS * (1 + np.linalg.norm(rows) ** 2 / (samples * 1e-3)) * np.linalg.norm(fresh)
    assert np.allclose(fresh @ taught(rows, teacher[0], 1e-3), expected, rtol=0, atol=error * np.linalg.norm(teacher))


@given(seeds, st.integers(1, 5), st.integers(2, 8))
def test_linear_student_projects(seed, samples, columns):
    """The student is the projection of its teacher on the span of the inputs, and |Pw|/|w| the cosine of the angle."""
    rng = np.random.default_rng(seed)
    rows, teacher = rng.standard_normal((samples, columns)), rng.standard_normal(columns)
    smallest = np.linalg.svd(rows)[1][-1] ** 2 / samples
    assume(smallest > 1e-2)
    penalty = 1e-7
    student, projected = taught(rows, teacher, penalty), np.linalg.pinv(rows) @ rows @ teacher
    error = penalty / smallest + 64 * EPS * np.linalg.norm(rows) ** 2 / min(penalty, smallest)
    size = np.linalg.norm(teacher)
    assert np.allclose(student, projected, rtol=0, atol=error * size)
    cosine = student @ teacher / (np.linalg.norm(student) * size)
    assert cosine == pytest.approx(np.linalg.norm(projected) / size, abs=4 * error * size / np.linalg.norm(projected))


@given(seeds, st.integers(1, 6), st.integers(2, 8), st.floats(1e-3, 1e3))
def test_transfer_angle_bound(seed, samples, columns, penalty):
    """A ridge student is at an acute angle to its teacher, as the bound assumes: <w, w^> is at least |w^|^2."""
    rng = np.random.default_rng(seed)
    rows, teacher = rng.standard_normal((samples, columns)), rng.standard_normal(columns)
    student = taught(rows, teacher, penalty)
    size = np.linalg.norm(teacher)
    error = 64 * EPS * (1 + np.linalg.norm(rows) ** 2 / (samples * penalty)) * size
    assert student @ teacher > 0
    assert student @ teacher >= student @ student - error * size


@pytest.mark.parametrize("samples", range(1, 6))
def test_angle_of_isotropic_inputs(samples):
    """On average the squared cosine of the transfer angle is the number of inputs over the dimension."""
    rng, columns, trials = np.random.default_rng(samples), 6, 400
    teacher = np.eye(columns)[0]
    squares = [np.sum(taught(rng.standard_normal((samples, columns)), teacher, 1e-12) ** 2) for _ in range(trials)]
    spread = np.sqrt(2 * samples * (columns - samples) / (columns**2 * (columns + 2)) / trials)
    assert abs(np.mean(squares) - samples / columns) < 5 * spread


@given(seeds, st.integers(1, 3))
def test_one_minimum(seed, columns):
    """Where the inputs span the weights, a student of soft labels ends at its teacher from every start."""
    rng = np.random.default_rng(seed)
    rows, teacher = rng.standard_normal((12, columns)), rng.standard_normal(columns)
    assume(np.linalg.svd(rows)[1][-1] > 1)
    problem = single(rows, tt.sigmoid((rows @ teacher)[:, None])[:, 0], tt.sigmoid)
    theta = rng.standard_normal(problem.shape)
    for _ in range(30):
        theta, _ = Newton(products=50, tolerance=1e-12).solve(problem, theta, 0.0)
    steepness = tt.sigmoid(-np.abs(rows @ teacher)).min() / 2
    # The loss is compared to eps, so its argument is known to the root of that over the least curvature.
    assert np.allclose(theta.ravel(), teacher, rtol=0, atol=64 * np.sqrt(EPS / steepness))


@pytest.mark.parametrize("single_rows", [0.1, 0.2, 0.7])
def test_least_squares_sees_all_views(single_rows):
    """Least squares on hard labels weighs all four features alike, by 5(9 - 5 mu)/(81 - 65 mu)."""
    shares = np.array([(1 - single_rows) / 2, single_rows / 4, single_rows / 4] * 2)
    student = tn.Student.affine(ROWS, LABELS[:, None], features=tn.monomials(2), weights=shares, ridge=1e-13)
    offset, weights = slopes(student)
    expected = 5 * (9 - 5 * single_rows) / (81 - 65 * single_rows) * ALL
    # The smallest second moment is mu / 2, and the ridge is relative to their mean, below 1.
    error = (1e-13 + 256 * EPS) / (single_rows / 2)
    assert np.allclose([offset, *weights], [0, *expected], rtol=0, atol=4 * error)
    assert np.all(LABELS * student(ROWS)[:, 0] > 0)


@pytest.mark.parametrize(("teacher", "right"), [(ALL, 1.0), (ONE, 0.9)], ids=["ensemble", "one view"])
def test_distilled_views(teacher, right):
    """A student of soft labels has its teacher's features and accuracy."""
    soft = tt.sigmoid((ROWS @ teacher)[:, None])
    settings = {"features": tn.monomials(2), "transfer": tn.sigmoid, "weights": SHARES}
    offset, weights = slopes(tn.Student.affine(ROWS, soft, ridge=1e-12, **settings))
    # The least curvature, of a second moment 0.05 and a slope of the sigmoid above 0.1, bounds what the ridge does.
    assert np.allclose([offset, *weights], [0, *teacher], rtol=0, atol=4 * 1e-12 / (0.05 * 0.1))
    assert np.sum(SHARES * (LABELS * (ROWS @ weights + offset) > 1e-8)) == pytest.approx(right)


def test_training_rows_are_test_rows():
    """On the data as printed a sweep on hard labels is right everywhere: there is nothing to memorise."""
    drawn, classes = np.random.default_rng(0).choice(6, 200, p=SHARES), (LABELS < 0).astype(int)
    x, y = ROWS[drawn], classes[drawn]
    start = tn.Student.principal(x, y, features=tn.monomials(2), transfer=tn.softmax, rank=3)
    student = tn.fit(start, x, y, schedule=tn.Schedule(sweeps=3, ridge=1e-3), workers=1).student
    assert np.all(student(ROWS).argmax(axis=1) == classes)
