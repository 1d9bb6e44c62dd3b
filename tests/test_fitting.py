"""A fit: it ends as it says, returns the best student, and goes on after a stop as if there had been none."""

from dataclasses import dataclass, replace
from itertools import pairwise

import array_api_strict
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import EPS, same_bits, seeds

import tnsolve as tn
from tnsolve.local.abstract import AbstractLocal, Info
from tnsolve.sweeping.runs import Sweep
from tnsolve.sweeping.sweep import Visit

COLUMNS = [
    {},
    {"rank": 3},
    {"rank": [1, 2, 3]},
    {"rank": 3, "expand": 1, "samples": [20, 40]},
    {"rank": [1, 3], "sites": 2},
    {"rank": 3, "sites": 2, "travel": True, "cutoff": 1e-3},
    {"rank": 3, "sites": 2, "metric": True},
    {"rank": 3, "sites": [1, 2], "expand": 1},
]
few = settings(max_examples=12)
LEGENDRE = tn.legendre(2)
STEPS = 1e5  # multiply-adds behind a mean loss: samples times entries of the cores, and as many again in QRs


def problem(seed=0, samples=40, sites=4, outputs=2, transfer=tn.identity):
    """Inputs and targets of a random quadratic, with noise."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(size=(samples, sites))
    z = (x - 0.5) @ rng.standard_normal((sites, outputs)) + (x**2 @ rng.standard_normal((sites, outputs)))
    return x, transfer(z + 0.3 * rng.standard_normal(z.shape))


def principal(x, y, transfer=tn.identity, rank=2):
    return tn.Student.principal(x, y, features=LEGENDRE, transfer=transfer, rank=rank)


def without_times(statistics):
    return [{name: value for name, value in row.items() if "seconds" not in name} for row in statistics]


def same(a, b):
    """Whether two solutions agree in every bit but the clock's."""
    alike = (a.result, without_times(a.statistics)) == (b.result, without_times(b.statistics))
    return alike and same_bits(a.student.network, b.student.network)


class Stop(Exception):
    """Raised by an observer."""


def stopping_after(events, error=Stop):
    """An observer that raises `error` at its event number `events`, counted from 0."""
    seen = []

    def observe(event):
        seen.append(event)
        if len(seen) > events:
            raise error

    return observe


@dataclass(frozen=True)
class Constant(AbstractLocal):
    """A solver that multiplies what it is given."""

    factor: float

    def solve(self, problem, theta, penalty):
        return theta * self.factor, Info(0.0, 0.0)


@dataclass(frozen=True)
class Recording(AbstractLocal):
    """The default solver, with a list of the problems it was given."""

    problems: list

    def solve(self, problem, theta, penalty):
        self.problems.append(problem)
        return tn.Auto().solve(problem, theta, penalty)


# -- what comes back -----------------------------------------------------------------------------------------------


@few
@given(
    seed=seeds,
    transfer=st.sampled_from([tn.identity, tn.sigmoid, tn.tanh, tn.softmax, tn.exp]),
    sweeps=st.integers(1, 3),
    columns=st.sampled_from(COLUMNS),
)
def test_the_statistics_say_what_happened(seed, transfer, sweeps, columns):
    x, y = problem(seed, transfer=transfer)
    start = principal(x, y, transfer)
    events = []
    schedule = tn.Schedule(sweeps, ridge=1e-2, **columns)
    solution = tn.fit(start, x, y, schedule=schedule, validation=(x[:10], y[:10]), observe=events.append)
    assert solution.result in (tn.Result.COMPLETED, tn.Result.STALLED)
    done = [event for event in events if isinstance(event, Sweep)]
    assert [event.statistics for event in done] == list(solution.statistics)
    assert solution.losses == [row["loss"] for row in solution.statistics]
    assert solution.validation_losses == [row["validation"] for row in solution.statistics]
    visits = [event for event in events if isinstance(event, Visit)]
    assert sum(row["lowered"] for row in solution.statistics) == sum(v.info.after < v.info.before for v in visits)
    for index, (step, event) in enumerate(zip(schedule, done, strict=False)):
        row, student = event.statistics, event.student
        assert row["sweep"] == index
        assert row["samples"] == (step.samples or len(x))
        assert row["ridge"] == step.ridge
        assert row["parameters"] == student.parameters
        assert row["rank"] == max(student.network.ranks.values()) <= 3
        judged = {"validation": 10} | ({"loss": len(x)} if row["samples"] == len(x) else {})
        for name, rows in judged.items():
            expected = np.mean(transfer.loss(student.preactivation(x[:rows]), y[:rows]))
            assert abs(row[name] - expected) <= STEPS * EPS * (1 + expected + np.max(np.abs(y)))
        assert row["seconds"] >= 0
    best = done[int(np.argmin(solution.validation_losses))].student
    assert same_bits(solution.student.network, best.network)


@few
@given(seed=seeds, transfer=st.sampled_from([tn.identity, tn.sigmoid, tn.softmax]))
def test_without_validation_the_last_student_is_returned_and_sweeps_only_improve(seed, transfer):
    x, y = problem(seed, transfer=transfer)
    start = principal(x, y, transfer)
    events = []
    solution = tn.fit(start, x, y, schedule=tn.Schedule(4, ridge=0.0), observe=events.append)
    assert same_bits(solution.student.network, events[-1].student.network)
    assert solution.validation_losses == []
    assert all(b <= a + STEPS * EPS * (1 + a) for a, b in pairwise(solution.losses))
    assert solution.losses[0] <= np.mean(transfer.loss(start.preactivation(x), y))


@few
@given(seed=seeds, ranks=st.lists(st.integers(1, 5), min_size=1, max_size=3).map(sorted))
def test_ranks_grow_by_the_column_and_never_past_what_the_legs_can_fill(seed, ranks):
    x, y = problem(seed, sites=6)
    sizes = []

    def observe(event):
        if isinstance(event, Sweep):
            sizes.append(event.student.network.ranks)

    tn.fit(principal(x, y, rank=1), x, y, schedule=tn.Schedule(3, rank=ranks), observe=observe)
    for found, step in zip(sizes, tn.Schedule(3, rank=ranks), strict=True):
        outer = {"b1": 2, "b2": 4, "b3": 8, "b4": 4, "b5": 2}
        assert found == {bond: min(step.rank, most) for bond, most in outer.items()}


@few
@given(seed=seeds, counts=st.lists(st.integers(1, 30), min_size=2, max_size=3).map(sorted), draw=st.integers(0, 3))
def test_subsets_are_seeded_nested_and_of_the_size_asked_for(seed, counts, draw):
    x, y = problem(seed, samples=20, outputs=1)
    start, schedule = principal(x, y), tn.Schedule(len(counts), samples=counts)
    problems = []
    solution = tn.fit(start, x, y, schedule=schedule, local=Recording(problems), seed=draw)
    assert [row["samples"] for row in solution.statistics] == [min(count, 20) for count in counts]
    seen = [set(one.targets[:, 0]) for one in problems]
    assert all(a <= b for a, b in pairwise(seen))
    assert seen[-1] <= set(y[:, 0])
    assert all(abs(np.sum(one.weights) - 1) <= 40 * EPS for one in problems)
    again = tn.fit(start, x, y, schedule=schedule, seed=draw)
    assert same(solution, again)


# -- weights, losses, dtypes ---------------------------------------------------------------------------------------


@few
@given(seed=seeds, transfer=st.sampled_from([tn.identity, tn.sigmoid, tn.softmax]), sites=st.sampled_from([1, 2]))
def test_integer_weights_repeat_samples_and_zero_weights_remove_them(seed, transfer, sites):
    x, y = problem(seed, samples=30, transfer=transfer)
    counts = np.random.default_rng(seed).integers(0, 3, len(x)) + (np.arange(len(x)) < 5)
    start = principal(x, y, transfer)
    schedule = tn.Schedule(2, ridge=0.1, rank=2, sites=sites)
    weighted = tn.fit(start, x, y, schedule=schedule, weights=counts)
    repeated = tn.fit(start, np.repeat(x, counts, axis=0), np.repeat(y, counts, axis=0), schedule=schedule)
    # CG stops by a threshold that rounding may cross: compare what was reached, not the steps
    assert np.allclose(weighted.losses, repeated.losses, rtol=1e-6, atol=1e-9)
    assert np.allclose(weighted.student(x), repeated.student(x), rtol=1e-4, atol=1e-5)
    scaled = tn.fit(start, x, y, schedule=schedule, weights=8.0 * counts)
    assert same(weighted, scaled)


def test_another_loss_than_the_students_own_is_minimised():
    x, y = problem(transfer=tn.sigmoid)
    start = principal(x, y, tn.sigmoid)
    logits = tn.sigmoid.inverse(y)
    solution = tn.fit(start, x, logits, schedule=tn.Schedule(3, rank=2), loss=tn.identity)
    plain = tn.fit(principal(x, logits), x, logits, schedule=tn.Schedule(3, rank=2))
    assert same_bits(solution.student.network, plain.student.network)
    assert np.array_equal(solution.student(x), tn.sigmoid(plain.student(x)))


def test_classes_are_their_one_hot_rows():
    x, y = problem(outputs=3, transfer=tn.softmax)
    classes = np.argmax(y, axis=1)
    start = principal(x, y, tn.softmax)
    schedule = tn.Schedule(2)
    first = tn.fit(start, x, classes, schedule=schedule, validation=(x, classes))
    second = tn.fit(start, x, np.eye(3)[classes], schedule=schedule, validation=(x, np.eye(3)[classes]))
    assert same(first, second)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_fit_keeps_the_dtype_of_its_start_whatever_the_data_are(dtype):
    x, y = problem()
    start = principal(x.astype(dtype), y.astype(dtype))
    solutions = [
        tn.fit(start, a, b, schedule=tn.Schedule(1)) for a, b in ((x, y), (x.astype(np.float32), y.astype(np.float32)))
    ]
    for solution in solutions:
        assert {core.data.dtype for core in solution.student.network.cores} == {np.dtype(dtype)}
        assert solution.student(x).dtype == dtype


@few
@given(seed=seeds, sites=st.sampled_from([1, 2]))
def test_read_only_and_strided_inputs_fit_like_any_other(seed, sites):
    x, y = problem(seed)
    start = principal(x, y)
    schedule = tn.Schedule(2, sites=sites, rank=2)
    expected = tn.fit(start, x, y, schedule=schedule)
    frozen = [array.copy() for array in (x, y)]
    strided = [np.repeat(np.repeat(array, 2, axis=0), 2, axis=1)[::2, ::2] for array in (x, y)]
    turned = [np.asfortranarray(array) for array in (x, y)]
    for array in (*frozen, *strided, *turned):
        array.flags.writeable = False
    for a, b in (frozen, strided, turned):
        assert same(tn.fit(start, a, b, schedule=schedule), expected)


@few
@given(seed=seeds, transfer=st.sampled_from([tn.identity, tn.softmax]), sites=st.sampled_from([1, 2]))
def test_a_fit_of_arrays_that_keep_to_the_standard_agrees_with_numpy(seed, transfer, sites):
    x, y = problem(seed, transfer=transfer)
    schedule = tn.Schedule(2, rank=2, sites=sites, ridge=0.1, samples=[30, 40])
    ours = tn.fit(principal(x, y, transfer), x, y, schedule=schedule, validation=(x, y))
    with array_api_strict.ArrayAPIStrictFlags(boolean_indexing=False, data_dependent_shapes=False):
        a, b = (array_api_strict.asarray(array) for array in (x, y))
        theirs = tn.fit(principal(a, b, transfer), a, b, schedule=schedule, validation=(a, b))
        assert np.allclose(np.from_dlpack(theirs.student(a)), ours.student(x), rtol=1e-4, atol=1e-5)
    assert np.allclose(ours.losses, theirs.losses, rtol=1e-6, atol=1e-9)


def test_threads_change_nothing_on_few_samples():
    x, y = problem()
    start = principal(x, y)
    assert same(tn.fit(start, x, y, workers=1), tn.fit(start, x, y, workers=4))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("sites", [784, 3072])
def test_numbers_stay_finite_on_long_chains(sites, dtype):
    rng = np.random.default_rng(0)
    x, y = rng.uniform(size=(64, sites)).astype(dtype), np.eye(2, dtype=dtype)[rng.integers(0, 2, 64)]
    start = tn.Student.principal(x, y, features=tn.trigonometric(), transfer=tn.softmax, rank=3)
    solution = tn.fit(start, x, y, schedule=tn.Schedule(1))
    assert solution.result is tn.Result.COMPLETED
    assert np.isfinite(solution.losses).all()
    assert solution.losses[0] < np.log(2)
    assert np.all(np.isfinite(solution.student(x)))


# -- endings -------------------------------------------------------------------------------------------------------


def test_a_fit_that_gains_too_little_has_converged():
    x, y = problem()
    solution = tn.fit(principal(x, y), x, y, schedule=tn.Schedule(30), tolerance=0.05)
    assert solution.result is tn.Result.CONVERGED
    *_, before, last = solution.losses
    assert abs(before - last) < 0.05 * before
    assert all(abs(a - b) >= 0.05 * a for a, b in zip(solution.losses[:-2], solution.losses[1:-1], strict=True))


def test_patience_stops_and_the_best_student_comes_back():
    rng = np.random.default_rng(0)
    x, y = rng.uniform(size=(30, 5)), rng.standard_normal((30, 1))
    xv, yv = rng.uniform(size=(200, 5)), 0.1 * rng.standard_normal((200, 1))
    start = tn.Student.principal(x, y, features=LEGENDRE, rank=4)
    schedule = tn.Schedule(20, ridge=[10.0, 1.0, 0.1, 1e-3])
    solution = tn.fit(start, x, y, schedule=schedule, validation=(xv, yv), patience=2)
    held_out = solution.validation_losses
    assert solution.result is tn.Result.EARLY_STOPPED
    assert len(held_out) == 1 + int(np.argmin(held_out)) + 2
    assert np.isclose(np.mean((solution.student(xv) - yv) ** 2) / 2, min(held_out), rtol=1e-9)


def test_a_fit_that_no_visit_improves_has_stalled():
    x, y = problem()
    start = tn.Student.random(x, y, features=LEGENDRE, rank=2)
    solution = tn.fit(start, x, y, local=Constant(1.0))
    assert solution.result is tn.Result.STALLED
    assert len(solution.losses) == 1


@pytest.mark.parametrize("validated", [False, True])
def test_a_fit_that_leaves_the_numbers_has_diverged_and_returns_the_last_finite_student(validated):
    x, y = problem()
    start = tn.Student.random(x, y, features=LEGENDRE, rank=2)
    solution = tn.fit(start, x, y, local=Constant(float("nan")), validation=(x, y) if validated else None)
    assert solution.result is tn.Result.DIVERGED
    assert np.isnan(solution.losses).all()
    assert same_bits(solution.student.network, start.network)


@pytest.mark.parametrize("events", [0, 2, 5, 9])
def test_an_interrupt_from_the_keyboard_returns_what_there_is(events):
    x, y = problem()
    start = principal(x, y)
    solution = tn.fit(start, x, y, observe=stopping_after(events, KeyboardInterrupt))
    assert solution.result is tn.Result.INTERRUPTED
    assert len(solution.losses) == events // 5
    assert np.all(np.isfinite(solution.student(x)))


def test_an_error_of_an_observer_is_the_callers():
    x, y = problem()
    with pytest.raises(Stop):
        tn.fit(principal(x, y), x, y, observe=stopping_after(3))


# -- checkpoints ---------------------------------------------------------------------------------------------------


@few
@given(
    seed=seeds,
    events=st.integers(0, 16),
    transfer=st.sampled_from([tn.identity, tn.softmax]),
    columns=st.sampled_from(COLUMNS),
    dtype=st.sampled_from([np.float32, np.float64]),
    validated=st.booleans(),
)
def test_a_fit_that_was_stopped_goes_on_as_if_it_never_was(
    tmp_path_factory, seed, events, transfer, columns, dtype, validated
):
    x, y = (array.astype(dtype) for array in problem(seed, transfer=transfer))
    start = principal(x, y, transfer)
    options = {"schedule": tn.Schedule(3, **columns), "validation": (x[:15], y[:15]) if validated else None}
    expected = tn.fit(start, x, y, **options)
    folder = tmp_path_factory.mktemp("fit")
    path = folder / "fit.safetensors"
    try:
        tn.fit(start, x, y, checkpoint=path, observe=stopping_after(events), **options)
    except Stop:
        assert [file.name for file in folder.iterdir()] in ([], [path.name])
    resumed = tn.fit(start, x, y, checkpoint=path, **options)
    assert same(resumed, expected)
    assert [file.name for file in folder.iterdir()] == [path.name]
    assert same(tn.fit(start, x, y, checkpoint=path, observe=stopping_after(0), **options), expected)


@pytest.mark.parametrize("options", [{"tolerance": 0.5}, {"patience": 1}], ids=str)
def test_a_fit_that_had_ended_ends_again_at_once(tmp_path, options):
    x, y = problem()
    start, held_out = principal(x, y), problem(seed=9)
    options |= {"schedule": tn.Schedule(12, rank=3, ridge=1e-6), "validation": held_out, "checkpoint": tmp_path / "fit"}
    ended = tn.fit(start, x, y, **options)
    assert ended.result in (tn.Result.CONVERGED, tn.Result.EARLY_STOPPED)
    assert same(tn.fit(start, x, y, observe=stopping_after(0), **options), ended)


def test_a_checkpoint_of_another_fit_is_refused(tmp_path):
    x, y = problem()
    start, path = principal(x, y), tmp_path / "fit.safetensors"
    schedule = tn.Schedule(2)
    weights, validation = np.arange(len(x)) + 1.0, (x[:9], y[:9])
    options = {"schedule": schedule, "weights": weights, "validation": validation, "checkpoint": path}
    tn.fit(start, x, y, **options)
    other_map = replace(start, features=tn.ProductFeatures.of(tn.chebyshev(2), 4))
    changes = [
        (start, 0.9 * x, y, {}),
        (start, x, 2 * y, {}),
        (start, x[::-1], y, {}),
        (principal(x, y, rank=1), x, y, {}),
        (other_map, x, y, {}),
        (start, x, y, {"schedule": tn.Schedule(3, ridge=1e-4)}),
        (start, x, y, {"workers": 1, "seed": 1}),
        (start, x, y, {"tolerance": 1e-9}),
        (start, x, y, {"weights": None}),
        (start, x, y, {"validation": (x[:8], y[:8])}),
        (start, x, y, {"validation": (x[:9], y[1:10])}),
        (start, x, y, {"validation": None}),
        (start, x, y, {"seed": 1}),
        (start, x, y, {"tolerance": 0.1}),
        (start, x, y, {"local": tn.Newton()}),
    ]
    before = path.read_bytes()
    for student, a, b, changed in changes:
        with pytest.raises(
            ValueError, match=r"fit\(checkpoint='.*'\) belongs to a fit with other data.*delete the file"
        ):
            tn.fit(student, a, b, **(options | changed))
    assert path.read_bytes() == before


@few
@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_a_damaged_checkpoint_is_refused_or_reads_the_same(tmp_path_factory, place, flip):
    path = tmp_path_factory.mktemp("fit") / "fit.safetensors"
    x, y = problem(samples=8, sites=2, outputs=1)
    start = principal(x, y)
    options = {"schedule": tn.Schedule(1), "checkpoint": path}
    expected = tn.fit(start, x, y, **options)
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= flip
    path.write_bytes(content)
    try:
        resumed = tn.fit(start, x, y, **options)
    except ValueError as error:
        assert "damaged" in str(error) or "not written by tnsolve" in str(error)
    else:
        assert same(resumed, expected)


# -- wrong input ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": np.full((40, 4), np.nan)}, r"fit\(x=\.\.\.\) has the value nan at \(0, 0\)"),
        ({"x": np.zeros((40, 3))}, r"fit\(x=\.\.\.\) has 3 columns but the student has 4 sites"),
        ({"x": np.full((40, 4), 1.5)}, r"fit has the value 1\.5 in column 0, row 0, outside .* of legendre"),
        ({"y": np.zeros((39, 2))}, r"fit\(y=\.\.\.\) has shape \(39, 2\) for 40 samples"),
        ({"y": np.zeros((40, 3))}, r"fit\(y=\.\.\.\) has 3 columns but the student has 2 outputs"),
        ({"y": np.full((40, 2), np.inf)}, r"fit\(y=\.\.\.\) has the value inf at \(0, 0\)"),
        ({"weights": np.ones(39)}, r"fit\(weights=\.\.\.\) has shape \(39,\); it must be \(40,\)"),
        ({"weights": np.zeros(40)}, r"fit\(weights=\.\.\.\) has smallest entry 0 and sum 0"),
        ({"validation": (np.zeros((5, 3)), np.zeros((5, 2)))}, r"fit\(validation=\.\.\.\).* has 3 columns but"),
        ({"validation": (np.zeros((5, 4)), np.zeros((4, 2)))}, r"fit\(validation=\.\.\.\).* has shape \(4, 2\) for 5"),
    ],
)
def test_wrong_input_is_shown_with_the_call_and_what_to_do(change, message):
    x, y = problem()
    options = {"x": x, "y": y} | change
    with pytest.raises(ValueError, match=message):
        tn.fit(principal(x, y), **options)


def test_targets_outside_the_range_of_the_loss_are_refused():
    x, y = problem()
    start = principal(x, tn.sigmoid(y), tn.sigmoid)
    with pytest.raises(ValueError, match=r"fit has the target .* outside the range \[0, 1\] of sigmoid"):
        tn.fit(start, x, y + 5)


def test_one_sample_is_enough():
    x, y = problem(samples=1)
    solution = tn.fit(principal(x, y), x, y, schedule=tn.Schedule(3, ridge=1e-6))
    assert np.allclose(solution.student(x), y, rtol=1e-4)
