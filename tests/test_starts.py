"""Starts: random ones have outputs of size one, principal ones are zero, affine ones are linear regression."""

import numpy as np
import pytest
from hypothesis import example, given, settings
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


@given(seed=seeds, rank=st.integers(1, 4), label=labels, dtype=dtypes, features=st.sampled_from(CONSTANT[:4]))
@settings(max_examples=5)
def test_a_principal_start_over_many_unrelated_columns_sees_more_than_a_few_outliers(
    seed, rank, label, dtype, features
):
    """Products of 200 columns live on one sample; the wings hold 1 and principal components instead."""
    sites = 200
    x, _ = problem(seed, 60, sites, 1, dtype)
    label = sites // 2 if label is None else label
    y = x[:, label : label + 1] * x[:, :1] + 1
    start = tn.Student.principal(x, y, features=features, rank=rank, label=label)
    assert not start.preactivation(x).any()
    assert start.network.label == start.network.centre == label
    assert wings_are_isometric(start.network)
    assert all(found <= rank for found in start.network.ranks.values())
    solution = tn.fit(start, x, y, schedule=tn.Schedule(1, ridge=1e-3))
    spread = float(np.mean((y - y.mean()) ** 2)) / 2
    assert solution.losses[-1] <= spread * (1 + 1e-2)
    assert solution.losses[-1] <= 0.5 * spread or rank == 1


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


@given(
    seed=seeds, sites=st.integers(1, 12), outputs=st.sampled_from([1, 3, 8, 40]), label=labels, dtype=dtypes,
    feature_map=st.sampled_from(CONSTANT),
)  # fmt: skip
def test_an_affine_start_has_no_more_rank_than_terms_or_outputs(seed, sites, outputs, label, dtype, feature_map):
    x, y = problem(seed, 40, sites, outputs, dtype)
    label = None if label is None else label % sites
    start = tn.Student.affine(x, y, features=feature_map, ridge=1e-3, label=label)
    at, own = start.network.label, feature_map.dim - 1
    for (i, j), bond in start.network.topology.bonds.items():
        if i < j:
            behind = (i + 1 if j <= at else sites - j) * own
            assert start.network.ranks[bond] <= 1 + min(outputs, behind)
    columns = [rows[:, 1:].astype(float) for rows in start.features(x)]
    design = np.concatenate([np.ones((40, 1)), *columns], axis=1)
    tolerance = 256 * np.finfo(dtype).eps * design.size * np.max(np.abs(y)) * 1e3
    expected = design @ np.linalg.lstsq(design, start.preactivation(x).astype(float), rcond=1e-12)[0]
    assert np.max(np.abs(start.preactivation(x) - expected)) <= tolerance


def test_an_affine_start_of_a_thousand_outputs_needs_no_more_memory_than_its_terms():
    x, y = problem(0, 80, 5, 1000)
    start = tn.Student.affine(x, y, features=tn.monomials(2), ridge=0.0)
    assert start.parameters <= 3 * 2 * 1000 * 3 + 4 * 3 * 2 * 3
    expected, design = regression([rows[:, 1:] for rows in start.features(x)], y)
    tolerance = 64 * EPS * design.size * np.linalg.cond(design) ** 2 * np.max(np.abs(y))
    assert np.max(np.abs(start(x) - expected)) <= tolerance


@given(seed=seeds, power=st.integers(-5, 5), dtype=dtypes, outputs=st.integers(1, 2))
def test_an_affine_start_does_not_mind_the_scale_of_a_column(seed, power, dtype, outputs):
    """The ridge is relative to each column: the same function, up to the rounding of what scaling makes of x."""
    x, y = problem(seed, 60, 4, outputs, dtype)
    scales = np.array([1.0, 10.0**power, 1.0, 10.0**-power]).astype(dtype)
    plain = tn.Student.affine(x, y, features=tn.monomials(2), ridge=1e-3)
    try:
        scaled = tn.Student.affine(x * scales, y, features=tn.monomials(2), ridge=1e-3)
    except ValueError as error:
        assert dtype == np.float32 and abs(power) >= 3
        assert "scale that column" in str(error)
        return
    # a QR turns entries that differ by the scales into one another: its rounding is relative to the largest
    rounding = 2**8 * np.finfo(dtype).eps * 10.0 ** abs(power)
    assert np.max(np.abs(scaled(x * scales) - plain(x))) <= rounding * float(np.max(np.abs(y)))


def ground(seed, offset, dtype):
    """Columns of one spread around `offset`, and a target that a product of two of them and a sum explain."""
    u = np.random.default_rng(seed).random((100, 4)) + offset
    y = u[:, :1] + (u[:, 1:2] - offset) * u[:, 2:3] + u[:, 3:] / 2
    return u, y.astype(dtype)


def unexplained(student, x, y):
    """Mean square error, relative to that of the best constant."""
    y = y.astype(float)
    return np.mean((student(x).astype(float) - y) ** 2) / np.mean((y - y.mean()) ** 2)


@given(
    seed=seeds,
    power=st.floats(-5, 5),
    offset=st.sampled_from([0.0, -0.5, 5.0]),
    dim=st.integers(2, 3),
    dtype=dtypes,
    begin=st.sampled_from([tn.Student.principal, tn.Student.affine]),
)
@example(seed=0, power=-5.0, offset=0.0, dim=3, dtype=np.float32, begin=tn.Student.affine)
@example(seed=0, power=5.0, offset=0.0, dim=2, dtype=np.float32, begin=tn.Student.affine)
@example(seed=0, power=5.0, offset=5.0, dim=3, dtype=np.float32, begin=tn.Student.affine)
@settings(max_examples=40)
def test_columns_of_any_scale_are_fitted_better_than_by_a_constant_or_refused_by_name(
    seed, power, offset, dim, dtype, begin
):
    u, y = ground(seed, offset, dtype)
    x = (10.0**power * u).astype(dtype)
    schedule = tn.Schedule(4, rank=3)
    try:
        start = begin(x, y, features=tn.monomials(dim))
    except ValueError as error:
        assert "ProductFeatures.orthonormal(x)" in str(error) or "scale that column" in str(error)
        features = tn.ProductFeatures.of(tn.monomials(dim), 4)
        start = begin(x.astype(float), y.astype(float), features=features.orthonormal(x.astype(float)))
        x, y = x.astype(float), y.astype(float)
    solution = tn.fit(start, x, y, schedule=schedule)
    assert unexplained(solution.student, x, y) < 1


@pytest.mark.parametrize("size", [1e20, 1e37, 1e100, 1e160, 1e300])
@pytest.mark.parametrize("begin", [tn.Student.random, tn.Student.principal, tn.Student.affine])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_columns_beyond_all_measure_are_refused_by_name(size, begin, dtype):
    x, y = problem(0, 30, 3, 1)
    x[:, 1] *= size
    with pytest.raises(ValueError, match=r"column 1|too large for"):
        begin(x.astype(dtype) if size < float(np.finfo(dtype).max) else x, y, features=tn.monomials(2))


def test_columns_that_do_not_vary_are_fitted_by_a_constant():
    x, y = np.full((30, 3), 0.1), np.arange(30.0)[:, None]
    for begin in (tn.Student.random, tn.Student.principal, tn.Student.affine):
        solution = tn.fit(begin(x, y, features=tn.legendre(2)), x, y)
        assert np.allclose(solution.student(x), y.mean(), rtol=1e-2)


@given(seed=seeds, power=st.integers(0, 5))
def test_an_affine_start_keeps_small_differences_of_large_single_precision_targets(seed, power):
    x, z = problem(seed, 200, 3, 1, np.float32)
    x64 = x.astype(float)
    y = (10.0**power + z).astype(np.float32)
    expected, _ = regression([x64], y.astype(float))
    start = tn.Student.affine(x, y, features=tn.monomials(2), ridge=0.0)
    assert np.max(np.abs(start(x) - expected)) <= 64 * np.finfo(np.float32).eps * (10.0**power + 40)


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
