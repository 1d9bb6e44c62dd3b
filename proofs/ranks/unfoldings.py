"""The bond dimensions of a train are the ranks of its unfoldings, for any number of sites of any dimensions."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .words import matrices, modulo


@claim(
    "train-ranks-are-unfolding-ranks",
    sources=("Oseledets, Tensor-train decomposition, 2011",),
    statement="Let T ≠ 0 have n legs, and let T⁽ⁱ⁾ be T as a matrix with the first i legs as rows, the others as "
    "columns. Every train of T has a bond dimension r_i ≥ rank T⁽ⁱ⁾ at bond i, and one train has r_i = rank T⁽ⁱ⁾ at "
    "all bonds at once.",
)
def ranks(d: Derivation) -> None:
    """Below: a matrix that factors through r_i values has a large kernel. Above: the column spaces are nested."""
    left, right, kernel, more = matrices("L R K M")
    across = d.given(
        "bond i alone joins the two sides: T⁽ⁱ⁾ = L R, and L has r_i columns", left * right, dropped=left * right + more
    )
    d.say(
        "R has r_i rows and, say, q columns; R v = 0 is r_i equations for q unknowns, so that the kernel of R has "
        "dimension q − r_i at least. Let the columns of K span it: R K = 0"
    )
    d.equal("T⁽ⁱ⁾ vanishes on K, hence rank T⁽ⁱ⁾ ≤ r_i", across * kernel, 0, by=modulo((right * kernel, 0)))
    basis, inverse, coefficients, choice, rest = matrices("B_i B_i⁺ C_s X N_s")
    d.say(
        "Now build the train. Let T_s be the block of T⁽ⁱ⁾ where leg i + 1 has the value s: T⁽ⁱ⁾ is the blocks side "
        "by side, and T⁽ⁱ⁺¹⁾ is the same blocks, one on top of the other (rows: first i legs and s)"
    )
    block = d.given(
        "the rank T⁽ⁱ⁾ independent columns of B_i span those of T⁽ⁱ⁾, so that T_s = B_i C_s",
        basis * coefficients,
        dropped=basis * coefficients + rest,
    )
    d.say("X picks rank T⁽ⁱ⁺¹⁾ columns of T⁽ⁱ⁺¹⁾ that span all of them; block s of this next basis B_{i+1} is T_s X")
    d.say("Independent columns have a left inverse, B_i⁺ B_i = 1. The core: A[s] = B_i⁺ T_s X, of size r_i × r_{i+1}")
    d.equal(
        "block s of B_{i+1} is B_i A[s]",
        block * choice,
        basis * inverse * block * choice,
        by=modulo((inverse * basis, sp.S.One)),
    )
    d.say("Start with B_0 = 1 and end with B_n = T, a single column: by induction T[s_1 … s_n] = A_1[s_1] ⋯ A_n[s_n]")
