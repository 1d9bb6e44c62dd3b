"""The ledger and single derivations on a terminal."""

from collections.abc import Iterable, Mapping
from textwrap import indent

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from .claims import Claim, Verdict
from .registry import FAMILIES, claims, family
from .run import Outcome, run


def watched(ids: Iterable[str], workers: int) -> dict[str, Outcome]:
    """Run the named claims under a progress bar: their outcomes, in the order of the names."""
    ids = list(ids)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    outcomes = {}
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("proving", total=len(ids))
        for outcome in run(ids, workers=min(workers, len(ids))):
            outcomes[outcome.id] = outcome
            progress.update(task, advance=1, description=outcome.id)
    return {each: outcomes[each] for each in ids}


def ledger(outcomes: Mapping[str, Outcome]) -> None:
    """A table for every family, the verdicts counted, and the failures if there are any."""
    console = Console(highlight=False)
    for name, title in FAMILIES.items():
        table = Table(title=title, title_justify="left", show_lines=True, expand=True)
        for heading, ratio in ("claim", 2), ("statement", 5), ("verdict", 2), ("corrected, assumed, or why not", 5):
            table.add_column(heading, ratio=ratio, overflow="fold")
        for each in family(name):
            mark = each.verdict.value if outcomes[each.id].holds else f"[red]{each.verdict.value}: FAILED[/]"
            verdict = f"{mark}\n[dim]{outcomes[each.id].evidence}[/]"
            table.add_row(each.id, escape(each.statement), verdict, escape(each.corrected))
        console.print(table, "")
    verdicts = [each.verdict for each in claims().values()]
    counts = ", ".join(f"{verdicts.count(verdict)} {verdict.value}" for verdict in Verdict)
    console.print(f"{len(outcomes)} claims: {counts}. {sum(each.holds for each in outcomes.values())} verdicts hold.")
    for each in outcomes.values():
        if not each.holds:
            console.print(f"[red]{each.id}[/]: {escape(each.failure)}")


def derivation(claim: Claim, outcome: Outcome, *, latex: bool) -> None:
    """One claim step by step, formulas in Unicode or LaTeX, and what became of it."""
    console = Console(highlight=False, markup=False)
    console.print(f"{claim.id}: {claim.verdict.value}\n{claim.statement}\n")
    for number, step in enumerate(outcome.steps, start=1):
        console.print(f"{number}. {step.words}" + (f"  ({step.kind})" if step.kind else ""))
        if step.unicode:
            console.print(indent(step.latex if latex else step.unicode, "     "), soft_wrap=True)
    if claim.corrected:
        console.print(f"\n{claim.corrected}")
    if not outcome.holds:
        console.print(f"\nFAILED: {outcome.failure}")
