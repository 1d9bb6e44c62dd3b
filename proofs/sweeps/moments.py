"""Squared losses of linear layers depend on the data through second moments alone, so no step depends on N."""

import sympy as sp
from sympy import MatrixSymbol

from ..claims import claim
from ..derivation import Derivation
from .frobenius import Inner, Symmetric, square, under

m, n, N = sp.symbols("m n N", integer=True, positive=True)
A, C = Symmetric("A", m, m), Symmetric("C", n, n)
T, W, B = MatrixSymbol("T", m, n), MatrixSymbol("W", m, n), MatrixSymbol("B", m, n)
X, Y, ONES = MatrixSymbol("X", n, N), MatrixSymbol("Y", m, N), MatrixSymbol("1", N, 1)
COUNT = (ONES.T * ONES, N * sp.Identity(1))


@claim(
    "moments-suffice",
    sources=("Izenman 1975",),
    statement="For samples X (n, N), Y (m, N) and a symmetric metric A, the mean loss 1/(2N) Σ ‖y − Tx‖²_A of every "
    "matrix T depends on them through C = XXᵀ/N, B = YXᵀ/N and E‖y‖²_A alone, and is ½⟨T − W, A(T − W)C⟩ + floor with "
    "WC = B, floor = ½(E‖y‖²_A − ⟨W, AWC⟩). Its gradient is A(T − W)C; neither holds N.",
)
def suffice(d: Derivation) -> None:
    """The square is multiplied out, then completed."""
    output = d.given("the student is linear in x: its outputs are TX", T * X, dropped=MatrixSymbol("Z", m, N))
    missed = Y - output
    moments = ((X * X.T, N * C), (Y * X.T, N * B))
    power = Inner(Y, A * Y) / (2 * N)
    d.equal(
        "multiply out: the data enter as XXᵀ, YXᵀ and ⟨Y, AY⟩",
        Inner(missed, A * missed) / (2 * N),
        Inner(T, A * T * C) / 2 - Inner(A * B, T) + power,
        by=under(*moments),
    )
    best = d.given("W solves the normal equations: B = WC", ((B, W * C),), dropped=())
    floor = power - Inner(W, A * W * C) / 2
    d.equal(
        "complete the square",
        Inner(T, A * T * C) / 2 - Inner(A * B, T) + power,
        Inner(T - W, A * (T - W) * C) / 2 + floor,
        by=under(*best),
    )
    step = MatrixSymbol("Δ", m, n)
    d.equal(
        "a step Δ changes twice the loss by",
        Inner(T + step - W, A * (T + step - W) * C) - Inner(T - W, A * (T - W) * C),
        2 * Inner(A * (T - W) * C, step) + Inner(step, A * step * C),
        by=under(),
    )
    d.say("so its gradient is A(T − W)C, and the rest is a square")
    d.say("such a W exists: the rows of B = YXᵀ/N lie in the range of C = XXᵀ/N; where C is singular, W is not unique")


@claim(
    "refitted-bias",
    sources=("Izenman 1975",),
    statement="With a bias b, the mean of ½‖y − Tx − b‖²_A is that of the centred data plus ½‖ȳ − Tx̄ − b‖²_A. So for "
    "every T, if A is positive semi-definite, b = ȳ − Tx̄ (the mean residual) is best, and it is then the loss of T on "
    "moments about the means.",
)
def bias(d: Derivation) -> None:
    """Centred data are orthogonal to the constant; the mean error splits off."""
    offset, half = MatrixSymbol("e", m, 1), MatrixSymbol("P", m, m)
    centred = d.given(
        "X and Y are centred: X1 = 0 and Y1 = 0",
        ((X * ONES, sp.ZeroMatrix(n, 1)), (Y * ONES, sp.ZeroMatrix(m, 1))),
        dropped=(),
    )
    d.say(
        "write x = x̄ + centred part, y likewise; the errors are Y − TX + e1ᵀ with e = ȳ − Tx̄ − b, 1 the vector of ones"
    )
    missed = Y - T * X
    d.equal(
        "the mean loss",
        Inner(missed + offset * ONES.T, A * (missed + offset * ONES.T)) / (2 * N),
        Inner(missed, A * missed) / (2 * N) + Inner(offset, A * offset) / 2,
        by=under(COUNT, *centred),
    )
    d.equal("with A = PᵀP", Inner(offset, half.T * half * offset), square(half * offset), by=under())
    d.holds("the part of the bias is not negative, and zero at e = 0", sp.Ge(square(half * offset), 0, evaluate=False))


@claim(
    "moments-add",
    sources=("Chan, Golub, LeVeque 1983",),
    statement="Two sets of samples, shares p and q of all (p + q = 1), means a and b, second moments C₁ and C₂ about "
    "their own means: the moment about the common mean pa + qb is pC₁ + qC₂ + pq (b − a)(b − a)ᵀ.",
)
def add(d: Derivation) -> None:
    """The moment of each set about another point, then the two of them at the common mean."""
    a, b = MatrixSymbol("a", n, 1), MatrixSymbol("b", n, 1)
    one, probe = Symmetric("C₁", n, n), MatrixSymbol("Z", n, n)
    shift, p = MatrixSymbol("s", n, 1), sp.Symbol("p", real=True)
    q = d.given("the shares add to 1: q = 1 − p", 1 - p, dropped=sp.Symbol("q", real=True))
    moved = X + shift * ONES.T
    own = ((X * ONES, sp.ZeroMatrix(n, 1)), (X * X.T, N * one))
    d.equal(
        "one set, X centred, s from its mean to the point: its moment is C₁ + ssᵀ; for every Z",
        Inner(probe, moved * moved.T) / N,
        Inner(probe, one + shift * shift.T),
        by=under(*own, COUNT),
    )
    first, second = a - p * a - q * b, b - p * a - q * b
    d.equal(
        "both sets, from their means to the common one",
        Inner(probe, p * first * first.T + q * second * second.T),
        p * q * Inner(probe, (b - a) * (b - a).T),
        by=under(),
    )
    d.say("cross moments YXᵀ and powers follow in the same way, with the other mean in one of the two factors")
