"""The front door: what can be used becomes clean arrays, what cannot is shown with its call, its value and a remedy."""

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import tnsolve as tn
from tnsolve import checks
from tnsolve.algebra.arrays import namespace

X = np.zeros((4, 3))
DTYPES = [np.float16, np.float32, np.float64, np.int8, np.uint8, np.int64, np.bool_]
shapes = array_shapes(min_dims=2, max_dims=2, max_side=4)


@st.composite
def usable(draw):
    """Real numbers of any dtype and memory layout."""
    dtype = draw(st.sampled_from(DTYPES))
    array = draw(arrays(dtype, shapes, elements=st.floats(-1e4, 1e4, width=16) if dtype in DTYPES[:3] else None))
    array = draw(
        st.sampled_from([np.asarray, np.asfortranarray, lambda a: np.repeat(a, 2, axis=1)[:, ::2], np.flipud])
    )(array)
    array.flags.writeable = draw(st.booleans())
    return array


@given(x=usable())
def test_inputs_keep_their_values_and_become_contiguous_floats(x):
    clean = checks.inputs(x, "fit")
    small = x.dtype in (np.float16, np.float32)
    assert clean.dtype == (np.float32 if small else np.float64)
    assert clean.flags.c_contiguous
    assert np.array_equal(clean, x.astype(clean.dtype))
    assert checks.inputs(x, "fit", dtype=np.float32).dtype == np.float32
    assert np.array_equal(checks.inputs(x.tolist(), "fit"), x.astype(float))


@given(
    x=arrays(np.float64, shapes, elements=st.floats(-1, 1)),
    bad=st.sampled_from([np.nan, np.inf, -np.inf]),
    data=st.data(),
)
def test_a_value_that_is_no_number_is_shown_with_its_place(x, bad, data):
    place = tuple(data.draw(st.integers(0, side - 1)) for side in x.shape)
    x[place] = bad
    for make in (np.asarray, array_api_strict.asarray):
        with pytest.raises(ValueError, match=r"^fit\(x=\.\.\.\) has the value .*; remove or impute") as error:
            checks.inputs(make(x), "fit")
        assert f"{bad} at {place}" in str(error.value)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros(3), r"has shape \(3,\); it must be \(samples, sites\): reshape it"),
        (np.zeros((2, 2, 2)), r"has shape \(2, 2, 2\)"),
        (np.zeros((0, 3)), r"has shape \(0, 3\); at least one sample and one column"),
        (np.zeros((3, 0)), r"has shape \(3, 0\); at least one"),
        (np.zeros((2, 5)), r"has 5 columns but the student has 3 sites; start from a student made for 5 columns"),
        (np.zeros((2, 3), complex), r"has dtype complex128; pass real numbers"),
        (np.array([["a", "b", "c"]]), r"has dtype <U1; pass real numbers"),
        (np.array([[None, 1, 2]]), r"has dtype object; pass real numbers"),
        ([], r"has shape \(0,\)"),
    ],
)
def test_inputs_of_a_wrong_kind_are_shown(x, message):
    with pytest.raises(ValueError, match=r"^Student\.preactivation\(x=\.\.\.\) " + message):
        checks.inputs(x, "Student.preactivation", 3)


@given(
    classes=st.lists(st.integers(0, 4), min_size=4, max_size=4),
    dtype=st.sampled_from([np.int8, np.uint8, np.int64]),
    asarray=st.sampled_from([np.asarray, array_api_strict.asarray]),
)
def test_classes_become_one_hot_rows(classes, dtype, asarray):
    y = asarray(np.array(classes, dtype))
    like = asarray(X)
    assert np.array_equal(np.from_dlpack(checks.targets(y, "fit", like, tn.softmax, 5)), np.eye(5)[classes])
    assert np.array_equal(checks.targets(classes, "fit", X, tn.Softmax(temperature=2.0), 5), np.eye(5)[classes])
    if max(classes) > 0:
        count = max(classes) + 1
        assert np.array_equal(np.from_dlpack(checks.targets(y, "fit", like, tn.softmax)), np.eye(count)[classes])


def test_small_integers_can_name_the_classes_of_a_large_student():
    y = np.array([0, 1, 255, 44], np.uint8)
    one_hot = checks.targets(y, "fit", X, tn.softmax, 300)
    assert one_hot.shape == (4, 300)
    assert np.array_equal(np.argmax(one_hot, axis=1), y)
    assert np.array_equal(one_hot.sum(axis=1), np.ones(4))


@pytest.mark.parametrize(
    ("y", "outputs", "message"),
    [
        ([0, 1, 2, 3], 3, r"has the class 3; .*0 \.\.\. 2"),
        ([0, -1, 2, 1], 3, r"has the class -1; .*0 \.\.\. 2"),
        ([0, -1, 2, 1], None, r"has the class -1; .*0 \.\.\. 2"),
        ([0, 0, 0, 0], None, r"has one class only, 0; a classifier needs at least two"),
        ([0, 1, 1], 2, r"has shape \(3, 2\) for 4 samples; it must be \(4, outputs\)"),
        ([0.0, 1.0, 1.0, 0.0], 2, r"has 1 columns but the student has 2 outputs"),
    ],
)
def test_classes_that_cannot_be_are_shown(y, outputs, message):
    with pytest.raises(ValueError, match=r"^fit\(y=\.\.\.\) " + message):
        checks.targets(np.array(y), "fit", X, tn.softmax, outputs)


def test_one_class_is_enough_where_the_outputs_are_known():
    assert np.array_equal(checks.targets(np.zeros(4, int), "fit", X, tn.softmax, 3), np.eye(3)[[0] * 4])


@pytest.mark.parametrize(
    ("y", "transfer", "message"),
    [
        (np.zeros((3, 1)), tn.identity, r"fit\(y=\.\.\.\) has shape \(3, 1\) for 4 samples"),
        (np.zeros((4, 1, 1)), tn.identity, r"fit\(y=\.\.\.\) has shape \(4, 1, 1\)"),
        (np.zeros((4, 0)), tn.identity, r"fit\(y=\.\.\.\) has 0 columns"),
        (np.zeros((4, 2)), tn.identity, r"fit\(y=\.\.\.\) has 2 columns but the student has 1 outputs"),
        (np.full(4, np.nan), tn.identity, r"fit\(y=\.\.\.\) has the value nan at \(0, 0\)"),
        (np.full(4, 1.5), tn.sigmoid, r"fit has the target 1\.5 .*range \[0, 1\] of sigmoid"),
        (np.full(4, -2.0), tn.tanh, r"fit has the target -2\.0 .*range \[-1, 1\] of tanh"),
        (np.full(4, -1.0), tn.relu, r"fit has the target -1\.0"),
        (np.full(4, -1.0), tn.exp, r"fit has the target -1\.0"),
        (np.full(4, 0.5), tn.softmax, r"fit for softmax has target row 0"),
    ],
)
def test_targets_that_cannot_be_are_shown(y, transfer, message):
    with pytest.raises(ValueError, match=message):
        checks.targets(y, "fit", X, transfer, 1)


@given(y=usable().filter(lambda y: len(y) == 4))
def test_targets_take_the_dtype_of_the_inputs(y):
    for dtype in (np.float32, np.float64):
        clean = checks.targets(y, "fit", X.astype(dtype), tn.identity)
        assert clean.dtype == dtype
        assert clean.flags.c_contiguous
        assert np.array_equal(clean, y.astype(dtype))
    assert checks.targets(y[:, 0], "fit", X, tn.identity).shape == (4, 1)


@given(w=arrays(np.float64, 4, elements=st.floats(0, 1e6)).filter(lambda w: w.sum() > 1e-3), scale=st.floats(1e-3, 1e3))
def test_weights_are_scaled_to_sum_one(w, scale):
    clean = checks.weights(w, "fit", X)
    assert abs(clean.sum() - 1) <= 8 * np.finfo(float).eps
    assert np.allclose(checks.weights(scale * w, "fit", X), clean, rtol=1e-14, atol=0)
    assert np.allclose(checks.weights(w.tolist(), "fit", X), clean, rtol=0, atol=0)
    assert np.array_equal(checks.weights(None, "fit", X), np.full(4, 0.25))


@pytest.mark.parametrize(
    ("w", "message"),
    [
        (np.ones(3), r"has shape \(3,\); it must be \(4,\), one for each sample"),
        (np.ones((4, 1)), r"has shape \(4, 1\)"),
        (np.array([1, -1, 1, 1]), r"has smallest entry -1 and sum 2; weights must not be negative, nor all zero"),
        (np.zeros(4), r"has smallest entry 0 and sum 0"),
        (np.array([1, np.nan, 1, 1]), r"has the value nan at \(1,\)"),
        (np.array([1, np.inf, 1, 1]), r"has the value inf at \(1,\)"),
    ],
)
def test_weights_that_cannot_be_are_shown(w, message):
    with pytest.raises(ValueError, match=r"^fit\(weights=\.\.\.\) " + message):
        checks.weights(w, "fit", X)


def test_two_libraries_at_once_are_refused():
    with pytest.raises(TypeError):
        namespace(X, array_api_strict.ones(4))
