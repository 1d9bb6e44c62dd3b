"""How many examples a costly property is worth."""

from hypothesis import settings

GATE = 25


def examples(count):
    """`count` examples in the gate, where others have 25; in proportion under another profile."""
    return settings(max_examples=max(1, settings.default.max_examples * count // GATE))
