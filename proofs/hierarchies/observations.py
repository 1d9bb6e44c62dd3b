"""What the sources report of experiments: statements without a proof, each with the part of it that has one."""

from ..claims import not_checkable

mpo_accuracy = not_checkable(
    "mpo-accuracy",
    sources=("mpo:7f", "mpo:7g", "mera:15"),
    statement="Five networks keep or improve their accuracy on MNIST and CIFAR-10 when MPOs replace linear layers.",
    why=(
        "An observation on trained networks and data; the tables are not in the source. Provable are the bound on "
        "the outputs (truncation-moves-outputs) and when a label is kept (labels-kept-by-margins); an improvement "
        "follows from neither."
    ),
)

mera_accuracy = not_checkable(
    "mera-accuracy",
    sources=("mera:23", "mera:131"),
    statement=(
        "A MERA compresses more at equal accuracy, and is more accurate at equal compression, than a tensor train; "
        "it loses less than 1 % on CIFAR-10 at 14,000 times fewer parameters."
    ),
    why=(
        "An observation on trained networks. Provable are the counts, which at equal bond dimension speak for the "
        "train (equal-bonds-favour-trains), and that a MERA represents what a train of that bond cannot "
        "(mera-exceeds-tree-at-equal-bonds); which of the two decides depends on the data."
    ),
)

overfitting = not_checkable(
    "factored-layers-and-overfitting",
    sources=("mera:133",),
    statement="A factored layer avoids overfitting on large data sets, but may take longer to train.",
    why=(
        "Overfitting and training time belong to a training procedure and to data, of which the source names none. "
        "Provable are the number of parameters (mera-parameters-are-linear) and the cost of one input "
        "(cost-of-one-input)."
    ),
)
