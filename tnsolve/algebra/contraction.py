"""Contraction of many tensors at once, by a plan that is searched once for each shape."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any

import cotengra

from tnsolve.algebra.arrays import Array, namespace
from tnsolve.algebra.legs import Core, arranged, without

TRIALS = 16
IN_THIS_PROCESS: dict[str, Any] = {"accel": False, "parallel": False}


@dataclass(frozen=True)
class Plan:
    """Which two tensors to join, which legs of the pair others still need, and so on; the result goes to the end.

    cost : multiply-adds
    """

    steps: tuple[tuple[int, int, frozenset[str]], ...]
    cost: float


def contracted(cores: Sequence[Core], output: Sequence[str]) -> Array:
    """Sum over every leg that is not in `output`; legs may be shared by any number of cores.

    Returns the array with its axes in the order of `output`. Cost: that of the plan, see `cost`.
    """
    waiting: dict[int, Core] = dict(enumerate(_shared(cores, output)))
    for number, (i, j, kept) in enumerate(_plan_of(list(waiting.values()), output).steps, start=len(waiting)):
        waiting[number] = _joined(waiting.pop(i), waiting.pop(j), kept)
    (whole,) = waiting.values()
    return arranged(whole, output).data


def surrounded(cores: Sequence[Core], output: Sequence[str]) -> tuple[Array, Callable[[Array], list[Array]]]:
    """The contraction, and how to contract an array of its shape with all cores but one, for each one in turn.

    What the plan has joined on the way is used again: all surroundings together cost about twice the contraction.
    """
    tensors = dict(enumerate(_shared(cores, output)))
    steps = _plan_of(list(tensors.values()), output).steps
    for number, (i, j, kept) in enumerate(steps, start=len(cores)):
        tensors[number] = _joined(tensors[i], tensors[j], kept)

    def around(outside: Array) -> list[Array]:
        found = {len(tensors) - 1: Core(outside, tuple(output))}
        for number, (i, j, _) in reversed(list(enumerate(steps, start=len(cores)))):
            whole = found.pop(number)
            found[i] = _joined(whole, tensors[j], tensors[i].legs)
            found[j] = _joined(whole, tensors[i], tensors[j].legs)
        parts = [arranged(found[k], tensors[k].legs).data for k in range(len(cores))]
        return [namespace(part).reshape(part, core.data.shape) for part, core in zip(parts, cores, strict=True)]

    return arranged(tensors[len(tensors) - 1], output).data, around


def plan(cores: Sequence[Core], output: Sequence[str]) -> Plan:
    """How `contracted` would join them: for a library that does the joining itself."""
    return _plan_of(_shared(cores, output), output)


def cost(cores: Sequence[Core], output: Sequence[str]) -> float:
    """Multiply-adds of `contracted`."""
    return plan(cores, output).cost


def _shared(cores: Sequence[Core], output: Sequence[str]) -> list[Core]:
    """The cores, summed over the legs that lead nowhere."""
    uses = Counter(leg for core in cores for leg in core.legs)
    uses.update(output)
    return [_summed(core, [leg for leg in core.legs if uses[leg] == 1]) for core in cores]


def _summed(core: Core, legs: list[str]) -> Core:
    if not legs:
        return core
    axes = tuple(core.legs.index(leg) for leg in legs)
    return Core(namespace(core.data).sum(core.data, axis=axes), without(core.legs, *legs))


@dataclass(frozen=True)
class _Pairing:
    """How two tensors become a product of (stacks of) matrices: axes (batch, left, gone) and (batch, gone, right)."""

    first: tuple[int, ...]
    second: tuple[int, ...]
    batch: int
    left: int
    legs: tuple[str, ...]


@lru_cache(maxsize=16384)
def _pairing(a: tuple[str, ...], b: tuple[str, ...], kept: Collection[str]) -> _Pairing:
    shared = [leg for leg in a if leg in b]
    batch = [leg for leg in shared if leg in kept]
    gone = without(shared, *batch)
    left, right = without(a, *shared), without(b, *shared)
    first = tuple(a.index(leg) for leg in (*batch, *left, *gone))
    second = tuple(b.index(leg) for leg in (*batch, *gone, *right))
    return _Pairing(first, second, len(batch), len(left), (*batch, *left, *right))


def _joined(a: Core, b: Core, kept: Collection[str]) -> Core:
    """Two tensors contracted over what both carry and nobody else needs."""
    pairing = _pairing(a.legs, b.legs, kept)
    xp = namespace(a.data, b.data)
    first, second = xp.permute_dims(a.data, pairing.first), xp.permute_dims(b.data, pairing.second)
    inner = pairing.batch + pairing.left
    outer = pairing.batch + first.ndim - inner
    batch, left, right = first.shape[: pairing.batch], first.shape[pairing.batch : inner], second.shape[outer:]
    gone = prod(first.shape[inner:])
    stack = (prod(batch),) if batch else ()
    product = xp.matmul(xp.reshape(first, (*stack, prod(left), gone)), xp.reshape(second, (*stack, gone, prod(right))))
    return Core(xp.reshape(product, (*batch, *left, *right)), pairing.legs)


def _plan_of(cores: Sequence[Core], output: Sequence[str]) -> Plan:
    return _plan(tuple(core.legs for core in cores), tuple(output), tuple(tuple(core.data.shape) for core in cores))


@lru_cache(maxsize=4096)
def _plan(inputs: tuple[tuple[str, ...], ...], output: tuple[str, ...], shapes: tuple[tuple[int, ...], ...]) -> Plan:
    """The cheapest of `TRIALS` greedy contraction trees, the same in every run."""
    search = cotengra.RandomGreedyOptimizer(max_repeats=TRIALS, seed=0, **IN_THIS_PROCESS)
    tree = cotengra.array_contract_tree(inputs, output, shapes=shapes, optimize=search)
    waiting = dict(enumerate(inputs))
    steps = []
    for number, (i, j) in enumerate(tree.get_ssa_path(), start=len(inputs)):
        legs = {*waiting.pop(i), *waiting.pop(j)}
        kept = frozenset(legs.intersection({*output}.union(*waiting.values())))
        steps.append((i, j, kept))
        waiting[number] = tuple(kept)
    return Plan(tuple(steps), float(tree.contraction_cost()))
