"""When the bound of the transfer risk falls like a power of the number n of inputs, and for which inputs it doesn't."""

import sympy as sp

from proofs.claims import Verdict, claim
from proofs.derivation import Derivation


@claim(
    "transfer-risk-rate",
    sources=("notes:182b", "Ji, Zhu 2020"),
    statement="p(π/2 − ᾱ_n) = O(n^(−b/2)), where p(β) = P_x[∠(φ(x), w_*) > β] and ᾱ_n = ∠(w_*, ŵ_n).",
    verdict=Verdict.ASSUMPTION,
    corrected="Holds if p(π/2 − δ) ≤ C δᵇ (few inputs near the teacher's boundary) and ᾱ_n ≤ A n^(−½): then p(π/2 − "
    "ᾱ_n) ≤ C Aᵇ n^(−b/2); with ᾱ_n ≤ A n^(−g) the power is n^(−gb). Without the one or the other there need not be "
    "any rate.",
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
        "it is a legal tail: it grows with δ", sp.Gt(sp.diff(slow, delta).subs(delta, sp.exp(-b)), 0, evaluate=False)
    )
    d.equal("and vanishes at the boundary", sp.Limit(slow, delta, 0, "+"), 0)
    d.equal(
        "but p(π/2 − ᾱ_n) = 1/(1 + ½ log n) is no O(n^(−b/2)) for any b > 0: n^(−b/2)/p tends to",
        sp.Limit(n ** (-b / 2) * (1 + sp.log(n) / 2), n, sp.oo),
        0,
    )
    teacher = sp.Matrix([1, 1]) / sp.sqrt(2)
    line = sp.diag(1, 0)
    angle_left = sp.acos((line * teacher).norm())
    d.equal(
        "Without the power in ᾱ_n: n inputs along one axis leave the student of w_* ∝ (1, 1) at the angle arccos |P "
        "w_*|",
        angle_left,
        sp.pi / 4,
    )
    d.differ("so for directions uniform in the plane its risk ᾱ_n/π is, for every n,", angle_left / sp.pi, 0)


@claim(
    "angle-of-isotropic-inputs",
    sources=("notes:182b", "notes:186", "Ji, Zhu 2020"),
    statement="The angle ᾱ_n between a linear teacher and the student distilled on n inputs falls like a power of n.",
    verdict=Verdict.CORRECTED,
    corrected="For n independent inputs without a preferred direction in ℝᵈ (normal ones, say) E cos² ᾱ_n = n/d for n "
    "≤ d, and ᾱ_n = 0 from n = d on. Such inputs have p(π/2 − δ) ≤ C_d δ, so b = 1 in every dimension d ≥ 2.",
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
    cosine = sp.gamma(dim / 2) / (sp.sqrt(sp.pi) * sp.gamma((dim - 1) / 2))
    moment = sp.gamma(sp.Rational(3, 2)) * sp.gamma((dim - 1) / 2) / sp.gamma(dim / 2 + 1)
    d.equal("for n = 1 the density c_d (1 − s²)^((d−3)/2) of a cosine s says the same: E s²", cosine * moment, 1 / dim)
    angle = sp.Symbol("psi", real=True)
    plane, space = (
        sp.integrate(2 * c * sp.cos(angle) ** k, (angle, 0, delta)) for c, k in ((1 / sp.pi, 0), (sp.Rational(1, 2), 1))
    )
    d.equal(
        "p(π/2 − δ) = 2c_d ∫_0^δ cos^(d−2) ψ dψ ≤ 2c_d δ, since cos ≤ 1: in the plane it is", plane, 2 * delta / sp.pi
    )
    d.equal("and in ℝ³", space, sp.sin(delta))
    decay = sp.Symbol("g", positive=True)
    d.differ("a power A n^(−g) is positive at n = d, the angle is 0", n**-decay, 0)
