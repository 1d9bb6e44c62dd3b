"""The torch module is the student; its gradient is that of the matching loss; training by it lowers the loss."""

from dataclasses import replace
from math import exp, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tnsolve as tn
from tnsolve.contests.linear import LinearStudent
from tnsolve.models.composed import Composed
from tnsolve.models.perceptron import Teacher
from tnsolve.networks.mps import MPS
from tnsolve.networks.scales import BEARABLE

torch = pytest.importorskip("torch")

from tnsolve.pytorch import to_torch, train_by_gradient  # noqa: E402
from tnsolve.pytorch.training import Data  # noqa: E402

EPS = np.finfo(np.float64).eps
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
    module, data = to_torch(student), Data.of(student, x, y, "test")
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


# -- every model -----------------------------------------------------------------------------------------------------


def linear_layer(network):
    rows, columns = prod(network.outputs), prod(network.inputs)
    return tn.Layer(network, np.random.default_rng(1).standard_normal(rows - 1), columns - 1)


def teacher(hidden=tn.tanh):
    rng = np.random.default_rng(2)
    return Teacher(
        (rng.standard_normal((4, 6)), rng.standard_normal((6, 3))),
        (rng.standard_normal(6), rng.standard_normal(3)),
        hidden,
    )


def bregman_layer(transfer=tn.sigmoid):
    rng = np.random.default_rng(4)
    return tn.BregmanLayer(rng.standard_normal((5, 3)), rng.standard_normal(5), transfer)


def on_features(network, maps, transfer=tn.softmax):
    return tn.Student(network, tn.ProductFeatures.of(maps, 5), transfer)


LINEAR = {
    "MPO": tn.MPO.random((2, 3, 2), (3, 2, 2), 3, seed=0),
    "MPO of unequal ends": tn.MPO.random((2, 3, 2), (3, 4), 3, seed=0),
    "tree": tn.Tree.random((2, 3, 2), (3, 2), 3, seed=0),
    "mirrored tree": tn.Tree.random((2, 3, 2), (3, 2, 2), 3, mirrored=True, seed=0),
    "MERA": tn.MERA.random((2, 2, 2, 2), (3, 2), 3, seed=0),
    "CP": tn.CP.random((2, 3, 2), (3, 2), 4, seed=0),
}
MODELS = {
    **{name: linear_layer(network) for name, network in LINEAR.items()},
    "chain": random_student(tn.trigonometric(), tn.softmax, 2, 5, scale=2.0),
    "one site": random_student(tn.monomials(2), tn.tanh, 0, 1),
    "feature tree": on_features(tn.Tree.on_features((2,) * 5, 3, 3, seed=1), tn.trigonometric()),
    "feature MERA": on_features(tn.MERA.on_features((3,) * 5, 3, 3, seed=1), tn.legendre(3), tn.tanh),
    "categories": on_features(tn.Tree.on_features((2,) * 5, 1, 3, seed=1), tn.onehot(2), tn.sigmoid),
    "codes": bregman_layer(),
    "softmax codes": bregman_layer(tn.softmax),
    "composed student": tn.ComposedStudent(random_student(tn.trigonometric(), tn.identity, 2, 5), bregman_layer()),
    "composed": Composed(linear_layer(tn.MPO.random((2, 3), (2, 2), 2, seed=0)), bregman_layer()),
    "linear student": LinearStudent(np.random.default_rng(5).standard_normal((5, 3)), tn.softmax),
    "perceptron": teacher(),
    "perceptron with softplus": teacher(tn.softplus),
}
every_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def rows(model, samples):
    """Inputs within the range of every model: 0 and 1 for categories."""
    x = uniform(samples, model.inputs)
    return np.round(x) if isinstance(model, tn.Student) and model.features.maps[0].discrete else x


def tolerance(module, y):
    """Of a value: eps for each number that takes part in it, in units of the cores' norms."""
    size = prod(max(1.0, float(p.detach().double().norm())) for p in module.parameters())
    return 64 * EPS * (1 + np.abs(y).max(initial=0)) * size


@every_model
def test_the_module_of_every_model_is_that_model(model):
    x = rows(model, 7)
    module, y = to_torch(model), model(x)
    assert np.abs(module(torch.from_numpy(x)).detach().numpy() - y).max() <= tolerance(module, y)
    assert all(parameter.requires_grad for parameter in module.parameters())


@every_model
@pytest.mark.parametrize("lead", [(), (0,), (1,), (5,), (2, 3), (2, 0), (1, 2, 2)], ids=str)
def test_modules_take_leading_axes_as_torch_linear_does(model, lead):
    module, x = to_torch(model), rows(model, prod(lead))
    y = module(torch.from_numpy(x.reshape(*lead, -1) if x.size else np.zeros((*lead, model.inputs)))).detach()
    flat = module(torch.from_numpy(x)).detach()
    assert y.shape == (*lead, flat.shape[1])
    assert torch.allclose(y.reshape(flat.shape), flat, rtol=0, atol=tolerance(module, flat.numpy()))


@every_model
@pytest.mark.filterwarnings("ignore:`torch.jit.trace:DeprecationWarning")
def test_traces_take_any_number_of_samples(model):
    module = to_torch(model)
    traced = torch.jit.trace(module, torch.from_numpy(rows(model, 3)))
    for samples in (0, 1, 2, 8):
        x = torch.from_numpy(rows(model, samples))
        assert torch.equal(traced(x), module(x))


@every_model
def test_exports_take_any_number_of_samples(model):
    module = to_torch(model)
    batch = {0: torch.export.Dim("batch")}
    exported = torch.export.export(module, (torch.from_numpy(rows(model, 3)),), dynamic_shapes=(batch,)).module()
    for samples in (0, 1, 2, 8):
        x = torch.from_numpy(rows(model, samples))
        assert torch.allclose(exported(x), module(x), rtol=0, atol=tolerance(module, module(x).detach().numpy()))


@every_model
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_modules_may_be_made_less_precise(model, dtype):
    module, x = to_torch(model), torch.from_numpy(rows(model, 4))
    exact, short = module(x).detach(), to_torch(model).to(dtype)(x.to(dtype))
    assert short.dtype == dtype
    size = prod(max(1.0, float(p.detach().norm())) for p in module.parameters())
    assert (short.double() - exact).abs().max() <= 64 * torch.finfo(dtype).eps * (1 + exact.abs().max()) * size


@every_model
def test_the_state_of_a_module_goes_into_another(model):
    x = torch.from_numpy(rows(model, 4))
    one, two = to_torch(model), to_torch(model)
    with torch.no_grad():
        for parameter in one.parameters():
            parameter.mul_(1.25)
    assert not torch.equal(one(x), two(x))
    two.load_state_dict(one.state_dict())
    assert torch.equal(one(x), two(x))


@every_model
def test_training_a_module_leaves_the_model_alone(model):
    x = rows(model, 4)
    before = model(x)
    module = to_torch(model)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
    assert np.array_equal(model(x), before)


@pytest.mark.parametrize("network", LINEAR.values(), ids=LINEAR)
@pytest.mark.parametrize("scale", [0.0, 5.0])
def test_a_layer_comes_back_and_may_be_one_matrix(network, scale):
    layer = linear_layer(replace(network, scale=scale))
    x = uniform(6, layer.inputs)
    module, dense = to_torch(layer), to_torch(layer, dense=True)
    assert isinstance(dense, torch.nn.Linear)
    assert len(list(module.parameters())) == len(network.cores) + 1
    for y in (module.to_layer()(x), dense(torch.from_numpy(x)).detach().numpy()):
        assert np.abs(y - layer(x)).max() <= tolerance(module, layer(x))


@pytest.mark.parametrize("name", ["chain", "one site", "feature tree", "feature MERA", "categories"])
def test_a_student_comes_back(name):
    student = MODELS[name]
    x, module = rows(student, 6), to_torch(student)
    again = module.to_student()
    assert type(again.network) is type(student.network)
    assert np.abs(again(x) - student(x)).max() <= tolerance(module, student(x))
    z = module.preactivation(torch.from_numpy(x)).detach().numpy()
    assert np.abs(z - student.preactivation(x)).max() <= tolerance(module, z)


def test_what_is_no_model_is_named():
    for other in (None, np.eye(2), torch.nn.Linear(2, 2)):
        with pytest.raises(TypeError, match=rf"to_torch\(model\) takes a Student, .* not a {type(other).__name__}"):
            to_torch(other)


def test_training_wants_a_chain():
    student = MODELS["feature tree"]
    with pytest.raises(ValueError, match=r"start=\.\.\.\) has a Tree"):
        train_by_gradient(student, uniform(4, 5), student(uniform(4, 5)))


# -- there and back, however long ------------------------------------------------------------------------------------


@pytest.mark.parametrize("sites", [200, 600])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_long_chain_comes_back_sound(sites, dtype):
    x = uniform(40, sites, dtype)
    y = np.sin(x[:, :1] * 6).astype(dtype)
    start = tn.Student.principal(x, y, features=tn.trigonometric(), rank=3)
    student = tn.fit(start, x, y, schedule=tn.Schedule(sweeps=2, ridge=1e-3)).student
    again = to_torch(student).to_student()
    assert np.allclose(again(x), student(x), rtol=0, atol=sites * 64 * np.finfo(dtype).eps)
    ours, theirs = student.spectra(), again.spectra()
    assert all(np.allclose(ours[bond], theirs[bond], rtol=0, atol=sites * 64 * np.finfo(dtype).eps) for bond in ours)
    further = tn.fit(again, x, y, schedule=tn.Schedule(sweeps=1, ridge=1e-3))
    assert np.isfinite(further.losses[0])
    assert further.losses[0] <= 1.1 * float(np.mean(student.transfer.loss(student.preactivation(x), y))) + 1e-3


@given(
    power=st.integers(-300, 300),
    sites=st.integers(1, 8),
    dtype=st.sampled_from([np.float32, np.float64]),
    scale=st.floats(-30, 30),
)
def test_the_size_of_parameters_moves_into_the_scale_and_moves_no_bit(power, sites, dtype, scale):
    student = random_student(tn.monomials(2), tn.identity, 0, sites, scale, dtype)
    module = to_torch(student)
    power = power if dtype == np.float64 else power // 4
    with torch.no_grad():
        module.cores[0].mul_(2.0**power)
    network = module.to_student().network
    assert sum(abs(np.frexp(np.abs(core.data).max())[1]) for core in network.cores) <= BEARABLE
    for core, parameter in zip(network.cores, module.cores, strict=True):
        mantissas = [np.frexp(array)[0] for array in (core.data, parameter.detach().numpy())]
        assert np.array_equal(*mantissas)
    before = [p.detach().numpy() for p in module.cores]
    after = [core.data for core in network.cores]
    sizes = [sum(np.log(np.abs(array.astype(float)).max()) for array in arrays) for arrays in (before, after)]
    assert network.scale + sizes[1] == pytest.approx(sizes[0], abs=1e-9 * (1 + abs(power)))


def test_a_size_that_the_dtype_cannot_hold_is_named():
    student = random_student(tn.monomials(2), tn.identity, 0, 2, scale=400.0, dtype=np.float32)
    with pytest.raises(ValueError, match=r"to_torch\(...\) has entries near exp\((199|200).*float32"):
        to_torch(student)
