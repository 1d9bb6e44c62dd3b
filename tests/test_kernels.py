"""Kernels: each compiled one equals its readable twin, and each twin its formula."""

import inspect

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import dtypes, seeds

from tnsolve.algebra.kernels import compiled, kernels_for, transfer_kernels_for, transfer_twins, transfers, twins

SHAPES = {
    "khatri_rao": "na,nd",
    "absorb": "na,nd,adb",
    "absorb_label": "nmb,nd,adb",
    "predict_outside": "na,nd,nmb,adb",
    "pull_outside": "na,nd,nmb,nm",
    "curve_outside": "na,nd,nmb,nm,nkm,n,adb",
    "predict_inside": "na,nd,nb,admb",
    "pull_inside": "na,nd,nb,nm",
    "curve_inside": "na,nd,nb,nm,nkm,n,admb",
    "pairs": "nb",
    "label_pairs": "nmb",
    "pair_gram": "na,nd,nb,n",
}
UNSHAPED = {"solve_pairs"}
TRANSFERS = {"softmax", "softmax_divergence", "softmax_rows", "sigmoid_rows", "leaky_rows", "algebraic_rows"}
FORMULAS = {
    "khatri_rao": "na,nd->nad",
    "absorb": "na,nd,adb->nb",
    "absorb_label": "nmb,nd,adb->nma",
    "predict_outside": "na,nd,nmb,adb->nm",
    "pull_outside": "na,nd,nmb,nm->adb",
    "predict_inside": "na,nd,nb,admb->nm",
    "pull_inside": "na,nd,nb,nm->admb",
}
each = pytest.mark.parametrize("name", SHAPES)
sizes = st.fixed_dictionaries(
    {
        "n": st.sampled_from([1, 2, 7, 511, 512, 513, 1030]),
        **{leg: st.integers(1, 4) for leg in "admb"},
        "k": st.integers(0, 2),
    }
)


def draws(name, size, seed, dtype):
    rng = np.random.default_rng(seed)
    shapes = ([size[leg] for leg in legs] for legs in SHAPES[name].split(","))
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def magnitude(name, arguments):
    """The sum of the sizes of all terms. An imaginary u turns the minus sign of the curvature into a plus."""
    parts = [np.abs(argument) for argument in arguments]
    if name.startswith("curve"):
        parts[4] = 1j * parts[4]
    return np.real(getattr(twins, name)(*parts))


def rounding(name, arguments, size):
    """Each output sums at most n (a d b m)^2 products of up to eight factors."""
    terms = size["n"] + 2 * size["a"] * size["d"] * size["b"] * size["m"] + 8
    return 2 * terms * np.finfo(arguments[0].dtype).eps * magnitude(name, arguments)


def public(module):
    functions = inspect.getmembers(module, lambda f: callable(f) and getattr(f, "__module__", "") == module.__name__)
    return {name for name, _ in functions if not name.startswith("_")}


def test_twins_and_compiled_kernels_are_the_same_functions_with_the_same_arguments():
    assert public(twins) - {"triangle", "square"} == public(compiled) == SHAPES.keys() | UNSHAPED
    assert public(transfer_twins) == public(transfers) == TRANSFERS
    for readable, fast in (twins, compiled), (transfer_twins, transfers):
        for name in public(fast):
            parameters = list(inspect.signature(getattr(readable, name)).parameters)
            assert parameters == list(inspect.signature(getattr(fast, name).py_func).parameters)


@each
@given(size=sizes, seed=seeds, dtype=dtypes)
def test_a_compiled_kernel_equals_its_twin(name, size, seed, dtype):
    arguments = draws(name, size, seed, dtype)
    expected, actual = (getattr(module, name)(*arguments) for module in (twins, compiled))
    assert actual.dtype == dtype
    assert actual.shape == expected.shape
    assert np.all(np.abs(actual - expected) <= rounding(name, arguments, size))


@each
@given(size=sizes, seed=seeds)
def test_a_compiled_kernel_reads_read_only_arrays_and_leaves_its_arguments_alone(name, size, seed):
    arguments = draws(name, size, seed, np.float64)
    copies = [argument.copy() for argument in arguments]
    for argument in arguments:
        argument.flags.writeable = False
    difference = getattr(compiled, name)(*arguments) - getattr(compiled, name)(*copies)
    assert np.all(np.abs(difference) <= rounding(name, arguments, size))
    assert all(np.array_equal(a, b) for a, b in zip(arguments, copies, strict=True))


@pytest.mark.parametrize("name", FORMULAS)
@given(size=sizes, seed=seeds)
def test_a_twin_is_its_formula(name, size, seed):
    arguments = draws(name, size, seed, np.float64)
    actual = getattr(twins, name)(*arguments)
    expected = np.einsum(FORMULAS[name], *arguments).reshape(actual.shape)
    assert np.all(np.abs(actual - expected) <= rounding(name, arguments, size))


@pytest.mark.parametrize("side", ["inside", "outside"])
@given(size=sizes, seed=seeds)
def test_the_curvature_product_bends_every_sample_by_its_own_matrix(side, size, seed):
    name = f"curve_{side}"
    arguments = draws(name, size, seed, np.float64)
    left, site, right, h, u, weights, theta = arguments
    bend = h[:, :, None] * np.eye(size["m"]) - np.einsum("nkp,nkq->npq", u, u)
    z = getattr(twins, f"predict_{side}")(left, site, right, theta)
    bent = np.einsum("n,npq,nq->np", weights, bend, z)
    expected = getattr(twins, f"pull_{side}")(left, site, right, bent)
    assert np.all(np.abs(twins.__dict__[name](*arguments) - expected) <= rounding(name, arguments, size))


@given(size=sizes, seed=seeds)
def test_pairs_hold_the_upper_triangle_of_an_outer_product(size, seed):
    (label,) = draws("label_pairs", size, seed, np.float64)
    outer = np.einsum("nmi,nmj->nij", label, label)
    upper = outer[:, *np.triu_indices(size["b"])]
    tolerance = 2 * (size["m"] + 2) * np.finfo(float).eps * magnitude("label_pairs", [label])
    assert np.all(np.abs(twins.label_pairs(label) - upper) <= tolerance)
    assert np.array_equal(twins.pairs(label[:, 0, :]), twins.label_pairs(label[:, :1, :]))
    assert list(zip(*twins.triangle(size["b"]), strict=True)) == list(zip(*np.triu_indices(size["b"]), strict=True))


@each
@given(size=sizes, seed=seeds)
def test_a_twin_keeps_to_the_array_api_standard(name, size, seed):
    arguments = draws(name, size, seed, np.float64)
    foreign = [array_api_strict.asarray(argument) for argument in arguments]
    assert kernels_for(foreign[0]) is twins
    assert kernels_for(arguments[0]) is compiled
    assert transfer_kernels_for(foreign[0]) is transfer_twins
    assert transfer_kernels_for(arguments[0]) is transfers
    with array_api_strict.ArrayAPIStrictFlags(boolean_indexing=False, data_dependent_shapes=False):
        result = getattr(kernels_for(foreign[0]), name)(*foreign)
    expected = getattr(twins, name)(*arguments)
    assert np.all(np.abs(np.from_dlpack(result) - expected) <= rounding(name, arguments, size))


@given(
    n=st.integers(1, 5),
    m=st.integers(1, 4),
    size=st.sampled_from([1e-3, 1.0, 30.0, 1e4]),
    zeros=st.floats(0, 0.9),
    seed=seeds,
    dtype=dtypes,
)
def test_the_softmax_kernels_equal_their_twins(n, m, size, zeros, seed, dtype):
    rng = np.random.default_rng(seed)
    z = (size * rng.standard_normal((n, m))).astype(dtype)
    y = rng.dirichlet(np.ones(m), n) * (rng.uniform(size=(n, m)) >= zeros)
    y = np.where(y.sum(1, keepdims=True) > 0, y / np.maximum(y.sum(1, keepdims=True), 1e-300), 1 / m).astype(dtype)
    relative = 4 * np.finfo(dtype).eps * (m + 8 + np.abs(z).max())
    assert np.allclose(transfers.softmax(z), transfer_twins.softmax(z), rtol=relative, atol=np.finfo(dtype).tiny)
    actual, expected = transfers.softmax_divergence(z, y), transfer_twins.softmax_divergence(z, y)
    assert np.all(np.abs(actual - expected) <= relative * (1 + expected + 2 * np.abs(z).max()))


@given(seed=seeds, rows=st.sampled_from([1, 63, 64, 65, 200]), size=st.integers(1, 9), dtype=dtypes)
def test_packed_systems_are_solved_by_both_kernels(seed, rows, size, dtype):
    """Backward stable: the residual is rounding of |A| |x|, whatever the condition."""
    rng = np.random.default_rng(seed)
    factor = rng.standard_normal((rows, size, size)).astype(dtype)
    matrices = factor @ factor.transpose(0, 2, 1)
    right, shift = rng.standard_normal((rows, size)).astype(dtype), rng.uniform(0.5, 1, rows).astype(dtype)
    packed = np.ascontiguousarray(matrices[:, *twins.triangle(size)])
    shifted = matrices + shift[:, None, None] * np.eye(size, dtype=dtype)
    for kernels in (compiled, twins):
        x = kernels.solve_pairs(packed, right, shift)
        assert x.dtype == dtype
        residual = np.abs(np.einsum("rij,rj->ri", shifted, x) - right)
        scale = np.linalg.norm(shifted, axis=(1, 2)) * np.linalg.norm(x, axis=1)
        assert np.all(residual <= 8 * (size + 1) ** 2 * np.finfo(dtype).eps * scale[:, None])


@pytest.mark.parametrize(("dtype", "gap"), [(np.float32, 97.0), (np.float64, 740.0)])
def test_a_subnormal_target_has_a_finite_divergence(dtype, gap):
    """KL((0, 1) || (1/2, 1/2)) = log 2, however small the 0 really is."""
    y = np.exp(np.array([[-gap, 0.0]])).astype(dtype)
    assert 0 < y[0, 0] < np.finfo(dtype).smallest_normal
    for kernels in (transfers, transfer_twins):
        found = kernels.softmax_divergence(np.zeros((1, 2), dtype), y)
        assert np.allclose(found, np.log(2), rtol=8 * np.finfo(dtype).eps, atol=0)
