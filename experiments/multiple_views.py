"""Features of a label that gradient training misses: one network, an ensemble, their students, and an MPS by sweeps.

After Allen-Zhu and Li (ICLR 2023). A label has two features, orthonormal directions in 500 dimensions. An example has 8
patches, one a feature in random order, with normal noise of length 2.2 each: 80 % show both features of the label, 10 %
and 10 % one of them ("one view"); those of other labels are shown at 0.4 in 3 of 10 patches. The network adds a
smoothed ReLU of w . patch over patches and 4 units a label. Trained from small weights until the cross entropy of its
200 examples is below 0.02, it finds one feature and then can memorise the noise of the examples that lack it
(proofs/kernels/winner.py, separable.py).

The MPS sees the same 200 examples with hard labels, as second moments of the patches in their 12 principal directions,
and is fitted by sweeps from the affine start, whose problem is convex. The affine start, and the network on the 12
directions, are shown to tell what is due to the representation and what to the sweeps.

This is an illustration and no fair contest. The data and the settings of the network were tuned on the reported seeds,
0 to 2, so that gradient training misses views. The second moments were chosen after sums over patches had done worse on
the test data. Seeds 10 to 19 (`--first 10 --seeds 10`) were run once, after all that; accuracies on one view there:
one network 0.78, ensemble 0.91, its student 0.74, with fresh inputs 0.85, student of one network 0.74, with fresh
inputs 0.80, network on 12 directions 0.89, affine 0.99, MPS 0.99. So what stands is: a network misses views, an
ensemble fewer, fresh inputs help the student of the ensemble part of the way, fewer directions help a network nearly as
much as an ensemble does, and the second moments, not the sweeps, find all views. How the student of one network
compares, with the ensemble's or with fresh inputs, changes with the seeds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from common import cpu_clock, parser
from torch.nn.functional import one_hot

import tnsolve as tn

LABELS, DIMENSION, NOISE = 4, 500, 0.1
PATCHES = FEATURES = 2 * LABELS
TRAIN, FRESH, TEST = 200, 400, 4000
UNITS, BEND, START = 4, 1.0, 0.01
MEMBERS, TEMPERATURE, DIRECTIONS = 5, 3.0, 12
RIDGES = (1e-3, 1e-2, 1e-1)
Model = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Examples:
    """Patches x (N, 8, d), labels (N,), and which examples show one feature of their label only (N,)."""

    x: torch.Tensor
    labels: torch.Tensor
    single: np.ndarray

    @classmethod
    def drawn(cls, count: int, basis: np.ndarray, rng: np.random.Generator) -> "Examples":
        """`count` examples of the features in the rows of `basis` (8, d)."""
        labels = rng.integers(LABELS, size=count)
        shown = 0.4 * (rng.random((count, LABELS, 2)) < 0.3)
        views = np.array([[1, 1], [1, 0], [0, 1]])
        kind = rng.choice(3, size=count, p=(0.8, 0.1, 0.1))
        shown[np.arange(count), labels] = views[kind]
        order = np.argsort(rng.random((count, PATCHES)), axis=1)
        strength = np.take_along_axis(shown.reshape(count, FEATURES), order, axis=1)
        x = strength[:, :, None] * basis[order] + NOISE * rng.standard_normal((count, PATCHES, DIMENSION))
        return cls(torch.tensor(x, dtype=torch.float32), torch.tensor(labels), kind > 0)

    def accuracy(self, model: Model) -> tuple[float, float]:
        """On all examples, and on those of a single view."""
        logits = model(self.x)
        return tn.accuracy(logits, self.labels), tn.accuracy(logits[self.single], self.labels[self.single])


@dataclass(frozen=True)
class Network:
    """Logits sum_units sum_patches act(w . patch), w (labels, units, d), act(z) = z^3/3 up to 1, then z - 2/3."""

    w: torch.Tensor

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """(N, labels) of x (N, patches, d)."""
        z = torch.relu(torch.einsum("npd,kud->npku", x, self.w))
        return torch.where(z < BEND, z**3 / 3, z - 2 / 3).sum(dim=(1, 3))


def trained(x: torch.Tensor, targets: torch.Tensor, seed: int, *, temperature: float = 1.0, excess: float) -> Network:
    """Gradient descent with momentum until the cross entropy exceeds its least value by `excess`; 2,000 steps at most.

    targets : (N, labels) probabilities. The loss is that of logits over the temperature, times its square.
    """
    draw = torch.Generator().manual_seed(seed)
    w = (START * torch.randn((LABELS, UNITS, x.shape[2]), generator=draw)).requires_grad_()
    optimiser = torch.optim.SGD([w], lr=0.1, momentum=0.9)
    least = -torch.xlogy(targets, targets).sum(dim=1).mean()
    for _ in range(2000):
        optimiser.zero_grad()
        logs = torch.log_softmax(Network(w)(x) / temperature, dim=1)
        loss = temperature**2 * (-(targets * logs).sum(dim=1).mean() - least)
        loss.backward()
        optimiser.step()
        if loss.item() < excess:
            break
    return Network(w.detach())


def distilled(x: torch.Tensor, teacher: Model, seed: int) -> Network:
    """A network trained from scratch on the soft labels of a teacher."""
    soft = torch.softmax(teacher(x) / TEMPERATURE, dim=1)
    return trained(x, soft, seed, temperature=TEMPERATURE, excess=1e-2)


@dataclass(frozen=True)
class Seen:
    """Patches as codes in their principal directions (d, 12), found without labels."""

    basis: torch.Tensor

    @classmethod
    def of(cls, x: torch.Tensor) -> "Seen":
        """The leading right singular vectors of all patches of x (N, patches, d)."""
        return cls(torch.linalg.svd(x.reshape(-1, x.shape[2]), full_matrices=False)[2][:DIRECTIONS].T)

    def moments(self, x: torch.Tensor) -> np.ndarray:
        """Sum over patches of products of two codes : (N, 78)."""
        codes = (x @ self.basis).double().numpy()
        first, second = np.triu_indices(DIRECTIONS)
        return np.sum(codes[:, :, first] * codes[:, :, second], axis=1)


def swept(x: np.ndarray, labels: np.ndarray, *, sweeps: int, ridge: float) -> tn.Student:
    """An MPS student of hard labels from the affine start; 0 sweeps leave it affine."""
    student = tn.Student.affine(x, labels, features=tn.monomials(2), transfer=tn.softmax, ridge=ridge)
    if sweeps == 0:
        return student
    return tn.fit(student, x, labels, schedule=tn.Schedule(sweeps=sweeps, ridge=ridge, rank=8), workers=1).student


def chosen(train: Examples, seen: Seen, *, sweeps: int) -> Model:
    """The student of the ridge that is most accurate on the last 50 examples, fitted once more to all 200."""
    x, labels = seen.moments(train.x), train.labels.numpy()

    def held_out(ridge: float) -> float:
        student = swept(x[:-50], labels[:-50], sweeps=sweeps, ridge=ridge)
        rows = student(x[-50:])[np.arange(50), labels[-50:]]
        return float(np.mean(np.log(rows)))

    student = swept(x, labels, sweeps=sweeps, ridge=max(RIDGES, key=held_out))
    return lambda x: torch.tensor(student.preactivation(seen.moments(x)))


def models(train: Examples, fresh: torch.Tensor, seed: int) -> dict[str, list[Model]]:
    """Everything that is compared, by name; the members of the ensemble stand for one network."""
    hard = one_hot(train.labels, LABELS).float()
    members = [trained(train.x, hard, 100 * seed + k, excess=0.02) for k in range(MEMBERS)]

    def ensemble(x: torch.Tensor) -> torch.Tensor:
        return torch.stack([member(x) for member in members]).mean(dim=0)

    seen = Seen.of(train.x)
    narrow = trained(train.x @ seen.basis, hard, 100 * seed + 50, excess=0.02)
    return {
        "one network": list(members),
        f"ensemble of {MEMBERS}": [ensemble],
        "student of the ensemble": [distilled(train.x, ensemble, 100 * seed + 60)],
        f"student of the ensemble, {FRESH} fresh inputs": [distilled(fresh, ensemble, 100 * seed + 61)],
        "student of one network": [distilled(train.x, members[0], 100 * seed + 62)],
        f"student of one network, {FRESH} fresh inputs": [distilled(fresh, members[0], 100 * seed + 63)],
        f"one network, {DIRECTIONS} directions": [lambda x: narrow(x @ seen.basis)],
        "affine, second moments": [chosen(train, seen, sweeps=0)],
        "MPS by sweeps, second moments": [chosen(train, seen, sweeps=3)],
    }


def run(seed: int) -> dict[str, np.ndarray]:
    """Accuracies (train, test, test on single views) of every model, means where there are several of a name."""
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.standard_normal((DIMENSION, FEATURES)))[0].T
    train, fresh, test = (Examples.drawn(count, basis, rng) for count in (TRAIN, FRESH, TEST))
    return {
        name: np.mean([[train.accuracy(model)[0], *test.accuracy(model)] for model in several], axis=0)
        for name, several in models(train, fresh.x, seed).items()
    }


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--first", type=int, default=0, help="first seed; nothing was tuned on 10 and more")
    options.add_argument("--plot", type=Path, default=None, help="file for a figure, such as views.png")
    asked = options.parse_args()
    first, last = asked.first, asked.first + asked.seeds - 1
    torch.set_num_threads(1)
    with cpu_clock() as spent:
        runs = [run(seed) for seed in range(first, last + 1)]
    found = {name: np.array([each[name] for each in runs]) for name in runs[0]}
    columns = ("train", "test", "test, one view")
    rows = [
        {"model": name, **{c: f"{v.mean():.3f} +- {v.std():.3f}" for c, v in zip(columns, values.T, strict=True)}}
        for name, values in found.items()
    ]
    best = max(found, key=lambda name: found[name][:, 1].mean())
    tn.report.table(
        f"Accuracy on examples of two views a label, mean +- sd over seeds {first} to {last}",
        dict.fromkeys(("model", *columns), ""),
        rows,
        caption=f"Most accurate on the test: {best}. Data and network were tuned on seeds 0 to 2 to miss views. "
        f"{spent[0]:.0f} CPU s, one thread.",
    )
    if asked.plot:
        plot(found, asked.plot)


def plot(found: dict[str, np.ndarray], path: Path) -> None:
    """Test accuracy on all examples and on those of a single view."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    panel = figure.subplots()
    places = np.arange(len(found))
    for offset, column, name in ((-0.2, 1, "all"), (0.2, 2, "one view")):
        values = np.array([each[:, column] for each in found.values()])
        panel.barh(places + offset, values.mean(axis=1), 0.4, xerr=values.std(axis=1), label=name)
    panel.set(yticks=places, yticklabels=list(found), xlabel="test accuracy", xlim=(0.4, 1.02))
    panel.invert_yaxis()
    figure.legend(loc="outside upper center", ncols=2)
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
