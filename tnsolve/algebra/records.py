"""Strict reading of JSON from elsewhere: a value of the one type it must have, or a ValueError that says what it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

SHOWN = 60
MOST = 2**31
BITS = 1024


@dataclass(frozen=True)
class Record:
    """A JSON object, read key by key.

    data : its keys and values, not yet trusted    place : what it is called in errors
    All readers raise ValueError for a key that is missing and a value of another type: a bool is no number, a text is
    no number, NaN and infinity are none either.   Cost: the size of what is read.
    """

    data: Mapping[str, Any]
    place: str

    @classmethod
    def of(cls, value: Any, place: str) -> "Record":
        """A record of what should be a JSON object."""
        if not isinstance(value, Mapping):
            raise ValueError(f"{place} is {shown(value)}, not an object of keys and values.")
        return cls(value, place)

    def has(self, key: str) -> bool:
        """Whether there is something under a key: not nothing, not null."""
        return self.data.get(key) is not None

    def only(self, *keys: str) -> None:
        """Refuse keys other than these."""
        others = [key for key in self.data if key not in keys]
        if others:
            known = ", ".join(keys) or "none"
            raise ValueError(f"{self.place} has the key {shown(others[0])}; the keys it may have: {known}.")

    def text(self, key: str, *, longest: int = 1000) -> str:
        """A text of at most so many characters."""
        value = self._value(key)
        if not isinstance(value, str) or len(value) > longest:
            raise self._wrong(key, f"a text of at most {longest} characters")
        return value

    def integer(self, key: str, *, low: int = 0, high: int = MOST) -> int:
        """An integer in [low, high]."""
        value = self._value(key)
        if type(value) is not int or not low <= value <= high:
            raise self._wrong(key, f"an integer from {low} to {high}")
        return value

    def number(self, key: str) -> float:
        """A finite number."""
        return self._number(key, self._value(key))

    def record(self, key: str) -> "Record":
        """An object inside this one."""
        return Record.of(self._value(key), f"{self.place}.{key}")

    def records(self, key: str) -> "tuple[Record, ...]":
        """A list of objects."""
        return tuple(Record.of(value, f"{self.place}.{key}[{k}]") for k, value in enumerate(self.sequence(key)))

    def sequence(self, key: str) -> tuple[Any, ...]:
        """A list, its entries unread."""
        value = self._value(key)
        if not isinstance(value, (list, tuple)):
            raise self._wrong(key, "a list")
        return tuple(value)

    def numbers(self, key: str) -> tuple[float, ...]:
        """A list of finite numbers."""
        return tuple(self._number(f"{key}[{k}]", value) for k, value in enumerate(self.sequence(key)))

    def rows(self, key: str, width: int) -> tuple[tuple[float, ...], ...]:
        """A list of rows of `width` finite numbers each."""
        rows = tuple(Record({"": row}, f"{self.place}.{key}[{k}]") for k, row in enumerate(self.sequence(key)))
        found = tuple(row.numbers("") for row in rows)
        if any(len(row) != width for row in found):
            raise self._wrong(key, f"rows of {width} numbers")
        return found

    def texts(self, key: str, *, longest: int = 100) -> tuple[str, ...]:
        """A list of texts of at most so many characters."""
        values = self.sequence(key)
        if not all(isinstance(value, str) and len(value) <= longest for value in values):
            raise self._wrong(key, f"a list of texts of at most {longest} characters")
        return values

    def _value(self, key: str) -> Any:
        if key not in self.data:
            raise ValueError(f"{self.place} has no {key!r}.")
        return self.data[key]

    def _number(self, key: str, value: Any) -> float:
        sound = isfinite(value) if type(value) is float else type(value) is int and value.bit_length() < BITS
        if not sound:
            raise ValueError(f"{self.place}.{key} is {shown(value)}, not a finite number.")
        return float(value)

    def _wrong(self, key: str, wanted: str) -> ValueError:
        return ValueError(f"{self.place}.{key} is {shown(self.data[key])}, not {wanted}.")


def shown(value: Any) -> str:
    """A value of any size and depth on part of a line."""
    if isinstance(value, (Mapping, list, tuple)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, int) and value.bit_length() > 8 * SHOWN:
        return f"an integer of {value.bit_length()} bits"
    text = repr(value[: 2 * SHOWN] if isinstance(value, str) else value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
