"""Trees and MERA as graphs: which tensors an input can reach, followed leg by leg, and in which row two inputs meet."""

from collections.abc import Iterator

Tensor = tuple[str, int]


def cone(legs: int, leg: int, *, disentangled: bool) -> Iterator[tuple[set[Tensor], set[int]]]:
    """For each row from the inputs up: the tensors that input `leg` (1, ..., legs) reaches, and the legs it leaves by.

    Tree tensor p joins places 2p − 1 and 2p, an odd last leg passes; disentangler p, below it, mixes 2p and 2p + 1.
    """
    places = {leg}
    while legs > 1:
        tensors: set[Tensor] = set()
        if disentangled:
            mixed = {place // 2 for place in places if 2 <= place // 2 * 2 < legs}
            tensors |= {("disentangler", p) for p in mixed}
            places = places | {place for p in mixed for place in (2 * p, 2 * p + 1)}
        tensors |= {("tree", (place + 1) // 2) for place in places if place < legs or legs % 2 == 0}
        places = {(place + 1) // 2 for place in places}
        legs = (legs + 1) // 2
        yield tensors, places


def meeting_row(legs: int, i: int, j: int, *, disentangled: bool) -> int:
    """The first row in which inputs i and j reach one tensor."""
    cones = (cone(legs, leg, disentangled=disentangled) for leg in (i, j))
    return next(row for row, ((a, _), (b, _)) in enumerate(zip(*cones, strict=True), start=1) if a & b)


def rows(legs: int) -> Iterator[tuple[int, int, int]]:
    """Row by row: legs that enter, disentanglers, tree tensors."""
    while legs > 1:
        yield legs, (legs - 1) // 2, legs // 2
        legs = (legs + 1) // 2
