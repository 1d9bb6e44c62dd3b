"""The bridge to quimb: both sides hold the same dense tensor, whatever the shape, the label and the scale."""

import matplotlib
import numpy as np
import pytest
import quimb.tensor as qtn
from hypothesis import given
from hypothesis import strategies as st

from tnsolve.networks.cp import CP
from tnsolve.networks.mera import MERA
from tnsolve.networks.mpo import MPO
from tnsolve.networks.mps import MPS
from tnsolve.networks.tree import Tree
from tnsolve.quimb_bridge import draw, from_quimb, to_quimb

matplotlib.use("Agg")
EPS = np.finfo(np.float64).eps


@st.composite
def chains(draw):
    """MPS of 1 to 5 sites with any dimensions, label and scale."""
    dims = draw(st.lists(st.integers(1, 3), min_size=1, max_size=5))
    label = draw(st.integers(0, len(dims) - 1))
    chain = MPS.random(
        dims, draw(st.integers(1, 3)), draw(st.integers(1, 4)), label=label, seed=draw(st.integers(0, 99))
    )
    return MPS(chain.cores, scale=draw(st.floats(-30, 30)))


def rounding(chain):
    """Bound on the error of an entry: about n rank roundings of the products, and |scale| of the factor."""
    sizes = np.prod([np.linalg.norm(core.data) for core in chain.cores]) * np.exp(chain.scale)
    return 64 * EPS * chain.sites * max([1, *chain.ranks.values()]) * max(1.0, abs(chain.scale)) * sizes


@given(chains())
def test_quimb_contracts_to_the_same_dense_tensor(chain):
    network = to_quimb(chain)
    outer = [f"x{site}" for site in range(chain.sites)] + ["y"]
    dense = network.contract(output_inds=outer).data if chain.sites > 1 else network.to_dense(*([leg] for leg in outer))
    assert np.allclose(dense, chain.to_dense(), rtol=0, atol=rounding(chain))


@given(chains())
def test_indices_are_the_legs_and_tags_count_the_cores(chain):
    network = to_quimb(chain)
    inner = {f"b{site}" for site in range(1, chain.sites)}
    assert set(network.inner_inds()) == inner
    assert set(network.outer_inds()) == {"y", *(f"x{site}" for site in range(chain.sites))}
    assert all(f"x{site}" in network[f"CORE{site}"].inds for site in range(chain.sites))
    assert "y" in network[f"CORE{chain.label}"].inds


@given(chains())
def test_the_round_trip_gives_the_same_cores(chain):
    back = from_quimb(to_quimb(chain))
    assert back.label == chain.label
    assert back.scale == pytest.approx(chain.scale, rel=4 * EPS)
    for core, twin in zip(chain.cores, back.cores, strict=True):
        assert core.legs == twin.legs
        assert np.array_equal(core.data, twin.data)


@given(
    sites=st.integers(1, 5),
    rank=st.integers(1, 4),
    phys=st.integers(2, 3),
    label=st.none() | st.just(0),
    seed=st.integers(0, 99),
    exponent=st.floats(-9, 9),
)
def test_a_quimb_state_becomes_an_mps_of_one_output(sites, rank, phys, label, seed, exponent):
    state = qtn.MPS_rand_state(sites, rank, phys_dim=phys, seed=seed)
    dense = state.to_dense().reshape((phys,) * sites)
    state.exponent = exponent
    chain = from_quimb(state, label=label)
    assert chain.dims == (phys,) * sites
    assert chain.label == (sites // 2 if label is None else label)
    atol = 10**exponent * rounding(from_quimb(qtn.MPS_rand_state(sites, rank, phys_dim=phys, seed=seed)))
    assert np.allclose(chain.to_dense()[..., 0], 10**exponent * dense, rtol=32 * EPS * sites, atol=atol)


def test_a_network_may_be_seen_as_quimbs_own_chain():
    chain = MPS.random([2, 3, 2, 2], 3, 3, label=2)
    state = to_quimb(chain).view_as(qtn.MatrixProductState, L=4, site_ind_id="x{}", site_tag_id="CORE{}", cyclic=False)
    state.canonicalize_(1)
    assert np.allclose(from_quimb(state).to_dense(), chain.to_dense(), rtol=0, atol=rounding(chain))


def test_a_product_state_without_bond_indices():
    state = qtn.MPS_product_state([np.array([1.0, 2.0]), np.array([3.0, 4.0])])
    assert np.array_equal(from_quimb(state.squeeze()).to_dense()[..., 0], [[3.0, 4.0], [6.0, 8.0]])


def test_the_arrays_are_shared():
    chain = MPS.random([2, 2, 2], 2, 2)
    assert np.shares_memory(to_quimb(chain)["CORE1"].data, chain.cores[1].data)


@pytest.mark.parametrize(
    ("state", "label", "message"),
    [
        (qtn.MPS_rand_state(3, 2, cyclic=True, seed=0), None, "is cyclic"),
        (qtn.MPS_rand_state(3, 2, dtype="complex128", seed=0), None, "dtype complex128"),
        (qtn.MPS_rand_state(3, 2, seed=0), 3, r"label=3\) must be one of the cores 0 ... 2"),
        (
            qtn.MPO_rand(3, 2, seed=0).view_as(qtn.MatrixProductState, site_ind_id="k{}"),
            None,
            "open indices b0, b1, b2",
        ),
    ],
)
def test_a_state_that_is_no_mps_is_refused(state, label, message):
    with pytest.raises(ValueError, match=message):
        from_quimb(state, label=label)


def test_drawing_writes_a_picture(tmp_path):
    figure = draw(MPS.random([2, 2, 2], 3, 2), tmp_path / "chain.png")
    assert (tmp_path / "chain.png").read_bytes().startswith(b"\x89PNG")
    assert figure.axes


@pytest.mark.parametrize("family", [MPO, Tree, MERA, CP])
def test_networks_of_linear_layers_are_the_same_tensor_in_quimb(family, tmp_path):
    rng = np.random.default_rng(0)
    network = family.random((2, 3, 2), (2, 1, 2), 2, seed=rng)
    legs = (*network.output_legs, *network.input_legs)
    other = to_quimb(network)
    dense = other.contract(output_inds=legs).data * 10**other.exponent
    ours = network.to_dense()
    rounding = 1e3 * np.finfo(float).eps * np.abs(ours).max()
    np.testing.assert_allclose(dense.reshape(ours.shape), ours, rtol=0, atol=rounding)
    draw(network, tmp_path / "network.png")
    assert (tmp_path / "network.png").stat().st_size > 0
