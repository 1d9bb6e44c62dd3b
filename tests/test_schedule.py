"""The schedule: short columns repeat their last entry, wrong entries are named."""

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tnsolve.schedule import Schedule, Step

COLUMNS = {
    "rank": st.none() | st.integers(1, 100),
    "ridge": st.floats(0, 1e6) | st.integers(0, 3),
    "sites": st.sampled_from([1, 2]),
    "cutoff": st.floats(0, 1, exclude_max=True),
    "travel": st.booleans(),
    "metric": st.booleans(),
    "expand": st.integers(0, 9),
    "samples": st.none() | st.integers(1, 10**6),
}
columns = st.fixed_dictionaries(
    {}, optional={name: entry | st.lists(entry, min_size=1, max_size=5) for name, entry in COLUMNS.items()}
)


@given(sweeps=st.integers(1, 8), columns=columns)
def test_a_step_reads_every_column_in_its_row_or_its_last(sweeps, columns):
    schedule = Schedule(sweeps, **columns)
    steps = list(schedule)
    assert len(schedule) == len(steps) == sweeps
    for row, step in enumerate(steps):
        assert step == schedule[row]
        for name in COLUMNS:
            column = columns.get(name, getattr(Step(), name))
            entries = column if isinstance(column, list) else [column]
            assert getattr(step, name) == entries[min(row, len(entries) - 1)]


@given(sweeps=st.integers(1, 8), columns=columns)
def test_the_text_of_a_schedule_makes_it_again(sweeps, columns):
    schedule = Schedule(sweeps, **columns)
    again = eval(repr(schedule))
    assert list(again) == list(schedule)
    assert repr(again) == repr(schedule)


NUMBERS = {
    "rank": [np.int64(3), np.uint8(3), np.array(3)],
    "ridge": [np.float32(0.25), np.float16(0.25), np.int64(1), np.array(0.25), array_api_strict.asarray(0.25)],
    "sites": [np.int32(2)],
    "cutoff": [np.float32(0.25), np.int8(0)],
    "travel": [np.True_, np.False_],
    "metric": [np.True_],
    "expand": [np.int16(2)],
    "samples": [np.int64(100)],
}


@pytest.mark.parametrize(("column", "entry"), [(name, entry) for name, entries in NUMBERS.items() for entry in entries])
def test_numbers_of_numpy_are_kept_as_numbers_of_python(column, entry):
    plain = entry.item() if isinstance(entry, np.generic | np.ndarray) else float(entry)
    for schedule in Schedule(np.int64(2), **{column: entry}), Schedule(2, **{column: [entry]}):
        for step in schedule:
            assert type(getattr(step, column)) in (int, float, bool)
            assert getattr(step, column) == plain
            assert step == Step(**{column: entry}) == Step(**{column: plain})
            assert len({step, Step(**{column: plain})}) == 1
        assert schedule == Schedule(2, **{column: plain}) == eval(repr(schedule))
        assert hash(schedule) == hash(Schedule(2, **{column: plain}))
        assert "\n" not in repr(schedule)
        assert "np." not in repr(schedule)


@given(ranks=st.lists(st.integers(1, 50), min_size=1, max_size=5), sweeps=st.integers(1, 8))
def test_a_column_is_any_sequence_of_entries(ranks, sweeps):
    expected = Schedule(sweeps, rank=ranks)
    holders = [tuple(ranks), np.array(ranks), np.array(ranks, np.int8), array_api_strict.asarray(ranks), iter(ranks)]
    for column in holders:
        assert Schedule(sweeps, rank=column) == expected
    assert Schedule(3, rank=range(2, 5)) == Schedule(3, rank=[2, 3, 4])
    assert Schedule(3, ridge=np.logspace(-3, -1, 3)) == Schedule(3, ridge=[1e-3, 1e-2, 1e-1])
    assert expected != Schedule(sweeps + 1, rank=ranks)
    assert expected != Schedule(sweeps, rank=[ranks[0] + 1])
    assert expected != list(expected)


def test_a_repr_is_a_line_without_a_stray_comma():
    assert repr(Schedule()) == "Schedule(sweeps=6)"
    assert repr(Schedule(2, rank=np.array([4, 8]))) == "Schedule(sweeps=2, rank=[4, 8])"


@pytest.mark.parametrize(
    ("column", "entry"),
    [
        *(("rank", entry) for entry in (0, -1, 2.5, "4", True, np.True_, {4}, {4: 8}, b"4", [[4], [4, 8]])),
        *(
            ("ridge", entry)
            for entry in (-1e-9, float("nan"), float("inf"), "1", None, True, np.True_, np.float32("nan"), 1j, "1e-3")
        ),
        *(("sites", entry) for entry in (0, 3, None, "2", True, 2.0)),
        *(("cutoff", entry) for entry in (-0.1, 1.0, float("nan"), None)),
        *(("travel", entry) for entry in (1, None, "yes", np.int64(1))),
        *(("metric", entry) for entry in (0, None)),
        *(("expand", entry) for entry in (-1, 1.0, None, True)),
        *(("samples", entry) for entry in (0, -3, 10.0, False)),
    ],
)
@pytest.mark.parametrize("inside", [False, True], ids=["alone", "in a list"])
def test_a_wrong_entry_is_shown_with_what_it_must_be(column, entry, inside):
    good = getattr(Step(), column)
    with pytest.raises(ValueError, match="must be") as error:
        Schedule(3, **{column: [good, entry] if inside else entry})
    assert f"Schedule({column}=...)" in str(error.value)
    assert repr(entry) in str(error.value) or isinstance(entry, str | list)
    with pytest.raises(ValueError, match=rf"^Step\({column}=\.\.\.\) is .*must be"):
        Step(**{column: entry})


@pytest.mark.parametrize("sweeps", [0, -1, 2.0, None, "3", True, np.True_, np.float64(2), [2], np.array([2, 3])])
def test_a_wrong_number_of_sweeps_is_shown(sweeps):
    with pytest.raises(ValueError, match=r"^Schedule\(sweeps=\.\.\.\) is .*at least 1"):
        Schedule(sweeps)


def test_an_empty_or_unknown_column_is_named():
    with pytest.raises(ValueError, match=r"Schedule\(rank=\[\]\) is empty"):
        Schedule(rank=[])
    with pytest.raises(ValueError, match=r"Schedule\(ranks=\.\.\.\) is no column; the columns are rank, ridge"):
        Schedule(ranks=4)
