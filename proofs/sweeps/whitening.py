"""Other coordinates for the same loss: singular vectors of the data, roots of the metrics, whitened inputs."""

import sympy as sp
from sympy import MatrixSymbol
from sympy.matrices.expressions.kronecker import combine_kronecker

from ..claims import claim
from ..derivation import Derivation
from .frobenius import Inner, Symmetric, orthonormal, square, under

m, n, p, q, r, N = sp.symbols("m n p q r N", integer=True, positive=True)
GAP = MatrixSymbol("Δ", m, n)


@claim(
    "kronecker-metric",
    sources=("Izenman 1975", "Van Loan 2000"),
    statement="For two layers that differ by Δ, tr(A Δ C Δᵀ) = ‖aᵀ Δ c‖² for any roots A = aaᵀ and C = ccᵀ, square or "
    "not: the quadratic form of vec Δ (row by row) with the Kronecker product A ⊗ C, C symmetric, is a Frobenius norm "
    "after a change of variables. For inputs X = USVᵀ (n, N) and C = XXᵀ, c = US will do: N samples are replaced by "
    "r ≤ min(n, N) weighted singular vectors.",
)
def kronecker(d: Derivation) -> None:
    """Roots on both sides; the entries of a Kronecker product; the right singular vectors drop out."""
    near, far = MatrixSymbol("a", m, q), MatrixSymbol("c", n, r)
    output, moment = Symmetric("A", m, m), Symmetric("C", n, n)
    factored = ((near * near.T, output), (far * far.T, moment))
    roots = d.given("a and c are roots: aaᵀ = A and ccᵀ = C", factored, dropped=())
    d.equal("a metric on each side", Inner(GAP, output * GAP * moment), square(near.T * GAP * far), by=under(*roots))
    d.say("tr(A Δ C Δᵀ) = Σ_ijkl A_ij Δ_jk C_kl Δ_il is the form of A ⊗ C, whose entries are A_ij C_kl, as C = Cᵀ")
    d.enumerate(
        "illustration, with symbols for all entries: the two agree for sizes up to 3",
        [(rows, columns) for rows in (1, 2, 3) for columns in (1, 2, 3)],
        _same_form,
    )
    left, size, right = MatrixSymbol("U", n, r), Symmetric("S", r, r), MatrixSymbol("V", N, r)
    rows = d.given("the right singular vectors are orthonormal: VᵀV = I", (orthonormal(right),), dropped=())
    d.equal("c = X and c = US", square(GAP * left * size * right.T), square(GAP * left * size), by=under(*rows))
    d.say("U and S are found from XXᵀ = US²Uᵀ (n, n), which adds over blocks of samples: no N is left")


def _same_form(sizes: tuple[int, int]) -> bool:
    """vec(Δ)ᵀ (A ⊗ C) vec(Δ) = tr(A Δ C Δᵀ) for matrices of symbols, C symmetric."""
    rows, columns = sizes
    output = sp.Matrix(rows, rows, lambda i, j: sp.Symbol(f"a{i}{j}"))
    moment = sp.Matrix(columns, columns, lambda i, j: sp.Symbol(f"c{min(i, j)}{max(i, j)}"))
    gap = sp.Matrix(rows, columns, lambda i, j: sp.Symbol(f"d{i}{j}"))
    flat = sp.Matrix(list(gap))
    form = flat.dot(sp.kronecker_product(output, moment) * flat)
    return sp.expand(form - (output * gap * moment * gap.T).trace()) == 0


@claim(
    "whitened-coordinates",
    sources=("Golub, Van Loan 2013",),
    statement="Let u = R⁻¹x with R symmetric and invertible. A student T on u and the student TR⁻¹ on x have the same "
    "loss for the moments R⁻¹CR⁻¹ and the target WR of u, and C and W of x. Where R is a Kronecker product over input "
    "legs, R⁻¹ is undone leg by leg, and no bond changes.",
)
def whitened(d: Derivation) -> None:
    """R and its inverse cancel in the loss; a product acts on each leg alone."""
    output, moment = Symmetric("A", m, m), Symmetric("C", n, n)
    root, inverse = Symmetric("R", n, n), Symmetric("K", n, n)
    weight, student = MatrixSymbol("W", m, n), MatrixSymbol("T", m, n)
    inverses = ((inverse * root, sp.Identity(n)), (root * inverse, sp.Identity(n)))
    cancel = d.given("K is the inverse of R", inverses, dropped=())
    gap, moved = student - weight * root, student * inverse - weight
    d.equal(
        "the loss of T on u, and of TK on x",
        Inner(gap, output * gap * (inverse * moment * inverse)),
        Inner(moved, output * moved * moment),
        by=under(*cancel),
    )
    first, second = MatrixSymbol("K₁", p, p), MatrixSymbol("K₂", q, q)
    one, two = MatrixSymbol("T₁", r, p), MatrixSymbol("T₂", m, q)
    both = sp.KroneckerProduct(one, two) * sp.KroneckerProduct(first, second)
    d.say("where R⁻¹ = K₁ ⊗ K₂: one term of a sum over bonds, T₁ ⊗ T₂, times it", both)
    d.equal(
        "each core takes its own factor; any number of legs by induction",
        combine_kronecker(both),
        sp.KroneckerProduct(one * first, two * second),
    )
