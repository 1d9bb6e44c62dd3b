"""How far a linear student can be from its teacher in sign, by angles alone; any dimension and number of inputs."""

import sympy as sp

from proofs.claims import Verdict, claim
from proofs.derivation import Derivation


@claim(
    "linear-student-projects",
    sources=("notes:182a", "Phuong, Lampert 2019", "Ji, Zhu 2020"),
    statement="A linear(ised) student f(x) = w·φ(x), trained from w = 0 by gradient flow on the half squares ½ Σ_i "
    "(w·φ(x_i) − w_*·φ(x_i))² over n inputs, ends at ŵ = P w_*, P the projection on the span of the φ(x_i). The angle "
    "α_n between w_* and ŵ has cos α_n = |P w_*|/|w_*| and never grows with more inputs.",
)
def projects(d: Derivation) -> None:
    """Coordinates are chosen so that the first r span the inputs: Φ = (A 0), a row an input, A of full column rank."""
    n, r, more = sp.symbols("n r k", integer=True, positive=True)
    features = sp.BlockMatrix([[sp.MatrixSymbol("A", n, r), sp.ZeroMatrix(n, more)]])
    seen, unseen = sp.MatrixSymbol("u", r, 1), sp.MatrixSymbol("q", more, 1)
    start = d.given("training starts at w = 0", sp.ZeroMatrix(more, 1), dropped=sp.MatrixSymbol("q_0", more, 1))
    d.say("Write w_* = (u, q), q outside the span of the inputs, and the student as (a, b) in the same coordinates.")
    miss = sp.BlockMatrix([[sp.MatrixSymbol("a", r, 1) - seen], [sp.MatrixSymbol("b", more, 1) - unseen]])
    gradient = sp.block_collapse(features.T * features * miss)
    block = features.blocks[0, 0]
    d.equal("along the span the gradient is", gradient.blocks[0, 0], block.T * block * miss.blocks[0, 0])
    d.equal("outside the span it vanishes", gradient.blocks[1, 0], sp.ZeroMatrix(more, 1))
    d.say("AᵀA is positive definite, so a → u (claim constant-kernel-flow), while b stays where it started.")
    projection = sp.BlockMatrix(
        [[sp.Identity(r), sp.ZeroMatrix(r, more)], [sp.ZeroMatrix(more, r), sp.ZeroMatrix(more, more)]]
    )
    projected = sp.block_collapse(projection * sp.BlockMatrix([[seen], [unseen]]))
    for words, end, part in (
        ("the student ends at ŵ = P w_*: along the span at", seen, 0),
        ("and outside it at", start, 1),
    ):
        d.equal(words, end, projected.blocks[part, 0])
    inside, outside = sp.symbols("U Q", positive=True)
    d.equal(
        "with U = |u|² and Q = |q|²: cos α_n = ⟨w_*, ŵ⟩/(|w_*||ŵ|) is |ŵ|/|w_*|",
        inside / (sp.sqrt(inside + outside) * sp.sqrt(inside)),
        sp.sqrt(inside) / sp.sqrt(inside + outside),
    )
    gain = sp.Symbol("g", nonnegative=True)
    d.holds(
        "a further input moves some squared length g² from q to u, so |P w_*|² does not fall",
        sp.Ge(inside + gain**2, inside, evaluate=False),
    )


@claim(
    "transfer-angle-bound",
    sources=("notes:182a", "Ji, Zhu 2020"),
    statement="The transfer risk is bounded, R_n ≤ p(π/2 − ᾱ_n).",
    verdict=Verdict.ASSUMPTION,
    corrected="True, in any dimension, with what the notes leave out: R_n = P_x[student and teacher are of opposite "
    "signs], ∠ the angle in [0, π/2] between the lines of two vectors, ᾱ_n = ∠(w_*, ŵ) for a student with ⟨w_*, ŵ⟩ > "
    "0, and p(β) = P_x[∠(φ(x), w_*) > β]. If a student's 0 counts as a mistake, p needs ≥ in place of >.",
)
def angle_bound(d: Derivation) -> None:
    """The Gram matrix of three vectors decides: a, b, c are the cosines of (x, w_*), (w_*, ŵ) and (x, ŵ)."""
    a, b, c = sp.symbols("a b c", real=True)
    vectors = sp.MatrixSymbol("V", 3, 3)
    gram = sp.Matrix([[1, a, c], [a, 1, b], [c, b, 1]])
    volume = 1 + 2 * a * b * c - a**2 - b**2 - c**2
    d.equal(
        "three vectors, the columns of V, span at most three dimensions, and their Gram determinant is a square",
        sp.Determinant(vectors.T * vectors),
        sp.Determinant(vectors) ** 2,
    )
    d.equal("for unit vectors it is", sp.Determinant(gram), volume)
    euclidean = d.given(
        "the kernel is an inner product, so Gram determinants are nonnegative", volume >= 0, dropped=sp.true
    )
    aligned = d.given("student and teacher are at an acute angle, b > 0", b > 0, dropped=sp.Ne(b, 0))
    near = a**2 + b**2
    d.say(
        "∠(x, w_*) ≤ π/2 − ᾱ means |a| ≥ cos(π/2 − ᾱ) = sin ᾱ, that is a² ≥ 1 − b². Take a > 0, else replace x by −x."
    )
    d.entails("then the signs are not opposite", c >= 0, where=(euclidean, aligned, a > 0, near >= 1))
    d.entails("and if the angle is smaller they are equal", c > 0, where=(euclidean, aligned, a > 0, near > 1))
    d.say("So opposite signs occur only where ∠(x, w_*) > π/2 − ᾱ_n, an event of probability p(π/2 − ᾱ_n).")
    alpha = sp.pi / 6
    teacher, student = sp.Matrix([1, 0]), sp.Matrix([sp.cos(alpha), sp.sin(alpha)])
    edge = sp.Matrix([sp.sin(alpha), -sp.cos(alpha)])
    d.equal(
        "in the plane with ᾱ = π/6 an input at ∠(x, w_*) = π/2 − ᾱ exactly may give the student 0", edge.dot(student), 0
    )
    d.differ("and not the teacher", edge.dot(teacher), 0)
    d.say("With angles in [0, π] in place of ∠ all inputs with a < 0 were in the tail: true, but never below P[a < 0].")


@claim(
    "transfer-risk-in-the-plane",
    sources=("notes:182a", "Ji, Zhu 2020"),
    statement="For inputs of uniform direction in the plane the bound p(π/2 − ᾱ_n) = 2ᾱ_n/π of the transfer risk is "
    "twice the risk R_n = ᾱ_n/π: it has the right order there.",
)
def plane(d: Derivation) -> None:
    """The input has the angle ψ to the teacher; the student is at the angle ᾱ."""
    psi = sp.Symbol("psi", real=True)
    alpha = sp.Symbol("alpha", positive=True)
    density = d.given(
        "the direction is uniform",
        1 / (2 * sp.pi),
        dropped=(1 + sp.Symbol("epsilon", positive=True) * sp.cos(2 * psi)) / (2 * sp.pi),
    )

    def share(*pieces: tuple[sp.Expr, sp.Expr]) -> sp.Expr:
        return sum(sp.integrate(density, (psi, low, high)) for low, high in pieces)

    right, left = sp.pi / 2, -sp.pi / 2
    risk = share((left, left + alpha), (right, right + alpha))
    d.equal("cos ψ and cos(ψ − ᾱ) are opposite on the arcs (−π/2, −π/2 + ᾱ) and (π/2, π/2 + ᾱ)", risk, alpha / sp.pi)
    tail = share((left - alpha, left + alpha), (right - alpha, right + alpha))
    d.equal("within ᾱ of a right angle, on either side, lies", tail, 2 * alpha / sp.pi)
