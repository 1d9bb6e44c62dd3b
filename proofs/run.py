"""Run claims, side by side where asked, and say of each whether its verdict still holds."""

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from .claims import Claim
from .derivation import Derivation, Step, Unproved
from .registry import claims


@dataclass(frozen=True)
class Outcome:
    """What became of one claim: its steps and hypotheses, and the failure, empty where the verdict holds."""

    id: str
    steps: tuple[Step, ...]
    hypotheses: tuple[str, ...]
    failure: str

    @property
    def holds(self) -> bool:
        """Whether the verdict stands."""
        return not self.failure

    @property
    def evidence(self) -> str:
        """The kinds of evidence and how often each was used: 'algebra 3, induction 1'."""
        kinds = Counter(step.kind for step in self.steps if step.kind not in ("", "hypothesis"))
        return ", ".join(f"{kind} {count}" for kind, count in kinds.items()) or "-"


def check(claim: Claim, *, dropped: str | None = None) -> Outcome:
    """Run one derivation; `dropped` names a hypothesis to do without, which should make it fail."""
    derivation = Derivation(dropped)
    failure = ""
    if claim.evidence is not None:
        try:
            claim.evidence(derivation)
        except Unproved as error:
            failure = str(error)
    return Outcome(claim.id, tuple(derivation.steps), tuple(derivation.hypotheses), failure)


def run(ids: Iterable[str], *, workers: int = 1) -> Iterator[Outcome]:
    """The outcomes of the named claims as they become known, in `workers` processes."""
    if workers == 1:
        yield from map(_check_by_id, ids)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from (future.result() for future in as_completed([pool.submit(_check_by_id, each) for each in ids]))


def _check_by_id(id: str) -> Outcome:
    return check(claims()[id])
