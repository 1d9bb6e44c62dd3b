"""Layouts: which legs meet in which core, from the leaves to the root; and the cores that fill a layout."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from tnsolve.algebra import linalg
from tnsolve.algebra.arrays import Array, generator, namespace
from tnsolve.algebra.legs import Core, arranged, folded, matrix, without
from tnsolve.networks.abstract import LABEL
from tnsolve.networks.scales import power

Sizes = dict[str, int]
END = "b0"


@dataclass(frozen=True)
class Node:
    """One core: the legs that come from the leaves and those that go on towards the root (none at the root)."""

    away: tuple[str, ...]
    up: tuple[str, ...] = ()

    @property
    def legs(self) -> tuple[str, ...]:
        """All of them, the way up last."""
        return (*self.away, *self.up)


Layout = Sequence[Node]


def pyramid(
    leaves: Sequence[str], emitted: Sequence[str], letter: str, *, disentangled: bool, top: int = 1
) -> tuple[list[Node], list[str]]:
    """Rows of tensors that join neighbouring legs in pairs until `top` are left; an odd leg passes up.

          |   |   |          tree tensors on (1, 2), (3, 4), ...
         / \\ / \\ / \\
        |  [_] [_]  |        disentanglers on (2, 3), (4, 5), ... below them, if asked for
        |  | | | |  |

    The last row's tensor takes two of the legs `emitted`, each tensor before it one, from the top down.
    Returns the nodes, leaves first, and the legs that are left.   Raises ValueError if legs remain to be emitted.
    """
    nodes: list[Node] = []
    joins: list[int] = []
    rest = list(leaves)
    while len(rest) > top:
        if disentangled:
            for k in range(1, len(rest) - 1 - (len(rest) % 2 == 0), 2):
                out = (f"{letter}u{len(nodes)}a", f"{letter}u{len(nodes)}b")
                nodes.append(Node(tuple(rest[k : k + 2]), out))
                rest[k : k + 2] = out
        raised = []
        for k in range(0, len(rest) - 1, 2):
            joins.append(len(nodes))
            raised.append(f"{letter}w{len(nodes)}")
            nodes.append(Node(tuple(rest[k : k + 2]), (raised[-1],)))
        rest = raised + rest[len(rest) - len(rest) % 2 :]
    for place, leg in zip([*joins[-1:], *reversed(joins)], emitted, strict=False):
        nodes[place] = Node((*nodes[place].away, leg), nodes[place].up)
    if len(emitted) > len(joins) + 1:
        raise ValueError(
            f"{len(emitted)} output legs are too many for {len(joins)} tree tensors, which emit one each and the top "
            f"one two; fuse output legs into fewer, or use mirrored=True."
        )
    return nodes, rest


def binary(inputs: int, outputs: int, *, mirrored: bool, disentangled: bool) -> list[Node]:
    """A pyramid on the input legs; the outputs leave it on the way up, or have one of their own that meets it on top.

    Raises ValueError where the outputs cannot leave.
    """
    x, y = [f"x{k}" for k in range(inputs)], [f"y{k}" for k in range(outputs)]
    if mirrored:
        below, bottom = pyramid(x, [], "t", disentangled=disentangled)
        above, top = pyramid(y, [], "s", disentangled=disentangled, top=2)
        return [*below, *above, Node((*bottom, *top))]
    if inputs < 2:
        raise ValueError("a pyramid needs at least two input legs; split the input, or use mirrored=True.")
    nodes, _ = pyramid(x, y, "t", disentangled=disentangled)
    return [*nodes[:-1], Node(nodes[-1].away)]


def labelled(sites: int, *, disentangled: bool) -> list[Node]:
    """A pyramid on the sites of product features, the label leg at its top; of one site, one core with an end b0."""
    if sites == 1:
        return [Node(("x0", END, LABEL))]
    nodes, _ = pyramid([f"x{k}" for k in range(sites)], [], "t", disentangled=disentangled)
    return [*nodes[:-1], Node((*nodes[-1].away, LABEL))]


def capped(layout: Layout, ends: Mapping[str, int], rank: int) -> Sizes:
    """Dimension of every leg: `rank` on the bonds, but no more than the legs on either side of a core can fill.

    ends : dimensions of the legs that are no bonds. A pair of legs up (a disentangler) is capped leg by leg.
    """
    sizes = {END: 1, **ends}
    for node in layout:
        fill = [prod(sizes[leg] for leg in node.away)] if len(node.up) == 1 else [sizes[leg] for leg in node.away]
        sizes.update({leg: min(rank, full) for leg, full in zip(node.up, fill, strict=False)})
    for node in reversed(layout):
        for leg in node.away:
            if leg != END and leg not in ends:
                sizes[leg] = min(sizes[leg], prod(sizes[other] for other in node.legs if other != leg))
    return sizes


def uncapped(layout: Layout, ends: Mapping[str, int], rank: int) -> Sizes:
    """Dimension of every leg: `rank` on all bonds."""
    return {**{leg: rank for node in layout for leg in node.up}, **ends}


def random_cores(
    layout: Layout, sizes: Sizes, seed: int | np.random.Generator, dtype: Any = np.float64
) -> tuple[Core, ...]:
    """Independent normal entries of variance 1 / (product of the dimensions on the way up): E |W|^2 = size of W."""
    rng = generator(seed)
    cores = []
    for node in layout:
        shape = tuple(sizes[leg] for leg in node.legs)
        spread = prod(sizes[leg] for leg in node.up) ** -0.5
        cores.append(Core((spread * rng.standard_normal(shape)).astype(dtype), node.legs))
    return tuple(cores)


def decomposed(
    layout: Layout, sizes: Sizes, whole: Core, cutoff: float = 0.0
) -> tuple[tuple[Core, ...], tuple[float, ...]]:
    """Cores from a tensor by one SVD for each node, leaves first (TT-SVD is the case of a chain).

    A node keeps the leading left singular vectors of (its legs | all other legs), and the tensor is projected on them:
    its core is an isometry towards the root, and the root keeps what is left. A bond narrows further where `cutoff`
    (relative discarded squares at that node) allows.
    Returns the cores and the squares discarded by each node; |whole - network|^2 <= their sum, with equality where
    every cut is made on the tensor that is left.   Cost: an SVD of the whole tensor for each node.
    """
    cores, lost, octaves = [], [], power(whole.data)
    whole = Core(whole.data * 2.0**-octaves, whole.legs)
    for node in layout[:-1]:
        rest = tuple(leg for leg in whole.legs if leg not in node.away)
        unfolded = matrix(whole, node.away, rest)
        u, s, _ = linalg.svd(unfolded)
        widths = [sizes[leg] for leg in node.up]
        if len(node.up) == 1:
            widths = [linalg.kept_rank(s, widths[0], cutoff)]
        u = _columns(u, prod(widths))
        count = min(u.shape[1], s.shape[0])
        missed = float(namespace(s).linalg.vector_norm(s[count:])) * 2.0**octaves
        lost.append(missed * missed)
        cores.append(folded(u, node.legs, (*whole.dims(node.away), *widths)))
        whole = folded(u.T @ unfolded, (*node.up, *rest), (*widths, *whole.dims(rest)))
    root = arranged(Core(whole.data * 2.0**octaves, whole.legs), layout[-1].legs)
    return (*cores, root), tuple(lost)


def _columns(u: Array, count: int) -> Array:
    """The first `count` orthonormal columns; where there are fewer, others orthogonal to them: the bond is wider."""
    if count <= u.shape[1]:
        return u[:, :count]
    xp = namespace(u)
    whole, _ = xp.linalg.qr(u, mode="complete")
    return xp.concat([u, whole[:, u.shape[1] : count]], axis=1)


def nearest_isometry(core: Core, columns: Sequence[str]) -> Core:
    """The polar factor of (all other legs | columns): the nearest isometry, a co-isometry where columns win."""
    rows = without(core.legs, *columns)
    u, _, v = linalg.svd(matrix(core, rows, columns))
    return arranged(folded(u @ v, (*rows, *columns), core.dims((*rows, *columns))), core.legs)
