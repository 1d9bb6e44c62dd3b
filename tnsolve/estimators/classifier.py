"""Classification by a matrix product state."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets

from tnsolve.estimators.base import AbstractMPSEstimator
from tnsolve.transfer import softmax


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

    def predict(self, X: Any) -> np.ndarray:
        """The likeliest class of each row, (N,)."""
        p = self.predict_proba(X)
        return self.classes_[np.argmax(p, axis=1)]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probability of each class, (N, classes) in the order of `classes_`."""
        x = self._inputs(X)
        return self.student_(x)

    def decision_function(self, X: Any) -> np.ndarray:
        """z, (N, classes), the log-probabilities up to a constant of each row; for two classes their log-odds, (N,)."""
        x = self._inputs(X)
        z = self.student_.preactivation(x)
        return z[:, 1] - z[:, 0] if len(self.classes_) == 2 else z
