"""When the bound of the transfer risk falls like a power of the number n of inputs, and for which inputs it doesn't."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation


@claim(
    "transfer-risk-rate",
    sources=("notes:182b", "Ji, Zhu 2020"),
    statement="p(π/2 − ᾱ_n) = O(n^(−b/2)), where p(β) = P_x[∠(φ(x), w_*) > β] and ᾱ_n = ∠(w_*, ŵ_n).",
    verdict=Verdict.ASSUMPTION,
    corrected="Holds if p(π/2 − δ) ≤ C δᵇ for all δ > 0 (few inputs near the teacher's boundary) and ᾱ_n ≤ A n^(−½): "
    "then p(π/2 − ᾱ_n) ≤ C Aᵇ n^(−b/2); with ᾱ_n ≤ A n^(−g) the power is n^(−gb). Without the one or the other there "
    "need not be any rate.",
)
def rate(d: Derivation) -> None:
    """Both assumptions are put in; then each is left out in an example in the plane."""
    n, b, scale, coefficient = sp.symbols("n b A C", positive=True)
    delta = sp.Symbol("delta", positive=True)
    tail = d.given(
        "the mass of inputs within δ of the teacher's boundary is at most C δᵇ",
        lambda width: coefficient * width**b,
        dropped=sp.Function("p"),
    )
    angle = d.given("the angle falls as A n^(−½)", scale / sp.sqrt(n), dropped=sp.Function("alpha", positive=True)(n))
    d.say("p falls with its argument, so p(π/2 − ᾱ_n) is largest at the largest ᾱ_n allowed.")
    d.equal(
        "the bound is then",
        tail(angle),
        coefficient * scale**b * n ** (-b / 2),
        by=lambda e: sp.powsimp(sp.expand_power_base(e, force=True)),
    )
    slow = 1 / (1 - sp.log(delta))
    d.say("Without the power in p: let p(π/2 − δ) be the following for 0 < δ ≤ 1, and ᾱ_n = n^(−½).", slow)
    d.holds(
        "it is a legal tail: it grows with δ, its slope at δ = exp(−b) being",
        sp.Gt(sp.diff(slow, delta).subs(delta, sp.exp(-b)), 0, evaluate=False),
    )
    d.equal("and vanishes at the boundary", sp.Limit(slow, delta, 0, "+"), 0)
    d.equal(
        "but p(π/2 − ᾱ_n) = 1/(1 + ½ log n) is no O(n^(−b/2)) for any b > 0: n^(−b/2)/p tends to",
        sp.Limit(n ** (-b / 2) * (1 + sp.log(n) / 2), n, sp.oo),
        0,
    )
    teacher, axis = sp.Matrix([1, sp.sqrt(3)]) / 2, sp.Matrix([1, 0])
    left, seen = sp.acos((axis * axis.T * teacher).norm()), sp.acos(axis.dot(teacher))
    d.say("Without the power in ᾱ_n: let all inputs be along the axis (1, 0) of the plane, and w_* = (1, √3)/2.")
    d.equal("their angle to w_* is", seen, sp.pi / 3)
    d.say("No input is within π/6 of the teacher's boundary, so p(π/2 − δ) ≤ C δᵇ with C = (6/π)ᵇ for every b.")
    d.equal("The student of any n of them is at the angle arccos |P w_*|", left, sp.pi / 3)
    beyond = sp.Ge(sp.pi / 2 - left, seen, evaluate=False)
    d.fails("so no input is within π/2 − ᾱ_n of w_*, and p(π/2 − ᾱ_n) is 1 for every n", beyond)
    student = axis * axis.T * teacher
    signs = axis.dot(student) * axis.dot(teacher)
    d.holds(
        "though the risk is 0: at an input (x_1, 0) the scores have the product x_1²/4", sp.Gt(signs, 0, evaluate=False)
    )


@claim(
    "angle-of-isotropic-inputs",
    sources=("notes:182b", "notes:186", "Ji, Zhu 2020"),
    statement="The angle ᾱ_n between a linear teacher and the student distilled on n inputs falls like a power of n.",
    verdict=Verdict.CORRECTED,
    corrected="For n independent inputs of uniform direction in ℝᵈ (normal ones, say) E cos² ᾱ_n = n/d for n ≤ d, and "
    "ᾱ_n = 0 from n = d on. Such inputs have p(π/2 − δ) ≤ C_d δ, so b = 1 in every dimension d ≥ 2.",
)
def isotropic(d: Derivation) -> None:
    """The projection on n independent inputs has trace n, and no direction gets more of it than another."""
    n, dim = sp.symbols("n d", integer=True, positive=True)
    delta = sp.Symbol("delta", positive=True)
    d.say(
        "cos² ᾱ_n = w_*ᵀP w_* for |w_*| = 1 (claim linear-student-projects). Take an orthonormal basis e_1 = w_*, e_2, "
        "..."
    )
    d.equal(
        "in a basis of their span P is the identity, so Σ_i e_iᵀP e_i, its trace in every basis, is",
        sp.trace(sp.Identity(n)),
        n,
    )
    first = sp.Symbol("q", real=True)
    others = d.given(
        "no direction is preferred: every E e_iᵀP e_i is the same", first, dropped=sp.Symbol("q_i", real=True)
    )
    (share,) = sp.solve(first + (dim - 1) * others - n, first)
    d.equal("so the first one, E cos² ᾱ_n, is", share, n / dim)
    d.equal("at n = d nothing is left: E sin² ᾱ_n", (1 - share).subs(n, dim), 0)
    doubled = (1 - share).subs(n, 2 * n) / (1 - share)
    d.differ(
        "a power falls by one factor with each doubling of n; E sin² ᾱ_n does not: from n = d/8, and from n = d/4",
        doubled.subs(n, dim / 8),
        doubled.subs(n, dim / 4),
    )
    angle = sp.Symbol("psi", real=True)

    def mean_square(size: int) -> sp.Expr:
        density = sp.sin(angle) ** (size - 2)
        return sp.integrate(sp.cos(angle) ** 2 * density, (angle, 0, sp.pi)) / sp.integrate(density, (angle, 0, sp.pi))

    d.enumerate(
        "n = 1, an angle ψ of the density ∝ sin^(d−2) ψ, says the same: E cos² ψ = 1/d for d = 2 to 6",
        range(2, 7),
        lambda size: mean_square(size) == sp.Rational(1, size),
    )
    d.say("An input is within δ of a right angle to w_* with the probability p(π/2 − δ) = 2c_d ∫_0^δ cos^(d−2) ψ dψ.")
    plane, space = (
        sp.integrate(2 * c * sp.cos(angle) ** k, (angle, 0, delta)) for c, k in ((1 / sp.pi, 0), (sp.Rational(1, 2), 1))
    )
    d.equal("it is at most C_d δ = 2c_d δ, since cos ≤ 1: in the plane it is", plane, 2 * delta / sp.pi)
    d.equal("and in ℝ³", space, sp.sin(delta))
