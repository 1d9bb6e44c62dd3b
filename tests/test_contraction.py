"""Contractions of many tensors: the plan gives what one einsum gives, and is searched once for each shape."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from linear import EPS, seeds

import tnsolve.algebra.contraction as home
from tnsolve.algebra.contraction import contracted, cost, surrounded
from tnsolve.algebra.legs import Core

NAMES = "abcdef"


@st.composite
def tensors(draw):
    """Tensors on a few shared legs, some of them on three tensors or on one, and legs to keep."""
    dims = dict(zip(NAMES, draw(st.lists(st.integers(1, 3), min_size=6, max_size=6)), strict=True))
    rng = np.random.default_rng(draw(seeds))
    picks = draw(st.lists(st.sets(st.sampled_from(NAMES), min_size=1, max_size=4).map(sorted), min_size=1, max_size=5))
    cores = [Core(rng.standard_normal([dims[leg] for leg in legs]), tuple(legs)) for legs in picks]
    return cores, tuple(draw(st.sets(st.sampled_from(sorted({leg for legs in picks for leg in legs})))))


@given(tensors())
def test_a_plan_gives_what_one_einsum_gives(case):
    cores, output = case
    terms = [part for core in cores for part in (core.data, [NAMES.index(leg) for leg in core.legs])]
    keep = [NAMES.index(leg) for leg in output]
    whole = np.einsum(*terms, keep)
    sizes = np.einsum(*(np.abs(part) if isinstance(part, np.ndarray) else part for part in terms), keep)
    found = contracted(cores, output)
    assert found.shape == whole.shape
    assert np.all(np.abs(found - whole) <= 100 * EPS * 3**6 * sizes)
    assert cost(cores, output) >= 0


@given(tensors(), seeds)
def test_surroundings_are_contractions_of_all_but_one(case, seed):
    cores, output = case
    uses = [leg for core in cores for leg in core.legs]
    inner = [tuple(leg for leg in core.legs if uses.count(leg) > 1 or leg in output) for core in cores]
    cores = [
        Core(np.sum(core.data, axis=tuple(k for k, leg in enumerate(core.legs) if leg not in legs)), legs)
        for core, legs in zip(cores, inner, strict=True)
    ]
    whole, around = surrounded(cores, output)
    outside = Core(np.random.default_rng(seed).standard_normal(whole.shape), output)
    assert np.allclose(whole, contracted(cores, output))
    for place, found in enumerate(around(outside.data)):
        others = [*cores[:place], outside, *cores[place + 1 :]]
        assert np.allclose(found, contracted(others, cores[place].legs), rtol=1e-9, atol=1e-9)


def test_a_plan_is_searched_once_for_each_shape():
    a, b, c = (np.ones((4, 5)), np.ones((5, 6)), np.ones((6, 4)))
    cores = [Core(array, legs) for array, legs in zip((a, b, c), ("ij", "jk", "ki"), strict=True)]
    cores = [Core(core.data, tuple(f"once {leg}" for leg in core.legs)) for core in cores]
    before = home._plan.cache_info()
    for _ in range(3):
        assert contracted(cores, ()) == 4 * 5 * 6
    assert home._plan.cache_info().misses == before.misses + 1
