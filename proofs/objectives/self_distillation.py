"""Self distillation by ridge regression, for any kernel and any number of rounds: it only shrinks."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation

MOBAHI = "Mobahi, Farajtabar and Bartlett 2020"


@claim(
    "self-distillation-filter",
    sources=("notes:112", MOBAHI),
    statement="In self distillation the student teaches itself in rounds. For kernel ridge regression, fitted to the "
    "labels y and then to its own outputs again and again, with the kernel matrix K = Σ_k d_k u_k u_kᵀ on the "
    "training inputs, d_k > 0, and a ridge λ > 0, the outputs after t rounds are y_t = Σ_k ρ_kᵗ u_k u_kᵀy, ρ_k = "
    "d_k/(d_k + λ) < 1, for all t. Each round shrinks every mode, those of small d_k most, and y_t → 0; without a "
    "ridge, λ = 0, nothing changes.",
)
def spectral_filter(d: Derivation) -> None:
    """One mode (d, u) of any number: the eigenvectors are orthonormal, so that the modes do not mix."""
    value, step = sp.symbols("d s", positive=True)
    label = sp.Symbol("y", real=True)
    ridge = d.given(
        "the ridge is positive", sp.Symbol("lambda", positive=True), dropped=sp.Symbol("lambda", nonnegative=True)
    )
    c, rounds = sp.Symbol("c", real=True), sp.Symbol("t", integer=True, nonnegative=True)
    share = value / (value + ridge)
    d.say("the regression minimises ‖Kα − y‖² + λ αᵀKα; with α = Σ c_k u_k each mode on its own: (d c − y)² + λ d c²")
    loss = (value * c - label) ** 2 + ridge * value * c**2
    d.equal(
        "stationary at c = y/(d + λ), convex: the output of the mode is d c = ρ y",
        sp.diff(loss, c).subs(c, label / (value + ridge)),
        0,
    )
    d.induction(
        "each round multiplies by ρ = d/(d + λ): the output after t rounds",
        rounds,
        base=(0, label),
        step=lambda output, _: share * output,
        closed=share**rounds * label,
    )
    d.holds("ρ < 1, so ρᵗ falls to 0: no mode survives", share < 1)
    larger = (value + step) / (value + step + ridge)
    d.holds("a mode with d + s > d keeps more in each round: small modes die first", share < larger)
    d.equal("without a ridge ρ = 1: the student is its own fixed point", share.subs(ridge, 0), 1)


@claim(
    "self-distillation-penalty",
    sources=("notes:112", MOBAHI),
    statement="t rounds of self distillation with the ridge λ act on a mode with eigenvalue d like one regression "
    "with the ridge λ_t = d ((1 + λ/d)ᵗ − 1) ≥ tλ, for all t ≥ 1. It depends on d: no single ridge does it for all "
    "modes.",
)
def penalty(d: Derivation) -> None:
    """λ_t obeys λ_(t+1) = λ_t (1 + λ/d) + λ."""
    value, ridge = sp.symbols("d lambda", positive=True)
    rounds = sp.Symbol("t", integer=True, positive=True)
    strengthened = value * ((1 + ridge / value) ** rounds - 1)
    d.equal(
        "definition of λ_t: ρᵗ = d/(d + λ_t), ρ = d/(d + λ)",
        value / (value + strengthened),
        (1 + ridge / value) ** -rounds,
    )
    d.induction(
        "one round more",
        rounds,
        base=(1, ridge),
        step=lambda before, _: before * (1 + ridge / value) + ridge,
        closed=strengthened,
    )
    beyond = sp.Symbol("e", nonnegative=True)
    begun = d.given("at least one round has been made", rounds, dropped=sp.Symbol("t", integer=True))
    d.holds(
        "λ_t = tλ + e with e ≥ 0 gives λ_(t+1) ≥ (t + 1)λ; at t = 1 they are equal",
        (begun * ridge + beyond) * (1 + ridge / value) + ridge >= (begun + 1) * ridge,
    )
    two = strengthened.subs({rounds: 2, ridge: 1})
    d.differ("t = 2, λ = 1: the ridge that d = 1 sees is not that of d = 2", two.subs(value, 1), two.subs(value, 2))


@claim(
    "self-distillation-with-labels",
    sources=("notes:38", "notes:112", "Borup and Andersen 2021"),
    statement="Fitted in every round to α times its own outputs plus (1 − α) times the labels y, 0 ≤ α < 1, the ridge "
    "regression of `self-distillation-filter` converges, and to one ridge regression on y with the ridge λ/(1 − α).",
)
def with_labels(d: Derivation) -> None:
    """One mode of any number; the round is f ↦ ρ (α f + (1 − α) y)."""
    value, ridge, label = sp.symbols("d lambda y", positive=True)
    output, rounds = sp.Symbol("f_0", real=True), sp.Symbol("t", integer=True, nonnegative=True)
    rate = sp.Symbol("alpha", nonnegative=True)
    own = d.given(
        "the labels keep a share: α < 1, α = 1 − 1/(1 + s) with s ≥ 0",
        1 - 1 / (1 + sp.Symbol("s", nonnegative=True)),
        dropped=rate,
    )
    share = value / (value + ridge)
    limit = value / (value + ridge / (1 - own)) * label
    d.equal("the limit f is a fixed point of the round", share * (own * limit + (1 - own) * label), limit)
    d.induction(
        "the distance from it is multiplied by αρ in every round",
        rounds,
        base=(0, output),
        step=lambda gap, _: rate * share * gap,
        closed=(rate * share) ** rounds * output,
    )
    d.holds("0 ≤ αρ < 1, so the distance tends to 0", own * share < 1)
