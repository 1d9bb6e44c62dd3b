"""Normalised directions: V = QR with Q'MQ = I, when it exists, how it is built, and that nothing else changes."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation
from .forms import PAPER, positive

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
        "Hessian has the vector of ones in its null space: there no combination of the columns of V may be constant, "
        "as is ensured by columns of mean 0."
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
        "V'MV is positive definite: it has a Cholesky factor, V'MV = R'R with R upper triangular and invertible",
        sp.MatMul(R.T, R),
        dropped=sp.MatrixSymbol("G", CODES, CODES),
    )
    d.equal("then Q = V R⁻¹ has Q'MQ = R⁻ᵀ (V'MV) R⁻¹ = I", sp.MatMul(R.T.I, gram, R.I), identity)
    d.equal("and QR = V", sp.MatMul(V, R.I, R), V)
    q = sp.MatrixSymbol("Q", UNITS, CODES)
    d.equal("conversely, for V = QR", (q * R).T * METRIC * (q * R), sp.MatMul(R.T, q.T * METRIC * q, R))
    d.say("which for Q'MQ = I is R'R, positive definite as R is invertible")
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
