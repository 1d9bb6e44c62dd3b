"""Transfer functions: convex calculus as properties, finite differences and SciPy as oracles."""

import json
from math import inf, pi

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import rel_entr, softmax, spence

import tnsolve.transfer as tt

EPS = np.finfo(np.float64).eps
STEP = 1e-6
ELEMENTWISE = [
    *(tt.identity, tt.leaky_relu, tt.LeakyReLU(slope=0.3), tt.relu, tt.elu, tt.softplus, tt.exp),
    *(tt.sigmoid, tt.tanh, tt.arctan, tt.algebraic),
]
CLOSED = [*ELEMENTWISE, tt.softmax, tt.Softmax(temperature=3.0), tt.Softmax(temperature=0.5)]
TEMPERED = [tt.TemperedSoftmax(temperature=4.0, soft=0.7), tt.TemperedSoftmax(temperature=2.0, soft=1.0)]
ALL = [*CLOSED, *TEMPERED]
INCREASING = [transfer for transfer in ELEMENTWISE if transfer is not tt.relu]
WITHOUT_CANCELLATION = [transfer for transfer in CLOSED if transfer is not tt.softplus]


def each(transfers):
    return pytest.mark.parametrize("transfer", transfers, ids=str)


def matrices(size=8.0):
    return arrays(np.float64, (3, 4), elements=st.floats(-size, size, width=32))


def steepest(transfer, z):
    """A Lipschitz constant of f, and of f' away from kinks, in a neighbourhood of z."""
    return max(1.0, transfer.bound if transfer.bound < inf else np.exp(np.max(z) + 1))


def dot(a, b):
    return np.sum(a * b, axis=-1)


def hessian(transfer, z):
    h, u = transfer.curvature(z)
    return h[:, :, None] * np.eye(z.shape[1]) - np.einsum("nki,nkj->nij", u, u)


def away_from_kinks(z):
    return np.where(np.abs(z) < 1e-3, 0.5, z)


@each(ALL)
@given(z=matrices(), v=matrices(1.0))
def test_the_transfer_function_is_the_gradient_of_the_potential(transfer, z, v):
    difference = (transfer.potential(z + STEP * v) - transfer.potential(z - STEP * v)) / (2 * STEP)
    rounding = 8 * EPS * (1 + np.abs(transfer.potential(z)) + np.abs(z).sum(-1)) / STEP
    assert np.all(np.abs(difference - dot(transfer(z), v)) <= steepest(transfer, z) * STEP * dot(v, v) + rounding)


@each(ALL)
@given(z=matrices().map(away_from_kinks), v=matrices(1.0))
def test_the_hessian_product_is_the_derivative_of_the_transfer_function(transfer, z, v):
    difference = (transfer(z + STEP * v) - transfer(z - STEP * v)) / (2 * STEP)
    rounding = 8 * EPS * (1 + np.abs(transfer(z)) + np.abs(z)) / STEP
    truncation = 4 * steepest(transfer, z) * STEP * dot(v, v)[:, None]
    assert np.all(np.abs(difference - transfer.hessian_product(z, v)) <= truncation + rounding)


@each(ALL)
@given(z=matrices(), v=matrices(1.0))
def test_the_curvature_is_the_hessian_and_lies_between_zero_and_the_bound(transfer, z, v):
    dense = hessian(transfer, z)
    size = steepest(transfer, z)
    assert np.allclose(transfer.hessian_product(z, v), np.einsum("nij,nj->ni", dense, v), rtol=0, atol=32 * EPS * size)
    eigenvalues = np.linalg.eigvalsh(dense)
    assert np.all(eigenvalues >= -32 * EPS * size)
    assert np.all(eigenvalues <= transfer.bound * (1 + 32 * EPS))


@each([transfer for transfer in ALL if transfer.bound < inf])
def test_no_smaller_bound_holds(transfer):
    z = np.array([[0.0, 0.0, -1e3], [40.0, 40.0, -1e3]])
    assert np.max(np.linalg.eigvalsh(hessian(transfer, z))) == pytest.approx(transfer.bound, rel=1e-12)


@each(ALL)
@given(z=matrices(), b=matrices(), dtype=st.sampled_from([np.float32, np.float64]), data=st.data())
def test_rows_hold_the_value_its_gradient_and_the_diagonal_of_the_curvature(transfer, z, b, dtype, data):
    z, y = z.astype(dtype), transfer(b).astype(dtype)
    weights = np.ones(4, dtype)
    if transfer.separable:
        weights = data.draw(arrays(dtype, 4, elements=st.floats(0, 4, width=32, allow_subnormal=False)))
    value, residual, slope = transfer.rows(z, y, weights)
    assert (value.shape, residual.shape, slope.shape) == ((3,), (3, 4), (3, 4))
    assert value.dtype == residual.dtype == slope.dtype == dtype
    potential = transfer.primitive(z) @ weights if transfer.separable else transfer.potential(z)
    rounding, least = 64 * np.finfo(dtype).eps, 8 * np.finfo(dtype).smallest_subnormal
    size = 4 * np.abs(potential) + (np.abs(y * z) + 1 + np.abs(z)) @ weights
    assert np.all(np.abs(value - (potential - (y * z) @ weights)) <= rounding * size)
    sized = weights * (1 + np.abs(transfer(z)) + np.abs(y))
    assert np.all(np.abs(residual - weights * (transfer(z) - y)) <= rounding * sized + least)
    h, _ = transfer.curvature(z)
    if transfer is tt.relu:
        h = np.where((z > 0) | (y > 0), 1, 0)
    assert np.all(
        np.abs(slope - weights * h) <= rounding * (1 + np.abs(z)) * weights * (h + np.finfo(dtype).tiny) + least
    )


@each(ALL)
@given(z=matrices())
def test_what_is_grounded_has_the_same_outputs_and_no_mean_that_they_ignore(transfer, z):
    ground = transfer.grounded(z)
    assert np.array_equal(ground, z) or not transfer.separable
    assert np.all(np.abs(transfer(ground) - transfer(z)) <= 256 * EPS * (1 + np.abs(transfer(z))))
    assert np.allclose(transfer.grounded(ground), ground, rtol=0, atol=64 * EPS)


@each(CLOSED)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_attained_is_within_the_edge_and_comes_back_from_the_inverse(transfer, dtype):
    low, high = max(transfer.low, -5.0), min(transfer.high, 5.0)
    y = np.array([[low, high], [high, low]], dtype)
    moved = transfer.attained(y)
    assert moved.dtype == dtype
    assert np.allclose(moved, y, rtol=0, atol=2e-6)
    # softmax scales rows to sum 1 after it has raised entries to 1e-6: 1e-12 is left of that
    tolerance = 64 * np.finfo(dtype).eps + 4e-12
    assert np.allclose(transfer(transfer.inverse(moved)), moved, rtol=0, atol=tolerance)
    assert np.allclose(transfer.attained(moved), moved, rtol=0, atol=tolerance)


def test_what_kind_a_transfer_function_is():
    assert [transfer for transfer in ALL if transfer.quadratic] == [tt.identity]
    assert [transfer for transfer in ALL if not transfer.separable] == [*ALL[-5:]]
    assert all(transfer.classes == isinstance(transfer, tt.Softmax) for transfer in ALL)


@each(CLOSED)
@given(z=matrices(), b=matrices())
def test_the_loss_is_the_fenchel_young_form_and_is_not_negative(transfer, z, b):
    y = transfer(b)
    terms = transfer.potential(z), transfer.conjugate(y), -dot(y, z)
    loss = transfer.loss(z, y)
    size = 1 + sum(map(np.abs, terms)) + np.abs(transfer.inverse(y)).sum(-1) * (1 + np.abs(y).max())
    assert np.all(loss >= 0)
    assert np.all(np.abs(loss - sum(terms)) <= 32 * EPS * size)


@each([transfer for transfer in CLOSED if transfer.low > -inf])
@given(z=matrices(), labels=arrays(np.int64, 3, elements=st.integers(0, 3)))
def test_the_loss_is_the_fenchel_young_form_at_the_ends_of_the_range(transfer, z, labels):
    y = np.where(np.arange(4) == labels[:, None], min(transfer.high, 3.0), transfer.low)
    terms = transfer.potential(z), transfer.conjugate(y), -dot(y, z)
    assert np.all(np.abs(transfer.loss(z, y) - sum(terms)) <= 64 * EPS * (1 + sum(map(np.abs, terms))))


@each(ALL)
@given(z=matrices(), a=matrices(), b=matrices())
def test_the_gradient_of_the_loss_is_prediction_minus_target(transfer, z, a, b):
    y = transfer(b)
    change = transfer.potential(z) - transfer.potential(a) - dot(y, z - a)
    size = 1 + sum(np.abs(transfer.potential(p)) + np.abs(y * p).sum(-1) + transfer.loss(p, y) for p in (z, a))
    assert np.all(np.abs(transfer.loss(z, y) - transfer.loss(a, y) - change) <= 64 * EPS * size)


@each(CLOSED)
@given(z=matrices())
def test_the_loss_vanishes_at_the_prediction_itself(transfer, z):
    y = transfer(z)
    assert np.all(transfer.loss(z, y) <= 64 * EPS * (1 + np.abs(y).max()))


@each(WITHOUT_CANCELLATION)
@given(z=matrices(2.0).map(away_from_kinks))
def test_near_the_minimum_the_loss_keeps_relative_precision(transfer, z):
    v = np.linspace(-1, 1, z.shape[1])
    y = transfer(z)
    expected = STEP**2 * dot(v, transfer.hessian_product(z, v + 0 * z)) / 2
    error = np.abs(transfer.loss(z + STEP * v, y) - expected)
    size = 1 + np.abs(y).max()
    assert np.all(error <= 64 * EPS * STEP * (1 + np.abs(z).max()) * size + 8 * STEP**3 * size)


@each(ALL)
@given(a=matrices(), b=matrices(), c=matrices())
def test_the_divergence_obeys_its_definition_and_the_three_point_identity(transfer, a, b, c):
    def size(*points):
        return 1 + sum(
            np.abs(transfer.potential(p)) + np.abs(p).sum(-1) * (1 + np.abs(transfer(p)).max()) for p in points
        )

    definition = transfer.potential(a) - transfer.potential(b) - dot(transfer(b), a - b)
    assert np.all(transfer.divergence(a, b) >= 0)
    assert np.all(np.abs(transfer.divergence(a, b) - definition) <= 128 * EPS * size(a, b))
    assert np.all(transfer.divergence(a, a) <= 64 * EPS * size(a))
    detour = transfer.divergence(a, b) + transfer.divergence(b, c) + dot(transfer(b) - transfer(c), a - b)
    terms = size(a, b, c) + np.abs(a - b).sum(-1) * (1 + np.abs(transfer(c)).max())
    assert np.all(np.abs(transfer.divergence(a, c) - detour) <= 128 * EPS * terms)


@each(CLOSED)
@given(a=matrices(4.0), b=matrices(4.0))
def test_the_divergence_of_the_conjugate_is_the_reverse_divergence(transfer, a, b):
    y, x = transfer(b), transfer(a)
    dual = transfer.conjugate(y) - transfer.conjugate(x) - dot(a, y - x)
    size = 1 + np.abs(transfer.conjugate(y)) + np.abs(transfer.conjugate(x)) + np.abs(a * y).sum(-1)
    assert np.all(np.abs(transfer.divergence(a, b) - dual) <= 128 * EPS * (size + np.abs(a * x).sum(-1)))


@each(INCREASING)
@given(z=matrices())
def test_the_inverse_undoes_a_strictly_increasing_function(transfer, z):
    condition = (1 + np.abs(transfer(z))) / transfer.derivative(z)
    z, condition = z[condition < 1e5], condition[condition < 1e5]
    assert np.all(np.abs(transfer.inverse(transfer(z)) - z) <= 16 * EPS * (condition + np.abs(z)))


@each(CLOSED)
@given(b=matrices(3.0))
def test_the_inverse_is_a_right_inverse(transfer, b):
    y = transfer(b)
    assert np.all(
        np.abs(transfer(transfer.inverse(y)) - y) <= 64 * EPS * (1 + np.abs(y)) * (1 + np.abs(b)) + 4e-6 * (y < 1e-6)
    )


@given(z=matrices(3.0), shift=st.floats(-50, 50), temperature=st.floats(0.5, 8))
def test_softmax_forgets_a_constant_and_its_inverse_has_zero_mean(z, shift, temperature):
    transfer = tt.Softmax(temperature)
    tolerance = 64 * EPS * (10 + abs(shift)) / min(1, temperature)
    assert np.allclose(transfer(z + shift), transfer(z), rtol=0, atol=tolerance)
    assert np.allclose(transfer.inverse(transfer(z)), z - z.mean(-1, keepdims=True), rtol=0, atol=tolerance)
    assert np.allclose(transfer.potential(z + shift), transfer.potential(z) + shift, rtol=0, atol=64 * tolerance)


@given(a=matrices(), b=matrices(), temperature=st.floats(0.5, 8))
def test_the_divergence_of_softmax_is_relative_entropy(a, b, temperature):
    p, q = softmax(a / temperature, axis=-1), softmax(b / temperature, axis=-1)
    expected = temperature * np.sum(rel_entr(q, p), axis=-1)
    assert np.allclose(tt.Softmax(temperature).divergence(a, b), expected, rtol=0, atol=1e3 * EPS * (1 + temperature))


@each(TEMPERED)
@given(z=matrices(), logits=matrices(), labels=arrays(np.int64, 3, elements=st.integers(0, 3)))
def test_the_tempered_loss_is_hintons(transfer, z, logits, labels):
    warm, soft = transfer.temperature, transfer.soft
    y = transfer.targets(logits, labels)
    transfer.check(y, "test")
    tempered = -dot(softmax(logits / warm, axis=-1), np.log(softmax(z / warm, axis=-1)))
    plain = -np.log(softmax(z, axis=-1))[np.arange(3), labels]
    expected = soft * warm**2 * tempered + (1 - soft) * plain
    assert np.allclose(transfer.loss(z, y), expected, rtol=0, atol=256 * EPS * (1 + warm**2) * 16)
    assert np.all(transfer.loss(z, y) >= 0)


@given(z=st.floats(-30, 30))
def test_the_softplus_potential_is_the_dilogarithm(z):
    assert tt.softplus.potential(np.array([[z]])) == pytest.approx(-spence(1 + np.exp(z)), rel=1e-14, abs=8 * EPS)


@each(ALL)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nothing_overflows_at_extreme_arguments(transfer, dtype):
    values = [-1e4, -87.0, -1.0, -1e-7, 0.0, 1e-7, 1.0, 80.0, 1e4]
    grid = np.array([(p, q) for p in values for q in values], dtype=dtype)
    tame = np.minimum(grid, 60.0).astype(dtype) if transfer is tt.exp else grid
    for z in (grid, tame):
        results = [transfer.potential(z), transfer(z), transfer.curvature(z)[0], transfer.divergence(z, tame[::-1])]
        results.append(transfer.loss(z, transfer(tame[::-1])))
        for result in results:
            assert result.dtype == dtype
            assert not np.any(np.isnan(result))
            assert np.all(np.isfinite(result)) or z is not tame
        assert np.all(results[-1] >= 0)
    if transfer in CLOSED:
        y = transfer(tame)
        assert np.all(np.isfinite(transfer.inverse(y)))
        assert np.all(np.isfinite(transfer.conjugate(y)))


@each(CLOSED)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_conjugate_is_finite_on_the_closed_range_and_infinite_outside(transfer, dtype):
    low, high = max(transfer.low, -5.0), min(transfer.high, 5.0)
    ends = np.array([[low, high], [high, low]], dtype=dtype)
    transfer.check(ends, "test")
    assert np.all(np.isfinite(transfer.conjugate(ends)))
    assert np.all(np.isfinite(transfer.inverse(ends)))
    assert np.all(np.isfinite(transfer.loss(np.array([[-1e4, 80], [80, -1e4]], dtype=dtype), ends)))
    if transfer.low > -inf:
        assert np.all(transfer.conjugate(ends - dtype(0.1)) == inf)
    if transfer.high < inf:
        assert np.all(transfer.conjugate(ends + dtype(0.1)) == inf)


@each(ALL)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_standard_alone_is_enough(transfer, dtype):
    a, b = (np.random.default_rng(k).uniform(-3, 3, (5, 3)).astype(dtype) for k in (0, 1))
    y = transfer(b)
    weights = np.array([0.5, 1.0, 2.0], dtype) if transfer.separable else np.ones(3, dtype)

    def results(cast):
        yield transfer(cast(a))
        yield transfer.potential(cast(a))
        yield from transfer.curvature(cast(a))
        yield transfer.hessian_product(cast(a), cast(b))
        yield transfer.loss(cast(a), cast(y))
        yield transfer.divergence(cast(a), cast(b))
        yield from transfer.rows(cast(a), cast(y), cast(weights))
        yield transfer.grounded(cast(a))
        if transfer in CLOSED:
            yield transfer.inverse(cast(y))
            yield transfer.conjugate(cast(y))
            yield transfer.attained(cast(y))

    transfer.check(array_api_strict.asarray(y), "test")
    for strict, plain in zip(results(array_api_strict.asarray), results(np.asarray), strict=True):
        assert isinstance(strict, type(array_api_strict.asarray(a)))
        assert plain.dtype == dtype
        rounding = 16 * np.finfo(dtype).eps * max(1.0, np.abs(plain).max(initial=0))
        np.testing.assert_allclose(np.from_dlpack(strict), plain, rtol=0, atol=rounding)


def test_tempered_targets_need_only_the_standard():
    logits, labels = np.random.default_rng(0).normal(size=(4, 3)), np.array([2, 0, 1, 1])
    strict = TEMPERED[0].targets(array_api_strict.asarray(logits), array_api_strict.asarray(labels))
    plain = TEMPERED[0].targets(logits, labels)
    np.testing.assert_allclose(np.from_dlpack(strict), plain, rtol=0, atol=16 * np.finfo(float).eps * plain.max())


@each(ALL)
def test_json_round_trip(transfer):
    assert tt.transfer_from_json(json.loads(json.dumps(transfer.to_json()))) == transfer


@each([tt.identity, tt.leaky_relu, tt.exp, tt.softmax, tt.algebraic])
def test_a_transfer_function_is_found_by_name(transfer):
    assert tt.transfer_named(transfer.name) is transfer


@each([tt.sigmoid, tt.tanh, tt.arctan, tt.algebraic, tt.relu, tt.exp, tt.elu, tt.softplus])
def test_a_target_out_of_range_is_named(transfer):
    y = transfer(np.zeros((3, 2)))
    transfer.check(y, "fit(y=...)")
    y[2, 1] = transfer.low - 0.25
    with pytest.raises(ValueError, match=rf"^fit\(y=\.\.\.\) has the target {y[2, 1]} at \[2, 1\].*{transfer.name}"):
        transfer.check(y, "fit(y=...)")


@each(ALL)
def test_a_target_that_is_not_a_number_is_refused(transfer):
    with pytest.raises(ValueError, match="nan"):
        transfer.check(np.where([[False, False], [True, False]], np.nan, transfer(np.zeros((2, 2)))), "fit(y=...)")


@pytest.mark.parametrize(
    ("dtype", "row", "accepted"),
    [
        ("float64", [0.2, 0.8], True),
        ("float64", [0.2, 0.8001], False),
        ("float32", [0.2, 0.8001], True),
        ("float32", [0.2, 0.81], False),
        ("float64", [-0.1, 1.1], False),
    ],
)
def test_softmax_wants_distributions(dtype, row, accepted):
    y = np.array([[0.5, 0.5], row], dtype=dtype)
    if accepted:
        tt.softmax.check(y, "fit(y=...)")
    else:
        with pytest.raises(ValueError, match=r"^fit\(y=\.\.\.\) for softmax has target row 1 .*one-hot"):
            tt.softmax.check(y, "fit(y=...)")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tt.transfer_named("gelu"), "not monotone"),
        (lambda: tt.transfer_named("SiLU"), "not monotone"),
        (lambda: tt.transfer_named("cube"), "unknown; use one of identity"),
        (lambda: tt.transfer_named("tempered_softmax"), "TemperedSoftmax\\(temperature=4.0, soft=0.9\\)"),
        (lambda: tt.transfer_from_json({"name": "cube"}), "known: identity"),
        (lambda: tt.LeakyReLU(slope=0.0), "use relu for slope 0"),
        (lambda: tt.Softmax(temperature=-1.0), "Softmax\\(temperature=-1.0\\) is not positive"),
        (lambda: tt.TemperedSoftmax(temperature=2.0, soft=1.5), "soft=1.5"),
        (lambda: TEMPERED[0].targets(np.zeros((2, 3)), np.array([0, 3])), "class 3 at row 1"),
    ],
)
def test_errors_show_the_value_and_the_fix(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("method", ["inverse", "conjugate"])
def test_the_tempered_mixture_says_what_it_lacks(method):
    with pytest.raises(NotImplementedError, match="no closed form"):
        getattr(TEMPERED[0], method)(np.ones((1, 2)))


@pytest.mark.parametrize(
    ("transfer", "z", "y", "potential", "conjugate"),
    [
        (tt.identity, 3.0, 3.0, 4.5, 4.5),
        (tt.leaky_relu, -2.0, -0.02, 0.02, 0.02),
        (tt.relu, 2.0, 2.0, 2.0, 2.0),
        (tt.sigmoid, 0.0, 0.5, np.log(2), -np.log(2)),
        (tt.tanh, 0.0, 0.0, 0.0, 0.0),
        (tt.exp, 1.0, np.e, np.e, 0.0),
        (tt.arctan, 1.0, pi / 4, pi / 4 - np.log(2) / 2, np.log(2) / 2),
        (tt.algebraic, 1.0, 0.5**0.5, 2**0.5, -(0.5**0.5)),
        (tt.elu, -1.0, np.exp(-1) - 1, np.exp(-1), 1 - 2 / np.e),
        (tt.softplus, 0.0, np.log(2), pi**2 / 12, -(pi**2) / 12),
    ],
)
def test_values_known_by_hand(transfer, z, y, potential, conjugate):
    at = np.array([[z]])
    assert transfer(at)[0, 0] == pytest.approx(y, rel=1e-15, abs=1e-16)
    assert transfer.potential(at)[0] == pytest.approx(potential, rel=1e-14, abs=1e-15)
    assert transfer.conjugate(np.array([[y]]))[0] == pytest.approx(conjugate, rel=1e-14, abs=1e-15)
