"""One layer of a ReLU perceptron 784-256-256-10 on MNIST replaced by a network, nothing else refitted.

The teacher is trained by scikit-learn on 55,000 images. A layer's moments come from 20,000 of them, each weighted by
how much the teacher's loss bends there; the output metric is the Fisher matrix of the teacher's tempered softmax,
from its own derivatives, damped. Hidden units are put in the order and at the scale that suit the network, and folded
into the neighbouring layers; input pixels are put in order by an index. Temperature, damping and the mixing of the
weights were chosen on the 5,000 validation images. "output error" is that of the layer's pre-activations on the test
images about their mean, "metric error" the root of the loss that was fitted, relative to that of no layer at all.
"""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from common import cpu_clock, mnist_images, parser
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

import tnsolve as tn

HIDDEN, EPOCHS, DECAY, SEED = (256, 256), 20, 0.02, 0
SAMPLES, METRIC_SAMPLES = 20_000, 10_000
JUDGE, DAMPING, MIXING = tn.Softmax(2.0), 0.3, 0.3
SCHEDULE, POLISH = tn.Schedule(sweeps=1), 40
SQUARE = ((16, 16), (16, 16))
QUARTERS = ((4,) * 4, (4,) * 4)
WIDE = ((28, 28), (16, 16))
PIXELS = ((4, 7, 7, 4), (4,) * 4)
KINDS = {"MPO": tn.MPO, "CP": tn.CP, "Tree": tn.Tree, "MERA": tn.MERA}
COLUMNS = {
    "student": "",
    "parameters": ",d",
    "fewer": ".1f",
    "output error": ".3f",
    "metric error": ".3f",
    "validation": ".4f",
    "test": ".4f",
    "points lost": ".2f",
    "readout refitted": ".4f",
    "CPU seconds": ".1f",
}


@dataclass(frozen=True)
class Images:
    """Inputs and classes of the three parts."""

    train: tuple[np.ndarray, np.ndarray]
    validation: tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray]

    @classmethod
    def read(cls, data_dir: str | None) -> "Images":
        images, labels, test_images, test_labels = mnist_images(data_dir)
        x, test_x = (part.reshape(len(part), -1) / 255 for part in (images, test_images))
        order = np.random.default_rng(SEED).permutation(len(x))
        held, rest = order[:5000], order[5000:]
        return cls((x[rest], labels[rest]), (x[held], labels[held]), (test_x, test_labels))


def trained(x: np.ndarray, labels: np.ndarray) -> tn.Teacher:
    """The teacher: Adam on the cross-entropy with weight decay."""
    model = MLPClassifier(HIDDEN, alpha=DECAY, batch_size=200, max_iter=EPOCHS, random_state=SEED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x.astype(np.float32), labels)
    return tn.Teacher(
        tuple(w.astype(float) for w in model.coefs_), tuple(b.astype(float) for b in model.intercepts_), tn.relu
    )


def moments_of(teacher: tn.Teacher, x: np.ndarray, layer: int) -> tn.Moments:
    """Of one layer, samples weighted by their sensitivity, in the metric of the teacher's derivatives."""
    weight, bias = teacher.weights[layer - 1].T, teacher.biases[layer - 1]
    metric = tn.derived(teacher, x[:METRIC_SAMPLES], layer, last=JUDGE).damped(DAMPING)
    sensitive = tn.sensitivities(teacher, x, layer, last=JUDGE)
    inputs = teacher.activations(x)[layer - 1].y
    weights = sensitive / np.mean(sensitive) + MIXING
    return tn.Moments.of_layer(inputs, weight, bias, weights=weights, metric=metric)


def with_layer(network: tn.Teacher, layer: int, weight: np.ndarray, bias: np.ndarray) -> tn.Teacher:
    """The network with another matrix (out, in) and bias in one layer."""
    weights, biases = list(network.weights), list(network.biases)
    weights[layer - 1], biases[layer - 1] = weight.T, bias
    return replace(network, weights=tuple(weights), biases=tuple(biases))


def readout_refitted(network: tn.Teacher, x: np.ndarray, targets: np.ndarray) -> tn.Teacher:
    """The network with its last layer refitted to the teacher's probabilities: softmax regression on its features."""
    features = network.activations(x)[-2].y
    fitted = tn.LinearStudent.fitted(features, targets, transfer=tn.softmax, ridge=1e-4)
    return with_layer(network, network.depth, fitted.coefficients[1:].T, fitted.coefficients[0])


def largest(
    kind: type[tn.AbstractLinear], legs: tuple, budget: int
) -> Callable[[np.ndarray], tn.AbstractLinear] | None:
    """The start of the highest rank that `budget` numbers allow; None if there is none."""
    rank = 0
    while kind.random(*legs, rank + 1).parameters <= budget and rank < budget:
        rank += 1
    return (lambda weight: kind.from_dense(weight, *legs, rank)) if rank else None


@dataclass
class Bench:
    """One layer's table: every student gets at most `budget` parameters."""

    teacher: tn.Teacher
    images: Images
    layer: int
    scaled: tuple[str, ...]
    rounds: int

    def __post_init__(self) -> None:
        self.x = self.images.train[0][:SAMPLES]
        self.moments = moments_of(self.teacher, self.x, self.layer)
        self.targets = tn.softmax(self.teacher.logits(self.x))
        self.best = tn.accuracy(self.teacher.logits(self.images.test[0]), self.images.test[1])

    def rows(self, budget: int, networks: dict[str, tuple[type[tn.AbstractLinear], tuple]]) -> Iterator[dict[str, Any]]:
        """The baselines, then the networks, each with what it took to fit it."""
        weight = self.moments.best
        if rank := tn.affordable_rank(budget, weight.shape):
            yield self.plain(f"SVD, rank {rank}", lambda: tn.truncated_svd(self.moments, rank).network)
            yield self.plain(f"reduced rank {rank}", lambda: self.reduced(rank))
        for name, (kind, legs) in networks.items():
            if (start := largest(kind, legs, budget)) is None:
                continue
            if kind is tn.MPO:
                yield self.plain("TT-SVD", lambda start=start: start(weight))
            yield self.gauged(name, start)

    def reduced(self, rank: int) -> tn.AbstractLinear:
        return tn.reduced_rank(self.moments, rank).network

    def plain(self, name: str, fit: Callable[[], tn.AbstractLinear]) -> dict[str, Any]:
        """A student in the teacher's own gauge; its bias is refitted."""
        with cpu_clock() as spent:
            student = fit()
        dense = student.to_dense()
        network = with_layer(self.teacher, self.layer, dense, self.moments.bias(dense))
        return self.judged(name, student.parameters, dense, network, spent[0])

    def gauged(self, name: str, start: Callable[[np.ndarray], tn.AbstractLinear]) -> dict[str, Any]:
        """A network between units that suit it."""
        with cpu_clock() as spent:
            found = tn.compress_gauged(
                self.moments, start, scaled=self.scaled, rounds=self.rounds, schedule=SCHEDULE, polish=POLISH
            )
        network = tn.fold_units(self.teacher, self.layer, found.outputs)
        weight = found.inputs.inverse.dual(found.weight, axis=1)
        if self.layer > 1:
            network, weight = tn.fold_units(network, self.layer - 1, found.inputs), found.weight
        network = with_layer(network, self.layer, weight, found.bias)
        return self.judged(name, found.compression.layer.network.parameters, found.to_dense(), network, spent[0])

    def judged(
        self, name: str, parameters: int, dense: np.ndarray, network: tn.Teacher, seconds: float
    ) -> dict[str, Any]:
        """One row."""
        entering = self.teacher.activations(self.images.test[0])[self.layer - 1].y
        weight = self.moments.best
        bent = np.sum(self.moments.slope(dense) * (dense - weight)) / self.moments.explained
        test = tn.accuracy(network.logits(self.images.test[0]), self.images.test[1])
        refitted = readout_refitted(network, self.x, self.targets)
        return {
            "student": name,
            "parameters": parameters,
            "fewer": weight.size / parameters,
            "output error": tn.relative_error(
                entering @ dense.T + self.moments.bias(dense), entering @ weight.T + self.teacher.biases[self.layer - 1]
            ),
            "metric error": max(0.0, float(bent)) ** 0.5,
            "validation": tn.accuracy(network.logits(self.images.validation[0]), self.images.validation[1]),
            "test": test,
            "points lost": 100 * (self.best - test),
            "readout refitted": tn.accuracy(refitted.logits(self.images.test[0]), self.images.test[1]),
            "CPU seconds": seconds,
        }


def main() -> None:
    options = parser(__doc__).parse_args()
    with threadpool_limits(1):
        images = Images.read(options.data_dir)
        teacher = trained(*images.train)
        best = [tn.accuracy(teacher.logits(x), labels) for x, labels in (images.validation, images.test)]
        print(f"teacher, seed {SEED}: validation {best[0]:.4f}, test {best[1]:.4f}")
        hidden = Bench(teacher, images, 2, scaled=("inputs", "outputs"), rounds=5)
        square = {
            "MPO": (tn.MPO, QUARTERS),
            "CP": (tn.CP, SQUARE),
            "Tree": (tn.Tree, QUARTERS),
            "MERA": (tn.MERA, QUARTERS),
        }
        for fewer in (50, 100):
            rows = list(hidden.rows(65536 // fewer, square))
            tn.report.table(f"256x256, at least {fewer} times fewer parameters", COLUMNS, rows)
        first = Bench(teacher, images, 1, scaled=("outputs",), rounds=3)
        legs = {"MPO": PIXELS, "CP": WIDE, "Tree": PIXELS, "MERA": PIXELS}
        wide = {name: (KINDS[name], each) for name, each in legs.items()}
        tn.report.table("784x256 at 1.9 % of its parameters", COLUMNS, list(first.rows(3850, wide)))


if __name__ == "__main__":
    main()
