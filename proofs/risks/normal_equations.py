"""Least squares on soft targets: the right-hand side and the solution vary less, in every direction; any size."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation


@claim(
    "soft-targets-normal-equations",
    sources=("notes:136", "after Menon, Rawat, Reddi, Kim, Kumar 2021"),
    statement="One local problem of a sweep is least squares with rows a(x_n), targets y_n and solution θ = ((A'A/N "
    "+ λI)⁻¹ ⊗ I) b, λ > 0, b = (1/N) Σ_n a(x_n) ⊗ y_n. With p*(x_n) in place of one-hot labels drawn from p*(x_n), "
    "b has the same expectation and Cov[b_hard] − Cov[b_soft] = (1/N) E[a a' ⊗ (diag p* − p* p*')] ≽ 0; also "
    "Cov[θ_hard] ≽ Cov[θ_soft].",
)
def right_hand_side(d: Derivation) -> None:
    """Each direction of b is a one-hot risk with losses linear in the row, and each direction of θ one of b."""
    d.say(
        "for a direction V, V·b = (1/N) Σ_n c(x_n)·y_n with c(x) = V'a(x): hard labels give c_{y_n}, soft ones C = "
        "Σ_y p_y c_y"
    )
    mass, centre, square = sp.symbols("P C S", real=True)
    total = d.given("targets are distributions: Σ_y p_y = P = 1", sp.Integer(1), dropped=mass)
    drawn = d.given(
        "hard labels are drawn from the soft targets: given the input, E c_y = C",
        centre,
        dropped=sp.Symbol("C'", real=True),
    )
    d.say("so given the inputs both right-hand sides have one mean")
    d.equal(
        "and V·b_hard has variance Σ_y p_y (c_y − C)² at each sample, the quadratic form of diag p − p p' at c",
        square - 2 * centre * drawn + centre**2 * total,
        square - centre**2,
    )
    d.say("a sum of p_y times squares is not negative, so diag p − p p' ≽ 0 and its product with a a' ≽ 0 is ≽ 0")
    samples = sp.Symbol("N", integer=True, positive=True)
    noise = sp.Symbol("g", nonnegative=True)
    between = d.given(
        "labels are independent given the inputs: no covariance κ between samples",
        sp.S.Zero,
        dropped=sp.Symbol("kappa", real=True),
    )
    d.equal(
        "law of total covariance: Cov[b_hard] − Cov[b_soft] = E Cov[b_hard | inputs], in the direction V, g = E(S − "
        "C²)",
        sp.Mul(samples * noise + samples * (samples - 1) * between, samples**-2, evaluate=False),
        noise / samples,
    )
    columns = sp.Symbol("q", integer=True, positive=True)
    gram, labels, u = (
        sp.MatrixSymbol("H", columns, columns),
        sp.MatrixSymbol("b", columns, 1),
        sp.MatrixSymbol("u", columns, 1),
    )
    d.equal(
        "A'A does not contain the labels, so with H = (A'A/N + λI)⁻¹, fixed by the inputs, a direction u of θ is H'u "
        "of b",
        u.T * (gram * labels),
        (gram.T * u).T * labels,
    )
    d.say("conditionally on the inputs θ_hard has mean θ_soft and a covariance ≽ 0: the law of total covariance again")
    _two_inputs(d)


def _two_inputs(d: Derivation) -> None:
    """Everything spelled out for one column, two inputs and symbolic rows and probabilities."""
    weight, p, q, r, s = sp.symbols("w p q r s", real=True)
    inputs = [(weight, sp.Matrix([1, r]), p), (1 - weight, sp.Matrix([1, s]), q)]
    hard = [(chance * each, row * y) for chance, row, one in inputs for each, y in ((one, 1), (1 - one, 0))]
    soft = [(chance, row * one) for chance, row, one in inputs]

    def covariance(law: list) -> sp.Matrix:
        first = sum((chance * value for chance, value in law), sp.zeros(2, 1))
        return sum((chance * value * value.T for chance, value in law), sp.zeros(2, 2)) - first * first.T

    expected = sum((chance * one * (1 - one) * row * row.T for chance, row, one in inputs), sp.zeros(2, 2))
    d.enumerate(
        "illustration: rows (1, r), (1, s) with probabilities w, 1 − w and labels 1 with probability p, q; the four "
        "entries of the difference as polynomials, N = 1",
        covariance(hard) - covariance(soft) - expected,
        lambda entry: sp.expand(entry) == 0,
    )
