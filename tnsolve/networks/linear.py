"""Networks that are a matrix: input legs x0, x1, ... and output legs y0, y1, ..."""

from collections.abc import Iterable, Sequence
from math import prod
from operator import index
from typing import Any

from tnsolve import checks
from tnsolve.algebra.arrays import Array, namespace
from tnsolve.algebra.contraction import contracted
from tnsolve.algebra.legs import Core
from tnsolve.algebra.legs import padded as appended
from tnsolve.networks.abstract import LABEL, AbstractNetwork
from tnsolve.networks.scales import evened, times


class AbstractLinear(AbstractNetwork):
    """A matrix W (outputs, inputs): y0 is the most significant digit of a row's number, x0 of a column's.

     y0  y1  y2
     |   |   |
    [ network ]       W[y0 y1 y2, x0 x1 x2]
     |   |   |
     x0  x1  x2
    """

    @property
    def input_legs(self) -> tuple[str, ...]:
        """Names of the input legs, most significant first."""
        return numbered(self.cores, "x")

    @property
    def output_legs(self) -> tuple[str, ...]:
        """Names of the output legs, most significant first."""
        return numbered(self.cores, "y")

    @property
    def inputs(self) -> tuple[int, ...]:
        """Dimension of every input leg."""
        return dims_of(self.cores, self.input_legs)

    @property
    def outputs(self) -> tuple[int, ...]:
        """Dimension of every output leg."""
        return dims_of(self.cores, self.output_legs)

    def to_dense(self) -> Array:
        """W, (product of outputs, product of inputs), in the dtype of the cores.   Cost: that of its contraction plan.

        Raises ValueError where W has entries that the dtype cannot hold.
        """
        cores, octaves = evened(self.cores)
        whole = contracted(cores, (*self.output_legs, *self.input_legs))
        matrix = namespace(whole).reshape(whole, (prod(self.outputs), prod(self.inputs)))
        return times(matrix, octaves, self.scale, f"{type(self).__name__}.to_dense()")


def numbered(cores: Iterable[Core], letter: str) -> tuple[str, ...]:
    """The legs called letter0, letter1, ... in the order of their numbers."""
    found = {leg for core in cores for leg in core.legs if leg[0] == letter and leg[1:].isdigit()}
    return tuple(sorted(found, key=lambda leg: int(leg[1:])))


def dims_of(cores: Iterable[Core], legs: Iterable[str]) -> tuple[int, ...]:
    """Dimensions of some legs of a network."""
    sizes = {leg: size for core in cores for leg, size in zip(core.legs, core.data.shape, strict=True)}
    return tuple(sizes[leg] for leg in legs)


def padded(weight: Array, outputs: int, inputs: int) -> Array:
    """A matrix (N_y, N_x) with zeros below and to the right, up to (outputs, inputs).

    weight : whatever holds real numbers, see `checks.array`; float32 and float64 keep their dtype
    A layer of these sizes is the same where the new inputs are zero: choose legs by `factorise(N_y, legs).legs`, which
    multiply to `.padded`. Raises ValueError for what is no finite matrix, and for sizes below its own.
    """
    weight = checks.array(weight, "padded(weight=...)", ndim=2)
    rows, columns = weight.shape
    outputs = checks.count(outputs, "padded(outputs=...)", rows)
    inputs = checks.count(inputs, "padded(inputs=...)", columns)
    tall = appended(Core(weight, ("y", "x")), "y", outputs)
    return appended(tall, "x", inputs).data


def whole_of(weight: Array, inputs: Sequence[int], outputs: Sequence[int], call: str) -> Core:
    """A matrix (N_y, N_x) as a tensor with legs y0, y1, ..., x0, x1, ...

    Raises ValueError unless it is a finite matrix and the legs multiply to its sizes.
    """
    weight = checks.array(weight, f"{call}(weight=...)", ndim=2)
    rows, columns = prod(outputs), prod(inputs)
    if tuple(weight.shape) != (rows, columns):
        fits = weight.shape[0] <= rows and weight.shape[1] <= columns
        larger = f"or make the matrix larger with padded(weight, {rows}, {columns})" if fits else "none may be smaller"
        raise ValueError(
            f"{call}(weight=...) has shape {tuple(weight.shape)} but the legs multiply to {rows} outputs "
            f"{tuple(outputs)} and {columns} inputs {tuple(inputs)}; choose legs with factorise(size, legs), {larger}."
        )
    legs = (*(f"y{k}" for k in range(len(outputs))), *(f"x{k}" for k in range(len(inputs))))
    return Core(namespace(weight).reshape(weight, (*outputs, *inputs)), legs)


def named(inputs: Sequence[int], outputs: Sequence[int], rank: int, call: str) -> dict[str, int]:
    """Dimension of every leg that is no bond.   Raises ValueError for a missing leg, a leg or a rank below 1."""
    if not (counts(inputs) and counts(outputs) and counts([rank])):
        raise ValueError(
            f"{call}(inputs={inputs!r}, outputs={outputs!r}, rank={rank!r}) must name at least one leg on either side, "
            f"and only integers of at least 1."
        )
    return {**{f"x{k}": int(d) for k, d in enumerate(inputs)}, **{f"y{k}": int(d) for k, d in enumerate(outputs)}}


def featured(dims: Sequence[int], outputs: int, rank: int, call: str) -> dict[str, int]:
    """Dimension of every site leg, and of the label.   Raises ValueError for no site, or for anything below 1."""
    if not (counts(dims) and counts([outputs]) and counts([rank])):
        raise ValueError(
            f"{call}(dims={dims!r}, outputs={outputs!r}, rank={rank!r}) must name the dimension of at least one site, "
            f"and only integers of at least 1."
        )
    return {**{f"x{k}": int(d) for k, d in enumerate(dims)}, LABEL: int(outputs)}


def counts(numbers: Any) -> bool:
    """Whether these are integers of at least 1, and at least one of them."""
    try:
        return len(numbers) > 0 and all(index(number) >= 1 and number is not True for number in numbers)
    except TypeError:
        return False
