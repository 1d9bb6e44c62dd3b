"""How far apart two functions are whose coefficients are close: any number of sites, any site vectors."""

import sympy as sp

from proofs.claims import Verdict, claim
from proofs.derivation import Derivation
from proofs.ranks.sizes import REPORT


@claim(
    "coefficient-error-is-magnified",
    sources=(REPORT, "draft:33"),
    statement="If a train M is within ε of T, ‖T − M‖ ≤ ε, then the function ⟨M, Φ(x)⟩ is within ε of ⟨T, Φ(x)⟩.",
    verdict=Verdict.CORRECTED,
    corrected="|⟨T, Φ(x)⟩ − ⟨M, Φ(x)⟩| ≤ ε Π_k ‖φ(x_k)‖, and this is attained. For φ = [1, x] the factor is "
    "Π_k √(1 + x_k²), 2^(n/2) where all |x_k| = 1; it is 1 for site vectors of unit norm such as [cos, sin].",
)
def magnified(d: Derivation) -> None:
    """Cauchy and Schwarz, for two entries singled out; the norm of a product of site vectors is a product of norms."""
    s, t, a, b = sp.symbols("s t phi psi", real=True)
    d.equal(
        "‖Δ‖² ‖Φ‖² − ⟨Δ, Φ⟩² is the sum of such squares over all pairs of entries, here s, t of Δ = T − M and φ, ψ "
        "of Φ",
        (s**2 + t**2) * (a**2 + b**2) - (s * a + t * b) ** 2,
        (s * b - t * a) ** 2,
    )
    d.say("so |⟨Δ, Φ⟩| ≤ ‖Δ‖ ‖Φ‖, with equality for Δ = ε Φ/‖Φ‖. One more site multiplies every entry by φ(x)")
    size, x = sp.symbols("S x", real=True)
    d.equal("for [1, x]: the sum S of the squared entries", size * 1**2 + size * x**2, size * (1 + x**2))
    n = sp.Symbol("n", integer=True, positive=True)
    d.induction("for |x_k| = 1: ‖Φ‖²", n, base=(1, 2), step=lambda square, n: square * (1 + 1**2), closed=2**n)
    d.differ("n = 2, x = (1, 1), Δ = ε Φ/‖Φ‖ with ε = 1: the functions differ by", sp.sqrt((2**n).subs(n, 2)), 1)
    angle = sp.Symbol("alpha", real=True)
    vector = d.given(
        "the site vectors have unit norm, as [cos α, sin α]",
        sp.Matrix([sp.cos(angle), sp.sin(angle)]),
        dropped=sp.Matrix([1, angle]),
    )
    d.equal("then one more site changes nothing", size * vector.dot(vector), size)
