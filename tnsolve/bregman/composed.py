"""A student of codes with the exported layer behind it: together they stand for the whole layer of the teacher."""

from dataclasses import dataclass
from os import PathLike
from typing import Self

from tnsolve.algebra.arrays import Array
from tnsolve.bregman.layer import BregmanLayer
from tnsolve.models import storage
from tnsolve.models.student import Student
from tnsolve.transfer import AbstractTransfer


@dataclass(frozen=True, eq=False)
class ComposedStudent:
    """y = layer(student(x)): x (N, sites) -> codes (N, k) -> y (N, d). Used like a `Student`."""

    student: Student
    layer: BregmanLayer

    def __call__(self, x: Array) -> Array:
        """y, (N, d)."""
        return self.layer(self.student(x))

    def preactivation(self, x: Array) -> Array:
        """z = V student(x) + m : (N, d)."""
        return self.layer.preactivation(self.student(x))

    @property
    def transfer(self) -> AbstractTransfer:
        """That of the layer."""
        return self.layer.transfer

    @property
    def parameters(self) -> int:
        """Numbers in the cores and in the layer."""
        return self.student.parameters + self.layer.parameters

    @property
    def bytes(self) -> int:
        """Memory of the same."""
        return self.student.bytes + self.layer.bytes

    def save(self, path: str | PathLike[str]) -> None:
        """One safetensors file, whole or not at all. Raises ValueError as `Student.save` does."""
        metadata = {"kind": "composed student", "student": self.student.metadata(), "layer": self.layer.metadata()}
        storage.save(path, self.student.arrays("student.") | self.layer.arrays("layer."), metadata)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """Read what `save` wrote. Raises ValueError for a file that is damaged or of another kind."""
        arrays, metadata = storage.load(path, "ComposedStudent.load")
        if metadata["kind"] != "composed student":
            raise ValueError(
                f"ComposedStudent.load({str(path)!r}) holds a {metadata['kind']}; pass a file made by its own `save`."
            )
        student = Student.restored(arrays, metadata["student"], prefix="student.")
        return cls(student, BregmanLayer.restored(arrays, metadata["layer"], "layer."))
