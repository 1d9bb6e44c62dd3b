"""tnsolve: tensor-network students fitted to neural teachers by sweeps, without backprop.

    import tnsolve as tn

    start = tn.Student.principal(x, y, features=tn.trigonometric(), transfer=tn.softmax, rank=10)
    solution = tn.fit(start, x, y, schedule=tn.Schedule(sweeps=6, ridge=1e-3), validation=(xv, yv))
    solution.model(x_new)

Names are imported when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "algebra.arrays": ["Array", "Pool"],
    "algebra.legs": ["Core"],
    "algebra.clock": ["Clock", "timed"],
    "algebra.measures": ["accuracy", "agreement", "error_rate", "relative_error"],
    "schedule": ["Schedule", "Step"],
    "result": ["Result"],
    "features": [
        "FeatureMap", "ProductFeatures", "chebyshev", "custom", "feature_named", "fourier", "hats", "hermite",
        "legendre", "monomials", "onehot", "trigonometric",
    ],
    "transfer": [
        "AbstractTransfer", "Algebraic", "Arctan", "ELU", "Exp", "Identity", "LeakyReLU", "ReLU", "Sigmoid", "Softmax",
        "Softplus", "Tanh", "TemperedSoftmax", "algebraic", "arctan", "elu", "exp", "from_potential", "identity",
        "leaky_relu", "relu", "sigmoid", "softmax", "softplus", "tanh", "transfer_named",
    ],
    "networks.abstract": ["AbstractNetwork"],
    "networks.linear": ["AbstractLinear", "padded"],
    "networks.mps": ["MPS"],
    "networks.mpo": ["MPO"],
    "networks.tree": ["Tree"],
    "networks.mera": ["MERA"],
    "networks.cp": ["CP"],
    "networks.low_rank": ["factors", "low_rank"],
    "networks.factorisation": ["factorise"],
    "problems": ["AbstractProblem", "Penalty"],
    "environments.abstract": ["AbstractEnvironment"],
    "environments.samples": ["Samples"],
    "environments.moments": ["Moments"],
    "environments.metrics": ["Metric"],
    "local.abstract": ["AbstractLocal"],
    "local.auto": ["Auto"],
    "local.newton": ["Newton"],
    "local.polar": ["Polar"],
    "local.ridge": ["Ridge"],
    "sweeping.sweep": ["Visit", "sweep"],
    "sweeping.polish": ["polish"],
    "models.abstract": ["AbstractModel", "load"],
    "models.composed": ["Composed"],
    "models.student": ["Student"],
    "models.linear_layer": ["Layer"],
    "models.perceptron": ["Teacher"],
    "sweeping.held_out": ["Judge"],
    "sweeping.rows": ["Row"],
    "sweeping.runs": ["Sweep"],
    "fitting.solution": ["Solution"],
    "fitting.fit": ["fit"],
    "fitting.compress": ["compress"],
    "bregman": ["BregmanLayer", "BregmanPCA", "ThroughLayer"],
    "bregman.composed": ["ComposedStudent"],
    "compression.baselines": ["affordable_rank", "reduced_rank", "truncated_svd"],
    "compression.convolution": ["conv_moments", "kernel_matrix", "patches"],
    "compression.gauging": ["Gauged", "compress_gauged"],
    "compression.permutation": ["bisection_order", "swapped_order"],
    "compression.metrics": ["derived", "probed", "sensitivities"],
    "compression.units": ["Units", "fold_units", "in_gauge"],
    "compression.whitening": ["Whitened", "compress_white"],
    "distillation.targets": ["centred_logits", "soft_targets"],
    "contests.contest": ["Lesson", "Task", "contest"],
    "contests.linear": ["LinearStudent"],
    "contests.teachers": ["digits_task", "perceptron"],
}  # fmt: skip
_SUBMODULES = ["contests", "estimators", "features", "pytorch", "quimb_bridge", "report", "transfer"]
_HOME_OF = {name: f"tnsolve.{home}" for home, names in _HOMES.items() for name in names}

if TYPE_CHECKING:  # the same names for those who read types; `x as x` says that x is public
    # fmt: off
    # isort: off
    from tnsolve import (
        contests as contests, estimators as estimators, features as features, pytorch as pytorch,
        quimb_bridge as quimb_bridge, report as report, transfer as transfer,
    )
    from tnsolve.algebra.arrays import Array as Array, Pool as Pool
    from tnsolve.algebra.legs import Core as Core
    from tnsolve.algebra.clock import Clock as Clock, timed as timed
    from tnsolve.algebra.measures import (
        accuracy as accuracy, agreement as agreement, error_rate as error_rate,
        relative_error as relative_error,
    )
    from tnsolve.schedule import Schedule as Schedule, Step as Step
    from tnsolve.result import Result as Result
    from tnsolve.features import (
        FeatureMap as FeatureMap, ProductFeatures as ProductFeatures, chebyshev as chebyshev, custom as custom,
        feature_named as feature_named, fourier as fourier, hats as hats, hermite as hermite,
        legendre as legendre, monomials as monomials, onehot as onehot, trigonometric as trigonometric,
    )
    from tnsolve.transfer import (
        AbstractTransfer as AbstractTransfer, Algebraic as Algebraic, Arctan as Arctan, ELU as ELU,
        Exp as Exp, Identity as Identity, LeakyReLU as LeakyReLU, ReLU as ReLU, Sigmoid as Sigmoid,
        Softmax as Softmax, Softplus as Softplus, Tanh as Tanh, TemperedSoftmax as TemperedSoftmax,
        algebraic as algebraic, arctan as arctan, elu as elu, exp as exp, from_potential as from_potential,
        identity as identity, leaky_relu as leaky_relu, relu as relu, sigmoid as sigmoid, softmax as softmax,
        softplus as softplus, tanh as tanh, transfer_named as transfer_named,
    )
    from tnsolve.networks.abstract import AbstractNetwork as AbstractNetwork
    from tnsolve.networks.linear import AbstractLinear as AbstractLinear, padded as padded
    from tnsolve.networks.mps import MPS as MPS
    from tnsolve.networks.mpo import MPO as MPO
    from tnsolve.networks.tree import Tree as Tree
    from tnsolve.networks.mera import MERA as MERA
    from tnsolve.networks.cp import CP as CP
    from tnsolve.networks.low_rank import factors as factors, low_rank as low_rank
    from tnsolve.networks.factorisation import factorise as factorise
    from tnsolve.problems import AbstractProblem as AbstractProblem, Penalty as Penalty
    from tnsolve.environments.abstract import AbstractEnvironment as AbstractEnvironment
    from tnsolve.environments.samples import Samples as Samples
    from tnsolve.environments.moments import Moments as Moments
    from tnsolve.environments.metrics import Metric as Metric
    from tnsolve.local.abstract import AbstractLocal as AbstractLocal
    from tnsolve.local.auto import Auto as Auto
    from tnsolve.local.newton import Newton as Newton
    from tnsolve.local.polar import Polar as Polar
    from tnsolve.local.ridge import Ridge as Ridge
    from tnsolve.sweeping.sweep import Visit as Visit, sweep as sweep
    from tnsolve.sweeping.polish import polish as polish
    from tnsolve.models.abstract import AbstractModel as AbstractModel, load as load
    from tnsolve.models.composed import Composed as Composed
    from tnsolve.models.student import Student as Student
    from tnsolve.models.linear_layer import Layer as Layer
    from tnsolve.models.perceptron import Teacher as Teacher
    from tnsolve.sweeping.held_out import Judge as Judge
    from tnsolve.sweeping.rows import Row as Row
    from tnsolve.sweeping.runs import Sweep as Sweep
    from tnsolve.fitting.solution import Solution as Solution
    from tnsolve.fitting.fit import fit as fit
    from tnsolve.fitting.compress import compress as compress
    from tnsolve.bregman import BregmanLayer as BregmanLayer, BregmanPCA as BregmanPCA, ThroughLayer as ThroughLayer
    from tnsolve.bregman.composed import ComposedStudent as ComposedStudent
    from tnsolve.compression.baselines import (
        affordable_rank as affordable_rank, reduced_rank as reduced_rank, truncated_svd as truncated_svd,
    )
    from tnsolve.compression.convolution import (
        conv_moments as conv_moments, kernel_matrix as kernel_matrix, patches as patches,
    )
    from tnsolve.compression.gauging import Gauged as Gauged, compress_gauged as compress_gauged
    from tnsolve.compression.permutation import bisection_order as bisection_order, swapped_order as swapped_order
    from tnsolve.compression.metrics import derived as derived, probed as probed, sensitivities as sensitivities
    from tnsolve.compression.units import Units as Units, fold_units as fold_units, in_gauge as in_gauge
    from tnsolve.compression.whitening import Whitened as Whitened, compress_white as compress_white
    from tnsolve.distillation.targets import centred_logits as centred_logits, soft_targets as soft_targets
    from tnsolve.contests.contest import Lesson as Lesson, Task as Task, contest as contest
    from tnsolve.contests.linear import LinearStudent as LinearStudent
    from tnsolve.contests.teachers import digits_task as digits_task, perceptron as perceptron
    # isort: on
    # fmt: on
else:
    __all__ = sorted(_HOME_OF)

    def __getattr__(name: str) -> Any:
        if name in _SUBMODULES:
            return import_module(f"tnsolve.{name}")
        if name not in _HOME_OF:
            raise AttributeError(f"module 'tnsolve' has no attribute {name!r}")
        value = getattr(import_module(_HOME_OF[name]), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *_HOME_OF, *_SUBMODULES})
