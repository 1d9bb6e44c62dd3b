"""scikit-learn estimators: MPS students that fit, predict, clone, pickle and search like any other model."""

from dataclasses import dataclass
from math import isfinite, sqrt
from operator import index
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    RegressorMixin,
    TransformerMixin,
)
from sklearn.model_selection import train_test_split
from sklearn.utils import Tags, check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from tnsolve import checks
from tnsolve import features as maps
from tnsolve.algebra.arrays import Array, Pool, default_workers
from tnsolve.bregman import BregmanPCA
from tnsolve.environments.samples import Samples
from tnsolve.features import FeatureMap, ProductFeatures
from tnsolve.fitting.fit import Solution, fit
from tnsolve.local.auto import Auto
from tnsolve.local.newton import Newton
from tnsolve.models.student import Student, samples
from tnsolve.networks.mps import MPS
from tnsolve.schedule import Schedule
from tnsolve.sweeping import starts
from tnsolve.transfer import AbstractTransfer, identity, softmax

MAPS = {
    "monomials": maps.monomials,
    "trigonometric": lambda dim: maps.trigonometric(),
    "legendre": maps.legendre,
    "hermite": maps.hermite,
    "fourier": maps.fourier,
    "chebyshev": maps.chebyshev,
    "hats": maps.hats,
}
FLOATS = [np.float64, np.float32]
LOCAL = Auto(newton=Newton(products=50, tolerance=1e-6))
"""Local problems solved to convergence: then a fit depends on the weighted samples, not on their number or order."""


@dataclass(frozen=True)
class Scaling:
    """Each column, first clipped to the [low, high] it had in the data, moved affinely onto [bottom, top].

    A column that was constant goes to the middle.   low, high : (columns,)
    """

    low: Array
    high: Array
    bottom: float
    top: float

    @classmethod
    def of(cls, x: Array, feature_map: FeatureMap) -> Self:
        """The scaling of the columns of x : (N, columns) onto the window of a feature map."""
        return cls(x.min(axis=0), x.max(axis=0), *window(feature_map))

    def __call__(self, x: Array) -> Array:
        """x : (N, columns) -> (N, columns), in its dtype."""
        width = self.high - self.low
        varies = width > 0
        place = np.where(varies, (np.clip(x, self.low, self.high) - self.low) / np.where(varies, width, 1), 0.5)
        return (self.bottom + (self.top - self.bottom) * place).astype(x.dtype)


def window(feature_map: FeatureMap) -> tuple[float, float]:
    """The interval onto which columns are scaled: the range of the map, and where that is infinite

    hermite  [-sqrt 3, sqrt 3], on which a uniform column has variance 1
    fourier  half a period, so that the two ends of a column stay apart
    others   [-1, 1], or the interval of length 2 next to it in the range
    """
    low, high = feature_map.low, feature_map.high
    match feature_map:
        case maps.Hermite():
            return -sqrt(3), sqrt(3)
        case maps.Fourier(period=period):
            return 0.0, period / 2
    if isfinite(low) and isfinite(high):
        return low, high
    bottom = max(low, min(-1.0, high - 2))
    return bottom, bottom + 2


@dataclass(kw_only=True, eq=False, repr=False)
class AbstractMPSEstimator(BaseEstimator):
    """What `MPSRegressor` and `MPSClassifier` share.

    rank          bond dimension of the student
    features      feature map of every column: monomials, trigonometric, legendre, hermite, fourier, chebyshev or hats,
                  or a FeatureMap such as tnsolve.onehot(4)
    dim           dimension of a named map: polynomial degree + 1, knots of hats, odd for fourier; trigonometric has 2
    sweeps        how many at most
    ridge         penalty on the squared norm of the student's tensor, relative to the data (see `tnsolve.Step`)
    sites         cores solved together: 1 at fixed rank, 2 to choose the ranks by a cut
    start         "principal" directions of the data, the "affine" model, or "random"
    scale         "auto": each column is clipped to the range it has in `fit`, in `predict` too, and moved onto the
                  `window` of the features (categories are left alone). None: columns are taken as they are
    tolerance     stop when a sweep lowers the loss by less than this fraction of it
    validation_fraction, patience
                  share of the samples held out, where they count equally: the student that is best on them is kept, and
                  the sweeps stop after `patience` of them without a better one
    random_state  of a random start and of what is held out; everything else is deterministic
    verbose       show a progress bar

    From a principal start, a sample of weight k counts as k samples, up to rounding.
    float32 input is fitted in float32, any other in float64.
    Cost of a sweep: see `tnsolve.fit`.
    """

    rank: int = 8
    features: str | FeatureMap = "monomials"
    dim: int = 2
    sweeps: int = 6
    ridge: float = 1e-3
    sites: Literal[1, 2] = 1
    start: Literal["principal", "affine", "random"] = "principal"
    scale: Literal["auto"] | None = "auto"
    tolerance: float = 1e-4
    validation_fraction: float | None = None
    patience: int = 2
    random_state: int | np.random.RandomState | None = None
    verbose: bool | int = False

    def _checked(self, X: Any, y: Any, sample_weight: Any, **demands: Any) -> tuple[Array, Array, Array]:
        """Columns, targets and weights of the samples whose weight is not zero."""
        x, y = validate_data(self, X, y, dtype=FLOATS, ensure_min_samples=2, **demands)
        w = checks.weights(sample_weight, f"{type(self).__name__}.fit", x)
        return x[w > 0], y[w > 0], w[w > 0]

    def _solve(self, x: Array, y: Array, w: Array, transfer: AbstractTransfer, strata: Array = None) -> None:
        """Scale, hold out, start and sweep; sets `scaling_`, `solution_`, `student_` and `n_iter_`."""
        random = check_random_state(self.random_state)
        feature_map = self._feature_map()
        self.scaling_ = self._scaling(x, feature_map)
        x, validation = self._scaled(x), None
        if self.validation_fraction is not None:
            shares = {"test_size": self.validation_fraction, "random_state": random, "stratify": strata}
            x, xv, y, yv, w, _ = train_test_split(x, y, w, **shares)
            validation = (xv, yv)
        features = ProductFeatures.of(feature_map, x.shape[1])
        features.check(x, f"{type(self).__name__}.fit")
        data = samples(features, x, y, transfer, Pool(default_workers()), w / w.sum())
        columns = {"rank": index(self.rank), "ridge": float(self.ridge), "sites": index(self.sites)}
        self.solution_: Solution = fit(
            Student(self._start(data, feature_map, random), features, transfer),
            x,
            y,
            schedule=Schedule(index(self.sweeps), **columns),
            validation=validation,
            weights=w,
            local=LOCAL,
            patience=self.patience,
            tolerance=self.tolerance,
            progress=bool(self.verbose),
        )
        self.student_ = self.solution_.student
        self.n_iter_ = len(self.solution_.statistics)

    def _feature_map(self) -> FeatureMap:
        """The map that the parameters name."""
        if isinstance(self.features, FeatureMap):
            return self.features
        if self.features not in MAPS:
            raise ValueError(
                f"{type(self).__name__}(features={self.features!r}) names no feature map; use one of "
                f"{', '.join(MAPS)}, or an object such as tnsolve.onehot(4)."
            )
        return MAPS[self.features](index(self.dim))

    def _scaling(self, x: Array, feature_map: FeatureMap) -> Scaling | None:
        """How columns are moved into the range of the map, or None."""
        if self.scale not in ("auto", None):
            raise ValueError(f"{type(self).__name__}(scale={self.scale!r}) must be 'auto', or None to scale nothing.")
        return Scaling.of(x, feature_map) if self.scale == "auto" and not feature_map.discrete else None

    def _scaled(self, x: Array) -> Array:
        """The columns as the student takes them."""
        return x if self.scaling_ is None else self.scaling_(x)

    def _start(self, data: Samples, feature_map: FeatureMap, random: np.random.RandomState) -> MPS:
        """The network that the first sweep improves, made from the weighted samples."""
        match self.start:
            case "principal":
                return starts.principal(data, index(self.rank), label=None)
            case "affine":
                unit = None if feature_map.unit is None else np.asarray(feature_map.unit, dtype=data.weights.dtype)
                return starts.affine(data, [unit] * len(data.features), float(self.ridge), label=None)
            case "random":
                return starts.random(data, index(self.rank), label=None, seed=int(random.randint(2**31)))
        raise ValueError(f"{type(self).__name__}(start={self.start!r}) must be 'principal', 'affine' or 'random'.")

    def _inputs(self, X: Any) -> Array:
        """Rows to predict, as the student takes them. Raises NotFittedError before `fit`."""
        check_is_fitted(self)
        return self._scaled(validate_data(self, X, dtype=FLOATS, reset=False))


@dataclass(kw_only=True, eq=False, repr=False)
class MPSRegressor(RegressorMixin, AbstractMPSEstimator):
    """Regression by a matrix product state:  y[n] = transfer(W . phi(x[n, 1]) x ... x phi(x[n, s])).

    loss   "squared": least squares on targets of mean 0 and variance 1 each, undone by `predict`. Or a transfer
           function, whose matching loss is minimised on the targets as they are, in its range: tnsolve.exp for counts
           (Poisson), tnsolve.sigmoid for fractions, tnsolve.softmax for shares
    ridge  larger by default than for classification: a polynomial of high degree overshoots where data are few
    The other parameters: see `AbstractMPSEstimator`.

    After `fit`: student_ (of scaled columns and, for "squared", scaled targets), solution_ (losses, and a result with
    advice), scaling_, centre_ and spread_ of the targets, n_iter_, n_features_in_, feature_names_in_.
    """

    ridge: float = 0.1
    loss: Literal["squared"] | AbstractTransfer = "squared"

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """X : (N, columns), y : (N,) or (N, outputs), sample_weight : (N,) -> self.

        Raises ValueError for parameters, weights or targets that cannot be used, NaN, or fewer than two samples.
        """
        x, y, w = self._checked(X, y, sample_weight, multi_output=True, y_numeric=True)
        transfer = self._transfer()
        targets = y.astype(x.dtype).reshape(len(y), -1)
        transfer.check(targets, "MPSRegressor.fit(y=...)")
        self.output_shape_ = y.shape[1:]
        self.centre_, self.spread_ = moments(targets, w) if self.loss == "squared" else (0.0, 1.0)
        self._solve(x, (targets - self.centre_) / self.spread_, w, transfer)
        return self

    def predict(self, X: Any) -> Array:
        """X : (N, columns) -> y, (N,) or (N, outputs) as in `fit`."""
        x = self._inputs(X)
        y = self.centre_ + self.spread_ * self.student_(x)
        return y.reshape(len(y), *self.output_shape_)

    def _transfer(self) -> AbstractTransfer:
        """The transfer function behind the network."""
        if isinstance(self.loss, AbstractTransfer):
            return self.loss
        if self.loss != "squared":
            raise ValueError(
                f"MPSRegressor(loss={self.loss!r}) must be 'squared' or a transfer function such as tnsolve.exp."
            )
        return identity

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def moments(y: Array, w: Array) -> tuple[Array, Array]:
    """Weighted mean and standard deviation of each column of y : (N, m); 1 in place of one that is rounding."""
    centre = w @ y
    spread = np.sqrt(w @ (y - centre) ** 2)
    return centre, np.where(spread > len(y) * np.finfo(y.dtype).eps * np.abs(centre), spread, 1)


@dataclass(kw_only=True, eq=False, repr=False)
class MPSClassifier(ClassifierMixin, AbstractMPSEstimator):
    """Classification by a matrix product state:  p[n] = softmax(z[n]),  z[n] = W . phi(x[n, 1]) x ... x phi(x[n, s]).

    The loss is the cross entropy. Parameters: see `AbstractMPSEstimator`; what is held out is stratified by class.

    After `fit`: student_ (of scaled columns), solution_ (losses, result with advice), scaling_, classes_, n_iter_,
    n_features_in_, feature_names_in_.
    Source: Stoudenmire and Schwab (arXiv 1605.05775), with the softmax loss in place of their squares.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """X : (N, columns), y : (N,) of any labels, sample_weight : (N,) -> self.

        Raises ValueError for parameters, weights or labels that cannot be used, NaN, or fewer than two classes.
        """
        x, y, w = self._checked(X, y, sample_weight)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"MPSClassifier.fit(y=...) has one class only, {self.classes_[0]}, among the samples of positive "
                f"weight; a classifier needs samples of at least two classes."
            )
        self._solve(x, np.eye(len(self.classes_), dtype=x.dtype)[codes], w, softmax, strata=codes)
        return self

    def predict(self, X: Any) -> Array:
        """The likeliest class of each row, (N,)."""
        p = self.predict_proba(X)
        return self.classes_[np.argmax(p, axis=1)]

    def predict_proba(self, X: Any) -> Array:
        """Probability of each class, (N, classes) in the order of `classes_`."""
        x = self._inputs(X)
        return self.student_(x)

    def decision_function(self, X: Any) -> Array:
        """z, (N, classes), the log-probabilities up to a constant of each row; for two classes their log-odds, (N,)."""
        x = self._inputs(X)
        z = self.student_.preactivation(x)
        return z[:, 1] - z[:, 0] if len(self.classes_) == 2 else z


@dataclass(eq=False, repr=False)
class BregmanPCATransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """`tnsolve.BregmanPCA` in a pipeline: activations of a layer to codes and back.

    n_components  k, numbers in a code    transfer  of the layer; identity is PCA    sweeps, tolerance  see BregmanPCA
    After `fit`: pca_ (the BregmanPCA), components_ (k, columns), mean_, explained_divergence_, n_features_in_.
    """

    n_components: int = 1
    transfer: AbstractTransfer = identity
    sweeps: int = 100
    tolerance: float = 1e-4

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """X : (N, columns) in the range of the transfer function, sample_weight : (N,) -> self."""
        return self._take(BregmanPCA.fit, self._pca(), validate_data(self, X, dtype=FLOATS), sample_weight)

    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """One batch of a stream, the first of at least n_components samples; see `BregmanPCA.partial_fit`."""
        begun = "pca_" in vars(self) and self.pca_.stream is not None
        x = validate_data(self, X, dtype=FLOATS, reset=not begun)
        return self._take(BregmanPCA.partial_fit, self.pca_ if begun else self._pca(), x, sample_weight)

    def transform(self, X: Any) -> Array:
        """Codes : (N, k)."""
        check_is_fitted(self)
        return self.pca_.transform(validate_data(self, X, dtype=FLOATS, reset=False))

    def inverse_transform(self, X: Any) -> Array:
        """Activations that codes X : (N, k) stand for : (N, columns)."""
        check_is_fitted(self)
        return self.pca_.inverse_transform(X)

    def _pca(self) -> BregmanPCA:
        return BregmanPCA(self.n_components, self.transfer, sweeps=self.sweeps, tolerance=self.tolerance)

    def _take(self, fit: Any, pca: BregmanPCA, x: Array, weights: Any) -> Self:
        self.pca_ = fit(pca, x, weights=weights)
        self.components_, self.mean_ = pca.components_, pca.mean_
        self.explained_divergence_ = pca.explained_divergence_
        self._n_features_out = len(self.components_)
        return self
