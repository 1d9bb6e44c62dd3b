"""The environment of samples: its problem is the dense map, and what it remembers is what it would compute."""

from dataclasses import replace

import array_api_strict
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import (
    EPS,
    Case,
    cases,
    dense_design,
    dense_predictions,
    dtypes,
    networks,
    noise,
    pools,
    rounding,
    seeds,
    sizes,
    strict,
    sums,
)

from tnsolve.algebra.legs import Core
from tnsolve.environments.messages import rescaled
from tnsolve.problems import Beside
from tnsolve.schedule import Step

any_case = cases(dtype=dtypes)


def at(case, data):
    """A drawn region, the network centred in it, and the problem there."""
    region = data.draw(st.sampled_from(case.regions))
    network = case.network.centred(region)
    return region, network, case.data.problem(network, region)


# -- predictions ---------------------------------------------------------------------------------------------------


@given(case=any_case)
def test_predictions_are_the_dense_tensor_times_the_product_features(case):
    expected = dense_predictions(case.network, case.data.features)
    tolerance = rounding(case.network, case.data.features)
    for network in (case.network, *(case.network.centred((s,)) for s in range(case.network.sites))):
        assert np.max(np.abs(case.data.predict(network) - expected)) <= tolerance


@given(case=any_case, data=st.data())
def test_every_region_sees_the_same_predictions_linear_in_its_tensor(case, data):
    region, network, problem = at(case, data)
    theta = problem.theta(network.merge(region), network.scale)
    assert theta.shape == problem.shape
    expected = dense_predictions(case.network, case.data.features)
    assert np.max(np.abs(problem.mv(theta) - expected)) <= 2 * rounding(case.network, case.data.features)
    core = problem.core(theta)
    assert core.legs == problem.legs
    assert core.data.shape == network.merge(region).dims(problem.legs)
    assert np.array_equal(problem.theta(core, -problem.shift), theta)
    assert isinstance(problem.map, Beside) == (network.label not in region)


@given(case=any_case)
def test_the_loss_is_the_weighted_mean_of_the_matching_loss(case):
    z = case.data.predict(case.network)
    losses = case.data.transfer.loss(z, case.data.targets)
    expected = sum(float(w) * float(one) for w, one in zip(case.data.weights, losses, strict=True))
    eps = np.finfo(z.dtype).eps
    found = case.data.loss(case.network)
    assert found == expected or abs(found - expected) <= 2 * len(z) * eps * (1 + np.max(np.abs(losses)))


# -- the linear map ------------------------------------------------------------------------------------------------


@given(case=any_case, data=st.data(), seed=seeds)
def test_rmv_is_the_adjoint_of_mv(case, data, seed):
    _, _, problem = at(case, data)
    rng = np.random.default_rng(seed)
    theta = rng.standard_normal(problem.shape).astype(problem.weights.dtype)
    g = rng.standard_normal(problem.targets.shape).astype(problem.weights.dtype)
    sized, size = sizes(problem), np.abs(g)
    terms = np.sum(size * sized.mv(np.abs(theta)))
    assert abs(np.sum(g * problem.mv(theta)) - np.sum(problem.rmv(g) * theta)) <= sums(problem) * terms


@given(case=any_case, data=st.data(), seed=seeds)
def test_the_curvature_product_is_the_dense_hessian(case, data, seed):
    _, _, problem = at(case, data)
    rng = np.random.default_rng(seed)
    v, theta = (rng.standard_normal(problem.shape).astype(problem.weights.dtype) for _ in range(2))
    z = problem.mv(theta)
    h, u = problem.transfer.curvature(z)
    bend = h[:, :, None] * np.eye(z.shape[1]) - np.einsum("nkp,nkq->npq", u, u)
    design = dense_design(problem)
    rows = design.reshape(*z.shape, -1)
    hessian = np.einsum("n,npi,npq,nqj->ij", problem.weights, rows, bend, rows)
    terms = h[:, :, None] * np.eye(z.shape[1]) + np.einsum("nkp,nkq->npq", np.abs(u), np.abs(u))
    size = np.max(problem.weights[:, None, None] * terms) * z.shape[1] * np.linalg.norm(design) ** 2
    error = np.linalg.norm(problem.curvature(z)(v).ravel() - hessian @ v.ravel())
    assert error <= 8 * sums(problem) * size * np.linalg.norm(v)


@given(case=cases(), data=st.data(), seed=seeds)
def test_the_residual_is_the_gradient_of_the_loss(case, data, seed):
    _, _, problem = at(case, data)
    rng = np.random.default_rng(seed)
    z, v = rng.standard_normal(problem.targets.shape), rng.standard_normal(problem.targets.shape)
    step = 1e-5
    difference = (problem.loss(z + step * v) - problem.loss(z - step * v)) / (2 * step)
    curved = np.exp(6) * step * np.sum(v**2)
    cancelled = 64 * EPS * (1 + problem.loss(z) + np.sum(np.abs(z) + np.abs(problem.targets))) / step
    assert abs(difference - np.sum(problem.residual(z) * v)) <= curved + cancelled


@given(case=any_case, data=st.data())
def test_the_gram_is_the_weighted_sum_of_outer_products_of_design_rows(case, data):
    _, _, problem = at(case, data)
    right = problem.map.right if isinstance(problem.map, Beside) else problem.map.right[:, None, :]
    rows = np.einsum("na,nd,nmb->nmadb", problem.map.left, problem.map.site, right).reshape(
        len(right), right.shape[1], -1
    )
    expected = np.einsum("n,nmi,nmj->ij", problem.weights, rows, rows)
    size = np.einsum("n,nmi,nmj->ij", problem.weights, np.abs(rows), np.abs(rows))
    gram = problem.gram()
    assert np.all(np.abs(gram - expected) <= sums(problem) * size)
    assert np.array_equal(gram, gram.T)
    mean = np.trace(expected) / len(expected)
    assert abs(problem.mean_eigenvalue() - mean) <= sums(problem) * mean
    if isinstance(problem.map, Beside):
        design = dense_design(problem)
        whole = design.T @ (np.repeat(problem.weights, right.shape[1])[:, None] * design)
        assert np.linalg.norm(gram - whole) <= 8 * sums(problem) * np.linalg.norm(size)


@given(case=any_case, data=st.data(), seed=seeds)
def test_the_interface_of_a_problem_is_its_linear_map(case, data, seed):
    _, _, problem = at(case, data)
    rng = np.random.default_rng(seed)
    theta, direction = (rng.standard_normal(problem.shape).astype(problem.weights.dtype) for _ in range(2))
    assert np.array_equal(problem.from_columns(problem.columns(theta)), theta)
    point, t = problem.at(theta), rng.uniform()
    z, sized = problem.mv(theta), sizes(problem)
    assert point.value == problem.loss(z)
    assert np.array_equal(point.gradient(), problem.rmv(problem.residual(z)))
    assert np.array_equal(point.curvature()(direction), problem.curvature(z)(direction))
    moved = problem.at(theta + t * direction).value
    assert abs(point.line(direction)(t) - moved) <= noise(problem, np.abs(theta) + np.abs(direction), 0.0)
    energy = np.sum(problem.columns(theta) * (problem.gram() @ problem.columns(theta)))
    terms = np.sum(problem.weights[:, None] * sized.mv(np.abs(theta)) ** 2) * problem.targets.shape[1]
    assert abs(problem.energy(theta) - energy) <= 2 * sums(problem) * terms


@given(case=any_case, data=st.data())
def test_a_moment_is_the_second_moment_of_the_joint_rows_of_its_legs(case, data):
    region, network, _ = at(case, data)
    site = data.draw(st.sampled_from(region))
    inner = {network.topology.bonds[site, other] for other in region if other != site}
    legs = data.draw(st.permutations([leg for leg in network.cores[site].legs if leg not in inner]))
    rows = np.ones((case.data.samples, 1, 1))
    metric = np.ones((1, 1))
    for leg in legs:
        if leg == "y":
            metric = np.kron(metric, np.eye(network.outputs))
            continue
        values = case.data.design.messages.flow(network, network.topology, leg, region).values
        values = values if values.ndim == 3 else values[:, None, :]
        rows = np.einsum("nmi,nqj->nmqij", rows, values).reshape(len(rows), -1, rows.shape[2] * values.shape[2])
        metric = np.kron(metric, np.ones((values.shape[2], values.shape[2])))
    order = [leg for leg in legs if leg != "y"]
    dims = [network.cores[site].dim(leg) for leg in order]
    expected = np.einsum("n,nmi,nmj->ij", case.data.weights, rows, rows).reshape(dims * 2)
    size = np.einsum("n,nmi,nmj->", case.data.weights, np.abs(rows), np.abs(rows))
    if "y" in legs:
        place = legs.index("y")
        expected = np.moveaxis(
            np.multiply.outer(expected, np.eye(network.outputs)), [-2, -1], [place, len(legs) + place]
        )
    actual = case.data.moment(network, region, tuple(legs))
    eps = np.finfo(actual.dtype).eps
    assert np.linalg.norm(actual - expected.reshape(actual.shape)) <= 16 * eps * (len(rows) + 8) * size * len(actual)


@given(case=cases(), data=st.data(), pool=pools, seed=seeds)
def test_a_partition_over_threads_changes_nothing_but_rounding(case, data, pool, seed):
    region, network, problem = at(case, data)
    other = replace(case.data, pool=pool).problem(network, region)
    rng = np.random.default_rng(seed)
    theta, g = rng.standard_normal(problem.shape), rng.standard_normal(problem.targets.shape)
    sized, size = sizes(problem), np.abs(g)
    tolerance = 8 * sums(problem) + 64 * case.network.parameters * EPS
    assert np.max(np.abs(problem.mv(theta) - other.mv(theta))) <= tolerance * np.max(sized.mv(np.abs(theta)))
    assert np.max(np.abs(problem.rmv(g) - other.rmv(g))) <= tolerance * np.max(sized.rmv(size))
    assert np.max(np.abs(problem.gram() - other.gram())) <= tolerance * np.max(sized.gram())


# -- weights -------------------------------------------------------------------------------------------------------


@given(case=cases(), data=st.data(), counts=st.lists(st.integers(0, 3), min_size=12, max_size=12))
def test_integer_weights_repeat_rows_and_zero_weights_remove_them(case, data, counts):
    counts = np.array(counts[: case.data.samples])
    counts[0] += 1
    weighted = replace(case.data, weights=counts / counts.sum())
    repeated = replace(
        case.data,
        features=tuple(np.repeat(rows, counts, axis=0) for rows in case.data.features),
        targets=np.repeat(case.data.targets, counts, axis=0),
        weights=np.full(counts.sum(), 1 / counts.sum()),
    )
    region = data.draw(st.sampled_from(case.regions))
    network = case.network.centred(region)
    first, second = (environment.problem(network, region) for environment in (weighted, repeated))
    thetas = [problem.theta(network.merge(region), network.scale) for problem in (first, second)]
    units = np.exp(second.shift - first.shift)
    assert np.isclose(first.loss(first.mv(thetas[0])), second.loss(second.mv(thetas[1])), rtol=1e-9, atol=1e-12)
    pulled = [p.rmv(p.residual(p.mv(theta))) for p, theta in zip((first, second), thetas, strict=True)]
    sized = sizes(second)
    slope = np.max(sized.rmv(np.abs(second.residual(second.mv(thetas[1])))) * units)
    moved = rounding(case.network, case.data.features) * np.max(
        sized.rmv(second.weights[:, None] * np.ones_like(second.targets))
    )
    steepest = (
        np.exp(np.max(np.abs(second.mv(thetas[1]))))
        if case.data.transfer.bound == np.inf
        else 1 + case.data.transfer.bound
    )
    assert np.max(np.abs(pulled[0] - pulled[1] * units)) <= sums(second) * slope * 8 + 4 * moved * units * steepest
    assert np.allclose(
        first.gram(), second.gram() * units**2, rtol=1e-9, atol=8 * sums(second) * np.max(sized.gram()) * units**2
    )


# -- memory --------------------------------------------------------------------------------------------------------


@settings(max_examples=100)
@given(case=cases(network=networks(sites=st.integers(2, 6))), data=st.data())
def test_what_is_remembered_equals_what_would_be_computed_anew_bit_for_bit(case, data):
    """Any order of questions about a network, a change to it, or the one before the change."""
    last = network = case.network.centred((case.network.label,))
    sites = st.integers(0, network.sites - 1)
    for change in data.draw(st.lists(st.sampled_from(["none", "core", "centre", "back"]), min_size=2, max_size=8)):
        site = data.draw(st.one_of(st.just(network.label), sites))
        if change == "core":
            core = network.cores[site]
            last, network = network, network._updated({site: Core(-2 * core.data, core.legs)})
        elif change == "centre":
            last, network = network, network.centred((site,))
        elif change == "back":
            last, network = network, last
        region = data.draw(st.sampled_from(case.regions))
        old, new = (environment.problem(network, region) for environment in (case.data, replace(case.data)))
        for name in ("left", "site", "right"):
            assert np.array_equal(getattr(old.map, name), getattr(new.map, name))
        assert (old.shift, old.dims, old.legs) == (new.shift, new.dims, new.legs)


@given(case=cases())
def test_one_label_message_is_kept_on_each_side(case):
    for region, _ in case.network.centred((case.network.label,)).tour(Step()):
        case.data.problem(case.network, region)
        labelled = [rows for rows in case.data.design.messages._kept.values() if rows.labelled]
        assert len(labelled) <= 2


# -- any library ---------------------------------------------------------------------------------------------------


@given(case=cases(), data=st.data(), seed=seeds)
def test_problems_in_arrays_that_keep_to_the_standard_agree_with_numpy(case, data, seed):
    region, network, problem = at(case, data)
    foreign = strict(Case(network, case.data))
    theta = np.random.default_rng(seed).standard_normal(problem.shape)
    z = problem.mv(theta)
    with array_api_strict.ArrayAPIStrictFlags(boolean_indexing=False, data_dependent_shapes=False):
        other = foreign.data.problem(foreign.network, region)
        t = array_api_strict.asarray(theta)
        ours = [other.mv(t), other.gram(), other.rmv(other.residual(other.mv(t))), other.curvature(other.mv(t))(t)]
    numpys = [z, problem.gram(), problem.rmv(problem.residual(z)), problem.curvature(z)(theta)]
    steepest = np.exp(np.max(z)) if case.data.transfer.bound == np.inf else 1 + case.data.transfer.bound
    sized = sizes(problem)
    reach = np.max(sized.mv(np.abs(theta)))
    spread = sized.rmv(problem.weights[:, None] * np.ones_like(z)).max()
    tolerance = 16 * sums(problem) * (1 + case.network.sites)
    bounds = [reach, np.max(sized.gram()), (1 + reach) * steepest * spread, (1 + reach) ** 2 * steepest * spread]
    for mine, yours, bound in zip(ours, numpys, bounds, strict=True):
        assert np.max(np.abs(np.from_dlpack(mine) - yours)) <= tolerance * (
            bound + np.max(np.abs(case.data.targets)) * spread
        )
    assert abs(other.mean_eigenvalue() - problem.mean_eigenvalue()) <= tolerance * problem.mean_eigenvalue()


@given(seed=seeds, octaves=st.integers(-124, 126), dtype=st.sampled_from([np.float32, np.float64]))
def test_a_message_of_any_size_is_rescaled_exactly(seed, octaves, dtype):
    values = np.random.default_rng(seed).uniform(0.5, 1, (5, 3)).astype(dtype) * dtype(2.0) ** dtype(octaves)
    flow = rescaled(values, 1.5)
    assert np.all(np.isfinite(flow.values)) and flow.values.dtype == dtype
    assert np.allclose(flow.values.astype(float) * np.exp(flow.log - 1.5), values.astype(float), rtol=1e-5)


def test_a_message_without_a_digit_is_zero():
    values = np.full((5, 3), 1e-44, np.float32)
    assert not rescaled(values, 1.5).values.any() and rescaled(values, 1.5).log == 1.5


@given(case=cases(), data=st.data(), change=st.sampled_from([-1, 1, 62]))
def test_site_vectors_of_another_width_reach_no_kernel(case, data, change):
    site = data.draw(st.integers(0, case.network.sites - 1))
    rows = [
        np.ones((case.data.samples, max(0, f.shape[1] + change * (k == site))))
        for k, f in enumerate(case.data.features)
    ]
    wrong = replace(case.data, features=tuple(rows))
    with pytest.raises(ValueError, match=f"leg x{site} of the network"):
        wrong.predict(case.network)
