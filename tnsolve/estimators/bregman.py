"""Bregman PCA in a pipeline."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_array, check_is_fitted

from tnsolve import checks
from tnsolve.bregman import BregmanPCA
from tnsolve.estimators.base import FLOATS, checked
from tnsolve.transfer import AbstractTransfer, identity


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
        return self._take(BregmanPCA.fit, self._pca(), checked(self, X), sample_weight)

    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """One batch of a stream, the first of at least n_components samples; see `BregmanPCA.partial_fit`."""
        begun = "pca_" in vars(self) and self.pca_.stream is not None
        x = checked(self, X, reset=not begun)
        return self._take(BregmanPCA.partial_fit, self.pca_ if begun else self._pca(), x, sample_weight)

    def transform(self, X: Any) -> np.ndarray:
        """Codes : (N, k), (0, k) of no rows."""
        check_is_fitted(self)
        x = checked(self, X, reset=False, ensure_min_samples=0)
        return self.pca_.transform(x) if len(x) else np.zeros((0, self._n_features_out), x.dtype)

    def inverse_transform(self, X: Any) -> np.ndarray:
        """Activations that codes X : (N, k) stand for : (N, columns), (0, columns) of no rows.

        Raises what `transform` raises: ValueError for another number of columns, NaN or infinity, NotFittedError.
        """
        check_is_fitted(self)
        codes = check_array(X, dtype=FLOATS, ensure_min_samples=0, estimator=self, input_name="X")
        if codes.shape[1] != self._n_features_out:
            raise ValueError(
                f"X has {codes.shape[1]} features, but {type(self).__name__}.inverse_transform is expecting "
                f"{self._n_features_out} features as input: codes, as `transform` makes them."
            )
        return self.pca_.inverse_transform(codes)

    def _pca(self) -> BregmanPCA:
        name = type(self).__name__
        components = checks.count(self.n_components, f"{name}(n_components=...)")
        sweeps = checks.count(self.sweeps, f"{name}(sweeps=...)")
        tolerance = checks.number(self.tolerance, f"{name}(tolerance=...)")
        return BregmanPCA(components, self.transfer, sweeps=sweeps, tolerance=tolerance)

    def _take(self, fit: Any, pca: BregmanPCA, x: np.ndarray, weights: Any) -> Self:
        self.pca_ = fit(pca, x, weights=weights)
        self.components_, self.mean_ = pca.components_, pca.mean_
        self.explained_divergence_ = pca.explained_divergence_
        self._n_features_out = len(self.components_)
        return self
