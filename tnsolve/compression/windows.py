"""Where a kernel looks: windows of 1 to 3 axes over images, by size, stride, dilation and padding as torch has them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tnsolve import checks

Each = int | Sequence[int]
Padding = Each | str


@dataclass(frozen=True)
class Window:
    """size, stride, dilation, zeros before and after the image; each has an entry for every axis."""

    size: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]

    @classmethod
    def of(cls, size: Sequence[int], stride: Each, padding: Padding, dilation: Each, call: str) -> Self:
        """Checked, and one integer for all axes given to each.   Raises ValueError for what torch refuses."""
        axes = np.size(np.asarray(size, dtype=object))
        if not 1 <= axes <= 3:
            raise ValueError(f"{call}(size={size!r}) has {axes} axes; give 1 to 3 of them, such as (3, 3).")
        size = each(size, axes, f"{call}(size=...)", 1)
        stride = each(stride, axes, f"{call}(stride=...)", 1)
        dilation = each(dilation, axes, f"{call}(dilation=...)", 1)
        if not isinstance(padding, str):
            before = each(padding, axes, f"{call}(padding=...)", 0)
            return cls(size, stride, dilation, before, before)
        if padding not in ("same", "valid"):
            raise ValueError(f"{call}(padding={padding!r}) must be an integer, one for each axis, 'same' or 'valid'.")
        if padding == "same" and max(stride) > 1:
            raise ValueError(f"{call}(padding='same') keeps no size at stride={stride}; give the padding in numbers.")
        total = [(k - 1) * d * (padding == "same") for k, d in zip(size, dilation, strict=True)]
        before = tuple(zeros // 2 for zeros in total)
        return cls(size, stride, dilation, before, tuple(t - b for t, b in zip(total, before, strict=True)))

    def views(self, images: np.ndarray, call: str) -> np.ndarray:
        """(N, in, h, w) -> (N, h', w', in, kh, kw), no entry of it copied from the padded images.

        Raises ValueError where the window is larger than the padded images.
        """
        ends = list(zip(self.before, self.after, strict=True))
        wide = np.pad(images, [(0, 0), (0, 0), *ends]) if any(map(any, ends)) else images
        reach = tuple(d * (k - 1) + 1 for k, d in zip(self.size, self.dilation, strict=True))
        if any(r > side for r, side in zip(reach, wide.shape[2:], strict=True)):
            dilated = "" if max(self.dilation) == 1 else f", {reach} with dilation={self.dilation},"
            padding = self.before if len(set(self.before)) > 1 else self.before[0]
            raise ValueError(
                f"{call}(size={self.size}){dilated} is larger than the images, {wide.shape[2:]} with "
                f"padding={padding}; pad more."
            )
        axes = len(self.size)
        spaces = tuple(range(2, 2 + axes))
        steps = [slice(None, None, step) for step in (*self.stride, *self.dilation)]
        seen = sliding_window_view(wide, reach, axis=spaces)[(slice(None), slice(None), *steps)]
        return np.moveaxis(seen, 1, 1 + axes)

    def drawn(self, views: np.ndarray, places: int | None, rng: np.random.Generator) -> Any:
        """An index of (N, h', w', ...) that takes so many places of every image; all of them for None."""
        count, space = views.shape[0], views.shape[1 : 1 + len(self.size)]
        if places is None or places >= prod(space):
            return ...
        ranked = np.argpartition(rng.random((count, prod(space))), places - 1, axis=1)[:, :places]
        return (np.arange(count)[:, None], *np.unravel_index(np.sort(ranked, axis=1), space))


def each(value: Any, axes: int, name: str, least: int) -> tuple[int, ...]:
    """An integer for every axis, from one for all or from as many as there are axes."""
    values = np.asarray(value, dtype=object).ravel().tolist()
    if len(values) not in (1, axes):
        raise ValueError(f"{name} is {value!r}; give one integer, or {axes} of them.")
    counted = tuple(checks.count(number, name, least) for number in values)
    return counted if len(counted) == axes else counted * axes


def batched(images: Any, axes: int, name: str) -> tuple[np.ndarray, bool]:
    """Images as (N, in, ...), and whether they were one image without N.   Raises ValueError for another shape."""
    given = checks.array(images, name, empty=True)
    if given.ndim not in (axes + 1, axes + 2):
        raise ValueError(
            f"{name} has shape {given.shape}; a kernel of {axes} axes takes (samples, channels) and {axes} more, or "
            f"one image without samples."
        )
    return (given[None], True) if given.ndim == axes + 1 else (given, False)
