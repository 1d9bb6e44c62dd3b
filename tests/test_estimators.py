"""The scikit-learn estimators: the whole estimator contract, symmetries of the data, dense least-squares oracles."""

import pickle
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris, make_friedman1
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import tnsolve.features as tf
from tnsolve import transfer
from tnsolve.estimators import BregmanPCATransformer, MPSClassifier, MPSRegressor
from tnsolve.estimators.scaling import Scaling, Standard, window
from tnsolve.result import Result

EPS = np.finfo(np.float64).eps
FEATURE_MAPS = [
    *(tf.monomials(3), tf.trigonometric(), tf.fourier(3, period=0.7), tf.legendre(3), tf.chebyshev(3), tf.hermite(3)),
    *(tf.hats([-2.0, 0.0, 5.0]), tf.custom(lambda x: x[..., None], 1, low=3.0), tf.custom(abs, 1, high=-7.0)),
]


def data(samples=40, columns=3, outputs=1, seed=0):
    """Uniform columns and a smooth function of them."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(size=(samples, columns))
    y = np.sin(3 * x @ rng.normal(size=(columns, outputs))) + x[:, :1] * x[:, -1:]
    return x, y[:, 0] if outputs == 1 else y


def classes(samples=60, columns=3, count=3, seed=0):
    """Columns and the classes cut from a function of them by its quantiles."""
    x, y = data(samples, columns, seed=seed)
    return x, np.searchsorted(np.quantile(y, np.arange(1, count) / count), y)


@parametrize_with_checks([MPSRegressor(), MPSClassifier()])
def test_the_estimator_contract(estimator, check):
    check(estimator)


# -- scaling ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("feature_map", FEATURE_MAPS, ids=lambda feature_map: feature_map.name)
@given(
    x=arrays(np.float64, (5, 3), elements=st.floats(-1e6, 1e6)),
    new=arrays(np.float64, (4, 3), elements=st.floats(-1e9, 1e9)),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_scaled_columns_fit_the_map_also_where_they_are_new(feature_map, x, new, dtype):
    scaling = Scaling.of(x.astype(dtype), feature_map)
    for scaled in (scaling(x.astype(dtype)), scaling(new.astype(dtype))):
        assert scaled.dtype == dtype
        feature_map.check(scaled, "test")
        low, high = window(feature_map)
        slack = 4 * np.finfo(dtype).eps * (abs(low) + abs(high))
        assert np.all((scaled >= low - slack) & (scaled <= high + slack))


@given(x=arrays(np.float64, (5, 2), elements=st.floats(-1e6, 1e6)))
def test_scaled_columns_fill_the_window_or_lie_in_its_middle(x):
    scaled = Scaling.of(x, tf.legendre(2))(x)
    for column, values in zip(x.T, scaled.T, strict=True):
        ends = (0.0, 0.0) if np.ptp(column) == 0 else (-1.0, 1.0)
        assert (values.min(), values.max()) == ends


@given(
    x=arrays(np.float64, (5, 2), elements=st.floats(allow_nan=False, allow_infinity=False)),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_columns_of_any_size_are_scaled_into_the_window(x, dtype):
    x = np.clip(x, np.finfo(dtype).min, np.finfo(dtype).max).astype(dtype)
    scaled = Scaling.of(x, tf.legendre(2))(x)
    assert scaled.dtype == dtype
    for column, values in zip(x.T, scaled.T, strict=True):
        ends = (0.0, 0.0) if column.min() == column.max() else (-1.0, 1.0)
        assert (values.min(), values.max()) == ends
        assert np.array_equal(np.argsort(values[np.argsort(column)], kind="stable"), np.arange(5))


@given(
    y=arrays(np.float64, (6, 2), elements=st.floats(allow_nan=False, allow_infinity=False)),
    w=arrays(np.float64, 6, elements=st.floats(0.01, 1)),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_targets_of_any_size_have_mean_zero_and_variance_one_and_come_back(y, w, dtype):
    y = np.clip(y, np.finfo(dtype).min, np.finfo(dtype).max).astype(dtype)
    w = w / w.sum()
    standard = Standard.of(y, w)
    units = standard(y)
    varies = y.max(axis=0) > y.min(axis=0)
    # A target is known to eps of its size, and that is measured in units of the spread.
    rounding = 64 * EPS * (1 + np.abs(standard.centre) / standard.spread)
    assert np.all(np.abs(w @ units) <= rounding)
    assert np.all(np.abs(w @ units**2 - 1)[varies & (rounding < 0.1)] <= rounding[varies & (rounding < 0.1)])
    back = standard.undone(units)
    # Of a subnormal number only the last digit is known: half of the smallest one.
    slack = 16 * EPS * np.abs(y).max(axis=0).astype(float) + np.finfo(np.float64).smallest_subnormal
    assert np.all(np.abs(back / 4 - y.astype(float) / 4) <= slack)


# -- symmetries: powers of two move no bit ---------------------------------------------------------------------------

fits = settings(max_examples=8)
powers = st.sampled_from([-1000, -500, -100, -20, -3, 3, 20, 100, 500, 1000]).map(lambda k: 2.0**k)


@fits
@given(power=powers, start=st.sampled_from(["principal", "affine", "random"]))
def test_the_unit_of_a_column_does_not_matter(power, start):
    x, y = data()
    regressor = MPSRegressor(rank=2, sweeps=2, start=start, random_state=0)
    units = np.array([1.0, power, 1 / power])
    assert np.array_equal(clone(regressor).fit(x * units, y).predict(x * units), regressor.fit(x, y).predict(x))


@fits
@given(power=powers, outputs=st.integers(1, 2))
def test_predictions_have_the_unit_of_the_targets(power, outputs):
    x, y = data(outputs=outputs)
    regressor = MPSRegressor(rank=2, sweeps=2)
    assert np.array_equal(clone(regressor).fit(x, y * power).predict(x), power * regressor.fit(x, y).predict(x))


@fits
@given(
    size=st.sampled_from([1e-300, 1e-160, 1e-30, 1e-5, 1e5, 1e20, 1e30, 1e155, 1e300]),
    dtype=st.sampled_from([np.float32, np.float64]),
    column=st.sampled_from([1e-30, 1e-5, 1.0, 1e5, 1e30]),
    offset=st.sampled_from([0.0, 3.0]),
)
def test_a_fit_is_as_good_in_any_unit(size, dtype, column, offset):
    x, y = data()
    y = y + offset
    plain = MPSRegressor(rank=3).fit(x.astype(dtype), y).predict(x.astype(dtype))
    x = (column * x).astype(dtype)
    predicted = MPSRegressor(rank=3).fit(x, size * y).predict(x)
    assert np.all(np.isfinite(predicted))
    # Rounding moves each column by eps; what sweeps make of that is far below what was learnt.
    assert np.allclose(predicted / size, plain, rtol=0, atol=np.sqrt(np.finfo(dtype).eps) * np.abs(y).max())


@fits
@given(seed=st.integers(0, 99), rank=st.integers(1, 3))
def test_the_names_of_the_classes_do_not_matter(seed, rank):
    x, y = classes(seed=seed)
    classifier = MPSClassifier(rank=rank, sweeps=2).fit(x, y)
    named = clone(classifier).fit(x, np.array(["ant", "bee", "cat"])[y])
    assert np.array_equal(classifier.predict_proba(x), named.predict_proba(x))
    assert np.array_equal(named.predict(x), named.classes_[classifier.predict(x)])


@fits
@given(weights=arrays(np.int64, 40, elements=st.integers(0, 3)), start=st.sampled_from(["principal", "affine"]))
def test_a_weight_is_a_number_of_repetitions(weights, start):
    x, y = data()
    weights[:10] += 1
    regressor = MPSRegressor(rank=2, sweeps=3, start=start)
    weighted = clone(regressor).fit(x, y, weights).predict(x)
    repeated = regressor.fit(x.repeat(weights, axis=0), y.repeat(weights)).predict(x)
    assert np.allclose(weighted, repeated, rtol=0, atol=np.sqrt(EPS) * np.abs(y).max())


@fits
@given(seed=st.integers(0, 99), count=st.integers(2, 4))
def test_probabilities_decisions_and_predictions_agree(seed, count):
    x, y = classes(count=count, seed=seed)
    classifier = MPSClassifier(rank=2, sweeps=2).fit(x, y)
    p, z = classifier.predict_proba(x), classifier.decision_function(x)
    assert np.allclose(p.sum(axis=1), 1, rtol=0, atol=8 * EPS * count)
    assert np.array_equal(classifier.predict(x), classifier.classes_[p.argmax(axis=1)])
    if count == 2:
        assert z.shape == (len(x),)
        assert np.allclose(1 / (1 + np.exp(-z)), p[:, 1], rtol=0, atol=16 * EPS * (1 + np.abs(z).max()))
    else:
        assert np.array_equal(z.argmax(axis=1), p.argmax(axis=1))


# -- dense oracles ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("degree", [1, 2, 4])
def test_one_column_is_polynomial_least_squares(degree):
    x, y = data(columns=1, samples=30)
    actual = MPSRegressor(features="legendre", dim=degree + 1, ridge=0.0).fit(x, y).predict(x)
    expected = np.polynomial.Polynomial.fit(x[:, 0], y, degree)(x[:, 0])
    assert np.allclose(actual, expected, rtol=0, atol=1e3 * EPS * np.abs(y).max())


@pytest.mark.parametrize("start", ["principal", "affine"])
@pytest.mark.parametrize("outputs", [1, 2])
def test_full_rank_is_least_squares_on_all_products(outputs, start):
    x, y = data(columns=3, samples=60, outputs=outputs)
    actual = MPSRegressor(rank=4, ridge=0.0, start=start, sweeps=30, tolerance=0.0).fit(x, y).predict(x)
    powers = product([0, 1], repeat=3)
    design = np.stack([np.prod(x**power, axis=1) for power in powers], axis=1)
    expected = design @ np.linalg.lstsq(design, y)[0]
    assert np.allclose(actual, expected, rtol=0, atol=np.sqrt(EPS) * np.abs(y).max())


def test_a_poisson_loss_matches_the_mean_count():
    x, y = data(samples=80)
    counts = np.random.default_rng(1).poisson(np.exp(y))
    regressor = MPSRegressor(loss=transfer.exp, ridge=0.0, rank=2, sweeps=30, tolerance=0.0)
    predicted = regressor.fit(x, counts).predict(x)
    assert np.all(predicted > 0)
    assert predicted.mean() == pytest.approx(counts.mean(), rel=1e-6)


# -- edges -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("features", [*tf.NAMED, "legendre:4", tf.monomials(3)])
@pytest.mark.parametrize("sites", [1, 2])
def test_every_feature_map_fits_and_predicts_outside_the_data(features, sites):
    x, y = data()
    for estimator, target in ((MPSRegressor, y), (MPSClassifier, y > 0)):
        fitted = estimator(features=features, dim=3, sites=sites, rank=3, sweeps=2).fit(x, target)
        assert fitted.score(x, target) > 0.5
        assert np.all(np.isfinite(fitted.predict(10 * x - 5) * 1.0))


def test_constant_columns_and_constant_targets_are_harmless():
    x, y = data()
    wide = np.column_stack([x, np.full(len(x), 1e9), np.zeros(len(x))])
    assert MPSRegressor(features="legendre", dim=4, ridge=1e-3).fit(wide, y).score(wide, y) > 0.9
    assert np.allclose(MPSRegressor().fit(x, np.full(len(x), 0.1)).predict(x), 0.1, rtol=8 * EPS)


def test_categories_are_not_scaled():
    x = np.random.default_rng(0).integers(0, 3, (60, 2))
    y = (x[:, 0] == x[:, 1]).astype(float)
    regressor = MPSRegressor(features=tf.onehot(3), ridge=1e-9).fit(x, y)
    assert regressor.scaling_ is None
    assert np.allclose(regressor.predict(x), y, rtol=0, atol=1e-6)


def test_unscaled_columns_must_fit_the_map():
    x, y = data()
    MPSRegressor(features="trigonometric", scale=None).fit(x, y)
    with pytest.raises(ValueError, match=r"MPSRegressor.fit has the value .* outside the range \[0, 1\]"):
        MPSRegressor(features="trigonometric", scale=None).fit(3 * x, y)


@pytest.mark.parametrize("features", ["monomials", "hermite:4"])
def test_unscaled_columns_whose_features_overflow_are_named(features):
    x, y = data()
    with pytest.raises(ValueError, match=r"MPSRegressor.fit has a value of size .* in column 1, too large for"):
        MPSRegressor(features=features, scale=None).fit(x * [1, 1e300, 1], y)
    MPSRegressor(features=features).fit(x * [1, 1e300, 1], y)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"features": "wavelets"}, "features='wavelets'.* use one of monomials"),
        ({"features": "fourier"}, "must be odd"),
        ({"scale": "minmax"}, "scale='minmax'.* must be 'auto'"),
        ({"start": "zero"}, "start='zero'.* must be 'principal'"),
        ({"loss": "huber"}, "loss='huber'.* must be 'squared'"),
        ({"rank": 0}, r"MPSRegressor\(rank=...\) is 0; it must be an integer of at least 1"),
        ({"rank": 2.5}, r"MPSRegressor\(rank=...\) is 2.5; it must be an integer"),
        ({"rank": "4"}, r"MPSRegressor\(rank=...\) is '4'; it must be an integer"),
        ({"rank": True}, r"MPSRegressor\(rank=...\) is True; it must be an integer"),
        ({"sites": 3}, r"MPSRegressor\(sites=...\) is 3; it must be an integer from 1 to 2"),
        ({"sweeps": 0}, r"MPSRegressor\(sweeps=...\) is 0; it must be an integer of at least 1"),
        ({"patience": 0, "validation_fraction": 0.3}, r"MPSRegressor\(patience=...\) is 0; it must be an integer"),
        ({"dim": 0}, r"MPSRegressor\(dim=...\) is 0; it must be an integer of at least 1"),
        ({"ridge": -1.0}, r"MPSRegressor\(ridge=...\) is -1.0; it must be a finite number of at least 0"),
        ({"ridge": float("nan")}, r"MPSRegressor\(ridge=...\) is nan; it must be a finite number of at least 0"),
        ({"tolerance": None}, r"MPSRegressor\(tolerance=...\) is None; it must be a finite number of at least 0"),
        ({"validation_fraction": 1.5}, r"MPSRegressor\(validation_fraction=...\) is 1.5; .* from 0 to 1"),
    ],
)
def test_a_parameter_out_of_range_is_named(parameters, message):
    with pytest.raises(ValueError, match=message):
        MPSRegressor(**parameters).fit(*data())


def test_numpy_numbers_are_numbers():
    x, y = data()
    plain = MPSRegressor(rank=3, sweeps=2, ridge=0.5).fit(x, y).predict(x)
    numbers = {"rank": np.int32(3), "sweeps": np.uint8(2), "ridge": np.float32(0.5), "dim": np.int64(2)}
    assert np.array_equal(MPSRegressor(**numbers).fit(x, y).predict(x), plain)


def test_too_few_samples_or_classes_and_targets_out_of_range():
    x, y = data()
    with pytest.raises(ValueError, match="minimum of 2"):
        MPSRegressor().fit(x[:1], y[:1])
    with pytest.raises(ValueError, match="one class only, 1,"):
        MPSClassifier().fit(x, np.arange(len(x)) % 2, sample_weight=np.arange(len(x)) % 2)
    with pytest.raises(ValueError, match=r"outside the range .* of sigmoid"):
        MPSRegressor(loss=transfer.sigmoid).fit(x, 5 * y)
    with pytest.raises(NotFittedError):
        MPSRegressor().predict(x)


# -- codes -----------------------------------------------------------------------------------------------------------


@pytest.fixture(params=[transfer.sigmoid, transfer.exp, transfer.softplus, transfer.tanh, transfer.identity], ids=repr)
def coder(request):
    z, _ = data(samples=30, columns=5)
    return BregmanPCATransformer(2, request.param, sweeps=3), request.param(z)


def test_codes_come_back_as_activations_however_they_are_given(coder):
    coder, y = coder
    codes = coder.fit(y).transform(y)
    back = coder.inverse_transform(codes)
    assert back.shape == y.shape
    for given_as in (codes.tolist(), np.asfortranarray(codes), codes.astype(object)):
        assert np.array_equal(coder.inverse_transform(given_as), back)
    assert coder.inverse_transform(codes.astype(int)).shape == y.shape


def test_codes_may_be_data_frames(coder):
    pandas = pytest.importorskip("pandas")
    coder, y = coder
    codes = coder.fit(y).transform(y)
    frame = coder.set_output(transform="pandas").transform(y)
    assert isinstance(frame, pandas.DataFrame)
    for given_as in (frame, pandas.DataFrame(codes)):
        assert np.array_equal(coder.inverse_transform(given_as), coder.inverse_transform(codes))


def test_codes_are_checked_as_activations_are(coder):
    coder, y = coder
    with pytest.raises(NotFittedError):
        coder.inverse_transform(y[:, :2])
    codes = coder.fit(y).transform(y)
    for wrong, message in (
        (codes[:, :1], "has 1 features, but .* is expecting 2"),
        (np.column_stack([codes, codes]), "has 4 features, but .* is expecting 2"),
        (codes[0], "Expected 2D array"),
        (codes[None], "Found array with dim 3"),
        (np.where(codes == codes[3, 1], np.nan, codes), "contains NaN"),
        (np.where(codes == codes[3, 1], np.inf, codes), "contains infinity"),
        (codes + 1j, "Complex data not supported"),
        ([["a", "b"]], "could not convert string|dtype='numeric' is not compatible"),
    ):
        with pytest.raises(ValueError, match=message):
            coder.inverse_transform(wrong)


def test_no_rows_give_no_rows():
    x, y = data()
    coder = BregmanPCATransformer(2).fit(x)
    assert coder.inverse_transform(np.zeros((0, 2))).shape == (0, 3)
    assert coder.transform(x[:0]).shape == (0, 2)
    assert MPSRegressor(sweeps=1).fit(x, y).predict(x[:0]).shape == (0,)
    classifier = MPSClassifier(sweeps=1).fit(x, y > 0)
    assert classifier.predict_proba(x[:0]).shape == (0, 2)
    assert classifier.predict(x[:0]).shape == classifier.decision_function(x[:0]).shape == (0,)


# -- examples --------------------------------------------------------------------------------------------------------


def test_attributes_after_a_fit():
    x, y = data(outputs=2)
    regressor = MPSRegressor(sweeps=3, rank=4).fit(x, y)
    assert regressor.predict(x).shape == y.shape
    assert regressor.n_features_in_ == 3
    assert 1 <= regressor.n_iter_ == len(regressor.solution_.losses) <= 3
    assert regressor.student_ is regressor.solution_.student
    assert max(regressor.student_.network.ranks.values()) <= 4


def test_the_validation_share_stops_early_and_is_drawn_by_random_state():
    x, _ = classes(samples=100)
    y = np.random.default_rng(1).integers(0, 3, 100)  # nothing to learn: every sweep after the first overfits
    settings = {"sweeps": 30, "patience": 1, "tolerance": 0.0, "ridge": 1e-6, "dim": 4}
    classifier = MPSClassifier(validation_fraction=0.3, random_state=3, **settings).fit(x, y)
    again = clone(classifier).fit(x, y)
    assert classifier.solution_.result is Result.EARLY_STOPPED
    assert np.array_equal(classifier.predict_proba(x), again.predict_proba(x))
    assert len(classifier.solution_.validation_losses) == classifier.n_iter_


def test_the_validation_share_is_stratified():
    x, y = classes(count=2)
    y[0] = 7
    with pytest.raises(ValueError, match="least populated class"):
        MPSClassifier(validation_fraction=0.3).fit(x, y)


def test_single_precision_stays_single():
    x, y = data()
    regressor = MPSRegressor().fit(x.astype(np.float32), y)
    assert regressor.student_.network.cores[0].data.dtype == np.float32
    assert regressor.predict(x).dtype == np.float32
    assert np.allclose(regressor.predict(x), MPSRegressor().fit(x, y).predict(x), rtol=0, atol=1e-3)


def test_pipeline_grid_search_and_pickle():
    pipeline = make_pipeline(StandardScaler(), MPSClassifier(sweeps=2))
    search = GridSearchCV(pipeline, {"mpsclassifier__rank": np.array([1, 3]), "mpsclassifier__ridge": [1e-3]}, cv=3)
    x, y = load_iris(return_X_y=True)
    search.fit(x, y)
    assert search.best_score_ > 0.9
    assert np.array_equal(pickle.loads(pickle.dumps(search)).predict_proba(x), search.predict_proba(x))


def test_digits_are_read():
    x, xt, y, yt = train_test_split(*load_digits(return_X_y=True), random_state=0)
    assert MPSClassifier(sweeps=3).fit(x, y).score(xt, yt) > 0.95


def test_friedman_is_learned_from_an_affine_start():
    x, y = make_friedman1(1000, n_features=8, noise=0.5, random_state=0)
    regressor = MPSRegressor(features="legendre", dim=4, rank=4, start="affine")
    assert regressor.fit(x[:700], y[:700]).score(x[700:], y[700:]) > 0.85
