"""`tnsolve` held to the claims of `proofs/hierarchies`: each test is named after its claim."""

from itertools import combinations
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linear import EPS, legs, rounding, seeds

from proofs.hierarchies.graphs import meeting_row, rows
from proofs.hierarchies.published import exact_bonds, uniform
from tnsolve.compression.baselines import truncated_svd
from tnsolve.fitting.compress import compress
from tnsolve.models.linear_layer import Layer
from tnsolve.networks.mera import MERA
from tnsolve.networks.mpo import MPO
from tnsolve.networks.tree import Tree
from tnsolve.schedule import Schedule

chains = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=2, max_size=4)


@given(chains, seeds)
def test_reshaping_is_a_bijection(shape, seed):
    """Entry (y, x) of W has the digits of y and x, the first leg most significant; each place is one entry."""
    inputs, outputs = zip(*shape, strict=True)
    network = MPO.random(inputs, outputs, 1, seed=seed)
    whole = network.to_dense()
    for y, row in enumerate(np.ndindex(*outputs)):
        for x, column in enumerate(np.ndindex(*inputs)):
            entries = (core.data[0, j, i, 0] for core, j, i in zip(network.cores, row, column, strict=True))
            assert abs(whole[y, x] - prod(entries)) <= rounding(network)
    norms = prod(np.linalg.norm(core.data) for core in network.cores)
    assert abs(np.linalg.norm(whole) - norms) <= rounding(network) * whole.size


@given(chains, seeds)
def test_exact_bonds_are_needed(shape, seed):
    """A general W keeps all bonds min(P_k, Q_k), however little may be dropped, and its MPO is no smaller than W."""
    inputs, outputs = zip(*shape, strict=True)
    weight = np.random.default_rng(seed).standard_normal((prod(outputs), prod(inputs)))
    network = MPO.from_dense(weight, inputs, outputs, 10**6, cutoff=EPS**2)
    assert tuple(network.ranks.values()) == exact_bonds([i * j for i, j in shape])
    assert network.parameters >= weight.size


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=3, max_size=5), st.integers(1, 40))
def test_mpo_smaller_than_dense(shape, bond):
    """An MPO of one bond dimension D saves if and only if a D² + b D < M, that is D below the positive root."""
    ends = (1, *(bond,) * (len(shape) - 1), 1)
    network = MPO.of([np.zeros((ends[k], j, i, ends[k + 1])) for k, (i, j) in enumerate(shape)])
    pairs = [i * j for i, j in shape]
    a, b = sum(pairs[1:-1]), pairs[0] + pairs[-1]
    assert network.parameters == uniform(pairs, bond)
    assert (network.parameters < prod(pairs)) == ((2 * a * bond + b) ** 2 < b**2 + 4 * a * prod(pairs))


@given(st.integers(1, 8), st.integers(1, 8), st.data(), seeds)
def test_low_rank_keeps_the_outputs(rows, columns, data, seed):
    """Rank k keeps d_out outputs in a space of dimension k, and saves if and only if k < d_in d_out/(d_in + d_out)."""
    rank = data.draw(st.integers(1, min(rows, columns)))
    rng = np.random.default_rng(seed)
    factors = truncated_svd(rng.standard_normal((rows, columns)), rank)
    outputs = factors.to_dense() @ rng.standard_normal((columns, 3 * columns))
    assert len(outputs) == rows and np.linalg.matrix_rank(outputs) == rank
    assert (factors.network.parameters < rows * columns) == (rank * (rows + columns) < rows * columns)


@given(legs(4), st.integers(1, 2), seeds)
def test_truncation_moves_outputs(sizes, rank, seed):
    """|Wx - Vx| <= |W - V|_2 |x|, with equality at the leading right singular vector."""
    inputs, outputs = sizes
    rng = np.random.default_rng(seed)
    weight = rng.standard_normal((prod(outputs), prod(inputs)))
    network = MPO.from_dense(weight, inputs, outputs, rank)
    error = weight - network.to_dense()
    _, s, v = np.linalg.svd(error)
    x = np.concatenate([rng.standard_normal((5, prod(inputs))), v[:1]])
    moved = np.linalg.norm(Layer(network, np.zeros(len(weight)), prod(inputs))(x) - x @ weight.T, axis=1)
    noise = 64 * EPS * weight.size * np.linalg.norm(weight)
    assert np.all(moved <= (s[0] + noise) * np.linalg.norm(x, axis=1))
    assert abs(moved[-1] - s[0]) <= noise


@given(st.integers(2, 6), st.integers(1, 2), seeds)
def test_labels_kept_by_margins(labels, rank, seed):
    """An input whose margin exceeds sqrt(2) |(W - V) x| keeps its label."""
    rng = np.random.default_rng(seed)
    weight = rng.standard_normal((labels, 8))
    network = MPO.from_dense(weight, (2, 2, 2), (1, labels, 1), rank)
    x = rng.standard_normal((200, 8))
    before, after = x @ weight.T, x @ network.to_dense().T
    second, first = np.sort(before, axis=1)[:, -2:].T
    safe = first - second > 2**0.5 * np.linalg.norm(before - after, axis=1) + 1e3 * EPS * np.linalg.norm(before)
    assert np.all((before.argmax(axis=1) == after.argmax(axis=1))[safe])


def test_nearest_is_not_most_faithful():
    """W = 2 e1e1' x e1e1' + e2e2' x e2e2' at bond 1: the nearest MPO errs by 1, a fit to rare x11 by 4/100 or less."""
    weight, moments = np.diag([2.0, 0, 0, 1]), np.array([0.01, 1, 1, 1])
    x = 2 * np.concatenate([np.diag(moments**0.5), -np.diag(moments**0.5)])
    nearest = MPO.from_dense(weight, (2, 2), (2, 2), 1).to_dense()
    start = MPO.random((2, 2), (2, 2), 1, seed=0)
    fitted = compress(weight, start, inputs=x, schedule=Schedule(sweeps=30)).layer
    assert abs(np.linalg.norm(weight - nearest) - 1) <= 1e3 * EPS
    assert np.linalg.norm(weight - fitted.dense) > 1
    errors = [np.mean(np.sum((x @ (weight - v).T) ** 2, axis=1)) for v in (nearest, fitted.dense)]
    assert errors[0] >= 1 - 1e3 * EPS and errors[1] <= 0.04 + 1e-6


@pytest.mark.parametrize("height", range(1, 6))
def test_tree_paths_are_logarithmic(height):
    """Inputs that meet in row k are 2k - 1 cores apart: the middle pair 2h - 1, on average 2h - 3 + 2h/(n - 1)."""
    n = 2**height
    tree = Tree.random((2,) * n, (2,), 2)
    site = {leg: k for k, core in enumerate(tree.cores) for leg in core.legs if leg[0] == "x"}
    lengths = {
        (i, j): len(tree.topology.path(site[f"x{i - 1}"], site[f"x{j - 1}"]))
        for i, j in combinations(range(1, n + 1), 2)
    }
    assert all(length == 2 * meeting_row(n, *pair, disentangled=False) - 1 for pair, length in lengths.items())
    assert lengths[n // 2, n // 2 + 1] == 2 * height - 1
    assert 2 * sum(lengths.values()) == ((2 * height - 3) * n + 3) * n


@pytest.mark.parametrize("n", range(2, 18))
def test_two_rows_for_each_distance(n):
    """Light cones of a MERA meet in the row that the graph says: neighbours in row 1, at most 5 cores of a row."""
    network = MERA.random((2,) * n, (2,), 2)
    row_of = [row for row, (_, u, w) in enumerate(rows(n), start=1) for _ in range(u + w)]
    cones = [network.light_cone(f"x{k}") for k in range(n)]
    assert len(row_of) == len(network.cores) and len(Tree.random((2,) * n, (2,), 2).cores) == n - 1
    for i, j in combinations(range(n), 2):
        met = row_of[min(set(cones[i]) & set(cones[j]))]
        assert met == meeting_row(n, i + 1, j + 1, disentangled=True)
        assert met == 1 or j - i > 2
    assert all([row_of[site] for site in cone].count(row) <= 5 for cone in cones for row in set(row_of))


@pytest.mark.parametrize("height", range(1, 7))
@pytest.mark.parametrize("chi", [2, 3])
def test_mera_parameters_are_linear(height, chi):
    """n = 2^h legs: (n - 1) chi^3 numbers in a tree, (n - 1 - h) chi^4 more in a MERA."""
    n = 2**height
    tree, mera = (kind.random((chi,) * n, (chi,), chi, exact=False).parameters for kind in (Tree, MERA))
    assert tree == (n - 1) * chi**3 and mera - tree == (n - 1 - height) * chi**4


@pytest.mark.parametrize("chi", [2, 3, 4])
def test_mera_exceeds_tree_at_equal_bonds(chi):
    """A swap below paired legs has rank chi^2 across the middle; trains and trees of bond chi lack chi^2 - chi."""
    swap = np.einsum("ad,bc->abcd", np.eye(chi), np.eye(chi))
    pair, top = np.zeros((chi, chi, chi)), np.zeros((chi, chi, 1))
    pair[:, :, 0], top[0, 0, 0] = np.eye(chi), 1
    network = MERA.random((chi,) * 4, (1,), chi, exact=False).filled([swap, pair, pair, top])
    whole = network.to_dense()
    assert np.linalg.matrix_rank(whole.reshape(chi**2, chi**2)) == chi**2
    tree, train = Tree.from_dense(whole, (chi,) * 4, (1,), chi), MPO.from_dense(whole, (chi,) * 4, (1,), chi)
    assert all(np.linalg.norm(v.to_dense() - whole) ** 2 >= chi**2 - chi - 1e3 * EPS * chi**4 for v in (tree, train))


@given(st.lists(st.integers(1, 3), min_size=2, max_size=7), st.integers(1, 3), st.integers(1, 3), seeds)
def test_isometric_layers_contract(inputs, outputs, rank, seed):
    """Isometries below the root lengthen no input: |W|_2 <= |root|_2."""
    network = MERA.random(tuple(inputs), (outputs,), rank, seed=seed).nearest_isometries()
    root = network.cores[-1].data
    assert np.linalg.norm(network.to_dense(), 2) <= np.linalg.norm(root.reshape(-1, outputs), 2) + rounding(network)


@pytest.mark.parametrize("kind", [Tree, MERA])
def test_gaussian_tree_variance(kind):
    """Cores of variance 1/(dimensions up) make E |Wx|^2 = N_y |x|^2: no core changes the mean square but the root."""
    rng = np.random.default_rng(0)
    x, draws, chi = rng.standard_normal(2**4), 8000, 3
    sizes = [np.sum((kind.random((2,) * 4, (4,), chi, seed=rng).to_dense() @ x) ** 2) for _ in range(draws)]
    spread = (1 + 2 / chi) ** 2 * (1 + 2 / 4) * (1 + 2 / 4 if kind is MERA else 1)
    assert abs(np.mean(sizes) / (4 * x @ x) - 1) <= 6 * ((spread - 1) / draws) ** 0.5


@pytest.mark.parametrize(("n", "chi", "outputs"), [(4, 2, 3), (4, 2, 8), (8, 2, 5), (4, 3, 2), (4, 3, 9)])
def test_cost_of_one_input(n, chi, outputs):
    """One input costs (chi^(n+2) - chi^4)/(chi - 1) + chi^2 M at most in a tree, saving iff M > chi^2/(chi - 1)."""
    tree = Tree.random((chi,) * n, (outputs,), chi, exact=False)
    cost = Layer(tree, np.zeros(outputs), chi**n).factored_cost(1)
    bound = (chi ** (n + 2) - chi**4) // (chi - 1) + chi**2 * outputs
    assert cost == bound if n == 4 else cost <= bound
    assert (cost < outputs * chi**n) == (outputs * (chi - 1) > chi**2)
