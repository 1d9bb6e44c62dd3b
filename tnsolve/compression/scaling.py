"""The best positive scale of hidden units around a fixed student: a bounded quadratic in one number for each unit."""

import numpy as np
from scipy.optimize import minimize

REACH = 2.0


def fitted_scale(
    weight: np.ndarray, student: np.ndarray, covariance: np.ndarray | None = None, metric: np.ndarray | None = None
) -> np.ndarray:
    """Minimise tr A (diag(s) T - W) C (diag(s) T - W)' over 1/2 <= s <= 2 : (m,), never worse than s = 1.

    The loss is s' Q s - 2 q.s + constant, Q = A * (T C T') entrywise, q = diag(A W C T'). The bounds make it a step,
    to be repeated after the student was refitted. In the gauge `Units.scaled(1 / s)` of the outputs the student is as
    good as diag(s) T was; for columns pass transposes, the metric for the covariance, and use `Units.scaled(s)` of the
    inputs.

    weight W, student T : (m, n)    covariance C : (n, n)    metric A : (m, m); None for identities
    Cost O(m^2 n + m n^2).
    """
    metric = np.eye(len(weight)) if metric is None else metric
    seen = student if covariance is None else student @ covariance
    curvature, pulled = metric * (seen @ student.T), metric @ weight
    pull = np.sum(pulled * seen, axis=1)
    unit = float(np.sum(pulled * (weight if covariance is None else weight @ covariance))) or 1.0

    def objective(scale: np.ndarray) -> tuple[float, np.ndarray]:
        bent = curvature @ scale
        return float(scale @ bent - 2 * pull @ scale) / unit, 2 * (bent - pull) / unit

    begin = np.ones(len(weight))
    found = minimize(objective, begin, jac=True, method="L-BFGS-B", bounds=[(1 / REACH, REACH)] * len(weight))
    return found.x if found.fun <= objective(begin)[0] else begin
