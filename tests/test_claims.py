"""The ledger: every verdict holds, no hypothesis can be dropped, and every sentence of the sources has a claim."""

import ast
import re
from pathlib import Path

import pytest
import sympy as sp
from typer.testing import CliRunner

from proofs.claims import Claim, Verdict
from proofs.derivation import Derivation, Step, Unproved
from proofs.pages import cell, write
from proofs.reals import entailed
from proofs.registry import FAMILIES, claims, family
from proofs.run import Outcome, check
from proofs.sources import DOCUMENTS, SENTENCES
from proofs.sweeps.frobenius import Inner, orthonormal, square, under
from tnsolve.cli import app

ROOT = Path(__file__).parents[1]
CLAIMS = claims()
DERIVED = {id: claim for id, claim in CLAIMS.items() if claim.evidence is not None}
PROOFS = {"algebra", "induction", "z3"}


@pytest.mark.parametrize("id", DERIVED)
def test_the_verdict_holds_and_no_hypothesis_can_be_dropped(id):
    """A check that passes without one of its hypotheses could not have failed, or never needed it."""
    claim = DERIVED[id]
    outcome = check(claim)
    assert outcome.holds, outcome.failure
    kinds = {step.kind for step in outcome.steps}
    if claim.verdict in (Verdict.CORRECTED, Verdict.REFUTED):
        assert "counterexample" in kinds
    if claim.verdict in (Verdict.PROVED, Verdict.CORRECTED, Verdict.ASSUMPTION):
        assert kinds & PROOFS
    if claim.verdict is Verdict.CHECKED:
        assert "enumeration" in kinds
    assert outcome.hypotheses or claim.verdict is Verdict.REFUTED
    for hypothesis in outcome.hypotheses:
        assert not check(claim, dropped=hypothesis).holds, f"still passes without: {hypothesis}"


def test_every_sentence_of_the_sources_has_a_claim():
    cited = {source for claim in CLAIMS.values() for source in claim.sources}
    assert cited >= SENTENCES.keys()
    assert {key for key in cited if key.partition(":")[0] in DOCUMENTS} == SENTENCES.keys()


def test_proofs_import_neither_the_package_nor_floating_point():
    for path in (ROOT / "proofs").rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
        names = {alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names}
        names |= {node.module or "" for node in imports if isinstance(node, ast.ImportFrom)}
        assert not {name for name in names if name.split(".")[0] in ("tnsolve", "numpy", "scipy")}, path


def test_files_that_the_package_cites_exist():
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "tnsolve").rglob("*.py")]
    cited = [file for text in texts for file in re.findall(r"proofs/[a-z_/]+\.py", text)]
    assert len(cited) >= 15
    assert not [file for file in cited if not (ROOT / file).is_file()]


def test_the_pages_of_the_ledger_are_of_these_claims():
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "ledger").glob("*.md")}
    for name in FAMILIES:
        for claim in family(name):
            assert f"\n## {claim.id}\n" in pages[name], f"run `tnsolve prove --pages docs/ledger`: no {claim.id} there"
            assert f"[{claim.id}]({name}.md#{claim.id})" in pages["index"]
            assert cell(claim.statement) in pages["index"]
            assert cell(claim.corrected) in pages["index"]


# -- the checks themselves -------------------------------------------------------------------------------------------

X, POSITIVE = sp.Symbol("x", real=True), sp.Symbol("p", positive=True)
N = sp.Symbol("n", integer=True, positive=True)
A, B, Q = sp.MatrixSymbol("A", N, N), sp.MatrixSymbol("B", N, N), sp.MatrixSymbol("Q", N, 2)


@pytest.mark.parametrize(
    "false",
    [
        lambda d: d.equal("", X**2, X),
        lambda d: d.equal("", sp.Matrix([[1, X]]), sp.Matrix([[1, 0]])),
        lambda d: d.equal("", sp.MatrixSymbol("A", N, N).T, sp.MatrixSymbol("A", N, N)),
        lambda d: d.holds("", sp.Ge(X, 0)),
        lambda d: d.holds("", sp.Gt(X**2, 0)),
        lambda d: d.differ("", X, 1),
        lambda d: d.differ("", (X + 1) ** 2, X**2 + 2 * X + 1),
        lambda d: d.fails("", sp.Ge(X**2, 0)),
        lambda d: d.fails("", sp.Ge(X, 0)),
        lambda d: d.entails("", sp.Ge(X**3, 0)),
        lambda d: d.entails("", sp.Gt(X * POSITIVE, 0), where=[sp.Ge(X, 0)]),
        lambda d: d.enumerate("", range(3), lambda case: case < 2),
        lambda d: d.enumerate("", [], lambda case: True),
        lambda d: d.induction("", N, base=(1, 1), step=lambda s, n: s + n + 1, closed=N**2),
        lambda d: d.induction("", N, base=(1, 2), step=lambda s, n: s + n + 1, closed=N * (N + 1) / 2),
        lambda d: d.equal("", Inner(A, B), Inner(A, B.T), by=under()),
        lambda d: d.equal("", square(A * B), square(B * A), by=under()),
        lambda d: d.equal("", square(A + B), square(A) + square(B), by=under()),
        lambda d: d.equal("", square(Q.T * A), square(A), by=under(orthonormal(Q))),
        lambda d: d.equal("", Inner(A, B), Inner(A, A), by=under((2 * B, A))),
    ],
)
def test_what_is_false_or_open_is_not_shown(false):
    with pytest.raises(Unproved):
        false(Derivation())


def test_what_is_true_is_shown():
    d = Derivation()
    d.equal("", (X + 1) ** 2, X**2 + 2 * X + 1)
    d.holds("", sp.Gt(X**2 + POSITIVE, 0))
    d.differ("", sp.sqrt(2), sp.Rational(3, 2))
    d.fails("", sp.Lt(POSITIVE, 0))
    d.entails("", sp.Ge(X * POSITIVE, 0), where=[sp.Ge(X, 0)])
    d.induction("", N, base=(1, 1), step=lambda s, n: s + n + 1, closed=N * (N + 1) / 2)
    d.equal("", Inner(A, B), square(A) / 2, by=under((2 * B, A)))
    assert len(d.steps) == 7


def test_z3_reads_the_signs_that_symbols_carry_and_refuses_what_is_no_polynomial():
    assert entailed(sp.Gt(POSITIVE**2 + X**2, 0), [])
    assert entailed(sp.false, [sp.Gt(X, 0), sp.Lt(X, 0)])
    assert not entailed(sp.Gt(X, 1), [sp.Gt(X, 0), sp.Lt(X, 0)])
    with pytest.raises(TypeError, match="not a polynomial"):
        entailed(sp.Ge(sp.exp(X), 1), [])


def test_a_number_is_no_truth_value():
    with pytest.raises(TypeError, match="neither a truth value"):
        Derivation().holds("", sp.Integer(1))


def test_a_hypothesis_is_assumed_once_and_can_be_taken_away():
    d = Derivation(dropped="p is positive")
    assert d.given("p is positive", POSITIVE, dropped=X) is X
    with pytest.raises(ValueError, match="assumed twice"):
        d.given("p is positive", POSITIVE, dropped=X)


def test_a_claim_says_what_its_verdict_needs():
    for verdict, evidence, corrected in (Verdict.PROVED, None, ""), (Verdict.CORRECTED, print, ""):
        with pytest.raises(ValueError, match="claim c"):
            Claim("c", ("draft:23",), "s", verdict, evidence, corrected)
    with pytest.raises(ValueError, match="no source"):
        Claim("c", (), "s", Verdict.PROVED, print)


# -- the command -----------------------------------------------------------------------------------------------------


def test_the_command_shows_a_derivation_in_unicode_or_latex():
    shown = CliRunner().invoke(app, ["prove", "--claim", "temperature-gradient"])
    assert shown.exit_code == 0
    assert "temperature-gradient: proved" in shown.output and "(hypothesis)" in shown.output
    latex = CliRunner().invoke(app, ["prove", "--claim", "temperature-gradient", "--latex"])
    assert "\\frac" in latex.output and "\\frac" not in shown.output


@pytest.mark.parametrize("options", [["--claim", "no-such-claim"], ["--claim", "temperature-gradient", "--pages", "p"]])
def test_the_command_refuses_what_it_cannot_do(options):
    assert CliRunner().invoke(app, ["prove", *options]).exit_code == 2


def test_the_command_fails_and_says_so_where_a_verdict_no_longer_holds(monkeypatch):
    wrong = Claim("wrong", ("draft:23",), "x = 1", Verdict.PROVED, lambda d: d.equal("x is 1", X, sp.Integer(1)))
    for module in ("tnsolve_proofs.registry", "tnsolve_proofs.run"):
        monkeypatch.setattr(f"{module}.claims", lambda: {"wrong": wrong})
    result = CliRunner().invoke(app, ["prove", "--claim", "wrong", "--workers", "1"])
    assert result.exit_code == 1
    assert "FAILED: x is 1: not shown: x = 1" in result.output


def test_the_pages_show_every_step(tmp_path):
    outcomes = {id: Outcome(id, (Step("because | of *this*", "algebra", "x = x", "x"),), (), "") for id in CLAIMS}
    write(tmp_path, outcomes)
    assert {path.stem for path in tmp_path.iterdir()} == {"index", *FAMILIES}
    page = (tmp_path / "sweeps.md").read_text(encoding="utf-8")
    assert "1. because &#124; of &#42;this&#42; *(algebra)*" in page
    assert "    ```text\n    x = x\n    ```" in page
