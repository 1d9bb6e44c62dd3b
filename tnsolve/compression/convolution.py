"""A convolution as a linear layer: on its patches it is a matrix, with moments of their own."""

from collections.abc import Iterable
from functools import reduce
from operator import add

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tnsolve.environments.moments import Moments

BLOCK = 64


def kernel_matrix(kernel: np.ndarray) -> np.ndarray:
    """A kernel (out, in, kh, kw) as the matrix (out, in kh kw) that acts on `patches`."""
    return kernel.reshape(kernel.shape[0], -1)


def patches(images: np.ndarray, size: tuple[int, int], *, stride: int = 1, padding: int = 0) -> np.ndarray:
    """What a kernel of a size sees at each place : (N, in, h, w) -> (N, h', w', in kh kw).

    h' = floor((h + 2 padding - kh) / stride) + 1; padding is with zeros. The convolution (the cross-correlation that
    networks use) is patches(images, ...) @ kernel_matrix(kernel).T. Memory: kh kw / stride^2 times that of the images.
    Raises ValueError where the kernel is larger than the padded image.
    """
    padded = np.pad(images, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    if size[0] > padded.shape[2] or size[1] > padded.shape[3]:
        raise ValueError(
            f"patches(size={tuple(size)}) is larger than the images, {padded.shape[2:]} with padding={padding}; "
            f"pad more."
        )
    windows = sliding_window_view(padded, size, axis=(2, 3))[:, :, ::stride, ::stride]
    seen = windows.transpose(0, 2, 3, 1, 4, 5)
    return seen.reshape(*seen.shape[:3], -1)


def conv_moments(
    images: np.ndarray | Iterable[np.ndarray],
    kernel: np.ndarray,
    bias: np.ndarray | None = None,
    *,
    stride: int = 1,
    padding: int = 0,
    metric: np.ndarray | None = None,
) -> Moments:
    """Moments of all patches of the images and of what the kernel makes of them, in one pass.

    images : (N, in, h, w), or an iterable of such blocks    kernel : (out, in, kh, kw)    bias : (out,)
    metric : (out, out), the same at every place
    Every patch is a sample. Cost O(N h' w' (in kh kw)^2); memory that of the patches of BLOCK images.
    """
    matrix = kernel_matrix(kernel)
    blocks = np.split(images, range(BLOCK, len(images), BLOCK)) if isinstance(images, np.ndarray) else images

    def samples(block: np.ndarray) -> np.ndarray:
        return patches(block, kernel.shape[2:], stride=stride, padding=padding).reshape(-1, matrix.shape[1])

    return reduce(add, (Moments.of_layer(samples(block), matrix, bias, metric=metric) for block in blocks))
