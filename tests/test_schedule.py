"""The schedule: short columns repeat their last entry, wrong entries are named."""

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


@pytest.mark.parametrize(
    ("column", "entry"),
    [
        *(("rank", entry) for entry in (0, -1, 2.5, "4", True)),
        *(("ridge", entry) for entry in (-1e-9, float("nan"), float("inf"), "1", None, True)),
        *(("sites", entry) for entry in (0, 3, None, "2", True)),
        *(("cutoff", entry) for entry in (-0.1, 1.0, float("nan"), None)),
        *(("travel", entry) for entry in (1, None, "yes")),
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
    assert repr(entry) in str(error.value) or isinstance(entry, str)


@pytest.mark.parametrize("sweeps", [0, -1, 2.0, None, "3"])
def test_a_wrong_number_of_sweeps_is_shown(sweeps):
    with pytest.raises(ValueError, match=r"Schedule\(sweeps=.*at least 1"):
        Schedule(sweeps)


def test_an_empty_or_unknown_column_is_named():
    with pytest.raises(ValueError, match=r"Schedule\(rank=\[\]\) is empty"):
        Schedule(rank=[])
    with pytest.raises(ValueError, match=r"Schedule\(ranks=\.\.\.\) is no column; the columns are rank, ridge"):
        Schedule(ranks=4)
