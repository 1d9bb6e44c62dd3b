"""A MERA as a student on product features: the whole network but a core, contracted for every sample, is its design."""

from dataclasses import replace
from itertools import pairwise
from math import exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import EPS, product_rows, seeds, sizes

import tnsolve as tn
import tnsolve.transfer as tt
from tnsolve.algebra.arrays import Pool
from tnsolve.algebra.legs import Core
from tnsolve.environments import designs
from tnsolve.environments.samples import Samples
from tnsolve.local.auto import Auto
from tnsolve.local.newton import Newton
from tnsolve.local.ridge import Ridge
from tnsolve.models import storage
from tnsolve.networks.cp import CP
from tnsolve.networks.mera import MERA
from tnsolve.networks.mps import MPS
from tnsolve.networks.tree import Tree
from tnsolve.problems import Penalty, Rows
from tnsolve.schedule import Step
from tnsolve.sweeping.sweep import sweep

transfers = st.sampled_from([tt.identity, tt.softmax, tt.tanh])
STUDENTS = {"MPS": MPS.random, "Tree": Tree.on_features, "MERA": MERA.on_features}


@st.composite
def cases(draw):
    """A MERA of any scale on random site vectors, with targets in the range of the transfer, and unequal weights."""
    dims = draw(st.lists(st.integers(1, 3), min_size=2, max_size=7))
    outputs, chosen, rng = draw(st.integers(1, 3)), draw(transfers), np.random.default_rng(draw(seeds))
    network = MERA.on_features(dims, outputs, draw(st.integers(1, 3)), seed=rng)
    features = tuple(rng.standard_normal((9, d)) for d in dims)
    targets, weights = chosen(2 * rng.standard_normal((9, outputs))), rng.uniform(0.1, 1, 9)
    pool = draw(st.builds(Pool, workers=st.integers(1, 2), smallest=st.integers(1, 4)))
    return (
        replace(network, scale=draw(st.floats(-2, 2))),
        Samples(features, targets, weights / weights.sum(), chosen, pool),
    )


def dense(network, size=np.asarray):
    """W (product of sites, outputs) by one einsum; with `size=np.abs` the sum of the sizes of its terms."""
    letters, terms = {}, []
    for core in network.cores:
        terms += [size(core.data), [letters.setdefault(leg, len(letters)) for leg in core.legs]]
    ends = [letters[leg] for leg in (*network.input_legs, "y")]
    whole = np.einsum(*terms, ends, optimize="greedy")
    return whole.reshape(-1, whole.shape[-1]) * exp(network.scale)


def oracle(network, features):
    """z, and what rounding may do to it: eps for each of the factors and sums that a term of z goes through."""
    z = product_rows(features) @ dense(network)
    terms = sum(core.data.size + len(core.legs) for core in network.cores) + sum(f.shape[1] for f in features)
    return z, 8 * EPS * terms * (np.abs(product_rows(features)) @ dense(network, np.abs))


def objective(network, data, penalty):
    """Loss plus the ridge on the product of the norms of all cores."""
    squares = np.prod([np.sum(core.data**2) for core in network.cores])
    return data.loss(network) + exp(penalty.log_ridge + 2 * network.scale) * squares / 2


# -- the design ----------------------------------------------------------------------------------------------------


@given(cases())
def test_every_core_predicts_what_the_dense_tensor_does(case):
    network, data = case
    expected, tolerance = oracle(network, data.features)
    assert np.all(np.abs(data.predict(network) - expected) <= tolerance)
    for site, core in enumerate(network.cores):
        problem = data.problem(network, (site,))
        assert isinstance(problem.map, Rows) == (site != network.label)
        z = problem.mv(problem.theta(core, network.scale))
        assert np.all(np.abs(z - expected) <= tolerance)


@given(cases(), seeds)
def test_the_adjoint_is_that_of_the_linear_map(case, seed):
    network, data = case
    rng = np.random.default_rng(seed)
    for site in range(len(network.cores)):
        problem = data.problem(network, (site,))
        theta, g = rng.standard_normal(problem.shape), rng.standard_normal(data.targets.shape)
        size = np.sum(np.abs(g) * sizes(problem).mv(np.abs(theta)))
        rounding = 4 * EPS * (theta.size + g.size + 8) * size
        assert abs(np.sum(g * problem.mv(theta)) - np.sum(problem.rmv(g) * theta)) <= rounding


@given(cases())
def test_the_gram_is_that_of_the_rows(case):
    network, data = case
    for site in range(len(network.cores)):
        problem = data.problem(network, (site,))
        factor = problem.map.rows if isinstance(problem.map, Rows) else problem.map.left[:, None, :]
        rows = factor * np.sqrt(data.weights)[:, None, None]
        flat = rows.reshape(-1, rows.shape[-1])
        assert np.all(
            np.abs(problem.gram() - flat.T @ flat) <= 8 * EPS * (len(flat) + 8) * (np.abs(flat).T @ np.abs(flat))
        )


@given(cases(), st.integers(1, 4))
def test_blocks_of_samples_are_joined_in_order(case, length):
    network, data = case
    whole = designs.design(network, (0,), data.features, Pool())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(designs, "BLOCK", length)
        parts = designs.design(network, (0,), data.features, data.pool)
    assert parts.shape == whole.shape
    sizes = tuple(np.abs(values) for values in data.features)
    reach = designs.design(replace(network, cores=absolute(network)), (0,), sizes, Pool())
    terms = sum(core.data.size + len(core.legs) for core in network.cores)
    assert np.all(np.abs(parts - whole) <= 8 * EPS * terms * reach)


def absolute(network):
    return tuple(Core(np.abs(core.data), core.legs) for core in network.cores)


# -- sweeps --------------------------------------------------------------------------------------------------------


@given(cases(), st.integers(0, 20))
def test_unit_norms_around_a_core_leave_the_tensor(case, site):
    network, data = case
    site %= len(network.cores)
    moved = network.centred((site,))
    expected, tolerance = oracle(network, data.features)
    assert np.all(np.abs(data.predict(moved) - expected) <= 2 * tolerance)
    norms = [np.linalg.norm(core.data) for k, core in enumerate(moved.cores) if k != site]
    assert np.allclose(norms, 1, rtol=1e3 * EPS, atol=0) and moved.cores[site] is network.cores[site]


@given(cases(), st.sampled_from([1e-3, 1e-1]), st.sampled_from([Auto(), Ridge(), Newton()]))
def test_no_visit_of_any_sweep_raises_one_and_the_same_objective(case, ridge, local):
    network, data = case
    problem = data.problem(network, (network.label,))
    penalty = Penalty.relative(ridge, problem, problem.theta(network.cores[network.label], network.scale))
    values, visits = [objective(network, data, penalty)], []
    for _ in range(3):
        network = sweep(network, data, local, Step(ridge=ridge), penalty=penalty, observe=visits.append)
        values.append(objective(network, data, penalty))
    assert len(visits) == 3 * len(network.tour(Step()))
    joined = [values[0], *(value for visit in visits for value in (visit.info.before, visit.info.after))]
    slack = 1e-9 * (1 + abs(values[0]))
    assert all(after <= before + slack for before, after in pairwise(joined))
    assert all(after <= before + slack for before, after in pairwise(values))


@pytest.mark.parametrize("transfer", [tn.identity, tn.tanh])
def test_fit_learns_what_it_can_represent(transfer):
    """Four sites, a product of all: a function of rank 2 across every cut."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (400, 4))
    y = transfer(2 * np.stack([np.prod(x, axis=1), x[:, 1] * x[:, 2]], axis=1))
    features = tn.ProductFeatures.of(tn.legendre(2), 4)
    start = tn.Student(MERA.on_features(features.dims, 2, 4, seed=1), features, transfer)
    solution = tn.fit(start, x, y, schedule=tn.Schedule(sweeps=6, ridge=1e-8), validation=(x[:50], y[:50]))
    assert solution.losses[-1] <= 1e-4 * np.mean(y**2)
    assert solution.student.parameters == start.parameters == sum(core.data.size for core in start.network.cores)
    assert solution.statistics[-1]["rank"] == 4
    assert np.mean((solution.student(x) - y) ** 2) <= 1e-3 * np.mean(y**2)


def test_sixteen_sites_are_swept():
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 1, (60, 16))
    features = tn.ProductFeatures.of(tn.trigonometric(), 16)
    start = tn.Student(MERA.on_features(features.dims, 1, 2, seed=2), features, tn.identity)
    y = np.sum(x, axis=1, keepdims=True) / 16
    solution = tn.fit(start, x, y, schedule=tn.Schedule(sweeps=2, ridge=1e-4))
    assert solution.losses[1] < solution.losses[0] < np.mean(y**2) / 4
    network, data = solution.student.network, Samples(features(x), y, np.full(60, 1 / 60), tn.identity)
    seen = [data.problem(network, (site,)) for site in (0, network.label)]
    below, above = (
        p.mv(p.theta(network.cores[site], network.scale)) for p, site in zip(seen, (0, network.label), strict=True)
    )
    assert np.allclose(below, above, rtol=0, atol=1e-9)


# -- students ------------------------------------------------------------------------------------------------------


@settings(max_examples=15)
@given(name=st.sampled_from(sorted(STUDENTS)), sites=st.integers(2, 6), outputs=st.integers(1, 3), seed=seeds)
def test_a_student_of_any_network_is_called_saved_and_loaded(tmp_path_factory, name, sites, outputs, seed):
    rng = np.random.default_rng(seed)
    features = tn.ProductFeatures.of(tn.legendre(3), sites)
    network = replace(STUDENTS[name](features.dims, outputs, 2, seed=rng), scale=0.5)
    student = tn.Student(network, features, tn.softmax)
    x = rng.uniform(-1, 1, (5, sites))
    assert student(x).shape == (5, student.outputs) == (5, outputs)
    path = tmp_path_factory.mktemp("student") / "student.safetensors"
    student.save(path)
    for again in (tn.Student.load(path), tn.Student.load(path, features=tn.legendre(3))):
        assert type(again.network) is type(network)
        assert [core.legs for core in again.network.cores] == [core.legs for core in network.cores]
        assert np.array_equal(again(x), student(x))


@pytest.mark.parametrize("name", ["Tree", "MERA"])
def test_a_stopped_fit_goes_on_bit_for_bit(tmp_path, name):
    rng = np.random.default_rng(0)
    x, features = rng.uniform(-1, 1, (30, 5)), tn.ProductFeatures.of(tn.legendre(2), 5)
    y = np.sin(x @ rng.standard_normal((5, 2)))
    start = tn.Student(STUDENTS[name](features.dims, 2, 2, seed=1), features, tn.identity)
    schedule = tn.Schedule(sweeps=3, ridge=1e-3)

    def stop(event):
        if isinstance(event, tn.Sweep) and event.statistics["sweep"] == 1:
            raise KeyboardInterrupt

    whole = tn.fit(start, x, y, schedule=schedule)
    tn.fit(start, x, y, schedule=schedule, checkpoint=tmp_path / "fit", observe=stop)
    resumed = tn.fit(start, x, y, schedule=schedule, checkpoint=tmp_path / "fit")
    assert resumed.losses == whole.losses
    assert np.array_equal(resumed.student(x), whole.student(x))


def test_a_file_without_the_name_of_a_network_holds_an_mps(tmp_path):
    student = tn.Student(MPS.random([2] * 3, 1, 2), tn.ProductFeatures.of(tn.monomials(2), 3), tn.identity)
    metadata = student.metadata()
    assert metadata.pop("network") == "MPS"
    storage.save(tmp_path / "old", student.arrays(), metadata)
    again = tn.Student.load(tmp_path / "old")
    assert isinstance(again.network, MPS)
    assert np.array_equal(again(np.ones((1, 3))), student(np.ones((1, 3))))


# -- errors --------------------------------------------------------------------------------------------------------


def mera(sites=3):
    features = tn.ProductFeatures.of(tn.monomials(2), sites)
    return tn.Student(MERA.on_features(features.dims, 1, 2), features, tn.identity)


@pytest.mark.parametrize("sites", [1, 17, 40])
def test_a_mera_takes_two_to_sixteen_sites(sites):
    with pytest.raises(ValueError, match=rf"MERA\.on_features\(dims=.*{sites} sites.*use Tree\.on_features or MPS"):
        MERA.on_features((2,) * sites, 1, 2)


@pytest.mark.parametrize("columns", [{"rank": 4}, {"sites": 2}, {"expand": 1}, {"rank": [None, 3]}])
def test_a_schedule_cannot_change_the_ranks_of_a_mera(columns):
    x = np.zeros((4, 3))
    with pytest.raises(ValueError, match="cannot change the ranks of a MERA"):
        tn.fit(mera(), x, x[:, :1], schedule=tn.Schedule(**columns))


def test_a_mera_has_no_spectra():
    with pytest.raises(ValueError, match=r"spectra\(\) of a MERA does not exist"):
        mera().spectra()


def test_a_network_that_is_a_matrix_is_no_student():
    with pytest.raises(ValueError, match="a CP without the one output leg"):
        replace(mera(), network=CP.random((2, 2, 2), (2,), 2))
