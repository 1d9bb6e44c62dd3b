"""Files of models: any change ends in one named error or the same function; writes leave the world as it was."""

import contextlib
import errno
import json
import os
import stat
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from budgets import examples
from hypothesis import given
from hypothesis import strategies as st

import tnsolve as tn
from experiments.forgeries import FAULTS, CheckpointProbe, Probe, contents, deep, models
from tnsolve.algebra.records import Record
from tnsolve.features import feature_map_from_json, features_from_json
from tnsolve.models import files, storage
from tnsolve.models.abstract import HOMES, class_of
from tnsolve.transfer import transfer_from_json

MODELS = models()
PROBES = {name: Probe(name, model) for name, model in MODELS.items()}
STUDENT = MODELS["student, MPS"]
each_format = pytest.mark.parametrize("name", [*PROBES, "checkpoint"])
posix = pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")


@pytest.fixture(scope="module")
def every_probe():
    return {**PROBES, "checkpoint": CheckpointProbe()}


# -- every model -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_a_model_of_any_kind_comes_back_with_every_bit(name, tmp_path):
    model = MODELS[name]
    x = np.random.default_rng(0).uniform(size=(7, model.inputs))
    model.save(tmp_path / "model")
    for again in (tn.load(tmp_path / "model"), type(model).load(tmp_path / "model")):
        assert type(again) is type(model)
        assert again(x).tobytes() == model(x).tobytes()
        assert again(x).shape == (7, model.outputs)
        assert (again.inputs, again.parameters, again.bytes) == (model.inputs, model.parameters, model.bytes)
        assert json.loads(json.dumps(again.metadata())) == json.loads(json.dumps(model.metadata()))
    assert os.listdir(tmp_path) == ["model"]


def test_every_final_class_of_models_has_a_home_and_is_tried_here():
    found, rest = set(), [tn.AbstractModel]
    while rest:
        subclasses = rest.pop().__subclasses__()
        rest += subclasses
        found |= {each for each in subclasses if not each.__abstractmethods__ and each.__module__.startswith("tnsolve")}
    homes = {class_of({"kind": kind}, "test") for kind in HOMES}
    assert found == homes == {type(model) for model in MODELS.values()}
    assert all(class_of({"kind": each.kind}, "test") is each for each in found)


@pytest.mark.parametrize("name", MODELS)
def test_the_repr_of_a_model_is_a_line(name):
    for text in (repr(MODELS[name]), str(MODELS[name])):
        assert "\n" not in text
        assert len(text) <= 250


@pytest.mark.parametrize("name", MODELS)
def test_a_model_of_another_kind_is_refused_by_name(name, tmp_path):
    MODELS[name].save(tmp_path / "model")
    for other in {type(model) for model in MODELS.values()} - {type(MODELS[name])}:
        with pytest.raises(
            ValueError, match=rf"{other.__name__}\.load\('.*model'\) holds a {MODELS[name].kind}, not a"
        ):
            other.load(tmp_path / "model")


def test_what_was_not_stored_is_given_again_and_nothing_else_is(tmp_path):
    STUDENT.save(tmp_path / "student")
    maps = tn.monomials(2)
    for again in (tn.load(tmp_path / "student", features=maps), tn.Student.load(tmp_path / "student", features=maps)):
        assert again.features == tn.ProductFeatures.of(maps, 3)
    MODELS["composed student"].save(tmp_path / "composed")
    assert tn.load(tmp_path / "composed", features=maps).student.features == tn.ProductFeatures.of(maps, 3)
    MODELS["Bregman layer"].save(tmp_path / "layer")
    with pytest.raises(ValueError, match=r"load\('.*layer'\) holds a bregman layer, which has no feature maps"):
        tn.load(tmp_path / "layer", features=maps)
    with pytest.raises(ValueError, match=r"load\('.*student'\) holds no sound student.*site 0.*leg x0"):
        tn.load(tmp_path / "student", features=tn.monomials(5))


# -- mutations and forgeries -------------------------------------------------------------------------------------------


@each_format
@pytest.mark.parametrize("forge", [False, True], ids=["mutated", "forged"])
def test_a_file_that_lies_ends_in_one_named_error_or_a_sound_model(name, forge, every_probe, tmp_path):
    probe, path = every_probe[name], tmp_path / "file"
    for content in contents(probe, list(every_probe.values()), 40, forge, seed=0):
        path.write_bytes(content)
        outcome = probe.outcome(path)
        assert outcome not in FAULTS, f"{outcome}: {getattr(probe, 'complaint', content[:2000])}"


def test_a_sound_file_is_found_the_same(every_probe, tmp_path):
    for probe in every_probe.values():
        (tmp_path / "file").write_bytes(probe.content)
        assert probe.outcome(tmp_path / "file") == "same function"


CUTS = st.floats(0, 1, exclude_max=True)


@given(keep=CUTS, name=st.sampled_from(sorted(PROBES)))
def test_every_file_cut_short_is_refused(tmp_path_factory, keep, name):
    path = tmp_path_factory.mktemp("cut") / "file"
    path.write_bytes(PROBES[name].content[: int(keep * len(PROBES[name].content))])
    with pytest.raises(ValueError, match=r"load\(.*file.*damaged"):
        tn.load(path)


@pytest.mark.parametrize("header", [0, 2**24 + 1, 2**40, 2**63, 2**64 - 1])
def test_a_header_longer_than_the_file_is_refused_before_it_is_read(header, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(struct.pack("<Q", header) + b"{}")
    with pytest.raises(ValueError, match=r"load\(.*claims a header"):
        tn.load(path)


@posix
def test_a_pipe_or_a_device_holds_nobody_up(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(ValueError, match="no regular file"):
            tn.load(path)
        with pytest.raises(ValueError, match="device or a pipe"):
            STUDENT.save(path)


@given(levels=st.integers(65, 20_000), letter=st.sampled_from("[{"), escaped=st.booleans())
def test_depth_is_measured_before_it_is_parsed(levels, letter, escaped):
    deep_text = letter * levels if letter == "[" else '{"a":' * levels
    with pytest.raises(ValueError, match=r"nests|no JSON"):
        storage.parsed(deep_text, "x")
    inside = json.dumps([deep_text + ("\\" if escaped else "")])
    assert storage.parsed(inside, "x") == json.loads(inside)


@pytest.mark.parametrize("text", ['"' * 2**20, '\\"' * 2**20, "[" * 2**22, '"\\' * 2**20], ids=range(4))
def test_a_text_of_any_length_is_judged_within_a_second(text):
    begun = time.process_time()
    with pytest.raises(ValueError, match=r"nests|no JSON"):
        storage.parsed(text, "x")
    assert time.process_time() - begun < 1


@pytest.mark.parametrize("levels", [17, 100, 5000])
def test_maps_within_maps_are_bounded(levels):
    with pytest.raises(ValueError, match="more than 16 times"):
        feature_map_from_json(deep(levels))
    assert feature_map_from_json(deep(16)).dim == 2


nasty = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.just(10**400),
    st.just([]),
    st.just({}),
)
names = st.sampled_from([*tn.transfer.CLASSES, "monomials", "hats", "mixed", "fourier", "onehot", "derived", "cube"])
keys = st.sampled_from(
    ["dim", "period", "knots", "matrix", "base", "temperature", "soft", "slope", "potential_text", "maps"]
)
records = st.recursive(
    st.dictionaries(keys, nasty, max_size=3),
    lambda inner: st.dictionaries(
        keys, st.one_of(nasty, inner, st.lists(st.one_of(nasty, inner), max_size=3)), max_size=3
    ),
    max_leaves=8,
)


@examples(300)
@given(data=st.one_of(nasty, records), name=st.one_of(names, nasty), reader=st.integers(0, 2))
def test_json_of_any_kind_becomes_a_value_or_a_named_error(data, name, reader):
    data = {"name": name, **data} if isinstance(data, dict) else data
    read = (feature_map_from_json, features_from_json, transfer_from_json)[reader]
    try:
        found = read(data)
    except ValueError as error:
        assert len(str(error)) < 1000
    else:
        assert json.loads(json.dumps(found.to_json())) == json.loads(json.dumps(read(found.to_json()).to_json()))


@given(value=nasty)
def test_a_record_gives_a_value_of_its_type_or_says_what_it_is(value):
    record = Record({"a": value}, "the file")
    for reader in ("text", "integer", "number", "record", "sequence", "numbers", "texts"):
        try:
            found = getattr(record, reader)("a")
        except ValueError as error:
            assert str(error).startswith("the file.a")
        else:
            assert type(found) is not bool
    with pytest.raises(ValueError, match="the file has no 'b'"):
        record.number("b")


# -- writing -----------------------------------------------------------------------------------------------------------


@posix
@given(mode=st.sampled_from([0o600, 0o640, 0o644, 0o666, 0o400]), umask=st.sampled_from([0o022, 0o077, 0o002]))
def test_modes_are_kept_and_the_umask_is_the_callers(tmp_path_factory, mode, umask):
    folder = tmp_path_factory.mktemp("modes")
    old, new = folder / "old", folder / "new"
    old.write_bytes(b"before")
    old.chmod(mode)
    before = os.umask(umask)
    try:
        for path in (old, new):
            files.write_whole(path, b"after")
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    assert stat.S_IMODE(old.stat().st_mode) == mode
    assert stat.S_IMODE(new.stat().st_mode) == 0o666 & ~umask


@posix
def test_the_umask_is_never_touched(tmp_path, monkeypatch):
    monkeypatch.setattr("os.umask", lambda _: pytest.fail("the umask belongs to the process"))
    STUDENT.save(tmp_path / "student")


@posix
def test_a_symbolic_link_is_followed_and_kept(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real" / "file")
    for content in (b"first", b"second"):
        files.write_whole(tmp_path / "link", content)
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "real" / "file").read_bytes() == content
    assert [file.name for file in (tmp_path / "real").iterdir()] == ["file"]


@posix
def test_a_link_in_a_circle_is_named_and_kept(tmp_path):
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    with pytest.raises(ValueError, match="symbolic link in a circle"):
        files.write_whole(tmp_path / "circle", b"x")
    assert (tmp_path / "circle").is_symlink()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")
def test_the_owner_is_kept(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"before")
    os.chown(path, 1234, 4321)
    files.write_whole(path, b"after")
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 4321)


STEPS = ("open", "write", "chmod", "fsync", "close", "replace")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("there", [False, True], ids=["new", "old"])
def test_an_interrupt_at_any_step_leaves_one_whole_file_and_no_other(step, after, there, tmp_path, monkeypatch):
    path = tmp_path / "file"
    if there:
        path.write_bytes(b"before")
    true, calls = getattr(os, step), []

    def stopping(*arguments, **keywords):
        if calls:
            return true(*arguments, **keywords)
        calls.append(step)
        if after:
            true(*arguments, **keywords)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, step, stopping)
    with contextlib.suppress(KeyboardInterrupt):
        files.write_whole(path, b"after")
    monkeypatch.undo()
    assert not path.exists() or path.read_bytes() in ((b"before", b"after") if there else (b"after",))
    assert [file for file in tmp_path.iterdir() if file != path] == []
    assert path.exists() or not there


@posix
@pytest.mark.parametrize("step", range(1, 60, 4))
def test_what_a_killed_process_left_is_removed_by_the_next_write(step, tmp_path):
    """The process ends at the n-th line that it runs in the module that writes."""
    path = tmp_path / "file"
    process = os.fork()
    if process == 0:
        left = [step]

        def lines(frame, event, _):
            left[0] -= event == "line"
            if left[0] <= 0:
                os._exit(9)
            return lines

        sys.settrace(lambda frame, event, _: lines if frame.f_code.co_filename == files.__file__ else None)
        files.write_whole(path, b"before")
        os._exit(0)
    os.waitpid(process, 0)
    assert not path.exists() or path.read_bytes() == b"before"
    files.write_whole(path, b"after")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"file": b"after"}


@posix
@pytest.mark.parametrize(
    "sweeping", [lambda path: files.write_whole(path, b"x"), lambda path: files.writable(path, "fit")]
)
def test_the_unfinished_files_of_the_living_and_of_others_stay(sweeping, tmp_path):
    path = tmp_path / "file"
    machine = files._MACHINE
    living, dead = os.getppid(), 2**22 - 1
    kept = [f".file.{machine}-{living}-0123abcd", ".file.00000000-1-0123abcd", ".file.txt"]
    kept.append(f".other.{machine}-{dead}-0123abcd")
    gone = [f".file.{machine}-{dead}-0123abcd", f".file.{machine}-{os.getpid()}-0123abcd", ".file.00000000-2-0123abcd"]
    for name in (*kept, *gone):
        (tmp_path / name).write_bytes(b"")
    os.utime(tmp_path / gone[-1], (0, 0))
    sweeping(path)
    assert {file.name for file in tmp_path.iterdir()} - {"file"} == set(kept)


def test_threads_that_write_one_file_do_not_disturb_each_other(tmp_path):
    failures = []

    def write(content):
        try:
            for _ in range(30):
                files.write_whole(tmp_path / "file", content)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(bytes([k]) * 1000,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    content = (tmp_path / "file").read_bytes()
    assert len(content) == 1000
    assert len(set(content)) == 1
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("length", [1, 100, 180, 250])
def test_a_name_as_long_as_names_may_be(length, tmp_path):
    files.write_whole(tmp_path / ("é" * (length // 2) + "a" * (length % 2)), b"x")
    assert len(os.listdir(tmp_path)) == 1


def test_a_path_that_cannot_be_written_is_named_before_any_work(tmp_path):
    missing, folder = tmp_path / "missing" / "file", tmp_path / "folder"
    folder.mkdir()
    for path, complaint in {"": "names no file", str(missing): "no folder", str(folder): "is a folder"}.items():
        for call in (files.writable, lambda path, call: files.write_whole(path, b"", call)):
            with pytest.raises(ValueError, match=rf"fit\(checkpoint=\.\.\.\)\(.*{complaint}"):
                call(path, "fit(checkpoint=...)")
        with pytest.raises(ValueError, match=complaint):
            STUDENT.save(path)
    files.writable(tmp_path / "file", "fit")
    assert sorted(os.listdir(tmp_path)) == ["folder"]


def test_a_folder_that_takes_no_file_is_named(tmp_path, monkeypatch):
    def refused(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("os.open", refused)
    with pytest.raises(ValueError, match=r"fit\('.*file'\) cannot be written: Permission denied; choose a folder"):
        files.writable(tmp_path / "file", "fit")


def test_metadata_too_long_to_be_read_again_is_not_written(tmp_path):
    with pytest.raises(ValueError, match=r"save\(.*more than 16777216"):
        storage.save(tmp_path / "file", {}, {"kind": "x" * 2**24})
    assert os.listdir(tmp_path) == []


@posix
def test_the_experiment_that_breaks_things_finds_no_fault():
    script = Path(__file__).parents[1] / "experiments" / "robustness.py"
    done = subprocess.run([sys.executable, script, "--quick"], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 faults." in done.stdout
