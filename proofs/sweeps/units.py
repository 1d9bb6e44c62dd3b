"""The gauge of hidden units: any order for a shared transfer function, any positive scale for ReLU and its like."""

import sympy as sp
from sympy import MatrixSymbol

from ..claims import claim
from ..derivation import Derivation
from .frobenius import Inner, Symmetric, under

m, n = sp.symbols("m n", integer=True, positive=True)


@claim(
    "permutation-gauge",
    sources=("Hecht-Nielsen 1990",),
    statement="Permuting the units of a hidden layer, Π W x + Π b, and undoing it in the next, V Πᵀ, leaves the "
    "network unchanged, for any number of units and any elementwise transfer function; softmax, which is not "
    "elementwise, allows it too.",
)
def permutation(d: Derivation) -> None:
    """A swap of two units, from which every permutation is made; all other units enter through their sums."""
    z, w, v, u, rest = sp.symbols("z_i z_j V_i V_j R", real=True)
    f = sp.Function("f")
    other = d.given("both units have the same transfer function", f, dropped=sp.Function("g"))
    d.say("the next layer sees R + V_i f(z_i) + V_j f(z_j), R from all other units; swap the units and their weights")
    d.equal("elementwise", rest + u * f(w) + v * other(z), rest + v * f(z) + u * other(w))
    partition = sp.Symbol("S", positive=True)
    total = partition + sp.exp(z) + sp.exp(w)
    d.say("softmax: exp(z_k) over S + exp(z_i) + exp(z_j), which a swap does not change")
    d.equal(
        "softmax",
        rest / total + (u * sp.exp(w) + v * sp.exp(z)) / total.subs({z: w, w: z}, simultaneous=True),
        rest / total + (v * sp.exp(z) + u * sp.exp(w)) / total,
    )
    d.say("Π is a product of swaps, and a swap is undone by its own transpose")


@claim(
    "scaling-gauge",
    sources=("Neyshabur, Salakhutdinov, Srebro 2015",),
    statement="The input of a hidden unit may be scaled by any s > 0 and its outgoing weights by 1/s without a change "
    "of the network, f(s z) = s f(z), exactly where f is linear on either side of 0: f(z) = f(1) z for z ≥ 0 and "
    "−f(−1) z for z < 0. So it is for ReLU, leaky ReLU and the identity, but not for tanh or softmax; and ReLU allows "
    "no negative s.",
)
def scaling(d: Derivation) -> None:
    """Functions of one slope on each side scale; the scaling rule leaves no others."""
    s, z = sp.symbols("s z", positive=True)
    up, down = sp.symbols("a b", real=True)
    d.fails("tanh: f(2z) = 2f(z) fails at z = 1", sp.Eq(sp.tanh(2), 2 * sp.tanh(1), evaluate=False))
    doubled = sp.Eq(sp.exp(2) / (sp.exp(2) + 1), 2 * sp.E / (sp.E + 1), evaluate=False)
    d.fails("softmax: its first entry, from (1, 0) to (2, 0)", doubled)
    d.fails("ReLU and s = −1 at z = 1", sp.Eq(sp.Max(0, -1), -sp.Max(0, 1), evaluate=False))
    power = d.given("f is linear on either side of 0", sp.Integer(1), dropped=sp.Symbol("k", positive=True))
    for name, slope in (("z > 0", up), ("z < 0, with −z in the place of z", -down)):
        d.equal(f"f(s z) = s f(z) for {name}", slope * (s * z) ** power, s * slope * z**power)
    d.say("conversely put z = 0, 1 and −1: f(0) = 0, f(s) = s f(1) and f(−s) = s f(−1) for all s > 0")


@claim(
    "swap-of-two-units",
    sources=("Koopmans, Beckmann 1957",),
    statement="With D = W − T, G = A D C Tᵀ and K = T C Tᵀ, swapping rows i and j of T changes tr(A D C Dᵀ) by "
    "(A_ii + A_jj − 2A_ij)(K_ii + K_jj − 2K_ij) + 2(G_ii + G_jj − G_ij − G_ji), for all sizes.",
)
def swap(d: Derivation) -> None:
    """The swap is T − eeᵀT with e = e_i − e_j, a reflection."""
    output, moment = Symmetric("A", m, m), Symmetric("C", n, n)
    weight, student, e = MatrixSymbol("W", m, n), MatrixSymbol("T", m, n), MatrixSymbol("e", m, 1)
    bend = sp.Symbol("eᵀKe", real=True)
    d.say("e = e_i − e_j: (I − eeᵀ)T is T with rows i and j swapped, as eᵀT is the difference of the two rows")
    gap, moved = weight - student, weight - student + e * e.T * student
    symmetric = d.given("the metric A is symmetric", output, dropped=MatrixSymbol("A", m, m))
    d.equal(
        "the change, with eᵀKe = eᵀTCTᵀe a number",
        Inner(moved, symmetric * moved * moment) - Inner(gap, symmetric * gap * moment),
        2 * Inner(e, symmetric * gap * moment * student.T * e) + bend * Inner(e, symmetric * e),
        by=under((e.T * student * moment * student.T * e, bend * sp.Identity(1))),
    )
    x, signs = sp.Matrix(2, 2, sp.symbols("x_ii x_ij x_ji x_jj")), sp.Matrix([1, -1])
    d.equal("eᵀXe in the entries of X", signs.dot(x * signs), x[0, 0] + x[1, 1] - x[0, 1] - x[1, 0])
    d.say("with X = A, K and G, and with A and K symmetric, this is the formula")
