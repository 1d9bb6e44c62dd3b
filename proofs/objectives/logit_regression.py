"""Least squares on centred logits is distillation at high temperature, for any number of classes."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .shared import HINTON


@claim(
    "logit-regression",
    sources=("notes:48", f"{HINTON}.1"),
    statement="p = softmax(v/T) of the teacher, q = softmax(z/T) of the student, N classes: as T → ∞, T² KL(p‖q) → "
    "(1/2N) Σ_j (z_j − v_j)² if z and v have mean zero. Fitting centred logits by least squares is distillation at "
    "high temperature, and its minimum z = v is unique.",
)
def regression(d: Derivation) -> None:
    """All classes enter through their averages ⟨·⟩, the Taylor coefficients in β = 1/T of the sums over classes."""
    beta = sp.Symbol("beta", positive=True)
    mean_v, mean_z, vv, vz, zz = sp.symbols("⟨v⟩ ⟨z⟩ ⟨vv⟩ ⟨vz⟩ ⟨zz⟩", real=True)
    rest = sp.symbols("r_v r_z r_m", real=True)
    of_v = 1 + beta * mean_v + beta**2 * vv / 2 + beta**3 * rest[0]
    of_z = 1 + beta * mean_z + beta**2 * zz / 2 + beta**3 * rest[1]
    mixed = mean_z + beta * vz + beta**2 * rest[2]
    d.say(
        "Σ_j exp(β v_j) = N (1 + β⟨v⟩ + β²⟨vv⟩/2 + β³ r_v), the same for z; Σ_j z_j exp(β v_j) = N (⟨z⟩ + β⟨vz⟩ + β² "
        "r_m). The remainders r are power series in β and do not reach the second order of KL"
    )
    teacher = sp.diff(of_v, beta) / of_v
    relative = beta * (teacher - mixed / of_v) - sp.log(of_v) + sp.log(of_z)
    d.say("KL = Σ_j p_j (log p_j − log q_j) = β Σ_j p_j v_j − β Σ_j p_j z_j − log Z_v + log Z_z, the N cancel")
    variance = (zz - 2 * vz + vv) - (mean_z - mean_v) ** 2
    limit = sp.series(relative, beta, 0, 3).removeO().coeff(beta, 2)
    d.equal(
        "KL is of second order in β: value and slope at β = 0",
        sp.Matrix([relative.subs(beta, 0), sp.diff(relative, beta).subs(beta, 0)]),
        sp.zeros(2, 1),
    )
    d.equal(
        "its second-order coefficient, limit of T² KL: half the variance of z − v over the classes", limit, variance / 2
    )
    student, target = d.given("both logit vectors have mean zero", (sp.S.Zero, sp.S.Zero), dropped=(mean_z, mean_v))
    d.equal(
        "with zero means it is half the mean square",
        ((zz - 2 * vz + vv) - (student - target) ** 2) / 2,
        (zz - 2 * vz + vv) / 2,
    )
    d.say("zz − 2vz + vv is the average of (z_j − v_j)²: 0 only if z = v; without centring, only if z − v is constant")
