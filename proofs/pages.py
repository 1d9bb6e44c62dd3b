"""The ledger as Markdown: an index of all claims, and one page of derivations for every family."""

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from textwrap import indent

from .claims import Claim, Verdict
from .registry import FAMILIES, family
from .run import Outcome
from .sources import DOCUMENTS, SENTENCES

NOTE = "<!-- Written by `tnsolve prove --pages docs/ledger`; edit the claims in proofs/ instead. -->\n"


def write(folder: Path, outcomes: Mapping[str, Outcome]) -> None:
    """Write `index.md` and a page for each family."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.md").write_text(NOTE + "\n".join(_index(outcomes)) + "\n", encoding="utf-8")
    for name in FAMILIES:
        (folder / f"{name}.md").write_text(NOTE + "\n".join(_family(name, outcomes)) + "\n", encoding="utf-8")


def _index(outcomes: Mapping[str, Outcome]) -> Iterator[str]:
    rows = {each: name for name in FAMILIES for each in family(name)}
    yield "# The ledger of claims\n"
    yield (
        f"{len(rows)} statements of the source documents and of the theory that the solvers rest on. "
        "Each is a program in `proofs/`; this page is written by the run that checked them all.\n"
    )
    yield "| verdict | claims | means |\n|---|---|---|"
    for verdict in Verdict:
        yield f"| {verdict.value} | {sum(each.verdict is verdict for each in rows)} | {MEANINGS[verdict]} |"
    for document, title in DOCUMENTS.items():
        yield f"\n## {title}\n\n| line | the document says | claims |\n|---|---|---|"
        for key, text in SENTENCES.items():
            if key.startswith(f"{document}:"):
                answers = (
                    f"{_link(name, each)}: *{each.verdict.value}*" for each, name in rows.items() if key in each.sources
                )
                yield f"| {key.partition(':')[2]} | {cell(text)} | {'<br>'.join(answers)} |"
    for name, title in FAMILIES.items():
        yield f"\n## {title}\n"
        yield "| claim | statement | verdict and evidence | corrected, assumed, or why not |\n|---|---|---|---|"
        for each in family(name):
            verdict = f"*{each.verdict.value}*<br>{outcomes[each.id].evidence}"
            yield f"| {_link(name, each)} | {cell(each.statement)} | {verdict} | {cell(each.corrected)} |"


def _family(name: str, outcomes: Mapping[str, Outcome]) -> Iterator[str]:
    yield f"# {FAMILIES[name]}"
    for each in family(name):
        yield f"\n## {each.id}\n\n**{cell(each.statement)}**\n"
        yield f"*{each.verdict.value}*; from {cell('; '.join(map(_source, each.sources)))}.\n"
        for number, step in enumerate(outcomes[each.id].steps, start=1):
            yield f"{number}. {cell(step.words)}" + (f" *({step.kind})*" if step.kind else "")
            if step.unicode:
                yield indent(f"\n```text\n{step.unicode}\n```\n", "    ")
        if each.corrected:
            yield f"\n{cell(each.corrected)}"


def _source(key: str) -> str:
    if key not in SENTENCES:
        return key
    document, _, line = key.partition(":")
    return f"{DOCUMENTS[document]}, line {line}"


def _link(name: str, claim: Claim) -> str:
    return f"[{claim.id}]({name}.md#{claim.id})"


def cell(text: str) -> str:
    """Text on one line, with nothing left that Markdown, a table or HTML would take for markup."""
    return " ".join(escape(text, quote=False).translate(MARKUP).split())


MARKUP = {ord(sign): f"&#{ord(sign)};" for sign in "|*_`[]"}
MEANINGS = {
    Verdict.PROVED: "shown as stated, for every size it speaks of",
    Verdict.CORRECTED: "false or incomplete as stated; a counterexample, and the statement that holds with its proof",
    Verdict.REFUTED: "false, by a counterexample, and nothing close to it holds",
    Verdict.CHECKED: "every case up to the bound named, not all",
    Verdict.ASSUMPTION: "true under an assumption that the source does not make; both sides are shown",
    Verdict.NOT_CHECKABLE: "an observation, or a statement whose terms the source leaves undefined",
}
