"""What `tnsolve` computes, held to the claims in `proofs` about risks and bounds; tests are named after claims."""

from dataclasses import replace
from itertools import product
from math import exp, prod

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import entr
from strategies import EPS, cases, dense_design, networks, noise, rounding, seeds, sums

import tnsolve as tn
from tnsolve.algebra.measures import accuracy
from tnsolve.local.ridge import Ridge

SIZE = 8.0
N, CLASSES = 4, 3
logits = arrays(np.float64, (N, CLASSES), elements=st.floats(-SIZE, SIZE, width=32))
probabilities = logits.map(tn.softmax)
classes = arrays(np.int64, N, elements=st.integers(0, CLASSES - 1))
temperatures = st.floats(0.5, 8)
squares = cases(network=networks(outputs=st.just(2)), transfer=st.just(tn.identity), samples=st.integers(1, 3))


def losses(z):
    """The matching loss of each row against each one-hot target : (N, CLASSES)."""
    return np.stack([tn.softmax.loss(z, np.tile(row, (len(z), 1))) for row in np.eye(CLASSES)], axis=1)


def labellings(p):
    """Every assignment of one-hot rows, with its probability under the rows of p."""
    for labels in product(range(p.shape[1]), repeat=len(p)):
        yield prod(p[range(len(p)), labels]), np.eye(p.shape[1])[list(labels)]


def phi(z, labels, temperature):
    """The tempered probability of the true class."""
    return tn.Softmax(temperature)(z)[np.arange(len(z)), labels]


def margins(z, labels):
    """Logit of the true class less the largest other one."""
    own = np.eye(CLASSES, dtype=bool)[labels]
    return z[own] - np.where(own, -np.inf, z).max(axis=1)


@given(logits, probabilities)
def test_distilled_risk_variance(z, p):
    """Given the inputs, labels add the mean of V[loss | x] / N to the variance of the risk and nothing to its mean."""
    each = losses(z)
    soft = np.mean(tn.softmax.loss(z, p) + entr(p).sum(axis=1))
    chances, risks = np.array([(chance, np.mean(tn.softmax.loss(z, y))) for chance, y in labellings(p)]).T
    within = np.sum(p * each**2, axis=1) - np.sum(p * each, axis=1) ** 2
    # A loss is at most 2 SIZE + log CLASSES; sums of CLASSES^N terms, and squares that cancel.
    largest = 2 * SIZE + np.log(CLASSES)
    tolerance = 4 * CLASSES**N * EPS * largest
    assert abs(chances @ risks - soft) <= tolerance
    assert abs(chances @ (risks - soft) ** 2 - np.mean(within) / N) <= 2 * largest * tolerance


def test_distilled_risk_variance_needs_a_predictor_that_has_not_seen_the_labels():
    """Fitted to the one label drawn, the one-hot risk is the same for either label; the distilled one is not."""
    x, p = np.array([[0.3, 0.7]]), np.array([[0.75, 0.25]])
    risks = []
    for y in np.eye(2)[:, None, :]:
        start = tn.Student.principal(x, y, features=tn.monomials(2), transfer=tn.softmax, rank=2)
        z = tn.fit(start, x, y, schedule=tn.Schedule(sweeps=1, ridge=1e-1), workers=1).student.preactivation(x)
        risks.append([tn.softmax.loss(z, target)[0] for target in (y, p)])
    (hard, soft), (other_hard, other_soft) = risks
    assert abs(hard - other_hard) <= 1e-9 < 0.1 < abs(soft - other_soft)


@settings(max_examples=15)
@given(squares, st.data(), st.sampled_from([0.1, 1.0]))
def test_soft_targets_normal_equations(case, data, penalty):
    """Over all labels, b and the solution have the mean of the soft targets; Cov b = Σ_n w_n² J'(diag p − pp')J."""
    p = tn.softmax(case.data.targets)
    region = data.draw(st.sampled_from(case.regions))
    network = case.network.centred(region)
    problem = case.data.problem(network, region)

    def right(y):
        return problem.rmv(problem.weights[:, None] * y).ravel()

    def solution(y):
        return Ridge().solve(replace(problem, targets=y), np.zeros(problem.shape), penalty)[0].ravel()

    design = dense_design(problem).reshape(*p.shape, -1)
    size = np.sum(np.abs(design)) * sums(problem) * 2 ** len(p)
    chances, rights, solutions = zip(*((c, right(y), solution(y)) for c, y in labellings(p)), strict=True)
    centred = np.array(rights) - right(p)
    assert np.linalg.norm(np.array(chances) @ centred) <= size
    rows = problem.weights[:, None, None] * design
    inner = np.einsum("ni,ij->nij", p, np.eye(2)) - np.einsum("ni,nj->nij", p, p)
    covariance = np.einsum("nia,nij,njb->ab", rows, inner, rows)
    found = np.einsum("c,ca,cb->ab", chances, centred, centred)
    assert np.linalg.norm(found - covariance) <= size * np.sum(np.abs(design))
    condition = 1 + np.linalg.norm(design) ** 2 / penalty
    assert np.linalg.norm(np.array(chances) @ np.array(solutions) - solution(p)) <= 4 * size * condition**2 / penalty


@given(cases(transfer=st.just(tn.identity), samples=st.integers(1, 4)), st.data(), st.sampled_from([0.1, 1.0]))
def test_least_squares_optimism(case, data, penalty):
    """A ridge solve spends tr S = Σ e/(e + penalty) parameters, e the eigenvalues of the Gram: at most its rank."""
    region = data.draw(st.sampled_from(case.regions))
    problem = case.data.problem(case.network.centred(region), region)
    units = np.eye(problem.targets.size).reshape(-1, *problem.targets.shape)
    zero = np.zeros(problem.shape)
    fits = [problem.mv(Ridge().solve(replace(problem, targets=y), zero, penalty)[0]).ravel() for y in units]
    design = dense_design(problem)
    scaled = np.repeat(problem.weights, problem.targets.shape[1])[:, None] ** 0.5 * design
    eigenvalues = np.linalg.svd(scaled, compute_uv=False) ** 2
    spent = np.sum(eigenvalues / (eigenvalues + penalty))
    condition = 1 + eigenvalues[0] / penalty
    assert abs(np.trace(fits) - spent) <= 64 * sums(problem) * len(units) * condition**2 * (1 + np.linalg.norm(design))
    assert spent <= min(design.shape)


@given(cases(network=networks(sites=st.integers(2, 5)), transfer=st.just(tn.identity)), st.data())
def test_fewer_parameters_overfit(case, data):
    """More parameters never fit worse: the best tensor of two cores reaches no higher than that of one of them."""
    site = data.draw(st.integers(0, case.network.sites - 2))
    network, penalty = case.network.centred((site,)), 0.1
    reached, slack = [], 0.0
    for region in ((site,), (site, site + 1)):
        problem = case.data.problem(network, region)
        scaled = penalty * exp(-2 * problem.shift)
        theta, info = Ridge().solve(problem, problem.theta(network.merge(region), network.scale), scaled)
        reached.append(info.after)
        slack += noise(problem, theta, scaled)
    assert reached[1] <= reached[0] + slack


@given(logits, classes, temperatures)
def test_softmax_margin_bounds(z, labels, temperature):
    """1/(1 + (k − 1) e^(−M/γ)) ≤ φ_γ ≤ 1/(1 + e^(−M/γ))."""
    odds = np.exp(-margins(z, labels) / temperature)
    p, slack = phi(z, labels, temperature), 64 * EPS * (1 + SIZE / temperature)
    assert np.all(1 / (1 + (CLASSES - 1) * odds) <= p + slack)
    assert np.all(p <= 1 / (1 + odds) + slack)


@given(logits, logits, classes, temperatures)
def test_tempered_softmax_lipschitz(z, other, labels, temperature):
    """|φ_γ(u) − φ_γ(v)| ≤ ‖u − v‖_∞/(2γ) and ≤ √2 ‖u − v‖₂/(4γ)."""
    change = np.abs(phi(z, labels, temperature) - phi(other, labels, temperature))
    slack = 64 * EPS * (1 + SIZE / temperature)
    assert np.all(change <= np.abs(z - other).max(axis=1) / (2 * temperature) + slack)
    assert np.all(change <= 2**0.5 * np.linalg.norm(z - other, axis=1) / (4 * temperature) + slack)


@example(SIZE * np.eye(CLASSES)[[1, 2, 0, 1]], SIZE * np.eye(CLASSES)[[0, 1, 2, 0]], np.array([0, 1, 2, 0]), 1.0)
@given(logits, logits, classes, temperatures)
def test_three_error_sum(f, g, labels, temperature):
    """Share of errors of f ≤ 2 mean(1 − φ_γ(g)) + 2 Φ_γ(f, g)."""
    student = phi(g, labels, temperature)
    apart = np.mean(np.abs(phi(f, labels, temperature) - student))
    slack = 64 * EPS * (1 + SIZE / temperature)
    assert 1 - accuracy(f, labels) <= 2 * np.mean(1 - student) + 2 * apart + slack


def test_three_error_sum_needs_the_factor_two_and_a_soft_training_error():
    """φ(f) = 0.49 errs, φ(g) = 0.51 does not: neither 0 + Φ nor 0.49 + Φ reaches the error 1."""
    right = np.zeros(1, int)
    f, g = (np.log([[share, 1 - share]]) for share in (0.49, 0.51))
    apart = abs(phi(f, right, 1.0) - phi(g, right, 1.0))[0]
    assert 1 - accuracy(f, right) > max(1 - accuracy(g, right), 1 - phi(g, right, 1.0)[0]) + apart


def centre_norm(network):
    """The norm of the centre core of the canonical form."""
    moved = network.centred((network.sites // 2,))
    return exp(moved.scale) * float(np.linalg.norm(moved.cores[moved.centre].data))


@example([], 1, 0)
@given(st.lists(networks(sites=st.just(4), dims=st.just(2), outputs=st.just(1)), max_size=4), st.integers(1, 5), seeds)
def test_rademacher_norm_ball(students, n, seed):
    """Students ± of any rank, unit site vectors: the mean over signs of max (1/n) Σ ε z ≤ B/√n, sharp at n = 1."""
    features = tn.ProductFeatures.of(tn.trigonometric(), 4)
    x = np.random.default_rng(seed).uniform(size=(n, 4))
    cores = [f[:, None, :, None] for f in features(x)]
    echoes = [tn.MPS.of([*(c[i] for c in cores[:-1]), cores[-1][i][..., None]], label=3) for i in range(n)]
    students = [*students, *echoes]
    z = [tn.Student(student, features, tn.identity).preactivation(x)[:, 0] for student in students]
    complexity = np.mean([np.max(np.abs(np.array(z) @ signs)) for signs in product((-1, 1), repeat=n)]) / n
    radius = max(centre_norm(student) for student in students)
    slack = 2 * max(rounding(student, features(x)) for student in students)
    assert complexity <= radius / n**0.5 + slack
    assert n > 1 or complexity >= 1 - slack


@given(networks())
def test_mps_norm(network):
    """The norm of the centre, of the canonical form, is at most the product of the norms of the cores."""
    bound = exp(network.scale) * prod(float(np.linalg.norm(core.data)) for core in network.cores)
    assert centre_norm(network) <= bound + rounding(network)
