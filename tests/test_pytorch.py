"""The torch module is the student; its gradient is that of the matching loss; training by it lowers the loss."""

from math import exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tnsolve as tn
from tnsolve.networks.mps import MPS

torch = pytest.importorskip("torch")

from tnsolve.pytorch import _Data, to_torch, train_by_gradient  # noqa: E402

MAPS = [tn.monomials(3), tn.trigonometric(), tn.legendre(3), tn.chebyshev(2), tn.hermite(2), tn.hats(3), tn.fourier(3)]
TRANSFERS = [tn.identity, tn.tanh, tn.relu, tn.sigmoid, tn.softmax, tn.softplus]


def random_student(maps, transfer, label, sites, scale=0.0, dtype=np.float64, rank=3, outputs=3):
    maps = maps if isinstance(maps, list) else [maps] * sites
    network = MPS.random([m.dim for m in maps], outputs, rank, label=label, dtype=dtype)
    network = MPS(network.cores, scale=scale)
    return tn.Student(network, tn.ProductFeatures(tuple(maps)), transfer)


def uniform(samples, sites, dtype=np.float64):
    return np.random.default_rng(3).uniform(size=(samples, sites)).astype(dtype)


@given(
    maps=st.sampled_from(MAPS),
    transfer=st.sampled_from(TRANSFERS),
    place=st.tuples(st.integers(1, 6), st.integers(0, 5)).filter(lambda place: place[1] < place[0]),
    scale=st.floats(-3, 3),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_the_module_is_the_student(maps, transfer, place, scale, dtype):
    sites, label = place
    student = random_student(maps, transfer, label, sites, scale, dtype)
    x = uniform(9, sites, dtype)
    module = to_torch(student)
    z, y = module.preactivation(torch.from_numpy(x)), module(torch.from_numpy(x))
    # Each site adds rank x dim products of relative error eps; |z| is bounded by the product of the norms.
    size = exp(scale) * np.prod([np.linalg.norm(core.data) for core in student.network.cores])
    size *= max(np.prod([np.linalg.norm(phi[n]) for phi in student.features(x)]) for n in range(len(x)))
    bound = 4 * sites * 3 * maps.dim * np.finfo(dtype).eps * size
    assert z.detach().numpy().dtype == dtype
    assert np.abs(z.detach().numpy() - student.preactivation(x)).max() <= bound
    assert np.abs(y.detach().numpy() - student(x)).max() <= bound + 16 * np.finfo(dtype).eps * np.abs(student(x)).max()
    again = module.to_student()
    assert np.abs(again.preactivation(x) - student.preactivation(x)).max() <= bound


def test_sites_may_have_different_maps():
    student = random_student([tn.monomials(2), tn.legendre(4), tn.trigonometric()], tn.tanh, 1, 3)
    x = uniform(5, 3)
    assert np.allclose(to_torch(student)(torch.from_numpy(x)).detach().numpy(), student(x), rtol=0, atol=1e-13)


@pytest.mark.parametrize("transfer", TRANSFERS, ids=lambda transfer: transfer.name)
def test_the_gradient_is_that_of_the_matching_loss(transfer):
    student = random_student(tn.monomials(2), transfer, 1, 3)
    x = uniform(8, 3)
    y = transfer(np.random.default_rng(0).standard_normal((8, 3)))
    module, data = to_torch(student), _Data.of(student, x, y, "test")
    loss = data.differentiated(module)
    step = 1e-6
    for core in module.cores:
        slope, place = core.grad.flatten()[1], core.detach().flatten()
        ends = []
        for sign in (1, -1):
            place[1] += sign * step
            ends.append(data.loss(module))
            place[1] -= sign * step
        # Central differences: error step^2 in the third derivative, and eps |loss| / step from rounding.
        assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(float(slope), abs=1e-8 * (1 + loss))


@pytest.mark.parametrize("optimiser", ["adam", "lbfgs"])
@pytest.mark.parametrize("transfer", [tn.softmax, tn.tanh], ids=lambda transfer: transfer.name)
def test_training_lowers_the_loss_and_gives_a_student_back(optimiser, transfer):
    x = uniform(60, 6)
    y = random_student(tn.monomials(2), transfer, 2, 6)(x)
    start = tn.Student.principal(x, y, features=tn.monomials(2), transfer=transfer, rank=3)
    threads = torch.get_num_threads()
    trained, history = train_by_gradient(start, x, y, optimiser=optimiser, epochs=8, batch=20, validation=(x, y))
    assert torch.get_num_threads() == threads
    assert [row["epoch"] for row in history] == list(range(8))
    losses = [float(np.mean(transfer.loss(student.preactivation(x), y))) for student in (start, trained)]
    assert losses[1] < losses[0] / 2
    assert losses[1] == pytest.approx(min(row["validation"] for row in history), rel=1e-9)
    assert trained.parameters == start.parameters


def test_the_same_seed_gives_the_same_student_and_a_hopeless_rate_gives_the_start_back():
    x = uniform(40, 4)
    y = random_student(tn.monomials(2), tn.identity, 2, 4)(x)
    start = tn.Student.principal(x, y, features=tn.monomials(2), rank=2)
    one, two = (train_by_gradient(start, x, y, epochs=3, batch=10, seed=5)[0] for _ in range(2))
    assert np.array_equal(one(x), two(x))
    lost, _ = train_by_gradient(start, x, y, epochs=2, learning_rate=1e200, validation=(x, y))
    assert np.array_equal(lost(x), start(x))


def test_an_unknown_optimiser_is_named():
    x = uniform(4, 2)
    student = random_student(tn.monomials(2), tn.identity, 0, 2)
    with pytest.raises(ValueError, match=r"optimiser='sgd'\) is unknown; use 'adam' or 'lbfgs'"):
        train_by_gradient(student, x, student(x), optimiser="sgd")
