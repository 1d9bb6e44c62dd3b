"""Can files and runs be trusted? Every kind of file mutated and forged; a checkpointed fit killed and interrupted.

    python experiments/robustness.py               # minutes
    python experiments/robustness.py --quick       # seconds

A mutation changes bytes. A forgery changes what the file says, and seals it with the right digest. Each must end in
one ValueError that names the file, or in a model that is what the file says: the same function or, where a forger wrote
down another sound model, the function of its numbers by an independent contraction. Anything else is a fault.
A run is killed at random instants and at every step of a write; gone on with, it must end in the same bits and leave
nothing but its file. Interrupted from the keyboard, it must return a student. Exit status 1 if there is a fault.
"""

import argparse
import multiprocessing
import os
import pickle
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from functools import partial
from multiprocessing.pool import AsyncResult
from pathlib import Path
from typing import Any

import numpy as np
from forgeries import FAULTS, OUTCOMES, Training, fuzz, probes

import tnsolve as tn
from tnsolve.models import files
from tnsolve.report import table

BATCH = 250
BATCH_SECONDS = 120.0
SWEEPS = 12
KILLED = 9


# -- files -------------------------------------------------------------------------------------------------------------


def fuzzed(forge: bool, count: int, workers: int, seed: int, folder: Path) -> list[dict[str, Any]]:
    """A row for each format: how many of its files came to what. A batch that does not come back counts as hangs."""
    formats = probes()
    share = -(-count // len(formats))
    rows = []
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        batches: dict[str, list[tuple[int, AsyncResult[Counter[str]]]]] = {}
        for probe in formats:
            sizes = [min(BATCH, share - at) for at in range(0, share, BATCH)]
            batches[probe.name] = [
                (size, pool.apply_async(fuzz, (probe, formats, size, forge, seed + k, folder)))
                for k, size in enumerate(sizes)
            ]
        for name, parts in batches.items():
            found: Counter[str] = Counter()
            for size, part in parts:
                try:
                    found += part.get(BATCH_SECONDS * len(formats))
                except multiprocessing.TimeoutError:
                    found["hang"] += size
            rows.append({"format": name, "files": sum(found.values()), **{each: found[each] for each in OUTCOMES}})
    total = {key: sum(row[key] for row in rows) for key in ("files", *OUTCOMES)}
    return [*rows, {"format": "all", **total}]


# -- children that die -------------------------------------------------------------------------------------------------


def child(work: Callable[[], Any]) -> tuple[int, int]:
    """Fork a process that sends what `work` returns: its number, and the pipe to read from."""
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        return process, reading
    os.close(reading)
    status = 1
    try:
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(work(), pipe)
        status = 0
    except BaseException:
        traceback.print_exc()
    os._exit(status)


def answer(process: int, reading: int) -> Any:
    """What a child sent, None if it died before."""
    with os.fdopen(reading, "rb") as pipe:
        content = pipe.read()
    os.waitpid(process, 0)
    return pickle.loads(content) if content else None


def resumed(train: Training, path: Path, expected: bytes) -> tuple[bool, int]:
    """Whether a fit that goes on from a file ends in the expected bits, and how many other files are left then."""
    same = answer(*child(lambda: train(path))) == expected
    return same, sum(file != path for file in path.parent.iterdir())


def killed_at_random(train: Training, times: int, seed: int, folder: Path) -> dict[str, Any]:
    """Kill -9 at random instants of a checkpointed fit."""
    rng = random.Random(seed)
    expected = train(None)
    begun = time.perf_counter()
    answer(*child(lambda: train(folder / "timed")))
    lasting = time.perf_counter() - begun
    (folder / "timed").unlink()
    found: Counter[str] = Counter()
    for _ in range(times):
        process, reading = child(lambda: train(folder / "fit"))
        time.sleep(rng.uniform(0, lasting))
        os.kill(process, signal.SIGKILL)
        found["finished before"] += answer(process, reading) is not None
        found["left by the killed"] += sum(file.name != "fit" for file in folder.iterdir())
        same, orphans = resumed(train, folder / "fit", expected)
        found["resumed bit for bit"] += same
        found["orphans"] += orphans
        for file in folder.iterdir():
            file.unlink()
    return {"what": "kill -9 at random instants", "times": times, **found}


def killed_at_every_step(train: Training, folder: Path, stride: int) -> dict[str, Any]:
    """The process ends at the k-th line that it runs in the module that writes, k = 1, 2, ... over two writes."""
    expected = train(None)
    found: Counter[str] = Counter()
    steps = 0
    while True:
        steps += stride

        def work(last: int = steps) -> bytes:
            sys.settrace(_ending(last))
            return train(folder / "fit", stop=2)

        finished = answer(*child(work)) is not None
        found["left by the killed"] += sum(file.name != "fit" for file in folder.iterdir())
        same, orphans = resumed(train, folder / "fit", expected)
        found["resumed bit for bit"] += same
        found["orphans"] += orphans
        found["times"] += 1
        for file in folder.iterdir():
            file.unlink()
        if finished:
            return {"what": "killed at every step of a write", "finished before": 1, **found}


def _ending(last: int) -> Callable[..., Any]:
    """A tracer that ends the process at a line of `tnsolve.models.files`."""
    left = last

    def lines(frame: Any, event: str, _: Any) -> Any:
        nonlocal left
        if event == "line":
            left -= 1
            if left == 0:
                os._exit(KILLED)
        return lines

    def calls(frame: Any, event: str, _: Any) -> Any:
        return lines if frame.f_code.co_filename == files.__file__ else None

    return calls


def interrupted(train: Training, times: int, seed: int, folder: Path) -> dict[str, Any]:
    """Ctrl-C at random instants of a checkpointed fit, until so many have met one."""
    rng = random.Random(seed)
    begun = time.perf_counter()
    train(folder / "timed")
    lasting = time.perf_counter() - begun
    found: Counter[str] = Counter()
    while found["times"] < times:
        ready, go = os.pipe()
        process, reading = child(partial(_endured, train, folder / "fit", go))
        os.close(go)
        os.read(ready, 1)
        os.close(ready)
        time.sleep(rng.uniform(0, lasting))
        os.kill(process, signal.SIGINT)
        outcome = answer(process, reading)
        found["times"] += outcome != "outside the run"
        found[str(outcome)] += 1
        found["orphans"] += sum(file.name not in ("fit", "timed") for file in folder.iterdir())
        (folder / "fit").unlink(missing_ok=True)
    return {"what": "Ctrl-C at random instants", **found}


def _endured(train: Training, path: Path, go: int) -> str:
    """What a fit that is interrupted comes to; outside the run where it had not begun, or was over."""
    try:
        return _fitted(train, path, go)
    except KeyboardInterrupt:  # after the fit, before the next line
        return "outside the run"


def _fitted(train: Training, path: Path, go: int) -> str:
    try:
        os.write(go, b"!")
        solution = train.solution(path)
    except KeyboardInterrupt as error:
        entered = [frame.name for frame in traceback.extract_tb(error.__traceback__)][:-1]
        if "until_interrupted" not in entered:  # its first instruction is where a run begins
            return "outside the run"
        traceback.print_exc()
        return "no student"
    except Exception:
        traceback.print_exc()
        return "no student"
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if solution.result != tn.Result.INTERRUPTED:
        return "outside the run"
    return "usable student" if np.all(np.isfinite(solution.student(train.x))) else "no student"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--mutated", type=int, default=20_000, help="mutated files over all formats")
    options.add_argument("--forged", type=int, default=20_000, help="forged files over all formats")
    options.add_argument("--kills", type=int, default=200, help="kills, and interrupts, at random instants")
    options.add_argument("--stride", type=int, default=1, help="lines from one kill in a write to the next")
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--quick", action="store_true", help="a smoke test: a few of everything")
    asked = options.parse_args()
    if asked.quick:
        asked.mutated, asked.forged, asked.kills, asked.stride = 100, 100, 2, 60
    folder = Path(tempfile.mkdtemp(prefix="robustness-"))
    kept, runs = folder / "faults", folder / "runs"
    kept.mkdir()
    runs.mkdir()
    begun = time.perf_counter()
    faults = 0
    columns = {"format": "", "files": ",d", **dict.fromkeys(OUTCOMES, ",d")}
    for forge, count in ((False, asked.mutated), (True, asked.forged)):
        rows = fuzzed(forge, count, asked.workers, asked.seed, kept)
        table(f"{'Forged' if forge else 'Mutated'} files, seed {asked.seed}", columns, rows)
        faults += sum(rows[-1][outcome] for outcome in FAULTS)
    train = Training(SWEEPS)
    train(None)
    rows = [
        killed_at_random(train, asked.kills, asked.seed, runs),
        killed_at_every_step(Training(3), runs, asked.stride),
        interrupted(train, asked.kills, asked.seed, runs),
    ]
    names = (
        "times",
        "finished before",
        "outside the run",
        "left by the killed",
        "resumed bit for bit",
        "usable student",
    )
    table("Runs that are ended", {"what": "", **dict.fromkeys((*names, "orphans"), "d")}, rows)
    for row in rows:
        faults += (
            row.get("orphans", 0) + row["times"] - row.get("resumed bit for bit", 0) - row.get("usable student", 0)
        )
    largest = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1e6
    print(f"Largest memory of a process {largest:.2f} GB; {time.perf_counter() - begun:.0f} seconds; {faults} faults.")
    if faults:
        sys.exit(f"See {kept} for the files.")


if __name__ == "__main__":
    main()
