"""Bregman PCA of a 784-500-10 sigmoid teacher on MNIST: how much of a layer k codes keep, and how fast they are found.

Activations of 10,000 training images to fit, of 10,000 test images to judge, all by the matching loss of the layer.
The teacher and Adam use seed 0; everything else is deterministic. One thread throughout.
"""

import gzip
import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch
from common import cpu_clock, parser
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

import tnsolve as tn

SAMPLES, WIDTH, EPOCHS = 10_000, 500, 8
RATES, ADAM_SECONDS = (0.03, 0.1, 0.3), 40.0


def images(data_dir: str | None) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """MNIST at full size in [0, 1], float32: training x (60000, 784) and y (60000,), test x and y of 10000."""
    if data_dir is None:
        from sklearn.datasets import fetch_openml

        pixels, labels = fetch_openml("mnist_784", version=1, return_X_y=True, as_frame=False, parser="liac-arff")
        x, y = (pixels / 255).astype(np.float32), labels.astype(np.int64)
        return x[:60000], y[:60000], x[60000:], y[60000:]
    parts = []
    for name in ("train", "t10k"):
        for kind, header in (("images-idx3", 16), ("labels-idx1", 8)):
            content = gzip.decompress((Path(data_dir) / "mnist" / f"{name}-{kind}-ubyte.gz").read_bytes())
            parts.append(np.frombuffer(content, np.uint8)[header:])
    x, y, xt, yt = parts
    scale = np.float32(255)
    return x.reshape(-1, 784) / scale, y.astype(np.int64), xt.reshape(-1, 784) / scale, yt.astype(np.int64)


def sigmoid_teacher(x: np.ndarray, labels: np.ndarray, seed: int = 0) -> tn.Teacher:
    """A 784-500-10 perceptron, a few epochs of Adam; kept in the temporary folder for the next run."""
    path = Path(tempfile.gettempdir()) / f"tnsolve_sigmoid_teacher_{len(x)}_{WIDTH}_{EPOCHS}_{seed}.npz"
    if not path.exists():
        trained = MLPClassifier(
            (WIDTH,), activation="logistic", batch_size=200, learning_rate_init=2e-3, max_iter=EPOCHS, random_state=seed
        )
        with warnings.catch_warnings(), threadpool_limits(1):
            warnings.simplefilter("ignore", ConvergenceWarning)
            trained.fit(x, labels)
        np.savez(path, *trained.coefs_, *trained.intercepts_)
    arrays = list(np.load(path).values())
    return tn.Teacher(tuple(arrays[:2]), tuple(arrays[2:]), tn.sigmoid)


def rivals(
    z: tn.Array, zt: tn.Array, y: tn.Array, yt: tn.Array, k: int, transfer: tn.AbstractTransfer
) -> dict[str, float]:
    """Test loss of k principal components of pre-activations and of post-activations, fitted on z and y."""
    pre = PCA(k).fit(z)
    post = PCA(k).fit(y)
    rebuilt = post.inverse_transform(post.transform(yt))
    if isinstance(transfer, tn.Softmax):
        rebuilt = np.maximum(rebuilt, 1e-6)
        rebuilt /= rebuilt.sum(axis=1, keepdims=True)
    candidates = {
        "PCA of pre-activations": pre.inverse_transform(pre.transform(zt)),
        "PCA of post-activations": transfer.inverse(rebuilt),
    }
    return {name: float(np.mean(transfer.loss(found.astype(yt.dtype), yt))) for name, found in candidates.items()}


def compared(z: tn.Array, zt: tn.Array, k: int, transfer: tn.AbstractTransfer) -> dict[str, float]:
    """One row: test losses, the fall against PCA of pre-activations, and what the fit took."""
    y, yt = transfer(z), transfer(zt)
    with cpu_clock() as spent:
        pca = tn.BregmanPCA(k, transfer, workers=1).fit(y)
    bregman = float(np.mean(pca.to_layer().loss(pca.transform(yt), yt)))
    row = {"k": k, **rivals(z, zt, y, yt, k, transfer), "Bregman PCA": bregman}
    return row | {
        "ratio": row["PCA of pre-activations"] / bregman,
        "sweeps": len(pca.losses_),
        "CPU seconds": spent[0],
    }


def race(y: tn.Array, k: int) -> list[dict[str, float | str]]:
    """CPU seconds until the training loss is within 1 % of where Bregman PCA ends, by its sweeps and by Adam's steps.

    The start is included; of every solver the faster of two runs.
    """
    final = tn.BregmanPCA(k, tn.sigmoid, workers=1).fit(y).losses_[-1]
    goal = 1.01 * final
    seconds, sweeps, loss = swept(y, k, goal)
    ours = {"k": k, "solver": f"Bregman PCA, {sweeps} sweeps", "loss / final": loss / final, "CPU seconds": seconds}
    rows = [ours | {"times ours": 1.0}]
    for rate in RATES:
        lowest, steps, spent = min((adam(y, k, rate, goal) for _ in range(2)), key=lambda run: run[2])
        row = {"k": k, "solver": f"Adam, rate {rate:g}, {steps} steps", "loss / final": lowest / final}
        rows.append(row | {"CPU seconds": spent, "times ours": spent / seconds})
    return rows


def swept(y: tn.Array, k: int, goal: float) -> tuple[float, int, float]:
    """CPU seconds, sweeps and loss when the goal is reached: of the start and the sweeps, as Adam's are of its own."""

    def run(sweeps: int) -> tuple[float, float]:
        solution = tn.BregmanPCA(k, tn.sigmoid, sweeps=sweeps, tolerance=0.0, workers=1).fit(y).solution_
        return sum(row.cpu_seconds for row in solution.statistics), solution.losses[-1]

    for sweeps in range(1, 100):
        (first, loss), (second, _) = run(sweeps), run(sweeps)
        if loss <= goal:
            return min(first, second), sweeps, loss
    raise RuntimeError(f"100 sweeps at k={k} did not reach the loss {goal:.4g}; lower the tolerance of its reference.")


def adam(y: tn.Array, k: int, rate: float, goal: float) -> tuple[float, int, float]:
    """Adam on V, m and all codes at once, full batch, from PCA of the pre-activations: lowest loss, steps, CPU seconds.

    The rate is halved whenever 20 steps bring no new lowest loss. Each step costs one pass forward and one back.
    """
    with cpu_clock() as spent:
        clipped = np.clip(y, 1e-6, 1 - 1e-6)
        pca = PCA(k).fit(tn.sigmoid.inverse(clipped))
        scale = np.sqrt(pca.explained_variance_)
        codes = pca.transform(tn.sigmoid.inverse(clipped)) / scale
        arrays = ((pca.components_ * scale[:, None]).T, pca.mean_, codes)
        directions, mean, codes = (torch.tensor(np.asarray(a, y.dtype), requires_grad=True) for a in arrays)
        targets = torch.from_numpy(clipped)
        floor = float(-torch.nn.functional.binary_cross_entropy(targets, targets, reduction="sum")) / len(y)
        descent = torch.optim.Adam([directions, mean, codes], lr=rate)
        decay = torch.optim.lr_scheduler.ReduceLROnPlateau(descent, factor=0.5, patience=20, threshold=1e-4)
    lowest, steps, seconds = np.inf, 0, spent[0]
    while lowest > goal and seconds < ADAM_SECONDS:
        with cpu_clock() as spent:
            descent.zero_grad()
            z = torch.addmm(mean, codes, directions.T)
            loss = torch.nn.functional.binary_cross_entropy_with_logits(z, targets, reduction="sum") / len(y)
            loss.backward()
            descent.step()
            value = float(loss.detach()) + floor
            decay.step(value)
        lowest, steps, seconds = min(lowest, value), steps + 1, seconds + spent[0]
    return lowest, steps, seconds


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--without-adam", action="store_true", help="leave out the race")
    settings = options.parse_args()
    torch.set_num_threads(1)
    x, labels, xt, _ = images(settings.data_dir)
    teacher = sigmoid_teacher(x, labels)
    layers, tests = teacher.activations(x[:SAMPLES]), teacher.activations(xt)
    tn.BregmanPCA(2, tn.sigmoid, workers=1).fit(layers[1].y[:100])
    formats = {"k": "d", "PCA of pre-activations": ".4g", "PCA of post-activations": ".4g", "Bregman PCA": ".4g"}
    formats |= {"ratio": ".2f", "sweeps": "d", "CPU seconds": ".2f"}
    with threadpool_limits(1):
        hidden = [compared(layers[1].z, tests[1].z, k, tn.sigmoid) for k in (10, 20, 50)]
        tn.report.table("Hidden layer, 500 sigmoid units: test loss", formats, hidden)
        logits, logits_test = (tn.softmax.inverse(tn.softmax(a[2].z)) for a in (layers, tests))
        outputs = [compared(logits, logits_test, k, tn.softmax) for k in (3, 5)]
        tn.report.table("Outputs, softmax of 10: test KL", formats, outputs)
        if not settings.without_adam:
            race_formats = {"k": "d", "solver": "s", "loss / final": ".4f", "CPU seconds": ".2f", "times ours": ".1f"}
            rows = [row for k in (10, 20, 50) for row in race(layers[1].y, k)]
            tn.report.table("Hidden layer: to within 1 % of the final training loss", race_formats, rows)


if __name__ == "__main__":
    main()
