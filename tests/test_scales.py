"""Networks of any size: a norm that no number holds moves into the scale, and nothing that is computed notices."""

from dataclasses import replace
from math import log, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linear import RANDOM
from linear import legs as linear_legs
from strategies import cast, dense, networks, seeds

from tnsolve.algebra.arrays import Pool
from tnsolve.algebra.legs import Core
from tnsolve.algebra.linalg import Cholesky
from tnsolve.environments.samples import Samples
from tnsolve.local.auto import Auto
from tnsolve.networks.cp import CP
from tnsolve.networks.mera import MERA
from tnsolve.networks.mps import MPS
from tnsolve.networks.scales import OCTAVE, evened, norm, power, times
from tnsolve.networks.tree import Tree
from tnsolve.schedule import Step
from tnsolve.sweeping.growth import compressed
from tnsolve.sweeping.sweep import sweep
from tnsolve.transfer import identity

octaves = st.sampled_from((-90, -40, 0, 40, 90))
dtypes = st.sampled_from((np.float32, np.float64))


def sized(network, exponents, dtype):
    """The same tensor with core k times 2^exponents[k], cores in a dtype."""
    network = cast(network, lambda data: data.astype(dtype))
    cores = tuple(
        Core((core.data * 2.0**p).astype(dtype), core.legs) for core, p in zip(network.cores, exponents, strict=True)
    )
    return replace(network, cores=cores, scale=network.scale - OCTAVE * sum(exponents))


def tolerance(network, dtype):
    """Rounding of QRs and contractions, and of a scale of that many octaves, relative to the norm of all cores."""
    steps = sum(core.data.size for core in network.cores) + 64
    size = prod(float(np.linalg.norm(core.data)) for core in network.cores) * np.exp(network.scale)
    return 32 * np.finfo(dtype).eps * steps * size


@given(st.integers(-1000, 1000), st.floats(-20, 20), dtypes, seeds)
def test_a_power_and_a_scale_are_applied_in_one_piece(shift, own, dtype, seed):
    array = (np.random.default_rng(seed).standard_normal(7) * 2.0**own).astype(dtype)
    found = times(array, shift, -shift * OCTAVE, "test")
    assert found.dtype == dtype
    assert np.allclose(found, array, rtol=(8 + abs(shift)) * np.finfo(dtype).eps, atol=0)


@pytest.mark.parametrize("value", [1e-45, 1e-38, 3e38, 0.0])
def test_the_ends_of_a_dtype_are_scaled_without_a_warning(value):
    array = np.asarray([value, -value / 3], np.float32)
    (even,), shift = evened((Core(array, ("a",)),))
    assert np.array_equal(even.data * 2.0**shift if shift >= -126 else even.data, array if shift >= -126 else even.data)
    assert np.all(np.isfinite(even.data)) and abs(power(array)) <= 126
    assert norm(array) == pytest.approx(float(np.linalg.norm(array.astype(float))), rel=1e-6)


def test_what_no_dtype_holds_is_named():
    network = MPS.of([np.full((1, 2, 1), 1e30), np.full((1, 2, 1, 1), 1e30)], label=1, scale=800.0)
    with pytest.raises(ValueError, match=r"MPS.to_dense\(\) has entries near exp\(938"):
        network.to_dense()
    assert np.all(replace(network, scale=-2000.0).to_dense() == 0)


@given(networks(sites=st.integers(1, 6)), dtypes, st.data())
def test_gauges_cuts_and_spectra_do_not_see_the_sizes_of_cores(network, dtype, data):
    plain = cast(network, lambda core: core.astype(dtype))
    large = sized(network, data.draw(st.lists(octaves, min_size=network.sites, max_size=network.sites)), dtype)
    whole, slack = dense(network), tolerance(network, dtype)
    site = data.draw(st.integers(0, network.sites - 1))
    assert np.linalg.norm(large.to_dense() - whole) <= slack
    assert np.linalg.norm(large.centred((site,)).to_dense() - whole) <= slack
    assert np.linalg.norm(compressed(large, Step(rank=99)).to_dense() - whole) <= network.sites * slack
    for bond, expected in plain.spectra().items():
        assert large.spectra()[bond].dtype == dtype
        assert np.allclose(large.spectra()[bond], expected, atol=slack / max(np.linalg.norm(whole), 1e-300))


@given(networks(sites=st.integers(2, 4)), dtypes, st.sampled_from((-60, -30, 30, 60)), st.integers(1, 2))
def test_a_cut_scales_with_what_is_cut(network, dtype, shift, rank):
    network = cast(network, lambda core: core.astype(dtype)).centred((0, 1))
    theta, step = network.merge((0, 1)), Step(rank=rank)
    size = 2.0**shift
    after, lost = network.split((0, 1), theta, 1, step, 0.0)
    scaled, much = network.split((0, 1), Core(theta.data * size, theta.legs), 1, step, 0.0)
    assert all(np.array_equal(a.data, b.data) for a, b in zip(after.cores[:1], scaled.cores[:1], strict=True))
    assert np.array_equal(after.cores[1].data * size, scaled.cores[1].data)
    assert much == lost * size**2


def test_a_cut_of_what_has_no_square_keeps_the_rank():
    network = MPS.random((3, 3), 2, 3).centred((0, 1))
    theta = network.merge((0, 1))
    after, lost = network.split((0, 1), Core(theta.data * 1e160, theta.legs), 1, Step(rank=3, cutoff=1e-6), 0.0)
    assert after.ranks["b1"] == 3
    assert np.allclose(after.merge((0, 1)).data, theta.data * 1e160, rtol=1e-12, atol=1e148)
    assert np.isfinite(lost)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [10.0, 0.1, 1e30, 1e-30, 1e-42])
def test_a_product_state_has_the_spectrum_one(size, dtype):
    arrays = [np.full((1, 2, *([3] if site == 15 else []), 1), size, dtype) for site in range(30)]
    spectra = MPS.of(arrays, label=15).spectra()
    assert list(spectra) == [f"b{site}" for site in range(1, 30)]
    assert all(np.allclose(values, [1.0], rtol=1e-6) for values in spectra.values())


@given(networks(sites=st.integers(2, 5)), st.sampled_from((1e-30, 1e30)))
def test_the_spectrum_does_not_see_the_size_of_a_centre(network, size):
    network = cast(network, lambda core: core.astype(np.float32)).centred((1,))
    cores = list(network.cores)
    cores[1] = Core(cores[1].data * np.float32(size), cores[1].legs)
    sized_centre = replace(network, cores=tuple(cores))
    for bond, expected in network.spectra().items():
        assert np.allclose(sized_centre.spectra()[bond], expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_term_of_unequal_factors_is_kept(dtype):
    rng = np.random.default_rng(0)
    sizes = np.asarray([[1.0, 1e-30], [1.0, 1e15], [1.0, 1e15]], dtype)
    cores = tuple(
        Core((rng.standard_normal((3, 2)) * column).astype(dtype), (leg, "r"))
        for leg, column in zip(("x0", "x1", "y0"), sizes, strict=True)
    )
    network = CP(cores)
    even = network.centred((0,))
    norms = np.stack([np.linalg.norm(core.data.astype(float), axis=0) for core in even.cores])
    assert np.allclose(norms, norms[0], rtol=1e-5)
    whole = CP(tuple(Core(core.data.astype(float), core.legs) for core in cores)).to_dense()
    assert np.allclose(even.to_dense(), whole, rtol=0, atol=64 * np.finfo(dtype).eps * np.abs(whole).max())


def test_the_spectrum_of_nothing_is_zero():
    spectra = MPS.of([np.zeros((1, 2, 2)), np.zeros((2, 2, 1, 1))]).spectra()
    assert np.array_equal(spectra["b1"], [0.0, 0.0])


@given(linear_legs(4), st.sampled_from(tuple(RANDOM)), dtypes, st.data())
def test_a_matrix_of_cores_of_any_size_is_the_matrix(sizes, family, dtype, data):
    network = RANDOM[family](*sizes, 2, seed=data.draw(seeds))
    count = len(network.cores)
    large = sized(network, data.draw(st.lists(octaves, min_size=count, max_size=count)), dtype)
    whole, slack = network.to_dense(), tolerance(network, dtype)
    found = large.to_dense()
    assert found.dtype == dtype
    assert np.linalg.norm(found - whole) <= slack
    assert np.linalg.norm(large.centred((0,)).to_dense() - whole) <= slack


@given(st.integers(2, 5), dtypes, st.data())
def test_a_mera_on_features_sheds_norms_of_any_size(sites, dtype, data):
    network = MERA.on_features((2,) * sites, 2, 2, seed=data.draw(seeds))
    count = len(network.cores)
    large = sized(network, data.draw(st.lists(octaves, min_size=count, max_size=count)), dtype).centred((0,))
    plain = network.centred((0,))
    for core, expected in zip(large.cores[1:], plain.cores[1:], strict=True):
        assert np.allclose(core.data, expected.data, rtol=0, atol=8 * np.finfo(dtype).eps * core.data.size)
    assert large.scale + log(norm(large.cores[0].data)) == pytest.approx(plain.scale + log(norm(plain.cores[0].data)))


@pytest.mark.parametrize("size", [0.0, 1e-45, 1e-40, 1e-30, 1e30])
def test_a_gram_of_numbers_that_are_hardly_there_is_factored(size):
    half = np.random.default_rng(0).standard_normal((8, 3)).astype(np.float32)
    factor = Cholesky.of(half @ half.T * np.float32(size)).factor
    assert np.all(np.isfinite(factor)) and np.all(np.diagonal(factor) > 0)


class Enough(Exception):
    """Some visits are seen."""


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("made", "sites"), [(Tree.on_features, 2500), (Tree.on_features, 3072), (MPS.random, 3072)])
def test_visits_of_thousands_of_sites_stay_finite(made, sites, dtype):
    network = made((2,) * sites, 1, 2, dtype=dtype)
    angles = np.random.default_rng(0).uniform(0, 2 * np.pi, (sites, 3))
    size = 2**0.5 if made == MPS.random else 1.0  # E z^2 = 1
    features = tuple(size * np.stack([np.cos(a), np.sin(a)], axis=1).astype(dtype) for a in angles)
    data = Samples(features, np.ones((3, 1), dtype), np.full(3, 1 / 3, dtype), identity, Pool())
    assert np.all(np.isfinite(data.predict(network)))
    visits = []

    def observe(visit):
        visits.append(visit)
        if len(visits) == 100:
            raise Enough

    with pytest.raises(Enough):
        sweep(network, data, Auto(), Step(ridge=1e-3), observe=observe)
    assert all(np.isfinite(visit.info.after) for visit in visits)
    network = network.centred((sites // 2,))
    assert np.isfinite(network.scale) and all(np.all(np.isfinite(core.data)) for core in network.cores)
    assert all(core.data.dtype == dtype for core in network.cores)
