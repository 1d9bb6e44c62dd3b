"""How close numbers come to those that they should be: shares of right classes, and relative errors."""

from math import inf

from tnsolve.algebra.arrays import Array, namespace


def accuracy(z: Array, labels: Array) -> float:
    """Share of rows whose largest entry is at the label.   z : (N, m), logits or probabilities    labels : (N,)."""
    return _share(_hits(z, labels))


def agreement(z: Array, others: Array) -> float:
    """Share of rows where both have their largest entry at the same class.   z, others : (N, m)."""
    return _share(_hits(z, _classes(others)))


def error_rate(z: Array, y: Array) -> float:
    """Share of rows whose largest output is not the largest target.   z, y : (N, m).   For `fit(judge=error_rate)`."""
    return _share(~_hits(z, _classes(y)))


def relative_error(values: Array, targets: Array) -> float:
    """|values - targets| / |targets - mean over samples|, Frobenius norms: 0 is exact, 1 no better than the mean.

    values, targets : (N, m), of any size that their dtype holds. Infinite where the targets do not vary.
    """
    xp = namespace(values, targets)
    unit = float(xp.max(xp.abs(targets))) or 1.0
    values, targets = values / unit, targets / unit
    spread = float(xp.linalg.vector_norm(targets - xp.mean(targets, axis=0)))
    return float(xp.linalg.vector_norm(values - targets)) / spread if spread > 0 else inf


def _classes(z: Array) -> Array:
    """The class of each row, where its largest entry is : (N,)."""
    return namespace(z).argmax(z, axis=-1)


def _hits(z: Array, labels: Array) -> Array:
    """Whether each row's class is its label : (N,)."""
    namespace(z, labels)
    return _classes(z) == labels


def _share(hits: Array) -> float:
    xp = namespace(hits)
    return float(xp.mean(xp.astype(hits, xp.float64)))
