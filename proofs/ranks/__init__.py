"""Ranks of tensor trains: constructions, lower bounds by unfoldings, truncation."""
