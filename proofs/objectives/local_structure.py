"""Local structure of a graph of features, LS_ij, for any neighbourhoods and dimension: sign, rows, rigid motions."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation
from .shared import YANG


@claim(
    "local-structure-sign",
    sources=("notes:81", YANG),
    statement="z_i are features of the nodes of a graph, ε its edges. LS_ij = exp‖z_i − z_j‖² / Σ_{k:(k,i)∈ε} exp‖z_i "
    "− z_k‖² measures how similar j is to i (printed with j in place of the bound index k).",
    verdict=Verdict.CORRECTED,
    corrected="Printed so, the farther neighbour always gets the larger share. With the exponent −‖z_i − z_j‖² the "
    "nearer one does; the bound index must be another letter than the free j.",
)
def sign(d: Derivation) -> None:
    """Two neighbours j and k of any number: the normaliser cancels from their ratio."""
    weights = [sp.exp((0 - z) ** 2) for z in (sp.Integer(1), sp.Integer(2))]
    d.fails("nodes z = 0, 1, 2: printed, 0 is more similar to 1 than to 2", sp.Gt(*weights, evaluate=False))
    near = sp.Symbol("d_j", positive=True)
    far = near + d.given(
        "j is nearer to i than k is: d_k = d_j + s, s > 0, for d = ‖z_i − z‖²",
        sp.Symbol("s", positive=True),
        dropped=sp.Symbol("s", real=True),
    )
    whole = sp.Symbol("S", positive=True)
    d.say("S is the sum over all neighbours of i, the same for j and k")
    for words, factor, relation in (
        ("printed exponent: j has the smaller share", 1, sp.Lt),
        ("corrected exponent: j has the larger share", -1, sp.Gt),
    ):
        ratio = (sp.exp(factor * near) / whole) / (sp.exp(factor * far) / whole)
        d.equal("log(LS_ij/LS_ik)", sp.log(ratio), factor * (near - far))
        d.holds(words, relation(factor * (near - far), 0, evaluate=False))


@claim(
    "local-structure-rows",
    sources=("notes:81", YANG),
    statement="LS_i· is a distribution over the neighbours of i, so two of them can be compared by relative entropy: "
    "Σ_{j:(j,i)∈ε} LS_ij = 1, for any non-empty neighbourhood and any real similarity in the exponent.",
)
def rows(d: Derivation) -> None:
    """One neighbour j with w = exp(similarity) against all others, W = Σ_{k≠j} w_k."""
    own, others = sp.symbols("w W", positive=True)
    total = d.given(
        "numerator and denominator run over the neighbours of the same node i",
        own + others,
        dropped=own + sp.Symbol("W′", positive=True),
    )
    d.equal("j and all others together", own / total + others / total, 1)
    d.holds("and no share is negative", sp.Gt(own / total, 0, evaluate=False))


@claim(
    "local-structure-motions",
    sources=("notes:81", YANG),
    statement="LS_ij depends on distances alone: it is the same for z and for Qz + b, Q a matrix with orthonormal "
    "columns (rotation, reflection, embedding in more dimensions), b any vector. A change of scale, z to cz, is seen.",
)
def motions(d: Derivation) -> None:
    """u = z_i − z_j of any dimension n; b cancels from the difference."""
    n, m = sp.symbols("n m", integer=True, positive=True)
    u, turn = sp.MatrixSymbol("u", n, 1), sp.MatrixSymbol("Q", m, n)
    gram = d.given("the columns of Q are orthonormal: QᵀQ = 1", sp.Identity(n), dropped=turn.T * turn)
    d.equal("‖(Qz_i + b) − (Qz_j + b)‖² = ‖Qu‖²", (turn * u).T * (turn * u), u.T * (turn.T * turn) * u)
    d.equal("is ‖u‖², for every pair; LS is a function of these", u.T * gram * u, u.T * u)
    shares = [sp.exp(-(c**2)) / (sp.exp(-(c**2)) + sp.exp(-((2 * c) ** 2))) for c in (1, 2)]
    d.differ("scale matters: nodes 0, 1, 2 against 0, 2, 4, share of the nearer neighbour of 0", *shares)
