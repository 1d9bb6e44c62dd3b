"""How many numbers a train holds: its sum, its cores, and the count of a published student. For any length."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation

REPORT = "D. Piché, Knowledge distillation in matrix product state tensor networks, report of 26 April 2023"


@claim(
    "bond-sum-limits",
    sources=(REPORT,),
    statement="T[i_1, …, i_d] = Σ_{b_1, …, b_d} A_1[i_1, b_1] A_2[b_1, i_2, b_2] ⋯ A_d[b_{d−1}, i_d].",
    verdict=Verdict.CORRECTED,
    corrected="The bonds are b_1, …, b_{d−1}: d cores in a chain have d − 1 bonds. Summed over a b_d of D values as "
    "well, the train is D times too large.",
)
def sum_limits(d: Derivation) -> None:
    """No core carries b_d, so the sum over it counts the same number D times."""
    entry, index = sp.symbols("t b_d")
    values = sp.Symbol("D", integer=True, positive=True)
    d.say("d cores in a chain have d − 1 bonds; t, the sum over b_1, …, b_{d−1} of their product, has no b_d in it")
    d.equal("so a sum over D values of b_d as well is", sp.Sum(entry, (index, 1, values)), values * entry)
    size = d.given("there is no b_d, D = 1", sp.S.One, dropped=values)
    d.equal("and right for D = 1 only", size * entry, entry)
    d.differ("cores all 1 and D = 10: the entry is 1, the sum", sp.Sum(1, (index, 1, 10)).doit(), 1)


@claim(
    "train-parameters",
    sources=(REPORT, "mera:15"),
    statement="A train of n ≥ 2 sites of dimension d, inner bonds all of dimension r and outer ones of dimension 1, "
    "holds 2dr + (n − 2)dr² numbers; with a label of m values on an inner core (n ≥ 3), (m − 1)dr² more.",
)
def parameters(d: Derivation) -> None:
    """By induction: two cores at the ends, and each further core has two inner bonds."""
    n, dim, r, m = sp.symbols("n d r m", integer=True, positive=True)
    other = d.given("all inner bonds have dimension r", r, dropped=sp.Symbol("r'", integer=True, positive=True))
    closed = 2 * dim * r + (n - 2) * dim * r**2
    d.induction(
        "two ends, and each core put between has d r² numbers",
        n,
        base=(2, dim * r + r * dim),
        step=lambda count, n: count + dim * r * other,
        closed=closed,
    )
    d.equal("the label makes d m r² of d r² numbers", dim * m * r**2, dim * r**2 + (m - 1) * dim * r**2)
    d.equal("for example 784 sites, d = 2, r = 10", sp.Subs(closed, (n, dim, r), (784, 2, 10)), 156_440)


@claim(
    "report-parameters",
    sources=(REPORT,),
    statement="The MPS student of 784 sites, d = 2, bond dimension D = 10 and 10 outputs has 158,000 parameters.",
    verdict=Verdict.ASSUMPTION,
    corrected="True of the program of the report: all 784 cores are D × 2 × D, ends too, the label has a core "
    "D × 10 × D, and all sites share two more D × D matrices. A train with open ends and no more than its cores has "
    "158,240 parameters with the label on an inner core, 157,440 with the label on a core of its own.",
)
def report(d: Derivation) -> None:
    """The three counts, of one chain whose outer bonds have dimension D or 1."""
    size, outputs, sites = sp.Integer(10), sp.Integer(10), sp.Integer(784)

    def chain(outer: sp.Expr) -> sp.Expr:
        return (sites - 2) * 2 * size**2 + 2 * outer * 2 * size

    ends = d.given("the end cores are D × 2 × D like the others, not open ends of D × 2", size, dropped=sp.S.One)
    shared = d.given("all sites share two more D × D matrices", sp.Integer(2), dropped=sp.S.Zero)
    d.equal("what the program holds", chain(ends) + outputs * size**2 + shared * size**2, 158_000)
    inner = chain(sp.S.One) + (outputs - 1) * 2 * size**2
    d.equal("open ends, the label on an inner core: 9 more slices of 2 × 10 × 10", inner, 158_240)
    d.equal("open ends, the label on a core of its own, 10 × 10 × 10", chain(sp.S.One) + outputs * size**2, 157_440)
