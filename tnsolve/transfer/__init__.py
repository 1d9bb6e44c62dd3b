"""Transfer functions y = f(z) = grad F(z) with convex potentials and matching losses: as values, by name, from JSON."""

from typing import Any

from tnsolve.transfer.abstract import AbstractTransfer
from tnsolve.transfer.bounded import Algebraic, Arctan, Sigmoid, Tanh
from tnsolve.transfer.derived import Derived, from_potential
from tnsolve.transfer.elementwise import AbstractElementwise
from tnsolve.transfer.softmax import Softmax, TemperedSoftmax
from tnsolve.transfer.unbounded import ELU, Exp, Identity, LeakyReLU, ReLU, Softplus

identity = Identity()
leaky_relu = LeakyReLU()
relu = ReLU()
elu = ELU()
softplus = Softplus()
exp = Exp()
sigmoid = Sigmoid()
tanh = Tanh()
arctan = Arctan()
algebraic = Algebraic()
softmax = Softmax()

__all__ = [
    "ELU",
    "AbstractElementwise",
    "AbstractTransfer",
    "Algebraic",
    "Arctan",
    "Derived",
    "Exp",
    "Identity",
    "LeakyReLU",
    "ReLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "TemperedSoftmax",
    "algebraic",
    "arctan",
    "elu",
    "exp",
    "from_potential",
    "identity",
    "leaky_relu",
    "relu",
    "sigmoid",
    "softmax",
    "softplus",
    "tanh",
    "transfer_from_json",
    "transfer_named",
]

NAMED = {
    transfer.name: transfer
    for transfer in (
        identity,
        leaky_relu,
        relu,
        elu,
        softplus,
        exp,
        sigmoid,
        tanh,
        arctan,
        algebraic,
        softmax,
    )
}
CLASSES = {final.name: final for final in (*map(type, NAMED.values()), TemperedSoftmax, Derived)}
NOT_MONOTONE = {"gelu", "silu", "swish", "mish"}


def transfer_named(name: str) -> AbstractTransfer:
    """The transfer function called `name`, with default parameters. ValueError if it has no convex potential."""
    if name.lower() in NOT_MONOTONE:
        raise ValueError(
            f"transfer_named({name!r}): {name} is not monotone, hence no gradient of a convex potential, and has no "
            f"matching loss; fit the layer's pre-activations with identity and apply {name} after the student."
        )
    if name not in NAMED:
        raise ValueError(
            f"transfer_named({name!r}) is unknown; use one of {', '.join(NAMED)}, or an object such as "
            f"LeakyReLU(slope=0.1), Softmax(temperature=4.0) or TemperedSoftmax(temperature=4.0, soft=0.9)."
        )
    return NAMED[name]


def transfer_from_json(data: dict[str, Any]) -> AbstractTransfer:
    """Inverse of `to_json`: the object it was made from. ValueError for an unknown name."""
    parameters = dict(data)
    name = parameters.pop("name", None)
    if name not in CLASSES:
        raise ValueError(f"transfer_from_json({data!r}) names no transfer function; known: {', '.join(CLASSES)}.")
    return CLASSES[name](**parameters)
