"""Sweeps on second moments against what else compresses a layer, in CPU seconds of one thread.

1. A 1024 x 1024 matrix (4 Kronecker terms + 0.3 of rank 8 + 0.03 of noise, 5 pairs of legs of 4, rank 64):
   our sweeps on white inputs against quimb's `fit(method="als")` and `tensor_network_1d_compress(method="fit")`, all
   from the TT-SVD.
2. A 256 x 256 layer on correlated inputs as an MPO: our sweeps, and one sweep with a polish, against Adam on the same
   quadratic from the same start (best of three learning rates), and against Adam on mini-batches of the samples, in the
   time to reach our error.
3. The same layer as a MERA: one sweep with a polish against the same.
"""

from collections.abc import Callable, Iterator
from functools import reduce

import numpy as np
import quimb.tensor as qtn
import torch
from common import cpu_clock, parser
from threadpoolctl import threadpool_limits

import tnsolve as tn

RATES = (1e-2, 3e-2, 1e-1)
BATCH = 256
JUDGED = 5
COLUMNS = {"method": "", "CPU seconds": ".3f", "relative error": ".5f", "times ours": ".1f"}


def kronecker_matrix(seed: int) -> np.ndarray:
    """(1024, 1024), each part of unit norm before its factor."""
    rng = np.random.default_rng(seed)
    terms = [reduce(np.kron, rng.standard_normal((5, 4, 4))) for _ in range(4)]
    low = rng.standard_normal((1024, 8)) @ rng.standard_normal((8, 1024))
    parts = [(1.0, sum(terms)), (0.3, low), (0.03, rng.standard_normal((1024, 1024)))]
    return sum(factor * part / np.linalg.norm(part) for factor, part in parts)


def against_quimb(seed: int) -> list[dict[str, object]]:
    """Error and CPU seconds of every method, from the matrix to the MPO."""
    weight = kronecker_matrix(seed)
    legs, rank = (4,) * 5, 64
    rows = []

    def add(method: str, seconds: float, matrix: np.ndarray) -> None:
        error = float(np.linalg.norm(matrix - weight) / np.linalg.norm(weight))
        rows.append({"method": method, "CPU seconds": seconds, "relative error": error})

    tn.compress(weight, tn.MPO.from_dense(weight, legs, legs, rank), schedule=tn.Schedule(1, ridge=0.0))
    with cpu_clock() as ours:
        start = tn.MPO.from_dense(weight, legs, legs, rank)
    add("tnsolve TT-SVD", ours[0], start.to_dense())
    for sweeps in (4, 16):
        with cpu_clock() as spent:
            layer = tn.compress(weight, start, schedule=tn.Schedule(sweeps, ridge=0.0)).layer
        add(f"tnsolve {sweeps} sweeps", ours[0] + spent[0], layer.to_dense())
    with cpu_clock() as first:
        svd = qtn.MatrixProductOperator.from_dense(weight, dims=4, max_bond=rank, cutoff=0.0)
    add("quimb TT-SVD", first[0], svd.to_dense())
    target = qtn.Tensor(weight.reshape((4,) * 10), inds=_quimb_legs()).as_network()
    for steps in (16, 100):
        with cpu_clock() as spent:
            found = svd.fit(target, method="als", steps=steps, tol=0.0)
        add(f"quimb fit als, {steps} steps", first[0] + spent[0], found.to_dense())
    with cpu_clock() as made:
        exact = qtn.MatrixProductOperator.from_dense(weight, dims=4)
    for steps in (4, 16):
        with cpu_clock() as spent:
            found = qtn.tensor_network_1d_compress(
                exact, max_bond=rank, cutoff=0.0, method="fit", bsz=1, max_iterations=steps, tol=0.0, tn_fit=svd.copy()
            )
        total = first[0] + made[0] + spent[0]
        add(f"quimb 1d compress fit, {steps} iterations", total, found.to_dense())
        add("    of which the iterations alone", spent[0], found.to_dense())
    for row in rows:
        row["times ours"] = row["CPU seconds"] / rows[1]["CPU seconds"]
    return rows


def _quimb_legs() -> list[str]:
    return [*(f"k{k}" for k in range(5)), *(f"b{k}" for k in range(5))]


def layer_and_inputs(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """W (256, 256) with a falling spectrum, and inputs (4096, 256): rectified and correlated, as of a hidden layer."""
    rng = np.random.default_rng(seed)
    left, right = (np.linalg.qr(rng.standard_normal((256, 256)))[0] for _ in range(2))
    weight = left * np.arange(1, 257) ** -0.5 @ right
    hidden = rng.standard_normal((4096, 256)) * np.arange(1, 257) ** -0.5
    return weight, np.maximum(hidden @ rng.standard_normal((256, 256)), 0)


def against_adam(
    seed: int, start: Callable[[np.ndarray], tn.AbstractLinear], sweeps: int, polished: int
) -> list[dict[str, object]]:
    """CPU seconds to the error that sweeps, and a polish if any, reach; Adam gets 40 times as many."""
    weight, x = layer_and_inputs(seed)
    begin = start(weight)
    moments = tn.Moments.of_layer(x, weight)
    tn.polish(tn.compress(weight, begin, inputs=moments, schedule=tn.Schedule(1)).layer.network, moments, steps=1)
    with cpu_clock() as spent:
        moments = tn.Moments.of_layer(x, weight)
        network = tn.compress(weight, begin, inputs=moments, schedule=tn.Schedule(sweeps)).layer.network
    rows = [{"method": f"tnsolve, sweeps: {sweeps}", "CPU seconds": spent[0], "relative error": moments.error(network)}]
    if polished:
        with cpu_clock() as more:
            network = tn.polish(network, moments, steps=polished)
        rows.append({"method": f"    and a polish of {polished} steps", "CPU seconds": spent[0] + more[0]})
        rows[-1]["relative error"] = moments.error(network)
    goal, ours = rows[-1]["relative error"], rows[-1]["CPU seconds"]
    batches = {"Adam, full covariance": None, f"Adam, mini-batches of {BATCH}": x - x.mean(axis=0)}
    for method, samples in batches.items():
        trials = [adam(begin, moments, samples, rate, goal, 40 * ours, seed) for rate in RATES]
        seconds, error, rate = min(
            trials, key=lambda trial: (trial[1] > goal, trial[0] if trial[1] <= goal else trial[1])
        )
        reached = "" if error <= goal else ", not reached"
        rows.append({"method": f"{method}, rate {rate:g}{reached}", "CPU seconds": seconds, "relative error": error})
    for row in rows:
        row["times ours"] = row["CPU seconds"] / ours
    return rows


def adam(
    start: tn.AbstractLinear,
    moments: tn.Moments,
    samples: np.ndarray | None,
    rate: float,
    goal: float,
    limit: float,
    seed: int,
) -> tuple[float, float, float]:
    """CPU seconds until the error is at most `goal`, or `limit`; the least error seen; the rate.

    Minimises tr (T - W) C (T - W)' with C exact, or estimated on mini-batches. Judging, every
    JUDGED steps, is not counted.
    """
    cores = [torch.tensor(core.data, requires_grad=True) for core in start.cores]
    optimiser = torch.optim.Adam(cores, lr=rate)
    best, covariance = torch.as_tensor(moments.best), torch.as_tensor(moments.covariance)
    batches = None if samples is None else _shuffled(torch.as_tensor(samples), seed)
    spent, least = 0.0, float("inf")
    while spent < limit and least > goal:
        with cpu_clock() as more:
            for _ in range(JUDGED):
                optimiser.zero_grad()
                missed = start.filled(cores).to_dense() - best
                if batches is None:
                    loss = torch.sum(missed @ covariance * missed)
                else:
                    loss = torch.mean(torch.sum((next(batches) @ missed.T) ** 2, dim=1))
                loss.backward()
                optimiser.step()
        spent += more[0]
        least = min(least, moments.error(start.filled([core.detach().numpy() for core in cores])))
    return spent, least, rate


def _shuffled(samples: torch.Tensor, seed: int) -> Iterator[torch.Tensor]:
    """Mini-batches without end, a new order each epoch."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        order = torch.randperm(samples.shape[0], generator=generator)
        yield from (samples[chosen] for chosen in order.split(BATCH))


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--seed", type=int, default=0)
    seed = options.parse_args().seed
    torch.set_num_threads(1)
    with threadpool_limits(1):
        tn.report.table(f"1024 x 1024, rank 64, white inputs (seed {seed})", COLUMNS, against_quimb(seed))
        legs = (4, 4, 4, 4)
        for sweeps, polished in ((10, 0), (1, 60)):
            rows = against_adam(seed, lambda weight: tn.MPO.from_dense(weight, legs, legs, 8), sweeps, polished)
            tn.report.table(f"256 x 256 MPO, rank 8, correlated inputs (seed {seed})", COLUMNS, rows)
        rows = against_adam(seed, lambda weight: tn.MERA.from_dense(weight, legs, legs, 4, mirrored=True), 1, 160)
        tn.report.table(f"256 x 256 MERA, rank 4, correlated inputs (seed {seed})", COLUMNS, rows)


if __name__ == "__main__":
    main()
