"""All claims: every `Claim` that stands in a module of a family package, in the order of the families below."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from .claims import Claim

FAMILIES = {
    "polynomials": "What products of site vectors span",
    "ranks": "Ranks of tensor trains, and what a rank cannot represent",
    "hierarchies": "Matrix product operators, trees and MERA",
    "sweeps": "What a sweep guarantees",
    "objectives": "Distillation losses and relations",
    "risks": "Risks and generalisation bounds",
    "kernels": "Tangent kernels, transfer angles and multiple views",
    "bregman": "Bregman geometry of a layer",
}


@cache
def family(name: str) -> tuple[Claim, ...]:
    """The claims of one family, module by module in alphabetical order, each module from top to bottom."""
    package = import_module(f".{name}", __package__)
    modules = sorted(module.name for module in iter_modules(package.__path__))
    return tuple(
        value
        for module in modules
        for value in vars(import_module(f".{module}", package.__name__)).values()
        if isinstance(value, Claim)
    )


def claims() -> dict[str, Claim]:
    """Every claim by its id; two claims of one id are an error."""
    found: dict[str, Claim] = {}
    for each in (each for name in FAMILIES for each in family(name)):
        if each.id in found:
            raise ValueError(f"two claims are called {each.id!r}; rename one.")
        found[each.id] = each
    return found
