"""Citations, and the cross entropy, that several claims of this family share."""

from collections.abc import Sequence

import sympy as sp

HINTON = "Hinton, Vinyals and Dean 2015, section 2"
PARK = "Park et al. 2019"
YANG = "Yang et al. 2020"
ZHANG = "Zhang and Ma 2021"


def cross_entropy(target: Sequence[sp.Expr], student: Sequence[sp.Expr]) -> sp.Expr:
    """−Σ_j target_j log student_j."""
    return -sum(a * sp.log(b) for a, b in zip(target, student, strict=True))
