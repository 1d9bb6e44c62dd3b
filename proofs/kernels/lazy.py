"""Whether the kernel stays where it started: training at any width, under the scaling 1/√m and under 1/m."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation


@claim(
    "one-weight-moves-little",
    sources=("notes:178", "Du, Zhai, Póczos, Singh 2019", "Chizat, Oyallon, Bach 2019"),
    statement="At infinite width the time-varying kernel is the fixed one throughout training: for f(x) = m^(−c) Σ_r "
    "v_r σ(w_r·x) every weight w_r moves by O(1/√m).",
    verdict=Verdict.ASSUMPTION,
    corrected="If only the w_r are trained, c = ½, and the smallest eigenvalue of H(t) stays at least λ > 0 (which "
    "itself needs a large width): |w_r(t) − w_r(0)| ≤ √n V S X |f(0) − y| / (λ√m) for n samples with |x_j| ≤ X, "
    "|v_r| ≤ V, |σ'| ≤ S. If σ' is Lipschitz too, and |f(0) − y| bounded, H moves by O(1/√m).",
)
def moves_little(d: Derivation) -> None:
    """The speed of a weight is bounded by the residual, and the residual by an exponential whose integral is finite."""
    m, n = sp.symbols("m n", integer=True, positive=True)
    v, w, x, rest = sp.symbols("v w x r", real=True)
    steep, far, large, start, t = sp.symbols("S X V e_0 t", positive=True)
    activation = sp.Function("sigma")
    c = d.given("the output is divided by √m, c = ½", sp.Rational(1, 2), dropped=sp.Symbol("c", real=True))
    d.equal(
        "the slope of f in a coordinate of w_r is v_r σ' x/√m, so |∂f(x)/∂w_r| ≤ V S X/√m",
        sp.Derivative(m**-c * v * activation(w * x + rest), w),
        v * x / sp.sqrt(m) * sp.Derivative(activation(w * x + rest), rest),
    )
    d.say(
        "With residuals e = f − y on n samples, |dw_r/dt| ≤ Σ_j |e_j| V S X/√m ≤ √n |e| V S X/√m by Cauchy and Schwarz."
    )
    rate = d.given(
        "the smallest eigenvalue of H(t) stays at least λ > 0",
        sp.Symbol("lambda", positive=True),
        dropped=sp.Symbol("lambda", nonnegative=True),
    )
    square = sp.Function("E")
    d.say("E = |e|² has dE/dt = −2eᵀHe ≤ −2λE (claim training-loss-falls).")
    d.equal(
        "so E exp(2λt) does not grow, its slope being",
        sp.Derivative(square(t) * sp.exp(2 * rate * t), t),
        (sp.diff(square(t), t) + 2 * rate * square(t)) * sp.exp(2 * rate * t),
    )
    d.holds("|e(t)| ≤ |e(0)| exp(−λt) then has a finite integral over time, if", sp.Gt(rate, 0, evaluate=False))
    path = sp.Integral(start * sp.exp(-rate * t), (t, 0, sp.oo))
    speed = sp.sqrt(n) * large * steep * far / sp.sqrt(m)
    d.equal("so from e_0 = |e(0)| no weight moves further than", speed * path, speed * start / rate)
    p, q, p0, q0, delta, bound = sp.symbols("p q p_0 q_0 delta S", real=True)
    near = [sp.And(a - b <= delta, b - a <= delta) for a, b in ((p, p0), (q, q0))]
    within = [sp.And(a <= bound, -bound <= a) for a in (p, q, p0, q0)]
    d.entails(
        "a unit's share of H is v_r² x·x'/m times a product of two slopes σ'; if these move by at most δ = O(1/√m), "
        "their product moves by at most 2Sδ, and H, a sum of m shares, by at most 2Sδ V² X²",
        sp.And(p * q - p0 * q0 <= 2 * bound * delta, p0 * q0 - p * q <= 2 * bound * delta),
        where=(*near, *within),
    )


@claim(
    "mean-field-kernel-moves",
    sources=("notes:178", "Chizat, Oyallon, Bach 2019"),
    statement="The limit of infinite width makes the kernel a fixed one in training, however the output is scaled: for "
    "f = m^(−c) Σ_r v_r w_r, trained on one sample from f = 0 with Σ_r v_r² = Σ_r w_r² = m until f = y.",
    verdict=Verdict.CORRECTED,
    corrected="Training multiplies the kernel by exactly √(1 + y² m^(2c−2)), at any width. With c = ½ this is at most "
    "1 + y²/(2m) and tends to 1; under the mean-field scaling c = 1 it is √(1 + y²), at infinite width too.",
)
def mean_field(d: Derivation) -> None:
    """In the coordinates a = (v + w)/√2 and b = (v − w)/√2 all units move in step, and the flow is solved."""
    m = sp.Symbol("m", integer=True, positive=True)
    c, v, w, y = sp.symbols("c v w y", real=True)
    moved, push = sp.symbols("s g", real=True)
    a, b = (v + w) / sp.sqrt(2), (v - w) / sp.sqrt(2)
    d.equal("a unit has the output vw = (a² − b²)/2", v * w, (a**2 - b**2) / 2)
    d.equal("and the share v² + w² = a² + b² of the kernel", v**2 + w**2, a**2 + b**2)
    d.say("The flow is dv/dt = g w and dw/dt = g v with g = −(f − y) m^(−c), the same for all units.")
    rates = {each: push * sp.diff(v * w, each) for each in (v, w)}
    for name, along, rate in (("da/dt", a, push * a), ("db/dt", b, -push * b)):
        d.equal(f"then {name} is", sum(sp.diff(along, each) * rates[each] for each in rates), rate)
    d.say("With one clock s for all units, ds/dt = g and s = 0 at the start, a = a_0 exp(s) and b = b_0 exp(−s).")
    rising, falling = d.given(
        "f starts at 0 and Σv² = Σw² = m, so Σa² = Σb² = m", (m, m), dropped=sp.symbols("A B", positive=True)
    )
    output = m**-c * (rising * sp.exp(2 * moved) - falling * sp.exp(-2 * moved)) / 2
    kernel = m ** (-2 * c) * (rising * sp.exp(2 * moved) + falling * sp.exp(-2 * moved))
    before = 2 * m ** (1 - 2 * c)
    d.equal(
        "f and the kernel move together: ker² = ker(0)² + 4 m^(−2c) f²",
        kernel**2,
        before**2 + 4 * m ** (-2 * c) * output**2,
    )
    d.say("The kernel never falls below ker(0) = 2 m^(1−2c) > 0, so f moves until f = y. Put f = y.")
    growth = sp.sqrt(1 + y**2 * m ** (2 * c - 2))
    d.equal("then ker² is", before**2 + 4 * m ** (-2 * c) * y**2, (before * growth) ** 2)
    half = sp.Rational(1, 2)
    d.holds(
        "for c = ½, √(1 + y²/m) ≤ 1 + y²/(2m), since of the squares",
        (1 + y**2 / (2 * m)) ** 2 >= growth.subs(c, half) ** 2,
    )
    d.equal("which tends to", sp.Limit(growth.subs(c, half), m, sp.oo), 1)
    d.differ("for c = 1 and y² = 3 the kernel doubles, at every width", growth.subs({c: 1, y: sp.sqrt(3)}), 1)
