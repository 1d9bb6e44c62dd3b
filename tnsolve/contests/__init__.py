"""Rivals at the same task, one row each."""
