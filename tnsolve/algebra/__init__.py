"""Numbers and named legs: arrays, factorisations, contractions, kernels. It knows no network."""
