"""The sweep and what surrounds it: starts, growth, schedules under way, polish."""
