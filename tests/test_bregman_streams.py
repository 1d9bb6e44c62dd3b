"""Streams of batches: what they come to, what a batch counts, and streams without spread, rank, weight or samples."""

import numpy as np
import pytest
from budgets import examples
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from strategies import dtypes, seeds
from test_bregman_pca import TRANSFERS, each, mean_loss, planted

import tnsolve.transfer as tt
from tnsolve.bregman import BregmanPCA
from tnsolve.bregman.gauge import metric
from tnsolve.bregman.streaming import FORGETTING, Clock, descended, newton_steps

EPS = np.finfo(np.float64).eps
few = examples(10)
masses = st.floats(1e-3, 1e3)


@pytest.mark.parametrize(
    "transfer", [tt.identity, tt.relu, tt.elu, tt.softplus, tt.sigmoid, tt.tanh, tt.softmax], ids=str
)
def test_batches_come_close_to_all_at_once(transfer):
    y, _, _ = planted(transfer, 0, samples=400, noise=0.3)
    whole = BregmanPCA(2, transfer).fit(y)
    stream = BregmanPCA(2, transfer)
    for _ in range(4):
        for rows in np.split(y, 8):
            stream.partial_fit(rows)
    streamed = mean_loss(stream, stream.transform(y), y, None)
    assert streamed <= whole.divergence_ + 0.05 * (whole.total_divergence_ - whole.divergence_)
    assert np.allclose(metric(stream.to_layer()), np.eye(2), atol=1e-8)


def test_the_first_batch_is_an_ordinary_fit_and_fit_starts_afresh():
    y, _, _ = planted(tt.sigmoid, 0)
    pca = BregmanPCA(2, tt.sigmoid, sweeps=20, tolerance=1e-3)
    first = pca.partial_fit(y).divergence_
    assert first == pytest.approx(pca.fit(y).divergence_, rel=1e-6)
    assert pca.stream is None


# -- what a batch counts ---------------------------------------------------------------------------------------------


def clock_after(weights):
    clock = Clock()
    for weight in weights:
        clock, _ = clock.after(weight)
    return clock


@given(weight=masses, batches=st.integers(1, 50))
def test_equal_batches_are_counted(weight, batches):
    rate = clock_after([weight] * (batches - 1)).after(weight)[1]
    assert rate == pytest.approx(batches**-FORGETTING, rel=1e-9)


@given(weights=st.lists(masses, min_size=1, max_size=12), last=masses, more=st.floats(1.01, 100))
def test_a_batch_counts_by_its_weight_and_without_weight_not_at_all(weights, last, more):
    clock = clock_after(weights)
    assert clock.after(0.0) == (clock, 0.0)
    rate = clock.after(last)[1]
    assert rate < clock.after(more * last)[1] * (1 + 1e-9)
    assert clock.after(1e6 * clock.weight)[1] > 0.99
    assert clock.after(1e-9 * clock.weight)[1] < 1e-6


@given(weights=st.lists(masses, min_size=1, max_size=12), scale=masses)
def test_the_unit_of_weights_does_not_matter(weights, scale):
    rate, scaled = (clock_after(each[:-1]).after(each[-1])[1] for each in (weights, [scale * w for w in weights]))
    assert rate == pytest.approx(scaled, rel=1e-9)


@given(weight=masses, batches=st.integers(1, 30), pieces=st.integers(2, 5))
def test_a_batch_in_pieces_keeps_nearer_to_what_the_whole_keeps_than_if_pieces_were_counted(weight, batches, pieces):
    clock, kept, counted = clock_after([weight] * batches), 1.0, 1.0
    whole = 1 - clock.after(weight)[1]
    for piece in range(pieces):
        clock, rate = clock.after(weight / pieces)
        kept *= 1 - rate
        counted *= 1 - (batches + 1 + piece) ** -FORGETTING
    assert abs(np.log(kept / whole)) < 0.5 * abs(np.log(counted / whole))


@pytest.mark.parametrize("transfer", [tt.identity, tt.sigmoid, tt.softmax], ids=str)
@few
@given(seed=seeds)
def test_splitting_a_batch_changes_the_answer_less_than_counting_it_twice(transfer, seed):
    y, _, _ = planted(transfer, seed, samples=240, noise=0.3)
    batches = np.split(y, 6)

    def answer(parts):
        pca = BregmanPCA(2, transfer)
        for part in parts:
            pca.partial_fit(part)
        return pca.inverse_transform(pca.transform(y))

    def counting(clock, weight):
        return Clock(clock.weight + weight, clock.squares + 1), (clock.squares + 1) ** -FORGETTING

    halves = [*batches[:-1], *np.split(batches[-1], 2)]
    change = np.linalg.norm(answer(batches) - answer(halves))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Clock, "after", counting)
        counted = np.linalg.norm(answer(batches) - answer(halves))
    assert change < counted


def test_a_last_batch_of_three_samples_hardly_moves_the_answer():
    y, _, _ = planted(tt.identity, 0, samples=600, noise=0.3)
    pca = BregmanPCA(2)
    for rows in np.split(y, 6):
        pca.partial_fit(rows)
    before = pca.to_layer()
    pca.partial_fit(10 + y[:3])
    assert np.linalg.norm(pca.mean_ - before.mean) < 0.1 * np.linalg.norm(np.full(9, 10.0))


@each
@pytest.mark.parametrize("empty", ["no samples", "no weight"])
def test_a_batch_of_nothing_changes_nothing(transfer, empty):
    y, _, _ = planted(transfer, 0)
    samples, weights = (y[:0], None) if empty == "no samples" else (y[:7], np.zeros(7))
    unbegun = BregmanPCA(2, transfer).partial_fit(samples, weights=weights)
    assert unbegun.stream is None and unbegun.fitted is None
    pca = BregmanPCA(2, transfer).partial_fit(y)
    stream, fitted = pca.stream, pca.fitted
    assert pca.partial_fit(samples, weights=weights) is pca
    assert pca.stream is stream and pca.fitted is fitted


@few
@given(seed=seeds, transfer=st.sampled_from([tt.identity, tt.sigmoid, tt.softmax]))
def test_a_sample_without_weight_is_not_there(seed, transfer):
    y, _, _ = planted(transfer, seed, noise=0.3)
    with_more, plain = BregmanPCA(2, transfer), BregmanPCA(2, transfer)
    for rows in np.split(y, 4):
        plain.partial_fit(rows)
        weights = np.append(np.ones(len(rows)), [0, 0])
        with_more.partial_fit(np.concatenate([rows, transfer(np.zeros((2, 9)))]), weights=weights)
    assert np.allclose(plain.mean_, with_more.mean_, rtol=0, atol=1e-6)
    assert plain.divergence_ == pytest.approx(with_more.divergence_, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("weights", [[1.0, -1.0, 0.0], [0.0, np.nan, 0.0], [0.0, 0.0]])
def test_weights_that_are_none_are_refused_also_where_they_sum_to_zero(weights):
    with pytest.raises(ValueError, match=r"partial_fit\(weights=...\)"):
        BregmanPCA(1).partial_fit(np.eye(3), weights=np.array(weights))


# -- degenerate streams ----------------------------------------------------------------------------------------------


def constant(rng, transfer, units):
    row = transfer(rng.standard_normal((1, units)))
    return lambda at: (np.repeat(row, 6, axis=0), None)


def of_rank_one(rng, transfer, units):
    direction = rng.standard_normal((1, units))
    return lambda at: (transfer(rng.standard_normal((8, 1)) @ direction + 0.3), None)


def one_by_one(rng, transfer, units):
    return lambda at: (transfer(rng.standard_normal((1 if at else 5, units))), None)


def repeated(rng, transfer, units):
    rows = transfer(rng.standard_normal((2, units)))
    return lambda at: (rows[rng.integers(0, 2, 6)], None)


def on_one_sample(rng, transfer, units):
    return lambda at: (transfer(rng.standard_normal((6, units))), np.eye(6)[rng.integers(6)])


def saturated(rng, transfer, units):
    if transfer.classes:
        return lambda at: (np.eye(units)[rng.integers(0, units, 6)], None)
    ends = max(transfer.low, -3.0), min(transfer.high, 3.0)
    return lambda at: (rng.choice(ends, (6, units)), None)


def constant_then_rich(rng, transfer, units):
    early, late = constant(rng, transfer, units), lambda at: (transfer(rng.standard_normal((30, units))), None)
    return lambda at: early(at) if at < 2 else late(at)


def growing(rng, transfer, units):
    return lambda at: (transfer(4.0**at / 64 * rng.standard_normal((8, units))), None)


STREAMS = [constant, of_rank_one, one_by_one, repeated, on_one_sample, saturated, constant_then_rich, growing]


@pytest.mark.parametrize("kind", STREAMS, ids=lambda kind: kind.__name__)
@examples(25)
@given(seed=seeds, transfer=st.sampled_from(TRANSFERS), dtype=dtypes, components=st.integers(1, 4))
@example(seed=71349565, transfer=tt.arctan, dtype=np.float64, components=2)
@example(seed=652391, transfer=tt.exp, dtype=np.float32, components=4)
def test_no_stream_breaks_it(kind, seed, transfer, dtype, components):
    rng = np.random.default_rng(seed)
    batch = kind(rng, transfer, 6)
    pca = BregmanPCA(components, transfer)
    for at in range(5):
        y, weights = batch(at)
        pca.partial_fit(y.astype(dtype), weights=weights)
        codes = pca.transform(y.astype(dtype))
        for array in (pca.components_, pca.mean_, pca.explained_divergence_, codes, pca.inverse_transform(codes)):
            assert np.all(np.isfinite(array))
        rounding = 1e3 * np.finfo(dtype).eps * (1 + np.abs(pca.total_divergence_) + np.abs(y).max() ** 2)
        assert 0 <= pca.divergence_ <= pca.total_divergence_ + rounding


@each
@few
@given(seed=seeds)
def test_a_constant_stream_is_its_mean(transfer, seed):
    rng = np.random.default_rng(seed)
    row = transfer(rng.standard_normal((1, 5)))
    pca = BregmanPCA(2, transfer)
    for _ in range(4):
        pca.partial_fit(np.repeat(row, 6, axis=0))
    assert np.all(pca.components_ == 0)
    assert np.allclose(pca.inverse_transform(np.zeros((1, 2))), row, rtol=0, atol=1e-6)


@pytest.mark.parametrize("transfer", [tt.identity, tt.sigmoid, tt.softmax], ids=str)
@pytest.mark.parametrize("first", [1, 6])
def test_directions_that_the_first_batches_lack_are_found_later(transfer, first):
    y, _, _ = planted(transfer, 0, samples=400, noise=0.0)
    stream = BregmanPCA(1 if first == 1 else 2, transfer)
    whole = BregmanPCA(stream.components, transfer).fit(y)
    stream.partial_fit(np.repeat(y[:1], first, axis=0))
    for _ in range(4):
        for rows in np.split(y, 8):
            stream.partial_fit(rows)
    streamed = mean_loss(stream, stream.transform(y), y, None)
    assert streamed <= whole.divergence_ + 0.05 * (whole.total_divergence_ - whole.divergence_)


# -- the step --------------------------------------------------------------------------------------------------------


@given(seed=seeds, size=st.integers(1, 4), missing=st.integers(0, 3), scale=st.floats(1e-4, 1e4))
def test_steps_stay_where_there_is_no_curvature_and_scale_with_the_codes(seed, size, missing, scale):
    rng = np.random.default_rng(seed)
    design = rng.standard_normal((20, size))
    design[:, : min(missing, size)] = 0
    upper = np.triu_indices(size)
    packed, right = (design.T @ design)[upper][None], (design.T @ rng.standard_normal(20))[None]
    step = newton_steps(packed, right)
    assert np.all(step[:, : min(missing, size)] == 0)
    scales = scale ** np.arange(size)
    scaled = newton_steps(packed * np.outer(scales, scales)[upper], right * scales)
    assert np.allclose(scaled * scales, step, rtol=1e-6, atol=1e-9)


@given(
    theta=arrays(np.float64, (4, 2), elements=st.floats(-3, 3)),
    step=arrays(np.float64, (4, 2), elements=st.floats(-1e3, 1e3)),
)
def test_a_descended_row_never_rises(theta, step):
    def objective(at):
        return np.sum(np.cosh(np.clip(at, -50, 50)), axis=1)

    before = objective(theta)
    assert np.all(objective(descended(objective, theta, step)) <= before * (1 + 128 * EPS))
