"""Output metrics and the moments that carry them: one rule at every door, provenance kept, the metric at any time."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linear import EPS, moments, networks, problems, seeds

import tnsolve as tn
from tnsolve.environments.metrics import Metric
from tnsolve.environments.moments import Moments
from tnsolve.networks.mpo import MPO
from tnsolve.schedule import Step

KIND = "forward passes alone"


def semidefinite(rng, size):
    half = rng.standard_normal((size, size + 1))
    return half @ half.T / size


def samples(rng, rows=3, columns=4, count=30):
    x = rng.standard_normal((count, columns)) + 2
    return x, np.tanh(x @ rng.standard_normal((columns, rows))) + 1


def doors(rng, size):
    """Every way in for the metric of a layer with `size` outputs."""
    x, y = samples(rng, size)
    weight = rng.standard_normal((size, 4))
    start = MPO.from_dense(weight, (4,), (size,), 1)
    return {
        "Metric.supplied": Metric.supplied,
        "Moments.data_free": lambda a: Moments.data_free(weight, metric=a),
        "Moments.of": lambda a: Moments.of(x, y, metric=a),
        "Moments.of_layer": lambda a: Moments.of_layer(x, weight, metric=a),
        "Moments.of_covariance": lambda a: Moments.of_covariance(weight, np.eye(4), metric=a),
        "Moments.streamed": lambda a: Moments.streamed([(x, y)], metric=a),
        "Moments.with_metric": lambda a: Moments.of(x, y).with_metric(a),
        "replace": lambda a: replace(Moments.of(x, y), metric=a),
        "compress": lambda a: tn.compress(weight, start, metric=a, schedule=tn.Schedule(1)),
        "a Metric": lambda a: Moments.of(x, y, metric=Metric(a, KIND)),
    }


def accepts(door, matrix):
    try:
        door(matrix)
    except ValueError as error:
        assert "metric" in str(error) or "matrix" in str(error)
        return False
    return True


@given(
    seeds,
    st.integers(1, 4),
    st.sampled_from(["none", "skew", "negative", "shape", "nan", "inf", "text"]),
    st.floats(-14, 1),
    st.sampled_from([1e-30, 1.0, 1e30]),
    st.sampled_from([np.float32, np.float64]),
)
def test_every_door_has_one_rule(seed, size, fault, power, unit, dtype):
    rng = np.random.default_rng(seed)
    matrix = semidefinite(rng, size)
    if fault == "skew":
        matrix = matrix + 10**power * np.triu(rng.standard_normal((size, size)), 1)
    if fault == "negative":
        matrix = matrix - 10**power * np.outer(direction := rng.standard_normal(size), direction)
    matrix = (unit * matrix).astype(dtype)
    if fault == "shape":
        matrix = matrix[:, :-1] if size > 1 else np.ones((2, 1))
    if fault in ("nan", "inf"):
        matrix[0, -1] = float(fault)
    if fault == "text":
        matrix = matrix.astype(str)
    found = {name: accepts(door, matrix) for name, door in doors(rng, size).items()}
    assert len(set(found.values())) == 1, found
    if fault == "none":
        assert all(found.values())
    if fault in ("shape", "nan", "inf", "text"):
        assert not any(found.values())


@pytest.mark.parametrize("given_as", [lambda a: a.tolist(), lambda a: a.astype(np.float32), lambda a: Metric(a, "x")])
def test_a_metric_is_any_matrix_of_numbers(given_as):
    x, y = samples(np.random.default_rng(0))
    matrix = np.diag([1.0, 2.0, 4.0])
    assert np.array_equal(Moments.of(x, y, metric=given_as(matrix)).metric.matrix, matrix)


def test_a_bare_matrix_is_the_callers_own_and_a_metric_says_where_it_is_from():
    x, y = samples(np.random.default_rng(0))
    assert Moments.of(x, y, metric=np.eye(3)).metric.kind == "the caller's own"
    assert Moments.of(x, y, metric=Metric(np.eye(3), KIND)).metric.kind == KIND
    assert Moments.of(x, y).metric is None


@given(seeds)
def test_provenance_survives_whatever_is_done_with_moments(seed):
    rng = np.random.default_rng(seed)
    x, y = samples(rng)
    known = Metric(semidefinite(rng, 3), KIND)
    whole = Moments.of(x, y, metric=known)
    units = tn.Units(rng.permutation(3), rng.uniform(0.5, 2, 3)), tn.Units(rng.permutation(4), rng.uniform(0.5, 2, 4))
    made = {
        "padded": whole.padded(4, 6),
        "added": whole + Moments.of(x, y, metric=known),
        "astype": whole.astype(np.float32),
        "pulled": whole.pulled(np.ones((3, 4)), 0.1),
        "rescaled": whole.rescaled(3.0),
        "streamed": Moments.streamed([(x, y)], metric=known),
        "replaced": replace(Moments.of(x, y), metric=known),
        "gauge": tn.in_gauge(whole, *units),
        "white": tn.Whitened.of(whole, (2, 2)).moments,
    }
    assert {name: each.metric.kind for name, each in made.items()} == dict.fromkeys(made, KIND)
    assert known.damped(0.1).kind == f"{KIND}, damped"


@given(networks(), seeds, st.booleans(), st.sampled_from(["with_metric", "replace"]))
def test_a_metric_may_come_after_the_samples(network, seed, centred, way):
    rng = np.random.default_rng(seed)
    rows, columns = network.to_dense().shape
    x, y = samples(rng, rows, columns, 3 * columns + 2)
    metric = semidefinite(rng, rows)
    before, plain = Moments.of(x, y, metric=metric, centred=centred), Moments.of(x, y, centred=centred)
    assert plain.floor >= 0 and plain.power > 0  # what is derived is asked for first: nothing of it may be left over
    plain.error(network)
    after = plain.with_metric(metric) if way == "with_metric" else replace(plain, metric=metric)
    size = before.power + 1 + np.linalg.norm(metric) * np.linalg.norm(network.to_dense()) ** 2
    tolerance = 1e4 * EPS * size * np.linalg.cond(before.covariance)
    assert abs(after.power - before.power) <= tolerance
    assert abs(after.floor - before.floor) <= tolerance
    assert abs(after.loss(network) - before.loss(network)) <= tolerance * np.linalg.norm(before.covariance)
    residual = y - x @ before.best.T - (before.bias(before.best) if centred else 0)
    assert abs(after.floor - np.mean(np.sum((residual @ metric) * residual, axis=1)) / 2) <= tolerance


@given(problems())
def test_judging_is_loss_and_error(case):
    network, given_moments = case
    judged = given_moments.judged(network)
    assert judged.loss == given_moments.loss(network) and judged.error == given_moments.error(network)


# -- sums ----------------------------------------------------------------------------------------------------------


def test_moments_add_where_that_means_something():
    rng = np.random.default_rng(0)
    x, y = samples(rng)
    plain = Moments.of(x, y)
    with pytest.raises(ValueError, match="have two metrics, None and Metric"):
        plain + Moments.of(x, y, metric=np.eye(3))
    with pytest.raises(ValueError, match="have two metrics"):
        Moments.of(x, y, metric=np.eye(3)) + Moments.of(x, y, metric=2 * np.eye(3))
    with pytest.raises(ValueError, match="means were subtracted in one and not in the other"):
        plain + Moments.of(x, y, centred=False)
    with pytest.raises(ValueError, match="add moments of one layer only"):
        plain + Moments.of(x[:, :3], y)
    with pytest.raises(ValueError, match="holds no samples to add"):
        plain + Moments.data_free(np.ones((3, 4)))


@given(seeds, st.integers(1, 3), st.booleans(), st.booleans())
def test_layers_add_and_copies_of_a_weight_are_one_teacher(seed, parts, centred, biased):
    rng = np.random.default_rng(seed)
    x, weight = rng.standard_normal((10 * parts + 3, 4)) + 1, rng.standard_normal((3, 4))
    bias = rng.standard_normal(3) if biased else None
    blocks = [Moments.of_layer(part, weight.copy(), bias, centred=centred) for part in np.array_split(x, parts)]
    added, whole = sum(blocks[1:], blocks[0]), Moments.of(x, x @ weight.T + (0 if bias is None else bias))
    whole = whole if centred else Moments.of(x, x @ weight.T + (0 if bias is None else bias), centred=False)
    for name in ("cross", "covariance", "target_moment", "mean_x", "mean_y"):
        one, other = getattr(added, name), getattr(whole, name)
        assert np.allclose(one, other, rtol=1e-9, atol=1e3 * EPS * (1 + np.max(np.abs(other))))
    assert added.floor == pytest.approx(whole.floor, abs=1e-9)
    if centred or not biased:
        assert np.array_equal(added.teacher, weight) and added.floor == 0


@given(seeds, st.booleans())
def test_two_layers_add_to_what_no_layer_makes(seed, centred):
    rng = np.random.default_rng(seed)
    x, weights = rng.standard_normal((2, 20, 4)) + 1, rng.standard_normal((2, 3, 4))
    one, other = (Moments.of_layer(*pair, centred=centred) for pair in zip(x, weights, strict=True))
    y = np.concatenate([part @ weight.T for part, weight in zip(x, weights, strict=True)])
    whole, added = Moments.of(np.concatenate(x), y, centred=centred), one + other
    assert added.teacher is None and added.floor == pytest.approx(whole.floor, rel=1e-9) and whole.floor > 0
    assert np.allclose(added.best, whole.best, rtol=1e-9, atol=1e-9)


@given(seeds, st.booleans(), st.booleans())
def test_a_weight_is_a_number_of_repetitions(seed, centred, layer):
    rng = np.random.default_rng(seed)
    x, y = samples(rng)
    times = rng.integers(0, 4, len(x))
    times[0] = 1
    rows = np.repeat(np.arange(len(x)), times)
    weight, bias = rng.standard_normal((3, 4)), rng.standard_normal(3)
    if layer:
        one = Moments.of_layer(x, weight, bias, weights=times, centred=centred)
        other = Moments.of_layer(x[rows], weight, bias, centred=centred)
    else:
        one, other = Moments.of(x, y, weights=times, centred=centred), Moments.of(x[rows], y[rows], centred=centred)
    assert one.samples == other.samples
    for name in ("cross", "covariance", "target_moment", "mean_x", "mean_y"):
        assert np.allclose(getattr(one, name), getattr(other, name), rtol=1e-10, atol=1e-10)


@given(seeds, st.integers(1, 50), st.booleans())
def test_blocks_within_a_call_change_nothing(seed, length, centred):
    import tnsolve.environments.spreads as home

    rng = np.random.default_rng(seed)
    x, y = samples(rng, count=50)
    whole = Moments.of(x, y, centred=centred)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(home, "ROWS", length)
        patch.setattr(home, "ENTRIES", 1)
        parts = Moments.of(x, y, centred=centred)
    for name in ("cross", "covariance", "targets", "mean_x", "mean_y", "samples"):
        assert np.allclose(getattr(parts, name), getattr(whole, name), rtol=1e-11, atol=1e-11)


@given(seeds, st.sampled_from([0.0, 1e4, 1e6]), st.sampled_from([1e-10, 1.0, 1e15]), st.integers(1, 3))
def test_single_precision_samples_are_summed_in_double(seed, offset, scale, parts):
    rng = np.random.default_rng(seed)
    x = (scale * (rng.standard_normal((3000, 3)) + offset)).astype(np.float32)
    y = (scale * (rng.standard_normal((3000, 2)) - offset)).astype(np.float32)
    blocks = list(zip(np.array_split(x, parts), np.array_split(y, parts), strict=True))
    exact = Moments.of(x.astype(float), y.astype(float))
    for found in (Moments.of(x, y), Moments.streamed(blocks)):
        assert found.cross.dtype == found.covariance.dtype == found.targets.dtype == np.float64
        for name in ("cross", "covariance", "targets"):
            size = np.max(np.abs(getattr(exact, name)))
            assert np.max(np.abs(getattr(found, name) - getattr(exact, name))) <= 1e-9 * size
    spread = np.cov(x.astype(float).T, bias=True)
    assert np.max(np.abs(exact.covariance - spread)) <= 1e-9 * np.max(np.abs(spread))


def test_samples_that_cannot_be_used_are_named():
    x, y = samples(np.random.default_rng(0))
    for call, error in {
        lambda: Moments.of(x, y[:-1]): r"Moments.of\(y=...\) has shape \(29, 3\); it must be \(30, any\)",
        lambda: Moments.of(x[:0], y[:0]): r"Moments.of\(x=...\) holds no samples",
        lambda: Moments.of(x * np.nan, y): r"Moments.of\(x=...\) has the value nan",
        lambda: Moments.of(x * 1e200, y): "has the size .* whose square float64 cannot hold",
        lambda: Moments.of(x, y * 1e-200): "has the size .* whose square float64 cannot hold",
        lambda: Moments.of(x, y, metric=1e200 * np.eye(3)): "metric=.* whose square float64 cannot hold",
        lambda: Moments.of(np.ma.masked_less(x, 0.5), y): "masked entries",
        lambda: Moments.of(x * (1 + 1j), y): "imaginary part",
        lambda: Moments.of(x, y, weights=-np.ones(30)): "must not be negative",
        lambda: Moments.streamed([]): r"Moments.streamed\(x=...\) holds no samples",
        lambda: Moments.streamed([(x, y), (x[:, :2], y)]): r"it must be \(any, 4\)",
        lambda: Moments.of_layer(
            x, np.ones((2, 3))
        ): r"of_layer\(weight=...\) has shape \(2, 3\); it must be \(any, 4\)",
        lambda: Moments.of_layer(x, np.ones((2, 4)), np.ones(3)): r"bias=...\) has shape \(3,\)",
        lambda: Moments.of(x, y).padded(2, 4): "would cut a layer",
        lambda: Moments.of(x, y).pulled(np.ones((3, 4)), -1.0): r"pulled\(samples=...\) is -1",
        lambda: Moments.of(x, y).pulled(np.ones((3, 3)), 1.0): r"pulled\(weight=...\) has shape",
        lambda: Moments.of(x, y).prepared(Step(samples=5), 0): "moments hold no samples to choose from",
        lambda: Moments.of_covariance(np.ones((2, 3)), -np.eye(3)): "positive semi-definite",
    }.items():
        with pytest.raises(ValueError, match=error):
            call()


def test_moments_take_what_every_door_takes():
    torch = pytest.importorskip("torch")
    x, y = samples(np.random.default_rng(0))
    whole = Moments.of(x, y)
    for convert in (np.ndarray.tolist, np.asfortranarray, torch.tensor):
        found = Moments.of(convert(x), convert(y))
        assert np.allclose(found.cross, whole.cross, rtol=1e-14)
    empty = Moments.streamed([(x[:0], y[:0]), (x, y), (x[:0], y[:0])])
    assert np.array_equal(empty.cross, whole.cross) and empty.samples == len(x)


# -- a prior -------------------------------------------------------------------------------------------------------


@given(networks(), st.data(), st.sampled_from([1e-3, 1.0, 100.0]), st.booleans())
def test_a_pull_is_a_penalty_on_the_distance_from_a_weight(network, data, strength, own):
    given_moments = data.draw(moments(network))
    dense = network.to_dense()
    weight = np.random.default_rng(data.draw(seeds)).standard_normal(dense.shape)
    weight = given_moments.teacher if own and given_moments.teacher is not None else weight
    pulled = given_moments.pulled(weight, strength)
    metric = np.eye(len(dense)) if given_moments.metric is None else given_moments.metric.matrix
    away = dense - weight
    expected = given_moments.loss(network) + strength / 2 * np.sum((metric @ away) * away)
    size = 1 + expected + pulled.power + strength * np.linalg.norm(metric) * np.sum(weight**2)
    condition = 1 if given_moments.covariance is None else np.linalg.cond(given_moments.covariance)
    assert abs(pulled.loss(network) - expected) <= 1e4 * EPS * size * condition * (1 + np.linalg.norm(metric))
    assert np.linalg.norm(pulled.slope(pulled.best)) <= 1e-9 * size
    assert pulled.floor >= given_moments.floor - 1e4 * EPS * size * condition
    assert given_moments.pulled(weight, 0) is given_moments


@given(networks(("MPO",)), st.data())
def test_a_strong_pull_ends_at_the_weight(network, data):
    given_moments = data.draw(moments(network))
    weight = np.random.default_rng(data.draw(seeds)).standard_normal(network.to_dense().shape)
    size = 1.0 if given_moments.covariance is None else np.linalg.norm(given_moments.covariance)
    best = given_moments.pulled(weight, 1e9 * size).best
    bound = 1e-8 * (1 + np.linalg.norm(weight) + np.linalg.norm(given_moments.cross) / size)
    assert np.linalg.norm(best - weight) <= bound


def test_a_pull_fills_what_the_samples_leave_open():
    rng = np.random.default_rng(0)
    weight = rng.standard_normal((3, 8))
    x = rng.standard_normal((4, 8))
    student = Moments.of(x, x @ weight.T, centred=False)
    assert np.linalg.norm(student.best - weight) > 0.1
    assert np.linalg.norm(student.pulled(weight, 1e-6).best - weight) <= 1e-6
    assert np.linalg.norm(Moments.of_layer(x, weight).pulled(weight, 1e-3).best - weight) == 0


# -- sizes ---------------------------------------------------------------------------------------------------------


@given(networks(), st.data(), st.sampled_from([1e-25, 1e-3, 1e18]))
def test_the_error_has_no_units(network, data, unit):
    """In single precision too, where squares of 1e18 and 1e-25 cannot be held."""
    given_moments = data.draw(moments(network))
    small = network.filled([core.data.astype(np.float32) for core in network.cores])
    cores = [core.data for core in small.cores]
    large = small.filled([(cores[0] * unit).astype(np.float32), *cores[1:]])
    for dtype in (np.float32, np.float64):
        moved = given_moments.rescaled(unit).astype(dtype)
        reference, found = given_moments.error(small), moved.error(large)
        condition = 1 if given_moments.covariance is None else np.linalg.cond(given_moments.covariance)
        norms = np.prod([np.linalg.norm(core) for core in cores]) / (np.linalg.norm(given_moments.best) or 1.0)
        assert abs(found - reference) <= 1e-4 * (1 + norms) * condition * (1 + reference)


@pytest.mark.parametrize("unit", [1e-200, 1e-160, 1e155, 1e200])
def test_the_error_of_a_weight_whose_squares_no_float_holds(unit):
    weight = np.random.default_rng(0).standard_normal((8, 8))
    for metric in (None, np.diag(np.arange(1.0, 9.0))):
        there, here = (Moments.data_free(size * weight, metric=metric) for size in (unit, 1.0))
        cut = MPO.from_dense(unit * weight, (8,), (8,), 1)
        half = cut.filled([core.data / 2 for core in cut.cores])
        assert there.error(half) == pytest.approx(0.5, rel=1e-12)
        ordinary = MPO.from_dense(weight, (4, 2), (4, 2), 1)
        moved = ordinary.filled([ordinary.cores[0].data * unit, *(core.data for core in ordinary.cores[1:])])
        assert there.error(moved.centred((1,))) == pytest.approx(here.error(ordinary), rel=1e-10)


@given(problems(), st.sampled_from([np.float32, np.float64]))
def test_a_dtype_is_kept(case, dtype):
    network, given_moments = case
    found = given_moments.astype(dtype)
    arrays = [found.cross, found.covariance, found.targets, found.mean_x, found.mean_y, found.best, found.teacher]
    arrays += [found.metric and found.metric.matrix]
    assert {array.dtype for array in arrays if array is not None} == {np.dtype(dtype)}
    network = network.filled([core.data.astype(dtype) for core in network.cores])
    problem = found.problem(network, (0,))
    assert problem.right.dtype == problem.gram().dtype == dtype
    assert found.samples == given_moments.samples and found.centred == given_moments.centred


def test_what_is_shown_is_a_line():
    rng = np.random.default_rng(0)
    x, y = samples(rng)
    assert repr(Moments.of(x, y)) == "Moments(3 outputs, 4 inputs, 30 samples, plain squares)"
    assert repr(Moments.data_free(np.ones((300, 400)), metric=Metric(np.eye(300), KIND))) == (
        f"Moments(300 outputs, 400 inputs, white inputs, {KIND})"
    )
    assert repr(Metric(np.eye(500), KIND)) == f"Metric(500 outputs, {KIND})"


# -- the bias ------------------------------------------------------------------------------------------------------


@given(networks(), st.data())
def test_the_bias_of_a_network_is_that_of_its_matrix(network, data):
    given_moments = data.draw(moments(network))
    bias = given_moments.bias_of(network)
    assert np.array_equal(bias, given_moments.bias(network.to_dense()))
    assert np.array_equal(given_moments.matrix(network), network.to_dense())
    other = network.filled([2 * core.data for core in network.cores])
    assert np.array_equal(given_moments.matrix(other), other.to_dense())


@pytest.mark.parametrize("make", [Moments.data_free, lambda w: Moments.of_covariance(w, np.eye(6))])
def test_a_bias_is_kept_where_no_samples_refit_it(make):
    weight, bias = np.random.default_rng(0).standard_normal((4, 6)), np.arange(4.0)
    start = MPO.from_dense(weight, (2, 3), (2, 2), 1)
    assert np.array_equal(tn.compress(weight, start, inputs=make(weight), bias=bias).layer.bias, bias)
