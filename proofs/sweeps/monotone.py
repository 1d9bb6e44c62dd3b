"""What a whole sweep guarantees: the penalised loss falls if one ridge is held, and the steps die out."""

import sympy as sp
from sympy import MatrixSymbol

from proofs.claims import Verdict, claim
from proofs.derivation import Derivation
from proofs.sweeps.frobenius import orthonormal, square, under

ridge, loss, loss_next, norm, norm_next = sp.symbols("ρ L L' P P'", real=True)


@claim(
    "one-ridge-for-a-sweep",
    sources=("Klus, Gelss 2019", "Wesel, Batselier 2021"),
    statement="The training loss after an exact ridge solve of a core never rises.",
    verdict=Verdict.CORRECTED,
    corrected="The penalised loss L + ρ/2 ‖W‖² never rises, provided that one ridge ρ is held from solve to solve and "
    "that nothing is cut. The loss L itself may rise, and so may L + ρ/2 ‖W‖² where ρ changes between solves.",
)
def one_ridge(d: Derivation) -> None:
    """Visits share one objective where the ridge is one; a single weight is the counterexample."""
    w, r = sp.symbols("w r", nonnegative=True)
    value, solved = (w - 1) ** 2 / 2, 1 / (1 + r)
    d.equal(
        "one weight, L(w) = ½(w − 1)²: the solution with the ridge r is w = 1/(1 + r)",
        sp.diff(value + r / 2 * w**2, w).subs(w, solved),
        0,
    )
    half, two_thirds = solved.subs(r, 1), solved.subs(r, sp.Rational(1, 2))
    d.fails(
        "a solve with r = 1, from w = 1, raises the training loss",
        sp.Le(value.subs(w, half), value.subs(w, 1), evaluate=False),
    )
    penalised = value + w**2 / 4
    d.fails(
        "solves with r = ½ and then r = 1 raise L + ¼w², the objective of the first",
        sp.Le(penalised.subs(w, half), penalised.subs(w, two_thirds), evaluate=False),
    )
    d.say(
        "L, P: loss and squared norm of the whole tensor before a visit, L' and P' after it. With isometries outside, "
        "the local objective is L + ρ/2 P at every core (ridge-on-the-centre), and the solve does not raise it"
    )
    own = d.given("the ridge of every visit is the same ρ", ridge, dropped=sp.Symbol("ρ'", real=True))
    not_raised = sp.Le(loss_next + own / 2 * norm_next, loss + own / 2 * norm)
    d.entails(
        "so no visit raises L + ρ/2 P, and by induction no number of them does",
        sp.Le(loss_next + ridge / 2 * norm_next, loss + ridge / 2 * norm),
        where=[not_raised, ridge > 0, norm >= 0, norm_next >= 0, loss >= 0, loss_next >= 0],
    )


@claim(
    "steps-are-square-summable",
    sources=("Holtz, Rohwedder, Schneider 2012", "Espig, Hackbusch, Khachatryan 2015"),
    statement="Sweep by exact ridge solves in canonical gauge with one ridge ρ > 0, from the penalised loss J₀. If W_k "
    "is the whole tensor after k visits, then Σ_k ‖W_{k+1} − W_k‖² ≤ 2J₀/ρ and ‖W_k‖² ≤ 2J₀/ρ for any number of "
    "visits: the losses converge, the tensors stay bounded and the steps tend to zero.",
)
def summable(d: Derivation) -> None:
    """Every visit gains at least ρ/2 of its squared step; the gains add up to at most J₀."""
    e, k, m, n = sp.symbols("e k m n", integer=True, positive=True)
    design, outside = MatrixSymbol("A", e, n), MatrixSymbol("Q", n, k)
    before, after = MatrixSymbol("Θ", k, m), MatrixSymbol("Θ⋆", k, m)
    isometry = d.given("all cores outside the centre are isometries: QᵀQ = I", (orthonormal(outside),), dropped=())
    positive = d.given("the ridge is positive", ridge > 0, dropped=sp.true)
    step = outside * before - outside * after
    d.equal(
        "what an exact solve gains (exact-ridge-decrease), in terms of W = QΘ",
        square(design * outside * (before - after)) / 2 + ridge / 2 * square(before - after),
        square(design * step) / 2 + ridge / 2 * square(step),
        by=under(*isometry),
    )
    d.holds("so it gains at least ρ/2 ‖W − W⋆‖²", sp.Ge(square(design * step) / 2, 0, evaluate=False))
    start, now, then, total, size = sp.symbols("J₀ J J' S t", real=True)
    d.say("let S be the sum of t = ‖W − W⋆‖² over the visits so far; at the start J = J₀, S = 0 and J + ρ/2 S ≤ J₀")
    d.entails(
        "one more visit, J' ≤ J − ρ/2 t, keeps that bound",
        sp.Le(then + ridge / 2 * (total + size), start),
        where=[sp.Le(now + ridge / 2 * total, start), sp.Le(then, now - ridge / 2 * size)],
    )
    inverse = sp.Symbol("ρ⁻¹", real=True)
    d.entails(
        "as J ≥ 0, it bounds S after any number of visits",
        sp.Le(total, 2 * start * inverse),
        where=[sp.Le(now + ridge / 2 * total, start), now >= 0, sp.Eq(ridge * inverse, 1), positive],
    )
    d.say("ρ/2 ‖W‖² ≤ J ≤ J₀ bounds the tensors; a falling sequence J that is bounded below converges")
