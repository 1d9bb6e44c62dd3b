"""The options of `python -m proofs`, `python -m tnsolve_proofs` and `tnsolve prove`.

What they need is imported when they run, so that `tnsolve --help` does not wait for sympy.
"""

import os
from pathlib import Path
from typing import Annotated

import typer


def prove(
    claim: Annotated[str | None, typer.Option(help="Show one derivation, step by step.")] = None,
    latex: Annotated[bool, typer.Option("--latex", help="Formulas of that derivation in LaTeX.")] = False,
    pages: Annotated[
        Path | None, typer.Option(file_okay=False, help="Also write the ledger as pages, if all verdicts hold.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes to run claims in.")] = os.cpu_count() or 1,
) -> None:
    """Run every proof and print the ledger; fails if a verdict no longer holds."""
    from . import pages as markdown
    from . import registry, screen

    claims = registry.claims()
    if claim is not None and claim not in claims:
        raise typer.BadParameter(f"there is no claim {claim!r}; run without --claim to see their names.")
    if claim is not None and pages is not None:
        raise typer.BadParameter("--pages writes the whole ledger; leave out --claim.")
    outcomes = screen.watched([claim] if claim else list(claims), workers)
    if claim:
        screen.derivation(claims[claim], outcomes[claim], latex=latex)
    else:
        screen.ledger(outcomes)
    if not all(outcome.holds for outcome in outcomes.values()):
        raise typer.Exit(1)
    if pages is not None:
        markdown.write(pages, outcomes)
