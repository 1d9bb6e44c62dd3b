"""Units in another order and scale: the network's function and the layer's loss stay, the student's loss falls."""

from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import EPS, seeds

import tnsolve as tn
import tnsolve.environments.summaries as home
from tnsolve.compression.gauging import compress_gauged
from tnsolve.compression.permutation import bisection_order, swapped_order
from tnsolve.compression.scaling import fitted_scale
from tnsolve.compression.units import Units, fold_units, in_gauge
from tnsolve.environments.moments import Moments
from tnsolve.models.perceptron import Teacher
from tnsolve.networks.linear import AbstractLinear
from tnsolve.networks.mpo import MPO

legs = st.lists(st.integers(1, 4), min_size=1, max_size=4)


def semidefinite(rng, size):
    factor = rng.standard_normal((size, size))
    return factor @ factor.T


def change(rng, size, scaled=True):
    return Units(rng.permutation(size), np.exp(rng.uniform(-1, 1, size)) if scaled else np.ones(size))


def perceptron(rng, widths, hidden):
    shapes = list(pairwise(widths))
    return Teacher(
        tuple(rng.standard_normal(shape) / shape[0] ** 0.5 for shape in shapes),
        tuple(rng.standard_normal(width) for width in widths[1:]),
        hidden,
    )


def layer(rng, rows, columns, samples=40):
    """Moments of a layer with a metric."""
    weight, x = rng.standard_normal((rows, columns)), rng.standard_normal((samples, columns))
    return Moments.of_layer(x, weight, rng.standard_normal(rows), metric=semidefinite(rng, rows))


def excess(moments, student):
    """tr A (T - W) C (T - W)'."""
    return np.sum(moments.slope(student) * (student - moments.best))


@given(seeds, st.integers(1, 6))
def test_changes_of_units_form_a_group(seed, size):
    rng = np.random.default_rng(seed)
    first, second, array = change(rng, size), change(rng, size), rng.standard_normal((size, 3))
    assert np.allclose(first.then(second).apply(array), second.apply(first.apply(array)), rtol=8 * EPS)
    assert np.allclose(first.inverse.apply(first.apply(array)), array, rtol=8 * EPS)
    other = rng.standard_normal((3, size))
    both = first.dual(other, axis=1) @ first.apply(array)
    assert np.allclose(
        both, other @ array, rtol=0, atol=32 * EPS * size * np.linalg.norm(other) * np.linalg.norm(array)
    )


@given(seeds, st.integers(1, 2), st.sampled_from([tn.relu, tn.leaky_relu, tn.tanh]))
def test_folded_units_leave_the_function_unchanged(seed, hidden, transfer):
    rng = np.random.default_rng(seed)
    network, x = perceptron(rng, (5, 6, 4, 3), transfer), rng.standard_normal((7, 5))
    units = change(rng, network.biases[hidden - 1].size, scaled=transfer is not tn.tanh)
    folded = fold_units(network, hidden, units)
    assert np.allclose(folded.logits(x), network.logits(x), rtol=0, atol=1e3 * EPS * np.abs(network.logits(x)).max())
    assert folded.parameters_after(0) == network.parameters_after(0)


def test_units_are_folded_where_that_is_possible():
    network = perceptron(np.random.default_rng(0), (5, 6, 3), tn.tanh)
    with pytest.raises(ValueError, match=r"fold_units\(layer=2\) is no hidden layer of the network; choose 1 to 1"):
        fold_units(network, 2, Units.unchanged(3))
    with pytest.raises(ValueError, match="changes the scale of tanh units"):
        fold_units(network, 1, Units.scaled(np.full(6, 2.0)))
    with pytest.raises(ValueError, match=r"must hold each of 0 \.\.\. 2 once"):
        Units.ordered(np.array([0, 1, 1]))
    with pytest.raises(ValueError, match="must be 2 positive numbers"):
        Units.scaled(np.array([1.0, 0.0]))


@given(seeds, st.integers(1, 5), st.integers(1, 5))
def test_the_loss_of_a_matrix_is_the_same_in_every_gauge(seed, rows, columns):
    rng = np.random.default_rng(seed)
    moments, student = layer(rng, rows, columns), rng.standard_normal((rows, columns))
    outputs, inputs = change(rng, rows), change(rng, columns)
    here = in_gauge(moments, outputs, inputs)
    moved = outputs.apply(inputs.dual(student, axis=1))
    size = (
        np.linalg.norm(moments.metric.matrix)
        * np.linalg.norm(moments.covariance)
        * np.sum((student - moments.best) ** 2)
    )
    assert abs(excess(here, moved) - excess(moments, student)) <= 1e4 * EPS * size
    assert np.allclose(here.bias(moved), outputs.apply(moments.bias(student)), rtol=0, atol=1e4 * EPS * (1 + size))
    assert here.explained == pytest.approx(moments.explained, rel=1e-9)


@given(seeds, st.integers(1, 5), st.integers(1, 5), st.booleans(), st.booleans(), st.sampled_from(["free", "targets"]))
def test_a_gauge_keeps_floor_identities_and_the_best_matrix(seed, rows, columns, weighted, scaled, kind):
    rng = np.random.default_rng(seed)
    metric = semidefinite(rng, rows) if weighted else None
    x, y = rng.standard_normal((40, columns)), rng.standard_normal((40, rows)) + 1
    moments = Moments.of(x, y, metric=metric)
    if kind == "free":
        moments = Moments.data_free(rng.standard_normal((rows, columns)), metric=metric)
    outputs, inputs = change(rng, rows, scaled), change(rng, columns, scaled)
    here = in_gauge(moments, outputs, inputs)
    for name in ("power", "explained", "floor"):
        assert getattr(here, name) == pytest.approx(getattr(moments, name), rel=1e-9, abs=1e-9 * moments.power)
    assert np.array_equal(here.best, outputs.apply(inputs.dual(moments.best, axis=1)))
    assert np.allclose(here.slope(here.best), 0)
    if not scaled:
        assert (here.covariance is None) == (kind == "free") and (here.metric is None) == (metric is None)
    back = in_gauge(here, outputs.inverse, inputs.inverse)
    assert np.allclose(back.cross, moments.cross, rtol=1e-12, atol=1e-12)
    assert in_gauge(moments, Units.unchanged(rows), Units.unchanged(columns)) is moments
    with pytest.raises(
        ValueError, match=rf"in_gauge\(inputs=...\) has {columns + 1} units but the layer has {columns}"
    ):
        in_gauge(moments, outputs, Units.unchanged(columns + 1))


@given(seeds, st.integers(2, 5), st.integers(1, 5))
def test_an_identity_left_out_is_an_identity(seed, rows, columns):
    rng = np.random.default_rng(seed)
    weight, student = rng.standard_normal((2, rows, columns))
    covariance, metric = semidefinite(rng, columns), semidefinite(rng, rows)
    for c, a in ((None, metric), (covariance, None), (None, None)):
        full = np.eye(columns) if c is None else c, np.eye(rows) if a is None else a
        assert np.array_equal(swapped_order(weight, student, c, a), swapped_order(weight, student, *full))
        assert np.allclose(fitted_scale(weight, student, c, a), fitted_scale(weight, student, *full), atol=1e-6)


def counted(monkeypatch, owner, name):
    """A list that grows by one with every call."""
    calls, original = [], getattr(owner, name)

    def counting(*arguments, **named):
        calls.append(name)
        return original(*arguments, **named)

    monkeypatch.setattr(owner, name, counting)
    return calls


def test_a_gauged_fit_finds_the_best_matrix_once_and_a_students_once_a_fit(monkeypatch):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 16)) @ rng.standard_normal((16, 16))
    moments = Moments.of(x, np.tanh(x @ rng.standard_normal((16, 16))), metric=semidefinite(rng, 16))
    inverses = counted(monkeypatch, home, "pseudo_inverse")
    matrices = counted(monkeypatch, AbstractLinear, "to_dense")
    found = compress_gauged(
        moments, lambda w: MPO.from_dense(w, (4, 4), (4, 4), 2), scaled=("inputs",), rounds=4, schedule=tn.Schedule(1)
    )
    assert len(inverses) == 1 and len(matrices) == 5
    assert moments.error(MPO.from_dense(found.to_dense(), (16,), (16,), 1)) < 1


def test_a_gauged_fit_of_white_inputs_forms_no_gram(monkeypatch):
    rng = np.random.default_rng(0)
    weight = rng.standard_normal((16, 16))
    seen = []
    original = Moments.problem

    def watched(self, network, region):
        seen.append(original(self, network, region))
        return seen[-1]

    monkeypatch.setattr(Moments, "problem", watched)
    compress_gauged(
        Moments.data_free(weight), lambda w: MPO.from_dense(w, (4, 4), (4, 4), 2), rounds=2, schedule=tn.Schedule(1)
    )
    assert len(seen) >= 6 and all(problem.form is None for problem in seen)


@given(seeds, st.booleans())
def test_gauge_and_whitening_compose(seed, weighted):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((60, 9)) @ rng.standard_normal((9, 9)) + 1
    weight, bias = rng.standard_normal((9, 9)), rng.standard_normal(9)
    moments = Moments.of_layer(x, weight, bias, metric=semidefinite(rng, 9) if weighted else None)
    legs = (3, 3)
    found = compress_gauged(
        moments,
        lambda w: MPO.from_dense(w, legs, legs, 2),
        coordinates=partial(tn.Whitened.of, legs=legs),
        rounds=2,
        schedule=tn.Schedule(1),
    )
    student = found.to_dense()
    error = (excess(moments, student) / moments.explained) ** 0.5
    assert found.compression.errors[-1] == pytest.approx(error, rel=1e-6)
    assert np.allclose(
        found.outputs.inverse.apply(found.bias), moments.bias(student), atol=1e-8 * (1 + abs(student).max())
    )
    white = tn.Whitened.of(in_gauge(moments, found.outputs, found.inputs), legs)
    network = found.compression.model.network
    assert white.moments.error(white.entered(network)) == pytest.approx(error, rel=1e-6)
    assert np.allclose(white.undone(white.entered(network)).to_dense(), network.to_dense(), atol=1e-8)


@given(seeds)
def test_white_inputs_are_white_already(seed):
    moments = Moments.data_free(np.random.default_rng(seed).standard_normal((4, 6)))
    white = tn.Whitened.of(moments, (2, 3))
    network = MPO.from_dense(moments.best, (2, 3), (2, 2), 2)
    assert white.moments is moments and white.entered(network) is network and white.undone(network) is network
    with pytest.raises(ValueError, match=r"Whitened.of\(legs=\(2, 2\)\) has 4 inputs but the layer has 6"):
        tn.Whitened.of(moments, (2, 2))


@given(seeds, legs, st.integers(1, 5))
def test_bisection_gives_a_permutation(seed, dims, columns):
    size = int(np.prod(dims))
    order = bisection_order(np.random.default_rng(seed).standard_normal((size, columns)), dims)
    assert np.array_equal(np.sort(order), np.arange(size))


@given(seeds)
def test_bisection_finds_clusters(seed):
    rng = np.random.default_rng(seed)
    cluster = rng.permutation(np.repeat(np.arange(4), 3))
    order = bisection_order(10.0 * cluster[:, None] + rng.uniform(size=(12, 1)), (4, 3))
    assert all(len(set(group)) == 1 for group in cluster[order].reshape(4, 3))


def test_bisection_needs_a_place_for_every_unit():
    with pytest.raises(ValueError, match=r"bisection_order\(legs=\(2, 3\)\) has 6 places for 5 units"):
        bisection_order(np.zeros((5, 2)), (2, 3))


@given(seeds, st.integers(2, 7), st.integers(1, 5), st.integers(1, 3))
def test_each_swap_is_the_best_of_all(seed, rows, columns, limit):
    rng = np.random.default_rng(seed)
    weight, student = rng.standard_normal((2, rows, columns))
    covariance, metric = semidefinite(rng, columns), semidefinite(rng, rows)

    def loss(order):
        difference = weight[order] - student
        return np.sum((metric[np.ix_(order, order)] @ difference @ covariance) * difference)

    order = np.arange(rows)
    for taken in range(1, limit + 1):
        neighbours = [order]
        for i in range(rows):
            for j in range(i):
                swapped = order.copy()
                swapped[[i, j]] = swapped[[j, i]]
                neighbours.append(swapped)
        best = min(loss(neighbour) for neighbour in neighbours)
        order = swapped_order(weight, student, covariance, metric, limit=taken)
        assert loss(order) == pytest.approx(best, rel=1e-6, abs=1e-9 * loss(np.arange(rows)))


@given(seeds, st.integers(1, 6), st.integers(1, 6))
def test_a_fitted_scale_is_a_minimum_within_its_bounds(seed, rows, columns):
    rng = np.random.default_rng(seed)
    weight, student = rng.standard_normal((2, rows, columns))
    covariance, metric = semidefinite(rng, columns), semidefinite(rng, rows)

    def loss(scale):
        difference = weight - scale[:, None] * student
        return np.sum((metric @ difference @ covariance) * difference)

    scale = fitted_scale(weight, student, covariance, metric)
    slack = 1e-6 * np.sum((metric @ weight @ covariance) * weight) + 1e-6 * loss(np.ones(rows))
    assert np.all((scale >= 0.5) & (scale <= 2))
    assert loss(scale) <= loss(np.ones(rows)) + slack
    others = np.clip(scale + 0.01 * rng.standard_normal((10, rows)), 0.5, 2)
    assert all(loss(scale) <= loss(other) + slack for other in others)


def shuffled(seed, scaled):
    """Moments of a layer that is an MPO of rank one but for the order and scale of its units, and how to fit that."""
    rng = np.random.default_rng(seed)
    hidden = MPO.random((3, 3), (3, 3), 1, seed=rng).to_dense()
    outputs, inputs = change(rng, 9, scaled), change(rng, 9, scaled)
    weight = outputs.apply(inputs.dual(hidden, axis=1))
    moments = Moments.of_layer(rng.standard_normal((60, 9)), weight)
    sides = ("inputs", "outputs") if scaled else ()

    def fitted(**named):
        start = partial(MPO.from_dense, inputs=(3, 3), outputs=(3, 3), rank=1)
        return compress_gauged(moments, start, schedule=tn.Schedule(sweeps=2), **{"scaled": sides, **named})

    return moments, fitted


@given(st.integers(0, 2**16), st.booleans())
def test_no_round_raises_the_loss(seed, scaled):
    moments, fitted = shuffled(seed, scaled)
    errors = [excess(moments, fitted(rounds=rounds).to_dense()) for rounds in range(4)]
    assert all(later <= earlier * (1 + 1e-6) + 1e-9 * moments.explained for earlier, later in pairwise(errors))
    found = fitted()
    size = moments.explained
    assert found.compression.errors[-1] ** 2 * size == pytest.approx(excess(moments, found.to_dense()), abs=1e-6 * size)


@pytest.mark.parametrize("scaled", [False, True])
def test_shuffled_and_scaled_units_are_better_placed_in_nearly_all_layers(scaled):
    better, unchanged = [], []
    for seed in range(20):
        moments, fitted = shuffled(seed, scaled)
        better.append(moments.error(MPO.from_dense(fitted().to_dense(), (9,), (9,), 1)))
        unchanged.append(moments.error(MPO.from_dense(fitted(ordered=(), rounds=0).to_dense(), (9,), (9,), 1)))
    assert np.median(better) <= 0.85 * np.median(unchanged)
    assert np.mean(np.less_equal(better, unchanged)) >= 0.9


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_units_are_lists_too_and_keep_a_dtype(dtype):
    units, array = Units([1, 0], [1.0, 2.0]), np.arange(4, dtype=dtype).reshape(2, 2)
    assert np.array_equal(units.apply(array), [[2, 3], [0, 2]]) and units.apply(array).dtype == dtype
    assert Units.ordered([1, 0]).dual(array).dtype == dtype


def test_a_student_between_folded_units_is_the_network_with_its_matrix_put_in():
    rng = np.random.default_rng(0)
    network = perceptron(rng, (6, 8, 4, 3), tn.relu)
    x = rng.standard_normal((50, 6))
    moments = Moments.of_layer(network.activations(x)[1].y, network.weights[1].T, network.biases[1])
    found = compress_gauged(
        moments, lambda w: MPO.from_dense(w, (4, 2), (2, 2), 2), scaled=("inputs", "outputs"), rounds=2
    )
    folded = fold_units(fold_units(network, 1, found.inputs), 2, found.outputs)
    between = replace(
        folded,
        weights=(folded.weights[0], found.weight.T, folded.weights[2]),
        biases=(folded.biases[0], found.bias, folded.biases[2]),
    )
    student = found.to_dense()
    direct = replace(
        network,
        weights=(network.weights[0], student.T, network.weights[2]),
        biases=(network.biases[0], moments.bias(student), network.biases[2]),
    )
    assert np.allclose(between.logits(x), direct.logits(x), rtol=0, atol=1e-10)


def test_what_is_shown_of_units_is_a_line():
    assert repr(Units(np.array([1, 0, 2]), np.array([1.0, 1.0, 2.0]))) == "Units(3 units, 2 moved, 1 rescaled)"


def test_sides_have_names():
    moments = layer(np.random.default_rng(0), 4, 4)
    with pytest.raises(ValueError, match="has the side 'rows'; the sides are"):
        compress_gauged(moments, lambda w: MPO.from_dense(w, (2, 2), (2, 2), 1), scaled=("rows",))
