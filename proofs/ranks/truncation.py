"""Cutting one bond: the best error, and when it is the discarded weight. Matrices of any size."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .words import matrices, modulo


@claim(
    "eckart-young",
    sources=("Eckart, Young, 1936",),
    statement="Let A have N columns and the singular values σ_1 ≥ … ≥ σ_N ≥ 0 (zeros included), 1 ≤ χ < N. Among "
    "matrices M of rank at most χ the least ‖A − M‖² is Σ_{k>χ} σ_k², the discarded weight of the cut singular value "
    "decomposition.",
)
def eckart_young(d: Derivation) -> None:
    """On the kernel of M nothing of A is matched; one kept and one discarded singular value are singled out."""
    a, m, kernel = matrices("A M P")
    d.say("let P project on the kernel of M: tr P ≥ N − χ, and ‖A − M‖² ≥ ‖(A − M)P‖²")
    d.equal("there A − M is A", (a - m) * kernel, a * kernel, by=modulo((m * kernel, 0)))
    d.say(
        "with A = Σ_k σ_k u_k v_kᵀ: ‖AP‖² = Σ_k σ_k² p_k, p_k = ‖P v_k‖², hence 0 ≤ p_k ≤ 1 and Σ_k p_k = tr P. "
        "Compare with s Σ_k p_k for s = σ_χ²"
    )
    p, s, kept, cut = sp.symbols("p s sigma_k^2 sigma_l^2", real=True)
    larger, smaller = d.given(
        "the largest are kept: σ_k² ≥ s for k ≤ χ, σ_l² ≤ s for l > χ", [[kept >= s], [cut <= s]], dropped=[[], []]
    )
    d.entails("a kept one, k ≤ χ: σ_k² p_k ≥ s p_k", kept * p >= s * p, where=[p >= 0, *larger])
    d.entails(
        "a discarded one, l > χ: σ_l² p_l − σ_l² ≥ s p_l − s", cut * p - cut >= s * p - s, where=[p <= 1, *smaller]
    )
    total, size, rank = sp.symbols("tr_P N chi", real=True)
    d.entails(
        "summed: Σ_k σ_k² p_k − Σ_{l>χ} σ_l² ≥ s tr P − s (N − χ) ≥ 0",
        s * total - s * (size - rank) >= 0,
        where=[s >= 0, total >= size - rank],
    )
    d.say("equality: M = Σ_{k≤χ} σ_k u_k v_kᵀ leaves Σ_{l>χ} σ_l²")


@claim(
    "discarded-weight-is-error",
    sources=("Schollwöck, The density-matrix renormalization group in the age of matrix product states, 2011",),
    statement="Cut the singular values at one bond of a train, S → S̃. In canonical form, where what stands left and "
    "right of the bond has orthonormal columns and rows, the squared error of the whole tensor is the discarded weight "
    "‖S − S̃‖². In any other it is tr(G (S − S̃) H (S − S̃)ᵀ), G and H the Gram matrices of the two sides.",
)
def discarded_weight(d: Derivation) -> None:
    """The tensor is L S R, with L all cores left of the bond and R all cores right of it."""
    cut, cut_t, gram_left, gram_right = matrices("Δ Δᵀ G H")
    d.say("Δ = S − S̃; the error is L Δ R, its square tr(Rᵀ Δᵀ LᵀL Δ R) = tr(LᵀL Δ RRᵀ Δᵀ), at any sizes")
    left = d.given("the left side is an isometry, LᵀL = 1", sp.S.One, dropped=gram_left)
    right = d.given("so is the right side, RRᵀ = 1", sp.S.One, dropped=gram_right)
    d.equal("under the trace ΔΔᵀ is left, the discarded weight", left * cut * right * cut_t, cut * cut_t)
    size = sp.Integer(2)
    d.differ("without the gauge: L = 2, S = 1, R = 1, S̃ = 0 discards 1 and errs by 4", (size * 1 - size * 0) ** 2, 1)
