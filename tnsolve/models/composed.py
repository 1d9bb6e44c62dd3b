"""One model behind another: y = outer(inner(x))."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from tnsolve.algebra.arrays import Array
from tnsolve.algebra.records import Record
from tnsolve.models.abstract import AbstractModel, Maps, class_of


class AbstractComposed(AbstractModel):
    """y = outer(inner(x)): x (N, inputs) -> (N, inner.outputs) -> y (N, outputs).

    A subclass says what its parts are called, and makes itself of two parts.
    """

    mapped: ClassVar[bool] = True

    @property
    @abstractmethod
    def parts(self) -> tuple[AbstractModel, AbstractModel]:
        """Inner and outer model."""

    @classmethod
    @abstractmethod
    def joined(cls, inner: AbstractModel, outer: AbstractModel) -> Self:
        """The composition of two models. ValueError where they do not fit."""

    def __call__(self, x: Array, /) -> Array:
        """y, (N, outputs)."""
        inner, outer = self.parts
        return outer(inner(x))

    @property
    def inputs(self) -> int:
        """Columns of x."""
        return self.parts[0].inputs

    @property
    def outputs(self) -> int:
        """Columns of y."""
        return self.parts[1].outputs

    @property
    def parameters(self) -> int:
        """Numbers in both."""
        return sum(part.parameters for part in self.parts)

    @property
    def bytes(self) -> int:
        """Memory of both."""
        return sum(part.bytes for part in self.parts)

    def arrays(self, prefix: str = "") -> dict[str, np.ndarray]:
        """Those of both, under the names inner. and outer."""
        inner, outer = self.parts
        return inner.arrays(f"{prefix}inner.") | outer.arrays(f"{prefix}outer.")

    def metadata(self) -> dict[str, Any]:
        """That of both."""
        inner, outer = self.parts
        return {"kind": self.kind, "inner": inner.metadata(), "outer": outer.metadata()}

    @classmethod
    def restored(
        cls,
        arrays: Mapping[str, np.ndarray],
        metadata: Mapping[str, Any],
        prefix: str = "",
        features: Maps | None = None,
    ) -> Self:
        """Inverse of `arrays` and `metadata`; `features` are for the inner model. ValueError for unsound parts."""
        record = Record(metadata, f"the {cls.kind}")
        given = {"inner": features, "outer": None}
        inner, outer = (
            class_of(record.record(name).data, f"its {name} part").restored(
                arrays, record.record(name).data, f"{prefix}{name}.", maps
            )
            for name, maps in given.items()
        )
        return cls.joined(inner, outer)

    def __repr__(self) -> str:
        inner, outer = self.parts
        return f"{type(self).__name__}({inner!r}, {outer!r})"


@dataclass(frozen=True, eq=False, repr=False)
class Composed(AbstractComposed):
    """y = outer(inner(x)), of any two models. Raises ValueError where they do not fit."""

    inner: AbstractModel
    outer: AbstractModel

    kind: ClassVar[str] = "composed"

    def __post_init__(self) -> None:
        require_fit(self.inner, self.outer, "Composed(inner, outer)")

    @property
    def parts(self) -> tuple[AbstractModel, AbstractModel]:
        """Inner and outer model."""
        return self.inner, self.outer

    @classmethod
    def joined(cls, inner: AbstractModel, outer: AbstractModel) -> Self:
        """The composition of two models."""
        return cls(inner, outer)


def require_fit(inner: AbstractModel, outer: AbstractModel, call: str) -> None:
    """Raise ValueError unless what one model gives is as wide as what the other takes."""
    for part in (inner, outer):
        if not isinstance(part, AbstractModel):
            raise ValueError(
                f"{call} has a {type(part).__name__} for a part; pass models, such as a Student or a Layer."
            )
    if inner.outputs != outer.inputs:
        raise ValueError(
            f"{call} has an inner model of {inner.outputs} outputs and an outer one of {outer.inputs} inputs; fit the "
            f"inner one to targets of {outer.inputs} columns."
        )
