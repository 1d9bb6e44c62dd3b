"""Layers: both paths are x @ W.T + b for any leading axes, in the dtype of the cores, and refuse the same shapes."""

from dataclasses import replace
from math import prod

import array_api_compat
import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linear import DECOMPOSED, RANDOM, legs, seeds

import tnsolve as tn
from tnsolve.algebra.legs import Core
from tnsolve.models import linear_layer
from tnsolve.models.linear_layer import Layer
from tnsolve.networks.mpo import MPO
from tnsolve.networks.mps import MPS
from tnsolve.networks.scales import OCTAVE

leading = st.lists(st.integers(0, 3), max_size=3).map(tuple)
dtypes = st.sampled_from((np.float32, np.float64))
families = st.sampled_from(tuple(RANDOM))


@st.composite
def layers(draw):
    """A layer of any family, often smaller than the matrix of its network."""
    network = RANDOM[draw(families)](*draw(legs(4)), draw(st.integers(1, 3)), dtype=draw(dtypes), seed=draw(seeds))
    rows, columns = prod(network.outputs), prod(network.inputs)
    outputs, inputs = draw(st.integers(1, rows)), draw(st.integers(1, columns))
    return Layer(network, np.random.default_rng(draw(seeds)).standard_normal(outputs), inputs)


def paths(layer):
    """The call, and each of the two paths that it may take."""
    return layer, layer.factored, lambda x: replace_rate(layer, x)


def replace_rate(layer, x):
    """The call where the matrix always wins."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linear_layer, "DENSE_RATE", float("inf"))
        return layer(x)


def rounding(layer, x):
    """What a contraction may err by: eps times multiply-adds times the sizes of all factors."""
    sizes = prod(1 + float(np.linalg.norm(core.data)) for core in layer.network.cores)
    bias = float(np.linalg.norm(layer.bias))
    return 16 * np.finfo(layer.bias.dtype).eps * (layer.parameters + 16) * (sizes * (1 + np.linalg.norm(x)) + bias)


@given(layers(), leading, seeds)
def test_both_paths_are_the_matrix_product_for_any_leading_axes(layer, lead, seed):
    x = np.random.default_rng(seed).standard_normal((*lead, layer.inputs)).astype(layer.bias.dtype)
    direct = x @ layer.to_dense().T + layer.bias
    for path in paths(layer):
        y = path(x)
        assert y.shape == direct.shape == (*lead, layer.outputs)
        assert y.dtype == layer.bias.dtype == layer.network.cores[0].data.dtype
        assert np.max(np.abs(y - direct), initial=0.0) <= rounding(layer, x)


@given(layers(), st.data())
def test_every_wrong_shape_is_refused_by_every_path(layer, data):
    lead = data.draw(leading)
    wrong = data.draw(st.integers(0, 9).filter(lambda size: size != layer.inputs))
    for path in paths(layer):
        with pytest.raises(ValueError, match=rf"Layer\(x\) has x of shape .* has {layer.inputs} inputs"):
            path(np.zeros((*lead, wrong)))
        with pytest.raises(ValueError, match=r"Layer\(x\) has the value nan"):
            path(np.full(layer.inputs, np.nan))


@given(layers(), leading, seeds)
def test_what_holds_numbers_is_taken(layer, lead, seed):
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(seed).integers(-3, 4, (*lead, layer.inputs))
    expected = layer(x.astype(layer.bias.dtype))
    frozen = np.asfortranarray(x.astype(np.float16))
    frozen.flags.writeable = False
    for path in paths(layer):
        for given_x in (x, frozen, torch.tensor(x), torch.tensor(x, dtype=torch.bfloat16).requires_grad_(False)):
            y = path(given_x)
            assert isinstance(y, np.ndarray) and y.dtype == expected.dtype and y.shape == expected.shape
            assert np.max(np.abs(y - expected), initial=0.0) <= rounding(layer, x)
    if 0 not in lead:
        assert np.array_equal(layer(x.tolist()), expected)


def test_choosing_a_path_makes_no_matrix(monkeypatch):
    monkeypatch.setattr(MPO, "to_dense", lambda network: pytest.fail("8 MiB where 8 KiB are needed"))
    layer = Layer(MPO.random((32, 32), (32, 32), 1), np.zeros(2**10), 2**10)
    assert layer(np.ones((2, 2**10))).shape == (2, 2**10)
    assert layer(np.ones((0, 2**10))).shape == (0, 2**10)


@given(layers(), st.sampled_from((-300, 300)))
def test_a_scale_that_no_factor_holds_is_shared(layer, octaves):
    count = len(layer.network.cores)
    step = octaves // count
    small = tuple(Core(core.data * core.data.dtype.type(2.0 ** min(120, max(-120, -step))), core.legs)
                  for core in layer.network.cores)  # fmt: skip
    moved = replace(layer.network, cores=small, scale=min(120, max(-120, step)) * count * OCTAVE)
    if isinstance(moved, MPO) and moved.centre is not None:
        moved = replace(moved, centre=None)
    other = Layer(moved, layer.bias, layer.inputs)
    x = np.random.default_rng(0).standard_normal((2, layer.inputs))
    slack = 64 * rounding(layer, x)
    for path, again in zip(paths(layer), paths(other), strict=True):
        assert np.max(np.abs(path(x) - again(x))) <= slack


@given(layers())
def test_a_layer_is_sized_saved_and_read_back(layer):
    import tempfile
    from pathlib import Path

    assert layer.parameters == layer.network.parameters + layer.outputs
    assert layer.bytes == layer.bias.dtype.itemsize * layer.parameters
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layer"
        layer.save(path)
        for again in (Layer.load(path), tn.load(path)):
            assert type(again.network) is type(layer.network)
            assert (again.inputs, again.outputs) == (layer.inputs, layer.outputs)
            x = np.eye(layer.inputs)
            assert again(x).tobytes() == layer(x).tobytes()


def test_a_repr_is_a_line():
    text = repr(Layer(MPO.random((8,) * 8, (8,) * 8, 8), np.zeros(8**8), 8**8))
    assert "\n" not in text and len(text) < 120 and "16777216 -> 16777216" in text


@pytest.mark.parametrize(
    ("bias", "inputs", "words"),
    [
        (np.zeros(5), 4, r"Layer\(bias=...\) has 5 entries for 4 outputs"),
        (np.zeros((4, 1)), 4, r"Layer\(bias=...\) has shape \(4, 1\)"),
        ([0, np.nan], 4, r"Layer\(bias=...\) has the value nan"),
        (np.zeros(4), 5, r"Layer\(inputs=...\) is 5; it must be an integer from 1 to 4"),
        (np.zeros(4), 2.0, r"Layer\(inputs=...\) is 2.0"),
    ],
)
def test_parts_that_do_not_fit_are_named(bias, inputs, words):
    with pytest.raises(ValueError, match=words):
        Layer(MPO.random((2, 2), (2, 2), 2), bias, inputs)


def test_a_network_on_features_is_no_layer():
    with pytest.raises(ValueError, match=r"Layer\(network=...\) has a MPS"):
        Layer(MPS.random((2, 2), 2, 2), np.zeros(2), 4)


@pytest.mark.parametrize("family", [*DECOMPOSED, "CP"])
def test_arrays_of_another_library_stay_in_it(family):
    weight = np.random.default_rng(0).standard_normal((6, 8))
    made = {**DECOMPOSED, "CP": tn.CP.from_dense}[family](array_api_strict.asarray(weight), (2, 4), (3, 2), 2)
    layer = Layer(made, array_api_strict.ones(6), 8)
    x = np.random.default_rng(1).standard_normal((2, 3, 8))
    direct = x @ np.from_dlpack(layer.to_dense()).T + 1
    for path in (layer, layer.factored):
        y = path(array_api_strict.asarray(x))
        assert array_api_compat.is_array_api_strict_namespace(array_api_compat.array_namespace(y))
        assert np.max(np.abs(np.from_dlpack(y) - direct)) <= 1e-12
        assert path(array_api_strict.zeros((0, 8))).shape == (0, 6)
    with pytest.raises(TypeError):
        layer(x)
