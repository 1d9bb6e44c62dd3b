"""The networks that a file can hold, and all that it says of one beside the numbers in the cores."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from tnsolve.algebra.arrays import Array
from tnsolve.algebra.legs import Core
from tnsolve.networks.abstract import AbstractNetwork
from tnsolve.networks.mera import MERA
from tnsolve.networks.mps import MPS
from tnsolve.networks.tree import Tree

Network = MPS | Tree | MERA
NETWORKS: dict[str, type[Network]] = {"MPS": MPS, "Tree": Tree, "MERA": MERA}


def network_named(name: str) -> type[Network]:
    """The class that files call `name`.   Raises ValueError for one that they do not know."""
    if name not in NETWORKS:
        raise ValueError(
            f"{name} is no network that a file can hold: {', '.join(NETWORKS)}; use one, or upgrade tnsolve."
        )
    return NETWORKS[name]


def network_to_json(network: AbstractNetwork) -> dict[str, Any]:
    """Class, legs of every core, and scale (and centre, where there is one)."""
    name = type(network).__name__
    return {
        "network": name,
        "legs": [list(core.legs) for core in network.cores],
        **_settings(network_named(name), vars(network)),
    }


def network_from_json(arrays: Sequence[Array], data: dict[str, Any]) -> Network:
    """Inverse of `network_to_json`, given the numbers; a file that names no class holds an MPS."""
    kind = network_named(data.get("network", "MPS"))
    cores = tuple(Core(array, tuple(legs)) for array, legs in zip(arrays, data["legs"], strict=True))
    return kind(cores, **_settings(kind, data))


def _settings(kind: type[Network], values: dict[str, Any]) -> dict[str, Any]:
    """Every field of a class but its cores."""
    return {field.name: values[field.name] for field in fields(kind) if field.name != "cores"}
