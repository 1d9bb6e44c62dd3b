"""Tangent kernels in closed form, the angle bound of the transfer risk, and the data of multiple views."""
