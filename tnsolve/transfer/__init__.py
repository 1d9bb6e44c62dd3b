"""Transfer functions y = f(z) = grad F(z) with convex potentials and matching losses: as values, by name, from JSON."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from tnsolve.algebra.records import Record, shown
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


def transfer_from_json(data: Mapping[str, Any]) -> AbstractTransfer:
    """Inverse of `to_json`: the object it was made from.

    ValueError for an unknown name, a parameter of a wrong type or value, and a potential that is not convex; nothing is
    run that takes longer than milliseconds, whatever the data.
    """
    record = Record.of(data, "transfer_from_json(data)")
    name = record.text("name", longest=40)
    if name not in CLASSES:
        raise ValueError(f"transfer_from_json({shown(name)}) names no transfer function; known: {', '.join(CLASSES)}.")
    if name == Derived.name:
        record.only("name", "potential_text")
        return Derived(record.text("potential_text"))
    final: Any = CLASSES[name]
    record.only("name", *(field.name for field in fields(final)))
    given = [field for field in fields(final) if field.name in data or field.default is MISSING]
    return final(**{field.name: record.number(field.name) for field in given})
