"""tnsolve: tensor-network students fitted to neural teachers by sweeps, without backprop.

    import tnsolve as tn

    start = tn.Student.principal(x, y, features=tn.trigonometric(), transfer=tn.softmax, rank=10)
    solution = tn.fit(start, x, y, schedule=tn.Schedule(sweeps=6, ridge=1e-3), validation=(xv, yv))
    solution.student(x_new)

Names are imported when they are first used.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "fitting.fit": ["Solution", "fit"],
    "fitting.runs": ["Sweep"],
    "algebra.measures": ["accuracy", "agreement", "error_rate", "relative_error"],
    "models.student": ["Student"],
    "schedule": ["Schedule", "Step"],
    "result": ["Result"],
    "networks.mps": ["MPS"],
    "networks.mpo": ["MPO"],
    "networks.tree": ["Tree"],
    "networks.mera": ["MERA"],
    "networks.cp": ["CP"],
    "networks.factorisation": ["factorise"],
    "environments.moments": ["Moments"],
    "fitting.compress": ["Compression", "compress"],
    "models.linear_layer": ["Layer"],
    "compression.gauging": ["Gauged", "compress_gauged"],
    "compression.baselines": ["reduced_rank", "truncated_svd"],
    "compression.convolution": ["conv_moments"],
    "environments.metrics": ["Metric"],
    "local.polar": ["Polar"],
    "local.auto": ["Auto"],
    "local.newton": ["Newton"],
    "local.ridge": ["Ridge"],
    "bregman": ["BregmanLayer", "BregmanPCA", "ThroughLayer"],
    "bregman.composed": ["ComposedStudent"],
    "features": [
        "FeatureMap", "ProductFeatures", "chebyshev", "custom", "feature_named", "fourier", "hats", "hermite",
        "legendre", "monomials", "onehot", "trigonometric",
    ],
    "transfer": [
        "Algebraic", "Arctan", "ELU", "Exp", "Identity", "LeakyReLU", "ReLU", "Sigmoid", "Softmax", "Softplus", "Tanh",
        "TemperedSoftmax", "algebraic", "arctan", "elu", "exp", "from_potential", "identity", "leaky_relu", "relu",
        "sigmoid", "softmax", "softplus", "tanh", "transfer_named",
    ],
}  # fmt: skip
_SUBMODULES = {"estimators", "pytorch", "quimb_bridge"}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return import_module(f"tnsolve.{name}")
    if name not in _HOME_OF:
        raise AttributeError(f"module 'tnsolve' has no attribute {name!r}")
    value = getattr(import_module(f"tnsolve.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__]
