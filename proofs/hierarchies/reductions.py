"""By how much replacing some layers shrinks a whole network, for any numbers of parameters."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation


@claim(
    "fourteen-thousand-times",
    sources=("mera:131", "Hallam et al., BMVC 2018, arXiv 1711.03357"),
    statement="With MERA in place of its fully connected layers a network has ρ = 14,000 times fewer parameters.",
    verdict=Verdict.CORRECTED,
    corrected=(
        "Of the replaced layers, not of the network: with F numbers replaced and c > 0 others (convolutions, "
        "normalisation) the network shrinks by (F + c)/(F/ρ + c), for ρ > 1 less than ρ and less than 1 + F/c, one "
        "over the share of the others. If the layers are 4096 × 4096 and 4096 × 64, F = 17,039,360, about 1,217 "
        "numbers replace them (4,369 at 3,900 times)."
    ),
)
def fourteen_thousand(d: Derivation) -> None:
    """F, ρ and c are free; one small convolution is the counterexample."""
    replaced, ratio = sp.symbols("F rho", positive=True)
    others = d.given(
        "the network has other parameters, c > 0",
        sp.Symbol("c", positive=True),
        dropped=sp.Symbol("c", nonnegative=True),
    )
    d.equal("the replaced layers", sp.Add(4096 * 4096, 4096 * 64, evaluate=False), 17_039_360)
    d.equal("over 14,000", sp.floor(sp.Rational(17_039_360, 14_000)), 1_217)
    d.equal(
        "over 3,900, the figure of the first version, to the nearest", sp.floor(sp.Rational(17_039_360, 3_900)), 4_369
    )
    factor = (replaced + others) / (replaced / ratio + others)
    one = factor.subs({replaced: 17_039_360, ratio: 14_000, others: 3 * 3 * 3 * 64})
    d.fails("one 3 × 3 convolution from 3 to 64 channels beside them, c = 1,728", sp.Ge(one, 14_000, evaluate=False))
    excess = sp.Symbol("e", positive=True)
    d.equal(
        "ρ less the factor, ρ = 1 + e",
        ((1 + excess) - factor.subs(ratio, 1 + excess)) * (replaced + others * (1 + excess)),
        (1 + excess) * others * excess,
    )
    d.holds("has the sign of ρ c e", sp.Gt((1 + excess) * others * excess, 0, evaluate=False))
    d.equal(
        "1 + F/c less the factor, times c (F + ρ c)",
        ((replaced + others) / others - factor) * others * (replaced + ratio * others),
        replaced * (replaced + others),
    )
    d.holds("is positive too", sp.Gt(replaced * (replaced + others), 0, evaluate=False))
