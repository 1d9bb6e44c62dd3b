"""A student of codes with the exported layer behind it: together they stand for the whole layer of the teacher."""

from dataclasses import dataclass
from typing import ClassVar, Self

from tnsolve.algebra.arrays import Array
from tnsolve.bregman.layer import BregmanLayer
from tnsolve.models.abstract import AbstractModel
from tnsolve.models.composed import AbstractComposed, require_fit
from tnsolve.models.student import Student
from tnsolve.transfer import AbstractTransfer


@dataclass(frozen=True, eq=False, repr=False)
class ComposedStudent(AbstractComposed):
    """y = layer(student(x)): x (N, sites) -> codes (N, k) -> y (N, d). Used like a `Student`.

    Raises ValueError unless the student has an output for each code of the layer.
    """

    student: Student
    layer: BregmanLayer

    kind: ClassVar[str] = "composed student"

    def __post_init__(self) -> None:
        if not isinstance(self.student, Student) or not isinstance(self.layer, BregmanLayer):
            raise ValueError(
                f"ComposedStudent(student, layer) has a {type(self.student).__name__} and a "
                f"{type(self.layer).__name__}; pass a Student and a BregmanLayer, or take Composed(inner, outer)."
            )
        require_fit(self.student, self.layer, "ComposedStudent(student, layer)")

    @property
    def parts(self) -> tuple[AbstractModel, AbstractModel]:
        """Student and layer."""
        return self.student, self.layer

    @classmethod
    def joined(cls, inner: AbstractModel, outer: AbstractModel) -> Self:
        """A student and a layer, else ValueError."""
        return cls(inner, outer)  # type: ignore[arg-type]  # which the constructor examines

    def preactivation(self, x: Array) -> Array:
        """z = V student(x) + m : (N, d)."""
        return self.layer.preactivation(self.student(x))

    @property
    def transfer(self) -> AbstractTransfer:
        """That of the layer."""
        return self.layer.transfer
