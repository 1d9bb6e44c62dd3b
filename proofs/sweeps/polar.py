"""Isometric cores: the polar factor is the best isometry for a linear cost, and a majoriser makes the cost linear."""

import sympy as sp
from sympy import MatrixSymbol

from ..claims import claim
from ..derivation import Derivation
from .frobenius import Inner, Symmetric, orthonormal, square, under

k, n, p, q = sp.symbols("k n p q", integer=True, positive=True)


@claim(
    "polar-factor-is-best",
    sources=("Evenbly, Vidal 2009", "Schönemann 1966"),
    statement="Let E = UΣVᵀ be a thin SVD (p, q), p ≥ q. Over all isometries W (WᵀW = I), tr WᵀE is largest at the "
    "polar factor W = UVᵀ, where it is tr Σ (the nuclear norm), and ‖E − W‖² is least there. If all singular values "
    "are positive it is the only one. Sizes are arbitrary; for p < q transpose.",
)
def best(d: Derivation) -> None:
    """The shortfall of any isometry, exactly, as a square."""
    left, right = MatrixSymbol("U", p, q), MatrixSymbol("V", q, q)
    root, other = Symmetric("R", q, q), MatrixSymbol("W", p, q)
    svd = (orthonormal(left), orthonormal(right), (right * right.T, sp.Identity(q)))
    isometry = d.given("W is an isometry: WᵀW = I", (orthonormal(other),), dropped=())
    d.say("write Σ = R², R = diag(√s_i): singular values are not negative")
    sigma = root * root
    cost = left * sigma * right.T
    d.equal(
        "what W lacks of tr Σ is a square",
        square(root) - Inner(other, cost),
        square((left - other * right) * root) / 2,
        by=under(*svd, *isometry),
    )
    d.holds("so tr WᵀE ≤ tr Σ", sp.Ge(square((left - other * right) * root) / 2, 0, evaluate=False))
    polar = left * right.T
    d.equal("the polar factor is an isometry", square(polar * right), q, by=under(*svd))
    d.equal("and lacks nothing", Inner(polar, cost), square(root), by=under(*svd))
    d.equal(
        "‖E − W‖² differs from −2 tr WᵀE by a constant",
        square(cost - other) + 2 * Inner(other, cost),
        square(cost) + q,
        by=under(*svd, *isometry),
    )
    d.say("where all s_i > 0, R is invertible: nothing is lacking only if WV = U, that is W = UVᵀ")


@claim(
    "polar-step-descends",
    sources=("Evenbly, Vidal 2009", "Kiers 1990"),
    statement="Let f(w) = ½⟨w, Gw⟩ − ⟨b, w⟩ with G symmetric, w an isometry in some unfolding. The step "
    "w ← polar(λw − Gw + b) never raises f if λ is at least the largest eigenvalue of G. No smaller bound will do: for "
    "some G, and every positive λ below its largest eigenvalue, the step raises f for some b.",
)
def majorised(d: Derivation) -> None:
    """The gain, exactly, as a sum of what the polar factor wins and a square; and that no smaller λ is safe."""
    hessian, slope = Symmetric("G", n, n), MatrixSymbol("b", n, 1)
    old, new, spare = MatrixSymbol("w₀", n, 1), MatrixSymbol("w₁", n, 1), MatrixSymbol("P", n, n)
    top, size = sp.Symbol("λ", positive=True), sp.Symbol("q", positive=True) * sp.Identity(1)
    same = d.given("both are isometries, so ‖w₀‖² = ‖w₁‖² = q", ((old.T * old, size), (new.T * new, size)), dropped=())
    bound = d.given(
        "λ is no less than any eigenvalue of G: λI − G = PᵀP",
        ((spare.T * spare, top * sp.Identity(n) - hessian),),
        dropped=(),
    )

    def f(w: sp.MatrixExpr) -> sp.Expr:
        return Inner(w, hessian * w) / 2 - Inner(slope, w)

    target = top * old - hessian * old + slope
    d.equal(
        "the gain of a step from w₀ to w₁",
        f(old) - f(new),
        Inner(target, new - old) + square(spare * (new - old)) / 2,
        by=under(*same, *bound),
    )
    d.say("the polar factor w₁ maximises ⟨λw₀ − Gw₀ + b, w⟩ over the isometries, w₀ among them: both terms are ≥ 0")
    t = sp.Symbol("t", positive=True)
    bend, start, end = sp.diag(1, 0), sp.Matrix([-3, 4]) / 5, sp.Matrix([3, 4]) / 5
    small = 1 / (1 + t)
    d.say(
        "no smaller λ is safe: let G = diag(1, 0), λ = 1/(1 + t) < 1, w₀ = (−3, 4)/5, w₁ = (3, 4)/5 and "
        "b = Gw₀ − λw₀ + (1 − λ)/2 w₁"
    )
    linear = bend * start - small * start + (1 - small) / 2 * end
    d.equal(
        "then λw₀ − Gw₀ + b is a positive multiple of w₁, so w₁ is its polar factor",
        small * start - bend * start + linear,
        (1 - small) / 2 * end,
    )
    before, after = ((w.T * bend * w)[0] / 2 - linear.dot(w) for w in (start, end))
    d.fails("and the step from w₀ to w₁ climbs", sp.Le(sp.factor(after), sp.factor(before), evaluate=False))


@claim(
    "linearised-polar-step",
    sources=("Evenbly, Vidal 2009",),
    statement="Let f(w) = ½⟨w, Gw⟩ − ⟨b, w⟩. The update w ← polar(b), which leaves the quadratic part out, minimises f "
    "over the isometries for every b if and only if ⟨w, Gw⟩ is the same for all of them. That is so where w meets "
    "isometries on the side of its rows, and any second moment C on the other: ⟨w, wC⟩ = tr C.",
)
def linearised(d: Derivation) -> None:
    """A constant quadratic part drops out; any other is worse than some b."""
    w, moment = MatrixSymbol("w", p, q), MatrixSymbol("C", q, q)
    isometry = d.given("w is an isometry: wᵀw = I", (orthonormal(w),), dropped=())
    d.equal(
        "met by isometries, the quadratic part is constant",
        Inner(w, w * moment),
        Inner(sp.Identity(q), moment),
        by=under(*isometry),
    )
    d.say("then f is a constant less ⟨b, w⟩, which polar(b) makes largest (polar-factor-is-best)")
    low, high, size, overlap = sp.symbols("g_a g_b q m", real=True)
    d.say(
        "otherwise ½⟨w, Gw⟩ is g_a at some w_a and g_b > g_a at some w_b. Take b = t w_b with t = (g_b − g_a)/(4q), "
        "q = ‖w_b‖², so that polar(b) = w_b; let m = ⟨w_b, w_a⟩"
    )
    t = (high - low) / (4 * size)
    excess = (high - low) * (3 * size + overlap) / (4 * size)
    d.equal("f(w_b) − f(w_a) is", (high - t * size) - (low - t * overlap), excess)
    d.entails(
        "which is positive, as |m| ≤ q: polar(b) is not the minimum",
        (high - low) * (3 * size + overlap) > 0,
        where=[high > low, size > 0, overlap >= -size],
    )
    unit = sp.Matrix([1, 0]), sp.Matrix([0, 1])
    values = [(v.T * sp.diag(1, 0) * v)[0] / 2 - sp.Rational(1, 8) * v[0] for v in unit]
    d.fails("such as G = diag(1, 0), b = e₁/8: polar(b) = e₁ is above e₂", sp.Le(*values, evaluate=False))
