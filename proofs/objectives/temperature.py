"""The loss at temperature T, for any number of classes: gradient, limit T → ∞, the factor T², the idle shift."""

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .shared import HINTON


@claim(
    "temperature-gradient",
    sources=("notes:48", HINTON),
    statement="Teacher logits v and student logits z of N classes, p = softmax(v/T), q = softmax(z/T), C = −Σ_j p_j "
    "log q_j. Then ∂C/∂z_i = (q_i − p_i)/T, for every N.",
)
def gradient(d: Derivation) -> None:
    """One logit z_i of any number is singled out; the others enter through S = Σ_{j≠i} exp(z_j/T) alone."""
    z, v = sp.symbols("z_i v_i", real=True)
    temperature, others, rest, target = sp.symbols("T S R p_i", positive=True)
    warm = sp.exp(v / temperature)
    d.equal(
        "p sums to 1: class i against all others, R = Σ_{j≠i} exp(v_j/T)",
        warm / (warm + rest) + rest / (warm + rest),
        1,
    )
    mass = d.given("the targets sum to 1, as p = softmax(v/T) does", sp.S.One, dropped=sp.Symbol("P", positive=True))
    d.say(
        "log q_j = z_j/T − log Z with Z = exp(z_i/T) + S; so C = −p_i z_i/T + log Z Σ_j p_j less Σ_{j≠i} p_j z_j/T, "
        "which does not depend on z_i"
    )
    partition = sp.exp(z / temperature) + others
    cost = -target * z / temperature + mass * sp.log(partition)
    q = sp.exp(z / temperature) / partition
    d.equal("differentiate C in z_i, all other logits fixed", sp.Derivative(cost, z), (q - target) / temperature)


@claim(
    "temperature-limit",
    sources=("notes:48", f"{HINTON}.1"),
    statement="In the same notation, with logits of zero mean over the N classes, T² ∂C/∂z_i → (z_i − v_i)/N as T → "
    "∞: hot distillation is regression on the logits.",
)
def limit(d: Derivation) -> None:
    """β = 1/T; the other classes enter through Z(β) = Σ_j exp(β z_j) with Z(0) = N and Z′(0) = N z̄."""
    z, v, beta = sp.symbols("z_i v_i beta", real=True)
    classes = sp.Symbol("N", integer=True, positive=True)
    means = sp.symbols("z̄ v̄", real=True)
    student, teacher = d.given("both logit vectors have mean zero", (sp.S.Zero, sp.S.Zero), dropped=means)
    d.say("T² ∂C/∂z_i = T (q_i − p_i) = (q_i − p_i)/β; at β = 0 both are 1/N, so the limit is d/dβ (q_i − p_i) at 0")
    for words, own, mean in (("q_i = exp(β z_i)/Z", z, means[0]), ("p_i = exp(β v_i)/Z", v, means[1])):
        d.equal(
            f"the slope of {words} at β = 0, where Z = N and Z′ is N times the mean logit",
            _slope(own, classes, mean, beta),
            (own - mean) / classes,
        )
    slopes = _slope(z, classes, student, beta) - _slope(v, classes, teacher, beta)
    d.equal("so the limit, (z_i − v_i − (z̄ − v̄))/N for any means, is for zero means", slopes, (z - v) / classes)


def _slope(own: sp.Expr, classes: sp.Expr, mean: sp.Expr, beta: sp.Symbol) -> sp.Expr:
    """d/dβ exp(β own)/Z(β) at β = 0, where Z(0) = N and Z′(0) = N mean."""
    partition = sp.Function("Z")(beta)
    slope = sp.diff(sp.exp(beta * own) / partition, beta)
    return slope.subs(partition.diff(beta), classes * mean).subs(partition, classes).subs(beta, 0)


@claim(
    "temperature-squared",
    sources=("notes:38", "notes:48", HINTON),
    statement="For large T the gradient of the loss at temperature T falls as 1/T²: multiplied by T² it has a finite "
    "limit, not 0 unless the centred logits of teacher and student agree, and so keeps its weight against a loss at "
    "temperature 1; no other power of T does this.",
)
def squared(d: Derivation) -> None:
    """Powers of T times the gradient (q_i − p_i)/T of any class i, by the slope in `temperature-limit`."""
    temperature, excess, classes = sp.symbols("T epsilon N", positive=True)
    remainder = sp.Symbol("r", real=True)
    unequal = d.given(
        "the centred logits of student and teacher differ: u_i = z_i − z̄ − (v_i − v̄) ≠ 0 for some class i",
        sp.Symbol("u_i", real=True, nonzero=True),
        dropped=sp.Symbol("u_i", real=True),
    )
    d.say("q_i − p_i is smooth in β = 1/T, 0 at β = 0 with slope u_i/N (temperature-limit): u_i β/N + r β², r bounded")
    gradient = (unequal / (classes * temperature) + remainder / temperature**2) / temperature
    d.equal(
        "the power 2 has a finite limit", sp.Limit(temperature**2 * gradient, temperature, sp.oo), unequal / classes
    )
    d.holds("which is not zero", sp.Ne(unequal / classes, 0, evaluate=False))
    d.say("any other power of T multiplies this convergent factor by T^ε or T^(−ε), ε > 0")
    d.equal("a smaller power makes the soft part vanish", sp.Limit(temperature**-excess, temperature, sp.oo), 0)
    d.equal("a larger one lets it grow without bound", 1 / sp.Limit(temperature**excess, temperature, sp.oo), 0)


@claim(
    "softmax-shift",
    sources=("notes:48",),
    statement="softmax(x/T) = softmax(x′/T) if and only if x′ − x is the same constant for every class, for any "
    "number of classes: probabilities determine the logits up to one constant.",
)
def shift(d: Derivation) -> None:
    """Class i is singled out, S = Σ_{j≠i} exp(x_j/T) is all that it sees of the others."""
    x, x_other, c = sp.symbols("x_i x_j c", real=True)
    temperature, others = sp.symbols("T S", positive=True)
    moved = d.given(
        "every logit moves by the same c, so that S becomes exp(c/T) S",
        sp.exp(c / temperature) * others,
        dropped=sp.Symbol("S′", positive=True),
    )
    own = sp.exp((x + c) / temperature)
    d.equal(
        "a common shift changes no probability",
        own / (own + moved),
        sp.exp(x / temperature) / (sp.exp(x / temperature) + others),
    )
    whole = sp.exp(x / temperature) + others
    d.equal(
        "conversely the probabilities give all differences of logits, whatever the normaliser Z",
        temperature * (sp.log(sp.exp(x / temperature) / whole) - sp.log(sp.exp(x_other / temperature) / whole)),
        x - x_other,
    )
    d.say("equal probabilities: x_i − x_j = x′_i − x′_j for all i, j, so x′_i − x_i does not depend on i")
