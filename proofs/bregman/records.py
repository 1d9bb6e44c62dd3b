"""What the abstract reports but no program can check."""

from ..claims import not_checkable

EFFECTIVENESS = not_checkable(
    "bregman-effectiveness",
    sources=("bregman:4f",),
    statement=(
        "Predicting compression coefficients is substantially more effective for transferring information between "
        "networks than training on the teacher's penultimate layer or on soft labels."
    ),
    why=(
        "An observation on networks and data that the abstract does not name; no number is given. Its core is checked: "
        "loss-splits-at-the-optimal-code (the student is judged on k numbers, above a floor that it cannot influence), "
        "code-loss-stands-for-layer-loss (what least squares on codes controls), matching-loss-derivatives and "
        "softmax-divergence-is-relative-entropy (penultimate layers and soft labels are the same loss without "
        "compression: f = id, and softmax)."
    ),
)
AUTHORS = not_checkable(
    "bregman-authors",
    sources=("bregman:18",),
    statement="The paper arXiv 2209.07080 is cited as by Fifty, Amid, Warmuth and Anil.",
    why=(
        "Bibliographic, so nothing to compute; and the order is wrong: the paper is by Ehsan Amid, Rohan Anil, "
        "Christopher Fifty and Manfred K. Warmuth, in that order."
    ),
)
