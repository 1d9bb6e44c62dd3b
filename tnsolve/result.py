"""How a fit ended, in words that advise."""

from enum import Enum


class Result(Enum):
    """The outcome of a fit; the value of each member says what it means and what to do about it."""

    COMPLETED = "All sweeps of the schedule were made. If the losses are still falling, add sweeps."
    CONVERGED = (
        "The training loss moved by less than the tolerance between two sweeps. "
        "More sweeps will not help; a larger rank or a smaller ridge may."
    )
    EARLY_STOPPED = (
        "The validation loss did not improve for `patience` sweeps; the best student on the validation data is "
        "returned. More data, a larger ridge or a smaller rank may generalise better."
    )
    STALLED = (
        "No visit of the last sweep lowered the objective. The student is at a stationary point of every region; "
        "widen it (rank, expand, sites=2) or start elsewhere."
    )
    DIVERGED = (
        "The loss became infinite or NaN; the last finite student is returned. Scale the inputs into the range of the "
        "features, raise the ridge, or use float64."
    )
    INTERRUPTED = "Interrupted from the keyboard; the best student so far is returned."
