"""The size of Φ(x), and what an error of T does to the function, for any number of sites and entries."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation


@claim(
    "feature-norm",
    sources=("draft:35b", "Stoudenmire and Schwab 2016"),
    statement=(
        "‖Φ(x)‖² = ∏_k ‖φ(x_k)‖². It is ∏_k (1 + x_k²) for φ = [1, x], (1 + x²)ⁿ where all "
        "n sites have |x_k| = |x|, which grows exponentially for x ≠ 0; and 1 for φ = [cos(πx/2), sin(πx/2)]."
    ),
)
def norm(d: Derivation) -> None:
    """One site is singled out; all others enter through the tensor u of their product."""
    n, i = sp.symbols("n i", integer=True, positive=True)
    x = sp.Symbol("x", real=True)
    u = sp.IndexedBase("u")
    size = sp.Sum(u[i] ** 2, (i, 1, sp.Symbol("D", integer=True, positive=True)))
    phi = d.given("φ(x) = [1, x]", [sp.Integer(1), x], dropped=[sp.Integer(1), sp.Symbol("v", real=True)])
    d.equal(
        "the entries of u ⊗ φ are uᵢ·1 and uᵢ·x: the norm squared of u is multiplied by that of φ, site by site",
        sum(each**2 * size for each in phi),
        size * (1 + x**2),
    )
    d.induction(
        "n sites with |x_k| = |x| have the norm squared; its base exceeds 1 for x ≠ 0",
        n,
        base=(1, 1 + x**2),
        step=lambda square, _: square * (1 + x**2),
        closed=(1 + x**2) ** n,
    )
    angle = sp.pi * x / 2
    d.equal("cosine and sine give a factor of one", sp.cos(angle) ** 2 + sp.sin(angle) ** 2, 1)


@claim(
    "tensor-error",
    sources=("draft:33", "D. Piché, report of April 2023"),
    statement=(
        "An S that approximates T (one output) makes a function that approximates T·Φ: |T·Φ(x) − S·Φ(x)| ≤ ‖T − S‖ "
        "∏_k ‖φ(x_k)‖, attained where T − S is parallel to Φ(x). An error ε of T stays at most ε for site vectors of "
        "norm at most 1, such as [cos, sin], but with [1, x] the factor is ∏_k √(1 + x_k²)."
    ),
)
def tensor_error(d: Derivation) -> None:
    """The Cauchy-Schwarz inequality for tensors of any size, from one square."""
    p, q, s, eps = sp.symbols("P Q c epsilon", real=True)
    phi = sp.Matrix([1, 1])
    d.fails(
        "a factor is needed: n = 1, φ = [1, x], x = 1, T − S = (1, 1)/√2 of norm 1, and the functions differ by √2",
        sp.Le((phi / phi.norm()).dot(phi), 1, evaluate=False),
    )
    d.say("let Δ = T − S, P = ‖Δ‖², Q = ‖Φ(x)‖² and c = Δ·Φ(x), the difference of the functions")
    d.equal("the sum of the squares of QΔ − cΦ is", q**2 * p - 2 * q * s * s + s**2 * q, q * (p * q - s**2))
    d.entails("it is not negative and Q > 0, so c² ≤ PQ", s**2 <= p * q, where=[q > 0, q * (p * q - s**2) >= 0])
    t = sp.Symbol("t")
    d.equal("attained for Δ = tΦ: c = tQ and P = t²Q", (t * q) ** 2, (t**2 * q) * q)
    d.say("Q = ∏_k ‖φ(x_k)‖² by feature-norm")
    unit = d.given("the site vectors have norm at most 1, so that Q ≤ 1", [q <= 1], dropped=[])
    d.entails(
        "P ≤ ε² and c² ≤ PQ leave c² ≤ ε²",
        s**2 <= eps**2,
        where=[*unit, q >= 0, p >= 0, p <= eps**2, s**2 <= p * q],
    )
