"""The front door: what can be used becomes clean arrays, what cannot is shown with its call, its value and a remedy."""

from decimal import Decimal
from fractions import Fraction

import array_api_strict
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import tnsolve as tn
from tnsolve import checks
from tnsolve.algebra.arrays import namespace
from tnsolve.algebra.reading import read

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
        (
            np.full((2, 3), 1j),
            r"has dtype complex128; pass real numbers\. The entry at \(0, 0\) has the imaginary part 1",
        ),
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
        ([0, 1, 1], 2, r"has 3 class labels for 4 samples; pass one for each"),
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
        (np.full(4, np.nan), tn.identity, r"fit\(y=\.\.\.\) has the value nan at \(0,\)"),
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


# -- whatever holds numbers ----------------------------------------------------------------------------------------


class Frame:
    """A table of another library: NumPy can read it, and that is all that is known of it."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype)


def zero_stride(a):
    return np.broadcast_to(a[:1, :], a.shape)


HOLDERS = {
    "lists": lambda a: a.tolist(),
    "tuples": lambda a: tuple(map(tuple, a.tolist())),
    "a list of rows": lambda a: list(a),
    "a frame": Frame,
    "Fortran order": np.asfortranarray,
    "steps backwards": lambda a: a[::-1, ::-1].copy()[::-1, ::-1],
    "the other byte order": lambda a: a.astype(a.dtype.newbyteorder()),
    "decimals": lambda a: [[Decimal(float(v)) for v in row] for row in a],
    "fractions": lambda a: [[Fraction(float(v)) for v in row] for row in a],
    "NumPy scalars": lambda a: [[np.float64(v) for v in row] for row in a],
    "complex numbers without an imaginary part": lambda a: a.astype(complex),
    "long doubles": lambda a: a.astype(np.longdouble),
    "an unmasked array": np.ma.array,
    "rows that are unmasked": lambda a: [np.ma.array(row) for row in a],
    "a matrix": lambda a: np.asmatrix(a) if a.ndim == 2 else a,
}


@pytest.mark.parametrize("holder", HOLDERS)
@given(x=arrays(np.float64, (3, 2), elements=st.integers(-1000, 1000).map(float)))
@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_whatever_holds_numbers_is_the_array_of_them(holder, x):
    held = HOLDERS[holder](x)
    for clean in (
        checks.inputs(held, "fit"),
        checks.array(held, "compress(weight=...)"),
        checks.targets(held, "fit", x, tn.identity),
        checks.activations(held, "fit", tn.identity),
    ):
        assert type(clean) is np.ndarray
        assert clean.dtype == np.dtype(np.float64)
        assert clean.dtype.isnative
        assert clean.flags.c_contiguous
        assert np.array_equal(clean, x)


@given(x=arrays(np.float64, (4, 3), elements=st.floats(-8, 8, width=16)))
def test_a_row_repeated_without_memory_of_its_own_is_taken(x):
    clean = checks.inputs(zero_stride(x), "fit")
    assert clean.flags.c_contiguous
    assert np.array_equal(clean, zero_stride(x))


@pytest.mark.parametrize("wrap", [lambda t: t, lambda t: t.requires_grad_(True)], ids=["tensor", "with gradient"])
@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32", "float64", "float8_e5m2", "int64", "bool"])
def test_torch_tensors_on_the_cpu_are_numpy_arrays(name, wrap):
    torch = pytest.importorskip("torch")
    values = np.array([[0.0, 1.0, 2.0], [-1.0, 0.5, 4.0]])
    tensor = torch.tensor(values).to(getattr(torch, name))
    expected = tensor.to(torch.float64).numpy()
    wide = name in ("float64", "int64", "bool")
    held = [wrap(tensor) if tensor.is_floating_point() else tensor]
    held += [tensor.T.contiguous().T, list(tensor)]
    if tensor.is_floating_point() and tensor.dtype.itemsize > 1:
        held.append(torch.nn.Parameter(tensor.clone()))
    for each in held:
        clean = checks.inputs(each, "fit")
        assert type(clean) is np.ndarray
        assert np.array_equal(clean, expected)
        if not isinstance(each, list):
            assert clean.dtype == (np.float64 if wide else np.float32)
    if tensor.is_floating_point():
        assert read(tensor, "x")[1] == torch.finfo(tensor.dtype).eps


def test_tensors_that_are_elsewhere_or_sparse_are_refused_by_name():
    torch = pytest.importorskip("torch")
    with pytest.raises(ValueError, match=r"fit\(x=\.\.\.\) is a torch tensor on meta; pass it as tensor\.cpu\(\)"):
        checks.inputs(torch.ones(2, 2, device="meta"), "fit")
    with pytest.raises(ValueError, match=r"fit\(x=\.\.\.\) is a torch tensor of layout torch.sparse_coo; .*to_dense"):
        checks.inputs(torch.eye(2).to_sparse(), "fit")
    assert np.array_equal(checks.inputs(torch.eye(2, dtype=torch.complex64).conj(), "fit"), np.eye(2))


MASKED = np.ma.array(np.ones((2, 3)), mask=[[0, 0, 0], [0, 1, 0]])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (MASKED, r"has 1 masked entries, the first at \(1, 1\); impute them"),
        (list(MASKED), r"has 1 masked entries, the first at \(1,\)"),
        ([[1.0, np.ma.masked], [1.0, 2.0]], r"has 1 masked entries"),
        (np.eye(2) * (1 + 2j), r"has the imaginary part 2: pass real and imaginary parts as columns"),
        (np.full((1, 1), complex(1, np.nan)), r"has the imaginary part nan"),
        ([[1, "2"], [3, 4]], r"has dtype <U\d+; pass real numbers\. These are text; convert it with astype"),
        (np.array([[b"1"]]), r"has dtype \|S1; pass real numbers\. These are bytes"),
        (np.array([["2020-01-01"]], "datetime64[D]"), r"These are dates; subtract a first date"),
        (np.array([[1]], "timedelta64[s]"), r"These are durations"),
        (np.zeros((2, 2), [("a", float)]), r"These are records; select numeric columns"),
        ([[1.0, 2.0], [3.0]], r"cannot become an array .*; pass one of numbers, all rows alike"),
        ([[1.0, None]], r"It holds None of type NoneType at \(0, 1\): impute, convert or drop it"),
        (np.array([[1, 2]], object), r"has dtype object; pass real numbers: array\.astype\(int64\)"),
        (np.array([[1.0, {}]], object), r"It holds \{\} of type dict at \(0, 1\)"),
        ([[10**400, 1]], r"has a number beyond the range of float64"),
        (scipy.sparse.csr_matrix(np.eye(2)), r"is a sparse matrix of shape \(2, 2\); pass its \.toarray"),
        (scipy.sparse.coo_array(np.eye(2)), r"is a sparse matrix of shape \(2, 2\)"),
        ((v for v in [1.0]), r"It holds <generator .* of type generator: impute"),
        (None, r"It holds None of type NoneType"),
        ("data.csv", r"These are text"),
        (np.array([[1e300]]), r"has the value 1e\+300 at \(0, 0\), too large for"),
    ],
)
def test_what_holds_no_real_numbers_is_refused_by_name(value, message):
    with pytest.raises(ValueError, match=r"^fit\(x=\.\.\.\) .*" + message):
        checks.inputs(value, "fit", dtype=np.float32)


def test_an_empty_batch_is_taken_where_asked_for():
    assert checks.inputs(np.zeros((0, 3)), "Student", 3, empty=True).shape == (0, 3)
    with pytest.raises(ValueError, match="at least one"):
        checks.inputs(np.zeros((0, 3)), "fit", 3)
    with pytest.raises(ValueError, match="at least one"):
        checks.inputs(np.zeros((3, 0)), "fit", empty=True)
    assert checks.weights(None, "samples", np.zeros((0, 3))).shape == (0,)


@given(labels=arrays(np.bool_, 4))
def test_true_and_false_are_two_classes(labels):
    assert np.array_equal(checks.targets(labels, "fit", X, tn.softmax, 2), np.eye(2)[labels.astype(int)])
    assert np.array_equal(checks.targets(list(labels), "fit", X, tn.softmax, 2), np.eye(2)[labels.astype(int)])


@given(w=arrays(np.float64, 4, elements=st.floats(0.1, 1)), power=st.sampled_from([-307, -40, 0, 40, 308]))
def test_weights_of_any_positive_scale_are_the_same_shares(w, power):
    for dtype in (np.float32, np.float64):
        clean = checks.weights(w * 10.0**power, "fit", X.astype(dtype))
        assert clean.dtype == dtype
        assert np.allclose(clean, w / w.sum(), rtol=8 * np.finfo(dtype).eps, atol=0)


def test_an_argument_of_another_library_is_not_moved():
    foreign = array_api_strict.asarray(X)
    for check in (
        lambda: checks.targets(X, "fit", foreign, tn.identity),
        lambda: checks.targets(foreign, "fit", X, tn.identity),
        lambda: checks.weights(np.ones(4), "fit", foreign),
    ):
        with pytest.raises(TypeError, match=r"^fit\((y|weights)=\.\.\.\) is a \w+ but x is a \w+; move one"):
            check()
    clean = checks.targets([[1], [2], [3], [4]], "fit", foreign, tn.identity)
    assert namespace(clean) is namespace(foreign)


# -- one matrix, one number ----------------------------------------------------------------------------------------


def test_an_array_of_another_shape_is_shown():
    assert checks.array([1, 2], "compress(bias=...)", shape=(2,)).dtype == np.float64
    for value, options, message in (
        ([1.0, 2.0], {"shape": (3,)}, r"has shape \(2,\); it must be \(3,\)"),
        (np.zeros((2, 2)), {"shape": (None, 3)}, r"has shape \(2, 2\); it must be \(any, 3\)"),
        (np.zeros(2), {"ndim": 2}, r"has shape \(2,\); it must have 2 axes"),
        (np.zeros((2, 2)), {"ndim": 1}, r"has shape \(2, 2\); it must have 1 axis: reshape"),
        (np.zeros((0, 2)), {}, r"has shape \(0, 2\); every axis must have at least one entry"),
        ([np.inf], {}, r"has the value inf at \(0,\)"),
    ):
        with pytest.raises(ValueError, match=r"^compress\(bias=\.\.\.\) " + message):
            checks.array(value, "compress(bias=...)", **options)


@given(root=arrays(np.float64, (4, 3), elements=st.floats(-1, 1)), off=st.floats(-1, 1))
def test_a_metric_is_what_single_precision_leaves_of_one(root, off):
    square = root @ root.T
    skew = np.triu(np.full((4, 4), off), 1)
    clean = checks.metric(square + 5e-7 * np.max(np.abs(square)) * skew, "compress(metric=...)", 4)
    assert np.array_equal(clean, clean.T)
    if np.max(np.abs(square)) > 1e-3 and abs(off) > 0.1:
        with pytest.raises(ValueError, match=r"is not symmetric: .* at \(\d, \d\) and .*; pass \(metric"):
            checks.metric(square + 1e-3 * skew, "compress(metric=...)", 4)
        with pytest.raises(ValueError, match=r"has the eigenvalue -.*; it must be positive semi-definite"):
            checks.metric(-square, "compress(metric=...)", 4)


@given(value=st.integers(1, 100), make=st.sampled_from([int, np.int8, np.uint64, np.array]))
def test_whole_numbers_of_numpy_are_counts(value, make):
    found = checks.count(make(value), "fit(workers=...)")
    assert type(found) is int
    assert found == value


@pytest.mark.parametrize("value", [0, -1, 2.0, np.float64(2), True, np.True_, "2", None, np.array([2, 3])])
def test_what_is_no_count_is_shown(value):
    with pytest.raises(ValueError, match=r"^fit\(workers=\.\.\.\) is .*; it must be an integer of at least 1"):
        checks.count(value, "fit(workers=...)")


@given(value=st.floats(0, 1, width=16), make=st.sampled_from([float, np.float16, np.float32, np.float64, np.array]))
def test_numbers_of_numpy_are_numbers(value, make):
    found = checks.number(make(value), "fit(tolerance=...)", 0.0, 1.0)
    assert type(found) is float
    assert found == value


@pytest.mark.parametrize("value", [-0.1, 1.1, np.nan, np.inf, "0.5", None, True, np.True_, 1j, [0.5], 10**400])
def test_what_is_no_number_is_shown(value):
    with pytest.raises(ValueError, match=r"^fit\(tolerance=\.\.\.\) is .*; it must be a finite number from 0 to 1"):
        checks.number(value, "fit(tolerance=...)", 0.0, 1.0)


@pytest.mark.parametrize(
    ("value", "what"), [((X,), "1 entries"), ((X, X, X), "3 entries"), (X, "the type ndarray"), ({}, "the type dict")]
)
def test_what_is_no_pair_is_shown(value, what):
    with pytest.raises(ValueError, match=rf"^fit\(validation=\.\.\.\) has {what}; pass a pair \(x, y\)"):
        checks.pair(value, "fit(validation=...)")
    first, second = checks.pair([X, X], "fit(validation=...)")
    assert first is X and second is X


# -- targets that were rounded before they came ---------------------------------------------------------------------


def probabilities(seed, classes):
    z = 3 * np.random.default_rng(seed).standard_normal((4, classes))
    return np.asarray(tn.softmax(z))


@given(seed=st.integers(0, 2**32 - 1), classes=st.integers(2, 40), like=st.sampled_from([np.float32, np.float64]))
@pytest.mark.parametrize("given_in", ["float16", "float32", "float64"])
def test_probabilities_rounded_to_their_dtype_are_taken_and_sum_to_one(given_in, seed, classes, like):
    y = probabilities(seed, classes).astype(given_in)
    clean = checks.targets(y, "fit", X.astype(like), tn.softmax, classes)
    assert np.all(np.abs(clean.sum(1) - 1) <= (classes + 2) * np.finfo(like).eps)
    assert np.all(np.abs(clean - y) <= (classes + 2) * max(np.finfo(given_in).eps, np.finfo(like).eps))


@given(seed=st.integers(0, 2**32 - 1), classes=st.integers(2, 40), like=st.sampled_from([np.float32, np.float64]))
@pytest.mark.parametrize("given_in", ["float16", "bfloat16", "float32", "float64"])
def test_a_softmax_of_torch_in_any_precision_is_a_row_of_probabilities(given_in, seed, classes, like):
    torch = pytest.importorskip("torch")
    dtype = getattr(torch, given_in)
    z = torch.tensor(np.random.default_rng(seed).standard_normal((4, classes))).to(dtype)
    naive = torch.exp(z)
    for p in (torch.softmax(z, 1), naive / naive.sum(1, keepdim=True)):
        clean = checks.targets(p, "fit", X.astype(like), tn.softmax, classes)
        assert np.all(np.abs(clean.sum(1) - 1) <= (classes + 2) * np.finfo(like).eps)
        assert checks.activations(p, "fit", tn.Softmax(2.0)).shape == p.shape


@pytest.mark.parametrize("given_in", ["float16", "float32", "float64"])
def test_what_rounding_does_not_explain_is_refused_whatever_the_dtype_of_x(given_in):
    y = (1.1 * probabilities(0, 4)).astype(given_in)
    for like in (np.float32, np.float64):
        with pytest.raises(ValueError, match=r"target row 0 with smallest entry .* and sum 1\.(1|099)"):
            checks.targets(y, "fit", X.astype(like), tn.softmax, 4)
    rough = probabilities(0, 4) * (1 + 1e-4)
    with pytest.raises(ValueError, match="target row 0"):
        checks.targets(rough, "fit", X.astype(np.float32) if given_in == "float64" else X, tn.softmax, 4)


@given(dtype=st.sampled_from(["float16", "float32", "float64"]), like=st.sampled_from([np.float32, np.float64]))
@pytest.mark.parametrize("transfer", [tn.sigmoid, tn.tanh, tn.arctan, tn.algebraic, tn.relu, tn.softplus, tn.elu])
def test_saturated_outputs_rounded_to_their_dtype_are_within_the_range(transfer, dtype, like):
    z = np.array([[-1e4, 1e4], [-30.0, 30.0], [-1.0, 1.0], [0.0, 0.0]])
    y = np.asarray(transfer(z.astype(like))).astype(dtype)
    clean = checks.targets(y, "fit", X.astype(like), transfer, 2)
    assert np.all((clean >= transfer.low) & (clean <= like(transfer.high)))
    assert np.all(np.abs(clean - y) <= np.finfo(dtype).eps * np.abs(clean))
