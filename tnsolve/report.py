"""What a run shows people: one table, and one picture of losses and bond spectra."""

import io
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from tnsolve.algebra.optional import require

ROUNDING = 1e-9
"""Singular values of a unit spectrum that are not shown: they are rounding."""
PLAIN_WIDTH = 160
"""Columns of text where the output is a file or a pipe: wide enough not to fold a table."""


def console(*, error: bool = False) -> Console:
    """Where everything is printed: as wide as the terminal, or `PLAIN_WIDTH` where there is none."""
    stream = sys.stderr if error else sys.stdout
    return Console(stderr=error) if stream.isatty() else Console(stderr=error, width=PLAIN_WIDTH)


def table(title: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]], caption: str = "") -> None:
    """Print rows under named columns.

    columns  heading -> format of its values, such as ".1%", ",d", ".3g", or "" for text; in the order shown
    rows     heading -> value; what is missing or None is shown as a dash, and keys that are no column are left out
    """
    shown = Table(title=title, caption=caption or None, box=SIMPLE, caption_justify="left", title_justify="left")
    for heading, layout in columns.items():
        shown.add_column(heading, justify="right" if layout else "left", vertical="bottom")
    for row in rows:
        shown.add_row(*(formatted(row.get(heading), layout) for heading, layout in columns.items()))
    console().print(shown)


def formatted(value: Any, layout: str) -> str:
    """One cell: the value in its format, or a dash for None."""
    return "-" if value is None else format(value, layout)


def learning_figure(losses: Mapping[str, Sequence[float]], spectra: Mapping[str, Mapping[str, np.ndarray]]) -> bytes:
    """A PNG: training loss after each sweep, one curve a student; beside it one panel a student with the singular
    values of its bonds, light at the first bond, dark at the last.

    losses : name -> one number a sweep    spectra : name -> bond -> singular values (unit sum of squares).
    Raises ImportError, with the way to install it, where there is no matplotlib.
    """
    require("matplotlib", "plots", "learning_figure")
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    panels = 1 + len(spectra)
    figure = Figure(figsize=(4.5 * panels, 3.6), layout="constrained")
    left, *others = np.atleast_1d(figure.subplots(1, panels))
    for name, curve in losses.items():
        left.plot(range(1, len(curve) + 1), curve, marker="o", label=name)
    left.set(title="Mean matching loss on the training samples", xlabel="sweep", yscale="log")
    left.xaxis.get_major_locator().set_params(integer=True)
    left.legend()
    for panel, (name, bonds) in zip(others, spectra.items(), strict=True):
        shades = colormaps["Blues"](np.linspace(0.3, 1, len(bonds)))
        for shade, singular in zip(shades, bonds.values(), strict=True):
            above = singular[singular > ROUNDING]
            panel.plot(range(1, len(above) + 1), above, color=shade, linewidth=1)
        panel.set(title=f"Bond spectra: {name}", xlabel="singular value (light: first bond)", yscale="log")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=120)
    return buffer.getvalue()
