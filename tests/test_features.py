"""Feature maps: recurrences against NumPy and SciPy, orthonormality by quadrature, exact JSON, messages of `check`."""

import json
from math import factorial, pi

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.polynomial import chebyshev, hermite_e, legendre
from scipy.interpolate import BSpline
from scipy.special import eval_chebyt, eval_hermitenorm, eval_legendre

import tnsolve.features as tf

EPS = np.finfo(np.float64).eps
MAPS = [
    *(tf.monomials(), tf.monomials(5), tf.trigonometric(), tf.fourier(1), tf.fourier(7, period=0.7)),
    *(tf.legendre(1), tf.legendre(6), tf.chebyshev(1), tf.chebyshev(2), tf.chebyshev(6), tf.hermite(6)),
    *(tf.hats(4), tf.hats([-1.0, 0.5, 3.0]), tf.onehot(1), tf.onehot(4)),
    tf.Mixed(tf.legendre(2), ((1.0, 0.0), (0.1, 1 / 3))),
]
QUADRATIC = tf.custom(lambda x: np.stack([x**2, 1 + x], axis=-1), 2, low=0.0, high=1.0, name="quadratic")


def each(maps):
    return pytest.mark.parametrize("feature_map", maps, ids=repr)


def inside(feature_map, uniform):
    """Numbers of [0, 1] moved into the range of the map."""
    low, high = max(feature_map.low, -2.0), min(feature_map.high, 2.0)
    x = low + (high - low) * uniform
    return np.round(x) if feature_map.discrete else x


def uniforms(shape=(4, 3)):
    return arrays(np.float64, shape, elements=st.floats(0, 1, width=32))


@each(MAPS)
@given(u=uniforms(), dtype=st.sampled_from([np.float32, np.float64]))
def test_a_map_appends_one_axis_acts_elementwise_and_keeps_the_dtype(feature_map, u, dtype):
    x = inside(feature_map, u).astype(dtype)
    phi = feature_map(x)
    assert phi.shape == (4, 3, feature_map.dim)
    assert phi.dtype == dtype
    assert np.allclose(phi[2, 1], feature_map(x[2, 1:2])[0], rtol=16 * np.finfo(dtype).eps, atol=0)
    feature_map.check(x, "test")


@each([feature_map for feature_map in MAPS if feature_map.unit is not None])
@given(u=uniforms())
def test_the_unit_vector_contracts_to_one(feature_map, u):
    phi = feature_map(inside(feature_map, u))
    size = np.abs(phi) @ np.abs(feature_map.unit)
    assert np.all(np.abs(phi @ np.array(feature_map.unit) - 1) <= 16 * EPS * size)


@given(u=uniforms())
def test_trigonometric_vectors_have_norm_one_and_no_unit(u):
    phi = tf.trigonometric()(u)
    assert np.allclose(np.sum(phi**2, axis=-1), 1, rtol=0, atol=4 * EPS)
    assert tf.trigonometric().unit is None


@given(x=arrays(np.float64, 5, elements=st.floats(-1, 1)), dim=st.integers(1, 12))
def test_the_recurrences_agree_with_scipy(x, dim):
    def table(evaluate, norm):
        return np.stack([norm(k) * evaluate(k, x) for k in range(dim)], axis=-1)

    tolerance = 64 * EPS * dim**2
    for actual, expected in (
        (tf.monomials(dim)(x), np.vander(x, dim, increasing=True)),
        (tf.legendre(dim)(x), table(eval_legendre, lambda k: (2 * k + 1) ** 0.5)),
        (tf.chebyshev(dim)(x), table(eval_chebyt, lambda k: 2**0.5 if k else 1.0)),
        (tf.hermite(dim)(x), table(eval_hermitenorm, lambda k: factorial(k) ** -0.5)),
    ):
        assert np.allclose(actual, expected, rtol=tolerance, atol=tolerance)


@given(x=arrays(np.float64, 5, elements=st.floats(-3, 3)), frequencies=st.integers(0, 6), period=st.floats(0.5, 4))
def test_fourier_agrees_with_cosines_and_sines(x, frequencies, period):
    waves = [np.ones_like(x)]
    for k in range(1, frequencies + 1):
        waves += [2**0.5 * np.cos(2 * pi * k * x / period), 2**0.5 * np.sin(2 * pi * k * x / period)]
    actual = tf.fourier(2 * frequencies + 1, period=period)(x)
    assert np.allclose(actual, np.stack(waves, axis=-1), rtol=0, atol=64 * EPS * (1 + frequencies) * 38)


@pytest.mark.parametrize(
    ("feature_map", "nodes", "weights"),
    [
        (tf.legendre(9), *legendre.leggauss(12)),
        (tf.chebyshev(9), *chebyshev.chebgauss(12)),
        (tf.hermite(9), *hermite_e.hermegauss(12)),
        (tf.fourier(9, period=3.0), 3.0 * np.arange(12) / 12, np.ones(12)),
    ],
    ids=["legendre", "chebyshev", "hermite", "fourier"],
)
def test_orthonormal_families_are_orthonormal_by_quadrature(feature_map, nodes, weights):
    phi = feature_map(nodes)
    gram = (phi.T * (weights / weights.sum())) @ phi
    assert np.allclose(gram, np.eye(9), rtol=0, atol=1e3 * EPS)


@given(steps=arrays(np.float64, 5, elements=st.floats(0.1, 2)), u=uniforms())
def test_hats_are_linear_splines_and_a_partition_of_unity(steps, u):
    knots = np.cumsum(steps)
    feature_map = tf.hats(knots.tolist())
    x = inside(tf.hats([0.0, 1.0]), u) * (knots[-1] - knots[0]) + knots[0]
    phi = feature_map(x)
    splines = BSpline(np.concatenate([knots[:1], knots, knots[-1:]]), np.eye(5), 1)
    assert np.allclose(phi, splines(np.minimum(x, knots[-1])), rtol=0, atol=64 * EPS * knots[-1] / steps.min())
    assert np.allclose(phi.sum(-1), 1, rtol=0, atol=8 * EPS)
    assert np.all(feature_map(knots) == np.eye(5))


def test_equidistant_hats_and_onehot():
    assert tf.hats(3, low=-1.0, high=1.0).knots == (-1.0, 0.0, 1.0)
    assert np.array_equal(tf.onehot(3)(np.array([2.0, 0.0])), [[0, 0, 1], [1, 0, 0]])


@each([*MAPS, QUADRATIC])
def test_the_standard_alone_is_enough(feature_map):
    x = inside(feature_map, np.random.default_rng(0).uniform(size=(5, 2)))
    if feature_map is QUADRATIC:
        feature_map = tf.custom(lambda x: array_api_strict.stack([x**2, 1 + x], axis=-1), 2)
        expected = QUADRATIC(x)
    else:
        expected = feature_map(x)
    strict = array_api_strict.asarray(x)
    features = tf.ProductFeatures.of(feature_map, sites=2)
    features.check(strict, "test")
    for site, phi in enumerate(features(strict)):
        assert np.allclose(np.from_dlpack(phi), expected[:, site, :], rtol=4 * EPS, atol=4 * EPS)
    assert len(features.orthonormal(strict).maps) == 2


@given(
    u=uniforms((5, 3)),
    maps=st.one_of(
        st.sampled_from(MAPS).map(lambda feature_map: (feature_map,) * 3), st.tuples(*[st.sampled_from(MAPS)] * 3)
    ),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_product_features_are_the_maps_site_by_site(u, maps, dtype):
    x = np.stack([inside(feature_map, u[:, s]) for s, feature_map in enumerate(maps)], axis=1).astype(dtype)
    features = tf.ProductFeatures.of(maps, sites=3)
    features.check(x, "test")
    assert features.dims == tuple(feature_map.dim for feature_map in maps)
    for s, phi in enumerate(features(x)):
        assert phi.flags.c_contiguous
        assert phi.dtype == dtype
        assert np.allclose(phi, maps[s](x[:, s]), rtol=16 * np.finfo(dtype).eps, atol=16 * np.finfo(dtype).eps)


@each([feature_map for feature_map in MAPS if not feature_map.discrete])
@given(seed=st.integers(0, 99))
def test_orthonormal_features_have_the_identity_as_second_moment(feature_map, seed):
    x = inside(feature_map, np.random.default_rng(seed).uniform(size=(200, 2)))
    features = tf.ProductFeatures.of(feature_map, sites=2)
    for raw, phi in zip(features(x), features.orthonormal(x)(x), strict=True):
        condition = np.linalg.cond(raw.T @ raw)
        assert np.allclose(phi.T @ phi / len(x), np.eye(feature_map.dim), rtol=0, atol=64 * EPS * condition)


@given(value=st.floats(-1, 1), dtype=st.sampled_from([np.float32, np.float64]))
def test_a_constant_column_keeps_its_constant_and_nothing_else(value, dtype):
    x = np.full((50, 1), value, dtype=dtype)
    (feature_map,) = tf.ProductFeatures.of(tf.legendre(3), sites=1).orthonormal(x).maps
    assert np.allclose(feature_map(np.linspace(-1, 1, 5)), [1, 0, 0], rtol=0, atol=8 * EPS)
    assert feature_map.unit == pytest.approx((1, 0, 0), abs=1e-15)


def test_an_absent_category_gets_no_direction_and_ends_the_unit():
    x = np.array([[0.0], [0.0], [2.0], [0.0]])
    features = tf.ProductFeatures.of(tf.onehot(3), sites=1).orthonormal(x)
    (phi,) = features(x)
    assert np.allclose(phi.T @ phi / 4, np.diag([1, 0, 1]), rtol=0, atol=8 * EPS)
    assert features.maps[0].unit is None


@each([tf.monomials(4), tf.hats(4), tf.chebyshev(5)])
def test_orthonormal_features_keep_a_unit(feature_map):
    x = inside(feature_map, np.random.default_rng(1).uniform(size=(100, 1)))
    features = tf.ProductFeatures.of(feature_map, sites=1).orthonormal(x)
    (phi,) = features(x)
    size = np.abs(phi) @ np.abs(features.maps[0].unit)
    assert np.all(np.abs(phi @ np.array(features.maps[0].unit) - 1) <= 1e4 * EPS * size)


@each(MAPS)
def test_json_round_trip_is_exact(feature_map):
    assert tf.feature_map_from_json(json.loads(json.dumps(feature_map.to_json()))) == feature_map


def test_json_round_trip_of_product_features_is_exact():
    x = np.random.default_rng(0).uniform(size=(20, 3))
    features = tf.ProductFeatures.of([tf.legendre(3), tf.hats(3), tf.fourier(3, period=0.1)], sites=3).orthonormal(x)
    assert tf.features_from_json(json.loads(json.dumps(features.to_json()))) == features


@given(u=uniforms((4, 3)), row=st.integers(0, 3), column=st.integers(0, 2), excess=st.floats(0.01, 5))
def test_the_worst_value_out_of_range_is_named(u, row, column, excess):
    maps = (tf.legendre(3), tf.trigonometric(), tf.hats(3, low=-2.0, high=4.0))
    x = np.stack([inside(feature_map, u[:, s]) for s, feature_map in enumerate(maps)], axis=1)
    x[row, column] = maps[column].high + excess
    name = maps[column].name
    with pytest.raises(
        ValueError, match=rf"^fit\(x=\.\.\.\) has .* in column {column}, row {row}, .* of {name}; scale"
    ):
        tf.ProductFeatures(maps).check(x, "fit(x=...)")


def test_rounding_at_an_end_of_the_range_is_forgiven():
    tf.legendre(3).check(np.array([[1 + 1e-6], [-1 - 1e-6]]), "test")
    with pytest.raises(ValueError, match=r"1\.00001.*scale that column into \[-1, 1\]"):
        tf.legendre(3).check(np.array([[1 + 1e-5]]), "test")


@each(MAPS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_refused(feature_map, value):
    with pytest.raises(ValueError, match=str(value)):
        feature_map.check(np.array([[0.0, value]]), "test")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tf.legendre(0), r"legendre\(dim=0\) must be an integer of at least 1"),
        (lambda: tf.monomials(2.5), r"monomials\(dim=2.5\)"),
        (lambda: tf.fourier(4), r"fourier\(dim=4\) must be odd.*fourier\(5\)"),
        (lambda: tf.fourier(3, period=0.0), r"period=0.0"),
        (lambda: tf.hats(1), r"hats\(dim=1\)"),
        (lambda: tf.hats([0.0, 1.0, 1.0]), "increasing knots"),
        (
            lambda: tf.onehot(3).check(np.array([[1.0, 0.5]]), "fit(x=...)"),
            r"0.5 in column 1, row 0, outside the integers",
        ),
        (lambda: tf.onehot(3).check(np.array([[3.0]]), "fit(x=...)"), "larger dim"),
        (lambda: QUADRATIC.to_json(), r"'quadratic' cannot be saved.*features="),
        (lambda: tf.custom(np.sin, 2)(np.zeros(3)), r"custom\(dim=2\) got shape \(3,\)"),
        (lambda: tf.feature_map_from_json({"name": "wavelet"}), "known: monomials"),
        (lambda: tf.ProductFeatures(()), "no site"),
        (lambda: tf.ProductFeatures.of([tf.onehot(2)] * 3, sites=4), "3 maps for 4 sites"),
        (
            lambda: tf.ProductFeatures.of(tf.onehot(2), sites=4).check(np.zeros((5, 3)), "fit(x=...)"),
            r"\(5, 3\).*4 sites",
        ),
    ],
)
def test_errors_show_the_value_and_the_fix(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_custom_map_is_called_and_cast():
    x = np.array([[0.5, 1.0]], dtype=np.float32)
    widening = tf.custom(lambda x: np.stack([x, x], axis=-1).astype(np.float64), 2)
    assert widening(x).dtype == np.float32
    assert np.array_equal(QUADRATIC(x), [[[0.25, 1.5], [1.0, 2.0]]])
    assert QUADRATIC.unit is None


@pytest.mark.parametrize("others", [0, 1])
def test_site_vectors_are_contiguous_whatever_a_custom_map_returns(others):
    transposed = tf.custom(lambda x: np.moveaxis(np.stack([x, 1 - x]), 0, -1), 2)
    features = tf.ProductFeatures((transposed, transposed, *[tf.monomials()] * others))
    assert all(phi.flags.c_contiguous for phi in features(np.ones((5, 2 + others))))


# -- numbers of any library, columns of any size -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "plain"),
    [
        (lambda n: tf.monomials(n(3)), tf.monomials(3)),
        (lambda n: tf.legendre(n(3)), tf.legendre(3)),
        (lambda n: tf.onehot(n(3)), tf.onehot(3)),
        (lambda n: tf.hats(n(3), low=n(0), high=n(2)), tf.hats(3, high=2.0)),
        (lambda n: tf.hats([n(0), n(1), n(3)]), tf.hats([0.0, 1.0, 3.0])),
        (lambda n: tf.hats(np.array([0, 1, 3])), tf.hats([0.0, 1.0, 3.0])),
        (lambda n: tf.fourier(n(3), period=n(2)), tf.fourier(3, period=2.0)),
    ],
)
@pytest.mark.parametrize("number", [int, np.int64, np.uint8, np.array], ids=lambda n: n.__name__)
def test_numbers_of_numpy_make_the_same_map_and_the_same_file(make, plain, number):
    made = make(number)
    assert made == plain
    assert json.dumps(made.to_json()) == json.dumps(plain.to_json())
    assert repr(made) == repr(plain)


@pytest.mark.parametrize("dim", [True, np.True_, 2.0, np.float64(2), "2", None])
@pytest.mark.parametrize("make", [tf.monomials, tf.hermite, tf.onehot, tf.fourier, lambda d: tf.custom(np.cos, d)])
def test_what_is_no_dimension_is_shown(make, dim):
    with pytest.raises(ValueError, match=r"\(dim=.*must be an integer of at least 1"):
        make(dim)


@given(size=st.floats(1, 300), dim=st.integers(2, 5), dtype=st.sampled_from([np.float32, np.float64]))
@pytest.mark.parametrize("make", [tf.monomials, tf.hermite])
def test_site_vectors_either_have_finite_squares_or_are_refused_before_they_are_made(make, size, dim, dtype):
    size = min(size, float(np.log10(float(np.finfo(dtype).max))) - 1)
    x = np.array([[1.0, -(10.0**size)]]).astype(dtype)
    features = tf.ProductFeatures.of(make(dim), 2)
    try:
        features.check(x, "fit(x=...)")
    except ValueError as error:
        assert "in column 1, too large for" in str(error)
        assert size * (dim - 1) * 4 > 0.99 * np.log10(float(np.finfo(dtype).max))
    else:
        assert all(np.all(np.isfinite(rows.astype(dtype) ** 2)) for rows in features(x))


def test_an_empty_batch_fits_every_map():
    for feature_map in (tf.monomials(2), tf.trigonometric(), tf.onehot(3), tf.hats(3)):
        feature_map.check(np.zeros((0, 4)), "test")
        assert feature_map(np.zeros((0, 4))).shape == (0, 4, feature_map.dim)
