"""Soft targets against drawn labels, where the Bayes probabilities p* are known: how much variance do they remove?

Inputs are uniform on a grid of 3^6 points; p*(x) is the softmax of a random rank-2 MPS, the imperfect teacher that of
the same logits plus half of another's. Expectations over inputs and labels are finite sums: only spreads are estimated.
First the risk of one fixed predictor from N terms: one-hot losses, losses averaged by p*, losses averaged by the
teacher; mean square error over 500 samples a seed, beside the exact one of the claims `distilled-risk-variance` and
`imperfect-teacher-risk`. Then students fitted to each kind of target: KL(p* | student), averaged over the whole grid.
Their ridge is chosen for each fit, by the loss on N/2 further samples with targets of the same kind.
"""

from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from common import cpu_clock, parser

import tnsolve as tn

SITES, GRID, CLASSES, SHARPNESS, TEACHER_ERROR = 6, (0.0, 0.5, 1.0), 3, 1.5, 0.5
KINDS = ("one-hot", "Bayes", "teacher")
SIZES, SAMPLES = (10, 30, 100, 300, 1000, 3000), 500
STUDENT_SIZES, RANK, SWEEPS, RIDGES = (50, 100, 200, 400), 4, 3, (1e-2, 1e-1, 1.0)


@dataclass(frozen=True)
class Problem:
    """All inputs x (G, sites), p* and the teacher's p^t (G, classes), losses of one fixed predictor (G, classes)."""

    x: tn.Array
    bayes: tn.Array
    teacher: tn.Array
    losses: tn.Array

    @classmethod
    def random(cls, seed: int) -> "Problem":
        """Logits with standard deviation `SHARPNESS`; those of the teacher are off by `TEACHER_ERROR` of that."""
        x = np.array(list(product(GRID, repeat=SITES)))
        features = tn.ProductFeatures.of(tn.trigonometric(), SITES)

        def logits(rng: np.random.Generator) -> tn.Array:
            z = tn.Student(tn.MPS.random(features.dims, CLASSES, 2, seed=rng), features, tn.identity)(x)
            return SHARPNESS * (z - z.mean(axis=0)) / z.std()

        right, wrong, other = map(logits, np.random.default_rng(seed).spawn(3))
        return cls(x, tn.softmax(right), tn.softmax(right + TEACHER_ERROR * wrong), -np.log(tn.softmax(other)))

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> tuple[tn.Array, tn.Array]:
        """Rows of the grid, and classes drawn from p* there."""
        rows = rng.integers(len(self.x), size=shape)
        levels = self.bayes[rows].cumsum(axis=-1)[..., :-1]
        return rows, (rng.random((*shape, 1)) > levels).sum(axis=-1)

    def averaged(self) -> tuple[tn.Array, tn.Array]:
        """p*.loss and p^t.loss at every input : (G,)."""
        return np.sum(self.bayes * self.losses, axis=1), np.sum(self.teacher * self.losses, axis=1)

    def exact(self, n: int) -> dict[str, float]:
        """Mean square error of each risk: the variance of one term over n, for the teacher also its squared bias."""
        soft, taught = self.averaged()
        noise = np.mean(np.sum(self.bayes * self.losses**2, axis=1) - soft**2)
        bias = np.mean(taught - soft)
        return {
            "one-hot": (soft.var() + noise) / n,
            "Bayes": soft.var() / n,
            "teacher": taught.var() / n + bias**2,
        }

    def measured(self, n: int, seed: int) -> dict[str, float]:
        """The same from `SAMPLES` samples of n."""
        rows, labels = self.draw(np.random.default_rng(seed), (SAMPLES, n))
        soft, taught = self.averaged()
        terms = {"one-hot": self.losses[rows, labels], "Bayes": soft[rows], "teacher": taught[rows]}
        return {kind: float(np.mean((each.mean(axis=1) - soft.mean()) ** 2)) for kind, each in terms.items()}

    def divergence(self, p: tn.Array) -> float:
        """KL(p* | p), averaged over the grid."""
        return float(np.mean(np.sum(self.bayes * np.log(self.bayes / p), axis=1)))

    def students(self, n: int, seed: int) -> dict[str, float]:
        """Divergence of the student of each kind of target, fitted to the same n inputs."""
        rows, labels = self.draw(np.random.default_rng(seed), (n + n // 2,))
        targets = {"one-hot": np.eye(CLASSES)[labels], "Bayes": self.bayes[rows], "teacher": self.teacher[rows]}
        return {kind: self.divergence(fitted(self.x[rows], y, n)(self.x)) for kind, y in targets.items()}


def fitted(x: tn.Array, y: tn.Array, n: int) -> tn.Student:
    """The student of the first n samples, of that ridge whose loss is lowest on the others."""
    start = tn.Student.principal(x[:n], y[:n], features=tn.trigonometric(), transfer=tn.softmax, rank=RANK)
    schedules = (tn.Schedule(sweeps=SWEEPS, rank=RANK, ridge=ridge) for ridge in RIDGES)
    found = [tn.fit(start, x[:n], y[:n], schedule=schedule, workers=1).student for schedule in schedules]
    return min(found, key=lambda student: np.mean(tn.softmax.loss(student.preactivation(x[n:]), y[n:])))


def summary(runs: list[dict[str, float]]) -> dict[str, tuple[float, float]]:
    """Mean and standard deviation over seeds, by kind."""
    return {kind: (np.mean([run[kind] for run in runs]), np.std([run[kind] for run in runs], ddof=1)) for kind in KINDS}


def figure(
    path: Path,
    problem: Problem,
    risks: dict[int, dict[str, tuple[float, float]]],
    students: dict[int, dict[str, tuple[float, float]]],
) -> None:
    """Errors of the three risks, with the exact ones as lines, and divergences of the three students."""
    from matplotlib.figure import Figure

    drawing = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = drawing.subplots(1, 2)
    for number, kind in enumerate(KINDS):
        for panel, found in ((left, risks), (right, students)):
            means, spreads = zip(*(found[n][kind] for n in found), strict=True)
            style = {"fmt": "o", "capsize": 3} if panel is left else {"fmt": "o-", "capsize": 3}
            panel.errorbar(list(found), means, spreads, color=f"C{number}", label=kind, **style)
        left.plot(SIZES, [problem.exact(n)[kind] for n in SIZES], color=f"C{number}", linewidth=1)
    left.set(title="Mean square error of the risk of a fixed predictor", xlabel="N (lines: exact)")
    right.set(title="KL(p* | student)", xlabel="N")
    for panel in (left, right):
        panel.set(xscale="log", yscale="log")
        panel.legend()
    right.set_xticks(STUDENT_SIZES, map(str, STUDENT_SIZES))
    right.minorticks_off()
    drawing.savefig(path, dpi=120)


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--seeds", type=int, default=20)
    options.add_argument("--plot", type=Path, default=None, help="file for a figure, such as variance.png")
    chosen = options.parse_args()
    seeds, problem = range(chosen.seeds), Problem.random(0)
    seeded = f"seeds 0-{chosen.seeds - 1}, mean +- sd"
    risks = {n: summary([problem.measured(n, seed) for seed in seeds]) for n in SIZES}
    tn.report.table(
        f"Mean square error of a risk, {seeded} (exact)",
        {"N": "d", **dict.fromkeys(KINDS, "")},
        [
            {"N": n, **{kind: f"{m:.2e} +- {sd:.0e} ({problem.exact(n)[kind]:.2e})" for kind, (m, sd) in row.items()}}
            for n, row in risks.items()
        ],
    )
    with cpu_clock() as spent:
        students = {n: summary([problem.students(n, seed) for seed in seeds]) for n in STUDENT_SIZES}
    tn.report.table(
        f"KL(p* | student), rank {RANK}, {seeded}",
        {"N": "d", **dict.fromkeys(KINDS, "")},
        [{"N": n, **{kind: f"{m:.4f} +- {sd:.4f}" for kind, (m, sd) in row.items()}} for n, row in students.items()],
        caption=f"KL(p* | teacher) = {problem.divergence(problem.teacher):.4f}. {spent[0]:.0f} CPU s, one thread.",
    )
    if chosen.plot:
        figure(chosen.plot, problem, risks, students)


if __name__ == "__main__":
    main()
