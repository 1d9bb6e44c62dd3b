"""MERA with isometric tensors as a linear layer: it never lengthens its input, whatever its number of rows and legs."""

import sympy as sp
from sympy.matrices.expressions.kronecker import combine_kronecker

from ..claims import claim
from ..derivation import Derivation


@claim(
    "isometric-layers-contract",
    sources=("mera:98", "Evenbly and Vidal, Phys. Rev. B 79, 144108 (2009)"),
    statement=(
        "A layer net of tree tensors w with w wᵀ = 1 and disentanglers u with uᵀu = 1 never lengthens its input, "
        "‖net(x)‖ ≤ ‖x‖ for every x and any number of rows, legs and dimensions: disentanglers keep the norm, tree "
        "tensors keep or lower it. Without isometry it may grow: tree tensors twice an isometry reach ‖net(x)‖² = "
        "4^(n−1)‖x‖² on n legs."
    ),
)
def contract(d: Derivation) -> None:
    """One tensor, then a row as a product on disjoint legs, then the rows one after another."""
    k, q, m, n, p = sp.symbols("k q m n p", integer=True, positive=True)
    w, x = sp.MatrixSymbol("w", k, n), sp.MatrixSymbol("x", n, 1)
    gram = d.given("tree tensors are isometries, w wᵀ = 1", sp.Identity(k), dropped=sp.MatrixSymbol("G", k, k))
    turned = d.given("disentanglers are orthogonal, uᵀu = 1", sp.Identity(n), dropped=sp.MatrixSymbol("H", n, n))
    d.equal("a disentangler keeps the norm: ‖ux‖² = xᵀ(uᵀu)x", x.T * turned * x, x.T * x)
    d.equal(
        "P = wᵀw is a projector, so (1 − P)ᵀ(1 − P) = 1 − 2wᵀw + wᵀ(w wᵀ)w is 1 − P",
        sp.Identity(n) - 2 * w.T * w + w.T * gram * w,
        sp.Identity(n) - w.T * w,
    )
    d.say("so ‖x‖² − ‖wx‖² = xᵀ(1 − P)x = ‖(1 − P)x‖² ≥ 0: a tree tensor keeps or lowers the norm")
    v = sp.MatrixSymbol("v", m, p)
    d.equal(
        "tensors of a row act on disjoint legs: (w ⊗ v)(w ⊗ v)ᵀ = w wᵀ ⊗ v vᵀ",
        combine_kronecker(sp.KroneckerProduct(w, v) * sp.KroneckerProduct(w.T, v.T)),
        sp.KroneckerProduct(w * w.T, v * v.T),
    )
    d.equal(
        "which is an identity if both are; a leg that passes counts as an identity",
        sp.KroneckerProduct(gram, sp.Identity(q)),
        sp.Identity(k * q),
    )
    d.say("so a row keeps or lowers the norm, and by induction no number of rows lengthens x")
    count = sp.Symbol("N", integer=True, nonnegative=True)
    d.induction(
        "tree tensors twice an isometry: after N of them ‖net(x)‖² of a unit vector x that all projectors P keep is",
        count,
        base=(0, sp.Integer(1)),
        step=lambda s, _: 4 * s,
        closed=4**count,
    )
    d.say("and n legs have N = n − 1 tree tensors")
