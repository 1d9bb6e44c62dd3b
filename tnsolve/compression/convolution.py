"""A convolution as a linear layer: on its patches it is a matrix, with moments of their own."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat
from math import prod
from operator import add
from typing import Any, Literal, overload

import numpy as np
from array_api_compat import is_array_api_obj

from tnsolve import checks
from tnsolve.algebra.arrays import generator
from tnsolve.compression.windows import Each, Padding, Window, batched
from tnsolve.environments.metrics import Metric
from tnsolve.environments.moments import Moments

BLOCK = 64


def kernel_matrix(kernel: Any, *, groups: int = 1) -> np.ndarray:
    """A kernel (out, in / groups, k...) as the matrix (out, in prod(k)) that acts on `patches`.

    With groups it is zero where an output does not see a channel.
    Raises ValueError for what is no kernel of 1 to 3 axes, and where the groups do not divide its outputs.
    """
    kernel = _kernel(kernel, "kernel_matrix")
    groups = _groups(groups, kernel, "kernel_matrix")
    rows = kernel.reshape(groups, kernel.shape[0] // groups, -1)
    whole = np.zeros((groups, rows.shape[1], groups, rows.shape[2]), kernel.dtype)
    whole[range(groups), :, range(groups), :] = rows
    return whole.reshape(kernel.shape[0], -1)


def patches(
    images: Any, size: Sequence[int], *, stride: Each = 1, padding: Padding = 0, dilation: Each = 1
) -> np.ndarray:
    """What a kernel of a size sees at each place : (N, in, h, w) -> (N, h', w', in kh kw).

    images   (N, in, ...) with as many further axes as `size`, one to three; or one image (in, ...), and N is left out
    stride, dilation, padding : as torch takes them, one integer or one for each axis. Padding is with zeros; "same"
             keeps the size, "valid" is 0

    h' = floor((h + 2 padding - dilation (kh - 1) - 1) / stride) + 1. The convolution (the cross-correlation that
    networks use) is patches(images, ...) @ kernel_matrix(kernel).T. Memory: kh kw / stride^2 times that of the images.
    Raises ValueError where the kernel is larger than the padded image, and for anything else that torch refuses.
    """
    window = Window.of(size, stride, padding, dilation, "patches")
    given, alone = batched(images, len(window.size), "patches(images=...)")
    seen = window.views(given, "patches")
    rows = seen.reshape(*seen.shape[: 1 + len(window.size)], prod(seen.shape[1 + len(window.size) :]))
    return rows[0] if alone else rows


@overload
def conv_moments(
    images: Any,
    kernel: Any,
    bias: Any = None,
    *,
    stride: Each = 1,
    padding: Padding = 0,
    dilation: Each = 1,
    groups: Literal[1] = 1,
    targets: Any = None,
    places: int | None = None,
    metric: Any = None,
    seed: int | np.random.Generator = 0,
) -> Moments: ...
@overload
def conv_moments(
    images: Any,
    kernel: Any,
    bias: Any = None,
    *,
    stride: Each = 1,
    padding: Padding = 0,
    dilation: Each = 1,
    groups: int,
    targets: Any = None,
    places: int | None = None,
    metric: Any = None,
    seed: int | np.random.Generator = 0,
) -> Moments | tuple[Moments, ...]: ...
def conv_moments(
    images: Any,
    kernel: Any,
    bias: Any = None,
    *,
    stride: Each = 1,
    padding: Padding = 0,
    dilation: Each = 1,
    groups: int = 1,
    targets: Any = None,
    places: int | None = None,
    metric: Any = None,
    seed: int | np.random.Generator = 0,
) -> Moments | tuple[Moments, ...]:
    """Moments of all patches of the images and of what the kernel makes of them, in one pass.

    images   (N, in, h, w), or with one or three axes in place of h, w; one image (in, h, w); or an iterable of such
    kernel   (out, in / groups, kh, kw), whose axes decide those of the images    bias : (out,)
    stride, padding, dilation : see `patches`
    groups   more than one: a tuple with the Moments of each group. A grouped convolution is that many independent
             layers, from in / groups channels to out / groups, and each is compressed by itself
    targets  (N, out, h', w'), in blocks where the images are: what the layer is to give in place of what the kernel
             makes, as in sequential fitting on a student's own activations
    places   so many places of each image, drawn without replacement by `seed`; all of them by default. The draw does
             not depend on the blocks
    metric   (out, out), the same at every place; of groups its diagonal blocks count

    Every patch is a sample. Cost O(N h' w' (in kh kw)^2); memory that of the patches of BLOCK images.
    Raises ValueError, in the name of what is wrong, for channels that are not the kernel's, targets of another shape,
    a stream without images, and whatever `patches` and `Moments` refuse.
    """
    call = "conv_moments"
    kernel = _kernel(kernel, call)
    groups = _groups(groups, kernel, call)
    window = Window.of(kernel.shape[2:], stride, padding, dilation, call)
    bias = None if bias is None else checks.array(bias, f"{call}(bias=...)", shape=(kernel.shape[0],))
    known = Metric.of(metric, kernel.shape[0], call)
    some = None if places is None else checks.count(places, f"{call}(places=...)")
    rng = generator(seed)
    parts = [
        _Part(kernel.reshape(len(kernel), -1)[rows], None if bias is None else bias[rows], rows, _block(known, rows))
        for rows in np.split(np.arange(len(kernel)), groups)
    ]
    sums: tuple[Moments, ...] = ()
    for given, wanted in _blocks(images, targets, kernel.ndim):
        block, alone = batched(given, len(window.size), f"{call}(images=...)")
        _require_channels(block, kernel, groups)
        views = window.views(block, call)
        y = None if targets is None else _outputs(wanted, views, len(kernel), alone)
        chosen = window.drawn(views, some, rng)
        x = views[chosen].reshape(-1, groups, kernel[0].size)
        y = None if y is None else y[chosen].reshape(-1, len(kernel))
        if len(x):
            new = tuple(part.moments(x[:, k], y) for k, part in enumerate(parts))
            sums = tuple(map(add, sums, new)) if sums else new
    if not sums:
        raise ValueError(f"{call}(images=...) holds no image; pass at least one, or an iterable that is not exhausted.")
    return sums if groups > 1 else sums[0]


class _Part:
    """One group: its matrix, bias, outputs and metric."""

    def __init__(self, matrix: np.ndarray, bias: np.ndarray | None, rows: np.ndarray, metric: Metric | None):
        self._matrix, self._bias, self._rows, self._metric = matrix, bias, rows, metric

    def moments(self, x: np.ndarray, y: np.ndarray | None) -> Moments:
        """Of patches (M, in k) and, where they are not the layer's own, of targets (M, out)."""
        if y is None:
            return Moments.of_layer(x, self._matrix, self._bias, metric=self._metric)
        return Moments.of(x, y[:, self._rows], metric=self._metric)


def _kernel(kernel: Any, call: str) -> np.ndarray:
    """(out, in, k...) with one to three further axes."""
    kernel = checks.array(kernel, f"{call}(kernel=...)")
    if not 3 <= kernel.ndim <= 5:
        raise ValueError(f"{call}(kernel=...) has shape {kernel.shape}; it must be (out, in, k, ...), 1 to 3 axes k.")
    return kernel


def _groups(groups: int, kernel: np.ndarray, call: str) -> int:
    groups = checks.count(groups, f"{call}(groups=...)")
    if kernel.shape[0] % groups:
        raise ValueError(f"{call}(groups={groups}) does not divide the {kernel.shape[0]} outputs of the kernel.")
    return groups


def _require_channels(block: np.ndarray, kernel: np.ndarray, groups: int) -> None:
    channels, (outputs, taken) = block.shape[1], kernel.shape[:2]
    if channels == groups * taken:
        return
    shares = channels // taken
    grouped = f"; pass groups={shares}" if channels == shares * taken and outputs % max(1, shares) == 0 else ""
    raise ValueError(
        f"conv_moments(images=...) has {channels} channels but the kernel, of shape {kernel.shape}, takes "
        f"{groups * taken}: {taken} in each of {groups} group{'s' * (groups > 1)}{grouped}."
    )


def _block(metric: Metric | None, rows: np.ndarray) -> Metric | None:
    return None if metric is None else Metric(metric.matrix[np.ix_(rows, rows)], metric.kind)


def _outputs(wanted: Any, views: np.ndarray, outputs: int, alone: bool) -> np.ndarray:
    """Targets of a block, the channels last : (N, h', w', out)."""
    count, axes = views.shape[0], (views.ndim - 2) // 2
    shape = (outputs, *views.shape[1 : 1 + axes])
    y = checks.array(wanted, "conv_moments(targets=...)", shape=shape if alone else (count, *shape), empty=True)
    return np.moveaxis(y[None] if alone else y, 1, -1)


def _blocks(images: Any, targets: Any, axes: int) -> Iterator[tuple[Any, Any]]:
    """Blocks of images and of their targets, None where there are none."""
    if not _is_array(images) and not _is_stream(images, axes):
        images = checks.array(images, "conv_moments(images=...)", empty=True)
    if _is_array(images):
        if images.ndim != axes:
            return iter([(images, targets)])
        if targets is not None:
            targets = checks.array(targets, "conv_moments(targets=...)", empty=True)
            if len(targets) != len(images):
                raise ValueError(
                    f"conv_moments(targets=...) has {len(targets)} samples for {len(images)} images; give one each."
                )
        cuts = [slice(at, at + BLOCK) for at in range(0, len(images), BLOCK)]
        return ((images[cut], None if targets is None else targets[cut]) for cut in cuts)
    return zip(images, repeat(None)) if targets is None else _paired(images, targets)


def _is_stream(images: Any, axes: int) -> bool:
    """Whether images come in blocks: any iterable but a list of numbers or of images."""
    if not isinstance(images, Iterable):
        return False
    return not isinstance(images, Sequence) or all(_is_array(one) and one.ndim == axes for one in images)


def _is_array(value: Any) -> bool:
    return bool(is_array_api_obj(value))


def _paired(images: Iterable[Any], targets: Any) -> Iterator[tuple[Any, Any]]:
    """Block by block, to the end of both."""
    nothing = object()
    rest = iter(targets)
    for block in images:
        wanted = next(rest, nothing)
        if wanted is nothing:
            raise ValueError("conv_moments(targets=...) ends before the images; give a block for each block of them.")
        yield block, wanted
    if next(chain(rest, [nothing]), nothing) is not nothing:
        raise ValueError("conv_moments(targets=...) goes on after the images; give a block for each block of them.")
