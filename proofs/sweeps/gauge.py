"""Moves that change the cores and not the function: triangular factors, growth by zeros."""

import sympy as sp
from sympy import MatrixSymbol

from ..claims import claim
from ..derivation import Derivation
from .frobenius import Inner, orthonormal, square, under

b, c, k, m, n = sp.symbols("b c k m n", integer=True, positive=True)
A, B = MatrixSymbol("A", n, b), MatrixSymbol("B", b, m)


@claim(
    "gauge-moves",
    sources=("Holtz, Rohwedder, Schneider 2012", "Schollwöck 2011"),
    statement="Two cores joined by a bond, A (rest | bond) and B (bond | rest), enter the tensor through AB alone. "
    "With A = QR, putting Q for A and RB for B leaves the function as it is. If A has full column rank and B full row "
    "rank, every other pair A'B' = AB on a bond of the same size is A' = AX⁻¹, B' = XB.",
)
def moves(d: Derivation) -> None:
    """The product is the same; conversely a pair with the same product differs by a factor on the bond."""
    q, r, probe = MatrixSymbol("Q", n, b), MatrixSymbol("R", b, b), MatrixSymbol("Z", n, m)
    factored = d.given("Q and R factor the core: A = QR", ((A, q * r),), dropped=())
    d.say("the tensor is linear in AB: contracted with the rest Z of the network and the data it is ⟨Z, AB⟩")
    d.equal("the factor moves across the bond", Inner(probe, q * (r * B)), Inner(probe, A * B), by=under(*factored))
    other, rest, inverse = MatrixSymbol("A'", n, b), MatrixSymbol("B'", b, m), MatrixSymbol("P", m, b)
    wide, factor = MatrixSymbol("Y", n, b), MatrixSymbol("X", b, b)
    same = d.given("both pairs have one product: A'B' = AB", ((other * rest, A * B),), dropped=())
    d.say("B has full row rank, so a right inverse P: BP = I. For every Y")
    d.equal(
        "A is A' times X = B'P",
        Inner(wide, other * (rest * inverse)),
        Inner(wide, A),
        by=under((B * inverse, sp.Identity(b)), *same),
    )
    d.say("A has full column rank b, so A' and X have the rank b too: X is invertible, and A' = AX⁻¹")
    d.equal(
        "A'(B' − XB) = AB − AB: for every Z",
        Inner(probe, other * (rest - factor * B)),
        0,
        by=under(*same, (A, other * factor)),
    )
    d.say("so B' = XB, as A' has full column rank")


@claim(
    "growth-by-zeros",
    sources=("Hubig, McCulloch, Schollwöck, Wolf 2015", "Dolgov, Savostyanov 2014"),
    statement="Appending columns D to core A and zeros to core B on their bond leaves the function as it is. If A and "
    "D have orthonormal columns and AᵀD = 0, the wider core is an isometry. With S the gradient of the loss in the "
    "joint tensor, its gradient in the zeros is DᵀS: the next solve can use D, and ends no higher than before.",
)
def growth(d: Derivation) -> None:
    """Block matrices for the function, inner products for the isometry and the slope."""
    new, other = MatrixSymbol("D", n, c), MatrixSymbol("Z", c, m)
    padding = d.given("the next core is filled up with zeros", sp.ZeroMatrix(c, m), dropped=other)
    product = sp.BlockMatrix([[A, new]]) * sp.BlockMatrix([[B], [padding]])
    d.say("the wider pair", product)
    d.equal("multiplied out", sp.block_collapse(product), A * B)
    x, y = MatrixSymbol("X", b, k), MatrixSymbol("Y", c, k)
    orthogonal = (A.T * new, sp.ZeroMatrix(b, c))
    apart = d.given("the new directions are orthogonal to the old: AᵀD = 0", (orthogonal,), dropped=())
    d.equal(
        "the wider core [A D] keeps norms",
        square(A * x + new * y),
        square(x) + square(y),
        by=under(orthonormal(A), orthonormal(new), *apart),
    )
    slope = MatrixSymbol("S", n, m)
    d.equal(
        "to first order, the loss moves with entries Z in place of the zeros by",
        Inner(slope, A * B + new * other) - Inner(slope, A * B),
        Inner(new.T * slope, other),
        by=under(),
    )
    d.say("‖DᵀS‖² is largest for the leading left singular vectors of S less its part in A (leading-directions)")
    d.say("the old function is one of those that the next solve chooses from, at Z = 0, and the solve never climbs")
