"""Repeated variables: which monomials occur in Φ and how often, for any number s of variables and z of copies."""

from collections import Counter
from itertools import product
from math import comb, prod

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation

SIZES = [(1, 1), (1, 4), (2, 2), (3, 2), (2, 3), (3, 3), (4, 1)]


@claim(
    "copies-multiplicity",
    sources=("draft:49", "draft:53"),
    statement=(
        "Repeat each of s variables z times, φ = [1, x]. The 2^(sz) entries of Φ are the (z + 1)ˢ monomials x₁^k₁ ⋯ "
        "x_s^k_s with 0 ≤ kᵢ ≤ z, and x^k occurs ∏ᵢ C(z, kᵢ) times."
    ),
)
def multiplicity(d: Derivation) -> None:
    """The entries are sorted by the generating function of one variable; variables multiply."""
    z, k, s = sp.symbols("z k s", integer=True, nonnegative=True)
    x = sp.Symbol("x")
    copy = d.given("the z sites hold copies of one variable x", x, dropped=sp.Symbol("x'"))
    d.induction(
        "the sum of all entries on z sites: one more site multiplies it by 1 + x",
        z,
        base=(0, sp.Integer(1)),
        step=lambda total, _: total * (1 + copy),
        closed=(1 + x) ** z,
    )
    d.equal(
        "the coefficient of x^k, how often x^k occurs, obeys Pascal's rule: a new site gives 1 to x^k or x to "
        "x^(k−1); C(0, 0) = 1 for the entry 1 of no site",
        sp.binomial(z, k) + sp.binomial(z, k - 1),
        sp.binomial(z + 1, k),
    )
    d.equal("over k = 0, …, z these are all entries", sp.Sum(sp.binomial(z, k), (k, 0, z)).doit(), 2**z)
    d.say("sites of different variables choose independently: multiplicities and numbers of monomials multiply")
    for words, one in ("distinct monomials, z + 1 of each variable", z + 1), ("entries, 2ᶻ for each variable", 2**z):
        d.induction(words, s, base=(0, sp.Integer(1)), step=lambda n, _, one=one: n * one, closed=one**s)
    d.enumerate("illustration: every entry of Φ listed, for small (s, z)", SIZES, _as_claimed)


def _as_claimed(size: tuple[int, int]) -> bool:
    """Whether listing all index words of s·z sites gives the claimed monomials, as often as claimed."""
    s, z = size
    words = product((0, 1), repeat=s * z)
    found = Counter(tuple(sum(word[i * z : (i + 1) * z]) for i in range(s)) for word in words)
    return found == {k: prod(comb(z, each) for each in k) for k in product(range(z + 1), repeat=s)}


@claim(
    "copies-not-a-basis",
    sources=("draft:51", "draft:55"),
    statement=(
        "With every variable repeated z times the elements of f are a basis of their span, so that θ ↦ m(f, θ) = ⟨θ, "
        "f⟩ has no kernel."
    ),
    verdict=Verdict.CORRECTED,
    corrected=(
        "For z ≥ 2 they span with repetitions: θ ↦ ⟨θ, f⟩ has a kernel of dimension 2^(sz) − (z + 1)ˢ > 0 (s ≥ 1). "
        "They are a basis only for z = 1. A least-squares fit needs a ridge or symmetric coefficients."
    ),
)
def not_a_basis(d: Derivation) -> None:
    """Equal entries cancel; distinct monomials are independent; 2ᶻ outgrows z + 1."""
    z, power, x, y = sp.symbols("z P x y", real=True)
    entries = [1, x, x, x**2]
    d.differ("s = 1, z = 2: the entries 1, x, x, x² are four, but only three are different", 4, len(set(entries)))
    same = d.given("the two sites hold the same variable", x, dropped=y)
    theta = sp.Matrix([0, 1, -1, 0])
    d.equal(
        "so θ = (0, 1, −1, 0) is another name of the zero function", theta.dot(sp.Matrix([1, x, same, x * same])), 0
    )
    d.say(
        "the (z + 1)ˢ distinct monomials are independent (products-independent with 1, x, …, xᶻ, a polynomial having "
        "no more than z zeros); so the rank is (z + 1)ˢ, and the kernel has dimension 2^(sz) − (z + 1)ˢ by "
        "copies-multiplicity"
    )
    d.holds("2ᶻ > z + 1 for z = 2", sp.Gt(2**2, 2 + 1, evaluate=False))
    d.entails(
        "and if P = 2ᶻ > z + 1 then 2P > z + 2: by induction 2ᶻ > z + 1 for z ≥ 2, and 2^(sz) = (2ᶻ)ˢ > (z + 1)ˢ: "
        "the kernel is not zero",
        2 * power > z + 2,
        where=[power > z + 1, z >= 2],
    )
    d.say("for z = 1 there are 2ˢ entries and as many monomials: no kernel")


@claim(
    "ridge-symmetric",
    sources=("draft:51", "draft:55", "Hoerl and Kennard 1970"),
    statement=(
        "With repeated variables many θ are one function f = ⟨θ, Φ⟩; the least-squares fit with a ridge, the minimum "
        "of Σ_n (f(x_n) − y_n)² + λ‖θ‖² with λ > 0, picks one θ: its entries at equal monomials are equal, symmetric "
        "under exchange of copies."
    ),
)
def ridge_symmetric(d: Derivation) -> None:
    """One monomial is singled out; it occurs N times, and the function sees only the sum c of its coefficients θ_j."""
    count, spread = sp.symbols("N V", positive=True)
    c, square = sp.symbols("c Q", real=True)
    ridge = d.given(
        "the ridge λ is positive", sp.Symbol("lambda", positive=True), dropped=sp.Symbol("lambda", nonnegative=True)
    )
    mean = c / count
    d.say("with Q = Σ_j θ_j² the penalty is λQ, that of N equal coefficients c/N is λc²/N; the function is the same")
    d.equal(
        "the spread Σ_j (θ_j − c/N)² is Q − 2(c/N)c + N(c/N)²",
        square - 2 * mean * c + count * mean**2,
        square - c**2 / count,
    )
    d.holds(
        "so a θ of spread V > 0 pays λV more than the symmetric one, and is not a minimum",
        sp.Gt(ridge * spread, 0, evaluate=False),
    )
    d.say("what remains depends on the sums c alone, one for each monomial: squares of affine functions, and λc²/N")
    curvature = sp.diff(ridge * c**2 / count, c, 2)
    d.holds(
        "the penalties have a positive second derivative: the minimum is unique", sp.Gt(curvature, 0, evaluate=False)
    )
