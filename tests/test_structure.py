"""A network is examined where a model is made: whatever the package makes is sound, and every single fault is named."""

import time
from dataclasses import replace
from itertools import pairwise

import array_api_strict
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import networks, seeds

import tnsolve as tn
from tnsolve.algebra.legs import Core
from tnsolve.networks.structure import require_matrix, require_on_features, require_same_ends, require_sound

MATRICES = {"MPO": tn.MPO, "Tree": tn.Tree, "MERA": tn.MERA, "CP": tn.CP}
ON_FEATURES = {"Tree": tn.Tree, "MERA": tn.MERA}
legs_few = st.lists(st.integers(1, 3), min_size=1, max_size=5)


def student(dims=(2, 3, 2), rank=2, outputs=2, maps=None):
    """A chain on monomials."""
    network = tn.MPS.random(dims, outputs, rank, seed=0)
    maps = [tn.monomials(dim) for dim in dims] if maps is None else maps
    return tn.Student(network, tn.ProductFeatures.of(maps, len(dims)), tn.identity)


def matrix(name):
    """A small matrix network of a class."""
    return MATRICES[name].random((2, 3), (3, 2), 2, seed=0)


def changed(network, site, data=None, legs=None):
    """The network with another core."""
    cores = list(network.cores)
    cores[site] = Core(cores[site].data if data is None else data, cores[site].legs if legs is None else legs)
    return replace(network, cores=tuple(cores))


def renamed(network, site, old, new):
    """The network with a leg of one core renamed."""
    return changed(network, site, legs=tuple(new if leg == old else leg for leg in network.cores[site].legs))


# -- what is made is sound ---------------------------------------------------------------------------------------------


@given(network=networks(), site=st.integers(0, 7), label=st.booleans())
def test_a_chain_is_sound_in_every_gauge(network, site, label):
    names = ["map"] * network.sites
    require_on_features(network, network.dims, names, "test")
    centred = network.centred((network.label if label else site % network.sites,))
    require_on_features(centred, network.dims, names, "test")
    require_same_ends(centred, network, "test")


@pytest.mark.parametrize("name", ON_FEATURES)
@given(dims=st.lists(st.integers(1, 3), min_size=2, max_size=9), outputs=st.integers(1, 3), rank=st.integers(1, 4))
def test_trees_and_meras_on_features_are_sound(name, dims, outputs, rank):
    network = ON_FEATURES[name].on_features(dims, outputs, rank)
    for each in (network, network.centred((0,))):
        require_on_features(each, dims, ["map"] * len(dims), "test")


@pytest.mark.parametrize("name", MATRICES)
@given(inputs=legs_few, outputs=legs_few, rank=st.integers(1, 4), mirrored=st.booleans(), seed=seeds)
def test_matrices_of_any_legs_are_sound(name, inputs, outputs, rank, mirrored, seed):
    options = {"mirrored": mirrored} if name in ON_FEATURES else {}
    weight = np.random.default_rng(seed).standard_normal((np.prod(outputs), np.prod(inputs)))
    try:
        drawn = MATRICES[name].random(inputs, outputs, rank, **options)
    except ValueError:
        assume(False)
    for network in (drawn, MATRICES[name].from_dense(weight, inputs, outputs, rank, **options)):
        require_matrix(network, "test")
        if network.topology is not None:
            require_matrix(network.centred((0,)), "test")


@given(dims=st.lists(st.integers(2, 3), min_size=2, max_size=5), seed=seeds, steps=st.integers(1, 2))
def test_what_a_fit_makes_is_sound(dims, seed, steps):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(size=(20, len(dims))), rng.standard_normal((20, 2))
    start = tn.Student.principal(x, y, features=[tn.legendre(dim) for dim in dims], rank=2)
    schedule = tn.Schedule(2, sites=steps, rank=3, ridge=1e-3)
    fitted = tn.fit(start, x, y, schedule=schedule).student
    again = tn.Student(fitted.network, fitted.features, fitted.transfer)
    assert np.array_equal(again(x), fitted(x))


def test_networks_of_other_libraries_are_sound_and_a_mixture_is_not():
    made = student()
    foreign = made.like(array_api_strict.asarray(np.ones(1, np.float32)))
    require_sound(foreign.network, "test")
    mixed = changed(made.network, 1, data=foreign.network.cores[1].data)
    with pytest.raises(ValueError, match=r"core 1 .*array_api_strict.*core 0 .*numpy.*make all alike"):
        replace(made, network=mixed)


# -- features against legs ---------------------------------------------------------------------------------------------


@given(network=networks(sites=st.integers(1, 5)), site=st.integers(0, 4), dim=st.sampled_from([1, 2, 3, 5, 64, 1000]))
def test_a_map_wider_or_narrower_than_its_leg_is_named(network, site, dim):
    site %= network.sites
    assume(dim != network.dims[site])
    maps = [tn.monomials(d) for d in network.dims]
    maps[site] = tn.chebyshev(dim)
    with pytest.raises(
        ValueError, match=rf"Student\(.*site {site} the map chebyshev of {dim} features, but leg x{site} "
    ):
        tn.Student(network, tn.ProductFeatures(tuple(maps)), tn.identity)


def test_the_constructor_refuses_what_it_is_not_made_of():
    made = student()
    for fields in (
        {"features": tn.monomials(2)},
        {"transfer": "identity"},
        {"network": made},
        {"features": tn.ProductFeatures.of(tn.monomials(2), 2)},
    ):
        with pytest.raises(ValueError, match=r"^Student\(network, features, transfer\) has "):
            replace(made, **fields)


# -- single faults -----------------------------------------------------------------------------------------------------


CHAIN = student().network
FAULTS = {
    "not finite": changed(CHAIN, 1, data=np.full_like(CHAIN.cores[1].data, np.nan)),
    "infinite": changed(CHAIN, 1, data=CHAIN.cores[1].data * np.inf),
    "integers": changed(CHAIN, 1, data=np.ones(CHAIN.cores[1].data.shape, np.int64)),
    "half precision": changed(CHAIN, 1, data=CHAIN.cores[1].data.astype(np.float16)),
    "mixed precision": changed(CHAIN, 1, data=CHAIN.cores[1].data.astype(np.float32)),
    "other byte order": changed(CHAIN, 0, data=CHAIN.cores[0].data.astype(">f8")),
    "complex": changed(CHAIN, 1, data=CHAIN.cores[1].data + 0j),
    "a list": changed(CHAIN, 1, data=CHAIN.cores[1].data.tolist()),
    "a leg too few": changed(CHAIN, 0, legs=("b0", "x0")),
    "a leg too many": changed(CHAIN, 0, legs=("b0", "x0", "b1", "b9")),
    "a leg twice": renamed(CHAIN, 0, "b0", "b1"),
    "legs in a list": changed(CHAIN, 0, legs=["b0", "x0", "b1"]),
    "no name": renamed(CHAIN, 0, "b0", ""),
    "a number for a name": renamed(CHAIN, 0, "b0", 7),
    "the name of the samples": renamed(renamed(CHAIN, 0, "b1", "n"), 1, "b1", "n"),
    "a second copy's name": renamed(CHAIN, 0, "b0", "b0'"),
    "a leading zero": renamed(CHAIN, 0, "x0", "x00"),
    "a raised digit": renamed(CHAIN, 2, "x2", "x²"),
    "a gap in the numbers": renamed(CHAIN, 2, "x2", "x3"),
    "an end twice": renamed(CHAIN, 2, "x2", "x0"),
    "no label": renamed(CHAIN, 1, "y", "b7"),
    "outputs and a label": renamed(CHAIN, 0, "b0", "y0"),
    "in pieces": renamed(CHAIN, 2, "b2", "b5"),
    "a loop": renamed(renamed(CHAIN, 0, "b0", "b3"), 2, "b3", "b3"),
    "out of order": replace(CHAIN, cores=CHAIN.cores[::-1]),
    "legs out of order": changed(CHAIN, 0, data=CHAIN.cores[0].data.T, legs=CHAIN.cores[0].legs[::-1]),
    "no cores": replace(CHAIN, cores=()),
    "an open end that is wide": changed(CHAIN, 0, data=np.ones((2, 2, 2))),
    "a bond of two widths": changed(CHAIN, 2, data=np.ones((5, 2, 1))),
    "nothing in it": changed(CHAIN, 0, data=np.ones((1, 0, 2))),
    "a centre out of range": replace(CHAIN, centre=99),
    "a negative centre": replace(CHAIN, centre=-1),
    "a centre that is a number": replace(CHAIN, centre=1.0),
    "a centre that is a truth": replace(CHAIN, centre=True),
    "a centre of no isometries": replace(changed(CHAIN, 0, data=9 * np.ones((1, 2, 2))), centre=2),
    "a scale that is none": replace(CHAIN, scale=np.nan),
    "a scale without end": replace(CHAIN, scale=np.inf),
    "a scale as text": replace(CHAIN, scale="0.1"),
    "a scale that is a truth": replace(CHAIN, scale=True),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_single_fault_is_refused_within_a_moment_where_a_student_is_made(fault):
    begun = time.process_time()
    with pytest.raises(ValueError, match=r"^Student\(network, features, transfer\) has .{10,400}$"):
        replace(student(), network=FAULTS[fault])
    assert time.process_time() - begun < 1


def ones(*legs):
    """A core of ones: site legs of dimension 2, all others of 1."""
    return Core(np.ones([2 if leg.startswith("x") else 1 for leg in legs]), legs)


@pytest.mark.parametrize(
    ("cores", "complaint"),
    [
        ((ones("x0", "b1"), ones("x1", "y")), "in pieces: no bond leads from core 0 to core 1"),
        ((ones("x0", "b1"), ones("x1", "y", "b1"), ones("x2", "b2"), ones("x3", "b2")), "in pieces.* core 2"),
        ((ones("x0", "b1", "b3"), ones("x1", "b1", "b2"), ones("x2", "y", "b2", "b3")), "3 bonds: it has a loop"),
        ((ones("x0", "b1", "b2"), ones("x1", "y", "b1", "b2")), "2 bonds: it has a loop"),
        ((ones("x0", "b1"), ones("x1", "b1"), ones("x2", "y", "b1")), "a bond joins 2 cores"),
    ],
)
def test_what_is_no_tree_is_no_tree(cores, complaint):
    with pytest.raises(ValueError, match=complaint):
        require_sound(tn.Tree(cores), "test")


def test_any_tree_is_one():
    cores = (ones("b7", "x2"), ones("x0", "b7", "b1", "b2"), ones("b1", "x1", "y"), ones("b2", "x3"))
    require_on_features(tn.Tree(cores), (2,) * 4, ["map"] * 4, "test")


@pytest.mark.parametrize("name", [*ON_FEATURES, "MPS"])
@given(data=st.data())
def test_no_renaming_of_a_leg_makes_another_student(name, data):
    dims = (2,) * 4
    network = tn.MPS.random(dims, 2, 2) if name == "MPS" else ON_FEATURES[name].on_features(dims, 2, 2)
    site = data.draw(st.integers(0, len(network.cores) - 1))
    old = data.draw(st.sampled_from(network.cores[site].legs))
    others = sorted({leg for core in network.cores for leg in core.legs} | {"b9", "x9", "tw9"})
    new = data.draw(st.sampled_from(others))
    assume(new != old)
    lie = renamed(network, site, old, new)
    with pytest.raises(ValueError, match=r"^test has "):
        require_on_features(lie, dims, ["map"] * 4, "test")


@pytest.mark.parametrize("name", MATRICES)
@given(data=st.data())
def test_no_bond_of_a_matrix_has_two_widths(name, data):
    network = MATRICES[name].random((2, 3, 2, 2), (3, 2, 2), 2, seed=0)
    site = data.draw(st.integers(0, len(network.cores) - 1))
    core = network.cores[site]
    axis = data.draw(st.sampled_from([k for k, leg in enumerate(core.legs) if leg[0] not in "xy"]))
    require_matrix(network, "test")
    with pytest.raises(ValueError, match=r"^test has bond"):
        require_matrix(changed(network, site, data=np.concatenate([core.data] * 2, axis=axis)), "test")


@pytest.mark.parametrize("name", MATRICES)
def test_matrices_and_functions_are_not_taken_for_each_other(name):
    with pytest.raises(ValueError, match="without the one output leg 'y'"):
        require_on_features(matrix(name), (2, 3), ["a", "b"], "test")
    with pytest.raises(ValueError, match="without input legs"):
        require_matrix(CHAIN, "test")
    with pytest.raises(ValueError, match=r"exp\(scale\) is no number"):
        require_matrix(replace(matrix(name), scale=710.0), "test")
    with pytest.raises(ValueError, match=r"^test has leg x1 of dimension 3 in place of 4"):
        require_same_ends(matrix(name), MATRICES[name].random((2, 4), (3, 2), 2), "test")


def test_a_mera_of_many_sites_is_refused_for_its_cost():
    sites = 17
    network = tn.MERA.random((2,) * sites, (2,), 2)
    root = network.cores[-1]
    labelled = changed(network, -1, legs=tuple("y" if leg == "y0" else leg for leg in root.legs))
    with pytest.raises(ValueError, match="17 sites; at most 16"):
        require_sound(labelled, "test")


# -- layers, perceptrons, compositions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: tn.BregmanLayer(np.ones((3, 2)), np.ones(4), tn.tanh), r"shape \(3, 2\) and a mean of \(4,\)"),
        (lambda: tn.BregmanLayer(np.ones(3), np.ones(3), tn.tanh), "give"),
        (lambda: tn.BregmanLayer(np.ones((3, 2)), np.ones(3, np.float32), tn.tanh), "mean of float32"),
        (lambda: tn.BregmanLayer(np.ones((3, 2)), np.full(3, np.nan), tn.tanh), "mean a number that is not finite"),
        (lambda: tn.BregmanLayer([[1.0]], np.ones(1), tn.tanh), "directions a list, not an array"),
        (lambda: tn.BregmanLayer(np.ones((3, 2)), np.ones(3), np.tanh), "ufunc for a transfer"),
        (lambda: tn.Teacher((), (), tn.tanh), "0 weights and 0 biases"),
        (lambda: tn.Teacher((np.ones((2, 3)),), (), tn.tanh), "1 weights and 0 biases"),
        (lambda: tn.Teacher((np.ones((2, 3)),), (np.ones(2),), tn.tanh), r"layer 1 a weight of shape \(2, 3\)"),
        (
            lambda: tn.Teacher((np.ones((2, 3)), np.ones((4, 2))), (np.ones(3), np.ones(2)), tn.tanh),
            "layer 2.*3 inputs",
        ),
        (lambda: tn.Teacher((np.full((2, 3), np.inf),), (np.ones(3),), tn.tanh), "not finite"),
        (lambda: tn.Teacher((np.ones((2, 3), int),), (np.ones(3, int),), tn.tanh), "int64"),
        (lambda: tn.Composed(student(), student()), "2 outputs and an outer one of 3 inputs"),
        (lambda: tn.Composed(student(), np.tanh), "a ufunc for a part"),
        (lambda: tn.ComposedStudent(student(), student()), "take Composed"),
    ],
)
def test_parts_that_do_not_fit_are_named(make, complaint):
    with pytest.raises(ValueError, match=complaint):
        make()


@given(seed=seeds, hidden=st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_one_model_behind_another_is_the_composition(seed, hidden):
    rng = np.random.default_rng(seed)
    widths = [2, *hidden, 3]
    weights = tuple(rng.standard_normal(shape) for shape in pairwise(widths))
    teacher = tn.Teacher(weights, tuple(np.zeros(width) for width in widths[1:]), tn.tanh)
    inner, x = student(), rng.uniform(size=(5, 3))
    whole = tn.Composed(inner, teacher)
    assert np.array_equal(whole(x), teacher(inner(x)))
    assert (whole.inputs, whole.outputs) == (3, 3)
    assert whole.parameters == inner.parameters + teacher.parameters
    assert whole.bytes == inner.bytes + teacher.bytes == 8 * whole.parameters
