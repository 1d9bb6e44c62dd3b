"""How a fit ended, in words that advise."""

from enum import Enum


class Result(Enum):
    """The outcome of a fit; the value of each member says what it means and what to do about it.

    The words hold for every model: a student on samples, a layer on moments, a Bregman PCA.
    """

    COMPLETED = "All sweeps of the schedule were made. If the losses are still falling, add sweeps."
    CONVERGED = (
        "The training loss moved by less than the tolerance between two sweeps. More sweeps will change it as little; "
        "where it is not small enough, a larger rank or a smaller ridge may lower it."
    )
    EARLY_STOPPED = (
        "What is judged on the held-out data did not improve for `patience` sweeps; the best model on that data is "
        "returned. More data, a larger ridge or a smaller rank may generalise better."
    )
    STALLED = (
        "No visit of the last sweep lowered the objective: a fit that is exact or as good as its ridge allows, or a "
        "stationary point of every region. Where the loss is as small as it has to be, all is well. Where it is not, "
        "more sweeps of this kind will not help: lower the ridge, widen the model (rank, expand, sites=2), or start "
        "elsewhere."
    )
    DIVERGED = (
        "The loss became infinite or NaN; the last finite model is returned. Scale the inputs into the range of the "
        "features and the targets to a spread near 1, raise the ridge, or use float64."
    )
    INTERRUPTED = "Interrupted from the keyboard; the best model so far is returned."
