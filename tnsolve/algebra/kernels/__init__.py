"""Row kernels: the readable twin for any array namespace, the compiled one for NumPy arrays.

`kernels_for(array)` gives the module to call for contractions, `transfer_kernels_for(array)` for transfer functions. A
module and its twin hold the same functions with the same signatures:

    khatri_rao, absorb, absorb_label                     messages
    predict_outside, pull_outside, curve_outside         a region beside the label: label messages (N, m, b) flow in
    predict_inside, pull_inside, curve_inside            a region that holds the label: right rows (N, b) flow in
    pairs, label_pairs, pair_gram, solve_pairs           Gram matrices by products of symmetric pairs; packed systems

    softmax, softmax_divergence                          the transfer function that needs whole rows
    softmax_rows, sigmoid_rows, leaky_rows, algebraic_rows   potential, function and slope in one pass
"""

from types import ModuleType

from tnsolve.algebra.arrays import Array, is_numpy
from tnsolve.algebra.kernels import transfer_twins, twins


def kernels_for(array: Array) -> ModuleType:
    """The compiled kernels for a NumPy array (Numba is imported on first use), the twins for any other."""
    if not is_numpy(array):
        return twins
    from tnsolve.algebra.kernels import compiled

    return compiled


def transfer_kernels_for(array: Array) -> ModuleType:
    """The same for the kernels of transfer functions."""
    if not is_numpy(array):
        return transfer_twins
    from tnsolve.algebra.kernels import transfers

    return transfers
