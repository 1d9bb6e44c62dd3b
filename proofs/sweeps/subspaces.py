"""Which subspace to keep: leading eigenvectors, and the best map of a given rank under the data's metric."""

import sympy as sp
from sympy import MatrixSymbol

from ..claims import claim
from ..derivation import Derivation
from .frobenius import Inner, Symmetric, orthonormal, square, under

k, m, n, r = sp.symbols("k m n r", integer=True, positive=True)


@claim(
    "leading-directions",
    sources=("Fan 1949", "Eckart, Young 1936"),
    statement="Let M (n, n) be symmetric and positive semi-definite. Over all Q (n, k) with orthonormal columns "
    "tr QᵀMQ is largest at k leading eigenvectors, where it is the sum of the k largest eigenvalues. So for rows r "
    "with the second moment M, leading eigenvectors lose least: E‖r − QQᵀr‖² = tr M − tr QᵀMQ.",
)
def leading(d: Derivation) -> None:
    """What any Q captures less than the leading eigenvectors, exactly, as a sum of squares."""
    first, rest, other = MatrixSymbol("U", n, k), MatrixSymbol("V", n, m), MatrixSymbol("Q", n, k)
    high, low = MatrixSymbol("P", k, k), MatrixSymbol("R", m, m)
    small, level = MatrixSymbol("Λ", m, m), sp.Symbol("c", nonnegative=True)
    isometry = d.given("Q has orthonormal columns", (orthonormal(other),), dropped=())
    basis = (
        orthonormal(first),
        (first.T * rest, sp.ZeroMatrix(k, m)),
        (rest * rest.T, sp.Identity(n) - first * first.T),
    )
    d.say(
        "U: k leading eigenvectors, V: all others, UUᵀ + VVᵀ = I. Let c lie between their eigenvalues, those of U "
        "being cI + PᵀP and those of V Λ, both diagonal: M = U(cI + PᵀP)Uᵀ + VΛVᵀ"
    )
    bounded = (low.T * low, level * sp.Identity(m) - small)
    leads = d.given("no eigenvalue of V is above c: cI − Λ = RᵀR", (bounded,), dropped=())
    moment = first * (level * sp.Identity(k) + high.T * high) * first.T + rest * small * rest.T
    missing = square(high * first.T * (sp.Identity(n) - other * other.T)) + square(low * rest.T * other)
    d.equal(
        "Q captures less than U by",
        Inner(first, moment * first) - Inner(other, moment * other),
        missing,
        by=under(*basis, *isometry, *leads),
    )
    d.holds("which is not negative", sp.Ge(missing, 0, evaluate=False))
    row = MatrixSymbol("r", n, 1)
    d.equal(
        "one row loses what is not captured",
        square(row - other * other.T * row),
        square(row) - square(other.T * row),
        by=under(*isometry),
    )
    d.say("its mean over the rows is tr M − tr QᵀMQ")


@claim(
    "reduced-rank-regression",
    sources=("Izenman 1975", "Eckart, Young 1936"),
    statement="Let C (n, n) be positive semi-definite, singular or not. Over all T (m, n) of rank at most k the loss "
    "½ tr (T − W)C(T − W)ᵀ is least at T = QQᵀW, Q (m, k) the leading left singular vectors of W C^(1/2), and it is "
    "there half the sum of the other squared singular values. The truncated SVD of W itself is not optimal.",
)
def reduced_rank(d: Derivation) -> None:
    """Change variables, split off the column space, and leave the choice of that to leading-directions."""
    weight, student, basis = MatrixSymbol("W", m, n), MatrixSymbol("T", m, n), MatrixSymbol("Q", m, k)
    moment, root, code = Symmetric("C", n, n), MatrixSymbol("S", n, r), MatrixSymbol("Z", k, r)
    metric = d.given("S is a root of the data's moment: SSᵀ = C", ((root * root.T, moment),), dropped=())
    isometry = d.given("Q has orthonormal columns", (orthonormal(basis),), dropped=())
    missed = student - weight
    d.equal(
        "the loss is half a plain squared distance",
        Inner(missed, missed * moment) / 2,
        square(missed * root) / 2,
        by=under(*metric),
    )
    d.say("TS has rank at most k: TS = QZ for some Q with k orthonormal columns. Let M = WS")
    d.equal(
        "for given Q, Z = QᵀM is best",
        square(weight * root - basis * code),
        square(weight * root) - square(basis.T * weight * root) + square(basis.T * weight * root - code),
        by=under(*isometry),
    )
    d.equal(
        "T = QQᵀW attains it, without an inverse of C",
        square((basis * basis.T * weight - weight) * root),
        square(weight * root) - square(basis.T * weight * root),
        by=under(*isometry),
    )
    d.say(
        "‖QᵀM‖² = tr QᵀMMᵀQ is largest at the leading eigenvectors of MMᵀ (leading-directions), the left singular "
        "vectors of M, where it is the sum of the k largest squared singular values"
    )
    w, c = sp.diag(2, 1), sp.diag(1, 9)

    def loss(t: sp.Matrix) -> sp.Expr:
        return ((t - w) * c * (t - w).T).trace() / 2

    d.fails(
        "W = diag(2, 1) and C = diag(1, 9): keeping the larger entry of W loses more than keeping the other",
        sp.Le(loss(sp.diag(2, 0)), loss(sp.diag(0, 1)), evaluate=False),
    )
