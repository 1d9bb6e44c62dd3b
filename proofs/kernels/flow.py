"""Training outputs under gradient flow, for any number of samples and parameters and any differentiable network."""

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation


@claim(
    "tangent-kernel-flow",
    sources=("notes:174", "notes:176", "Jacot, Gabriel, Hongler 2018"),
    statement="Under gradient flow dθ/dt = −∂L/∂θ the output obeys df(θ_t, x_t)/dt = −H(t)(f(θ_t, x_t) − y), where "
    "H(t)_ij = ker_t(x_i, x_j) and ker_t(x, x') = ⟨∂f(θ_t, x)/∂θ, ∂f(θ_t, x')/∂θ⟩.",
    verdict=Verdict.CORRECTED,
    corrected="Holds for L = ½ Σ_j (f(x_j) − y_j)² and for the vector f = (f(x_1), ..., f(x_n)) of all n training "
    "outputs. At any other input, df(x)/dt = −Σ_j ker(x, x_j)(f(x_j) − y_j); for another loss, df/dt = −H ∂L/∂f.",
)
def flow(d: Derivation) -> None:
    """One parameter of any number is singled out; the sum over parameters turns products of slopes into the kernel."""
    i, j, n = sp.symbols("i j n", integer=True, positive=True)
    theta = sp.Symbol("theta", real=True)
    f, y = sp.Function("f"), sp.Function("y")
    loss = d.given(
        "the loss of one sample is ½(f − y)²",
        lambda output, target: (output - target) ** 2 / 2,
        dropped=lambda output, target: sp.log(1 + sp.exp(-output * target)),
    )
    d.say("Single out one parameter θ. Output j, with all other parameters fixed, is any differentiable f(j, θ).")
    slope, residual = sp.diff(f(j, theta), theta), f(j, theta) - y(j)
    force = -sp.Derivative(sp.Sum(loss(f(j, theta), y(j)), (j, 1, n)), theta)
    pull = -sp.Sum(residual * slope, (j, 1, n))
    d.equal("the flow moves it at the rate dθ/dt = −∂L/∂θ", force, pull)
    share = sp.diff(f(i, theta), theta)
    d.equal(
        "by the chain rule output i, of a training sample or of any other input, changes through θ at the rate",
        share * pull,
        -sp.Sum(share * slope * residual, (j, 1, n)),
    )
    d.say(
        "Sum over all parameters: Σ_θ ∂f_i/∂θ ∂f_j/∂θ = ⟨∂f_i/∂θ, ∂f_j/∂θ⟩ = H_ij, so df_i/dt = −Σ_j H_ij (f_j − y_j). "
        "The sum runs over all training samples: the rate of one output needs the residuals of all of them."
    )
    d.differ(
        "another loss: log(1 + exp(−yf)) with f = θ, y = 1, at θ = 0 moves f at the rate ½, not −H(f − y) = 1",
        -sp.diff(sp.log(1 + sp.exp(-theta)), theta).subs(theta, 0),
        1,
    )
    d.differ("without the factor ½, with f = θ, y = 1, at θ = 0", -sp.diff((theta - 1) ** 2, theta).subs(theta, 0), 1)
    x = sp.Symbol("x", real=True)
    rate = -2 * sp.diff((theta - 1) ** 2 / 2, theta)
    d.differ(
        "another input: f = θx, trained on x = 1, y = 1, changes at x = 2 by −ker(2, 1)(f(1) − y), at θ = 0 not what "
        "the formula says with x_t = 2",
        rate.subs(theta, 0),
        (-(x**2) * (theta * x - 1)).subs({theta: 0, x: 2}),
    )


@claim(
    "training-loss-falls",
    sources=("notes:176", "Jacot, Gabriel, Hongler 2018"),
    statement="H = (⟨∂f(x_i)/∂θ, ∂f(x_j)/∂θ⟩)_ij is a kernel matrix: symmetric, positive semidefinite for any number n "
    "of samples; under gradient flow on L = ½|f − y|² therefore dL/dt = −(f − y)ᵀH(f − y) ≤ 0.",
)
def falling(d: Derivation) -> None:
    """J holds ∂f(x_i)/∂θ_a, one row a sample; r = f − y; n and the number p of parameters are symbols."""
    n, p = sp.symbols("n p", integer=True, positive=True)
    jacobian, r = sp.MatrixSymbol("J", n, p), sp.MatrixSymbol("r", n, 1)
    metric = d.given(
        "plain gradient flow dθ/dt = −Jᵀr, not preconditioned as −M Jᵀr",
        sp.Identity(p),
        dropped=sp.MatrixSymbol("M", p, p),
    )
    kernel = jacobian * metric * jacobian.T
    d.say("The chain rule gives df/dt = J dθ/dt = −H r with H = J Jᵀ, entry by entry the inner products of gradients.")
    d.equal("H is symmetric", kernel.T, kernel)
    d.equal("dL/dt = rᵀ df/dt is minus a squared length", -r.T * (kernel * r), -(jacobian.T * r).T * (jacobian.T * r))
    so_far, entry = sp.Symbol("s", nonnegative=True), sp.Symbol("w", real=True)
    d.holds(
        "a squared length stays nonnegative with every further entry w", sp.Ge(so_far + entry**2, 0, evaluate=False)
    )
    d.say("The same line with any vector v in place of r: vᵀHv = |Jᵀv|² ≥ 0, so H is positive semidefinite.")
    slopes, residuals = sp.Matrix([1, 1]), sp.Matrix([-1, 1])
    d.equal("at x = 1, 1 with labels 1, −1 the flow of f = θx rests at θ = 0, where −Jᵀr is", -slopes.dot(residuals), 0)
    d.differ("though the loss is not 0: it need not fall all the way", residuals.dot(residuals) / 2, 0)
