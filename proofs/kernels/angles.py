"""How far a linear student can be from its teacher in sign, by angles alone; any dimension and number of inputs."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation


@claim(
    "linear-student-projects",
    sources=("notes:182a", "Phuong, Lampert 2019", "Ji, Zhu 2020"),
    statement="A linear(ised) student f(x) = w·φ(x), trained from w = 0 by gradient flow on the half squares ½ Σ_i "
    "(w·φ(x_i) − w_*·φ(x_i))² over n inputs, ends at ŵ = P w_*, P the projection on the span of the φ(x_i). The angle "
    "ᾱ_n between w_* and ŵ has cos ᾱ_n = |P w_*|/|w_*| and never grows with more inputs, once P w_* ≠ 0.",
)
def projects(d: Derivation) -> None:
    """Coordinates are chosen so that the first r span the inputs: Φ = (A 0), a row an input, A of full column rank."""
    n, r, more, last = sp.symbols("n r k l", integer=True, positive=True)
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
    d.equal("so the end is ŵ = P w_* = (u, 0): u along the span, and outside it the start 0", start, 0 * unseen)
    teacher, student = (sp.BlockMatrix([[seen], [part]]) for part in (unseen, start))
    d.equal(
        "⟨w_*, ŵ⟩ = |ŵ|², so cos ᾱ_n = ⟨w_*, ŵ⟩/(|w_*||ŵ|) is |ŵ|/|w_*|",
        sp.block_collapse(teacher.T * student),
        sp.block_collapse(student.T * student),
    )
    gained, left = sp.MatrixSymbol("g", more, 1), sp.MatrixSymbol("q_2", last, 1)
    wider = sp.BlockMatrix([[seen], [gained], [sp.ZeroMatrix(last, 1)]])
    d.say("More inputs span more: choose the coordinates so that q = (g, q_2), g in the new span. Then ŵ = (u, g, 0),")
    d.equal(
        "⟨w_*, ŵ⟩ is again |ŵ|², |u|² + |g|², not less than |u|² before",
        sp.block_collapse(sp.BlockMatrix([[seen], [gained], [left]]).T * wider),
        seen.T * seen + gained.T * gained,
    )


@claim(
    "transfer-angle-bound",
    sources=("notes:182a", "Ji, Zhu 2020"),
    statement="The transfer risk is bounded, R_n ≤ p(π/2 − ᾱ_n).",
    verdict=Verdict.ASSUMPTION,
    corrected="True, in any dimension, with what the notes leave out: R_n = P_x[student and teacher are of opposite "
    "signs], ∠ the angle in [0, π/2] between the lines of two vectors, ᾱ_n = ∠(w_*, ŵ) for a student with ⟨w_*, ŵ⟩ > "
    "0, p(β) = P_x[∠(φ(x), w_*) > β], and φ(x) ≠ 0. If a student's 0 counts as a mistake, p needs ≥ in place of >.",
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
    d.say("With angles in [0, π] in place of ∠ every input with a < 0 is in the tail: a bound, but at least P[a < 0].")


@claim(
    "transfer-risk-in-the-plane",
    sources=("notes:182a", "Ji, Zhu 2020"),
    statement="For inputs of uniform direction in the plane the bound p(π/2 − ᾱ_n) = 2ᾱ_n/π of the transfer risk is "
    "twice the risk R_n = ᾱ_n/π, 0 < ᾱ_n ≤ π/2: it has the right order there.",
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

    right = sp.pi / 2
    d.equal(
        "cos ψ and cos(ψ − ᾱ) are of opposite signs on the arc π/2 < ψ < π/2 + ᾱ and, with x → −x, on the opposite one",
        2 * sp.Integral(density, (psi, right, right + alpha)),
        alpha / sp.pi,
    )
    d.equal(
        "within ᾱ of a right angle are the arc π/2 − ᾱ < ψ < π/2 + ᾱ and the opposite one",
        2 * sp.Integral(density, (psi, right - alpha, right + alpha)),
        2 * alpha / sp.pi,
    )
