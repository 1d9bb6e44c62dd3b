"""One rule book for all doors: what one takes all others take; what one refuses by name all others refuse by name.

A door is a call with one argument left open. Each is tried with everything that can hold the same numbers, and with
everything that cannot hold any.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import tnsolve as tn

RNG = np.random.default_rng(0)
X = np.round(RNG.random((12, 4)) * 64) / 64
Y = np.round(RNG.random((12, 2)) * 32) / 64 + 0.25
W = np.round(RNG.standard_normal((4, 4)) * 16) / 16
SPREAD = W @ W.T / 16 + np.eye(4)
WEIGHTS = np.arange(1.0, 13.0)
START = tn.Student.affine(X, Y, features=tn.monomials(2))
CHAIN = tn.MPO.from_dense(W, (2, 2), (2, 2), 2)
ONCE = tn.Schedule(1, rank=3)
PCA = tn.BregmanPCA(2, transfer=tn.sigmoid, sweeps=2, workers=1).fit(np.clip(X, 0.25, 0.75))


@dataclass(frozen=True)
class Door:
    """A call with one argument open, numbers that fit there, and what makes of the outcome one array."""

    call: Any
    numbers: np.ndarray
    read: Any = lambda outcome: outcome


def fitted(**options):
    return tn.fit(START, **{"x": X, "y": Y, "schedule": ONCE, "workers": 1, **options}).student(X)


def compressed(weight=W, **options):
    return tn.compress(weight, CHAIN, schedule=tn.Schedule(1, ridge=1e-6), **options).layer.to_dense()


def started(make):
    return lambda x=X, y=Y, **options: make(x, y, features=tn.monomials(2), **options)(X)


def moments(made):
    return np.concatenate([np.ravel(made.cross), np.ravel(made.covariance if made.covariance is not None else 0.0)])


DOORS = {
    "fit(x)": Door(lambda v: fitted(x=v), X),
    "fit(y)": Door(lambda v: fitted(y=v), Y),
    "fit(weights)": Door(lambda v: fitted(weights=v), WEIGHTS),
    "fit(validation x)": Door(lambda v: fitted(validation=(v, Y)), X),
    "fit(validation y)": Door(lambda v: fitted(validation=[X, v]), Y),
    "Student.random(x)": Door(lambda v: started(tn.Student.random)(v), X),
    "Student.principal(x)": Door(lambda v: started(tn.Student.principal)(v), X),
    "Student.affine(x)": Door(lambda v: started(tn.Student.affine)(v), X),
    "Student.affine(y)": Door(lambda v: started(tn.Student.affine)(y=v), Y),
    "Student.affine(weights)": Door(lambda v: started(tn.Student.affine)(weights=v), WEIGHTS),
    "Student(x)": Door(START, X),
    "Student.preactivation(x)": Door(START.preactivation, X),
    "compress(weight)": Door(lambda v: compressed(v), W),
    "compress(inputs)": Door(lambda v: compressed(inputs=v), X),
    "compress(bias)": Door(lambda v: compressed(inputs=X, bias=v), W[0]),
    "compress(metric)": Door(lambda v: compressed(metric=v), SPREAD),
    "MPO.from_dense(weight)": Door(lambda v: tn.MPO.from_dense(v, (2, 2), (2, 2), 2).to_dense(), W),
    "CP.from_dense(weight)": Door(lambda v: tn.CP.from_dense(v, (2, 2), (2, 2), 3).to_dense(), W),
    "Moments.of(x)": Door(lambda v: moments(tn.Moments.of(v, Y)), X),
    "Moments.of(y)": Door(lambda v: moments(tn.Moments.of(X, v)), Y),
    "Moments.of_layer(x)": Door(lambda v: moments(tn.Moments.of_layer(v, W)), X),
    "Moments.of_layer(weight)": Door(lambda v: moments(tn.Moments.of_layer(X, v)), W),
    "Moments.data_free(weight)": Door(lambda v: moments(tn.Moments.data_free(v)), W),
    "Moments.data_free(metric)": Door(lambda v: compressed(metric=tn.Metric.supplied(v)), SPREAD),
    "reduced_rank(weight)": Door(lambda v: tn.reduced_rank(v, rank=2).to_dense(), W),
    "reduced_rank(covariance)": Door(lambda v: tn.reduced_rank(W, v, rank=2).to_dense(), SPREAD),
    "truncated_svd(weight)": Door(lambda v: tn.truncated_svd(v, 2).to_dense(), W),
    "BregmanPCA.fit(x)": Door(lambda v: tn.BregmanPCA(2, sweeps=2, workers=1).fit(v).components_, X),
    "BregmanPCA.partial_fit(x)": Door(lambda v: tn.BregmanPCA(2, workers=1).partial_fit(v).components_, X),
    "BregmanPCA.transform(x)": Door(PCA.transform, np.clip(X, 0.25, 0.75)),
    "BregmanPCA.inverse_transform(codes)": Door(PCA.inverse_transform, Y),
}
door = pytest.mark.parametrize("name", DOORS)


class Frame:
    """A table of another library, of which NumPy can make an array."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype)


def read_only(a):
    a = a.copy()
    a.flags.writeable = False
    return a


HOLDERS = {
    "lists": lambda a: a.tolist(),
    "tuples": lambda a: tuple(map(tuple, a.tolist())) if a.ndim == 2 else tuple(a.tolist()),
    "a frame": Frame,
    "lists of NumPy scalars": lambda a: [np.float64(v) for v in a] if a.ndim == 1 else [list(row) for row in a],
    "read-only": read_only,
    "Fortran order": np.asfortranarray,
    "strides": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "the other byte order": lambda a: a.astype(a.dtype.newbyteorder()),
    "an unmasked array": np.ma.array,
    "complex numbers without an imaginary part": lambda a: a.astype(complex),
    "long doubles": lambda a: a.astype(np.longdouble),
}


@door
@pytest.mark.parametrize("holder", HOLDERS)
def test_every_door_takes_whatever_holds_its_numbers(name, holder):
    call, numbers = DOORS[name].call, DOORS[name].numbers
    found = call(HOLDERS[holder](numbers))
    assert type(found) is np.ndarray
    assert np.array_equal(found, call(numbers))


@door
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int64, np.uint8, np.bool_])
def test_every_door_takes_every_real_dtype(name, dtype):
    call, numbers = DOORS[name].call, DOORS[name].numbers
    if not np.issubdtype(dtype, np.floating):
        numbers = np.eye(*numbers.shape) if numbers.ndim == 2 else np.ones_like(numbers)
    found, expected = call(numbers.astype(dtype)), call(numbers)
    assert found.dtype in (np.float32, np.float64)
    # the numbers are exact in every dtype: what differs is single precision, in a least squares problem of few columns
    assert np.allclose(found, expected, rtol=0, atol=2e-2 * (1 + np.max(np.abs(expected))))


@door
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("parameter", [False, True], ids=["tensor", "parameter"])
def test_every_door_takes_torch_tensors_and_gives_numpy_arrays(name, dtype, parameter):
    torch = pytest.importorskip("torch")
    call, numbers = DOORS[name].call, DOORS[name].numbers
    tensor = torch.tensor(numbers).to(getattr(torch, dtype))
    found = call(torch.nn.Parameter(tensor) if parameter else tensor)
    assert type(found) is np.ndarray
    assert np.array_equal(found, call(tensor.to(torch.float64 if dtype == "float64" else torch.float32).numpy()))


def masked(a):
    return np.ma.array(a, mask=np.arange(a.size).reshape(a.shape) == 1)


def spoiled(value):
    def spoil(a):
        a = a.copy()
        a[(0,) * a.ndim] = value
        return a

    return spoil


def entry(value):
    def enter(a):
        a = a.astype(object)
        a[(0,) * a.ndim] = value
        return a

    return enter


REFUSED = {
    "masked entries": (masked, "1 masked entries"),
    "NaN": (spoiled(np.nan), "nan"),
    "infinity": (spoiled(np.inf), "inf"),
    "an imaginary part": (lambda a: a + 0.5j, "imaginary part 0.5"),
    "a missing value": (entry(None), "None of type NoneType"),
    "text": (lambda a: a.astype(str), "These are text"),
    "objects": (lambda a: a.astype(object), "has dtype object; pass real numbers: array.astype(float64)"),
    "text among objects": (entry("1.0"), "'1.0' of type str"),
    "dates": (lambda a: np.zeros(a.shape, "datetime64[D]"), "These are dates"),
    "records": (lambda a: np.zeros(a.shape, [("a", float)]), "These are records"),
    "ragged lists": (lambda a: [[1.0, 2.0], [3.0]], "cannot become an array"),
    "another number of axes": (lambda a: a[None, None], "shape"),
    "a generator": (lambda a: (v for v in a), "generator"),
}


@door
@pytest.mark.parametrize("kind", REFUSED)
def test_every_door_refuses_by_name_what_holds_no_numbers(name, kind):
    make, said = REFUSED[kind]
    with pytest.raises(ValueError, match=r"\(.*=\.\.\.\)|^Layer") as error:
        DOORS[name].call(make(DOORS[name].numbers))
    assert said in str(error.value)


@door
def test_every_door_refuses_sparse_matrices_and_tensors_elsewhere_by_name(name):
    call, numbers = DOORS[name].call, DOORS[name].numbers
    with pytest.raises(ValueError, match=r"is a sparse matrix .*toarray"):
        call(scipy.sparse.coo_array(np.atleast_2d(numbers)))
    torch = pytest.importorskip("torch")
    with pytest.raises(ValueError, match=r"is a torch tensor on meta; pass it as tensor\.cpu"):
        call(torch.zeros(numbers.shape, device="meta"))


EMPTY = {
    "Student": lambda: START(np.zeros((0, 4))),
    "Student.preactivation": lambda: START.preactivation(np.zeros((0, 4), np.float32)),
    "BregmanPCA.transform": lambda: PCA.transform(np.zeros((0, 4))),
    "BregmanPCA.inverse_transform": lambda: PCA.inverse_transform(np.zeros((0, 2))),
}


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_batch_is_predicted_as_an_empty_batch(name):
    assert EMPTY[name]().shape == (0, 4 if "inverse" in name else 2)


@pytest.mark.parametrize("name", ["fit(x)", "Student.affine(x)", "BregmanPCA.fit(x)", "Moments.of_layer(x)"])
def test_what_learns_needs_a_sample(name):
    with pytest.raises(ValueError, match=r"\(.*=\.\.\.\) (has shape \(0, 4\)|holds no samples)"):
        DOORS[name].call(np.zeros((0, 4)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fitted(validation=(X,)), r"fit\(validation=\.\.\.\) has 1 entries; pass a pair \(x, y\)"),
        (lambda: fitted(validation=(X, Y, WEIGHTS)), r"fit\(validation=\.\.\.\) has 3 entries"),
        (lambda: fitted(validation=X), r"fit\(validation=\.\.\.\) has the type ndarray"),
        (lambda: fitted(patience=2), r"fit\(patience=.*validation"),
        (lambda: fitted(judge=tn.error_rate), r"fit\(judge=.*validation"),
        (lambda: fitted(workers=0), r"fit\(workers=\.\.\.\) is 0"),
        (lambda: fitted(workers=True), r"fit\(workers=\.\.\.\) is True"),
        (lambda: fitted(tolerance="1"), r"fit\(tolerance=\.\.\.\) is '1'"),
        (lambda: tn.BregmanPCA(2.5), r"BregmanPCA\(components=\.\.\.\) is 2\.5; it must be an integer"),
    ],
)
def test_an_argument_that_would_do_nothing_or_cannot_be_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("supplied", [lambda a: compressed(metric=a), tn.Metric.supplied])
def test_every_door_has_one_rule_for_metrics(supplied):
    nearly = SPREAD.copy()
    nearly[0, 1] += 1e-7
    supplied(nearly)
    nearly[0, 1] += 1e-3
    for wrong in nearly, -SPREAD:
        with pytest.raises(ValueError, match=r"\(.*=\.\.\.\) (is not symmetric|has the eigenvalue)"):
            supplied(wrong)
