"""MNIST at 14x14, rank 10, then 20, then 30: an MPS classifier by sweeps, without backprop.

Images are averaged in 2x2 squares; rows of pixels are read in turn from left and from right, so that neighbours on
the chain are neighbours in the image. Features (cos, sin) of pi x / 2, softmax matching loss, label on the middle core.
Each rank starts from the student of the rank before, widened along principal directions.

    python experiments/mnist_mps.py --choose    the ridge of each rank, by the error on 5,000 held-out training images
    python experiments/mnist_mps.py             the chosen settings on all 60,000 images, one look at the test images
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from common import cpu_clock, mnist_images, parser, peak_memory, pooled

import tnsolve as tn

WARM_UP = tn.Schedule(sweeps=3, ridge=[1e-6, 1e-5, 3e-5], samples=10_000)
SWEEPS = {10: 5, 20: 4, 30: 4}
GRID = {10: (1e-5, 3e-5), 20: (3e-5, 1e-4), 30: (1e-4, 3e-4)}
CHOSEN = {10: 3e-5, 20: 3e-5, 30: 1e-4}
COLUMNS = {
    "rank": "d",
    "ridge": "g",
    "training loss": ".4f",
    "error": ".2%",
    "parameters": ",d",
    "CPU seconds": ".0f",
    "CPU seconds in all": ".0f",
    "peak memory, GB": ".2f",
}


def snake(images: np.ndarray) -> np.ndarray:
    """Pooled images with every other row of pixels reversed : (N, 28, 28) -> (N, 196)."""
    rows = pooled(images).reshape(-1, 14, 14)
    rows[:, 1::2] = rows[:, 1::2, ::-1].copy()
    return rows.reshape(len(images), -1)


@dataclass(frozen=True)
class Training:
    """Training inputs (N, 196) and classes (N,)."""

    x: np.ndarray
    y: np.ndarray

    def begin(self) -> tuple[tn.Student, float]:
        """Principal start and three sweeps over 10,000 images, and CPU seconds."""
        with cpu_clock() as spent:
            x, y = self.x[: WARM_UP[0].samples], self.y[: WARM_UP[0].samples]
            start = tn.Student.principal(x, y, features=tn.trigonometric(), transfer=tn.softmax, rank=10)
            student = tn.fit(start, x, y, schedule=WARM_UP, progress=True).student
        return student, spent[0]

    def stage(self, student: tn.Student, rank: int, ridge: float) -> tuple[tn.Student, float, float]:
        """All sweeps at one rank: the student, its training loss, CPU seconds."""
        schedule = tn.Schedule(sweeps=SWEEPS[rank], rank=rank, ridge=ridge)
        with cpu_clock() as spent:
            solution = tn.fit(student, self.x, self.y, schedule=schedule, progress=True)
        return solution.student, solution.losses[-1], spent[0]


def error(student: tn.Student, x: np.ndarray, y: np.ndarray) -> float:
    """Share of wrong classes."""
    return 1 - tn.accuracy(student.preactivation(x), y)


def run(training: Training, held_out: tuple[np.ndarray, np.ndarray], grid: Mapping[int, tuple[float, ...]]) -> list:
    """Rank after rank, from the best ridge of the rank before: one row for each ridge tried."""
    student, total = training.begin()
    rows = []
    for rank, ridges in grid.items():
        tried = []
        for ridge in ridges:
            fitted, loss, spent = training.stage(student, rank, ridge)
            row = {"rank": rank, "ridge": ridge, "training loss": loss, "error": error(fitted, *held_out)}
            row |= {"parameters": fitted.parameters, "CPU seconds": spent, "CPU seconds in all": total + spent}
            tried.append((row["error"], fitted, row | {"peak memory, GB": peak_memory()}))
            print(tried[-1][2], flush=True)
        rows += [row for *_, row in tried]
        _, student, best = min(tried, key=lambda trial: trial[0])
        total = best["CPU seconds in all"]
    return rows


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--choose", action="store_true", help="try the grid on held-out training images")
    asked = options.parse_args()
    images, y, test_images, test_y = mnist_images(asked.data_dir)
    order = np.random.default_rng(0).permutation(len(images))
    x, y = snake(images)[order], y[order]
    if asked.choose:
        rows = run(Training(x[5000:], y[5000:]), (x[:5000], y[:5000]), GRID)
        title, caption = "MNIST 14x14: the ridge of each rank", "Error on 5,000 held-out training images."
    else:
        chosen = {rank: (ridge,) for rank, ridge in CHOSEN.items()}
        rows = run(Training(x, y), (snake(test_images), test_y), chosen)
        title, caption = "MNIST 14x14, all 60,000 images", "Error on the 10,000 test images, one look per rank."
    tn.report.table(title, COLUMNS, rows, caption)
    if asked.output is not None:
        Path(asked.output).mkdir(parents=True, exist_ok=True)
        name = "mnist_mps_choice.json" if asked.choose else "mnist_mps.json"
        (Path(asked.output) / name).write_text(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
