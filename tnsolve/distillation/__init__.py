"""Targets, measures and contests: what a student learns from a teacher, and how well it did beside its rivals."""
