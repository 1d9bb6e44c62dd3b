"""Training layer by layer: how errors add up through any number of layers, and what individual training misses."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation


@claim(
    "layerwise-error",
    sources=("draft:23",),
    statement=(
        "Student layers S_l trained one by one to follow teacher layers T_l closely, ‖S_l(a) − T_l(a)‖ ≤ ε_l for all "
        "of the teacher's own inputs a, compose to a student that follows the teacher closely."
    ),
    verdict=Verdict.ASSUMPTION,
    corrected=(
        "If every S_l has a Lipschitz constant L_l > 0 on a set with both the teacher's and the student's inputs, "
        "the outputs of n layers differ by at most Σ_l (∏_{k>l} L_k) ε_l. T·Φ need have no such constant on all of "
        "ℝⁿ for n ≥ 2 (x₁x₂ has none), but has one on every bounded set."
    ),
)
def error(d: Derivation) -> None:
    """The triangle inequality for one layer, then induction over the layers."""
    e, following, moved, own, slope, eps = sp.symbols("e e' m s L epsilon", real=True)
    lipschitz = d.given(
        "S is Lipschitz: m = ‖S(â) − S(a)‖ ≤ L‖â − a‖, â the student's input, a the teacher's",
        [moved <= slope * e],
        dropped=[],
    )
    d.entails(
        "e' = ‖S(â) − T(a)‖ ≤ ‖S(â) − S(a)‖ + ‖S(a) − T(a)‖, so that a layer turns the error e into at most",
        following <= slope * e + eps,
        where=[following <= moved + own, own <= eps, *lipschitz],
    )
    n, k = sp.symbols("n l", integer=True, positive=True)
    errors, prefix = sp.IndexedBase("ε"), sp.IndexedBase("P", positive=True)
    d.induction(
        "with P_l = L₁ ⋯ L_l, so that ∏_{k>l} L_k = P_n/P_l: the bound on e_n obeys e_{n+1} = L_{n+1} e_n + ε_{n+1}, "
        "and there is no error before the first layer",
        n,
        base=(0, sp.Integer(0)),
        step=lambda bound, m: (
            bound * prefix[m + 1] / prefix[m] + prefix[m + 1] * sp.Sum(errors[k] / prefix[k], (k, m + 1, m + 1))
        ),
        closed=prefix[n] * sp.Sum(errors[k] / prefix[k], (k, 1, n)),
    )
    d.entails(
        "x₁x₂ moves by L + 1 between (0, L + 1) and (1, L + 1), points at distance 1: no L serves everywhere",
        sp.Gt(1 * (slope + 1) - 0 * (slope + 1), slope * 1, evaluate=False),
    )
    d.say("T·Φ is a polynomial, so its derivatives are bounded on every bounded set: there it has an L")


@claim(
    "layerwise-joint",
    sources=("draft:23",),
    statement=(
        "Training each mapping individually, on the output of its paired layers, need not give the best student that "
        "the sizes of its layers allow, even where each one is fitted as well as can be: with a hidden map of rank 1 "
        "the loss can be 100 where rank 1 allows 0."
    ),
)
def joint(d: Derivation) -> None:
    """Two inputs, two hidden values, one output; all maps linear."""
    covariance, readout = sp.diag(4, 1), sp.Matrix([[1, 10]])
    one, two = sp.symbols("w_1 w_2", real=True)
    d.say(
        "teacher a = x, y = a₁ + 10a₂, inputs of mean 0 and covariance C = diag(4, 1); the student's first T has rank 1"
    )
    d.entails(
        "its loss E|a − Tx|² = ‖(I − T)√C‖² is at least |(I − T)√C w|² = w'Cw, w a unit vector with T√C w = 0; that "
        "is ≥ 1",
        4 * one**2 + two**2 >= 1,
        where=[sp.Eq(one**2 + two**2, 1)],
    )

    def loss(matrix: sp.Matrix) -> sp.Expr:
        return (matrix * covariance * matrix.T).trace()

    together = sp.Matrix([1, 0]) * sp.Matrix([[1, 10]])
    individual = d.given(
        "the first layer is trained individually, T = diag(1, 0), not T = (1, 0)'(1, 10) for the sake of the output",
        sp.diag(1, 0),
        dropped=together,
    )
    d.equal("it attains the bound: no first layer is better on its own", loss(sp.eye(2) - individual), 1)
    d.say("the second layer is the teacher's, (1, 10), and makes no error of its own")
    best = loss(readout - readout * together)
    d.equal("T = (1, 0)'(1, 10), also of rank 1, reproduces the teacher: E(ŷ − y)² = 0", best, 0)
    d.differ("the individually best layers do not", loss(readout - readout * individual), best)


@claim(
    "layerwise-own-inputs",
    sources=("draft:23",),
    statement=(
        "The last layer is trained best on the inputs that the student's earlier layers produce: least squares there "
        "is, for the composed student, never worse than any other T, the one fitted on the teacher's inputs to the "
        "paired layer included; and it can be better, where that one makes no error on these inputs."
    ),
)
def own_inputs(d: Derivation) -> None:
    """A direction in which T may differ from the fit is singled out; any number of inputs, samples and entries."""
    x = [sp.Integer(value) for value in (-1, 0, 1)]
    middle = sp.Rational(2, 3)
    d.say(
        "teacher a = x², y = a², on x = −1, 0, 1. The first layer, affine in x, is fitted to x² best by the constant "
        "2/3"
    )
    d.equal("its normal equations: the residual is orthogonal to 1", sum(v**2 - middle for v in x), 0)
    d.equal("and to x", sum(v * (v**2 - middle) for v in x), 0)
    d.say(
        "the second layer, on two copies of a, reproduces a² exactly on the teacher's inputs; on the student's, ŷ = 4/9"
    )
    teachers, students = (sum((output - v**4) ** 2 for v in x) for output in (middle**2, middle))
    d.fails(
        "refitted on the student's own input 2/3 it says ŷ = 2/3; the squared error of 4/9 is not the smaller one",
        sp.Le(teachers, students, evaluate=False),
    )
    t, rest = sp.symbols("t R", real=True)
    size = sp.Symbol("q", nonnegative=True)
    overlap = d.given(
        "T* solves the normal equations on the student's own inputs â: r = y − T*·Φ(â) has E[r g] = 0 for all g = "
        "V·Φ(â)",
        sp.Integer(0),
        dropped=sp.Symbol("rho", real=True),
    )
    loss = rest - 2 * t * overlap + t**2 * size
    d.say("T = T* + tV, with R = E r², q = E g² ≥ 0: the loss E(r − tg)² of the composed student is R − 2t E[rg] + t²q")
    d.holds("no T beats T*", sp.Ge(loss - rest, 0, evaluate=False))
