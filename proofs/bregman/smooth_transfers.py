"""Potentials of smooth transfer functions: F' = f, the inverse, the conjugate, the slope; at every real argument."""

import sympy as sp

from ..claims import Claim, claim
from ..derivation import Derivation
from .forms import PAPER, positive, sigmoid, softplus, split_logarithms

A, Y = sp.Symbol("a"), sp.Symbol("y", real=True)


def _row(
    id: str, words: str, *, f: sp.Expr, potential: sp.Expr, inverse: sp.Expr, conjugate: sp.Expr, slope: sp.Expr
) -> Claim:
    """The claim that one row of the table of transfer functions is right; `f`, `potential` and `slope` are in `A`."""

    def evidence(d: Derivation) -> None:
        a = d.given("the pre-activation a is real", sp.Symbol("a", real=True), dropped=A)
        value, height, steepness = (expression.subs(A, a) for expression in (f, potential, slope))
        d.say("the transfer function", value)
        d.equal("the derivative of the potential is the transfer function", sp.Derivative(height, a), value, by=_opened)
        d.equal("the derivative of the transfer function is the slope", sp.Derivative(value, a), steepness)
        d.holds("which is positive: F is strictly convex, f increases strictly", positive(steepness))
        d.equal("the inverse takes f(a) back to a", inverse.subs(Y, value), a, by=split_logarithms)
        d.say("y a − F(a) is concave in a, so it is largest where y = f(a): F*(f(a)) = a f(a) − F(a)")
        pair = conjugate.subs(Y, value) + height
        d.equal("the conjugate is that: F*(f(a)) + F(a) = a f(a)", pair, a * value, by=split_logarithms)
        d.equal(
            "a second check: the derivative of the conjugate is the inverse",
            sp.Derivative(conjugate, Y),
            inverse,
            by=_opened,
        )

    statement = f"{words}. F' = f, F is strictly convex, and F*(y) = sup_a ya − F(a)."
    return claim(id, sources=("bregman:4a", PAPER), statement=statement)(evidence)


def _opened(expression: sp.Expr) -> sp.Expr:
    return sp.simplify(sp.expand_func(expression.doit()))


SIGMOID = _row(
    "sigmoid-potential",
    "The sigmoid f(a) = 1/(1+e⁻ᵃ) has the potential F(a) = log(1+eᵃ), the inverse log(y/(1−y)), the conjugate "
    "F*(y) = y log y + (1−y) log(1−y) and the slope y(1−y)",
    f=sigmoid(A),
    potential=softplus(A),
    inverse=sp.log(Y) - sp.log(1 - Y),
    conjugate=Y * sp.log(Y) + (1 - Y) * sp.log(1 - Y),
    slope=sigmoid(A) * sigmoid(-A),
)
TANH = _row(
    "tanh-potential",
    "f(a) = tanh a has the potential F(a) = log cosh a, the inverse artanh y, the conjugate "
    "F*(y) = ((1+y) log(1+y) + (1−y) log(1−y))/2 and the slope 1 − y² = 1/cosh² a",
    f=(sp.exp(A) - sp.exp(-A)) / (sp.exp(A) + sp.exp(-A)),
    potential=sp.log((sp.exp(A) + sp.exp(-A)) / 2),
    inverse=(sp.log(1 + Y) - sp.log(1 - Y)) / 2,
    conjugate=((1 + Y) * sp.log(1 + Y) + (1 - Y) * sp.log(1 - Y)) / 2,
    slope=4 / (sp.exp(A) + sp.exp(-A)) ** 2,
)
SOFTPLUS = _row(
    "softplus-potential",
    "Softplus f(a) = log(1+eᵃ) has the potential F(a) = −Li₂(−eᵃ), the inverse log(eʸ−1), the conjugate "
    "F*(y) = y log(eʸ−1) + Li₂(1−eʸ) and the sigmoid as its slope",
    f=softplus(A),
    potential=-sp.polylog(2, -sp.exp(A)),
    inverse=sp.log(sp.exp(Y) - 1),
    conjugate=Y * sp.log(sp.exp(Y) - 1) + sp.polylog(2, 1 - sp.exp(Y)),
    slope=sigmoid(A),
)
EXP = _row(
    "exp-potential",
    "f(a) = eᵃ has the potential F(a) = eᵃ, the inverse log y, the conjugate F*(y) = y log y − y and the slope eᵃ",
    f=sp.exp(A),
    potential=sp.exp(A),
    inverse=sp.log(Y),
    conjugate=Y * sp.log(Y) - Y,
    slope=sp.exp(A),
)
ARCTAN = _row(
    "arctan-potential",
    "f(a) = atan a has the potential F(a) = a·atan a − log(1+a²)/2, the inverse tan y, the conjugate "
    "F*(y) = −log cos y and the slope 1/(1+a²)",
    f=sp.atan(A),
    potential=A * sp.atan(A) - sp.log(1 + A**2) / 2,
    inverse=sp.tan(Y),
    conjugate=-sp.log(sp.cos(Y)),
    slope=1 / (1 + A**2),
)
ALGEBRAIC = _row(
    "algebraic-potential",
    "f(a) = a/√(1+a²) has the potential F(a) = √(1+a²), the inverse y/√(1−y²), the conjugate F*(y) = −√(1−y²) and "
    "the slope (1+a²)^(−3/2)",
    f=A / sp.sqrt(1 + A**2),
    potential=sp.sqrt(1 + A**2),
    inverse=Y / sp.sqrt(1 - Y**2),
    conjugate=-sp.sqrt(1 - Y**2),
    slope=(1 + A**2) ** sp.Rational(-3, 2),
)
