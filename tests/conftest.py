"""Hypothesis runs the same examples everywhere, with no deadline: a slow machine is not a failing one."""

from hypothesis import settings

settings.register_profile("dev", deadline=None, max_examples=25, derandomize=True)
settings.register_profile("ci", settings.get_profile("dev"))
settings.load_profile("dev")
