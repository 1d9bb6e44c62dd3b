"""What Bregman PCA exports: the layer, students behind it, losses through it, its scikit-learn and PyTorch forms."""

import array_api_strict
import numpy as np
import pytest
import torch
from budgets import examples
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.estimator_checks import parametrize_with_checks
from strategies import seeds

import tnsolve as tn
import tnsolve.transfer as tt
from tnsolve.algebra.kernels import compiled, twins
from tnsolve.bregman import BregmanLayer, BregmanPCA, ThroughLayer
from tnsolve.bregman.composed import ComposedStudent
from tnsolve.estimators import BregmanPCATransformer
from tnsolve.pytorch import to_torch

EPS = np.finfo(np.float64).eps
STEP = 1e-6
TRANSFERS = [tt.identity, tt.leaky_relu, tt.elu, tt.softplus, tt.exp, tt.sigmoid, tt.tanh, tt.softmax]
each = pytest.mark.parametrize("transfer", TRANSFERS, ids=str)
few = examples(10)


def layer_of(transfer, seed=0, units=7, codes=3):
    rng = np.random.default_rng(seed)
    return BregmanLayer(0.5 * rng.standard_normal((units, codes)), 0.5 * rng.standard_normal(units), transfer)


def data(transfer, seed=0, samples=60):
    """Inputs, and activations that depend on them through two codes."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(size=(samples, 4))
    hidden = np.stack([x[:, 0] * x[:, 1], x[:, 2] - x[:, 3]], axis=1)
    return x, transfer(3 * hidden @ rng.standard_normal((2, 6)))


@parametrize_with_checks([BregmanPCATransformer()])
def test_the_estimator_contract(estimator, check):
    check(estimator)


@each
def test_the_estimator_is_bregman_pca(transfer):
    _, y = data(transfer)
    estimator, pca = BregmanPCATransformer(2, transfer).fit(y), BregmanPCA(2, transfer).fit(y)
    assert np.array_equal(estimator.components_, pca.components_)
    assert np.array_equal(estimator.transform(y), pca.transform(y))
    assert np.array_equal(estimator.inverse_transform(pca.transform(y)), pca.inverse_transform(pca.transform(y)))
    streamed = BregmanPCATransformer(2, transfer).partial_fit(y[:30]).partial_fit(y[30:])
    assert streamed.pca_.stream.clock.weight == len(y)


@each
@few
@given(seed=seeds)
def test_the_loss_through_a_layer_is_the_loss_of_what_the_layer_makes(transfer, seed):
    layer = layer_of(transfer, seed)
    rng = np.random.default_rng(seed)
    codes, y = rng.standard_normal((5, 3)), transfer(rng.standard_normal((5, 7)))
    through = ThroughLayer(layer)
    found = through.loss(codes, through.targets(y)) + through.offset(y)
    expected = layer.loss(codes, y)
    assert np.allclose(found, expected, rtol=0, atol=1e4 * EPS * (1 + np.abs(expected).max() + np.abs(y).max()))


@each
@few
@given(seed=seeds)
def test_the_potential_through_a_layer_has_the_gradient_and_curvature_it_says(transfer, seed):
    through = ThroughLayer(layer_of(transfer, seed))
    rng = np.random.default_rng(seed)
    c, v = rng.standard_normal((2, 4, 3))
    ahead, behind = c + STEP * v, c - STEP * v
    size = 1 + np.abs(through.potential(c)).max() + np.abs(through(c)).max()
    slope = (through.potential(ahead) - through.potential(behind)) / (2 * STEP)
    assert np.allclose(slope, np.sum(through(c) * v, axis=1), rtol=0, atol=1e-4 * size)
    if transfer is not tt.leaky_relu:
        bend = (through(ahead) - through(behind)) / (2 * STEP)
        assert np.allclose(bend, through.hessian_product(c, v), rtol=0, atol=1e-3 * size)
    h, u = through.curvature(c)
    dense = h[:, :, None] * np.eye(3) - np.einsum("nki,nkj->nij", u, u)
    bound = through.bound * (1 + 1e-9)
    assert np.all(np.linalg.eigvalsh(dense) >= -1e-9 * size)
    assert np.all(np.linalg.eigvalsh(dense) <= bound)
    assert np.allclose(through.potential(0 * c), 0, atol=1e-12)


@pytest.mark.parametrize("transfer", [tt.sigmoid, tt.softmax, tt.softplus], ids=str)
def test_a_student_of_codes_is_fitted_by_either_loss_and_stands_for_the_layer(transfer, tmp_path):
    x, y = data(transfer)
    pca = BregmanPCA(2, transfer, tolerance=1e-8).fit(y)
    layer, codes = pca.to_layer(), pca.transform(y)
    through = ThroughLayer(layer)
    start = tn.Student.principal(x, codes, features=tn.monomials(2), rank=4)
    schedule = tn.Schedule(6, rank=4, ridge=1e-6)
    squares = tn.fit(start, x, codes, schedule=schedule).student
    matched = tn.fit(squares, x, through.targets(y), schedule=schedule, loss=through)
    for student in (squares, matched.student):
        whole = ComposedStudent(student, layer)
        assert np.mean(transfer.loss(whole.preactivation(x), y)) < 0.1 * pca.total_divergence_
        assert whole.parameters == student.parameters + layer.directions.size + layer.mean.size
    assert all(b <= a + 1e-9 for a, b in zip(matched.losses, matched.losses[1:], strict=False))
    reached, before = (np.mean(through.loss(fitted(x), through.targets(y))) for fitted in (matched.student, squares))
    assert reached <= before + 1e-6
    whole.save(tmp_path / "student.safetensors")
    assert np.array_equal(ComposedStudent.load(tmp_path / "student.safetensors")(x), whole(x))
    with pytest.raises(ValueError, match="composed student"):
        BregmanLayer.load(tmp_path / "student.safetensors")


@each
def test_a_layer_survives_a_file_and_becomes_a_torch_module(transfer, tmp_path):
    layer = layer_of(transfer)
    codes = np.random.default_rng(0).standard_normal((5, 3))
    layer.save(tmp_path / "layer.safetensors")
    again = BregmanLayer.load(tmp_path / "layer.safetensors")
    assert again.transfer == transfer
    assert np.array_equal(again(codes), layer(codes))
    assert layer.bytes == 8 * layer.parameters == 8 * (21 + 7)
    with torch.no_grad():
        module = to_torch(layer)
        assert np.allclose(module(torch.from_numpy(codes)).numpy(), layer(codes), rtol=1e-12, atol=1e-14)
    assert {name: tuple(p.shape) for name, p in module.named_parameters()} == {
        "linear.weight": (7, 3),
        "linear.bias": (7,),
    }


def test_errors_say_what_to_do(tmp_path):
    through = ThroughLayer(layer_of(tt.sigmoid))
    with pytest.raises(ValueError, match=r"ThroughLayer\.targets"):
        through.check(np.zeros((2, 7)), "fit")
    for method in (through.inverse, through.conjugate):
        with pytest.raises(NotImplementedError, match="closed form"):
            method(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="ComposedStudent"):
        through.to_json()
    layer_of(tt.sigmoid).save(tmp_path / "layer")
    with pytest.raises(ValueError, match="bregman layer"):
        ComposedStudent.load(tmp_path / "layer")


# -- fused kernels ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("transfer", [tt.sigmoid, tt.tanh, tt.LeakyReLU(0.3), tt.algebraic, tt.elu, tt.arctan], ids=str)
@given(seed=seeds, size=st.sampled_from([1e-3, 1.0, 30.0, 1e4]), dtype=st.sampled_from([np.float32, np.float64]))
def test_fused_kernels_and_their_twins_are_potential_transfer_and_slope(transfer, seed, size, dtype):
    rng = np.random.default_rng(seed)
    z = (size * rng.standard_normal((4, 5))).astype(dtype)
    y, w = transfer(rng.standard_normal((4, 5)).astype(dtype)), rng.uniform(0.1, 1, 5).astype(dtype)
    expected = ((transfer.primitive(z) - y * z) @ w, w * (transfer(z) - y), w * transfer.derivative(z))
    tolerance = 64 * np.finfo(dtype).eps
    foreign = map(array_api_strict.asarray, (z, y, w))
    for found in (transfer.rows(z, y, w), transfer.rows(*foreign)):
        value, residual, slope = map(np.asarray, found)
        assert value.dtype == residual.dtype == slope.dtype == dtype
        terms = np.abs(transfer.primitive(z)) + np.abs(y * z) + np.abs(z)
        assert np.all(np.abs(value - expected[0]) <= tolerance * (1 + terms.sum(axis=1)))
        assert np.all(np.abs(residual - expected[1]) <= tolerance * (1 + np.abs(transfer(z))))
        assert np.allclose(slope, expected[2], rtol=0, atol=tolerance)


@given(seed=seeds, rows=st.integers(3, 6))
def test_a_curvature_of_many_rows_bends_alike_in_both_kernels(seed, rows):
    rng = np.random.default_rng(seed)
    left, site, right, h, weights = (rng.standard_normal((9, width)) for width in (2, 2, 3, 4, 1))
    u, theta = rng.standard_normal((9, rows, 4)), rng.standard_normal((2, 2, 4, 3))
    arguments = (left, site, right, h, u, weights[:, 0], theta)
    scale = np.abs(u).max() ** 2 * np.abs(theta).max() * 1e4
    assert np.allclose(
        compiled.curve_inside(*arguments), twins.curve_inside(*arguments), rtol=0, atol=EPS * scale * 100
    )
