"""Starts: random ones have outputs of size one, principal ones are zero, affine ones are linear regression."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import EPS, dense, product_rows, same_bits, seeds

import tnsolve as tn
from tnsolve.algebra.legs import matrix, without

dtypes = st.sampled_from([np.float32, np.float64])
labels = st.none() | st.integers(0, 5)
CONSTANT = [
    *(tn.monomials(2), tn.monomials(3), tn.legendre(3), tn.chebyshev(2), tn.fourier(3, period=3.0), tn.hermite(3)),
    *(tn.hats(3), tn.hats([0.0, 0.2, 0.5, 1.0])),
]


def problem(seed, samples, sites, outputs, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return rng.uniform(size=(samples, sites)).astype(dtype), rng.standard_normal((samples, outputs)).astype(dtype)


def wings_are_isometric(network):
    eps = np.finfo(network.cores[0].data.dtype).eps
    for parent, child in network.topology.outward(network.label):
        core, bond = network.cores[child], network.topology.bonds[parent, child]
        q = matrix(core, without(core.legs, bond), (bond,))
        if np.linalg.norm(q.T @ q - np.eye(q.shape[1])) > 64 * eps * q.size:
            return False
    return True


def regression(columns, y):
    """Predictions of unpenalised linear regression, and the condition number of its design."""
    design = np.concatenate([np.ones((len(y), 1)), *columns], axis=1)
    return design @ np.linalg.lstsq(design, y, rcond=1e-12)[0], design


# -- random --------------------------------------------------------------------------------------------------------


@given(
    seed=seeds, sites=st.integers(1, 8), rank=st.integers(1, 4), outputs=st.integers(1, 3), label=labels, dtype=dtypes
)
def test_a_random_start_has_outputs_of_root_mean_square_one(seed, sites, rank, outputs, label, dtype):
    x, y = problem(seed, 20, sites, outputs, dtype)
    label = None if label is None else label % sites
    start = tn.Student.random(x, y, features=tn.trigonometric(), rank=rank, label=label, seed=seed)
    z = start.preactivation(x)
    steps = 8 * (sites + 1) * (rank**2 * 2 * outputs + 20)
    assert z.dtype == dtype
    assert abs(np.mean(z.astype(float) ** 2) - 1) <= steps * np.finfo(dtype).eps
    assert start.network.centre == start.network.label == (sites // 2 if label is None else label)
    assert wings_are_isometric(start.network)
    again = tn.Student.random(x, y, features=tn.trigonometric(), rank=rank, label=label, seed=seed)
    assert same_bits(start.network, again.network)


def test_another_seed_is_another_start():
    x, y = problem(0, 20, 4, 1)
    first, second = (tn.Student.random(x, y, features=tn.monomials(), seed=seed) for seed in (0, 1))
    assert not same_bits(first.network, second.network)


# -- principal -----------------------------------------------------------------------------------------------------


@given(
    seed=seeds, sites=st.integers(1, 6), rank=st.integers(1, 5), outputs=st.integers(1, 3), label=labels, dtype=dtypes
)
def test_a_principal_start_is_the_zero_function_with_isometric_wings(seed, sites, rank, outputs, label, dtype):
    x, y = problem(seed, 40, sites, outputs, dtype)
    label = None if label is None else label % sites
    start = tn.Student.principal(x, y, features=tn.legendre(2), rank=rank, label=label)
    assert not start.preactivation(x).any()
    assert start.preactivation(x).dtype == dtype
    assert start.network.label == start.network.centre == (sites // 2 if label is None else label)
    assert wings_are_isometric(start.network)
    assert all(found <= rank for found in start.network.ranks.values())
    again = tn.Student.principal(x, y, features=tn.legendre(2), rank=rank, label=label)
    assert same_bits(start.network, again.network)


@given(seed=seeds, rank=st.integers(1, 4))
def test_the_outermost_core_holds_the_principal_directions_of_its_site_vectors(seed, rank):
    x, y = problem(seed, 40, 3, 1)
    start = tn.Student.principal(x, y, features=tn.legendre(4), rank=rank, label=2)
    rows = start.features(x)[0]
    moment = rows.T @ rows / len(rows)
    core = start.network.cores[0].data[0]
    held = np.trace(core.T @ moment @ core)
    assert np.isclose(held, np.sum(np.linalg.eigvalsh(moment)[::-1][: core.shape[1]]), rtol=1e3 * EPS)


# -- affine --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("feature_map", CONSTANT, ids=repr)
@given(seed=seeds, sites=st.integers(1, 6), outputs=st.integers(1, 3), label=labels)
def test_an_affine_start_is_linear_regression_on_the_site_vectors(feature_map, seed, sites, outputs, label):
    x, y = problem(seed, 100, sites, outputs)
    label = None if label is None else label % sites
    start = tn.Student.affine(x, y, features=feature_map, ridge=0.0, label=label)
    constant = feature_map.unit is not None and isinstance(feature_map, type(tn.hats(3)))
    columns = [rows[:, :-1] if constant else rows[:, 1:] for rows in start.features(x)]
    expected, design = regression(columns, y)
    tolerance = 64 * EPS * design.size * np.linalg.cond(design) ** 2 * np.max(np.abs(y))
    assert np.max(np.abs(start.preactivation(x) - expected)) <= tolerance
    assert all(rank <= 1 + outputs for rank in start.network.ranks.values())


@given(seed=seeds, sites=st.sampled_from([40, 100]), outputs=st.integers(1, 2))
@settings(max_examples=6)
def test_an_affine_start_is_linear_regression_however_many_columns_there_are(seed, sites, outputs):
    x, y = problem(seed, 4 * sites, sites, outputs)
    start = tn.Student.affine(x, y, features=tn.legendre(2), ridge=0.0)
    expected, design = regression([rows[:, 1:] for rows in start.features(x)], y)
    tolerance = 64 * EPS * design.size * np.linalg.cond(design) ** 2 * np.max(np.abs(y))
    assert np.max(np.abs(start.preactivation(x) - expected)) <= tolerance


def test_an_affine_start_of_one_output_has_rank_two():
    x, y = problem(1, 100, 7, 1)
    start = tn.Student.affine(x, y, features=tn.monomials(2))
    assert set(start.network.ranks.values()) == {2}


def test_affine_targets_are_reproduced_and_a_constant_one_has_rank_one():
    x, _ = problem(2, 100, 5, 1)
    y = 0.5 + x @ np.arange(5.0)[:, None]
    start = tn.Student.affine(x, y, features=tn.legendre(3), ridge=0.0)
    assert np.max(np.abs(start(x) - y)) <= 1e4 * EPS * np.max(np.abs(y))
    constant = tn.Student.affine(x, 0 * y + 3.0, features=tn.legendre(3), ridge=0.0)
    assert np.max(np.abs(constant(x) - 3)) <= 1e4 * EPS


@given(seed=seeds, sites=st.integers(1, 6), outputs=st.integers(1, 3))
def test_without_a_constant_an_affine_start_is_regression_on_the_tangent_space_of_a_product(seed, sites, outputs):
    x, y = problem(seed, 100, sites, outputs)
    start = tn.Student.affine(x, y, features=tn.trigonometric(), ridge=0.0)
    rows = start.features(x)
    fronts = [np.linalg.eigh(phi.T @ phi)[1] for phi in rows]
    inner = [phi @ basis[:, -1] for phi, basis in zip(rows, fronts, strict=True)]
    outer = [phi @ basis[:, 0] for phi, basis in zip(rows, fronts, strict=True)]
    whole = np.prod(inner, axis=0)
    design = np.stack([whole, *(np.prod(inner[:k] + inner[k + 1 :], axis=0) * outer[k] for k in range(sites))], axis=1)
    expected = design @ np.linalg.lstsq(design, y, rcond=1e-12)[0]
    tolerance = 64 * EPS * design.size * np.linalg.cond(design) ** 2 * np.max(np.abs(y))
    assert np.max(np.abs(start.preactivation(x) - expected)) <= tolerance


@given(seed=seeds, sites=st.integers(1, 4), transfer=st.sampled_from([tn.softmax, tn.sigmoid, tn.tanh, tn.softplus]))
@settings(max_examples=15)
def test_an_affine_start_of_any_transfer_is_generalised_linear_regression(seed, sites, transfer):
    x, z = problem(seed, 60, sites, 3)
    y = transfer(z)
    start = tn.Student.affine(x, y, features=tn.legendre(2), transfer=transfer)
    rows = [phi[:, 1:] for phi in start.features(x)]
    design = np.concatenate([np.ones((60, 1)), *rows], axis=1)
    gradient = design.T @ (start(x) - y) / 60
    # the last Newton step gained at most 1e-6 of the loss; its first CG product gains |gradient|^2 / (2 curvature)
    loss = np.mean(transfer.loss(start.preactivation(x), y))
    curvature = transfer.bound * np.linalg.norm(design, 2) ** 2 / 60
    assert np.linalg.norm(gradient) ** 2 <= 4 * curvature * 1e-6 * loss + 1e-8


# -- any library, any length ---------------------------------------------------------------------------------------


@given(seed=seeds, sites=st.integers(1, 5), outputs=st.integers(1, 2))
@settings(max_examples=10)
def test_starts_from_arrays_that_keep_to_the_standard_are_the_same_functions(seed, sites, outputs):
    import array_api_strict

    x, y = problem(seed, 30, sites, outputs)
    foreign = [array_api_strict.asarray(array) for array in (x, y)]
    kinds = [
        (tn.Student.random, {"rank": 2}),
        (tn.Student.principal, {"rank": 2}),
        (tn.Student.affine, {"ridge": 1e-3}),
    ]
    for make, options in kinds:
        ours = make(x, y, features=tn.legendre(2), **options)
        with array_api_strict.ArrayAPIStrictFlags(boolean_indexing=False, data_dependent_shapes=False):
            theirs = make(*foreign, features=tn.legendre(2), **options)
            z = theirs(foreign[0])
        tolerance = 1e4 * EPS * 30 * sites * (1 + np.max(np.abs(y)))
        assert np.max(np.abs(np.from_dlpack(z) - ours(x))) <= tolerance
        assert theirs.network.ranks == ours.network.ranks


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_long_starts_stay_finite(dtype):
    x, y = problem(0, 64, 784, 2, dtype)
    starts = [
        tn.Student.principal(x, y, features=tn.trigonometric(), rank=3),
        tn.Student.random(x, y, features=tn.trigonometric(), rank=3),
    ]
    for start in starts:
        assert np.all(np.isfinite(start(x)))
        assert all(np.all(np.isfinite(core.data)) for core in start.network.cores)
        assert start(x).dtype == dtype


def test_the_dense_tensor_of_an_affine_start_is_the_sum_of_its_terms():
    x, y = problem(3, 50, 3, 1)
    start = tn.Student.affine(x, y, features=tn.monomials(2), ridge=0.0)
    design = np.concatenate([np.ones((50, 1)), x], axis=1)
    b, *w = np.linalg.lstsq(design, y[:, 0])[0]
    expected = np.zeros((2, 2, 2, 1))
    expected[0, 0, 0] = b
    expected[1, 0, 0], expected[0, 1, 0], expected[0, 0, 1] = w
    tolerance = 64 * EPS * design.size * np.linalg.cond(design) ** 2 * np.max(np.abs(y))
    assert np.max(np.abs(dense(start.network) - expected)) <= tolerance
    assert np.max(np.abs(product_rows(start.features(x)) @ expected.reshape(8, 1) - start(x))) <= tolerance
