"""The identity transfer function makes Bregman PCA PCA, and what the mean vector is worth; any dimension and rank."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .forms import PAPER, divergence, half_square

UNITS, CODES = sp.symbols("d k", integer=True, positive=True)


@claim(
    "identity-gives-pca",
    sources=("bregman:4b", PAPER, "Eckart, Young 1936"),
    statement=(
        "For f(a) = a Bregman PCA is PCA: the mean is that of the data, V has orthonormal columns, the code of x is "
        "V'(x − m), k leading eigenvectors of the covariance are a best V, and the least mean loss is half the sum of "
        "the other eigenvalues. For any d and k."
    ),
)
def identity(d: Derivation) -> None:
    """Matrix algebra for the code; the eigenvalues λ_1 ≥ … ≥ λ_d of the covariance S enter through two sums."""
    a, b = sp.symbols("a b", real=True)
    d.equal("a unit's divergence is half a square", divergence(half_square, a, b), (a - b) ** 2 / 2)
    d.say("F has the Hessian I, so normalised directions are orthonormal; bregman-mean with f = id gives the mean")
    v, u, c = sp.MatrixSymbol("V", UNITS, CODES), sp.MatrixSymbol("u", UNITS, 1), sp.MatrixSymbol("c", CODES, 1)
    lead, rest, missing, taken, last = sp.symbols("A B mu mu' lambda_k", real=True)
    gram, taken = d.given(
        "V is orthonormal, V'V = I, so that tr VV' = k",
        (sp.Identity(CODES), missing),
        dropped=(sp.MatrixSymbol("G", CODES, CODES), taken),
    )
    residual = u.T * u - u.T * v * c - c.T * v.T * u + c.T * gram * c
    best = v.T * u
    square = (c - best).T * (c - best) + u.T * u - best.T * best
    d.equal("with u = x − m, |u − Vc|² = |c − V'u|² + |u|² − |V'u|²: the code is V'u", residual, square)
    d.say("the mean over samples of |u|² − |V'u|² is tr S − tr V'SV; let e_j be the eigenvectors of S")
    d.say("tr V'SV = Σ_j λ_j w_j with w_j = |V'e_j|²; Σ_j w_j = tr VV' = k, and 0 ≤ w_j ≤ 1 by the line above, u = e_j")
    d.say(
        "let A = Σ_{j≤k} λ_j (1 − w_j), B = Σ_{j>k} λ_j w_j; Σ w_j = k says that μ = Σ_{j≤k} (1 − w_j) is Σ_{j>k} w_j"
    )
    brackets = sp.UnevaluatedExpr(lead - last * missing) + sp.UnevaluatedExpr(last * taken - rest)
    d.equal("V falls short of the k leading eigenvectors by A − B", lead - rest, brackets)
    gap, share = sp.symbols("gap share", nonnegative=True)
    terms = (
        "the first bracket sums (λ_j − λ_k)(1 − w_j), the second (λ_k − λ_j) w_j: a gap times a share, never negative"
    )
    d.holds(terms, sp.Ge(gap * share, 0, evaluate=False))
    d.say("so no V does better than e_1, …, e_k, which leave tr S − Σ_{j≤k} λ_j = Σ_{j>k} λ_j; the loss is half of it")


@claim(
    "mean-vector-extends-bregman-pca",
    sources=("bregman:4b", PAPER, "Collins, Dasgupta, Schapire 2002"),
    statement=(
        "With m = 0 one has the Bregman PCA of Collins et al.: for f(a) = a, PCA of data that are not centred. For "
        "given V it exceeds the loss with a mean by |(I − VV')μ|²/2, μ the mean of the data; so it is never better, "
        "and equally good exactly if μ lies in the span of a best V. The mean is worth one direction at most: for any "
        "F, k + 1 directions without a mean fit no worse than k with one."
    ),
)
def extension(d: Derivation) -> None:
    """One coordinate orthogonal to V, where x_i = μ + u_i with Σ u_i = 0; the loss is a sum over such coordinates."""
    mean, spread = sp.symbols("mu s²", real=True)
    count = sp.Symbol("n", integer=True, positive=True)
    total = d.given("u_i is centred: Σ u_i = 0", sp.Integer(0), dropped=sp.Symbol("U", real=True))
    d.say(
        "without m the code of x_i is V'x_i, which leaves the coordinates orthogonal to V; with m it leaves those of "
        "u_i"
    )
    d.say("in such a coordinate, with Σ u_i² = n s²: Σ (μ + u_i)² = n μ² + 2 μ Σ u_i + n s²")
    uncentred = (count * mean**2 + 2 * mean * total + count * spread) / (2 * count)
    d.equal(
        "the mean loss without m exceeds the one with m by half the square of the mean",
        uncentred - spread / 2,
        mean**2 / 2,
    )
    d.say("summed, |(I − VV')μ|²/2 ≥ 0; a V that is best without m and loses nothing is best with m, and spans μ")
    second_moment = sp.diag(2, 1) + sp.Matrix([3, 0]) * sp.Matrix([[3, 0]])
    d.equal(
        "so it may cost nothing: covariance diag(2, 1), μ = (3, 0), k = 1 leave the eigenvalue 1",
        second_moment,
        sp.diag(11, 1),
    )
    v, m = sp.MatrixSymbol("V", UNITS, CODES), sp.MatrixSymbol("m", UNITS, 1)
    c = sp.MatrixSymbol("c", CODES, 1)
    wide = sp.BlockMatrix([[v, m]]) * sp.BlockMatrix([[c], [sp.Identity(1)]])
    d.equal(
        "for any F, directions [V, m] with codes (c, 1) make the same pre-activations",
        sp.block_collapse(wide),
        v * c + m,
    )
