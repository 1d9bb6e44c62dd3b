"""Row kernels: the readable twin for any array namespace, the compiled one for NumPy arrays.

`kernels_for(array)` gives the module to call. Both hold the same functions with the same signatures:

    khatri_rao, absorb, absorb_label                     messages
    predict_outside, pull_outside, curve_outside         a region beside the label: label messages (N, m, b) flow in
    predict_inside, pull_inside, curve_inside            a region that holds the label: right rows (N, b) flow in
    pairs, label_pairs, pair_gram                        Gram matrices by products of symmetric pairs
    softmax, softmax_divergence                          the transfer function that needs whole rows
"""

from types import ModuleType

from tnsolve.arrays import Array, is_numpy
from tnsolve.kernels import twins


def kernels_for(array: Array) -> ModuleType:
    """The compiled kernels for a NumPy array (Numba is imported on first use), the twins for any other."""
    if not is_numpy(array):
        return twins
    from tnsolve.kernels import compiled

    return compiled
