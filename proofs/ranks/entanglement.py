"""Entanglement across a cut and correlations between sites: what one says of the other. Any sizes of the two sides."""

from itertools import combinations, product

import sympy as sp

from ..claims import Verdict, claim
from ..derivation import Derivation

RING = 5


@claim(
    "entanglement-is-not-a-distribution",
    sources=(
        "mera:141",
        "mera:11",
        "Scott, Multipartite entanglement, quantum-error-correcting codes, and entangling power of quantum "
        "evolutions, 2004",
    ),
    statement="Entanglement measures the distribution of correlations in a network, and the correlations determine "
    "which network fits.",
    verdict=Verdict.CORRECTED,
    corrected="Entanglement across a cut vanishes if and only if nothing on one side is correlated with anything on "
    "the other. It does not say which sites are correlated: a state can be maximally entangled across every cut "
    "while no two sites are correlated at all. Ranks across cuts determine the network (cut-ranks-decide); "
    "correlations of pairs do not.",
)
def entanglement(d: Derivation) -> None:
    """A product has no correlation; any other state has one that its largest singular value shows."""
    u, v, tensor = sp.IndexedBase("u"), sp.IndexedBase("v"), sp.IndexedBase("T")
    i, j, k, q, m, n = sp.symbols("i j k q m n", integer=True)
    entry = d.given("rank 1 across the cut: T = u vᵀ", lambda a, b: u[a] * v[b], dropped=lambda a, b: tensor[a, b])
    d.say(
        "with X on the left, Y on the right, T real: ⟨XY⟩⟨1⟩ = Σ X_ik Y_jq T_ij T_kq T_mn², over all indices, and "
        "⟨X⟩⟨Y⟩ = Σ X_ik Y_jq T_in T_kn T_mj T_mq. Term by term"
    )
    d.equal(
        "they agree: no connected correlation",
        entry(i, j) * entry(k, q) * entry(m, n) ** 2,
        entry(i, n) * entry(k, n) * entry(m, j) * entry(m, q),
    )
    largest = sp.Symbol("p", real=True)
    d.say(
        "else take the singular vectors u_1, v_1 of the largest squared singular value p < 1 (norm 1). The observables "
        "u_1 u_1ᵀ on the left and v_1 v_1ᵀ on the right have mean p each, and so has their product"
    )
    d.entails(
        "their connected correlation p − p² is not zero", largest - largest**2 > 0, where=[largest > 0, largest < 1]
    )
    d.say("five sites on a ring, T[s] = (−1)^(s_1 s_2 + s_2 s_3 + s_3 s_4 + s_4 s_5 + s_5 s_1), of squared norm 32")
    d.enumerate(
        "across every cut of one or two sites from the others the rank is the largest possible, and all singular "
        "values are equal: the unfolding times its transpose is a multiple of the identity",
        [cut for size in (1, 2) for cut in combinations(range(RING), size)],
        lambda cut: _ring(cut) * _ring(cut).T == 2 ** (RING - len(cut)) * sp.eye(2 ** len(cut)),
    )
    d.say("for two sites this same matrix is their joint state, I/4 = I/2 ⊗ I/2: any two observables are uncorrelated")
    product_state = sp.ones(4, 1) * sp.ones(1, 8)
    d.differ(
        "the ring has rank 4 across two sites and no correlated pair; a product state has no correlated pair and rank",
        product_state.rank(),
        _ring((0, 1)).rank(),
    )


def _ring(cut: tuple[int, ...]) -> sp.Matrix:
    rest = [site for site in range(RING) if site not in cut]
    place = {site: position for position, site in enumerate((*cut, *rest))}
    rows, columns = (list(product((0, 1), repeat=size)) for size in (len(cut), len(rest)))

    def entry(i: int, j: int) -> int:
        bits = rows[i] + columns[j]
        return (-1) ** sum(bits[place[k]] * bits[place[(k + 1) % RING]] for k in range(RING))

    return sp.Matrix(len(rows), len(columns), entry)
