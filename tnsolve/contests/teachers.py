"""Teachers to learn from at no cost: scikit-learn's digits and a perceptron trained on them."""

import warnings
from collections.abc import Sequence

import numpy as np

from tnsolve.algebra.arrays import Pool, generator
from tnsolve.algebra.optional import require
from tnsolve.contests.contest import Task
from tnsolve.models.perceptron import Teacher
from tnsolve.transfer import relu, sigmoid, tanh

TRANSFERS = {"tanh": ("tanh", tanh), "relu": ("relu", relu), "sigmoid": ("logistic", sigmoid)}
HIDDEN = (64, 64, 16)
HELD_OUT = 397
CHOOSING = 200


def digits_task(*, seed: int = 0, hidden: Sequence[int] = HIDDEN, transfer: str = "tanh") -> Task:
    """1797 images of 8 x 8 pixels in [0, 1], ten classes: 1200 to train, 200 to choose by, 397 to judge by, by seed.

    hidden : widths of the teacher's hidden layers    transfer : theirs, tanh, relu or sigmoid
    The teacher sees the training images alone.   Source: scikit-learn, from the UCI repository (Alpaydin and Kaynak).
    """
    require("sklearn", "sklearn", "digits_task")
    from sklearn.datasets import load_digits

    images, labels = map(np.asarray, load_digits(return_X_y=True))
    x = images / 16.0
    order = generator(seed).permutation(len(x))
    test, validation, train = np.split(order, [HELD_OUT, HELD_OUT + CHOOSING])
    teacher = perceptron(x[train], labels[train], hidden=hidden, transfer=transfer, seed=seed)
    return Task(x, labels, train, validation, test, teacher)


def perceptron(
    x: np.ndarray, labels: np.ndarray, *, hidden: Sequence[int], transfer: str = "tanh", seed: int = 0
) -> Teacher:
    """A multilayer perceptron trained by Adam on the cross-entropy until its training loss settles.

    x : (N, sites)    labels : (N,) classes 0, 1, ..., at least three.   Raises ValueError for others.
    """
    require("sklearn", "sklearn", "perceptron")
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    classes = np.unique(labels)
    if len(classes) < 3 or not np.array_equal(classes, np.arange(len(classes))):
        raise ValueError(f"perceptron(labels=...) has the classes {classes}; renumber at least three of them from 0.")
    if transfer not in TRANSFERS:
        raise ValueError(f"perceptron(transfer={transfer!r}) is unknown; use one of {', '.join(TRANSFERS)}.")
    activation, function = TRANSFERS[transfer]
    trained = MLPClassifier(
        tuple(hidden), activation=activation, learning_rate_init=3e-3, max_iter=400, random_state=seed
    )
    with warnings.catch_warnings(), Pool().running():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a teacher need not be the best: it is what is copied
        trained.fit(x, labels)
    return Teacher(tuple(trained.coefs_), tuple(trained.intercepts_), function)
