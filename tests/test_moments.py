"""Second moments: the Gram is the explicit one, the loss is that of the samples, however they came."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linear import EPS, by_einsum, condition, hessian, jacobian, networks, problems, regions, rounding, seeds
from linear import moments as moments_for

import tnsolve.environments.doubled as home
from tnsolve.environments.metrics import Metric
from tnsolve.environments.moments import Moments
from tnsolve.local.auto import Auto
from tnsolve.local.newton import Newton
from tnsolve.local.ridge import Ridge
from tnsolve.networks.cp import CP
from tnsolve.networks.mpo import MPO
from tnsolve.networks.tree import Tree
from tnsolve.schedule import Step
from tnsolve.sweeping.sweep import sweep


def region_of(network, place):
    found = regions(network)
    return found[place % len(found)]


def size_of(given, network):
    """The scale of a loss: what there is to explain, and what the network makes."""
    weight = network.to_dense()
    return given.power + np.linalg.norm(hessian(given)) * np.linalg.norm(weight) ** 2 + 1


# -- the problem ---------------------------------------------------------------------------------------------------


@given(problems(), st.integers(0, 20))
def test_the_gram_and_the_right_hand_side_are_the_explicit_ones(case, place):
    network, moments = case
    region = region_of(network, place)
    network = network.centred(region)
    problem = moments.problem(network, region)
    design = jacobian(network, region, problem)
    full = hessian(moments)
    whole = design.T @ full @ design
    expanded = np.kron(problem.gram(), np.eye(problem.shape[1]))
    tolerance = 1e3 * EPS * (1 + np.linalg.norm(full)) * (1 + np.linalg.norm(design)) ** 2
    assert np.max(np.abs(expanded - whole)) <= tolerance
    right = design.T @ full @ moments.best.ravel()
    assert np.max(np.abs(problem.right.ravel() - right)) <= tolerance * (1 + np.linalg.norm(moments.best)) * condition(
        moments
    )


@given(problems(), st.integers(0, 20), seeds)
def test_products_without_the_gram_are_products_with_it(case, place, seed):
    network, moments = case
    region = region_of(network, place)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(home, "PRODUCTS", 0)
        problem = moments.problem(network.centred(region), region)
    theta = np.random.default_rng(seed).standard_normal(problem.shape)
    gram = problem.gram()
    assert np.allclose(problem.product(theta), gram @ theta, atol=1e3 * EPS * (1 + np.linalg.norm(gram)), rtol=1e-10)
    assert np.isclose(problem.mean_eigenvalue(), np.trace(gram) / len(gram))


@given(problems(), st.integers(0, 20), seeds)
def test_a_problem_knows_the_loss_its_slope_and_its_parabolas(case, place, seed):
    network, moments = case
    region = region_of(network, place)
    network = network.centred(region)
    problem = moments.problem(network, region)
    theta = problem.theta(network.merge(region), network.scale)
    point, tolerance = problem.at(theta), 1e4 * EPS * size_of(moments, network)
    assert abs(point.value - moments.loss(network)) <= tolerance
    direction = np.random.default_rng(seed).standard_normal(theta.shape)
    line = point.line(direction)
    further = problem.at(theta + 0.5 * direction).value
    bound = tolerance * (1 + np.linalg.norm(problem.gram())) * (1 + np.linalg.norm(direction)) ** 2
    assert abs(line(0.5) - further) <= bound
    slope = (line(1e-3) - line(-1e-3)) / 2e-3
    assert abs(slope - np.vdot(point.gradient(), direction)) <= 1e3 * bound


@given(problems())
def test_the_gradient_of_every_core_is_that_of_its_problem(case):
    network, moments = case
    network = network.filled([core.data for core in network.cores])
    value, slopes = moments.gradients(network)
    tolerance = 1e4 * EPS * size_of(moments, network)
    assert abs(value - moments.loss(network)) <= tolerance
    for site, slope in enumerate(slopes):
        problem = moments.problem(network, (site,))
        theta = problem.theta(network.cores[site], network.scale)
        expected = problem.core(problem.at(theta).gradient())
        order = [expected.legs.index(leg) for leg in network.cores[site].legs]
        bound = tolerance * (1 + np.linalg.norm(problem.gram()))
        gradient = np.exp(network.scale) * expected.data.transpose(order)
        assert np.max(np.abs(slope - gradient)) <= bound * condition(moments)


@given(problems(("MPO", "Tree", "MERA", "CP")), st.integers(1, 2))
def test_arrays_of_the_standard_suffice(case, sweeps):
    network, moments = case
    network = network.filled([core.data for core in network.cores])
    asarray = array_api_strict.asarray
    other = network.filled([asarray(core.data) for core in network.cores])
    names = ("cross", "covariance", "targets", "mean_x", "mean_y", "teacher")
    arrays = {name: getattr(moments, name) for name in names}
    strict = replace(moments, **{name: None if a is None else asarray(a) for name, a in arrays.items()}, metric=None)
    strict = strict.with_metric(moments.metric and Metric(asarray(moments.metric.matrix), moments.metric.kind))
    for _ in range(sweeps):
        network = sweep(network, moments, Ridge(), Step(ridge=1e-2))
        other = sweep(other, strict, Ridge(), Step(ridge=1e-2))
    difference = np.asarray(other.to_dense()) - network.to_dense()
    assert np.max(np.abs(difference)) <= 1e-6 * (1 + np.max(np.abs(network.to_dense())))
    assert abs(strict.loss(other) - moments.loss(network)) <= 1e-6 * size_of(moments, network)


# -- what it is the loss of ----------------------------------------------------------------------------------------


@given(networks(), seeds, st.booleans(), st.booleans())
def test_the_loss_is_the_mean_over_samples(network, seed, centred, weighted):
    rng = np.random.default_rng(seed)
    weight = network.to_dense()
    rows, columns = weight.shape
    x = rng.standard_normal((2 * columns + 3, columns)) + 1
    y = np.tanh(x @ rng.standard_normal((columns, rows))) + 2
    half = rng.standard_normal((rows, rows + 1))
    metric = half @ half.T if weighted else None
    moments = Moments.of(x, y, metric=metric, centred=centred)
    bias = moments.bias(weight) if centred else 0.0
    errors = y - x @ weight.T - bias
    direct = np.mean(np.sum((errors @ metric if weighted else errors) * errors, axis=1)) / 2
    condition = np.linalg.cond(x - x.mean(axis=0)) ** 2 + np.linalg.cond(x) ** 2
    assert abs(moments.loss(network) - direct) <= 1e3 * EPS * condition * size_of(moments, network)
    if centred:
        shifted = errors + 0.1
        assert np.mean(np.sum((shifted @ metric if weighted else shifted) * shifted, axis=1)) / 2 >= direct - 1e-9
    assert moments.loss(network) >= moments.floor >= 0


@given(networks(("MPO",)), seeds, st.integers(1, 4), st.booleans())
def test_moments_of_parts_add(network, seed, parts, centred):
    rng = np.random.default_rng(seed)
    weight = network.to_dense()
    x = rng.standard_normal((20 + parts, weight.shape[1])) + 3
    y = x @ weight.T + rng.standard_normal(weight.shape[0])
    metric = np.diag(rng.uniform(0.5, 2, weight.shape[0]))
    whole = Moments.of(x, y, metric=metric, centred=centred)
    blocks = zip(np.array_split(x, parts), np.array_split(y, parts), strict=True)
    streamed = Moments.streamed(blocks, metric=metric, centred=centred)
    assert streamed.samples == whole.samples
    for name in ("cross", "covariance", "mean_x", "mean_y", "power"):
        one, other = getattr(streamed, name), getattr(whole, name)
        assert np.allclose(one, other, rtol=1e-10, atol=1e3 * EPS * (1 + np.max(np.abs(other))))


def test_moments_without_samples_do_not_add():
    free = Moments.data_free(np.ones((2, 3)))
    with pytest.raises(ValueError, match="no samples to add"):
        free + free


@given(networks(("MPO", "MERA")), seeds)
def test_a_layer_is_its_own_target(network, seed):
    rng = np.random.default_rng(seed)
    weight, bias = network.to_dense(), rng.standard_normal(network.to_dense().shape[0])
    x = rng.standard_normal((40, weight.shape[1])) + 1
    direct, short = Moments.of(x, x @ weight.T + bias), Moments.of_layer(x, weight, bias)
    for name in ("cross", "covariance", "mean_x", "mean_y", "power"):
        one, other = getattr(short, name), getattr(direct, name)
        assert np.allclose(one, other, rtol=1e-9, atol=1e3 * EPS * (1 + np.max(np.abs(weight))))
    assert short.floor <= 1e3 * EPS * short.power
    assert short.error(network) <= 1e-7
    assert np.allclose(short.bias(weight), bias, atol=1e-9)


def test_fewer_samples_than_inputs_leave_a_least_norm_best():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((5, 12)), rng.standard_normal((5, 4))
    moments = Moments.of(x, y, centred=False)
    assert np.allclose(moments.best, np.linalg.lstsq(x, y, rcond=None)[0].T)
    assert moments.floor <= 1e-12


@given(problems())
def test_padding_changes_no_loss(case):
    network, moments = case
    weight = network.to_dense()
    rows, columns = weight.shape
    wide = moments.padded(rows + 1, columns + 2)
    around = np.zeros((rows + 1, columns + 2))
    around[:rows, :columns] = weight
    padded = MPO.from_dense(around, (columns + 2,), (rows + 1,), 1)
    assert abs(wide.loss(padded) - moments.loss(network)) <= 1e4 * EPS * size_of(moments, network)


# -- solves and sweeps ---------------------------------------------------------------------------------------------


@given(networks(("MPO", "Tree", "MERA")), st.integers(0, 20), seeds, st.sampled_from([1e-2, 0.3]))
def test_a_solve_on_moments_is_the_solve_on_samples(network, place, seed, penalty):
    region = region_of(network, place)
    network = network.centred(region)
    rng = np.random.default_rng(seed)
    rows, columns = network.to_dense().shape
    x, y = rng.standard_normal((3 * columns, columns)), rng.standard_normal((3 * columns, rows))
    moments = Moments.of(x, y, centred=False)
    problem = moments.problem(network, region)
    start = problem.theta(network.merge(region), network.scale)
    theta, _ = Ridge().solve(problem, start, penalty)
    maps = jacobian(network, region, problem).T.reshape(-1, rows, columns)
    design = np.stack([(x @ map.T).ravel() for map in maps], axis=1) / len(x) ** 0.5
    padded = np.vstack([design, penalty**0.5 * np.eye(design.shape[1])])
    target = np.concatenate([y.ravel() / len(x) ** 0.5, np.zeros(design.shape[1])])
    direct = np.linalg.lstsq(padded, target, rcond=None)[0]
    assert np.linalg.norm(theta.ravel() - direct) <= 1e-8 * (1 + np.linalg.norm(direct))


@given(problems(), st.sampled_from([Ridge(), Newton(), Auto()]), st.sampled_from([1e-6, 1e-2]))
def test_no_visit_of_a_one_site_sweep_raises_the_loss(case, local, ridge):
    network, moments = case
    visits = []
    before = moments.loss(network)
    noise = 1e4 * EPS * size_of(moments, network)
    for _ in range(2):
        network = sweep(network, moments, local, Step(ridge=ridge), observe=visits.append)
    assert all(visit.info.after <= visit.info.before + noise for visit in visits)
    final = visits[-1].info.after
    assert moments.loss(network) <= final + noise
    assert final <= before + ridge * 1e3 * size_of(moments, network) + noise


@given(problems(("MPO", "Tree", "mirrored Tree")))
def test_the_penalised_loss_falls_along_the_whole_sweep(case):
    network, moments = case
    network = network.centred((0,))
    visits = []
    sweep(network, moments, Ridge(), Step(ridge=1e-3), observe=visits.append)
    values = [value for visit in visits for value in (visit.info.before, visit.info.after)]
    noise = 1e4 * EPS * size_of(moments, network)
    assert all(later <= earlier + noise for earlier, later in pairwise(values))


@given(problems(("MPO", "Tree", "mirrored Tree")), st.integers(1, 2))
def test_what_is_remembered_changes_nothing(case, sites):
    network, moments = case
    step = Step(ridge=1e-3, sites=sites, rank=3)
    seen = []

    class Forgetful:
        def problem(self, network, region):
            return replace(moments).problem(network, region)

    remembering, forgetting = network, network
    for _ in range(2):
        remembering = sweep(remembering, moments, Ridge(), step, observe=seen.append)
        forgetting = sweep(forgetting, Forgetful(), Ridge(), step)
    assert all(np.array_equal(a.data, b.data) for a, b in zip(remembering.cores, forgetting.cores, strict=True))


@given(st.sampled_from([MPO, Tree]), seeds)
def test_two_sites_find_a_matrix_of_low_rank(family, seed):
    hidden = family.random((2, 3, 2), (2, 2, 2), 2, seed=seed)
    moments = Moments.data_free(hidden.to_dense())
    network = family.random((2, 3, 2), (2, 2, 2), 1, seed=seed + 1)
    for _ in range(6):
        network = sweep(network, moments, Auto(), Step(ridge=0.0, sites=2, rank=4, cutoff=1e-14))
    assert moments.error(network) <= 1e-6


@given(problems(("MPO", "Tree")))
def test_the_loss_has_no_gauge(case):
    network, moments = case
    noise = 1e4 * EPS * size_of(moments, network)
    for site in range(len(network.cores)):
        assert abs(moments.loss(network.centred((site,))) - moments.loss(network)) <= noise


@given(networks(("MPO", "Tree", "mirrored Tree")), st.integers(0, 20), seeds)
def test_white_inputs_in_canonical_gauge_need_no_gram(network, place, seed):
    region = region_of(network, place)
    network = network.centred(region)
    weight = np.random.default_rng(seed).standard_normal(network.to_dense().shape)
    problem = Moments.data_free(weight).problem(network, region)
    assert problem.form is None and problem.gram_cost() == 0
    design = jacobian(network, region, problem)
    assert np.allclose(design.T @ design, np.eye(design.shape[1]), atol=1e3 * EPS * design.size)
    theta, _ = Auto().solve(problem, np.zeros(problem.shape), 0.5)
    assert np.allclose(theta, problem.right / 1.5)


@given(networks(("MPO", "Tree", "mirrored Tree")), st.integers(0, 20), st.sampled_from([0.0, 1e-9, 1e-3, 1.0]), seeds)
def test_the_excess_is_the_distance_even_where_it_is_read_off_the_centre(network, place, far, seed):
    network = network.centred((place % len(network.cores),))
    matrix = network.to_dense()
    weight = matrix + far * np.random.default_rng(seed).standard_normal(matrix.shape)
    distance = np.linalg.norm(matrix - weight) ** 2
    read_off = 1e3 * EPS * matrix.size * (np.linalg.norm(matrix) + np.linalg.norm(weight)) ** 2
    assert abs(Moments.data_free(weight).excess(network) - distance) <= read_off


@pytest.mark.parametrize("seed", range(8))
def test_an_exact_network_has_no_error_to_be_lost_in_rounding(seed):
    network = MPO.random((4, 3), (3, 2), 3, seed=seed).centred((0,))
    assert Moments.data_free(network.to_dense()).error(network) <= 100 * EPS


def test_the_oracle_agrees_with_itself():
    network = MPO.random((2, 3), (2, 2), 2)
    assert np.allclose(by_einsum(network), network.to_dense(), atol=rounding(network))


# -- what cuts and growth ask --------------------------------------------------------------------------------------


def branch_of(network, child):
    """A core's parent and everything that lies behind it, seen from the label."""
    parent = {below: above for above, below in network.topology.outward(network.label)}
    behind = [child]
    for above, below in network.topology.outward(child):
        if above in behind and below != parent.get(child):
            behind.append(below)
    return parent.get(child), [site for site in behind if site != child]


@given(problems(), st.integers(0, 20), st.data())
def test_a_moment_is_the_gram_with_the_other_legs_joined(case, place, data):
    network, moments = case
    region = region_of(network, place)
    network = network.centred(region) if data.draw(st.booleans()) else network
    problem = moments.problem(network, region)
    design = jacobian(network, region, problem)
    gram = (design.T @ hessian(moments) @ design).reshape(*problem.dims, *problem.dims)
    legs = tuple(leg for leg in data.draw(st.permutations(problem.legs)) if data.draw(st.booleans()))
    numbers = {leg: k for k, leg in enumerate(problem.legs)}
    primes = {leg: k + (len(numbers) if leg in legs else 0) for leg, k in numbers.items()}
    ends = [numbers[leg] for leg in legs] + [primes[leg] for leg in legs]
    expected = np.einsum(gram, [*numbers.values(), *primes.values()], ends)
    found = moments.moment(network, region, legs)
    size = np.prod([problem.dims[numbers[leg]] for leg in legs], dtype=int)
    assert found.shape == (size, size)
    assert np.allclose(found, expected.reshape(size, size), rtol=0, atol=1e4 * EPS * (1 + np.abs(gram).sum()))


@st.composite
def deep_problems(draw):
    """Chains and trees with branches of several cores, and moments for them."""
    family = draw(st.sampled_from([MPO, Tree]))
    network = family.random((2, 1, 2, 1, 2, 2, 1, 2), (2, 1, 2, 1, 1, 1, 1), 2, seed=draw(seeds))
    return network, draw(moments_for(network))


@given(problems(("MPO", "Tree", "mirrored Tree")) | deep_problems(), st.integers(0, 20))
def test_growth_is_the_unfolded_slope(case, place):
    network, moments = case
    edges = network.topology.outward(network.label)
    if not edges:
        return
    child = edges[place % len(edges)][1]
    parent, behind = branch_of(network, child)
    bond = network.topology.bonds[parent, child]
    legs = tuple(leg for leg in network.cores[child].legs if leg != bond)
    slope = moments.slope(network.to_dense()).reshape(*network.outputs, *network.inputs)
    letters = {leg: k for k, leg in enumerate((*network.output_legs, *network.input_legs))}
    terms = [slope, list(letters.values())]
    for site in behind:
        core = network.cores[site]
        terms += [core.data, [letters.setdefault(leg, len(letters)) for leg in core.legs]]
    used = {leg for site in behind for leg in network.cores[site].legs}
    rest = [leg for leg in (*network.output_legs, *network.input_legs) if leg not in used and leg not in legs]
    for leg in legs:
        if leg not in letters:
            terms += [np.ones(1), [letters.setdefault(leg, len(letters))]]
    whole = np.einsum(*terms, [letters[leg] for leg in (*legs, *rest)])
    whole = whole.reshape(int(np.prod(network.cores[child].dims(legs))), -1)
    found = moments.growth(network, (child,), legs)
    assert np.allclose(found, whole @ whole.T, rtol=1e-9, atol=1e3 * EPS * (1 + np.sum(whole**2)))


def test_growth_of_a_chain_is_the_singular_vectors_of_what_is_missing():
    rng = np.random.default_rng(0)
    weight = rng.standard_normal((16, 16))
    network = MPO.from_dense(weight, (4, 4), (4, 4), 3).centred((1,))
    missing = (network.to_dense() - weight).reshape(4, 4, 4, 4).transpose(0, 2, 1, 3).reshape(16, 16)
    found = Moments.data_free(weight).growth(network, (0,), ("b0", "y0", "x0"))
    assert np.allclose(found, missing @ missing.T, atol=1e-12)
    with pytest.raises(ValueError, match=r"Moments.growth\(network\) needs a network without loops, not a CP"):
        Moments.data_free(weight).growth(CP.random((4, 4), (16,), 2), (0,), ("y0",))


def test_threads_share_moments():
    rng = np.random.default_rng(0)
    x, weight = rng.standard_normal((60, 16)), rng.standard_normal((16, 16))
    moments = Moments.of_layer(x, weight)
    starts = [MPO.random((4, 4), (4, 4), 2, seed=seed) for seed in range(4)]

    def fitted(network):
        for _ in range(20):
            network = sweep(network, moments, Ridge(), Step(ridge=1e-3))
            moments.judged(network)
        return network.to_dense()

    alone = [fitted(start) for start in starts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(fitted, starts))
    assert all(np.array_equal(*pair) for pair in zip(alone, together, strict=True))
