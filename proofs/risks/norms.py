"""Rademacher complexity of a matrix product state by its norm: no rank enters; any sites, ranks and samples."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation


@claim(
    "rademacher-norm-ball",
    sources=("notes:154", "Bartlett, Mendelson 2002"),
    statement="The functions x ↦ ⟨W, Φ(x)⟩ with ‖W‖_F ≤ B, Φ(x) = φ(x_1) ⊗ ... ⊗ φ(x_s), have on any sample of n "
    "points Rad_n = (B/n) E_ε‖Σ_i ε_i Φ(x_i)‖ ≤ (B/n) √(Σ_i ‖Φ(x_i)‖²) ≤ (B/√n) max_i Π_k ‖φ(x_ik)‖: B/√n for unit "
    "site vectors. Matrix product states of any rank with ‖W‖_F ≤ B are among them: neither rank nor number of sites "
    "enters.",
)
def ball(d: Derivation) -> None:
    """Cauchy-Schwarz for the supremum, Jensen for the root, independence for the square."""
    d.say("with u = Σ_i ε_i Φ(x_i), (1/n) Σ_i ε_i ⟨W, Φ(x_i)⟩ = ⟨W, u⟩/n ≤ B ‖u‖/n, equality at W = B u/‖u‖")
    n = sp.Symbol("n", integer=True, positive=True)
    shared = d.given(
        "signs are independent with mean zero: the sum so far has mean product 0 with ε v, v the next Φ(x_i)",
        sp.S.Zero,
        dropped=sp.Symbol("c", real=True),
    )
    norm = d.given("site vectors have norm 1, so ‖v‖ = 1", sp.Integer(1), dropped=sp.Symbol("r", positive=True))
    d.induction(
        "E‖Σ_i ε_i v_i‖² = n, as E‖u + ε v‖² = E‖u‖² + 2 E ε⟨u, v⟩ + ‖v‖²; in general it is Σ_i ‖v_i‖²",
        n,
        base=(1, norm**2),
        step=lambda total, _: total + 2 * shared + norm**2,
        closed=n,
    )
    length, spread = sp.Symbol("l", nonnegative=True), sp.Symbol("v", nonnegative=True)
    d.holds(
        "Jensen: (E‖u‖)² = E‖u‖² − V[‖u‖] ≤ E‖u‖², with l = E‖u‖", sp.Ge(length**2 + spread, length**2, evaluate=False)
    )
    radius = sp.Symbol("B", positive=True)
    d.equal("so Rad_n ≤ (B/n) √n", radius / n * sp.sqrt(n), radius / sp.sqrt(n))
    i, j, p, q = sp.symbols("i j p q", integer=True, positive=True)
    left, right = sp.IndexedBase("a", real=True), sp.IndexedBase("b", real=True)
    d.equal(
        "‖a ⊗ b‖² = ‖a‖² ‖b‖²: for one more site the norms multiply",
        sp.Sum(sp.Sum((left[i] * right[j]) ** 2, (j, 1, q)), (i, 1, p)),
        sp.Sum(left[i] ** 2, (i, 1, p)) * sp.Sum(right[j] ** 2, (j, 1, q)),
        by=lambda e: sp.Add(*map(sp.factor, e.args)),
    )


@claim(
    "mps-norm",
    sources=("notes:154",),
    statement="A matrix product state with cores A_1, ..., A_s has ‖W‖_F ≤ Π_k ‖A_k‖_F; with orthonormal cores "
    "around the centre C (canonical form) ‖W‖_F = ‖C‖_F. So, for unit site vectors, Rad_n ≤ B/√n bounds the class of "
    "students with ‖C‖_F ≤ B, of any rank.",
)
def norm(d: Derivation) -> None:
    """Contracting a bond is a matrix product; orthonormal columns keep the norm."""
    d.say(
        "cut at one bond, W is a matrix product XY, X the cores to the left, Y the next core; one entry is Σ_b x_b y_b"
    )
    x, y, s = sp.symbols("X Y s", real=True)
    d.equal(
        "Cauchy-Schwarz, with X = Σ x_b², Y = Σ y_b², s = Σ x_b y_b: Σ_b (Y x_b − s y_b)² ≥ 0 is Y times X Y − s²",
        y**2 * x - 2 * y * s * s + s**2 * y,
        y * (x * y - s**2),
    )
    d.say("summed over rows of X and columns of Y, ‖XY‖_F ≤ ‖X‖_F ‖Y‖_F; core by core this is the product bound")
    bond, other = sp.symbols("r t", integer=True, positive=True)
    centre = sp.MatrixSymbol("C", bond, other)
    before = d.given(
        "the cores left of the centre have orthonormal columns: L'L = I",
        sp.Identity(bond),
        dropped=sp.MatrixSymbol("G", bond, bond),
    )
    after = d.given(
        "those right of it have orthonormal rows: RR' = I",
        sp.Identity(other),
        dropped=sp.MatrixSymbol("H", other, other),
    )
    d.equal(
        "W = L C R (other legs of C pass through): ‖W‖² = tr R'C'L'LCR = tr C'(L'L)C(RR') = tr C'C",
        centre.T * before * centre * after,
        centre.T * centre,
    )
    d.say("for unit site vectors rademacher-norm-ball is the last statement")
