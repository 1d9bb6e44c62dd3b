"""What the process keeps: threads of BLAS as they were, kernels without a cache, a first call that says why."""

import json
import os
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
