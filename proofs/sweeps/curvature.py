"""How steep transfer functions are: softmax for any number of classes, and the elementwise ones."""

from itertools import product

import sympy as sp

from ..claims import claim
from ..derivation import Derivation


@claim(
    "softmax-curvature-bound",
    sources=("Böhning 1992",),
    statement="For p = softmax(z) of any number k of classes, 0 ≤ diag(p) − ppᵀ ≤ ½(I − 11ᵀ/k) ≤ ½I, and for k ≥ 2 "
    "½ is the least such constant. At temperature T, F_T = T log Σ exp(z_j/T) has a Hessian of at most 1/(2T); the "
    "mixture s T F_T + (1 − s) F_1, 0 ≤ s ≤ 1, one of at most ½.",
)
def softmax(d: Derivation) -> None:
    """The quadratic form is a variance, and no variance exceeds a quarter of the squared range (Popoviciu)."""
    v, high, low, mean, square, norm, k, c = sp.symbols("v M m μ E N k c", real=True)
    z, w, rest = sp.symbols("z_i z_j R", real=True)
    potential = sp.log(sp.exp(z) + sp.exp(w) + rest)
    p, q = (sp.exp(each) / (sp.exp(z) + sp.exp(w) + rest) for each in (z, w))
    d.say("F₁ = log(e^(z_i) + e^(z_j) + R), R from all other classes, has the gradient p = softmax(z)")
    d.equal("its second derivatives: on the diagonal", sp.diff(potential, z, 2), p - p**2)
    d.equal("and beside it, so the Hessian is diag(p) − ppᵀ", sp.diff(potential, z, w), -p * q)
    mass = d.given("the probabilities sum to 1", sp.Integer(1), dropped=sp.Symbol("P", positive=True))
    d.say(
        "for any v: vᵀ(diag(p) − ppᵀ)v = E − μ² with E = Σ p_i v_i² and μ = Σ p_i v_i. Let M and m be the largest and "
        "the smallest entry of v, and N = ‖v‖²"
    )
    spread = square - 2 * mean * mean + mass * mean**2
    d.equal("Σ p_i (v_i − μ)² is that form, so it is not negative", spread, square - mean**2)
    d.equal("one class: (M − v)(v − m) ≥ 0 is", (high - v) * (v - low), (high + low) * v - high * low - v**2)
    summed = (high + low) * mean - mass * high * low - square
    d.entails(
        "weighted by p and summed over any number of classes",
        square - mean**2 <= (high - low) ** 2 / 4,
        where=[summed >= 0],
    )
    d.entails(
        "M and m stand in two classes (or all entries are equal and the form is 0), so M² + m² ≤ N",
        square - mean**2 <= norm / 2,
        where=[summed >= 0, high**2 + low**2 <= norm],
    )
    shifted = (square + 2 * c * mean + mass * c**2) - (mean + mass * c) ** 2
    d.equal("v + c1 gives the same form as v", shifted, square - mean**2)
    average = sp.Symbol("v̄", real=True)
    d.equal(
        "so N may be taken of v − v̄1 with the plain mean v̄, and that is vᵀ(I − 11ᵀ/k)v",
        norm - 2 * average * (k * average) + k * average**2,
        norm - k * average**2,
    )
    even, difference = sp.Matrix([1, 1]) / 2, sp.Matrix([1, -1])
    d.equal(
        "attained in the limit p = (½, ½, 0, ...) for v = (1, −1, 0, ...): the form is ½‖v‖²",
        difference.dot((sp.diag(*even) - even * even.T) * difference),
        difference.dot(difference) / 2,
    )
    temperature, share = sp.symbols("T s", positive=True)
    d.say("F(z) = T F₁(z/T) has 1/T times the Hessian of F₁ at z/T, at most 1/(2T)")
    d.equal("so the mixture has at most", share * temperature / (2 * temperature) + (1 - share) / 2, sp.Rational(1, 2))
    d.enumerate(
        "illustration, exact: ½(I − 11ᵀ/k) − diag(p) + ppᵀ has no negative eigenvalue, k ≤ 4, p in steps of 1/4",
        [sp.Matrix(each) / 4 for size in (2, 3, 4) for each in product(range(5), repeat=size) if sum(each) == 4],
        _below,
    )


def _below(p: sp.Matrix) -> bool:
    """Whether ½(I − 11ᵀ/k) − diag(p) + ppᵀ is positive semi-definite."""
    k = p.rows
    return ((sp.eye(k) - sp.ones(k, k) / k) / 2 - sp.diag(*p) + p * p.T).is_positive_semidefinite


@claim(
    "slope-bounds",
    sources=("Böhning 1992", "Amid, Anil, Fifty, Warmuth 2022"),
    statement="The least L with f' ≤ L everywhere is ¼ for the sigmoid; 1 for the identity, ReLU, leaky ReLU (slope "
    "b ≤ 1 below zero), ELU (e^z − 1 below zero), softplus, tanh, arctan and z/√(1 + z²). exp has none.",
)
def slopes(d: Derivation) -> None:
    """L − f' is written as something that cannot be negative; then a point, or a limit, where it vanishes."""
    z, s = sp.Symbol("z", real=True), sp.Symbol("s", nonnegative=True)
    e, root = sp.exp(-z), sp.sqrt(1 + z**2)
    quarter = sp.Rational(1, 4)
    rows = (
        ("sigmoid", 1 / (1 + e), quarter, (1 - e) ** 2 / (4 * (1 + e) ** 2)),
        ("tanh", sp.tanh(z), 1, sp.tanh(z) ** 2),
        ("arctan", sp.atan(z), 1, z**2 / (1 + z**2)),
        ("z/√(1 + z²)", z / root, 1, z**2 * (root**2 + root + 1) / ((root + 1) * root**3)),
    )
    for name, f, top, spare in rows:
        d.equal(f"{name}: L − f' is", top - sp.diff(f, z), spare)
        d.holds("which is not negative", sp.Ge(spare, 0, evaluate=False))
    d.enumerate("all of these vanish at z = 0, so no smaller L will do", rows, lambda row: row[-1].subs(z, 0) == 0)
    soft = sp.log(1 + sp.exp(z))
    d.equal("softplus: 1 − f' is", 1 - sp.diff(soft, z), e / (1 + e))
    d.holds("positive", sp.Gt(e / (1 + e), 0, evaluate=False))
    d.equal("with the limit 0 for large z", sp.limit(e / (1 + e), z, sp.oo), 0)
    scale = d.given("ELU with the factor 1 below zero", sp.Integer(1), dropped=sp.Symbol("α", positive=True))
    d.holds(
        "ELU below zero: f' = e^z = 1/(1 + s), where e^(−z) = 1 + s, s ≥ 0", sp.Le(scale / (1 + s), 1, evaluate=False)
    )
    below = d.given("leaky ReLU with b = 1/(1 + s) ≤ 1", 1 / (1 + s), dropped=sp.Symbol("b", positive=True))
    d.holds("leaky ReLU: slopes b and 1, the identity and ReLU with them", sp.Le(below, 1, evaluate=False))
    top = sp.Symbol("L", positive=True)
    d.fails("exp: whatever L is, f'(log 2L) = 2L is above it", sp.Le(sp.exp(sp.log(2 * top)), top, evaluate=False))
