"""Does the tangent kernel of a two-layer ReLU network become the fixed one, does it stay, and is training then a flow?

f(x) = m^(-c) sum_r v_r relu(w_r . x), normal weights, on 12 unit vectors in 5 dimensions with labels 1, -1 at random;
each unit has a twin with the opposite v, so that f(0) = 0. At the start the kernel is held against the closed form of
infinite width (proofs/kernels/arccosine.py). Then gradient descent runs until the flow of the fixed kernel would have
left half of the residual, and its outputs are held against y + exp(-H t)(f(0) - y), H the kernel at the start.
Distances are relative Frobenius norms. Slopes, log-log in m, are -1/2 in theory for the start and the weights, and at
most -1/2 for the movement of the kernel; with c = 1 nothing that training moves has a slope (proofs/kernels/lazy.py,
for one weight and for a linear network). Twins are not independent, so m units count as m/2 in the variance of the
kernel. Nothing is chosen by its result within a run; three other seeds give the same slopes within 0.1.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from common import cpu_clock, parser

import tnsolve as tn

SAMPLES, INPUTS = 12, 5
WIDTHS = (32, 128, 512, 2048, 8192)
STEPS = 400
SCALINGS = {"1/sqrt(m)": 0.5, "1/m": 1.0}


@dataclass
class Network:
    """Weights w (m, d) and v (m,) of m^(-c) sum_r v_r relu(w_r . x), trained at the rate m^(2c - 1).

    The rate makes the kernel of either scaling the same at the start, so that both run on one clock.
    """

    w: torch.Tensor
    v: torch.Tensor
    power: float

    @classmethod
    def random(cls, width: int, power: float, *, seed: int) -> "Network":
        """Normal weights; every unit comes with its twin of opposite v."""
        draw = torch.Generator().manual_seed(seed)
        w, v = (
            torch.randn(size, generator=draw, dtype=torch.float64) for size in ((width // 2, INPUTS), (width // 2,))
        )
        return cls(torch.cat([w, w]), torch.cat([v, -v]), power)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Outputs (N,) of x (N, d)."""
        return len(self.v) ** -self.power * torch.relu(x @ self.w.T) @ self.v

    def kernel(self, x: torch.Tensor) -> torch.Tensor:
        """m^(2c - 1) times the tangent kernel: (1/m) sum_r relu relu' + v_r^2 1 1' x . x', (N, N)."""
        z = x @ self.w.T
        hidden, slopes = torch.relu(z), (z > 0) * self.v
        return (hidden @ hidden.T + (slopes @ slopes.T) * (x @ x.T)) / len(self.v)

    def trained(self, x: torch.Tensor, y: torch.Tensor, time: float) -> "Network":
        """After STEPS steps of gradient descent on half the squared error, over a span of time of the flow."""
        w, v = self.w.clone().requires_grad_(), self.v.clone().requires_grad_()
        optimiser = torch.optim.SGD([w, v], lr=time / STEPS * len(self.v) ** (2 * self.power - 1))
        for _ in range(STEPS):
            optimiser.zero_grad()
            loss = torch.sum((Network(w, v, self.power)(x) - y) ** 2) / 2
            loss.backward()
            optimiser.step()
        return Network(w.detach(), v.detach(), self.power)


def fixed_kernel(x: torch.Tensor) -> torch.Tensor:
    """|x||x'| (sin a + 2 (pi - a) cos a) / (2 pi) at the angle a of unit vectors x and x', (N, N)."""
    cosine = torch.clamp(x @ x.T, -1, 1)
    angle = torch.arccos(cosine)
    return (torch.sin(angle) + 2 * (np.pi - angle) * cosine) / (2 * np.pi)


def flow(kernel: torch.Tensor, y: torch.Tensor, time: float) -> torch.Tensor:
    """y - exp(-H t) y: the outputs at time t of the flow that starts at 0."""
    return y - torch.linalg.matrix_exp(-kernel * time) @ y


def distance(a: torch.Tensor, b: torch.Tensor) -> float:
    """|a - b| / |b|."""
    return float(torch.linalg.norm(a - b) / torch.linalg.norm(b))


def problem(seed: int) -> tuple[torch.Tensor, torch.Tensor, float]:
    """Unit vectors (N, d), labels (N,), and the time in which the flow of the fixed kernel halves the residual."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((SAMPLES, INPUTS))
    x = torch.tensor(x / np.linalg.norm(x, axis=1, keepdims=True))
    y = torch.tensor(rng.choice((-1.0, 1.0), SAMPLES))
    times = np.geomspace(0.01, 1e3, 500)
    halved = [distance(flow(fixed_kernel(x), y, time), y) < 0.5 for time in times]
    return x, y, float(times[np.argmax(halved)])


def measured(width: int, power: float, seed: int) -> dict[str, float]:
    """Distances of one network before and after its training."""
    x, y, time = problem(seed)
    before = Network.random(width, power, seed=seed)
    after = before.trained(x, y, time)
    start = before.kernel(x)
    return {
        "start - fixed": distance(start, fixed_kernel(x)),
        "kernel moved": distance(after.kernel(x), start),
        "weights moved": distance(after.w, before.w),
        "outputs - flow": distance(after(x), flow(start, y, time)),
        "residual": distance(after(x), y),
    }


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--seeds", type=int, default=5)
    options.add_argument("--plot", type=Path, default=None, help="file for a figure, such as kernel.png")
    asked = options.parse_args()
    torch.set_num_threads(1)
    found: dict[str, dict[str, np.ndarray]] = {}
    rows: list[dict[str, Any]] = []
    with cpu_clock() as spent:
        for scaling, power in SCALINGS.items():
            runs = [[measured(width, power, seed) for seed in range(asked.seeds)] for width in WIDTHS]
            found[scaling] = {key: np.array([[run[key] for run in row] for row in runs]) for key in runs[0][0]}
    for scaling, columns in found.items():
        for place, width in enumerate(WIDTHS):
            shown = {key: f"{v[place].mean():.4f} +- {v[place].std():.4f}" for key, v in columns.items()}
            rows.append({"scaling": scaling if place == 0 else "", "m": f"{width:,}", **shown})
        slopes = {key: np.polyfit(np.log(WIDTHS), np.log(v).mean(axis=1), 1)[0] for key, v in columns.items()}
        rows.append({"scaling": "", "m": "slope", **{key: f"{value:.2f}" for key, value in slopes.items()}})
    headings = ["scaling", "m", *next(iter(found.values()))]
    tn.report.table(
        f"Tangent kernel against width: mean +- sd over seeds 0 to {asked.seeds - 1}",
        dict.fromkeys(headings, ""),
        rows,
        caption=f"{STEPS} steps of gradient descent each. {spent[0]:.0f} CPU s, one thread.",
    )
    if asked.plot:
        plot(found, asked.plot)


def plot(found: dict[str, dict[str, np.ndarray]], path: Path) -> None:
    """Distances against width, one panel a scaling."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    for panel, (scaling, columns) in zip(figure.subplots(1, 2, sharey=True), found.items(), strict=True):
        for key, values in columns.items():
            panel.errorbar(WIDTHS, values.mean(axis=1), values.std(axis=1), fmt="o-", label=key)
        panel.plot(WIDTHS, np.array(WIDTHS, float) ** -0.5, "k:", label="m^(-1/2)")
        panel.set(title=f"scaling {scaling}", xlabel="width m", xscale="log", yscale="log")
        panel.set_ylabel("relative distance")
    panel.legend(fontsize="small")
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
