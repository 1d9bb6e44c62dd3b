"""The gate repeats itself; a thorough run explores; what a module's edit does not need can be left out."""

from pathlib import Path

import pytest
from budgets import examples
from conftest import SLOW
from hypothesis import settings


def test_the_gate_repeats_itself_and_a_thorough_run_does_not():
    gate, thorough = settings.get_profile("ci"), settings.get_profile("thorough")
    assert gate.derandomize and gate.max_examples == 25 and gate.deadline is None
    assert not thorough.derandomize and thorough.print_blob and thorough.deadline is None
    assert examples(25).max_examples == settings.default.max_examples


@pytest.mark.parametrize("profile", ["ci", "thorough"])
def test_a_costly_property_keeps_its_share_of_the_examples(profile):
    before = settings.get_current_profile_name()
    settings.load_profile(profile)
    try:
        assert examples(10).max_examples == settings.get_profile(profile).max_examples * 10 // 25
    finally:
        settings.load_profile(before)


def test_files_that_are_slow_exist():
    assert {path.stem for path in Path(__file__).parent.glob("test_*.py")} >= SLOW
