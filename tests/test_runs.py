"""One run for every network in every environment: rows, ranks, the held ridge, the best, endings, checkpoints."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import inf
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import same_bits, seeds

import tnsolve as tn
from tnsolve.fitting.checkpoints import digest
from tnsolve.schedule import Schedule


@dataclass(frozen=True)
class Door:
    """A front door with everything but its options, and what it starts from."""

    call: Callable[..., Any]
    network: Any


def students(seed, family="MPS"):
    """`fit` of a small student on product features."""
    rng = np.random.default_rng(seed)
    x = rng.random((60, 5))
    y = np.sin(3 * x @ rng.standard_normal((5, 2)))
    if family == "MPS":
        start = tn.Student.random(x, y, features=tn.monomials(2), rank=2, seed=seed)
    else:
        made = {"Tree": tn.Tree.on_features, "MERA": tn.MERA.on_features}[family]([2] * 5, 2, 2, seed=seed)
        start = tn.Student(made, tn.ProductFeatures.of(tn.monomials(2), 5), tn.identity)
    return Door(partial(tn.fit, start, x, y), start.network)


def layers(seed, family="MPO", rank=2):
    """`compress` of a small layer on correlated inputs."""
    rng = np.random.default_rng(seed)
    weight, x = rng.standard_normal((8, 16)), rng.standard_normal((50, 16)) @ rng.standard_normal((16, 16))
    build = {"MPO": tn.MPO, "Tree": tn.Tree, "MERA": tn.MERA, "CP": tn.CP}[family].from_dense
    start = build(weight, (2, 2, 4), (2, 2, 2), rank)
    return Door(partial(tn.compress, weight, start, inputs=x), start)


DOORS = {
    "MPS student": students,
    "Tree student": partial(students, family="Tree"),
    "MPO layer": layers,
    "Tree layer": partial(layers, family="Tree"),
}
LOOPED = {
    "MERA student": partial(students, family="MERA"),
    "MERA layer": partial(layers, family="MERA"),
    "CP layer": partial(layers, family="CP"),
}
doors = st.sampled_from(sorted(DOORS))
any_door = st.sampled_from(sorted(DOORS | LOOPED))


def made(name, seed) -> Door:
    return (DOORS | LOOPED)[name](seed)


def events_of(door, **options):
    """The solution, the visits of each sweep, and the sweeps."""
    visits, sweeps = [[]], []

    def observe(event):
        if isinstance(event, tn.Visit):
            visits[-1].append(event)
        else:
            sweeps.append(event)
            visits.append([])

    return door.call(observe=observe, **options), visits[:-1], sweeps


def network_of(model):
    return model.network


# -- rows ------------------------------------------------------------------------------------------------------------


@given(name=any_door, seed=seeds, two_site=st.booleans())
def test_a_row_says_what_the_sweep_did(name, seed, two_site):
    door = made(name, seed)
    columns = {"sites": 2, "rank": 2, "cutoff": 0.05} if two_site and name in DOORS else {}
    solution, visits, sweeps = events_of(door, schedule=Schedule(3, ridge=1e-3, **columns))
    assert [event.statistics for event in sweeps] == list(solution.statistics)
    for k, (row, seen, event) in enumerate(zip(solution.statistics, visits, sweeps, strict=True)):
        network = network_of(event.model) if name.endswith("student") else event.model
        assert row.sweep == k and row.ridge == 1e-3
        assert row.rank == network.rank == max(network.ranks.values())
        assert row.parameters == network.parameters == sum(core.data.size for core in network.cores)
        assert row.discarded == sum(visit.discarded for visit in seen if not visit.taken_back)
        assert row.lowered == sum(visit.info.after < visit.info.before for visit in seen)
        assert row.objective >= row.loss and row.samples == (60 if name.endswith("student") else 50)
        assert row["loss"] == row.loss == solution.losses[k]
    if two_site and name in DOORS:
        assert any(visit.discarded > 0 for seen in visits for visit in seen) == any(
            row.discarded > 0 for row in solution.statistics
        )


def test_a_cut_that_gives_something_up_is_on_record():
    for name in DOORS:
        solution = made(name, 0).call(schedule=Schedule(2, sites=2, rank=1, ridge=1e-6))
        assert solution.statistics[0].discarded > 0


@given(name=doors, seed=seeds)
def test_the_ridge_is_held_while_its_setting_stays(name, seed):
    solution = made(name, seed).call(schedule=Schedule(5, ridge=[1e-2, 1e-2, 1e-2, 1.0, 1.0]))
    penalties = [row.log_penalty for row in solution.statistics]
    assert all(after <= before for before, after in pairwise(penalties[:3]))
    assert penalties[3] > penalties[2] and penalties[4] <= penalties[3]


def test_a_held_ridge_differs_from_one_chosen_anew():
    """From a zero start the quotient of the first sweep is the mean eigenvalue, below that of what is then learnt."""
    rng = np.random.default_rng(0)
    x = rng.random((60, 5))
    y = 3 + np.sin(3 * x @ rng.standard_normal((5, 2)))
    start = tn.Student.principal(x, y, features=tn.monomials(2), rank=2)
    held = tn.fit(start, x, y, schedule=Schedule(2, ridge=0.1)).statistics
    anew = tn.fit(tn.fit(start, x, y, schedule=Schedule(1, ridge=0.1)).model, x, y, schedule=Schedule(1, ridge=0.1))
    assert held[1].log_penalty == held[0].log_penalty < anew.statistics[0].log_penalty


# -- ranks -----------------------------------------------------------------------------------------------------------


@given(name=doors, seed=seeds)
def test_a_one_site_schedule_grows_to_its_rank_and_never_raises_the_objective(name, seed):
    door = made(name, seed)
    solution = door.call(schedule=Schedule(4, rank=[2, 4, 4, 4], ridge=1e-6))
    assert solution.statistics[0].rank == 2 < solution.statistics[1].rank <= 4
    rows = solution.statistics[1:]
    slack = 1e-9 * (1 + abs(rows[0].objective))
    assert all(after.objective <= before.objective + slack for before, after in pairwise(rows))
    assert solution.model.network.rank == solution.statistics[-1].rank


def test_growth_of_a_layer_of_white_inputs_finds_what_is_missing():
    weight = np.random.default_rng(0).standard_normal((16, 16))
    start = tn.MPO.from_dense(weight, (4, 4), (4, 4), 2)
    found = tn.compress(weight, start, schedule=Schedule(4, rank=16, ridge=0.0))
    assert found.statistics[0].rank == 16 and found.errors[-1] < 1e-12


@pytest.mark.parametrize(
    "columns", [{"sites": 2}, {"expand": 2}, {"metric": True, "sites": 2}, {"travel": True, "sites": 2}]
)
def test_ranks_of_layers_and_students_adapt_up_to_the_column(columns):
    for name in DOORS:
        sites = 1 if "expand" in columns else 2
        solution = made(name, 1).call(schedule=Schedule(4, rank=4, ridge=1e-8, **({"sites": sites} | columns)))
        assert 2 < solution.statistics[-1].rank <= 4
        if sites == 1:  # a cut may cost more than the rank brings, see proofs/sweeps/cuts.py
            assert solution.losses[-1] < made(name, 1).call(schedule=Schedule(4, ridge=1e-8)).losses[-1]


@pytest.mark.parametrize("name", sorted(DOORS))
@pytest.mark.parametrize("columns", [{"sites": 2}, {"expand": 2}, {"sites": 2, "travel": True}], ids=str)
def test_without_a_rank_the_network_keeps_its_own(name, columns):
    door = made(name, 2)
    solution = door.call(schedule=Schedule(3, ridge=1e-8, **columns))
    assert max(row.rank for row in solution.statistics) <= door.network.rank


@pytest.mark.parametrize("name", sorted(LOOPED))
@pytest.mark.parametrize("columns", [{"sites": 2}, {"rank": 5}, {"expand": 1}])
def test_a_network_with_loops_refuses_before_the_first_sweep(name, columns):
    with pytest.raises(ValueError, match="no canonical gauge"):
        made(name, 0).call(schedule=Schedule(3, **columns), observe=lambda event: pytest.fail("a sweep began"))


def test_the_rank_of_a_network_with_loops_is_that_of_its_bonds():
    weight = np.random.default_rng(0).standard_normal((64, 64 * 9))
    cp = tn.CP.from_dense(weight, (64, 9), (64,), 16)
    assert tn.compress(weight, cp, schedule=Schedule(1, ridge=0.0)).statistics[-1]["rank"] == 16
    mera = tn.MERA.from_dense(weight[:16, :256], (4, 4, 4, 4), (4, 4), 3)
    assert tn.compress(weight[:16, :256], mera, schedule=Schedule(1, ridge=0.0)).statistics[-1]["rank"] == 3


# -- the best --------------------------------------------------------------------------------------------------------


def test_the_best_of_the_last_setting_is_returned():
    later = 0
    for name in DOORS:
        for seed in range(12):
            solution, _, sweeps = events_of(made(name, seed), schedule=Schedule(4, rank=2, sites=2, ridge=1e-9))
            objectives = [row.objective for row in solution.statistics]
            best = len(objectives) - 1 - int(np.argmin(objectives[::-1]))
            network = network_of(sweeps[best].model) if name.endswith("student") else sweeps[best].model
            assert same_bits(solution.model.network, network)
            later += best < len(objectives) - 1
    assert later > 4


def test_a_new_setting_supersedes_the_best_of_the_one_before():
    for name in DOORS:
        solution = made(name, 3).call(schedule=Schedule(3, rank=[4, 4, 1], sites=2, ridge=1e-9))
        assert solution.model.network.rank == solution.statistics[-1].rank == 1


@given(name=any_door, seed=seeds)
def test_held_out_data_choose_the_best_and_patience_ends(name, seed):
    rng = np.random.default_rng(seed)
    held = (rng.random((9, 5)), rng.random((9, 2))) if name.endswith("student") else rng.standard_normal((9, 16))
    solution, _, sweeps = events_of(made(name, seed), schedule=Schedule(6, ridge=1e-3), validation=held, patience=2)
    verdicts = solution.validation_losses
    best = int(np.argmin(verdicts))
    assert verdicts == [row.validation for row in solution.statistics] and None not in verdicts
    network = network_of(sweeps[best].model) if name.endswith("student") else sweeps[best].model
    assert same_bits(solution.model.network, network)
    assert (
        len(verdicts) - 1 - best == 2 if solution.result is tn.Result.EARLY_STOPPED else len(verdicts) - 1 - best <= 2
    )


@pytest.mark.parametrize("name", sorted(DOORS | LOOPED))
@pytest.mark.parametrize("option", [{"judge": tn.error_rate}, {"patience": 2}])
def test_a_judge_or_patience_without_held_out_data_is_refused(name, option):
    with pytest.raises(ValueError, match="pass validation"):
        made(name, 0).call(**option)


# -- endings ---------------------------------------------------------------------------------------------------------


def test_later_rows_are_tried_after_a_stall():
    weight = np.random.default_rng(0).standard_normal((16, 16))
    start = tn.MPO.from_dense(weight, (4, 4), (4, 4), 16)
    found = tn.compress(weight, start, schedule=Schedule(40, ridge=[1.0] * 38 + [0.0, 0.0]))
    assert found.result is tn.Result.COMPLETED and found.errors[-1] < 1e-12
    assert len(found.errors) == 40


@pytest.mark.parametrize("name", sorted(DOORS | LOOPED))
def test_a_rest_is_an_end_within_the_tolerance(name):
    solution = made(name, 0).call(schedule=Schedule(30, ridge=1e-3), tolerance=0.9)
    assert solution.result is tn.Result.CONVERGED and len(solution.statistics) < 30


@pytest.mark.parametrize("name", sorted(DOORS | LOOPED))
def test_an_interrupt_leaves_the_best_so_far(name):
    count = 0

    def stop(event):
        nonlocal count
        count += isinstance(event, tn.Sweep)
        if count == 2:
            raise KeyboardInterrupt

    solution = made(name, 0).call(schedule=Schedule(5, ridge=1e-3), observe=stop)
    assert solution.result is tn.Result.INTERRUPTED and len(solution.statistics) == 1
    assert all(np.all(np.isfinite(core.data)) for core in solution.model.network.cores)


# -- checkpoints -----------------------------------------------------------------------------------------------------


class Stop(Exception):
    pass


def stopping_after(sweeps):
    def stop(event):
        if isinstance(event, tn.Sweep) and event.statistics.sweep == sweeps:
            raise Stop

    return stop


def without_times(rows):
    return [{k: v for k, v in row.items() if not k.endswith("seconds")} for row in rows]


@pytest.mark.parametrize("name", sorted(DOORS | LOOPED))
@pytest.mark.parametrize("sweeps", [0, 1, 3])
def test_a_run_that_was_stopped_goes_on_as_if_it_never_was(name, sweeps, tmp_path):
    columns = {"rank": [2, 3, 3, 4], "cutoff": 0.0} if name in DOORS else {}
    schedule = Schedule(5, ridge=[1e-2, 1e-3], **columns)
    whole = made(name, 5).call(schedule=schedule)
    with pytest.raises(Stop):
        made(name, 5).call(schedule=schedule, checkpoint=tmp_path / "run", observe=stopping_after(sweeps))
    resumed = made(name, 5).call(schedule=schedule, checkpoint=tmp_path / "run")
    assert resumed.result is whole.result and without_times(resumed.statistics) == without_times(whole.statistics)
    assert same_bits(resumed.model.network, whole.model.network)


@pytest.mark.parametrize("name", sorted(DOORS | LOOPED))
def test_a_finished_run_can_be_lengthened(name, tmp_path):
    made(name, 5).call(schedule=Schedule(2, ridge=1e-3), checkpoint=tmp_path / "run")
    longer = made(name, 5).call(schedule=Schedule(4, ridge=1e-3), checkpoint=tmp_path / "run")
    whole = made(name, 5).call(schedule=Schedule(4, ridge=1e-3))
    assert without_times(longer.statistics) == without_times(whole.statistics)
    assert same_bits(longer.model.network, whole.model.network)


def other_inputs(name):
    door = made(name, 5)
    x = door.call.args[1] if name.endswith("student") else door.call.keywords["inputs"]
    moved = x.copy()
    moved[len(x) // 2, 1] = np.nextafter(moved[len(x) // 2, 1], inf)
    if name.endswith("student"):
        return Door(partial(tn.fit, door.call.args[0], moved, door.call.args[2]), door.network)
    return Door(partial(tn.compress, *door.call.args, inputs=moved), door.network)


@pytest.mark.parametrize("name", ["MPS student", "MPO layer"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schedule": Schedule(3, ridge=1e-4)}, "schedule"),
        ({"local": tn.Newton()}, "local solver"),
        ({"tolerance": 1e-6}, "tolerance"),
        (None, "(inputs|moments)"),
    ],
    ids=str,
)
def test_a_checkpoint_of_another_run_is_refused_by_name(name, change, words, tmp_path):
    options = {"schedule": Schedule(2, ridge=1e-3), "checkpoint": tmp_path / "run"}
    made(name, 5).call(**options)
    door = other_inputs(name) if change is None else made(name, 5)
    with pytest.raises(ValueError, match=f"differ in .*{words}"):
        door.call(**(options | (change or {})))


@pytest.mark.parametrize("name", ["MPS student", "MPO layer"])
@pytest.mark.parametrize("path", ["", "missing/run", "."], ids=repr)
def test_the_folder_is_tried_before_the_first_sweep(name, path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="checkpoint"):
        made(name, 0).call(checkpoint=path, observe=lambda event: pytest.fail("a sweep began"))


def test_losses_that_differ_in_one_number_are_told_apart(tmp_path):
    rng = np.random.default_rng(0)
    x, codes = rng.random((40, 4)), 0.1 * rng.standard_normal((40, 3))
    directions = rng.standard_normal((600, 3))
    moved = directions.copy()
    moved[300] += 1e-9
    start = tn.Student.random(x, codes, features=tn.monomials(2), rank=2)
    losses = [tn.ThroughLayer(tn.BregmanLayer(v, np.zeros(600), tn.sigmoid)) for v in (directions, moved)]
    assert digest(losses[0]) != digest(losses[1])
    tn.fit(start, x, codes, loss=losses[0], schedule=Schedule(1), checkpoint=tmp_path / "run")
    with pytest.raises(ValueError, match="differ in loss"):
        tn.fit(start, x, codes, loss=losses[1], schedule=Schedule(1), checkpoint=tmp_path / "run")


class Verdict:
    def __call__(self, z, y):
        return float(np.mean(np.abs(z - y)))


@pytest.mark.parametrize(
    "judge", [lambda z, y: 0.0, Verdict(), partial(np.add, 1)], ids=["lambda", "object", "partial"]
)
def test_a_judge_without_a_name_is_asked_for_one_by_a_checkpoint_alone(judge, tmp_path):
    door = students(0)
    held = (np.random.default_rng(0).random((5, 5)), np.zeros((5, 2)))
    if not isinstance(judge, partial):
        assert door.call(schedule=Schedule(1), validation=held, judge=judge).validation_losses
    with pytest.raises(ValueError, match=r"tn\.Judge"):
        door.call(schedule=Schedule(1), validation=held, judge=judge, checkpoint=tmp_path / "run")


def test_two_judges_of_two_names_are_two(tmp_path):
    door, held = students(0), (np.random.default_rng(0).random((5, 5)), np.zeros((5, 2)))
    options = {"schedule": Schedule(1), "validation": held, "checkpoint": tmp_path / "run"}
    door.call(judge=tn.Judge("mean error", lambda z, y: float(np.mean(np.abs(z - y)))), **options)
    with pytest.raises(ValueError, match="differ in judge"):
        door.call(judge=tn.Judge("worst error", lambda z, y: float(np.max(np.abs(z - y)))), **options)


def test_the_partition_of_the_samples_belongs_to_the_run(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.random((20000, 3))
    y = x[:, :1]
    start = tn.Student.random(x, y, features=tn.monomials(2), rank=1)
    tn.fit(start, x, y, schedule=Schedule(1), checkpoint=tmp_path / "run", workers=1)
    with pytest.raises(ValueError, match="differ in workers"):
        tn.fit(start, x, y, schedule=Schedule(1), checkpoint=tmp_path / "run", workers=2)


# -- digests ---------------------------------------------------------------------------------------------------------


@given(seed=seeds, place=st.integers(0, 1799))
def test_every_entry_counts_in_a_digest(seed, place):
    array = np.random.default_rng(seed).standard_normal((600, 3))
    other = array.copy()
    other.flat[place] = np.nextafter(other.flat[place], inf)
    assert digest(array) == digest(array.copy(order="F")) != digest(other)
    assert digest({"a": array, "b": 1}) == digest({"b": 1, "a": array}) != digest({"a": array, "b": 1.0})


def test_what_has_no_content_has_no_digest():
    with pytest.raises(ValueError, match="cannot recognise"):
        digest(lambda: 0)
