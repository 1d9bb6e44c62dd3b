"""What a row of the ledger says: a statement, where it stands, the verdict, and the program that shows it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from .derivation import Derivation


class Verdict(Enum):
    """How a statement fares; the text is what the ledger prints."""

    PROVED = "proved"
    CORRECTED = "corrected"
    REFUTED = "refuted"
    CHECKED = "checked up to n"
    ASSUMPTION = "assumption needed"
    NOT_CHECKABLE = "not checkable"


@dataclass(frozen=True)
class Claim:
    """One row of the ledger.

    id : short and stable, the name in the command line, the documentation and the tests.
    sources : keys of `sources.SENTENCES` and, where the statement is from the literature, its citation.
    statement : as the source means it, exact enough to be checked.
    verdict : what the evidence shows.
    evidence : the derivation; None for what is not checkable.
    corrected : the statement that does hold, the assumption that is needed, the bound n, or why it can't be checked.
    """

    id: str
    sources: tuple[str, ...]
    statement: str
    verdict: Verdict
    evidence: Callable[[Derivation], None] | None
    corrected: str = ""

    def __post_init__(self) -> None:
        if (self.evidence is None) != (self.verdict is Verdict.NOT_CHECKABLE):
            raise ValueError(f"claim {self.id}: evidence is absent exactly where the verdict is 'not checkable'.")
        if not self.corrected and self.verdict is not Verdict.PROVED:
            raise ValueError(f"claim {self.id}: a claim that is {self.verdict.value} says so in `corrected`.")
        if not self.sources:
            raise ValueError(f"claim {self.id} names no source.")


def claim(
    id: str, *, sources: tuple[str, ...], statement: str, verdict: Verdict = Verdict.PROVED, corrected: str = ""
) -> Callable[[Callable[[Derivation], None]], Claim]:
    """Decorate a derivation; the function's name becomes that of the claim."""
    return lambda evidence: Claim(id, sources, statement, verdict, evidence, corrected)


def not_checkable(id: str, *, sources: tuple[str, ...], statement: str, why: str) -> Claim:
    """A row without a program: an observation, a matter of taste, or a statement whose terms are not defined."""
    return Claim(id, sources, statement, Verdict.NOT_CHECKABLE, None, why)
