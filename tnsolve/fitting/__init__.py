"""The front doors: fit a student to samples, a network to a layer."""
