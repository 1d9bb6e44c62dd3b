"""What ensembles and distillation do for a linear model, whatever the law of the inputs, normal ones included."""

import sympy as sp

from ..claims import Verdict, claim, not_checkable
from ..derivation import Derivation

observation = not_checkable(
    "gaussian-inputs-observed",
    sources=("notes:186", "Allen-Zhu, Li 2023"),
    statement="Distillation and ensembles do not aid the generalisation of deep networks on Gaussian or Gaussian-like "
    "inputs.",
    why="An observation on trained networks; 'Gaussian-like' and the training are not specified. What it says of every "
    "model is false (ensembles-on-gaussian-inputs); a case in which it is exact does not need Gaussian inputs "
    "(one-minimum).",
)


@claim(
    "ensembles-on-gaussian-inputs",
    sources=("notes:186",),
    statement="Ensembles do not aid generalisation when the input is Gaussian, whatever the model.",
    verdict=Verdict.REFUTED,
    corrected="Linear models of d weights, trained by gradient flow on n < d normal inputs without noise, from "
    "independent starts of mean 0 and covariance s²·1: the expected test error of an average of k of them is E + "
    "s²(d − n)/k, where E is that of a start at 0. Averaging helps, and the average is itself one linear model.",
)
def gaussian(d: Derivation) -> None:
    """Outside the span of the inputs a weight keeps its start (linear-student-projects): that part is averaged."""
    k = sp.Symbol("k", integer=True, positive=True)
    weight, wanted = sp.symbols("b q", real=True)
    n, dim, variance, floor = sp.symbols("n d s^2 E", positive=True)
    covariance = d.given("the starts are independent", 0, dropped=sp.Symbol("rho", positive=True))
    d.say("For normal inputs of covariance 1 the test error of weights w is E_x (w·x − w_*·x)² = |w − w_*|².")
    mean = d.given("the starts have mean 0", 0, dropped=sp.Symbol("mu", positive=True))
    d.induction(
        "in each coordinate outside the span the sum of k starts has the variance",
        k,
        base=(1, variance),
        step=lambda total, models: total + variance + 2 * models * covariance,
        closed=k * variance,
    )
    spread = k * variance / k**2
    constant, slope, square = sp.Poly((weight - wanted) ** 2, weight).all_coeffs()[::-1]
    d.equal(
        "so b, that coordinate of the average, has the variance s²/k, and misses q, that of w_*, by E (b − q)²",
        constant + slope * mean + square * (spread + mean**2),
        wanted**2 + variance / k,
    )
    error = floor + (dim - n) * variance / k
    d.say("The q² add up to the error E of a start at 0; with d − n such coordinates the test error is", error)
    d.holds("with each further model it falls", sp.Gt(variance / k, variance / (k + 1), evaluate=False))
    plane = error.subs({dim: 2, n: 1, variance: 1, floor: 1})
    worse = sp.Ge(plane.subs(k, 2), plane.subs(k, 1), evaluate=False)
    d.fails("in ℝ² with n = 1, s² = 1, E = 1 two models are better than one", worse)


@claim(
    "one-minimum",
    sources=("notes:186",),
    statement="For a model linear in its parameters, ensembles of models that differ by their random start, and "
    "distillation from such ensembles, gain nothing.",
    verdict=Verdict.ASSUMPTION,
    corrected="Exact if each is trained to the minimum (which hard labels need not have) of one strictly convex loss: "
    "all members are then one model, and so is the student of their average, for any law of the inputs. With fewer "
    "inputs than parameters the minimum is not unique and starts matter (ensembles-on-gaussian-inputs).",
)
def one_minimum(d: Derivation) -> None:
    """Along the line between two minimisers a strictly convex loss would have to be flat."""
    s, z, soft = sp.symbols("s z q", real=True)
    curvature = d.given(
        "the inputs span the parameters, so the Hessian ΦᵀDΦ of the loss is positive in every direction",
        sp.Symbol("h", positive=True),
        dropped=sp.Symbol("h", nonnegative=True),
    )
    d.say(
        "The loss is a sum of convex losses of Φw. On the line from a minimiser w_1 to another, w_2, its slope is 0 at "
        "both ends, and grows in between by the integral of the curvature, at least that of its least value h."
    )
    d.holds("so w_1 ≠ w_2 is impossible, since", sp.Gt(sp.Integral(curvature, (s, 0, 1)), 0, evaluate=False))
    d.say(
        "Every start ends at the same weights w, the average of models is w, and its outputs z = Φw are the soft "
        "labels."
    )
    loss = sp.log(1 + sp.exp(z)) - soft * z
    d.equal(
        "A student has slope 0 at the scores z: for the cross entropy with the soft labels σ(z)",
        sp.diff(loss, z).subs(soft, 1 / (1 + sp.exp(-z))),
        0,
    )
    d.holds(
        "and positive curvature, so w is its one minimum, too",
        sp.Gt(sp.simplify(sp.diff(loss, z, 2)), 0, evaluate=False),
    )
