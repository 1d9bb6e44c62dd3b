"""Regression by a matrix product state."""

from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import Tags

from tnsolve import checks
from tnsolve.estimators.base import AbstractMPSEstimator
from tnsolve.estimators.scaling import Standard
from tnsolve.transfer import AbstractTransfer, identity


@dataclass(kw_only=True, eq=False, repr=False)
class MPSRegressor(RegressorMixin, AbstractMPSEstimator):
    """Regression by a matrix product state:  y[n] = transfer(W . phi(x[n, 1]) x ... x phi(x[n, s])).

    loss   "squared": least squares on targets of mean 0 and variance 1 each, undone by `predict`; targets may have any
           size that float64 holds. Or a transfer function, whose matching loss is minimised on the targets as they are,
           in its range: tnsolve.exp for counts (Poisson), tnsolve.sigmoid for fractions, tnsolve.softmax for shares
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
        rows = y.reshape(len(y), -1)
        self.standard_ = Standard.of(rows, w) if self.loss == "squared" else Standard.none(rows)
        self.centre_, self.spread_ = self.standard_.mean, self.standard_.deviation
        targets = checks.targets(self.standard_(rows), "MPSRegressor.fit", x, transfer)
        self.output_shape_ = y.shape[1:]
        self.output_dtype_ = holding(rows, x.dtype)
        self._solve(x, targets, w, transfer)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """X : (N, columns) -> y, (N,) or (N, outputs) as in `fit`.

        In the dtype of the columns that `fit` saw; in float64 where float32 cannot hold the targets.
        """
        x = self._inputs(X)
        most = np.finfo(self.output_dtype_).max
        y = np.clip(self.standard_.undone(self.student_(x)), -most, most).astype(self.output_dtype_)
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


def holding(y: np.ndarray, dtype: np.dtype) -> np.dtype:
    """`dtype` if it holds the largest entry of y with all its digits, else float64."""
    largest, limits = float(np.abs(y).max()), np.finfo(dtype)
    held = largest == 0 or float(limits.smallest_normal) <= largest <= float(limits.max)
    return np.dtype(dtype if held else np.float64)
