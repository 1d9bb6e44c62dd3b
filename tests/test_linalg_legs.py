"""Named legs against einsum, factorisations and conjugate gradients against their defining equations."""

from itertools import pairwise

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import EPS, seeds

from tnsolve.algebra import linalg
from tnsolve.algebra.legs import Core, arranged, contract, folded, matrix, padded, without

sides = st.integers(1, 6)
STRICT = {"boolean_indexing": False, "data_dependent_shapes": False}


def normal(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape)


def moment(seed, size, rank):
    rows = normal(seed, rank, size)
    return rows.T @ rows


@given(order=st.permutations("abcd"), split=st.integers(0, 4), seed=seeds)
def test_a_core_in_another_order_and_as_a_matrix_is_the_same_tensor(order, split, seed):
    core = Core(normal(seed, 2, 3, 1, 4), tuple("abcd"))
    turned = arranged(core, order)
    assert turned.legs == tuple(order)
    assert turned.dims("abcd") == core.data.shape
    assert np.array_equal(turned.data, np.einsum(f"abcd->{''.join(order)}", core.data))
    assert turned.data.flags.c_contiguous
    rows, columns = order[:split], order[split:]
    flat = matrix(core, rows, columns)
    assert flat.shape == (np.prod(core.dims(rows), dtype=int), np.prod(core.dims(columns), dtype=int))
    assert np.array_equal(arranged(folded(flat, order, core.dims(order)), "abcd").data, core.data)


@given(shared=st.sets(st.sampled_from("abcd")), seed=seeds)
def test_contraction_sums_over_the_shared_legs_alone(shared, seed):
    dims = dict(zip("abcdefgh", (2, 3, 1, 4, 2, 3, 1, 4), strict=True))
    second = [leg if leg in shared else chr(ord(leg) + 4) for leg in "abcd"][::-1]
    a = Core(normal(seed, 2, 3, 1, 4), tuple("abcd"))
    b = Core(normal(seed + 1, *(dims[leg] for leg in second)), tuple(second))
    product = contract(a, b)
    assert product.legs == (*without("abcd", *shared), *without(second, *shared))
    expected = np.einsum(f"abcd,{''.join(second)}->{''.join(product.legs)}", a.data, b.data)
    size = np.linalg.norm(a.data) * np.linalg.norm(b.data)
    assert np.all(np.abs(product.data - expected) <= 2 * a.data.size * EPS * size)


@given(extra=st.integers(-2, 3), seed=seeds)
def test_padding_appends_zeros_and_never_shrinks(extra, seed):
    core = Core(normal(seed, 2, 3, 4), ("a", "b", "c"))
    wider = padded(core, "b", 3 + extra)
    assert wider.dims("abc") == (2, 3 + max(0, extra), 4)
    assert np.array_equal(wider.data[:, :3], core.data)
    assert not wider.data[:, 3:].any()


@given(rows=sides, columns=sides, seed=seeds)
def test_qr_and_svd_rebuild_the_matrix_from_orthonormal_factors(rows, columns, seed):
    whole = normal(seed, rows, columns)
    size = 8 * EPS * rows * columns * np.linalg.norm(whole)
    rank = min(rows, columns)
    q, r = linalg.qr(whole)
    u, s, v = linalg.svd(whole)
    assert q.shape == u.shape == (rows, rank)
    assert np.linalg.norm(q @ r - whole) <= size
    assert np.linalg.norm((u * s) @ v - whole) <= size
    for basis in (q, u, v.T):
        assert np.linalg.norm(basis.T @ basis - np.eye(rank)) <= 8 * EPS * rows * columns
    assert np.all(np.diff(s) <= 0)


@given(
    singular=st.lists(st.floats(0, 10), min_size=1, max_size=8).map(lambda s: np.array(sorted(s, reverse=True))),
    rank=st.integers(1, 9),
    cutoff=st.floats(0, 0.999),
)
def test_the_kept_rank_is_the_smallest_that_the_cutoff_allows(singular, rank, cutoff):
    kept = linalg.kept_rank(singular, rank, cutoff)
    squares = singular**2
    allowed = cutoff * np.sum(squares)
    slack = 1 + 8 * EPS * len(singular)
    assert 1 <= kept <= min(rank, len(singular))
    if kept < rank:
        assert np.sum(squares[kept:]) <= allowed * slack
    if kept > 1:
        assert np.sum(squares[kept - 1 :]) * slack >= allowed


@given(size=sides, rank=st.integers(0, 6), count=st.integers(0, 6), taken=st.integers(0, 6), seed=seeds)
def test_leading_directions_are_orthonormal_and_hold_what_the_known_ones_leave(size, rank, count, taken, seed):
    matter = moment(seed, size, rank)
    known = np.linalg.qr(normal(seed + 1, size, min(taken, size)))[0]
    found = linalg.leading_directions(matter, count, known)
    basis = np.concatenate([known, found], axis=1)
    assert np.linalg.norm(basis.T @ basis - np.eye(basis.shape[1])) <= 64 * EPS * size**2
    rest = np.eye(size) - known @ known.T
    eigenvalues = np.linalg.eigvalsh(rest @ matter @ rest)[::-1]
    assert found.shape[1] <= min(count, rank, size - known.shape[1])
    held = np.trace(found.T @ matter @ found)
    assert np.isclose(held, np.sum(eigenvalues[:count]), rtol=0, atol=64 * EPS * size**2 * (1 + np.trace(matter)))


@given(size=sides, taken=st.integers(0, 6), seed=seeds)
def test_what_is_orthogonal_to_the_known_spans_the_rest(size, taken, seed):
    known = np.linalg.qr(normal(seed, size, min(taken, size)))[0]
    vectors = normal(seed + 1, size, size - known.shape[1])
    basis = np.concatenate([known, linalg.orthogonal_to(vectors, known)], axis=1)
    assert np.linalg.norm(basis.T @ basis - np.eye(size)) <= 64 * EPS * size**2


def test_the_numerical_rank_ignores_rounding():
    assert linalg.numerical_rank(np.array([2.0, 1.0, 1e-17])) == 2
    assert linalg.numerical_rank(np.zeros(3)) == 0


@given(size=sides, rank=sides, ridge=st.floats(1e-6, 1), seed=seeds)
def test_cholesky_solves_a_definite_system(size, rank, ridge, seed):
    system = moment(seed, size, rank) + ridge * np.eye(size)
    right = normal(seed + 1, size, 2)
    solution = linalg.Cholesky.of(system).solve(right)
    backward = 8 * EPS * size**2 * np.linalg.norm(system) * np.linalg.norm(solution)
    assert np.linalg.norm(system @ solution - right) <= backward


@given(size=sides, rank=st.integers(0, 2), seed=seeds)
def test_cholesky_raises_the_diagonal_where_the_matrix_is_singular(size, rank, seed):
    system = moment(seed, size, rank)
    factor = linalg.Cholesky.of(system).factor
    raised = factor @ factor.T - system
    unit = np.trace(system) / size or 1.0
    assert np.linalg.norm(raised) <= 100 * size**2 * EPS * unit


def test_cholesky_refuses_a_matrix_that_is_truly_indefinite():
    with pytest.raises(np.linalg.LinAlgError):
        linalg.Cholesky.of(np.diag([5.0, -2.0]))


@given(size=sides, seed=seeds, precondition=st.booleans())
def test_conjugate_gradients_end_in_as_many_steps_as_there_are_dimensions(size, seed, precondition):
    system, right = moment(seed, size, 2 * size) + np.eye(size), normal(seed + 1, size)
    jacobi = (lambda residual: residual / np.diag(system)) if precondition else None
    solution, products = linalg.conjugate_gradients(
        lambda v: system @ v, right, steps=2 * size, tolerance=1e-8, precondition=jacobi
    )
    assert products <= 2 * size
    assert np.linalg.norm(system @ solution - right) <= 2e-8 * np.linalg.norm(right)


@given(size=sides, rank=sides, seed=seeds)
def test_every_iterate_of_conjugate_gradients_lowers_the_energy(size, rank, seed):
    system, right = moment(seed, size, rank), normal(seed + 1, size)

    def energy(steps):
        v, _ = linalg.conjugate_gradients(lambda v: system @ v, right, steps=steps, tolerance=1e-6)
        return v @ system @ v / 2 - right @ v, np.abs(v) @ np.abs(system) @ np.abs(v) + np.abs(right) @ np.abs(v)

    energies = [energy(steps) for steps in range(rank + 1)]
    for (before, _), (after, terms) in pairwise(energies):
        assert after <= before + 8 * EPS * size * terms


@given(size=sides, rank=sides, seed=seeds)
def test_factorisations_agree_in_arrays_that_keep_to_the_standard(size, rank, seed):
    whole, system = normal(seed, size, rank), moment(seed, size, size) + np.eye(size)
    with array_api_strict.ArrayAPIStrictFlags(**STRICT):
        foreign, square = array_api_strict.asarray(whole), array_api_strict.asarray(system)
        q, r = linalg.qr(foreign)
        u, s, v = linalg.svd(foreign)
        solved = linalg.Cholesky.of(square).solve(foreign)
        leading = linalg.leading_directions(square, 2, q)
        assert linalg.kept_rank(s, 9, 0.1) == linalg.kept_rank(np.from_dlpack(s), 9, 0.1)
    q, r, u, s, v, solved, leading = map(np.from_dlpack, (q, r, u, s, v, solved, leading))
    tolerance = 64 * EPS * size * rank * np.linalg.norm(whole)
    assert np.linalg.norm(q @ r - whole) <= tolerance
    assert np.linalg.norm((u * s) @ v - whole) <= tolerance
    assert np.linalg.norm(system @ solved - whole) <= tolerance * np.linalg.norm(system)
    assert np.linalg.norm(q.T @ leading) <= 64 * EPS * size * rank
