"""Where alternating solves may end: rank one and a matrix, in full, for all sizes."""

import sympy as sp
from sympy import MatrixSymbol

from ..claims import claim
from ..derivation import Derivation
from .frobenius import Inner, square, under

p, q = sp.symbols("p q", integer=True, positive=True)
A, U, V = MatrixSymbol("A", p, q), MatrixSymbol("u", p, 1), MatrixSymbol("v", q, 1)
ONE = sp.Identity(1)


@claim(
    "rank-one-als-is-power-iteration",
    sources=("Holtz, Rohwedder, Schneider 2012", "Golub, Van Loan 2013"),
    statement="Alternating exact solves of min ‖A − uvᵀ‖² over u and over v are u = Av/‖v‖² and v = Aᵀu/‖u‖²: up to a "
    "factor, v ← AᵀA v, the power iteration.",
)
def power_iteration(d: Derivation) -> None:
    """Each solve is verified by what any other vector would lose."""
    other, nu, mu = MatrixSymbol("η", p, 1), sp.Symbol("ν", positive=True), sp.Symbol("μ", positive=True)
    size = (V.T * V, nu * ONE)
    solved = d.given("u solves its normal equations: Av = ν u with ν = ‖v‖²", ((A * V, nu * U),), dropped=())
    d.equal(
        "any other vector u + η is worse by ν ‖η‖²",
        square(A - (U + other) * V.T) - square(A - U * V.T),
        nu * square(other),
        by=under(size, *solved),
    )
    new, probe = MatrixSymbol("v⁺", q, 1), MatrixSymbol("z", q, 1)
    d.say("in the same way v⁺ solves Aᵀu = μ v⁺ with μ = ‖u‖²; put u = Av/ν into it")
    d.equal(
        "so μν v⁺ = AᵀA v: for every z",
        mu * nu * Inner(probe, new),
        Inner(probe, A.T * A * V),
        by=under((A.T * U, mu * new), *solved),
    )


@claim(
    "exact-solves-may-stop-short",
    sources=("Holtz, Rohwedder, Schneider 2012", "Espig, Hackbusch, Khachatryan 2015"),
    statement="Alternating exact solves of min ‖A − uvᵀ‖² never raise the loss, but every singular pair of A is a "
    "fixed point: on diag(1, a), 0 < a < 1, they stay at the error 1 from v = e₂, where a² is best. If the two largest "
    "singular values are s₁ > s₂, they find the best approximation from every start with ⟨v, v₁⟩ ≠ 0: a round "
    "multiplies tan ∠(v, v₁) by at most (s₂/s₁)².",
)
def may_stop(d: Derivation) -> None:
    """Fixed points of any size, an explicit one, and the rate at which all other starts leave them."""
    sigma = sp.Symbol("σ", positive=True)
    pair = ((A * V, sigma * U), (A.T * U, sigma * V), (U.T * U, ONE), (V.T * V, ONE))
    d.say("a singular pair: Av = σu, Aᵀu = σv, unit vectors. From v the solve gives σu, and from σu it gives v back")
    d.equal("so the error stays, for every σ", square(A - sigma * U * V.T), square(A) - sigma**2, by=under(*pair))
    less = 1 / (1 + sp.Symbol("t", positive=True))
    a = d.given("a < 1: a = 1/(1 + t) with t > 0", less, dropped=sp.Symbol("a", positive=True))
    whole, e1, e2 = sp.diag(1, a), sp.Matrix([1, 0]), sp.Matrix([0, 1])
    d.equal("diag(1, a) from e₂: u = a e₂, and then v = e₂ again", whole.T * (whole * e2) / a**2, e2)
    stuck, best = ((whole - found).applyfunc(lambda x: x**2) for found in (a * e2 * e2.T, e1 * e1.T))
    d.fails("where it stays the error is 1, at e₁ it is a²", sp.Le(sum(stuck), sum(best), evaluate=False))
    d.say(
        "now A = s₁ u₁v₁ᵀ + B, the sum of the leading pair and of all others, so Bv₁ = 0 and Bᵀu₁ = 0; and a start "
        "v = c v₁ + w with w ⊥ v₁ and c > 0 (or −v₁ for v₁). A round takes v to AᵀA v, up to a factor"
        " (rank-one-als-is-power-iteration)"
    )
    _rate(d)


def _rate(d: Derivation) -> None:
    """The tangent of the angle to v₁, before a round and after it."""
    s1, s2, c = sp.symbols("s₁ s₂ c", positive=True)
    others, w = MatrixSymbol("B", p, q), MatrixSymbol("w", q, 1)
    u1, v1 = MatrixSymbol("u₁", p, 1), MatrixSymbol("v₁", q, 1)
    apart = ((others * v1, sp.ZeroMatrix(p, 1)), (others.T * u1, sp.ZeroMatrix(q, 1)), (w.T * v1, sp.ZeroMatrix(1, 1)))
    rules = (*apart, (u1.T * u1, ONE), (v1.T * v1, ONE))
    whole = s1 * u1 * v1.T + others
    image = whole.T * whole * (c * v1 + w)
    d.equal("its part along v₁ grows by s₁²", Inner(v1, image), s1**2 * c, by=under(*rules))
    d.equal("the rest becomes BᵀB w", square(image) - (s1**2 * c) ** 2, square(others.T * others * w), by=under(*rules))
    near, far = MatrixSymbol("P", q, q), MatrixSymbol("R", p, p)
    bounded = d.given(
        "no other singular value exceeds s₂: s₂²I − BᵀB = PᵀP and s₂²I − BBᵀ = RᵀR",
        (
            (near.T * near, s2**2 * sp.Identity(q) - others.T * others),
            (far.T * far, s2**2 * sp.Identity(p) - others * others.T),
        ),
        dropped=(),
    )
    d.equal(
        "so its length grows by s₂² at most",
        s2**4 * square(w) - square(others.T * others * w),
        s2**2 * square(near * w) + square(far * others * w),
        by=under(*bounded),
    )
    length, gap = sp.Symbol("‖w‖", positive=True), sp.Symbol("g", nonnegative=True)
    d.holds(
        "and the tangent ‖w‖/c by (s₂/s₁)² at most, ‖BᵀB w‖ = s₂²‖w‖ − g with g ≥ 0",
        sp.Le((s2**2 * length - gap) / (s1**2 * c), (s2 / s1) ** 2 * length / c, evaluate=False),
    )
    d.say("k rounds multiply it by (s₂/s₁)^(2k) at most, which tends to 0 where s₁ > s₂")
