"""`python -m proofs`, and `tnsolve prove`: run the claims, print the ledger or one derivation, write the pages."""

import os
from functools import partial
from pathlib import Path
from textwrap import indent
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from proofs.claims import Claim, Verdict
from proofs.pages import write
from proofs.registry import FAMILIES, claims, family
from proofs.run import Outcome, run


def prove(
    claim: Annotated[str | None, typer.Option(help="Show one derivation, step by step.")] = None,
    latex: Annotated[bool, typer.Option(help="Formulas of that derivation in LaTeX.")] = False,
    pages: Annotated[Path | None, typer.Option(help="Also write the ledger as pages into this folder.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes to run claims in.")] = os.cpu_count() or 1,
) -> None:
    """Run every proof and print the ledger; fails if a verdict no longer holds."""
    registry = claims()
    if claim is not None and claim not in registry:
        raise typer.BadParameter(f"there is no claim {claim!r}; see `python -m proofs` for the names.")
    outcomes = _outcomes([claim] if claim else list(registry), workers)
    console = Console()
    if claim:
        _derivation(console, registry[claim], outcomes[claim], latex=latex)
    else:
        _ledger(console, outcomes)
    if pages is not None:
        write(pages, outcomes)
    if failed := [each for each in outcomes.values() if not each.holds]:
        for each in failed:
            console.print(f"[red]{each.id}[/]: {each.failure}", highlight=False)
        raise typer.Exit(1)


def _outcomes(ids: list[str], workers: int) -> dict[str, Outcome]:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    outcomes = {}
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("proving", total=len(ids))
        for outcome in run(ids, workers=min(workers, len(ids))):
            outcomes[outcome.id] = outcome
            progress.update(task, advance=1, description=outcome.id)
    return {each: outcomes[each] for each in ids}


def _ledger(console: Console, outcomes: dict[str, Outcome]) -> None:
    for name, title in FAMILIES.items():
        table = Table(title=title, title_justify="left", show_lines=True, expand=True)
        for heading, ratio in ("claim", 2), ("statement", 5), ("verdict", 2), ("corrected, assumed, or why not", 5):
            table.add_column(heading, ratio=ratio, overflow="fold")
        for each in family(name):
            mark = each.verdict.value if outcomes[each.id].holds else f"[red]{each.verdict.value}: FAILED[/]"
            table.add_row(each.id, each.statement, f"{mark}\n[dim]{outcomes[each.id].evidence}[/]", each.corrected)
        console.print(table, "")
    verdicts = [each.verdict for each in claims().values()]
    counts = ", ".join(f"{verdicts.count(verdict)} {verdict.value}" for verdict in Verdict)
    standing = sum(each.holds for each in outcomes.values())
    console.print(f"{len(outcomes)} claims: {counts}. {standing} verdicts hold.", highlight=False)


def _derivation(console: Console, claim: Claim, outcome: Outcome, *, latex: bool) -> None:
    write = partial(console.print, highlight=False, markup=False)
    write(f"{claim.id}: {claim.verdict.value}\n{claim.statement}\n")
    for number, step in enumerate(outcome.steps, start=1):
        write(f"{number}. {step.words}" + (f"  ({step.kind})" if step.kind else ""))
        if step.unicode:
            write(indent(step.latex if latex else step.unicode, "     "), soft_wrap=True)
    if claim.corrected:
        write(f"\n{claim.corrected}")
