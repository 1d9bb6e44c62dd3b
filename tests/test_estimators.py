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
from tnsolve.estimators import MAPS, MPSClassifier, MPSRegressor, Scaling, window
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


# -- symmetries: powers of two move no bit ---------------------------------------------------------------------------

fits = settings(max_examples=8)
powers = st.integers(-20, 20).map(lambda k: 2.0**k)


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


@pytest.mark.parametrize("features", [*MAPS, tf.monomials(3)])
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


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"features": "wavelets"}, "features='wavelets'.* use one of monomials"),
        ({"features": "fourier"}, "must be odd"),
        ({"scale": "minmax"}, "scale='minmax'.* must be 'auto'"),
        ({"start": "zero"}, "start='zero'.* must be 'principal'"),
        ({"loss": "huber"}, "loss='huber'.* must be 'squared'"),
        ({"rank": 0}, "rank"),
        ({"sites": 3}, "sites"),
    ],
)
def test_a_parameter_out_of_range_is_named(parameters, message):
    with pytest.raises(ValueError, match=message):
        MPSRegressor(**parameters).fit(*data())


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
