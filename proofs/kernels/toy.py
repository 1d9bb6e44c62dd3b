"""The four-number data of the lecture notes: six different rows, their moments, and the accuracy of a scorer."""

from collections.abc import Callable
from typing import NamedTuple

import sympy as sp

TENTH, FIFTH = sp.Rational(1, 10), sp.Rational(1, 5)
DIRECTIONS = sp.Matrix([[1, -1, 0, 0], [0, 0, 1, -1], [1, 1, 1, 1], [1, 1, -1, -1]])
"""Orthogonal directions in the space of features, by rows, in which the second moments of the data are diagonal."""


class Row(NamedTuple):
    """A kind of example: how often it comes, its features (v_1, v_2, v_3, v_4), and its label, 1 or −1."""

    probability: sp.Expr
    features: sp.Matrix
    label: int


def rows(*, other: sp.Expr = sp.S.Zero, single: sp.Expr = FIFTH) -> list[Row]:
    """The six rows: `single` is the share of rows with one feature, `other` what these show of the other.

    Both features, the first and the second of label 1, then the same of label −1.
    """
    shown = [((1, 1), (1 - single) / 2), ((1, other), single / 4), ((other, 1), single / 4)]
    first = [Row(probability, sp.Matrix([*own, TENTH, TENTH]), 1) for own, probability in shown]
    second = [Row(probability, sp.Matrix([TENTH, TENTH, *own]), -1) for own, probability in shown]
    return first + second


def weights(*features: int) -> sp.Matrix:
    """The linear scorer that adds the features 1, 2 of label 1, and takes off 3, 4 of label −1, if among `features`."""
    return sp.Matrix([(1 if each < 3 else -1) if each in features else 0 for each in range(1, 5)])


def accuracy(weight: sp.Matrix, data: list[Row], *, lift: sp.Expr = sp.S.Zero) -> sp.Expr:
    """The share of examples with label · score + lift > 0; a score of 0 is wrong."""
    right = (sp.Piecewise((1, row.label * weight.dot(row.features) + lift > 0), (0, True)) for row in data)
    return sum(row.probability * each for row, each in zip(data, right, strict=True))


def moments(data: list[Row], of: Callable[[Row], sp.Expr]) -> sp.Matrix:
    """The expectation of a function of a row, expanded."""
    return sum((row.probability * of(row) for row in data[1:]), data[0].probability * of(data[0])).applyfunc(sp.expand)


def spread(data: list[Row]) -> sp.Matrix:
    """Second moments of the features along `DIRECTIONS`, a 4 × 4 matrix."""
    return moments(data, lambda row: (DIRECTIONS * row.features) * (DIRECTIONS * row.features).T)
