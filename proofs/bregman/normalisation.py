"""Normalised directions: V = QR with Q'MQ = I, when it exists, how it is built, and that nothing else changes."""

import sympy as sp

from proofs.bregman.forms import PAPER, positive
from proofs.claims import Verdict, claim
from proofs.derivation import Derivation

UNITS, CODES = sp.symbols("d k", integer=True, positive=True)
V = sp.MatrixSymbol("V", UNITS, CODES)
R = sp.MatrixSymbol("R", CODES, CODES)
METRIC = sp.MatrixSymbol("M", UNITS, UNITS)


@claim(
    "generalised-qr",
    sources=("bregman:4c", PAPER),
    statement=(
        "The principal directions V (d × k) can be normalised in the geometry at the mean: V = QR with Q'MQ = I and R "
        "upper triangular and invertible, where M = H(m) is the Hessian of F at m. For any d and k."
    ),
    verdict=Verdict.ASSUMPTION,
    corrected=(
        "If and only if V'MV is positive definite. Full column rank is enough where M is positive definite "
        "(elementwise f with f' > 0), but not for ReLU, whose dead units have f'(m) = 0, nor for softmax, whose "
        "Hessian has the vector of ones in its null space: there the columns of V need mean 0 as well."
    ),
)
def generalised_qr(d: Derivation) -> None:
    """Both directions of the equivalence as matrix algebra for any d and k."""
    relu = sp.diag(1, 0)
    dead = sp.Matrix([0, 1])
    d.fails("ReLU with the second unit dead: V = (0, 1)' has full rank, but V'MV = 0", positive(_form(dead, relu)))
    uniform = sp.eye(3) / 3 - sp.ones(3, 3) / 9
    ones = sp.ones(3, 1)
    d.fails("softmax of three equal logits: V = (1, 1, 1)', but V'MV = 0", positive(_form(ones, uniform)))
    identity = sp.Identity(CODES)
    gram = d.given(
        "V'MV is positive definite, so it has a Cholesky factor R, V'MV = R'R with R invertible",
        sp.MatMul(R.T, R),
        dropped=sp.MatrixSymbol("G", CODES, CODES),
    )
    d.equal("then Q = V R⁻¹ has Q'MQ = R⁻ᵀ (V'MV) R⁻¹ = I", sp.MatMul(R.T.I, gram, R.I), identity)
    d.equal("and QR = V", sp.MatMul(V, R.I, R), V)
    d.say("conversely, if V = QR with Q'MQ = I, then V'MV = R'(Q'MQ)R")
    d.equal("which is R'R, positive definite for an invertible R", sp.MatMul(R.T, identity, R), R.T * R)
    root = sp.MatrixSymbol("S", UNITS, UNITS)
    w = sp.MatrixSymbol("w", CODES, 1)
    image = sp.MatMul(root, V, w)
    d.equal(
        "with M = S'S, w'V'MVw = |SVw|²", sp.MatMul(w.T, V.T, sp.MatMul(root.T, root), V, w), sp.MatMul(image.T, image)
    )
    d.say("so it is positive unless Vw is in the null space of M, which for softmax consists of the constant vectors")


def _form(direction: sp.Matrix, metric: sp.Matrix) -> sp.Expr:
    return (direction.T * metric * direction)[0]


@claim(
    "cholesky-of-the-metric",
    sources=("bregman:4c",),
    statement=(
        "Every positive definite G (k × k) has an upper triangular R with positive diagonal and R'R = G; it is built "
        "one row at a time. For any k."
    ),
)
def cholesky(d: Derivation) -> None:
    """Induction on k: the first row and column are split off, the Schur complement is left. For k = 1, R = √g."""
    g, t, s, c = sp.symbols("g t s c", real=True)
    d.say("G = [[g, w'], [w, C]]; try R = [[√g, w'/√g], [0, R_C]] with R_C'R_C = C − w w'/g, so that R'R = G")
    row, rest = sp.MatrixSymbol("w", CODES, 1), sp.MatrixSymbol("C", CODES, CODES)
    d.equal("the last block of R'R is w w'/g + (C − w w'/g)", sp.MatAdd(row * row.T / g, rest - row * row.T / g), rest)
    d.say("it remains that g > 0 and that C − w w'/g is positive definite again")
    form = g * t**2 + 2 * t * s + c
    d.say("for y ≠ 0 let s = w'y and c = y'Cy; then x = (t, y) has x'Gx as follows", form)
    scaled = form.subs({t: -s, s: g * s, c: g**2 * c}, simultaneous=True)
    d.equal("at x = (−s, g y) that is g² times y'(C − w w'/g)y", scaled, g * (g * c - s**2))
    definite = d.given(
        "G is positive definite: x'Gx > 0 for x = (1, 0) and for x = (−s, g y)", [g > 0, scaled > 0], dropped=[]
    )
    d.entails("so g > 0 and, times g, y'(C − w w'/g)y > 0", sp.And(g > 0, g * c - s**2 > 0), where=definite)
    d.say("C − w w'/g is positive definite of size k − 1: the induction goes on, down to R = √g for k = 1")


@claim(
    "absorbed-factor-is-a-gauge",
    sources=("bregman:4c", PAPER),
    statement=(
        "Replacing V by V A⁻¹ and every code c by A c leaves Vc + m, and so every output and loss, as it is; it "
        "multiplies the metric V'MV by A⁻ᵀ and A⁻¹. Moving m to m + Vs while c becomes c − s changes nothing either."
    ),
)
def gauge(d: Derivation) -> None:
    """Matrix algebra for any d and k; generalised QR is the choice A = R."""
    change = sp.MatrixSymbol("A", CODES, CODES)
    inverse = d.given("A is invertible", change.I, dropped=sp.MatrixSymbol("B", CODES, CODES))
    c, s = sp.MatrixSymbol("c", CODES, 1), sp.MatrixSymbol("s", CODES, 1)
    m = sp.MatrixSymbol("m", UNITS, 1)
    moved, old = sp.MatMul(V, inverse), sp.MatMul(V.T, METRIC, V)
    d.equal("the pre-activation stays", sp.MatAdd(sp.MatMul(V, inverse, change, c), m), V * c + m)
    d.equal("the metric changes", sp.MatMul(moved.T, METRIC, moved), sp.MatMul(inverse.T, old, inverse))
    d.equal("and the mean may slide along the directions", sp.MatAdd(sp.MatMul(V, c - s), m, V * s), V * c + m)
