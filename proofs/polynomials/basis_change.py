"""Site maps with the same span give the same functions at the same ranks, for any number of sites and any ranks."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation


@claim(
    "same-functions",
    sources=("D. Piché, report of April 2023", "Miller, TorchMPS"),
    statement=(
        "φ = [1, x] and φ' = [x, 1 − x] give the same functions T·Φ, and the same tensor trains at equal ranks, for "
        "any number of sites; the norm of T, hence what a ridge means, is another one."
    ),
)
def same(d: Derivation) -> None:
    """One entry of the site matrix M(x) = Σᵢ Aⁱφᵢ(x) is singled out; a tensor train is a product of such matrices."""
    x, zero, one = sp.symbols("x a_0 a_1")
    p, q = sp.symbols("p:2"), sp.symbols("q:2")
    change = d.given(
        "φ' = Gφ with G invertible, which is so for φ' = [x, 1 − x]",
        sp.Matrix([[0, 1], [1, -1]]),
        dropped=sp.Matrix([p, q]),
    )
    d.holds("det G is not zero", sp.Ne(change.det(), 0, evaluate=False))
    first, second = change * sp.Matrix([1, x])
    d.equal("Gφ is [x, 1 − x]", sp.Matrix([first, second]), sp.Matrix([x, 1 - x]))
    core = sp.Matrix([[zero, one]])
    both, alone = core * change.inv()
    d.equal(
        "an entry a₀ + a₁x of M is, with φ', that of the core A' = A G⁻¹: M, whatever its size, is the same matrix",
        both * first + alone * second,
        zero + one * x,
    )
    d.say("G acts on the leg of one site alone: the bonds, and so the ranks, stay; and G takes A' back to A")
    d.say("so M₁(x₁) ⋯ M_n(x_n) is the same function; a full T is included, as a tensor train of large rank")
    constant = sp.Matrix([[1, 0]])
    d.differ("but the function 1 has ‖T‖² = 1 with φ, and with φ'", (constant * change.inv()).norm() ** 2, 1)
