"""Which local solver? Newton-CG with the exact curvature against the majoriser that reuses one Cholesky factor.

The class probabilities of a teacher on digits (softmax) and hidden layers of two (tanh, ReLU) are fitted by the same
sweeps with either solver; printed are the training loss after the last sweep and CPU seconds, one thread, compiled.
`Auto` follows this.
"""

from common import cpu_clock, parser

import tnsolve as tn

SOLVERS = {"Newton": tn.Newton(), "majoriser, 1 step": tn.Ridge(), "majoriser, 4 steps": tn.Ridge(steps=4)}


def targets(name: str):
    """Training inputs, targets and the transfer function behind the student."""
    task = tn.digits_task(hidden=(32,), transfer="relu" if name == "relu" else "tanh")
    x = task.x[task.train]
    if name == "softmax":
        return x, tn.soft_targets(task.teacher.logits(x), temperature=1.0), tn.softmax
    return x, task.teacher.activations(x)[1].y, task.teacher.transfer(1)


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--sweeps", type=int, default=5)
    asked = options.parse_args()
    rows = []
    for name in ("softmax", "tanh", "relu"):
        x, y, transfer = targets(name)
        for rank in (4, 10):
            start = tn.Student.principal(x, y, features=tn.trigonometric(), transfer=transfer, rank=rank)
            for solver, local in SOLVERS.items():
                tn.fit(start, x[:600], y[:600], schedule=tn.Schedule(sweeps=1), local=local, workers=1)
                with cpu_clock() as spent:
                    schedule = tn.Schedule(sweeps=asked.sweeps, ridge=1e-4)
                    solution = tn.fit(start, x, y, schedule=schedule, local=local, workers=1)
                row = {"transfer": name, "rank": rank, "solver": solver}
                rows.append(row | {"training loss": solution.losses[-1], "CPU seconds": spent[0]})
    tn.report.table(
        f"Local solvers, {asked.sweeps} sweeps",
        {"transfer": "", "rank": "d", "solver": "", "training loss": ".4f", "CPU seconds": ".2f"},
        rows,
    )


if __name__ == "__main__":
    main()
