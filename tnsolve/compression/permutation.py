"""The best order of hidden units for a tensor network: bisect their principal component, then swap while it helps."""

from collections.abc import Sequence
from math import prod

import numpy as np

from tnsolve.algebra import linalg


def bisection_order(vectors: np.ndarray, legs: Sequence[int]) -> np.ndarray:
    """An order of n units in which units that are alike share their leading leg indices : (n,).

    The units are sorted along their first principal component and halved, each half again, until there are legs[0]
    groups of equal size; the same for legs[1] within each group, and so on.

    vectors : (n, k), one row for each unit: those of A^1/2 W C^1/2 for outputs, of its transpose for inputs
    legs    : dimensions with product n; unit order[k] goes to the place k, in C order over the legs
    Cost O(n k min(n, k)) for each of about log2(n) halvings.   Raises ValueError where the legs do not hold n units.
    """
    if prod(legs) != len(vectors):
        raise ValueError(
            f"bisection_order(legs={tuple(legs)}) has {prod(legs)} places for {len(vectors)} units; "
            f"choose legs whose product is {len(vectors)}, or pad the units with zeros."
        )
    groups = [np.arange(len(vectors))]
    for parts in legs:
        groups = [piece for group in groups for piece in _pieces(vectors, group, parts)]
    return np.concatenate(groups)


def swapped_order(
    weight: np.ndarray,
    student: np.ndarray,
    covariance: np.ndarray | None = None,
    metric: np.ndarray | None = None,
    *,
    limit: int = 1000,
) -> np.ndarray:
    """An order of the rows of `weight` that `student` fits better, by the swap of two rows that helps most, repeated.

    With D = W - T, G = A D C T', K = T C T', the swap of the rows i and j of T changes tr A D C D' by

        (A_ii + A_jj - 2 A_ij) (K_ii + K_jj - 2 K_ij) + 2 (G_ii + G_jj - G_ij - G_ji),

    known for all pairs at once (`proofs/sweeps/units.py`). The loss of weight[order], the metric in that order too,
    is never above that of weight: see `in_gauge`. For columns pass transposes, and the metric for the covariance.

    weight W, student T : (m, n)    covariance C : (n, n)    metric A : (m, m); None for identities    ->    (m,)
    Stops after `limit` swaps or when none lowers the loss by 1e-9 of tr A W C W'.
    Cost O(m^2 n + m n^2), then O(m^2 + m n) for each swap.
    """
    metric = np.eye(len(weight)) if metric is None else metric
    student, order = student.copy(), np.arange(len(weight))
    seen = student.copy() if covariance is None else student @ covariance
    gram = seen @ student.T
    slope = metric @ ((weight - student) @ seen.T)
    spread = _distances(metric)
    least = 1e-9 * float(np.sum((metric @ weight) * (weight if covariance is None else weight @ covariance)))
    for _ in range(limit):
        corner = np.diag(slope)
        change = spread * _distances(gram) + 2 * (corner[:, None] + corner - slope - slope.T)
        i, j = np.unravel_index(np.argmin(change), change.shape)
        if change[i, j] >= -least:
            break
        moved = seen[j] - seen[i]
        pair, crossed = [i, j], [j, i]
        for rows in (student, seen, gram, order):
            rows[pair] = rows[crossed]
        gram[:, pair], slope[:, pair] = gram[:, crossed], slope[:, crossed]
        slope -= np.outer(metric[:, i] - metric[:, j], student @ moved)
    return np.argsort(order)


def _pieces(vectors: np.ndarray, group: np.ndarray, parts: int) -> list[np.ndarray]:
    """A group of units in `parts` of equal size, neighbours along principal components."""
    if parts == 1:
        return [group]
    ahead = parts // 2
    ranked = group[np.argsort(_principal(vectors[group]), kind="stable")]
    middle = len(group) * ahead // parts
    return _pieces(vectors, ranked[:middle], ahead) + _pieces(vectors, ranked[middle:], parts - ahead)


def _principal(vectors: np.ndarray) -> np.ndarray:
    """First principal component of each row; its largest loading is positive, so that groups alike are ranked alike."""
    centred = vectors - vectors.mean(axis=0)
    direction = linalg.svd(centred)[2][0]
    return centred @ (direction * np.sign(direction[np.argmax(np.abs(direction))]))


def _distances(gram: np.ndarray) -> np.ndarray:
    """g_ii + g_jj - 2 g_ij for all pairs."""
    corner = np.diag(gram)
    return corner[:, None] + corner - 2 * gram
