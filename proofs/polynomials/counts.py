"""Where the work and the numbers are: in the linear map T, for any numbers of variables, entries and outputs."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation


@claim(
    "heavy-part",
    sources=("draft:35a",),
    statement=(
        "In a = T·Φ(a') the heavy part is done by the non-linear map Φ and little work by the linear map T: T has m "
        "outputs, n inputs, and φ has d entries."
    ),
    verdict=Verdict.CORRECTED,
    corrected=(
        "T holds all parameters, m dⁿ of them, against the nd numbers that describe Φ(x); and applying T takes more "
        "multiplications than forming Φ(x) in full, for m ≥ 2. Only a T of low rank is light: a tensor train has a "
        "number of parameters that is linear in n (train-parameters)."
    ),
)
def heavy(d: Derivation) -> None:
    """Multiplications are counted as if Φ(x) were formed site by site and T then applied to it."""
    n = sp.Symbol("n", integer=True, positive=True)
    dim, m, one = sp.symbols("d m w", real=True)
    d.fails(
        "m = 2, d = 2, n = 3: T takes 2·8 multiplications, not less than the 4 + 8 of Φ(x)",
        sp.Le(2 * 2**3, 2**2 + 2**3, evaluate=False),
    )
    d.induction(
        "from n to n + 1 sites, Φ(x) costs one multiplication for each of its dⁿ⁺¹ entries; one site costs none",
        n,
        base=(1, sp.Integer(0)),
        step=lambda cost, sites: cost + dim ** (sites + 1),
        closed=(dim ** (n + 1) - dim**2) / (dim - 1),
    )
    outputs = d.given("there are at least two outputs", [m >= 2], dropped=[m >= 1])
    d.entails(
        "T costs w = dⁿ multiplications for each output, 2w or more", m * one >= 2 * one, where=[*outputs, one > 0]
    )
    d.entails(
        "and two outputs cost more than Φ(x), both sides times d − 1",
        2 * one * (dim - 1) > one * dim - dim**2,
        where=[dim >= 2, one > 0],
    )


@claim(
    "coefficient-count",
    sources=("D. Piché, report of April 2023",),
    statement="T with h outputs over d variables, φ(x) = [1, x], has h·2^p entries, where p is none of its sizes.",
    verdict=Verdict.CORRECTED,
    corrected="It has h·2ᵈ entries: one leg of size h, and one leg of size 2 for each of the d variables.",
)
def coefficients(d: Derivation) -> None:
    """By induction on the variables."""
    n = sp.Symbol("d", integer=True, nonnegative=True)
    h, q = sp.symbols("h q", positive=True)
    d.differ("h = 1, d = 2, p = 3: four entries, not eight", 1 * 2**2, 1 * 2**3)
    legs = d.given("φ has two entries, [1, x]", sp.Integer(2), dropped=q)
    d.induction(
        "the leg of a further variable multiplies the number of entries by its size",
        n,
        base=(0, h),
        step=lambda size, _: size * legs,
        closed=h * 2**n,
    )
