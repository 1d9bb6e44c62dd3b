"""What a layer a = T·Φ(a') can be: every affine layer, but no ReLU, for any number of units."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation


@claim(
    "layer-bias",
    sources=("draft:29", "draft:33"),
    statement=(
        "a = T·Φ(a') with φ(x) = [1, x] needs no bias of its own: for every w and b there is a T with T·Φ(x) = b + "
        "Σ_k w_k x_k, for any number n of units."
    ),
)
def bias(d: Derivation) -> None:
    """T is b at (1, …, 1), w_k where only site k has its index at x, and 0 elsewhere; sites are added one at a time."""
    n, k = sp.symbols("n k", integer=True, positive=True)
    b, (w, x, c) = sp.Symbol("b"), map(sp.IndexedBase, "wxc")
    first = d.given("the first entry of φ is 1", lambda _: sp.Integer(1), dropped=lambda site: c[site])
    d.say("site n + 1 adds the entries T_n ⊗ e₁ and w_{n+1} (e₁ ⊗ … ⊗ e₁) ⊗ e₂, e₁ picking the 1 and e₂ the x of φ")

    def one_more(value: sp.Expr, m: sp.Expr) -> sp.Expr:
        ones = sp.Product(first(k), (k, 1, m)).doit()
        return value * first(m + 1) + ones * sp.Sum(w[k] * x[k], (k, m + 1, m + 1))

    d.induction(
        "the old value is multiplied by 1, the new term w_{n+1} x_{n+1} by a product of ones",
        n,
        base=(0, b),
        step=one_more,
        closed=b + sp.Sum(w[k] * x[k], (k, 1, n)),
    )


@claim(
    "layer-activation",
    sources=("draft:29", "draft:33"),
    statement="A layer a = σ(W a' + b) takes the form a = T·Φ(a') with φ(x) = [1, x] and no activation σ.",
    verdict=Verdict.CORRECTED,
    corrected=(
        "If W ≠ 0, it does so if and only if σ is affine; for every other σ the tensor layer is another function."
    ),
)
def activation(d: Derivation) -> None:
    """One unit x with weight w ≠ 0 is singled out and all others are set to zero."""
    p, q, b, u, x = sp.symbols("p q b u x", real=True)
    w = sp.Symbol("w", real=True, nonzero=True)
    relu = [sp.Max(0, t) for t in (-1, 0, 1)]
    d.differ("ReLU bends at 0: its second difference over −1, 0, 1 is not 0", relu[0] - 2 * relu[1] + relu[2], 0)
    layer = d.given("T·Φ is affine in x", p + q * x, dropped=p + q * x + sp.Symbol("r") * x**2)
    d.say("let σ(w x + b) = T·Φ(x) for all x, and put x = (u − b)/w, so that the argument of σ is u, any real number")
    sigma = layer.subs(x, (u - b) / w)
    d.equal("σ as a function of u has no second derivative: σ is affine", sp.Derivative(sigma, u, 2), 0)
    alpha, beta = sp.symbols("alpha beta")
    d.equal(
        "conversely α + β(w x + b) is affine in x, and every affine function is a T·Φ (layer-bias)",
        sp.Derivative(alpha + beta * (w * x + b), x, 2),
        0,
    )


@claim(
    "layer-relu-rank",
    sources=("draft:29", "draft:33", "draft:35b"),
    statement=(
        "A richer map φ: ℝ → ℝᵈ is of no avail, however large d: for no d, φ and T is ReLU(x + y) = T·(φ(x) ⊗ φ(y)) "
        "for all x and y. At d + 1 suitable points xᵢ and as many yⱼ the matrix of ReLU(xᵢ + yⱼ) has rank d + 1, that "
        "of T·(φ ⊗ φ) at most d."
    ),
)
def relu_rank(d: Derivation) -> None:
    """With d functions a site, values on any grid are a matrix of rank d; those of the ReLU can be triangular."""
    m = sp.Symbol("m", integer=True, positive=True)
    gap = sp.Symbol("g", integer=True, nonnegative=True)
    sigma = d.given(
        "the activation is the ReLU, σ(t) = max(0, t), rather than none, σ(t) = t",
        lambda t: sp.Max(0, t),
        dropped=lambda t: t,
    )
    d.say("values T·(φ(xᵢ) ⊗ φ(yⱼ)) = Σ_ab φ_a(xᵢ) T_ab φ_b(yⱼ) form a product of matrices of inner size d: rank ≤ d")
    d.say("at xᵢ = i and yⱼ = 1 − j, i, j = 1, …, m, the values of the layer are σ(i − j + 1)")
    d.equal("they are 1 on the diagonal, i = j", sigma(sp.Integer(1)), 1)
    d.equal("and 0 above it, where j = i + 1 + g with g ≥ 0", sigma(-gap), 0)
    d.induction(
        "expanded along its last column, where only the diagonal entry remains, the determinant of size m + 1 is "
        "that of m",
        m,
        base=(1, sigma(sp.Integer(1))),
        step=lambda determinant, _: sigma(sp.Integer(1)) * determinant,
        closed=sp.Integer(1),
    )
    grid = sp.Matrix(3, 3, lambda i, j: sigma(sp.Integer(i - j + 1)))
    d.equal("for instance m = 3", grid, sp.Matrix([[1, 0, 0], [2, 1, 0], [3, 2, 1]]))
    d.differ(
        "so the rank is m for every m: more than d for m = d + 1. If d = 2, the determinant above is", grid.det(), 0
    )
