"""scikit-learn estimators: MPS students that fit, predict, clone, pickle and search like any other model."""

from tnsolve.algebra.optional import require

require("sklearn", "sklearn", "tnsolve.estimators")

from tnsolve.estimators.bregman import BregmanPCATransformer  # noqa: E402
from tnsolve.estimators.classifier import MPSClassifier  # noqa: E402
from tnsolve.estimators.regressor import MPSRegressor  # noqa: E402

__all__ = ["BregmanPCATransformer", "MPSClassifier", "MPSRegressor"]
