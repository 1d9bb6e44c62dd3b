"""The front door for layers: what it promises about the layer, and what it says about input that cannot be used."""

from itertools import pairwise
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linear import DECOMPOSED, EPS, RANDOM, legs, seeds
from test_linear_networks import defect

from tnsolve.environments.metrics import Metric
from tnsolve.environments.moments import Moments
from tnsolve.fitting.compress import compress
from tnsolve.local.ridge import Ridge
from tnsolve.models.linear_layer import Layer
from tnsolve.networks.cp import CP
from tnsolve.networks.mera import MERA
from tnsolve.networks.mpo import MPO
from tnsolve.networks.tree import Tree
from tnsolve.result import Result
from tnsolve.schedule import Schedule
from tnsolve.sweeping.runs import Sweep
from tnsolve.sweeping.sweep import Visit

RNG = np.random.default_rng(7)
WEIGHT = RNG.standard_normal((8, 12))
BIAS = RNG.standard_normal(8)
INPUTS = RNG.standard_normal((100, 12)) @ RNG.standard_normal((12, 12)) + 1
START = MPO.from_dense(WEIGHT, (3, 4), (4, 2), 3)


@given(legs(4), st.sampled_from(tuple(DECOMPOSED)), seeds)
def test_full_rank_reproduces_the_layer(sizes, family, seed):
    inputs, outputs = sizes
    rng = np.random.default_rng(seed)
    weight, bias = rng.standard_normal((prod(outputs), prod(inputs))), rng.standard_normal(prod(outputs))
    x = rng.standard_normal((3 * prod(inputs), prod(inputs)))
    start = DECOMPOSED[family](weight, inputs, outputs, 10**6)
    layer = compress(weight, start, inputs=x, bias=bias, schedule=Schedule(1, ridge=0.0)).layer
    assert np.allclose(layer.to_dense(), weight, atol=1e-7 * np.linalg.norm(weight))
    free = compress(weight, start, bias=bias).layer
    assert np.linalg.norm(free.to_dense() - weight) <= 1e-10 * np.linalg.norm(weight)
    assert np.array_equal(free.bias, bias)


@given(legs(4), st.sampled_from(tuple(RANDOM)), st.integers(1, 3), seeds)
def test_a_layer_computes_the_same_through_its_network_and_its_matrix(sizes, family, rank, seed):
    rng = np.random.default_rng(seed)
    network = RANDOM[family](*sizes, rank, seed=seed)
    rows, columns = prod(network.outputs), prod(network.inputs)
    layer = Layer(network, rng.standard_normal(rows), columns)
    x = rng.standard_normal((5, columns))
    direct = x @ network.to_dense().T + layer.bias
    scale = 1e4 * EPS * (1 + prod(np.linalg.norm(core.data) for core in network.cores)) * (1 + np.linalg.norm(x))
    assert np.max(np.abs(layer.factored(x) - direct)) <= scale
    assert np.max(np.abs(layer(x) - direct)) <= scale
    assert layer.parameters == network.parameters + rows
    assert layer.factored_cost(10) > 0


def test_a_highly_compressed_layer_is_contracted_and_another_is_densified(monkeypatch):
    seen = []
    small = Layer(MPO.random((8, 8, 8), (8, 8, 8), 1), np.zeros(512), 512)
    large = Layer(MPO.random((8, 8, 8), (8, 8, 8), 64), np.zeros(512), 512)
    monkeypatch.setattr(Layer, "factored", lambda layer, x: seen.append(layer))
    small(np.zeros((1, 512)))
    large(np.zeros((1, 512)))
    assert seen == [small]


@given(st.sampled_from(tuple(RANDOM)), st.sampled_from([None, "inputs"]), seeds)
def test_losses_fall_and_the_layer_has_the_error_that_is_said(family, data, seed):
    inputs = INPUTS if data else None
    start = RANDOM[family]((3, 4), (4, 2), 2, seed=seed)
    found = compress(WEIGHT, start, inputs=inputs, bias=BIAS, schedule=Schedule(4, ridge=1e-12))
    noise = 1e4 * EPS * found.losses[0] + 1e-9 * np.linalg.norm(WEIGHT) ** 2 * (
        np.linalg.norm(INPUTS, 2) if data else 1
    )
    assert all(later <= earlier + noise for earlier, later in pairwise(found.losses))
    if data:
        y = INPUTS @ WEIGHT.T + BIAS
        missed = found.layer(INPUTS) - y
        assert np.allclose(missed.mean(axis=0), 0, atol=1e-9)
        said = np.sqrt(np.sum(missed**2) / np.sum((y - y.mean(axis=0)) ** 2))
    else:
        said = np.linalg.norm(found.layer.to_dense() - WEIGHT) / np.linalg.norm(WEIGHT)
    assert np.isclose(found.errors[-1], said, rtol=1e-6, atol=1e-7)
    stored = found.layer.network.parameters
    assert np.isclose(found.layer.compression, WEIGHT.size / stored)
    # without loops a gauge drops what a bond has above its exact rank, with loops nothing is dropped
    assert stored <= start.parameters if isinstance(start, MPO | Tree) else stored == start.parameters


def test_samples_and_their_moments_are_one():
    by_samples = compress(WEIGHT, START, inputs=INPUTS, bias=BIAS)
    by_moments = compress(WEIGHT, START, inputs=Moments.of_layer(INPUTS, WEIGHT, BIAS))
    assert np.array_equal(by_samples.layer.to_dense(), by_moments.layer.to_dense())
    assert by_samples.losses == by_moments.losses


def test_the_data_and_the_metric_matter():
    metric = np.diag([100.0, *[1e-2] * 7])
    y = INPUTS @ WEIGHT.T
    y = y - y.mean(axis=0)

    def missed(found, row):
        return np.linalg.norm(found.layer(INPUTS)[:, row] - y[:, row] - (INPUTS @ WEIGHT.T).mean(axis=0)[row])

    plain, weighted = (compress(WEIGHT, START, inputs=INPUTS, metric=given) for given in (None, metric))
    assert missed(weighted, 0) < missed(plain, 0)
    free = compress(WEIGHT, START)
    moments = Moments.of_layer(INPUTS, WEIGHT)
    assert moments.error(plain.layer.network) < moments.error(free.layer.network)


def test_the_solution_says_which_metric_it_used():
    metric = np.diag(np.arange(1.0, WEIGHT.shape[0] + 1))
    named = compress(WEIGHT, START, inputs=INPUTS, metric=Metric(metric, "forward passes alone"))
    assert "Output metric: forward passes alone." in named.notes
    assert "Output metric: plain squares." in compress(WEIGHT, START, inputs=INPUTS).notes
    bare = compress(WEIGHT, START, inputs=INPUTS, metric=metric)
    assert "Output metric: the caller's own." in bare.notes and bare.losses == named.losses


def test_padding_is_invisible_and_said():
    start = MPO.from_dense(np.pad(WEIGHT, ((0, 1), (0, 3))), (3, 5), (3, 3), 9)
    found = compress(WEIGHT, start, inputs=INPUTS, bias=BIAS)
    assert found.layer.to_dense().shape == WEIGHT.shape and found.layer(INPUTS).shape == (100, 8)
    assert np.allclose(found.layer(INPUTS), found.layer.factored(INPUTS))
    assert found.errors[-1] < 1e-3
    assert any("Padded" in note for note in found.notes)


def test_few_samples_are_said():
    found = compress(WEIGHT, START, inputs=INPUTS[:5])
    assert any("singular" in note for note in found.notes)
    assert np.all(np.isfinite(found.layer.to_dense()))


def test_isometries_stay_isometries():
    start = MERA.random((3, 2, 2), (4, 2), 3)
    found = compress(WEIGHT, start, inputs=INPUTS, isometric=True)
    network = found.layer.network
    assert all(defect(network, site) <= 1e-12 for site in range(len(network.cores) - 1))
    assert found.errors[-1] < found.errors[0]


def test_a_polish_lowers_the_loss_and_has_its_own_row():
    swept = compress(WEIGHT, CP.from_dense(WEIGHT, (3, 4), (8,), 4), schedule=Schedule(3))
    found = compress(WEIGHT, CP.from_dense(WEIGHT, (3, 4), (8,), 4), schedule=Schedule(3), polish=100)
    assert len(found.statistics) == 4 and found.losses[:3] == swept.losses and found.losses[3] < found.losses[2]


def test_two_sites_choose_the_rank():
    found = compress(
        START.to_dense(), MPO.random((3, 4), (4, 2), 1), schedule=Schedule(3, sites=2, rank=8, cutoff=1e-12, ridge=0.0)
    )
    assert found.layer.network.ranks == START.ranks and found.errors[-1] < 1e-5


def test_every_ending_is_named():
    assert compress(WEIGHT, START, inputs=INPUTS, schedule=Schedule(2)).result is Result.COMPLETED
    assert compress(WEIGHT, START, inputs=INPUTS, schedule=Schedule(99), tolerance=0.5).result is Result.CONVERGED
    assert compress(WEIGHT, START, schedule=Schedule(99)).result is Result.STALLED

    def interrupt(visit: Visit) -> None:
        raise KeyboardInterrupt

    stopped = compress(WEIGHT, START, observe=interrupt, schedule=Schedule(2))
    assert stopped.result is Result.INTERRUPTED and stopped.layer.network is START


def test_an_observer_sees_every_visit():
    seen = []
    compress(WEIGHT, START, inputs=INPUTS, schedule=Schedule(3), observe=seen.append, local=Ridge())
    visits = [event for event in seen if isinstance(event, Visit)]
    sweeps = [event for event in seen if isinstance(event, Sweep)]
    assert len(visits) == 6 and [sweep.statistics.sweep for sweep in sweeps] == [0, 1, 2]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weight": WEIGHT[0]}, r"weight=.*\(outputs, inputs\)"),
        ({"weight": np.full((8, 12), np.nan)}, "the value nan"),
        ({"weight": np.ones((9, 12))}, "factorise"),
        ({"inputs": INPUTS[:, :5]}, r"must be \(samples, 12\)"),
        ({"inputs": np.full((4, 12), np.inf)}, "the value inf"),
        ({"inputs": Moments.data_free(np.ones((3, 3)))}, "Moments of a layer"),
        ({"inputs": Moments.data_free(WEIGHT), "metric": np.eye(8)}, "beside Moments"),
        ({"metric": np.eye(3)}, r"metric=.*\(8, 8\)"),
        ({"metric": np.triu(np.ones((8, 8)))}, "not symmetric"),
        ({"metric": -np.eye(8)}, "positive semi-definite"),
        ({"bias": np.ones(3)}, r"bias=.*\(8,\)"),
        ({"schedule": Schedule(2, samples=5)}, "samples=5"),
        ({"isometric": True}, "is for a MERA"),
    ],
)
def test_bad_input_is_named(change, words):
    arguments = {"weight": WEIGHT, "start": START} | change
    with pytest.raises(ValueError, match=words):
        compress(arguments.pop("weight"), arguments.pop("start"), **arguments)
