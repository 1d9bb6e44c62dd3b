"""A tree as a student on product features: the environment and the sweep of the MPS serve it unchanged."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from strategies import EPS, product_rows, seeds

import tnsolve.transfer as tt
from tnsolve.environments.samples import Samples
from tnsolve.local.auto import Auto
from tnsolve.networks.tree import Tree
from tnsolve.schedule import Step
from tnsolve.sweeping.sweep import sweep

transfers = st.sampled_from([tt.identity, tt.softmax, tt.tanh])


@st.composite
def cases(draw, transfer=transfers):
    """A tree on random site vectors, with targets in the range of the transfer."""
    dims = draw(st.lists(st.integers(1, 3), min_size=2, max_size=6))
    outputs, chosen, rng = draw(st.integers(1, 3)), draw(transfer), np.random.default_rng(draw(seeds))
    network = Tree.on_features(dims, outputs, draw(st.integers(1, 3)), seed=rng)
    features = tuple(rng.standard_normal((9, d)) for d in dims)
    targets = chosen(2 * rng.standard_normal((9, outputs)))
    return network, Samples(features, targets, np.full(9, 1 / 9), chosen)


def dense(network, sites):
    """W (product of sites, outputs)."""
    letters, terms = {}, []
    for core in network.cores:
        terms += [core.data, [letters.setdefault(leg, len(letters)) for leg in core.legs]]
    ends = [letters[leg] for leg in (*(f"x{k}" for k in range(sites)), "y")]
    return np.einsum(*terms, ends).reshape(-1, network.cores[-1].dim("y")) * np.exp(network.scale)


@given(cases(), st.integers(0, 9))
def test_predictions_are_those_of_the_dense_tensor(case, site):
    network, data = case
    expected = product_rows(data.features) @ dense(network, len(data.features))
    tolerance = 1e4 * EPS * (1 + np.abs(product_rows(data.features)) @ np.abs(dense(network, len(data.features))))
    assert np.all(np.abs(data.predict(network) - expected) <= tolerance)
    moved = network.centred((site % len(network.cores),))
    assert np.all(np.abs(data.predict(moved) - expected) <= 10 * tolerance)


@given(cases(), st.sampled_from([1e-3, 1e-1]))
def test_a_sweep_never_raises_the_penalised_loss(case, ridge):
    network, data = case
    visits = []
    for _ in range(2):
        network = sweep(network, data, Auto(), Step(ridge=ridge), observe=visits.append)
    assert all(visit.info.after <= visit.info.before * (1 + 1e-9) + 1e-12 for visit in visits)


@given(cases(transfer=st.just(tt.identity)))
def test_two_sites_cut_and_keep_the_legs(case):
    network, data = case
    swept = sweep(network, data, Auto(), Step(ridge=1e-2, sites=2, rank=2))
    assert [sorted(core.legs) for core in swept.cores] == [sorted(core.legs) for core in network.cores]
    assert max([1, *swept.ranks.values()]) <= 2


def test_a_tree_learns_a_product():
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (300, 4))
    features = tuple(np.stack([np.ones(300), x[:, k]], axis=1) for k in range(4))
    y = np.prod(x, axis=1, keepdims=True)
    data = Samples(features, y, np.full(300, 1 / 300), tt.identity)
    network = Tree.on_features((2,) * 4, 1, 2, seed=1)
    for _ in range(8):
        network = sweep(network, data, Auto(), Step(ridge=1e-8))
    assert data.loss(network) <= 1e-6 * float(np.mean(y**2))
