"""Bregman PCA: short codes for a layer's activations in the geometry of its own transfer function, and the way back."""

from tnsolve.bregman.layer import BregmanLayer
from tnsolve.bregman.pca import BregmanPCA
from tnsolve.bregman.through import ThroughLayer

__all__ = ["BregmanLayer", "BregmanPCA", "ThroughLayer"]
