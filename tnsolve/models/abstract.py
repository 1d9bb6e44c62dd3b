"""What everything that is a model can do: be called, measured, saved, and read back by its class or by `load`."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from importlib import import_module
from os import PathLike, fspath
from typing import Any, ClassVar, Self, TypeVar

import numpy as np

from tnsolve.algebra.arrays import Array
from tnsolve.algebra.records import Record
from tnsolve.features import FeatureMap, ProductFeatures
from tnsolve.models import storage
from tnsolve.transfer import AbstractTransfer

Maps = FeatureMap | Sequence[FeatureMap] | ProductFeatures

HOMES = {
    "student": "tnsolve.models.student.Student",
    "linear layer": "tnsolve.models.linear_layer.Layer",
    "bregman layer": "tnsolve.bregman.layer.BregmanLayer",
    "composed": "tnsolve.models.composed.Composed",
    "composed student": "tnsolve.bregman.composed.ComposedStudent",
    "perceptron": "tnsolve.models.perceptron.Teacher",
    "linear student": "tnsolve.contests.linear.LinearStudent",
}
"""Kind of a model, as files call it -> its class, imported when a file asks for it."""


M = TypeVar("M", bound="AbstractModel")


class AbstractModel(ABC):
    """A function of rows, (N, inputs) -> (N, outputs), that a file can hold.

    kind    what files call it, a key of `HOMES`
    mapped  whether feature maps, which may be functions, are part of it
    inputs  columns of x
    """

    kind: ClassVar[str]
    mapped: ClassVar[bool] = False
    inputs: int

    @abstractmethod
    def __call__(self, x: Array, /) -> Array:
        """y (N, outputs) of x (N, inputs)."""

    @property
    @abstractmethod
    def outputs(self) -> int:
        """Columns of y."""

    @property
    @abstractmethod
    def parameters(self) -> int:
        """Numbers stored."""

    @property
    @abstractmethod
    def bytes(self) -> int:
        """Memory of the same."""

    @abstractmethod
    def arrays(self, prefix: str = "") -> dict[str, np.ndarray]:
        """Those numbers as NumPy arrays of float32 or float64, by names that begin with `prefix`."""

    @abstractmethod
    def metadata(self) -> dict[str, Any]:
        """All else as JSON, the kind under "kind"."""

    @classmethod
    @abstractmethod
    def restored(
        cls,
        arrays: Mapping[str, np.ndarray],
        metadata: Mapping[str, Any],
        prefix: str = "",
        features: Maps | None = None,
    ) -> Self:
        """Inverse of `arrays` and `metadata`, neither of which is trusted.

        features : in place of the stored ones, for a model that is `mapped`
        Raises ValueError for anything that makes no sound model, see `Record` and `taken`.
        """

    def save(self, path: str | PathLike[str]) -> None:
        """Write a safetensors file with JSON metadata, whole or not at all.

        Raises ValueError where a feature map is the user's own function, which cannot be stored, and for a path that
        cannot be written.
        """
        storage.save(path, self.arrays(), self.metadata())

    @classmethod
    def load(cls, path: str | PathLike[str], *, features: Maps | None = None) -> Self:
        """Read what `save` wrote; `features` replaces maps that could not be stored.

        Raises ValueError for a file that is damaged, forged, or of another kind, and says which;
        FileNotFoundError where there is none.
        """
        call = f"{cls.__name__}.load"
        arrays, metadata = storage.load(path, call)
        if metadata.get("kind") != cls.kind:
            raise ValueError(
                f"{call}({fspath(path)!r}) holds a {metadata.get('kind')!s:.40}, not a {cls.kind}; pass a file made by "
                f"{cls.__name__}.save, read any model with tnsolve.load, and hand a checkpoint to fit(checkpoint=...)."
            )
        return _restored(cls, arrays, metadata, path, call, features)


def load(path: str | PathLike[str], *, features: Maps | None = None) -> AbstractModel:
    """The model in a file, of whatever kind: student, layer, composed model, perceptron.

    features : replaces feature maps that could not be stored
    Raises ValueError for a file that is damaged, forged, or holds no model, and says which; FileNotFoundError where
    there is none.
    """
    arrays, metadata = storage.load(path, "load")
    try:
        kind = class_of(metadata, "the file")
    except ValueError as error:
        raise ValueError(f"load({fspath(path)!r}) holds no model: {error}") from error
    return _restored(kind, arrays, metadata, path, "load", features)


def class_of(metadata: Mapping[str, Any], place: str) -> type[AbstractModel]:
    """The class of the model that metadata describes. ValueError if it names none."""
    kind = Record(metadata, place).text("kind", longest=40)
    if kind not in HOMES:
        raise ValueError(f"{place} holds a {kind}, which is none of {', '.join(HOMES)}.")
    module, _, name = HOMES[kind].rpartition(".")
    return getattr(import_module(module), name)


def taken(arrays: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """An array by name. ValueError if there is none."""
    if name not in arrays:
        raise ValueError(f"it has no array {name!r}.")
    return arrays[name]


def require_transfer(value: Any, call: str) -> None:
    """Raise ValueError, in the name of `call`, for what is no transfer function."""
    if not isinstance(value, AbstractTransfer):
        raise ValueError(f"{call} has a {type(value).__name__} for a transfer function; use one such as tnsolve.tanh.")


def _restored(
    cls: type[M],
    arrays: Mapping[str, np.ndarray],
    metadata: Mapping[str, Any],
    path: str | PathLike[str],
    call: str,
    features: Maps | None,
) -> M:
    """A model from a file, every objection in the name of the file."""
    name = f"{call}({fspath(path)!r})"
    if features is not None and not cls.mapped:
        raise ValueError(f"{name} holds a {cls.kind}, which has no feature maps; leave out features=....")
    try:
        return cls.restored(arrays, metadata, features=features)
    except ValueError as error:
        raise ValueError(f"{name} holds no sound {cls.kind}: {error}") from error
