"""MPO, tree, MERA and CP as matrices: dense oracles, exact decompositions, gauges, parameter counts of papers."""

from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linear import DECOMPOSED, EPS, RANDOM, by_einsum, legs, networks, rounding, seeds

import tnsolve as tn
from tnsolve.algebra.arrays import Pool
from tnsolve.algebra.legs import matrix, without
from tnsolve.algebra.linalg import leading_columns
from tnsolve.environments.samples import Samples
from tnsolve.local.auto import Auto
from tnsolve.networks.cp import CP
from tnsolve.networks.factorisation import factorise
from tnsolve.networks.layouts import binary, capped, decomposed
from tnsolve.networks.linear import named, whole_of
from tnsolve.networks.mera import MERA
from tnsolve.networks.mpo import MPO, chain
from tnsolve.networks.mps import MPS
from tnsolve.networks.structure import require_on_features
from tnsolve.networks.tree import Tree
from tnsolve.schedule import Step
from tnsolve.sweeping.sweep import sweep
from tnsolve.transfer import identity

families = st.sampled_from(tuple(DECOMPOSED))


@given(networks())
def test_the_matrix_is_the_contraction_of_the_cores(network):
    assert network.to_dense().shape == (prod(network.outputs), prod(network.inputs))
    assert np.max(np.abs(network.to_dense() - by_einsum(network))) <= rounding(network)


@given(networks(("MPO", "Tree", "mirrored Tree")), st.integers(0, 9))
def test_no_gauge_changes_the_matrix(network, site):
    moved = network.centred((site % len(network.cores),))
    assert np.max(np.abs(moved.to_dense() - network.to_dense())) <= 2 * rounding(network)
    norm = np.exp(moved.scale) * np.linalg.norm(moved.cores[moved.centre].data)
    assert abs(norm - np.linalg.norm(network.to_dense())) <= (2 * rounding(network) * network.to_dense().size)


@given(legs(), families, seeds)
def test_full_rank_is_exact(sizes, family, seed):
    inputs, outputs = sizes
    weight = np.random.default_rng(seed).standard_normal((prod(outputs), prod(inputs)))
    network = DECOMPOSED[family](weight, inputs, outputs, 10**6)
    assert np.linalg.norm(network.to_dense() - weight) <= 1e-10 * np.linalg.norm(weight)


@given(
    legs(), st.integers(1, 3), st.sampled_from(["chain", (False, False), (False, True), (True, False), (True, True)])
)
def test_the_error_of_successive_svds_is_what_they_discard(sizes, rank, shape):
    inputs, outputs = sizes
    if shape == "chain":
        longer = max(len(inputs), len(outputs))
        inputs, outputs = inputs + (1,) * (longer - len(inputs)), outputs + (1,) * (longer - len(outputs))
        layout = chain(longer)
    else:
        layout = binary(len(inputs), len(outputs), mirrored=shape[0], disentangled=shape[1])
    weight = np.random.default_rng(rank).standard_normal((prod(outputs), prod(inputs)))
    whole = whole_of(weight, inputs, outputs, "test")
    cores, lost = decomposed(layout, capped(layout, named(inputs, outputs, rank, "test"), rank), whole)
    error = np.linalg.norm(MERA(cores).to_dense() - weight) ** 2
    assert abs(error - sum(lost)) <= 100 * EPS * weight.size * np.linalg.norm(weight) ** 2


@given(legs(), st.integers(1, 4), st.booleans(), seeds)
def test_every_core_of_a_decomposition_but_the_root_is_an_isometry(sizes, rank, mirror, seed):
    inputs, outputs = sizes
    weight = np.random.default_rng(seed).standard_normal((prod(outputs), prod(inputs)))
    network = MERA.from_dense(weight, inputs, outputs, rank, mirrored=mirror)
    for site, core in enumerate(network.cores[:-1]):
        up = network.up(site)
        columns = matrix(core, without(core.legs, *up), up)
        assert np.max(np.abs(columns.T @ columns - np.eye(columns.shape[1]))) <= 1e3 * EPS * columns.size


@given(legs(), st.integers(1, 4), st.sampled_from([0.0, 1e-12, 1e-6, 1.0]), seeds)
def test_a_train_cut_by_grams_is_as_good_as_one_cut_by_svds(sizes, rank, noise, seed):
    inputs, outputs = sizes
    longer = max(len(inputs), len(outputs))
    inputs, outputs = inputs + (1,) * (longer - len(inputs)), outputs + (1,) * (longer - len(outputs))
    rng = np.random.default_rng(seed)
    low = MPO.random(inputs, outputs, rank, seed=rng).to_dense()
    weight = low + noise * rng.standard_normal(low.shape)
    fast = MPO.from_dense(weight, inputs, outputs, rank)
    layout, whole = chain(longer), whole_of(weight, inputs, outputs, "test")
    _, lost = decomposed(layout, capped(layout, named(inputs, outputs, rank, "test"), rank), whole)
    error, rounded = np.linalg.norm(fast.to_dense() - weight), 1e3 * EPS * weight.size * np.linalg.norm(weight)
    assert error <= sum(lost) ** 0.5 * (1 + weight.size * EPS**0.5) + rounded
    for core in fast.cores[:-1]:
        columns = core.data.reshape(-1, core.data.shape[-1])
        assert np.linalg.norm(columns.T @ columns - np.eye(columns.shape[1])) <= 1e3 * EPS * columns.size


@given(st.integers(4, 12), st.integers(4, 12), seeds)
def test_leading_columns_see_singular_values_that_a_gram_cannot(rows, columns, seed):
    rng = np.random.default_rng(seed)
    left, right = (np.linalg.qr(rng.standard_normal((size, 4)))[0] for size in (rows, columns))
    graded = left * np.asarray([1.0, 1e-5, 1e-10, 1e-12]) @ right.T
    q = leading_columns(graded, 3, 0.0)
    assert np.linalg.norm(graded - q @ (q.T @ graded)) <= 1e-12 + 100 * EPS


@given(legs(), st.floats(0, 0.5), seeds)
def test_a_cutoff_bounds_the_error(sizes, cutoff, seed):
    inputs, outputs = sizes
    weight = np.random.default_rng(seed).standard_normal((prod(outputs), prod(inputs)))
    network = MPO.from_dense(weight, inputs, outputs, 10**6, cutoff=cutoff)
    cuts = len(network.cores) - 1
    error = np.linalg.norm(network.to_dense() - weight) / np.linalg.norm(weight)
    assert error <= (cuts * cutoff) ** 0.5 + 1e-10


@given(st.integers(2, 4), st.integers(2, 4), st.integers(1, 3), seeds)
def test_whitening_by_marginals_is_optimal_for_a_product_covariance(first, second, rank, seed):
    rng = np.random.default_rng(seed)
    halves = [rng.standard_normal((size, 3 * size)) for size in (first, second)]
    parts = [half @ half.T for half in halves]
    covariance = np.kron(*parts)
    weight = rng.standard_normal((4, first * second))
    network = MPO.from_dense(weight, (first, second), (2, 2), rank, covariance=covariance)
    root = np.linalg.cholesky(covariance)
    whitened = (weight @ root).reshape(2, 2, first, second).transpose(0, 2, 1, 3).reshape(2 * first, 2 * second)
    best = np.sum(np.linalg.svd(whitened, compute_uv=False)[rank:] ** 2)
    error = np.linalg.norm((network.to_dense() - weight) @ root) ** 2
    scale = np.linalg.norm(weight @ root) ** 2 * np.linalg.cond(covariance)
    assert abs(error - best) <= 1e3 * EPS * scale


@given(legs(), st.sampled_from(tuple(RANDOM)), seeds)
def test_no_bond_is_wider_than_the_legs_on_either_side(sizes, family, seed):
    network = RANDOM[family](*sizes, 50, seed=seed)
    if family != "CP":
        for site, core in enumerate(network.cores):
            ends = {leg for leg in core.legs if leg[0] in "xy"}
            bonds = [leg for leg in without(core.legs, *ends) if not leg.startswith("b") or core.dim(leg) > 1]
            for leg in bonds:
                others = prod(core.dims(without(core.legs, leg)))
                assert core.dim(leg) <= others or _goes_up_with_another(network, site, leg)
    again = RANDOM[family](*sizes, 50, seed=seed)
    assert all(np.array_equal(a.data, b.data) for a, b in zip(network.cores, again.cores, strict=True))


def _goes_up_with_another(network, site, leg):
    return isinstance(network, MERA) and leg in network.up(site) and len(network.up(site)) == 2


@given(networks(), seeds)
def test_filled_keeps_the_legs(network, seed):
    rng = np.random.default_rng(seed)
    arrays = [rng.standard_normal(core.data.shape) for core in network.cores]
    other = network.filled(arrays)
    assert [core.legs for core in other.cores] == [core.legs for core in network.cores]
    assert all(core.data is array for core, array in zip(other.cores, arrays, strict=True))
    assert np.max(np.abs(other.to_dense() - by_einsum(other))) <= rounding(other)


# -- MERA ----------------------------------------------------------------------------------------------------------


def defect(network, site):
    """How far a core is from an isometry (or a co-isometry) towards the root."""
    core, up = network.cores[site], network.up(site)
    w = matrix(core, without(core.legs, *up), up)
    w = w if w.shape[0] >= w.shape[1] else w.T
    return np.max(np.abs(w.T @ w - np.eye(w.shape[1])))


@given(legs(), st.integers(1, 4), st.booleans(), seeds)
def test_all_cores_of_a_decomposition_but_the_root_are_isometries(sizes, rank, mirror, seed):
    inputs, outputs = sizes
    weight = np.random.default_rng(seed).standard_normal((prod(outputs), prod(inputs)))
    exact = MERA.from_dense(weight, inputs, outputs, rank, mirrored=mirror).nearest_isometries()
    drawn = MERA.random(inputs, outputs, rank, mirrored=mirror, seed=seed).nearest_isometries()
    for network in (exact, drawn):
        assert all(defect(network, site) <= 1e-12 for site in range(len(network.cores) - 1))
    root = np.linalg.norm(exact.cores[-1].data)
    assert np.linalg.norm(exact.to_dense()) <= root * (1 + 1e-10)


def test_all_neighbours_meet_in_the_first_row_of_a_mera():
    network = MERA.random((2,) * 8, (2,), 2)
    first_row = range(3 + 4)
    cones = [set(network.light_cone(f"x{k}")) for k in range(8)]
    assert all(min(cones[k] & cones[k + 1]) in first_row for k in range(7))
    assert all(cone >= {len(network.cores) - 1} for cone in cones)


@given(st.integers(2, 9), st.integers(1, 9), seeds)
def test_a_core_outside_the_light_cone_does_not_see_the_leg(count, leg, seed):
    network = MERA.random((2,) * count, (2,), 2, seed=seed)
    cone = network.light_cone(f"x{leg % count}")
    entry = next(site for site, core in enumerate(network.cores) if f"x{leg % count}" in core.legs)
    reached, fresh = {entry}, {entry}
    while fresh:
        up = {out for site in fresh for out in network.up(site)}
        fresh = {k for k, core in enumerate(network.cores) if k > min(fresh) and up & set(core.legs)} - reached
        reached |= fresh
    assert reached >= set(cone) >= {entry, len(network.cores) - 1}
    assert set(cone) == reached


# -- CP ------------------------------------------------------------------------------------------------------------


@given(networks(("CP",)), seeds)
def test_sharing_norms_keeps_the_matrix_and_evens_the_factors(network, seed):
    rng = np.random.default_rng(seed)
    uneven = network.filled([core.data * 10 ** rng.uniform(-2, 2) for core in network.cores])
    even = uneven.centred((0,))
    assert np.max(np.abs(even.to_dense() - uneven.to_dense())) <= rounding(uneven)
    norms = np.stack([np.linalg.norm(core.data, axis=0) for core in even.cores])
    assert np.allclose(norms, norms[0], rtol=1e-12)


def test_a_term_that_vanished_stays_away():
    network = CP.random((2, 3), (4,), 2)
    first, *others = [core.data.copy() for core in network.cores]
    first[:, 1] = 0
    even = network.filled([first, *others]).centred((0,))
    assert all(np.all(np.isfinite(core.data)) for core in even.cores)
    assert np.allclose(even.to_dense(), network.filled([first, *others]).to_dense())


# -- counts --------------------------------------------------------------------------------------------------------

GAO = [
    ((4, 7, 7, 4), (4, 4, 4, 4), 4, 1024, (16, 448, 16)),
    ((4, 4, 4, 4), (1, 10, 1, 1), 4, 736, (4, 16, 4)),
    ((2, 10, 10, 2), (2, 5, 6, 2), 4, 1792, (4, 200, 4)),
    ((2, 5, 6, 2), (2, 3, 7, 2), 4, 944, (4, 60, 4)),
    ((2, 3, 7, 2), (1, 5, 2, 1), 2, 124, (2, 28, 2)),
    ((4, 4, 4, 4, 2), (4, 4, 8, 8, 4), 4, 1376, (16, 256, 256, 8)),
    ((4, 4, 8, 8, 4), (4, 4, 8, 8, 4), 4, 2432, (16, 256, 1024, 16)),
    ((4, 4, 8, 8, 4), (1, 10, 1, 1, 1), 4, 928, (4, 160, 32, 4)),
    ((2, 8, 8, 8, 2), (2, 8, 8, 8, 2), 4, 3104, (4, 256, 256, 4)),
    ((2, 4, 4, 4, 4, 4, 4, 2), (2, 4, 4, 4, 4, 4, 4, 2), 4, 1568, (4, 64, 1024, 16384, 1024, 64, 4)),
    ((4, 4, 4, 4), (1, 5, 2, 1), 3, 276, (4, 32, 4)),
    ((4, 4, 7, 4), (1, 5, 2, 1), 4, 576, (4, 56, 4)),
    ((2,) * 9, (1, 1, 1, 2, 2, 2, 2, 1, 1), 2, 96, None),
    ((2,) * 9, (1, 1, 2, 2, 2, 2, 1, 1, 1), 2, 96, None),
]


@pytest.mark.parametrize(("inputs", "outputs", "rank", "count", "exact"), GAO)
def test_the_parameters_of_published_mpo_layers(inputs, outputs, rank, count, exact):
    assert MPO.random(inputs, outputs, rank).parameters == count
    if exact is not None and max(exact) <= 500:
        assert tuple(MPO.random(inputs, outputs, 10**6).ranks.values()) == exact


@pytest.mark.parametrize(("rank", "tree", "mera"), [(2, 88, 160), (4, 400, 1024), (8, 2464, 8704)])
def test_the_parameters_of_published_trees_and_meras(rank, tree, mera):
    assert Tree.random((2, 2, 2, 2, 2, 2, 2, 4), (2,) * 4, rank, exact=False).parameters == tree
    assert MERA.random((2, 2, 4, 2, 2, 2, 2, 2), (2,) * 4, rank, exact=False).parameters == mera


def test_the_parameters_of_a_generic_mera_of_twelve_legs():
    assert MERA.random((2,) * 12, (2,), 2).parameters == 216
    assert MERA.random((2,) * 12, (4, 4), 4).parameters - 4 * 4 * 4 * 4 == 1200


def test_the_parameters_of_a_factored_convolution():
    assert CP.random((16, 9), (32,), 20).parameters == 20 * (16 + 9 + 32)


# -- legs from sizes -----------------------------------------------------------------------------------------------


@given(st.integers(1, 5000), st.integers(1, 5))
def test_a_factorisation_multiplies_to_what_it_says(size, legs):
    found = factorise(size, legs)
    assert len(found.legs) == legs and prod(found.legs) == found.padded >= size
    assert legs == 1 or max(found.legs) <= 2 * found.padded ** (1 / legs)
    assert str(size) in str(found)


@pytest.mark.parametrize(
    ("size", "legs", "said"),
    [
        (784, 4, "784 = 4 x 7 x 7 x 4"),
        (256, 4, "256 = 4 x 4 x 4 x 4"),
        (120, 4, "120 = 2 x 4 x 5 x 3"),
        (97, 2, "97 = 7 x 14, padded by 1"),
    ],
)
def test_familiar_sizes(size, legs, said):
    assert str(factorise(size, legs)) == said


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: factorise(0, 2), "factorise"),
        (lambda: MPO.random((2, 0), (2, 2), 2), "at least 1"),
        (lambda: Tree.random((2, 2), (2, 2), 0), "rank=0"),
        (lambda: MERA.random((), (2,), 2), "at least one leg"),
        (lambda: Tree.random((2, 2), (2, 2, 2), 2), "mirrored=True"),
        (lambda: Tree.random((2,), (2,), 2), "two input legs"),
        (lambda: MPO.from_dense(np.ones((4, 5)), (2, 2), (2, 2), 2), r"multiply to 4 outputs"),
        (lambda: CP.from_dense(np.ones((4, 5)), (2, 2), (2, 2), 2), r"factorise"),
        (lambda: CP.random((2, 2), (2,), 2).tour(Step(sites=2)), "no canonical gauge"),
    ],
)
def test_bad_shapes_say_what_to_do(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# -- doors ---------------------------------------------------------------------------------------------------------

FROM_DENSE = {**DECOMPOSED, "CP": CP.from_dense}
doors = pytest.mark.parametrize("family", tuple(FROM_DENSE))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("family", tuple(RANDOM))
def test_the_dtype_is_kept_from_the_door_to_the_matrix(family, dtype):
    drawn = RANDOM[family]((2, 3), (3, 2), 2, dtype=dtype)
    made = FROM_DENSE[family](np.arange(36, dtype=dtype).reshape(6, 6), (2, 3), (3, 2), 2)
    for network in (drawn, made, drawn.centred((0,)), made.centred((0,))):
        assert {core.data.dtype for core in network.cores} == {np.dtype(dtype)}
        assert network.to_dense().dtype == dtype


@doors
def test_a_weight_of_any_kind_is_taken(family):
    weight = np.random.default_rng(0).integers(-8, 8, (6, 6))
    torch = pytest.importorskip("torch")
    expected = FROM_DENSE[family](weight.astype(float), (2, 3), (3, 2), 3).to_dense()
    half = weight.astype(np.float16)
    parameter = torch.nn.Parameter(torch.tensor(weight, dtype=torch.float64))
    frozen = weight.astype(float)
    frozen.flags.writeable = False
    for value in (weight, weight.tolist(), half, parameter, np.asfortranarray(frozen), weight + 0j, torch.tensor(half)):
        network = FROM_DENSE[family](value, (2, 3), (3, 2), 3)
        single = getattr(value, "dtype", None) in (np.float16, torch.float16)
        assert network.to_dense().dtype == (np.float32 if single else np.float64)
        # Ranks below full: singular vectors, hence dropped parts, are stable where singular values are apart.
        assert np.linalg.norm(network.to_dense() - expected) <= (1e-3 if single else 1e-9) * np.linalg.norm(expected)


@doors
@pytest.mark.parametrize(
    ("weight", "words"),
    [
        (np.full((6, 6), np.nan), "nan"),
        (np.full((6, 6), 1j), "imaginary"),
        (np.ma.masked_equal(np.eye(6), 1), "masked"),
        (np.full((6, 6), "a"), "text"),
        (np.ones(36), "2 axes"),
        (np.ones((0, 6)), "at least one entry"),
    ],
)
def test_a_weight_that_is_no_matrix_of_numbers_is_refused_by_name(family, weight, words):
    with pytest.raises(ValueError, match=words) as error:
        FROM_DENSE[family](weight, (2, 3), (3, 2), 3)
    assert ".from_dense(weight=...)" in str(error.value)


@given(st.sampled_from(tuple(DECOMPOSED)), st.sampled_from((-100, -60, 60, 100)), st.integers(1, 3), seeds)
def test_a_weight_of_any_scale_is_decomposed_alike(family, shift, rank, seed):
    weight = np.random.default_rng(seed).standard_normal((4, 6)).astype(np.float32)
    plain, scaled = (DECOMPOSED[family](w, (2, 3), (2, 2), rank) for w in (weight, weight * np.float32(2.0**shift)))
    assert np.array_equal(plain.to_dense() * np.float32(2.0**shift), scaled.to_dense())


@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_a_covariance_has_no_unit(size):
    rng = np.random.default_rng(0)
    root, weight = rng.standard_normal((6, 6)), rng.standard_normal((4, 6)).astype(np.float32)
    covariance = (root @ root.T).astype(np.float32)
    plain, scaled = (
        MPO.from_dense(weight, (2, 3), (2, 2), 2, covariance=c) for c in (covariance, covariance * np.float32(size))
    )
    assert np.allclose(plain.to_dense(), scaled.to_dense(), rtol=0, atol=1e-3)


def test_what_is_padded_factors_and_acts_alike():
    weight = np.random.default_rng(0).standard_normal((5, 7)).astype(np.float32)
    wide = tn.padded(weight, 6, 8)
    assert wide.shape == (6, 8) and wide.dtype == np.float32 and np.array_equal(wide[:5, :7], weight)
    assert np.all(wide[5:] == 0) and np.all(wide[:, 7:] == 0)
    assert tn.padded([[1, 2]], 2, 2).tolist() == [[1.0, 2.0], [0.0, 0.0]]
    assert np.array_equal(tn.padded(weight, 5, 7), weight)
    network = MPO.from_dense(wide, (2, 4), (2, 3), 99)
    assert np.allclose(network.to_dense()[:5, :7], weight, atol=1e-5)
    with pytest.raises(ValueError, match=r"padded\(outputs=...\) is 4; it must be an integer of at least 5"):
        tn.padded(weight, 4, 8)


def test_the_advice_of_from_dense_works():
    weight = np.ones((5, 7))
    with pytest.raises(ValueError, match=r"padded\(weight, 6, 8\)"):
        MPO.from_dense(weight, (2, 4), (2, 3), 2)
    with pytest.raises(ValueError, match="none may be smaller"):
        MPO.from_dense(weight, (2, 3), (2, 3), 2)
    assert MPO.from_dense(tn.padded(weight, 6, 8), (2, 4), (2, 3), 2).outputs == (2, 3)


@pytest.mark.parametrize("family", tuple(RANDOM))
@pytest.mark.parametrize(
    ("inputs", "outputs", "rank"),
    [((2, 2.0), (2, 2), 2), (4, (2, 2), 2), ((2, 2), (2, 2), None), ((2, 2), (), 2), ((2, -2), (2, 2), 2)],
)
def test_sizes_that_are_none_are_shown(family, inputs, outputs, rank):
    for call in (RANDOM[family], lambda *args: FROM_DENSE[family](np.ones((4, 4)), *args)):
        with pytest.raises(ValueError, match=r"only integers of at least 1") as error:
            call(inputs, outputs, rank)
        assert repr(inputs) in str(error.value)


def test_numpy_integers_are_integers():
    sizes = np.asarray([2, 3])
    assert MPO.random(sizes, sizes, np.int64(2)).parameters == MPO.random((2, 3), (2, 3), 2).parameters
    assert MPS.random(sizes, np.int32(2), np.int64(2)).ranks == MPS.random((2, 3), 2, 2).ranks


# -- on features ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [Tree.on_features, MPS.random])
def test_one_site_is_a_network(made):
    network = made((3,), 2, 4, dtype=np.float32)
    require_on_features(network, (3,), ("monomials",), "test")
    assert network.rank == 1 and network.topology.bonds == {} and network.spectra() == {}
    assert network.tour(Step()) == network.tour(Step(sites=2)) == [((0,), 0)]
    assert network.centred((0,)).centre == 0
    rng = np.random.default_rng(0)
    phi, weights = rng.standard_normal((9, 3)).astype(np.float32), np.full(9, 1 / 9, np.float32)
    w = rng.standard_normal((3, 2)).astype(np.float32)
    data = Samples((phi,), phi @ w, weights, identity, Pool())
    fitted = sweep(network, data, Auto(), Step(ridge=0.0))
    assert np.allclose(data.predict(fitted), phi @ w, atol=1e-4)


@pytest.mark.parametrize("made", [Tree.on_features, MERA.on_features, MPS.random])
@pytest.mark.parametrize("dims", [(), (2, 0, 2), (2, 2.5)])
def test_no_site_is_a_named_error(made, dims):
    with pytest.raises(ValueError, match="at least one site") as error:
        made(dims, 1, 2)
    assert made.__qualname__ in str(error.value)


def test_a_label_that_is_no_site_is_a_named_error():
    with pytest.raises(ValueError, match=r"MPS.random\(dims=...\) has 3 sites and label=3"):
        MPS.random((2, 2, 2), 1, 2, label=3)
    with pytest.raises(ValueError, match=r"MPS.of\(arrays=...\) has 0 sites"):
        MPS.of([])
