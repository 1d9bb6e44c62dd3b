"""What a user gets: the wheel, in a clean environment without any extra.

    python experiments/clean_install.py [-c constraints.txt]

Builds the wheel from the source distribution, installs it with its dependencies into a new environment, and prints one
row a check: what is imported and in what time, that all proofs run beside foreign packages called `proofs`, and that
whatever needs an extra says so before it begins. Ends with status 1 if a check fails. Needs PyPI; two minutes.
"""

import argparse
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Self

ROOT = Path(__file__).parents[1]
IMPORT_BAR, REPEATS = 0.3, 5
TIMED = "from time import perf_counter; start = perf_counter(); import tnsolve; print(perf_counter() - start)"
CLAIM = "tt-svd-quasi-optimal"
LACKING = [
    ("tnsolve.estimators", "import tnsolve.estimators", "scikit-learn", "sklearn"),
    ("digits_task", "import tnsolve as tn; tn.digits_task()", "scikit-learn", "sklearn"),
    ("tnsolve.pytorch", "import tnsolve.pytorch", "PyTorch", "torch"),
    ("learning_figure", "import tnsolve as tn; tn.report.learning_figure({}, {})", "matplotlib", "plots"),
    ("draw", "import tnsolve as tn; tn.quimb_bridge.draw(tn.MPS.random([2], 1, 1, seed=0))", "matplotlib", "plots"),
]
FOREIGN = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "proofs"
version = "1"
"""


@dataclass(frozen=True)
class Check:
    """One row: what was tried, what was seen, and whether that is as it should be."""

    what: str
    seen: str
    passed: bool


@dataclass(frozen=True)
class Environment:
    """A virtual environment, and the folder that its programs are run in."""

    home: Path
    work: Path
    constraints: Sequence[str]

    @classmethod
    def new(cls, home: Path, work: Path, constraints: Sequence[str]) -> Self:
        """An environment with pip alone."""
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        return cls(home, work, constraints)

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run its interpreter."""
        return subprocess.run(
            [str(self.home / "bin" / "python"), *arguments], cwd=self.work, capture_output=True, text=True
        )

    def tnsolve(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run its `tnsolve`."""
        return subprocess.run(
            [str(self.home / "bin" / "tnsolve"), *arguments], cwd=self.work, capture_output=True, text=True
        )

    def pip(self, *arguments: str) -> None:
        """Run its pip, which must succeed."""
        done = self.python("-m", "pip", "-qq", "--disable-pip-version-check", *arguments)
        if done.returncode:
            raise RuntimeError(f"pip {' '.join(arguments)} failed:\n{done.stderr}")

    def install(self, *packages: str) -> None:
        """Install packages at the versions of the constraints."""
        self.pip("install", *self.constraints, *packages)


def contents(wheel: Path) -> Check:
    """The top-level names of the wheel: the package and its proofs, nothing else."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name.partition("/")[0] for name in archive.namelist()}
    tops = sorted(name for name in names if not name.endswith(".dist-info"))
    return Check("top-level names of the wheel", ", ".join(tops), tops == ["tnsolve", "tnsolve_proofs"])


def quick(environment: Environment) -> Check:
    """The time of an import, in a fresh process."""
    seconds = [float(environment.python("-c", TIMED).stdout) for _ in range(REPEATS)]
    shown = f"{median(seconds):.3f} s, median of {REPEATS} ({min(seconds):.3f} to {max(seconds):.3f})"
    return Check(f"import tnsolve in less than {IMPORT_BAR} s", shown, median(seconds) < IMPORT_BAR)


def proved(environment: Environment, what: str) -> Check:
    """All proofs run."""
    start = perf_counter()
    done = environment.tnsolve("prove")
    last = (done.stdout.strip() or done.stderr.strip() or "nothing").splitlines()[-1]
    return Check(what, f"{last} {perf_counter() - start:.0f} s", done.returncode == 0 and "verdicts hold" in last)


def succeeds(what: str, done: subprocess.CompletedProcess[str], words: str) -> Check:
    """A command ends well and prints some words."""
    seen = (done.stdout.strip() or done.stderr.strip() or "nothing").splitlines()
    shown = next((line for line in seen if words in line), seen[-1])
    return Check(what, shown, done.returncode == 0 and words in done.stdout)


def lacking(environment: Environment) -> Iterator[Check]:
    """Everything that needs an extra names it."""
    for call, program, library, extra in LACKING:
        yield named(f"without {library}: {call}", environment.python("-c", program), f"{call} needs {library}", extra)
    done = environment.tnsolve("distill", "digits")
    yield named(
        "without scikit-learn: tnsolve distill digits", done, "tnsolve distill digits needs scikit-learn", "sklearn"
    )


def named(what: str, done: subprocess.CompletedProcess[str], sentence: str, extra: str) -> Check:
    """A program ends at once with one sentence on what it lacks."""
    last = (done.stderr.strip() or "nothing").splitlines()[-1]
    whole = f"{sentence}; install it with: pip install 'tnsolve[{extra}]'"
    return Check(what, last, done.returncode == 1 and last.endswith(whole))


def beforehand(environment: Environment) -> Check:
    """With scikit-learn alone, the job says what it goes without before it begins."""
    done = environment.tnsolve("distill", "digits", "--rank", "2", "--sweeps", "1")
    before, begun, _ = done.stderr.partition("training the teacher")
    said = [extra for extra in ("plots", "torch") if f"'tnsolve[{extra}]'" in before]
    shown = f"before it begins it names {' and '.join(said) or 'nothing'}; status {done.returncode}"
    passed = done.returncode == 0 and bool(begun) and said == ["plots", "torch"]
    return Check("with scikit-learn: tnsolve distill digits", shown, passed)


def checks(folder: Path, constraints: Sequence[str]) -> Iterator[Check]:
    """Build, install, try."""
    builder = Environment.new(folder / "builder", ROOT, [])
    builder.install("build")
    builder.python("-m", "build", "--outdir", str(folder), str(ROOT)).check_returncode()
    wheel = next(folder.glob("tnsolve-*.whl"))
    yield contents(wheel)

    work, foreign = folder / "work", folder / "foreign"
    for place in (work / "proofs", foreign / "proofs"):
        place.mkdir(parents=True)
        (place / "__init__.py").write_text("raise RuntimeError('a foreign package')\n")
    (foreign / "pyproject.toml").write_text(FOREIGN)
    environment = Environment.new(folder / "environment", work, constraints)
    environment.install(str(wheel))
    yield quick(environment)
    yield succeeds("tnsolve --version", environment.tnsolve("--version"), "tnsolve ")
    yield succeeds("python -m tnsolve --version", environment.python("-m", "tnsolve", "--version"), "tnsolve ")
    yield proved(environment, "tnsolve prove, in a folder with a foreign package proofs")
    yield succeeds("python -m tnsolve_proofs", environment.python("-m", "tnsolve_proofs", "--claim", CLAIM), ": proved")
    yield from lacking(environment)

    environment.pip("install", str(foreign))
    yield succeeds("tnsolve prove, proofs installed too", environment.tnsolve("prove", "--claim", CLAIM), "proved")
    environment.pip("uninstall", "-y", "proofs")
    yield succeeds("tnsolve prove, proofs uninstalled", environment.tnsolve("prove", "--claim", CLAIM), "proved")
    environment.install("scikit-learn")
    yield beforehand(environment)


def main() -> None:
    """Print the rows as they become known."""
    options = argparse.ArgumentParser(description="Try the wheel in a clean environment.")
    options.add_argument("-c", "--constraint", type=Path, help="file of exact versions")
    given = options.parse_args()
    constraints = [] if given.constraint is None else ["-c", str(given.constraint.resolve())]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for check in checks(Path(folder), constraints):
            print(f"{'ok  ' if check.passed else 'FAIL'}  {check.what}: {check.seen}", flush=True)
            failed += not check.passed
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
