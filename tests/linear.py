"""Shared by the tests of linear layers: networks of every family, moments of every kind, and their dense oracles."""

from math import prod

import numpy as np
from hypothesis import strategies as st

from tnsolve.environments.moments import Moments
from tnsolve.networks.cp import CP
from tnsolve.networks.mera import MERA
from tnsolve.networks.mpo import MPO
from tnsolve.networks.tree import Tree

EPS = np.finfo(float).eps
seeds = st.integers(0, 2**32 - 1)


def mirrored(family):
    """The family with a second pyramid for the outputs."""
    return lambda *arguments, **named: family(*arguments, mirrored=True, **named)


RANDOM = {
    "MPO": MPO.random,
    "Tree": Tree.random,
    "mirrored Tree": mirrored(Tree.random),
    "MERA": MERA.random,
    "mirrored MERA": mirrored(MERA.random),
    "CP": CP.random,
}
DECOMPOSED = {
    "MPO": MPO.from_dense,
    "Tree": Tree.from_dense,
    "mirrored Tree": mirrored(Tree.from_dense),
    "MERA": MERA.from_dense,
    "mirrored MERA": mirrored(MERA.from_dense),
}


@st.composite
def legs(draw, most=5):
    """Input and output legs that every family can take: no more outputs than inputs."""
    dims = st.integers(1, 3)
    inputs = draw(st.lists(dims, min_size=2, max_size=most))
    outputs = draw(st.lists(dims, min_size=1, max_size=min(3, len(inputs))))
    return tuple(inputs), tuple(outputs)


@st.composite
def networks(draw, families=tuple(RANDOM)):
    """A random network of any family, in no gauge, or centred somewhere if it has gauges."""
    inputs, outputs = draw(legs(4))
    made = RANDOM[draw(st.sampled_from(families))](inputs, outputs, draw(st.integers(1, 3)), seed=draw(seeds))
    site = draw(st.none() | st.integers(0, len(made.cores) - 1))
    return made if site is None else made.centred((site,))


@st.composite
def moments(draw, network):
    """Moments for a network: white or correlated inputs, with and without an output metric, linear targets or not."""
    kind, rng = (
        draw(st.sampled_from(("free", "metric", "layer", "weighted", "targets"))),
        np.random.default_rng(draw(seeds)),
    )
    rows, columns = prod(network.outputs), prod(network.inputs)
    weight = rng.standard_normal((rows, columns))
    half = rng.standard_normal((rows, rows + 2))
    metric = half @ half.T / (rows + 2) if kind in ("metric", "weighted", "targets") else None
    if kind in ("free", "metric"):
        return Moments.data_free(weight, metric=metric)
    x = rng.standard_normal((3 * columns + 5, columns)) @ rng.standard_normal((columns, columns)) / columns**0.5
    if kind == "targets":
        return Moments.of(x, np.tanh(x @ weight.T) + 1, metric=metric)
    return Moments.of_layer(x, weight, metric=metric)


@st.composite
def problems(draw, families=tuple(RANDOM)):
    """A network and moments for it."""
    network = draw(networks(families))
    return network, draw(moments(network))


def by_einsum(network):
    """The matrix of a network by one numpy.einsum over all cores."""
    letters = {}
    terms = []
    for core in network.cores:
        terms += [core.data, [letters.setdefault(leg, len(letters)) for leg in core.legs]]
    ends = [letters[leg] for leg in (*network.output_legs, *network.input_legs)]
    whole = np.einsum(*terms, ends) * np.exp(network.scale)
    return whole.reshape(prod(network.outputs), prod(network.inputs))


def rounding(network):
    """What rounding may do to an entry of the matrix: eps * (multiply-adds in a chain) * (product of norms)."""
    norms = prod(max(1e-300, float(np.linalg.norm(core.data))) for core in network.cores)
    return 16 * EPS * (network.parameters + 16) * norms * np.exp(network.scale)


def regions(network):
    """Every region of one core, and of two neighbours where there are no loops."""
    single = [(site,) for site in range(len(network.cores))]
    return single if network.topology is None else [*single, *network.topology.bonds]


def jacobian(network, region, problem):
    """The linear map from a region's theta to the entries of the matrix, column by column: (N_y N_x, theta)."""
    columns = []
    for place in range(prod(problem.shape)):
        unit = np.zeros(problem.shape)
        unit.flat[place] = 1
        columns.append(substituted(network, region, problem.core(unit)).ravel())
    return np.stack(columns, axis=1)


def substituted(network, region, core):
    """The matrix of a network whose region is replaced by one tensor."""
    letters = {}
    terms = []
    for part in [core, *(other for site, other in enumerate(network.cores) if site not in region)]:
        terms += [part.data, [letters.setdefault(leg, len(letters)) for leg in part.legs]]
    ends = [letters[leg] for leg in (*network.output_legs, *network.input_legs)]
    return np.einsum(*terms, ends).reshape(prod(network.outputs), prod(network.inputs))


def hessian(given):
    """A kron C as a dense matrix on the entries of a weight."""
    rows, columns = given.cross.shape
    metric = np.eye(rows) if given.metric is None else given.metric.matrix
    covariance = np.eye(columns) if given.covariance is None else given.covariance
    return np.kron(metric, covariance)


def condition(given):
    """Condition number of the covariance, by which a best weight errs."""
    return 1.0 if given.covariance is None else float(np.linalg.cond(given.covariance))
