"""The networks that a file can hold, and all that it says of one: the numbers by name, the rest as JSON."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from tnsolve.algebra.arrays import Array, to_numpy
from tnsolve.algebra.legs import Core
from tnsolve.algebra.records import Record
from tnsolve.networks.abstract import AbstractNetwork
from tnsolve.networks.cp import CP
from tnsolve.networks.mera import MERA
from tnsolve.networks.mpo import MPO
from tnsolve.networks.mps import MPS
from tnsolve.networks.tree import Tree

Network = MPS | Tree | MERA | MPO | CP
NETWORKS: dict[str, type[Network]] = {"MPS": MPS, "Tree": Tree, "MERA": MERA, "MPO": MPO, "CP": CP}
LONGEST_LEG = 40


def network_named(name: str, call: str) -> type[Network]:
    """The class that files call `name`.   Raises ValueError, in the name of `call`, for one that they do not know."""
    if name not in NETWORKS:
        raise ValueError(
            f"{call} has a {name!r}, which no file can hold, but {', '.join(NETWORKS)}; use one, or upgrade tnsolve."
        )
    return NETWORKS[name]


def network_arrays(network: AbstractNetwork, prefix: str = "") -> dict[str, np.ndarray]:
    """The cores as NumPy arrays by name."""
    return {named_core(prefix, k): np.ascontiguousarray(to_numpy(core.data)) for k, core in enumerate(network.cores)}


def network_to_json(network: AbstractNetwork) -> dict[str, Any]:
    """Class, legs of every core, and scale (and centre, where there is one)."""
    kind = network_named(type(network).__name__, "save")
    settings = {field.name: vars(network)[field.name] for field in fields(kind) if field.name != "cores"}
    return {"network": kind.__name__, "legs": [list(core.legs) for core in network.cores], **settings}


def network_from_json(arrays: Mapping[str, Array], record: Record, prefix: str = "") -> Network:
    """Inverse of `network_arrays` and `network_to_json`; a record that names no class holds an MPS.

    Raises ValueError, in the name of the record, for a core that is missing and values of a wrong type; whether the
    cores fit together is for `require_sound` to say.
    """
    kind = MPS
    if record.has("network"):
        kind = network_named(record.text("network"), record.place)
    cores = []
    for k in range(len(record.sequence("legs"))):
        name = named_core(prefix, k)
        if name not in arrays:
            raise ValueError(f"{record.place} has legs for core {k} but there is no array {name!r}.")
        legs = Record({"legs": record.data["legs"][k]}, f"{record.place}: core {k}").texts("legs", longest=LONGEST_LEG)
        cores.append(Core(arrays[name], legs))
    settings: dict[str, Any] = {"scale": record.number("scale")}
    if record.has("centre"):
        settings["centre"] = record.integer("centre", high=len(cores) - 1)
    unknown = settings.keys() - {field.name for field in fields(kind)}
    if unknown:
        raise ValueError(f"{record.place} has a {kind.__name__}, which has no {', '.join(unknown)}.")
    return kind(tuple(cores), **settings)


def named_core(prefix: str, site: int) -> str:
    """How files call a core."""
    return f"{prefix}core.{site:05d}"
