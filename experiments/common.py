"""What every experiment shares: where data comes from, CPU seconds, and splits by seed."""

import argparse
import gzip
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

MEAN_POOL = "28x28 averaged in 2x2 squares to 14x14, scaled to [0, 1]"


def parser(description: str | None) -> argparse.ArgumentParser:
    """An argument parser with the options that all experiments have."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--data-dir", default=os.environ.get("TNSOLVE_DATA"), help="folder that holds mnist/*.gz")
    made.add_argument("--output", default=None, help="folder for a JSON file of the printed table")
    return made


@contextmanager
def cpu_clock() -> Iterator[list[float]]:
    """CPU seconds of this process, all its threads, over a block: `with cpu_clock() as spent: ...; spent[0]`."""
    spent = [0.0]
    begun = time.process_time()
    try:
        yield spent
    finally:
        spent[0] = time.process_time() - begun


def peak_memory() -> float:
    """Largest resident memory of this process so far, in GB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1e6
    return float("nan")


def mnist(data_dir: str | None) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """MNIST at 14x14 in float32: training x (60000, 196) and y (60000,), test x (10000, 196) and y (10000,).

    Read from data_dir/mnist/*.gz (IDX format), else downloaded from OpenML.
    """
    if data_dir is None:
        from sklearn.datasets import fetch_openml

        images, labels = fetch_openml("mnist_784", version=1, return_X_y=True, as_frame=False, parser="liac-arff")
        x, y = _pooled(images.reshape(-1, 28, 28)), labels.astype(np.int64)
        return x[:60000], y[:60000], x[60000:], y[60000:]
    folder = Path(data_dir) / "mnist"
    parts = []
    for name in ("train", "t10k"):
        images = np.frombuffer(gzip.decompress((folder / f"{name}-images-idx3-ubyte.gz").read_bytes()), np.uint8)
        labels = np.frombuffer(gzip.decompress((folder / f"{name}-labels-idx1-ubyte.gz").read_bytes()), np.uint8)
        parts += [_pooled(images[16:].reshape(-1, 28, 28)), labels[8:].astype(np.int64)]
    return tuple(parts)


def _pooled(images: np.ndarray) -> np.ndarray:
    """Averages of 2x2 squares, scaled to [0, 1] : (N, 28, 28) -> (N, 196)."""
    means = images.reshape(-1, 14, 2, 14, 2).mean((2, 4), dtype=np.float32)
    return np.ascontiguousarray(means.reshape(-1, 196) / np.float32(255))


def digits() -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's digits: x (1797, 64) in [0, 1] and y (1797,)."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    return images / 16, labels
