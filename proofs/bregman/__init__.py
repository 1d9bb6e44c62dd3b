"""Bregman geometry: matching losses, the mean, the gauge, and the split at the optimal code."""
