"""The one-hot and the Bayes-distilled risk: one expectation, two variances; any number of classes and samples."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation
from .finite import draws, mean, variance


@claim(
    "distilled-risk-variance",
    sources=("notes:136", "Menon, Rawat, Reddi, Kim, Kumar 2021"),
    statement="Labels y_n are drawn from p*(x_n) on k classes; ℓ_y(f(x)) is the loss of f at class y. With the "
    "one-hot risk R̂(f) = (1/N) Σ_n ℓ_{y_n}(f(x_n)) and the Bayes-distilled risk R̂*(f) = (1/N) Σ_n Σ_y p*_y(x_n) "
    "ℓ_y(f(x_n)): V[R̂*(f)] ≤ V[R̂(f)].",
    verdict=Verdict.ASSUMPTION,
    corrected="The notes leave R̂ and R̂* undefined. For f fixed before the labels are drawn, both have the same "
    "expectation and V[R̂] − V[R̂*] = (1/N) E_x V_{y|x}[ℓ_y(f(x))] if labels are independent given the inputs; the "
    "gap is zero only where the losses are constant on the support of p*(x). For f fitted to the same labels the "
    "order can be reversed.",
)
def variances(d: Derivation) -> None:
    """R̂ = R̂* + e: the label noise e has mean zero given the inputs, so it adds its variance and nothing else."""
    d.say("write R̂ = R̂* + e with e = (1/N) Σ_n e_n and e_n = ℓ_{y_n} − M(x_n), M(x) = Σ_y p*_y(x) ℓ_y(f(x))")
    mass, average, square = sp.symbols("P M S", positive=True)
    total = d.given("p*(x) is a distribution: its entries sum to P = 1", sp.Integer(1), dropped=mass)
    d.equal(
        "given the inputs e_n has mean Σ_y p_y (ℓ_y − M) = M − M P = 0: both risks have one expectation",
        average,
        average * total,
    )
    d.equal(
        "and variance Σ_y p_y (ℓ_y − M)², with S = Σ_y p_y ℓ_y²",
        square - 2 * average**2 + average**2 * total,
        square - average**2,
    )
    samples = sp.Symbol("N", integer=True, positive=True)
    noise = sp.Symbol("g", nonnegative=True)
    between, optimism = sp.symbols("kappa c", real=True)
    shared = d.given(
        "given the inputs, labels are independent: E e_n e_m = κ = 0 for n ≠ m", sp.S.Zero, dropped=between
    )
    added = sp.Mul(samples * noise + samples * (samples - 1) * shared, samples**-2, evaluate=False)
    d.equal("with g = E_x V_{y|x}[ℓ_y]: V[e] = (1/N²) Σ_n Σ_m E e_n e_m", added, noise / samples)
    unseen = d.given(
        "f is fixed before the labels are drawn: R̂* depends on the inputs alone, so Cov(R̂*, e) = c = 0",
        sp.S.Zero,
        dropped=optimism,
    )
    soft = sp.Symbol("V", nonnegative=True)
    hard = soft + 2 * unseen + noise / samples
    d.equal("V[R̂] = V[R̂*] + 2 Cov(R̂*, e) + V[e], with V = V[R̂*]", hard, soft + noise / samples)
    d.holds(
        "hence V[R̂*] ≤ V[R̂]; this needs no independence, as V[e] ≥ 0 in any case", sp.Ge(hard, soft, evaluate=False)
    )
    p, q, loss, other, centre, rest = sp.symbols("p q a b M r", real=True)
    d.entails(
        "g vanishes only where all losses on the support are equal: no terms p (a − M)², q (b − M)² with p, q > 0 "
        "and a ≠ b",
        sp.Eq(loss, other),
        where=[sp.Eq(p * (loss - centre) ** 2 + q * (other - centre) ** 2 + rest, 0), p > 0, q > 0, rest >= 0],
    )
    d.enumerate("two inputs, three classes, two samples: every outcome listed, exactly", LOSSES, _gap_is_exact)
    heads = sp.Rational(1, 4)
    hard_law = [(heads, 0), (1 - heads, 0)]
    soft_law = [(heads, 1 - heads), (1 - heads, heads)]
    d.fails(
        "without it: one input, y = 1 with probability 1/4, 0-1 loss, f fitted to the one label drawn. R̂ = 0 "
        "always, while R̂* is 3/4 or 1/4: V[R̂*] = 3/64 is not ≤ V[R̂] = 0",
        sp.Le(variance(soft_law), variance(hard_law), evaluate=False),
    )


LOSSES = [((0, 1, 3), (2, 2, 5)), ((1, 1, 1), (4, 0, 0)), ((7, 2, 0), (1, 3, 2))]
BAYES = [
    (sp.Rational(1, 3), (sp.Rational(1, 2), sp.Rational(1, 3), sp.Rational(1, 6))),
    (sp.Rational(2, 3), (sp.Rational(1, 5), sp.Rational(4, 5), sp.S.Zero)),
]
"""Pairs (probability of the input, p* there)."""


def _gap_is_exact(losses: tuple[tuple[int, ...], ...]) -> bool:
    """Both expectations and the gap of the variances, over all outcomes of N = 2 samples."""
    hard, soft, noise = [], [], 0
    for (chance, p), row in zip(BAYES, losses, strict=True):
        inner = list(zip(p, row, strict=True))
        hard += [(chance * each, loss) for each, loss in inner]
        soft.append((chance, mean(inner)))
        noise += chance * variance(inner)
    laws = [[(chance, sp.Rational(sum(pair)) / 2) for chance, pair in draws(law, 2)] for law in (hard, soft)]
    return mean(laws[0]) == mean(laws[1]) and variance(laws[0]) - variance(laws[1]) == sp.Rational(noise) / 2
