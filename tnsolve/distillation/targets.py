"""What a student is asked to reproduce of a classifier: its probabilities, or its logits less their idle constant."""

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.transfer import Softmax


def soft_targets(logits: Array, *, temperature: float = 1.0) -> Array:
    """softmax(logits / T) : (N, m), targets for `Softmax(T)`. Raises ValueError unless T > 0.

    Source: Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network" (arXiv 1503.02531), section 2.
    """
    return Softmax(temperature)(logits)


def centred_logits(logits: Array) -> Array:
    """Logits less their mean over the classes : (N, m), targets for `identity`.

    The probabilities are the same (`proofs/objectives/temperature.py`).
    """
    return logits - namespace(logits).mean(logits, axis=-1, keepdims=True)
