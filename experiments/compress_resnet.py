"""layer3.1.conv1 of a pretrained ResNet-20 on CIFAR-10, 64 -> 64 channels, 3x3, from the moments of its patches alone.

The moments are those of 64 patches of each of 2,000 unlabelled training images, in the plain output metric. At 2 and
4 times fewer parameters: truncated SVD, reduced-rank regression (optimal for its rank), TT-SVD, and an MPO, a tree
and a canonical polyadic network (pointwise, depthwise, pointwise), each fitted in coordinates where every input leg
is white. "error" is tr (T - W) C (T - W)' / tr W C W', the squared relative output error on the training patches;
"held out" is the same on the patches of the validation images, which are the next 1,000 training images; the accuracy
is that of the whole network with this one layer replaced, on the first 2,000 test images. The images are lossy
copies: compare with the teacher's own accuracy.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from common import ResNet, cifar10, cpu_clock, parser, resnet20
from threadpoolctl import threadpool_limits

import tnsolve as tn

LAYER, TRAIN, HELD, TEST = "layer3.1.conv1", 2000, 1000, 2000
SWEEPS, POLISH = 4, 500
NETWORKS: dict[str, tuple[type[tn.AbstractLinear], tuple]] = {
    "MPO": (tn.MPO, ((64, 9), (1, 64))),
    "Tree": (tn.Tree, ((8, 8, 9), (64,))),
    "CP": (tn.CP, ((64, 9), (64,))),
}
COLUMNS = {
    "student": "",
    "parameters": ",d",
    "fewer": ".2f",
    "error": ".4f",
    "held out": ".4f",
    "accuracy": ".4f",
    "CPU seconds": ".1f",
}


def excess(moments: tn.Moments, student: np.ndarray) -> float:
    """tr (T - W) C (T - W)' / tr W C W'."""
    return float(np.sum(moments.slope(student) * (student - moments.best))) / moments.explained


def largest(kind: type[tn.AbstractLinear], legs: tuple, budget: int) -> int:
    """The highest rank whose parameters fit the budget."""
    rank = 1
    while kind.random(*legs, rank + 1).parameters <= budget:
        rank += 1
    return rank


def students(moments: tn.Moments, budget: int) -> Iterator[tuple[str, Callable[[], tuple[int, np.ndarray]]]]:
    """Name, and what fits it: parameters and matrix."""
    weight = moments.best

    def measured(fit: Callable[[], Any]) -> Callable[[], tuple[int, np.ndarray]]:
        def run() -> tuple[int, np.ndarray]:
            found = fit()
            return found.parameters, found.to_dense()

        return run

    rank = tn.affordable_rank(budget, weight.shape)
    yield f"SVD, rank {rank}", measured(lambda: tn.truncated_svd(moments, rank).network)
    yield f"reduced rank {rank}", measured(lambda: tn.reduced_rank(moments, rank).network)
    for name, (kind, legs) in NETWORKS.items():
        width = largest(kind, legs, budget)

        def start(matrix: np.ndarray, kind: Any = kind, legs: tuple = legs, width: int = width) -> tn.AbstractLinear:
            return kind.from_dense(matrix, *legs, width)

        def swept(start: Callable = start, legs: tuple = legs) -> tn.AbstractLinear:
            schedule = tn.Schedule(sweeps=SWEEPS)
            return tn.compress_white(moments, start, legs[0], schedule=schedule, polish=POLISH).layer.network

        if kind is tn.MPO:
            yield f"TT-SVD, rank {width}", measured(lambda start=start: start(weight))
        yield f"{name}, rank {width}", measured(swept)


def judged(net: ResNet, images: np.ndarray, labels: np.ndarray, student: np.ndarray, moments: tn.Moments) -> float:
    """Accuracy of the network with the layer replaced and its bias refitted."""
    kernel = student.reshape(net.kernels[LAYER][0].shape)
    return tn.accuracy(net.replaced(LAYER, kernel, moments.bias(student))(images), labels)


def main() -> None:
    options = parser(__doc__).parse_args()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        images, _, test, labels = cifar10(options.data_dir, train=TRAIN + HELD, test=TEST)
        net = resnet20(options.data_dir)
        print(f"teacher: accuracy {tn.accuracy(net(test), labels):.4f} on these {TEST} test images")
        kernel, bias = (tensor.numpy().astype(float) for tensor in net.kernels[LAYER])
        entering = net.entering(LAYER, images).astype(float)
        with cpu_clock() as spent:
            moments = tn.conv_moments(entering[:TRAIN], kernel, bias, padding=1)
        held = tn.conv_moments(entering[TRAIN:], kernel, bias, padding=1)
        print(f"moments of {moments.samples:,.0f} patches in {spent[0]:.1f} CPU s")
        weight = tn.kernel_matrix(kernel)
        for fewer in (2, 4):
            rows = []
            for name, fit in students(moments, weight.size // fewer):
                with cpu_clock() as spent:
                    parameters, student = fit()
                row = {"student": name, "parameters": parameters, "fewer": weight.size / parameters}
                row |= {"error": excess(moments, student), "held out": excess(held, student)}
                rows.append(row | {"accuracy": judged(net, test, labels, student, moments), "CPU seconds": spent[0]})
            tn.report.table(f"{LAYER}, {weight.size:,} parameters, at least {fewer} times fewer", COLUMNS, rows)


if __name__ == "__main__":
    main()
