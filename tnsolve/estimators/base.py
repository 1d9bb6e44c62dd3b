"""What the estimators share: parameters, and the way from a table and a target to a fitted student."""

from dataclasses import dataclass
from operator import index
from typing import Any, Literal

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from tnsolve import checks
from tnsolve.estimators.scaling import Scaling
from tnsolve.features import NAMED, FeatureMap, ProductFeatures, feature_named
from tnsolve.fitting.fit import fit
from tnsolve.fitting.solution import Solution
from tnsolve.local.auto import Auto
from tnsolve.local.newton import Newton
from tnsolve.models.student import Student
from tnsolve.schedule import Schedule
from tnsolve.transfer import AbstractTransfer

FLOATS: Any = [np.float64, np.float32]
LOCAL = Auto(newton=Newton(products=50, tolerance=1e-8))
"""Local problems solved to convergence: then a fit depends on the weighted samples, not on their number or order."""


@dataclass(kw_only=True, eq=False, repr=False)
class AbstractMPSEstimator(BaseEstimator):
    """What `MPSRegressor` and `MPSClassifier` share.

    rank          bond dimension of the student
    features      feature map of every column: monomials, trigonometric, legendre, hermite, fourier, chebyshev or hats,
                  with a dimension of its own in "legendre:3", or a FeatureMap such as tnsolve.onehot(4)
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
    float32 input is fitted in float32, any other in float64. Predictions of no rows are no rows.
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

    def _checked(self, X: Any, y: Any, sample_weight: Any, **demands: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Columns, targets and weights of the samples whose weight is not zero."""
        x, y = checked(self, X, y, ensure_min_samples=2, **demands)
        w = checks.weights(sample_weight, f"{type(self).__name__}.fit", x)
        return x[w > 0], y[w > 0], w[w > 0]

    def _solve(
        self, x: np.ndarray, y: np.ndarray, w: np.ndarray, transfer: AbstractTransfer, strata: np.ndarray | None = None
    ) -> None:
        """Scale, hold out, start and sweep; sets `scaling_`, `solution_`, `student_` and `n_iter_`."""
        schedule, feature_map, validation = self._schedule(), self._feature_map(), None
        random, name = check_random_state(self.random_state), type(self).__name__
        self.scaling_ = self._scaling(x, feature_map)
        x = self._scaled(x)
        if self.validation_fraction is not None:
            share = checks.number(self.validation_fraction, f"{name}(validation_fraction=...)", 0, 1)
            parts: Any = train_test_split(x, y, w, test_size=share, random_state=random, stratify=strata)
            x, xv, y, yv, w, _ = parts
            validation = (xv, yv)
        features = ProductFeatures.of(feature_map, x.shape[1])
        features.check(x, f"{name}.fit")
        self.solution_: Solution[Student] = fit(
            self._start(x, y, w, features, transfer, random),
            x,
            y,
            schedule=schedule,
            validation=validation,
            weights=w,
            local=LOCAL,
            patience=None if validation is None else checks.count(self.patience, f"{name}(patience=...)"),
            tolerance=checks.number(self.tolerance, f"{name}(tolerance=...)"),
            progress=bool(self.verbose),
        )
        self.student_ = self.solution_.model
        self.n_iter_ = len(self.solution_.statistics)

    def _schedule(self) -> Schedule:
        """The sweeps that the parameters ask for."""
        name = type(self).__name__
        columns = {
            "rank": checks.count(self.rank, f"{name}(rank=...)"),
            "ridge": checks.number(self.ridge, f"{name}(ridge=...)"),
            "sites": checks.count(self.sites, f"{name}(sites=...)", 1, 2),
        }
        return Schedule(checks.count(self.sweeps, f"{name}(sweeps=...)"), **columns)

    def _feature_map(self) -> FeatureMap:
        """The map that the parameters name."""
        if isinstance(self.features, FeatureMap):
            return self.features
        try:
            return feature_named(self.features, checks.count(self.dim, f"{type(self).__name__}(dim=...)"))
        except ValueError as error:
            raise ValueError(
                f"{type(self).__name__}(features={self.features!r}, dim={self.dim!r}) names no feature map: use one of "
                f"{', '.join(NAMED)}, or an object such as tnsolve.onehot(4) ({error})."
            ) from error

    def _scaling(self, x: np.ndarray, feature_map: FeatureMap) -> Scaling | None:
        """How columns are moved into the range of the map, or None."""
        if self.scale not in ("auto", None):
            raise ValueError(f"{type(self).__name__}(scale={self.scale!r}) must be 'auto', or None to scale nothing.")
        return Scaling.of(x, feature_map) if self.scale == "auto" and not feature_map.discrete else None

    def _scaled(self, x: np.ndarray) -> np.ndarray:
        """The columns as the student takes them."""
        return x if self.scaling_ is None else self.scaling_(x)

    def _start(
        self,
        x: np.ndarray,
        y: np.ndarray,
        w: np.ndarray,
        features: ProductFeatures,
        transfer: AbstractTransfer,
        random: np.random.RandomState,
    ) -> Student:
        """The student that the first sweep improves, made from the weighted samples."""
        lesson = {"features": features, "transfer": transfer, "weights": w}
        match self.start:
            case "principal":
                return Student.principal(x, y, **lesson, rank=index(self.rank))
            case "affine":
                return Student.affine(x, y, **lesson, ridge=float(self.ridge))
            case "random":
                return Student.random(x, y, **lesson, rank=index(self.rank), seed=int(random.randint(2**31)))
        raise ValueError(f"{type(self).__name__}(start={self.start!r}) must be 'principal', 'affine' or 'random'.")

    def _inputs(self, X: Any) -> np.ndarray:
        """Rows to predict, as the student takes them. Raises NotFittedError before `fit`."""
        check_is_fitted(self)
        return self._scaled(checked(self, X, reset=False, ensure_min_samples=0))


def checked(estimator: BaseEstimator, *arrays: Any, **demands: Any) -> Any:
    """What scikit-learn's `validate_data` makes of X, or X and y: arrays of float32 or float64, or its errors."""
    return validate_data(estimator, *arrays, dtype=FLOATS, **demands)
