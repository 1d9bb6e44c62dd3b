"""The tree of bonds of a network without loops: neighbours, walks outward, paths."""

from collections.abc import Sequence
from dataclasses import dataclass

from tnsolve.algebra.legs import Core


@dataclass(frozen=True)
class Topology:
    """Which cores share a bond: `bonds[i, j]` is the leg between cores i and j (both orders are keys)."""

    bonds: dict[tuple[int, int], str]
    neighbours: tuple[tuple[int, ...], ...]

    @staticmethod
    def of(cores: Sequence[Core]) -> "Topology":
        """Read the bonds off the legs: a leg that two cores carry is a bond."""
        owner: dict[str, int] = {}
        bonds: dict[tuple[int, int], str] = {}
        for site, core in enumerate(cores):
            for leg in core.legs:
                if leg in owner:
                    bonds[owner[leg], site] = bonds[site, owner[leg]] = leg
                owner[leg] = site
        near: list[list[int]] = [[] for _ in cores]
        for i, j in bonds:
            near[i].append(j)
        return Topology(bonds, tuple(tuple(sorted(group)) for group in near))

    def outward(self, root: int) -> list[tuple[int, int]]:
        """Every bond as (parent, child), each parent's edge before its children's: a depth-first walk from `root`."""
        edges: list[tuple[int, int]] = []
        stack = [(root, child) for child in self.neighbours[root]]
        while stack:
            parent, child = stack.pop()
            edges.append((parent, child))
            stack.extend((child, further) for further in self.neighbours[child] if further != parent)
        return edges

    def euler(self, root: int) -> list[tuple[int, int]]:
        """`outward` with the way back: each (child, parent) once the child's branch is done."""
        edges: list[tuple[int, int]] = []
        open_edges: list[tuple[int, int]] = []
        for parent, child in self.outward(root):
            while open_edges and open_edges[-1][1] != parent:
                edges.append(_back(open_edges.pop()))
            open_edges.append((parent, child))
            edges.append((parent, child))
        return edges + [_back(edge) for edge in reversed(open_edges)]

    def path(self, source: int, target: int) -> list[int]:
        """The cores from `source` to `target`, both included."""
        came = {target: target}
        front = [target]
        while source not in came:
            reached = [(near, core) for core in front for near in self.neighbours[core] if near not in came]
            came.update(reached)
            front = [near for near, _ in reached]
        walk = [source]
        while walk[-1] != target:
            walk.append(came[walk[-1]])
        return walk


def _back(edge: tuple[int, int]) -> tuple[int, int]:
    return edge[1], edge[0]
