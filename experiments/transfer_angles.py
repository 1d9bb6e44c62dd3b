"""How fast does a linear student of a linear teacher agree in sign, and how much of that does the angle bound tell?

The student of n inputs is the teacher projected on their span (proofs/kernels/angles.py); alpha is the angle between
the two, the risk is the share of 5,000 fresh inputs on which their signs are opposite, and the bound is the share that
lies within alpha of a right angle to the teacher. Inputs have 512 coordinates, or are those that one core of an MPS
sees. Slopes are of log alpha, log risk and log bound in log n, over the n where they are not 0 in any seed.

The distributions were made up for the claims, each to show one case of them, so that their slopes are examples and no
estimates; nothing is fitted or chosen by its result within a run. Seeds 10 to 12 give the same slopes within 0.15.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from common import parser

import tnsolve as tn

DIMENSION, FRESH = 512, 5_000
COUNTS = (4, 8, 16, 32, 64, 128)
TINY = 1e-9
"""Angles and shares below this are 0 up to rounding."""
Source = Callable[[np.random.Generator, int], np.ndarray]
HARMONIC = 1 / np.arange(1, DIMENSION + 1)


def isotropic(rng: np.random.Generator) -> tuple[np.ndarray, Source]:
    """Normal inputs without a preferred direction: cos^2 alpha is n/d on average, no power of n."""
    return rng.standard_normal(DIMENSION), lambda draw, n: draw.standard_normal((n, DIMENSION))


def decaying(rng: np.random.Generator) -> tuple[np.ndarray, Source]:
    """Standard deviations and teacher weights of size 1/i: what n inputs leave of the teacher is about n^(-1/2)."""
    teacher = rng.choice((-1.0, 1.0), DIMENSION) * HARMONIC
    return teacher, lambda draw, n: draw.standard_normal((n, DIMENSION)) * HARMONIC


def with_margin(rng: np.random.Generator) -> tuple[np.ndarray, Source]:
    """The same without the inputs within 0.1 (in the cosine) of the teacher's boundary: p is 0 near a right angle."""
    teacher, source = decaying(rng)

    def kept(draw: np.random.Generator, n: int) -> np.ndarray:
        x = source(draw, 2 * n + 50)
        return x[np.abs(cosines(x, teacher)) > 0.1][:n]

    return teacher, kept


def slow_tail(rng: np.random.Generator) -> tuple[np.ndarray, Source]:
    """The same moved to angles d of the boundary with P[d <= t] = 1/(1 + log(1/t)): p has no power at a right angle."""
    teacher, source = decaying(rng)
    unit = teacher / np.linalg.norm(teacher)

    def moved(draw: np.random.Generator, n: int) -> np.ndarray:
        across = source(draw, n)
        across -= (across @ unit)[:, None] * unit
        size = np.linalg.norm(across, axis=1, keepdims=True)
        angle = np.exp(1 - 1 / draw.uniform(size=(n, 1))) * draw.choice((-1, 1), (n, 1))
        return np.cos(angle) * across + np.sin(angle) * size * unit

    return teacher, moved


def hyperplane(rng: np.random.Generator) -> tuple[np.ndarray, Source]:
    """The same without the first coordinate, in which the teacher is largest: alpha has a floor, the risk has none."""
    teacher, source = decaying(rng)
    return teacher, lambda draw, n: source(draw, n) * (HARMONIC < 1)


def mps_core(rng: np.random.Generator) -> tuple[np.ndarray, Source]:
    """What the middle core of a random MPS of rank 8 sees of 10 uniform inputs, phi = [1, x]: 128 coordinates."""
    features = tn.ProductFeatures.of(tn.monomials(2), 10)
    network = tn.MPS.random([2] * 10, 1, 8, label=5, seed=rng).centred((5,))

    def seen(draw: np.random.Generator, n: int) -> np.ndarray:
        columns = features(draw.uniform(-1, 1, (n, 10)))
        data = tn.Samples(tuple(columns), np.zeros((n, 1)), np.full(n, 1 / n), tn.identity)
        problem = data.problem(network, (5,))
        return np.einsum("na,ni,nb->naib", problem.map.left, problem.map.site, problem.map.right).reshape(n, -1)

    return rng.standard_normal(128), seen


SOURCES = {
    "isotropic": isotropic,
    "decaying": decaying,
    "decaying, margin": with_margin,
    "decaying, slow tail": slow_tail,
    "decaying, hyperplane": hyperplane,
    "core of an MPS": mps_core,
}


def cosines(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Of the angles between inputs (N, d) and weights (d,)."""
    return x @ w / (np.linalg.norm(x, axis=1) * np.linalg.norm(w))


def transfer(teacher: np.ndarray, rows: np.ndarray, fresh: np.ndarray) -> dict[str, float]:
    """Angle, risk and bound of the student of some rows."""
    _, singular, basis = np.linalg.svd(rows, full_matrices=False)
    basis = basis[singular > 1e-10 * singular[0]]
    student = basis.T @ (basis @ teacher)
    inside = np.linalg.norm(student) / np.linalg.norm(teacher)
    outside = np.linalg.norm(teacher - student) / np.linalg.norm(teacher)
    return {
        "angle": float(np.arctan2(outside, inside)),
        "risk": float(np.mean((fresh @ student) * (fresh @ teacher) < 0)),
        "bound": float(np.mean(np.abs(cosines(fresh, teacher)) < outside)),
    }


def slope(values: np.ndarray) -> float | None:
    """Of log value in log n by least squares; None where fewer than three n have no seed with the value 0.

    values : (seeds, n)
    """
    usable = (values > TINY).all(axis=0)
    if usable.sum() < 3:
        return None
    return float(np.polyfit(np.log(COUNTS)[usable], np.log(values[:, usable]).mean(axis=0), 1)[0])


def runs(name: str, seeds: int) -> dict[str, np.ndarray]:
    """Angle, risk and bound of one source of inputs, each (seeds, n); the inputs of fewer n are the first of more."""
    found: list[list[dict[str, float]]] = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        teacher, source = SOURCES[name](rng)
        rows, fresh = source(rng, max(COUNTS)), source(rng, FRESH)
        found.append([transfer(teacher, rows[:n], fresh) for n in COUNTS])
    return {key: np.array([[row[key] for row in each] for each in found]) for key in ("angle", "risk", "bound")}


def report(results: dict[str, dict[str, np.ndarray]], seeds: int) -> None:
    """One row per source and n, then the slopes."""
    rows, slopes = [], []
    for name, found in results.items():
        for place, n in enumerate(COUNTS):
            row = {"inputs": name if place == 0 else "", "n": n}
            for key, values in found.items():
                mean, sd = values[:, place].mean(), values[:, place].std()
                row[key] = f"{mean:.4f} +- {sd:.4f}"
            angles = np.degrees(found["angle"][:, place])
            row["angle"] = f"{angles.mean():.1f} +- {angles.std():.1f}"
            rows.append(row)
        slopes.append({"inputs": name, **{key: slope(values) for key, values in found.items()}})
    tn.report.table(
        f"Linear students, {seeds} seeds: angle to the teacher in degrees, risk, and its bound by the angle",
        {"inputs": "", "n": "d", "angle": "", "risk": "", "bound": ""},
        rows,
        caption=f"Mean +- sd over seeds 0 to {seeds - 1}, each with its own teacher and inputs. Chance is 0.5.",
    )
    tn.report.table("Slopes in n, log-log", {"inputs": "", "angle": ".2f", "risk": ".2f", "bound": ".2f"}, slopes)


def plot(results: dict[str, dict[str, np.ndarray]], path: Path) -> None:
    """Risk (solid) and bound (dashed) against n, one panel a source."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 6.5), layout="constrained")
    for panel, (name, found) in zip(figure.subplots(2, 3, sharex=True).flat, results.items(), strict=True):
        for key, line in (("risk", "-o"), ("bound", "--o")):
            panel.errorbar(COUNTS, found[key].mean(axis=0), found[key].std(axis=0), fmt=line, label=key)
        panel.set(
            title=name, xlabel="inputs", ylabel="share of fresh inputs", xscale="log", yscale="log", ylim=(1e-4, 1.2)
        )
        panel.legend()
    figure.savefig(path, dpi=120)


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--seeds", type=int, default=5)
    options.add_argument("--plot", type=Path, default=None, help="file for a figure, such as angles.png")
    asked = options.parse_args()
    results = {name: runs(name, asked.seeds) for name in SOURCES}
    report(results, asked.seeds)
    if asked.plot:
        plot(results, asked.plot)


if __name__ == "__main__":
    main()
