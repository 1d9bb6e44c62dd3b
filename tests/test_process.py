"""What the process keeps: threads of BLAS as they were, kernels without a cache, a first call that says why."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def outcome(program, **options):
    """What a program prints as JSON, in a fresh interpreter."""
    environment = {**os.environ, "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2", **options.pop("env", {})}
    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=environment,
        cwd=options.pop("cwd", ROOT),
        timeout=300,
        **options,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1]), ended.stderr


THREADS = """
import json, threading, time
import numpy as np, scipy.linalg
from threadpoolctl import threadpool_info
from tnsolve.algebra.arrays import Pool

def threads():
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
"""


# -- threads of BLAS -----------------------------------------------------------------------------------------------


def test_two_runs_that_overlap_leave_the_threads_of_blas_as_they_were():
    program = (
        THREADS
        + """
before = threads()
began, may_end, seen = threading.Barrier(3), [threading.Event(), threading.Event()], []

def run(k):
    with Pool().running():
        began.wait()
        may_end[k].wait()

runs = [threading.Thread(target=run, args=(k,)) for k in range(2)]
for r in runs: r.start()
began.wait()
seen.append(threads())
may_end[FIRST].set(); runs[FIRST].join()
seen.append(threads())
with Pool().running():
    seen.append(threads())
may_end[1 - FIRST].set(); runs[1 - FIRST].join()
print(json.dumps([before, seen, threads()]))
"""
    )
    for first in "0", "1":
        (before, within, after), _ = outcome(program.replace("FIRST", first))
        assert max(before) == 2
        assert after == before
        assert all(set(each) == {1} for each in within)


def test_runs_inside_runs_and_runs_that_fail_leave_the_threads_of_blas_as_they_were():
    program = (
        THREADS
        + """
before, within = threads(), []
for error in (ValueError, KeyboardInterrupt, GeneratorExit, SystemExit):
    try:
        with Pool().running():
            with Pool().running():
                within.append(threads())
            within.append(threads())
            raise error
    except BaseException as caught:
        assert type(caught) is error
    assert threads() == before
print(json.dumps([before, within, threads()]))
"""
    )
    (before, within, after), _ = outcome(program)
    assert after == before
    assert all(set(each) == {1} for each in within)


def test_many_fits_in_many_threads_leave_the_threads_of_blas_as_they_were():
    program = (
        THREADS
        + """
import tnsolve as tn
rng = np.random.default_rng(0)
x, y = rng.random((60, 3)), rng.random((60, 1))
start = tn.Student.principal(x, y, features=tn.monomials(2), rank=2)
before = threads()

def fit():
    for _ in range(5):
        tn.fit(start, x, y, schedule=tn.Schedule(1), workers=1)

fits = [threading.Thread(target=fit) for _ in range(4)]
for f in fits: f.start()
for f in fits: f.join()
print(json.dumps([before, threads()]))
"""
    )
    (before, after), _ = outcome(program)
    assert max(before) == 2
    assert after == before


def test_a_library_that_comes_while_others_run_is_limited_and_restored_too():
    pytest.importorskip("torch")
    program = (
        THREADS
        + """
def everything():
    return {pool["filepath"]: pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

before = threads()
with Pool().running():
    import torch
    arrived = everything()
    with Pool().running():
        within = threads()
print(json.dumps([before, within, threads(), len(everything())]))
"""
    )
    (before, within, after, _), _ = outcome(program)
    assert set(within) == {1}
    assert after[: len(before)] == before


def test_an_interrupt_ends_all_spans_and_restores_the_threads():
    program = (
        THREADS
        + """
import _thread
before = threads()

def work(span):
    time.sleep(0.2)
    if span.start == 0:
        _thread.interrupt_main()
    time.sleep(0.2)

try:
    with Pool(workers=2, smallest=1).running():
        Pool(workers=2, smallest=1).map(work, 2)
except KeyboardInterrupt:
    caught = True
print(json.dumps([caught, threads() == before, threading.active_count()]))
"""
    )
    assert outcome(program)[0] == [True, True, 1]


# -- kernels without a cache ---------------------------------------------------------------------------------------

KERNEL = """
import json, os, sys, tempfile
import numpy as np
import tnsolve
from tnsolve.algebra.kernels import kernels_for

rows = np.arange(6.0).reshape(3, 2)
kernels = kernels_for(rows)
pairs = kernels.pairs(rows)
print(json.dumps([pairs.tolist(), kernels.pairs._cache.cache_path, os.path.dirname(tnsolve.__file__)]))
"""
PAIRS = [[0, 0, 1], [4, 6, 9], [16, 20, 25]]


@pytest.fixture
def installed(tmp_path):
    """A copy of the package beside which no cache can be made: a file stands where its folder would be."""
    site = tmp_path / "site"
    shutil.copytree(ROOT / "tnsolve", site / "tnsolve", ignore=shutil.ignore_patterns("__pycache__"))
    (site / "tnsolve" / "algebra" / "kernels" / "__pycache__").touch()
    (tmp_path / "tmp").mkdir()
    return tmp_path


def elsewhere(installed, program=KERNEL):
    """A program that runs there for a user without a home."""
    env = {
        **{"HOME": "/proc/nope", "XDG_CACHE_HOME": "/proc/nope", "NUMBA_CACHE_DIR": ""},
        **{"PYTHONPATH": str(installed / "site"), "TMPDIR": str(installed / "tmp"), "PYTHONDONTWRITEBYTECODE": "1"},
    }
    (pairs, path, folder), said = outcome(program, env=env, cwd="/")
    assert pairs == PAIRS
    assert folder == str(installed / "site" / "tnsolve")
    return path, said


posix = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")


@posix
def test_a_read_only_package_without_a_home_keeps_its_kernels_among_the_temporary_files(installed):
    path, said = elsewhere(installed)
    assert Path(path).is_relative_to(installed / "tmp")
    (private,) = (installed / "tmp").iterdir()
    assert private.stat().st_mode & 0o077 == 0
    assert said.count("compiles its kernels") == 1
    assert "the first time only" in said
    assert elsewhere(installed) == (path, "")


@posix
def test_where_nothing_can_be_written_kernels_run_without_a_cache(installed):
    program = KERNEL.replace("import numpy", "tempfile.tempdir = '/proc/nope'\nimport numpy")
    for _ in range(2):
        path, said = elsewhere(installed, program)
        assert path is None
        assert "in every process: set NUMBA_CACHE_DIR" in said


@posix
@pytest.mark.parametrize("trap", ["a folder that others can write", "a link"])
def test_no_code_is_loaded_from_where_others_can_write(installed, trap):
    folder = installed / "tmp" / f"tnsolve-kernels-{os.getuid()}"
    if trap == "a link":
        (installed / "theirs").mkdir()
        folder.symlink_to(installed / "theirs")
    else:
        folder.mkdir()
        folder.chmod(0o777)
    assert elsewhere(installed)[0] is None


def test_the_first_compilation_says_once_what_it_does_and_the_next_process_nothing(tmp_path):
    env = {"NUMBA_CACHE_DIR": str(tmp_path), "TNSOLVE": "1"}
    program = KERNEL + "kernels.pairs(rows.astype(np.float32)); print(json.dumps(pairs.tolist()))"
    found, said = outcome(program, env=env)
    assert found == PAIRS
    assert said == "tnsolve compiles its kernels, which takes about ten seconds, the first time only\n"
    found, said = outcome(program, env=env)
    assert (found, said) == (PAIRS, "")
    quiet = "import logging; logging.getLogger('tnsolve').setLevel('ERROR')\n" + program
    shutil.rmtree(tmp_path)
    assert outcome(quiet, env=env) == (PAIRS, "")


def test_a_damaged_cache_is_compiled_anew(tmp_path):
    env = {"NUMBA_CACHE_DIR": str(tmp_path)}
    outcome(KERNEL, env=env)
    for file in tmp_path.rglob("*.nb?"):
        file.write_bytes(b"no machine code")
    (pairs, _, _), said = outcome(KERNEL, env=env)
    assert pairs == PAIRS
    assert "compiles its kernels" in said


def test_a_cache_that_is_full_costs_time_and_nothing_else(tmp_path):
    program = KERNEL.replace(
        "import tnsolve\n",
        "import tnsolve, numba.core.caching as caching\n"
        "def full(*_): raise OSError(28, 'No space left on device')\n"
        "caching.IndexDataCacheFile.save = full\n",
    )
    (pairs, _, _), _ = outcome(program, env={"NUMBA_CACHE_DIR": str(tmp_path)})
    assert pairs == PAIRS


def test_kernels_run_where_compilation_is_turned_off():
    program = KERNEL.replace("kernels.pairs._cache.cache_path", "None")
    (pairs, _, _), said = outcome(program, env={"NUMBA_DISABLE_JIT": "1"})
    assert pairs == PAIRS
    assert said == ""
