"""Networks: gauges that change nothing, cuts that are exact or err by what they say, tours that visit everything."""

from itertools import pairwise
from math import exp, prod

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import EPS, dense, networks, rounding, same_bits, seeds

from tnsolve.algebra.legs import Core, matrix, without
from tnsolve.networks.loopfree import LABEL
from tnsolve.networks.mps import MPS, capped_ranks
from tnsolve.schedule import Step
from tnsolve.sweeping.growth import compressed

chains = networks(sites=st.integers(2, 8))


def edges(network):
    return [edge for s in range(network.sites - 1) for edge in ((s, s + 1), (s + 1, s))]


def defect(network, source, target):
    """How far core `source` is from an isometry towards `target`."""
    core, bond = network.cores[source], network.topology.bonds[source, target]
    q = matrix(core, without(core.legs, bond), (bond,))
    return np.linalg.norm(q.T @ q - np.eye(q.shape[1]))


def isometric_around(network, centre):
    """Whether every other core is an isometry that points at `centre`, up to rounding of a QR."""
    size = max(core.data.size for core in network.cores)
    inward = [(child, parent) for parent, child in network.topology.outward(centre)]
    return all(defect(network, child, parent) <= 16 * EPS * size for child, parent in inward)


# -- the gauge -----------------------------------------------------------------------------------------------------


@given(network=networks(), path=st.lists(st.integers(0, 7), min_size=1, max_size=4))
def test_moving_the_centre_changes_no_tensor_and_makes_all_others_isometric(network, path):
    moved = network
    for site in path:
        moved = moved.centred((site % network.sites,))
        assert moved.centre == site % network.sites
        assert isometric_around(moved, moved.centre)
    whole = dense(network)
    tolerance = len(path) * rounding(network)
    assert np.linalg.norm(dense(moved) - whole) <= tolerance
    size = exp(moved.scale) * np.linalg.norm(moved.cores[moved.centre].data)
    assert abs(size - np.linalg.norm(whole)) <= tolerance


@given(network=chains, first=st.integers(0, 7), second=st.integers(0, 6))
def test_a_region_of_two_takes_the_nearer_core_and_stays_if_it_has_it(network, first, second):
    first, second = first % network.sites, second % (network.sites - 1)
    there = network.centred((first,)).centred((second, second + 1))
    assert there.centre == min((second, second + 1), key=lambda site: abs(site - first))
    assert there.centred((second, second + 1)) is there


@given(network=networks())
def test_the_dense_tensor_is_the_contraction_of_the_cores(network):
    assert np.linalg.norm(network.to_dense() - dense(network)) <= rounding(network)
    assert network.to_dense().shape == (*network.dims, network.outputs)
    assert network.parameters == sum(core.data.size for core in network.cores)
    assert network.bytes == 8 * network.parameters


@given(network=networks())
def test_ranks_and_topology_are_read_off_the_legs(network):
    assert network.ranks == {f"b{s}": network.cores[s].data.shape[0] for s in range(1, network.sites)}
    for root in range(network.sites):
        outward = network.topology.outward(root)
        reached = [root, *(child for _, child in outward)]
        assert sorted(reached) == list(range(network.sites))
        assert all(parent in reached[: at + 1] for at, (parent, _) in enumerate(outward))
        for target in range(network.sites):
            step = 1 if target >= root else -1
            assert network.topology.path(root, target) == list(range(root, target + step, step))


# -- the tour ------------------------------------------------------------------------------------------------------


@given(network=networks())
def test_a_one_site_tour_visits_every_core_once_from_the_label_outward(network):
    tour = network.tour(Step())
    assert tour[0] == ((network.label,), network.label)
    assert sorted(region for region, _ in tour) == [(site,) for site in range(network.sites)]
    assert all(region == (onto,) for region, onto in tour)
    distance = [abs(onto - network.label) for _, onto in tour]
    assert all(b <= a + 1 for a, b in pairwise(distance))


@given(network=chains, travel=st.booleans())
def test_a_two_site_tour_crosses_every_bond_outward_and_a_travelling_label_comes_home(network, travel):
    tour = network.tour(Step(sites=2, travel=travel))
    assert all(onto == region[1] for region, onto in tour)
    assert {frozenset(region) for region, _ in tour} == {frozenset((s, s + 1)) for s in range(network.sites - 1)}
    if travel:
        assert len(tour) == 2 * (network.sites - 1)
        assert tour[0][0][0] == tour[-1][1] == network.label
        assert all(a[1] == b[0][0] for a, b in pairwise(tour))
    else:
        assert len(tour) == network.sites - 1
        assert all(abs(j - network.label) > abs(i - network.label) for (i, j), _ in tour)


# -- cuts ----------------------------------------------------------------------------------------------------------


def cut(network, edge, step, metric=None, scale=None):
    network = network.centred(edge)
    scale = network.scale if scale is None else scale
    return network.split(edge, network.merge(edge), edge[1], step, scale, metric)


@given(network=chains, data=st.data(), travel=st.booleans())
def test_a_cut_of_full_rank_is_exact(network, data, travel):
    edge = data.draw(st.sampled_from(edges(network)))
    after, discarded = cut(network, edge, Step(rank=10**6, travel=travel))
    assert np.linalg.norm(dense(after) - dense(network)) <= 2 * rounding(network)
    assert discarded * exp(2 * after.scale) <= rounding(network) ** 2
    assert after.centre == edge[1]
    assert isometric_around(after, edge[1])
    moved = travel and network.label in edge
    assert after.label == (edge[1] if moved else network.label)
    assert [without(core.legs, LABEL) for core in after.cores] == [
        (f"b{s}", f"x{s}", f"b{s + 1}") for s in range(network.sites)
    ]


@given(network=chains, data=st.data(), rank=st.integers(1, 4), cutoff=st.sampled_from([0.0, 1e-3, 0.1, 0.5]))
def test_a_cut_errs_by_what_it_reports_and_no_other_cut_of_its_rank_errs_less(network, data, rank, cutoff):
    edge = data.draw(st.sampled_from(edges(network)))
    travel = data.draw(st.booleans())
    after, discarded = cut(network, edge, Step(rank=rank, cutoff=cutoff, travel=travel))
    bond = network.topology.bonds[edge]
    assert after.ranks[bond] <= rank
    whole, size = dense(network), rounding(network)
    error = np.linalg.norm(dense(after) - whole)
    assert abs(error - (discarded**0.5) * exp(after.scale)) <= 4 * size
    left = max(edge)
    whole = np.moveaxis(whole, -1, 0) if after.label < left else whole
    rows = prod(network.dims[:left]) * (network.outputs if after.label < left else 1)
    singular = np.linalg.svd(whole.reshape(rows, -1), compute_uv=False)
    best = np.linalg.norm(singular[after.ranks[bond] :])
    assert abs(error - best) <= 4 * size
    if after.ranks[bond] < min(rank, np.sum(singular > size)):
        assert best**2 <= cutoff * np.sum(singular**2) + size


@given(network=chains, data=st.data(), rank=st.integers(1, 3), seed=seeds)
def test_a_metric_cut_is_no_worse_in_its_own_metric_than_the_frobenius_cut(network, data, rank, seed):
    edge = data.draw(st.sampled_from(edges(network)))
    rng = np.random.default_rng(seed)
    centred = network.centred(edge)
    theta = centred.merge(edge)
    moments = {}

    def metric(legs):
        size = prod(theta.dims(legs))
        root = rng.standard_normal((size, size)) / size**0.5
        moments[legs] = root @ root.T + 0.1 * np.eye(size)
        return moments[legs]

    step = Step(rank=rank)
    measured, discarded = centred.split(edge, theta, edge[1], step, centred.scale, metric)
    plain, least = centred.split(edge, theta, edge[1], step, centred.scale)
    (rows, a), (columns, b) = moments.items()

    def error(cut_network):
        difference = matrix(theta, rows, columns) - matrix(cut_network.merge(edge), rows, columns)
        return np.trace(difference.T @ a @ difference @ b)

    size = np.linalg.norm(theta.data) ** 2
    condition = np.linalg.cond(a) * np.linalg.cond(b)
    slack = 64 * EPS * theta.data.size * size * condition
    assert error(measured) <= error(plain) + slack * np.linalg.norm(a) * np.linalg.norm(b)
    assert discarded >= least - slack
    assert measured.ranks == plain.ranks
    assert isometric_around(measured, edge[1])
    lost = np.sum((matrix(theta, rows, columns) - matrix(measured.merge(edge), rows, columns)) ** 2)
    assert abs(lost - discarded) <= slack


@given(network=networks(), site=st.integers(0, 7), seed=seeds, scale=st.floats(-2, 2))
def test_a_region_of_one_takes_the_solution_as_it_is(network, site, seed, scale):
    site %= network.sites
    network = network.centred((site,))
    theta = network.merge((site,))
    new = Core(np.random.default_rng(seed).standard_normal(theta.data.T.shape), theta.legs[::-1])
    after, discarded = network.split((site,), new, site, Step(), scale)
    assert discarded == 0
    assert (after.centre, after.scale) == (site, scale)
    assert np.array_equal(after.cores[site].data, new.data.T)
    assert all(after.cores[s] is network.cores[s] for s in range(network.sites) if s != site)


@given(network=networks(), rank=st.integers(1, 4))
def test_compression_obeys_the_rank_and_errs_at_most_by_the_sum_of_the_best_cuts(network, rank):
    after = compressed(network, Step(rank=rank))
    assert all(found <= rank for found in after.ranks.values())
    best = 0.0
    for s in range(1, network.sites):
        centred = network.centred((s,))
        core = centred.cores[s]
        singular = np.linalg.svd(matrix(core, ("b" + str(s),), without(core.legs, f"b{s}")), compute_uv=False)
        best += np.sum(singular[rank:] ** 2) * exp(2 * centred.scale)
    error = np.linalg.norm(dense(after) - dense(network))
    assert error <= best**0.5 + 4 * network.sites * rounding(network)
    exact = compressed(network, Step(rank=4))
    assert np.linalg.norm(dense(exact) - dense(network)) <= 4 * network.sites * rounding(network)


@given(network=chains, data=st.data(), count=st.integers(1, 3), seed=seeds)
def test_appended_directions_change_no_tensor_and_keep_the_isometry(network, data, count, seed):
    source, target = data.draw(st.sampled_from(edges(network)))
    network = network.centred((target,))
    core, bond = network.cores[source], network.topology.bonds[source, target]
    known = matrix(core, without(core.legs, bond), (bond,))
    assume(known.shape[0] - known.shape[1] >= count)
    free = np.linalg.svd(known, full_matrices=True)[0][:, known.shape[1] :]
    mix = np.linalg.qr(np.random.default_rng(seed).standard_normal((free.shape[1], count)))[0]
    wider = network.expanded(source, target, free @ mix)
    assert wider.ranks[bond] == network.ranks[bond] + count
    assert np.linalg.norm(dense(wider) - dense(network)) <= rounding(network)
    assert isometric_around(wider, target)


# -- construction --------------------------------------------------------------------------------------------------


@given(
    dims=st.lists(st.integers(1, 4), min_size=1, max_size=8),
    outputs=st.integers(1, 3),
    rank=st.integers(1, 50),
    label=st.integers(0, 7),
    seed=seeds,
)
def test_random_networks_are_seeded_and_never_wider_than_their_legs_can_fill(dims, outputs, rank, label, seed):
    label %= len(dims)
    network, again = (MPS.random(dims, outputs, rank, label=label, seed=seed) for _ in range(2))
    assert same_bits(network, again)
    assert (network.dims, network.outputs, network.label) == (tuple(dims), outputs, label)
    for s in range(1, len(dims)):
        exact = [prod(dims[:s]), prod(dims[s:])]
        exact[label >= s] *= outputs
        assert network.ranks[f"b{s}"] == min(rank, *exact)


def test_random_entries_have_the_promised_mean_square():
    squares = [np.sum(dense(MPS.random([2, 3, 2], 2, 2, seed=seed)) ** 2) for seed in range(400)]
    assert abs(np.mean(squares) - 2) <= 5 * np.std(squares) / 20


@pytest.mark.parametrize("rank", [0, [2, 0, 2], [2, 2], [2, 2, 2, 2], []])
def test_a_wrong_rank_profile_is_shown(rank):
    with pytest.raises(ValueError, match=r"must be one integer of at least 1, or 3 of them for 4 sites") as error:
        capped_ranks([2, 2, 2, 2], 1, rank, 1)
    assert repr(rank) in str(error.value)
