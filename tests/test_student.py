"""Students: predictions are the dense tensor on product features, and a file holds them whole or not at all."""

import json
import struct
from dataclasses import replace

import array_api_strict
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import EPS, TRANSFERS, dense, networks, product_rows, rounding, same_bits, seeds

import tnsolve as tn
from tnsolve.features import feature_map_from_json
from tnsolve.networks.mps import MPS

MAPS = {
    1: [tn.monomials(1), tn.legendre(1), tn.onehot(1)],
    2: [tn.monomials(2), tn.trigonometric(), tn.hats(2), tn.chebyshev(2)],
    3: [tn.legendre(3), tn.fourier(3, period=0.7), tn.hats([0.0, 0.3, 1.0])],
    4: [tn.hermite(4), tn.onehot(4), tn.monomials(4)],
}


@st.composite
def students(draw):
    """A student with a map of its own on every site, and inputs within their ranges."""
    network = draw(networks(sites=st.integers(1, 6)))
    maps = tuple(draw(st.sampled_from(MAPS[dim])) for dim in network.dims)
    student = tn.Student(network, tn.ProductFeatures(maps), draw(st.sampled_from(TRANSFERS)))
    rng = np.random.default_rng(draw(seeds))
    x = rng.uniform(size=(draw(st.integers(1, 6)), network.sites))
    discrete = [site for site, one in enumerate(maps) if one.discrete]
    for site in discrete:
        x[:, site] = rng.integers(0, maps[site].dim, len(x))
    return student, x


def raw_file(student, path):
    student.save(path)
    return bytearray(path.read_bytes())


# -- use -----------------------------------------------------------------------------------------------------------


@given(drawn=students())
def test_predictions_are_the_tensor_contracted_with_explicit_product_features(drawn):
    student, x = drawn
    features = student.features(x)
    z = student.preactivation(x)
    expected = product_rows(features) @ dense(student.network).reshape(-1, student.network.outputs)
    assert np.max(np.abs(z - expected)) <= rounding(student.network, features)
    assert np.array_equal(student(x), student.transfer(z))
    assert student.parameters == sum(core.data.size for core in student.network.cores)
    assert student.bytes == 8 * student.parameters


@given(drawn=students(), at=st.integers(0, 5))
def test_each_sample_is_predicted_by_itself(drawn, at):
    student, x = drawn
    at %= len(x)
    alone = student.preactivation(x[at : at + 1])
    size = rounding(student.network, student.features(x))
    assert np.max(np.abs(alone[0] - student.preactivation(x)[at])) <= size
    assert np.max(np.abs(student.preactivation(x, workers=1) - student.preactivation(x, workers=3))) <= size


def test_blocks_of_many_samples_are_joined_in_order():
    """At rank 60,000 a block holds 279 samples."""
    rng = np.random.default_rng(0)
    arrays = rng.standard_normal((1, 2, 1, 60_000)), rng.standard_normal((60_000, 2, 1))
    student = tn.Student(MPS.of(arrays, label=0), tn.ProductFeatures.of(tn.trigonometric(), 2), tn.identity)
    x = rng.uniform(size=(300, 2))
    expected = product_rows(student.features(x)) @ dense(student.network).reshape(-1, 1)
    assert np.max(np.abs(student.preactivation(x) - expected)) <= rounding(student.network, student.features(x))


@given(drawn=students())
def test_spectra_are_the_singular_values_of_the_tensor_cut_at_each_bond(drawn):
    student, _ = drawn
    network = student.network
    spectra = student.spectra()
    assert list(spectra) == [f"b{s}" for s in range(1, network.sites)]
    whole = np.moveaxis(dense(network), -1, network.label + 1)
    norm = np.linalg.norm(whole)
    for s, singular in enumerate(spectra.values(), start=1):
        axes = s + (network.label < s)
        expected = np.linalg.svd(whole.reshape(int(np.prod(whole.shape[:axes])), -1), compute_uv=False) / norm
        common = min(len(expected), len(singular))
        tolerance = 4 * rounding(network) / norm
        assert np.max(np.abs(singular[:common] - expected[:common])) <= tolerance
        assert np.linalg.norm(expected[common:]) <= tolerance
        assert abs(np.sum(singular**2) - 1) <= 1e3 * EPS


# -- files ---------------------------------------------------------------------------------------------------------


@given(drawn=students(), dtype=st.sampled_from([np.float32, np.float64]), centred=st.booleans())
def test_a_file_gives_back_every_bit(tmp_path_factory, drawn, dtype, centred):
    student, x = drawn
    network = student.network.centred((0,)) if centred else student.network
    cores = tuple(replace(core, data=core.data.astype(dtype)) for core in network.cores)
    student = replace(student, network=replace(network, cores=cores))
    folder = tmp_path_factory.mktemp("student")
    student.save(folder / "a.safetensors")
    again = tn.Student.load(folder / "a.safetensors")
    assert same_bits(student.network, again.network)
    assert (again.features, again.transfer) == (student.features, student.transfer)
    assert np.array_equal(again(x), student(x))
    again.save(str(folder / "a.safetensors"))
    assert same_bits(tn.Student.load(str(folder / "a.safetensors")).network, student.network)
    assert [file.name for file in folder.iterdir()] == ["a.safetensors"]


@settings(max_examples=300)
@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255), head=st.booleans())
def test_no_changed_byte_is_read_as_another_student(tmp_path_factory, place, flip, head):
    path = tmp_path_factory.mktemp("student") / "student.safetensors"
    network = MPS.random([2, 3, 2], 2, 2, seed=3)
    maps = tn.ProductFeatures((tn.trigonometric(), tn.legendre(3), tn.hats(2)))
    student = tn.Student(network, maps, tn.LeakyReLU(slope=0.2))
    content = raw_file(student, path)
    length = 8 + struct.unpack("<Q", content[:8])[0] if head else len(content)
    content[int(place * length)] ^= flip
    path.write_bytes(content)
    try:
        again = tn.Student.load(path)
    except ValueError as error:
        assert "Student.load" in str(error)
    else:
        assert same_bits(again.network, network)
        assert (again.features, again.transfer) == (maps, student.transfer)


@given(keep=st.floats(0, 1, exclude_max=True))
def test_a_file_cut_short_is_refused(tmp_path_factory, keep):
    path = tmp_path_factory.mktemp("student") / "student.safetensors"
    student = tn.Student(MPS.random([2] * 3, 1, 2), tn.ProductFeatures.of(tn.monomials(2), 3), tn.identity)
    content = raw_file(student, path)
    path.write_bytes(content[: int(keep * len(content))])
    with pytest.raises(ValueError, match=r"Student\.load\(.*damaged"):
        tn.Student.load(path)


def test_files_of_others_and_of_the_future_are_refused(tmp_path):
    from safetensors.numpy import save_file

    from tnsolve.models import storage

    path = tmp_path / "other.safetensors"
    save_file({"core.00000": np.zeros((1, 2, 1, 1))}, path)
    with pytest.raises(ValueError, match="was not written by tnsolve"):
        tn.Student.load(path)
    storage.save(path, {}, {"version": storage.VERSION + 1, "kind": "student"})
    with pytest.raises(ValueError, match=r"has format 3 but this tnsolve reads format 2; upgrade tnsolve"):
        tn.Student.load(path)
    with pytest.raises(FileNotFoundError):
        tn.Student.load(tmp_path / "nothing.safetensors")


def test_a_checkpoint_is_no_student(tmp_path):
    rng = np.random.default_rng(0)
    x, y = rng.uniform(size=(9, 3)), rng.standard_normal((9, 1))
    start = tn.Student.principal(x, y, features=tn.legendre(2), rank=2)
    tn.fit(start, x, y, schedule=tn.Schedule(1), checkpoint=tmp_path / "fit")
    with pytest.raises(ValueError, match=r"Student\.load\(.*checkpoint"):
        tn.Student.load(tmp_path / "fit")


def test_a_failed_save_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    student = tn.Student(MPS.random([2] * 3, 1, 2), tn.ProductFeatures.of(tn.monomials(2), 3), tn.identity)
    path = tmp_path / "student.safetensors"
    before = bytes(raw_file(student, path))

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        student.save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_function_of_the_user_is_not_saved_but_given_again(tmp_path):
    square = tn.custom(lambda x: np.stack([x, x**2], axis=-1), 2, name="square")
    student = tn.Student(MPS.random([2] * 3, 1, 2), tn.ProductFeatures.of(square, 3), tn.identity)
    with pytest.raises(ValueError, match=r"custom feature map 'square' cannot be saved; .*features=\.\.\."):
        student.save(tmp_path / "student")
    assert list(tmp_path.iterdir()) == []
    plain = replace(student, features=tn.ProductFeatures.of(tn.monomials(2), 3))
    plain.save(tmp_path / "student")
    x = np.random.default_rng(0).uniform(size=(5, 3))
    again = tn.Student.load(tmp_path / "student", features=square)
    assert np.array_equal(again(x), student(x))


def test_metadata_is_json_and_names_every_part():
    student = tn.Student(MPS.random([2] * 3, 1, 2), tn.ProductFeatures.of(tn.hats(2), 3), tn.Softmax(temperature=3.0))
    data = json.loads(json.dumps(student.metadata()))
    assert data["kind"] == "student"
    assert data["transfer"] == {"name": "softmax", "temperature": 3.0}
    assert [feature_map_from_json(one) for one in data["features"]["maps"]] == list(student.features.maps)


def test_a_student_of_another_library_is_saved_and_comes_back_in_numpy(tmp_path):
    student = tn.Student(MPS.random([2] * 3, 1, 2), tn.ProductFeatures.of(tn.monomials(2), 3), tn.identity)
    x = np.random.default_rng(0).uniform(size=(5, 3))
    with array_api_strict.ArrayAPIStrictFlags(boolean_indexing=False, data_dependent_shapes=False):
        foreign = student.like(array_api_strict.asarray(x))
        z = foreign(array_api_strict.asarray(x))
    assert np.max(np.abs(np.from_dlpack(z) - student(x))) <= rounding(student.network, student.features(x))
    foreign.save(tmp_path / "student")
    assert same_bits(tn.Student.load(tmp_path / "student").network, student.network)
