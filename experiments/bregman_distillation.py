"""What should a small student learn of its teacher? Soft labels, logits, activations, or short codes of activations.

The same MPS student, at most as many parameters whatever it learns, on six targets of one sigmoid teacher: outputs
(soft labels, logits), the hidden layer (activations, by the matching loss), and k codes of that layer: PCA codes of
pre-activations, Bregman codes by least squares, and Bregman codes by the loss through the exported layer. The teacher's
last layer turns what concerns the hidden layer into classes; it and the exported layer are not counted. The ridge is
chosen on validation images by the accuracy against the labels; test images are judged once. Mean and spread over seeds.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from common import cpu_clock, mnist, parser

import tnsolve as tn

HIDDEN = 64
RIDGES = (1e-4, 1e-3, 1e-2)
SWEEPS = 4


@dataclass(frozen=True, eq=False)
class Target:
    """What the student's outputs should be (N, m), by which loss, and how outputs z become logits."""

    name: str
    y: np.ndarray
    transfer: tn.AbstractTransfer
    loss: tn.AbstractTransfer
    logits: Callable[[np.ndarray], np.ndarray]


def targets(task: tn.Task, codes: int) -> list[Target]:
    """All six, for every image; codes are found on the training images."""
    teacher = task.teacher
    _, hidden, outputs = teacher.activations(task.x)

    def classes(y: np.ndarray) -> np.ndarray:
        return teacher.continue_from(1, y)

    pre = tn.BregmanPCA(codes).fit(hidden.z[task.train])
    bregman = tn.BregmanPCA(codes, tn.sigmoid).fit(hidden.y[task.train])
    flat = tn.BregmanLayer(pre.to_layer().directions, pre.mean_, tn.sigmoid)
    layer = bregman.to_layer()
    through = tn.ThroughLayer(layer)
    short = bregman.transform(hidden.y)
    return [
        Target("soft labels", outputs.y, tn.softmax, tn.softmax, lambda z: z),
        Target("logits", tn.centred_logits(outputs.z), tn.identity, tn.identity, lambda z: z),
        Target("hidden activations", hidden.y, tn.sigmoid, tn.sigmoid, lambda z: classes(tn.sigmoid(z))),
        Target("PCA codes", pre.transform(hidden.z), tn.identity, tn.identity, lambda z: classes(flat(z))),
        Target("Bregman codes, squares", short, tn.identity, tn.identity, lambda z: classes(layer(z))),
        Target("Bregman codes, through", through.targets(hidden.y), tn.identity, through, lambda z: classes(layer(z))),
    ]


def budgeted(task: tn.Task, target: Target, budget: int) -> tn.Student:
    """The principal start of the largest rank whose student has at most `budget` parameters."""
    x, y = task.x[task.train], target.y[task.train]
    start = None
    for rank in range(2, 100):
        few = tn.Student.random(x[:2], y[:2], features=tn.trigonometric(), transfer=target.transfer, rank=rank)
        if few.parameters > budget:
            break
        start = rank
    return tn.Student.principal(x, y, features=tn.trigonometric(), transfer=target.transfer, rank=start)


def learnt(task: tn.Task, target: Target, budget: int) -> dict[str, float]:
    """The student of the ridge that does best on the validation images."""
    start = budgeted(task, target, budget)
    best: dict[str, float] = {"chosen": -1.0}
    for ridge in RIDGES:
        with cpu_clock() as spent:
            schedule = tn.Schedule(sweeps=SWEEPS, ridge=ridge)
            x, y = task.x[task.train], target.y[task.train]
            student = tn.fit(start, x, y, schedule=schedule, loss=target.loss, workers=1).student
        chosen = tn.accuracy(
            target.logits(student.preactivation(task.x[task.validation])), task.labels[task.validation]
        )
        if chosen > best["chosen"]:
            logits = target.logits(student.preactivation(task.x[task.test]))
            best = {
                "chosen": chosen,
                "accuracy": tn.accuracy(logits, task.labels[task.test]),
                "agreement": tn.agreement(logits, task.teacher.logits(task.x[task.test])),
                "parameters": student.parameters,
                "CPU seconds": spent[0],
            }
    return best


def mnist_task(data_dir: str | None, seed: int, samples: int) -> tn.Task:
    """`samples` images of 14 x 14 to train, 1,000 to choose by, 2,000 to judge by; the teacher sees the first."""
    x, labels, xt, test_labels = mnist(data_dir)
    order = np.random.default_rng(seed).permutation(len(x))[: samples + 1000]
    x, labels = np.concatenate([x[order], xt[:2000]]), np.concatenate([labels[order], test_labels[:2000]])
    x = x.astype(np.float64)
    train, validation, test = np.split(np.arange(len(x)), [samples, samples + 1000])
    teacher = tn.perceptron(x[train], labels[train], hidden=(HIDDEN,), transfer="sigmoid", seed=seed)
    return tn.Task(x, labels, train, validation, test, teacher)


def budget(task: tn.Task, rank: int) -> int:
    """Parameters of a student of the logits at some rank: what every student may have at most."""
    y = np.zeros((2, task.teacher.activations(task.x[:2])[-1].y.shape[1]))
    return tn.Student.random(task.x[:2], y, features=tn.trigonometric(), rank=rank).parameters


def report(title: str, tasks: list[tn.Task], rank: int, codes: int) -> None:
    """One table: a row per target, mean and standard deviation over the tasks."""
    lessons = [targets(task, codes) for task in tasks]
    rows = []
    for row in zip(*lessons, strict=True):
        runs = [learnt(task, target, budget(task, rank)) for task, target in zip(tasks, row, strict=True)]
        means = {key: float(np.mean([run[key] for run in runs])) for key in runs[0]}
        rows.append({"target": row[0].name, **means, "spread": float(np.std([run["accuracy"] for run in runs]))})
        print(rows[-1], flush=True)
    known = [tn.accuracy(task.teacher.logits(task.x[task.test]), task.labels[task.test]) for task in tasks]
    formats = {"target": "", "accuracy": ".4f", "spread": ".4f", "agreement": ".4f", "parameters": ".0f"}
    caption = f"Mean of {len(tasks)} seeds; teacher {np.mean(known):.4f}."
    tn.report.table(
        f"{title}, {codes} codes of {HIDDEN} sigmoid units", formats | {"CPU seconds": ".1f"}, rows, caption=caption
    )


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--codes", type=int, default=10, help="numbers in a code")
    options.add_argument("--samples", type=int, default=2000, help="MNIST training images")
    options.add_argument("--rank", type=int, default=6, help="of the MNIST student of logits: the budget of all")
    settings = options.parse_args()
    seeds = range(settings.seeds)
    tasks = [tn.digits_task(seed=seed, hidden=(HIDDEN,), transfer="sigmoid") for seed in seeds]
    report("Digits", tasks, rank=6, codes=settings.codes)
    tasks = [mnist_task(settings.data_dir, seed, settings.samples) for seed in seeds]
    report("MNIST", tasks, rank=settings.rank, codes=settings.codes)


if __name__ == "__main__":
    main()
