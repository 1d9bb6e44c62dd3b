"""What every experiment shares: where data comes from, CPU seconds, and splits by seed."""

import argparse
import gzip
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

import tnsolve as tn

MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's channels: what the pretrained ResNets expect."""


def parser(description: str | None) -> argparse.ArgumentParser:
    """An argument parser with the options that all experiments have."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--data-dir", default=os.environ.get("TNSOLVE_DATA"), help="folder that holds mnist/*.gz")
    made.add_argument("--output", default=None, help="folder for a JSON file of the printed table")
    return made


@contextmanager
def cpu_clock() -> Iterator[list[float]]:
    """CPU seconds of this process, all its threads, over a block: `with cpu_clock() as spent: ...; spent[0]`."""
    spent, clock = [0.0], tn.Clock()
    try:
        yield spent
    finally:
        spent[0] = clock.read()[1]


def peak_memory() -> float:
    """Largest resident memory of this process so far, in GB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1e6
    return float("nan")


def mnist_images(data_dir: str | None) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """MNIST: training images (60000, 28, 28) uint8 and classes (60000,), test images (10000, 28, 28) and classes.

    Read from data_dir/mnist/*.gz (IDX format), else downloaded from OpenML.
    """
    if data_dir is None:
        from sklearn.datasets import fetch_openml

        images, labels = fetch_openml("mnist_784", version=1, return_X_y=True, as_frame=False, parser="liac-arff")
        images, labels = images.reshape(-1, 28, 28).astype(np.uint8), labels.astype(np.int64)
        return images[:60000], labels[:60000], images[60000:], labels[60000:]
    folder = Path(data_dir) / "mnist"
    parts = []
    for name in ("train", "t10k"):
        images = np.frombuffer(gzip.decompress((folder / f"{name}-images-idx3-ubyte.gz").read_bytes()), np.uint8)
        labels = np.frombuffer(gzip.decompress((folder / f"{name}-labels-idx1-ubyte.gz").read_bytes()), np.uint8)
        parts += [images[16:].reshape(-1, 28, 28), labels[8:].astype(np.int64)]
    return tuple(parts)


def mnist(data_dir: str | None) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """MNIST at 14x14 in float32: training x (60000, 196) and y (60000,), test x (10000, 196) and y (10000,)."""
    images, y, test_images, test_y = mnist_images(data_dir)
    return pooled(images), y, pooled(test_images), test_y


def pooled(images: np.ndarray) -> np.ndarray:
    """Averages of 2x2 squares, scaled to [0, 1] : (N, 28, 28) -> (N, 196)."""
    means = images.reshape(-1, 14, 2, 14, 2).mean((2, 4), dtype=np.float32)
    return np.ascontiguousarray(means.reshape(-1, 196) / np.float32(255))


def cifar10(data_dir: str, *, train: int, test: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """CIFAR-10, the first so many images of either part: x (N, 3, 32, 32) in float32, normalised, and y (N,).

    Read from data_dir/cifar10/cifar10-jpeg.npz: lossy copies, on which every network does worse than on the originals.
    """
    from PIL import Image

    with np.load(Path(data_dir) / "cifar10" / "cifar10-jpeg.npz") as stored:
        header, scans, offsets, labels, is_test = (
            stored[name] for name in ("header", "scans", "offsets", "labels", "is_test")
        )
    parts = []
    for rows in (np.flatnonzero(~is_test.astype(bool))[:train], np.flatnonzero(is_test)[:test]):
        files = (io.BytesIO(header.tobytes() + scans[offsets[i] : offsets[i + 1]].tobytes()) for i in rows)
        images = np.stack([np.asarray(Image.open(file)) for file in files]) / 255
        parts += [((images - MEAN) / SPREAD).transpose(0, 3, 1, 2).astype(np.float32), labels[rows].astype(np.int64)]
    return tuple(parts)


@dataclass(frozen=True)
class ResNet:
    """A CIFAR ResNet with its batch norms folded into the kernels before them, shortcuts without parameters.

    kernels : name -> (kernel (out, in, 3, 3), bias (out,))    readout : weight (classes, 64) and bias
    """

    kernels: dict[str, tuple[Any, Any]]
    readout: tuple[Any, Any]

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Logits (N, classes) of normalised images."""
        import torch

        with torch.no_grad():
            return self._run(torch.as_tensor(images), {}).numpy()

    def entering(self, name: str, images: np.ndarray) -> np.ndarray:
        """What enters one convolution : (N, in, h, w)."""
        import torch

        seen: dict[str, Any] = {name: None}
        with torch.no_grad():
            self._run(torch.as_tensor(images), seen)
        return seen[name].numpy()

    def replaced(self, name: str, kernel: np.ndarray, bias: np.ndarray) -> "ResNet":
        """The same network with another kernel (out, in, 3, 3) in one place."""
        import torch

        new = tuple(torch.as_tensor(np.asarray(a, dtype=np.float32)) for a in (kernel, bias))
        return ResNet({**self.kernels, name: new}, self.readout)

    def _run(self, x: Any, seen: dict[str, Any]) -> Any:
        from torch.nn import functional

        def convolved(name: str, x: Any, stride: int = 1) -> Any:
            if name in seen:
                seen[name] = x
            kernel, bias = self.kernels[name]
            return functional.conv2d(x, kernel, bias, stride=stride, padding=1)

        x = convolved("conv1", x).relu()
        for stage, block in product((1, 2, 3), range(self._blocks)):
            stride = 2 if stage > 1 and block == 0 else 1
            inner = convolved(f"layer{stage}.{block}.conv1", x, stride).relu()
            inner = convolved(f"layer{stage}.{block}.conv2", inner)
            extra = (inner.shape[1] - x.shape[1]) // 2
            x = (inner + functional.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, extra, extra))).relu()
        weight, bias = self.readout
        return x.mean((2, 3)) @ weight.T + bias

    @property
    def _blocks(self) -> int:
        """Residual blocks in each of the three stages."""
        return sum(name.startswith("layer1.") for name in self.kernels) // 2


def resnet20(data_dir: str) -> ResNet:
    """ResNet-20 trained on CIFAR-10 by Y. Idelbayev (pytorch_resnet_cifar10, BSD-2), from data_dir/teachers."""
    import torch

    path = Path(data_dir) / "teachers" / "resnet20-12fca82f.th"
    stored = torch.load(path, map_location="cpu", weights_only=True)["state_dict"]
    state = {name.removeprefix("module."): tensor for name, tensor in stored.items()}
    kernels = {}
    for name in (key.removesuffix(".weight") for key in state if "conv" in key):
        norm = name.replace("conv", "bn")
        scale = state[f"{norm}.weight"] / torch.sqrt(state[f"{norm}.running_var"] + 1e-5)
        bias = state[f"{norm}.bias"] - scale * state[f"{norm}.running_mean"]
        kernels[name] = (scale[:, None, None, None] * state[f"{name}.weight"], bias)
    return ResNet(kernels, (state["linear.weight"], state["linear.bias"]))


def digits() -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's digits: x (1797, 64) in [0, 1] and y (1797,)."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    return images / 16, labels
