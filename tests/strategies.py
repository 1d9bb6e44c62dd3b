"""Shared Hypothesis strategies: small networks on random features, and the dense oracles they are held against."""

from dataclasses import dataclass, replace
from functools import reduce
from math import exp, prod

import array_api_strict
import numpy as np
from hypothesis import strategies as st

import tnsolve.transfer as tt
from tnsolve.algebra.arrays import Pool
from tnsolve.algebra.legs import Core
from tnsolve.environments.samples import Samples
from tnsolve.networks.mps import MPS

EPS = np.finfo(np.float64).eps
TRANSFERS = [
    *(tt.identity, tt.leaky_relu, tt.relu, tt.elu, tt.softplus, tt.exp, tt.sigmoid, tt.tanh, tt.arctan, tt.algebraic),
    *(tt.softmax, tt.Softmax(temperature=2.0), tt.TemperedSoftmax(temperature=4.0, soft=0.7)),
]
seeds = st.integers(0, 2**32 - 1)
dtypes = st.sampled_from([np.float32, np.float64])
transfers = st.sampled_from(TRANSFERS)
small = st.integers(1, 4)
chains = st.integers(1, 8)
outputs = st.integers(1, 3)
a_dozen = st.integers(1, 12)
double = st.just(np.float64)
pools = st.builds(Pool, workers=st.integers(1, 3), smallest=st.integers(1, 4))


@dataclass(frozen=True)
class Case:
    """A network and the samples it is fitted to."""

    network: MPS
    data: Samples

    @property
    def regions(self):
        """Every region of one or two neighbouring cores, two in both orders."""
        sites = range(self.network.sites)
        return [*((s,) for s in sites), *((s, s + 1) for s in sites[:-1]), *((s + 1, s) for s in sites[:-1])]


@st.composite
def networks(draw, sites=chains, dims=small, ranks=small, outputs=outputs):
    """An MPS of any shape, ranks above the exact ones included; entries scaled as in `MPS.random`."""
    n, m = draw(sites), draw(outputs)
    d = draw(st.lists(dims, min_size=n, max_size=n))
    r = [1, *draw(st.lists(ranks, min_size=n - 1, max_size=n - 1)), 1]
    label = draw(st.integers(0, n - 1))
    rng = np.random.default_rng(draw(seeds))
    shapes = [(r[s], d[s], *((m,) if s == label else ()), r[s + 1]) for s in range(n)]
    arrays = [rng.standard_normal(shape) / (shape[0] * shape[1]) ** 0.5 for shape in shapes]
    return MPS.of(arrays, label=label, scale=draw(st.floats(-3, 3)))


@st.composite
def cases(draw, network=None, transfer=transfers, samples=a_dozen, dtype=double):
    """A network with samples of random site vectors, targets in the range of the transfer, unequal weights."""
    network = draw(networks() if network is None else network)
    transfer, rows, dtype = draw(transfer), draw(samples), draw(dtype)
    rng = np.random.default_rng(draw(seeds))
    features = tuple(rng.standard_normal((rows, d)).astype(dtype) for d in network.dims)
    targets = transfer(2 * rng.standard_normal((rows, network.outputs))).astype(dtype)
    weights = rng.uniform(0.1, 1, rows)
    data = Samples(features, targets, (weights / weights.sum()).astype(dtype), transfer, draw(pools))
    return Case(cast(network, lambda a: a.astype(dtype)), data)


def cast(network, function):
    """The network with `function` applied to the data of every core."""
    return replace(network, cores=tuple(Core(function(core.data), core.legs) for core in network.cores))


def strict(case):
    """The same case in arrays that allow nothing beyond the array-API standard."""
    asarray = array_api_strict.asarray
    data = Samples(
        tuple(map(asarray, case.data.features)),
        asarray(case.data.targets),
        asarray(case.data.weights),
        case.data.transfer,
        case.data.pool,
    )
    return Case(cast(case.network, asarray), data)


def dense(network):
    """W (d_1, ..., d_n, outputs), contracted from left to right."""
    whole = reduce(lambda left, core: np.tensordot(left, core.data, 1), network.cores, np.ones(1))
    return np.moveaxis(whole[..., 0], network.label + 1, -1) * exp(network.scale)


def product_rows(features):
    """phi_1 x ... x phi_n for every sample, (N, product of dims)."""
    return reduce(lambda a, b: (a[:, :, None] * b[:, None, :]).reshape(len(a), -1), features)


def dense_predictions(network, features):
    """z (N, outputs) by the dense tensor."""
    return product_rows(features) @ dense(network).reshape(-1, network.outputs)


def rounding(network, features=()):
    """What rounding may do to an entry of W, or of z where features are given: backward stable contractions and QRs
    err by eps * (multiply-adds in a chain) * (product of the norms of all factors)."""
    eps = np.finfo(network.cores[0].data.dtype).eps
    steps = sum(core.data.size for core in network.cores) + 8 * network.sites
    norms = prod(float(np.linalg.norm(core.data)) for core in network.cores) * exp(network.scale)
    rows = prod(float(np.max(np.linalg.norm(f, axis=1))) for f in features)
    return 8 * eps * steps * norms * rows


def dense_design(problem):
    """The linear map of a problem as a matrix (N outputs, size of theta)."""
    theta = np.zeros(problem.shape, problem.weights.dtype)
    columns = []
    for place in np.ndindex(*problem.shape):
        theta[place] = 1
        columns.append(problem.mv(theta).ravel())
        theta[place] = 0
    return np.stack(columns, axis=1)


def sizes(problem):
    """The problem with every factor replaced by its absolute value: it maps sizes to sums of sizes of terms."""
    factors = {name: np.abs(part) for name, part in vars(problem.map).items() if isinstance(part, np.ndarray)}
    return replace(problem, map=replace(problem.map, **factors))


def sums(problem):
    """Rounding of a sum over samples and theta, relative to the sum of the sizes of its terms."""
    eps = np.finfo(problem.weights.dtype).eps
    return 4 * eps * (problem.weights.shape[0] + np.prod(problem.shape) + 8)


def noise(problem, theta, penalty):
    """What rounding may do to the objective: that of z times the largest slope of the loss, and that of a sum."""
    reach = float(np.max(sizes(problem).mv(np.abs(theta))))
    top = np.exp(reach) if problem.transfer.bound == np.inf else (1 + problem.transfer.bound) * (1 + reach)
    slope = top + float(np.max(np.abs(problem.targets)))
    return 4 * sums(problem) * ((1 + reach) * slope * problem.targets.shape[1] + penalty * float(np.sum(theta**2)))


def objective(problem, theta, penalty):
    """loss(mv(theta)) + penalty / 2 |theta|^2."""
    return problem.loss(problem.mv(theta)) + penalty / 2 * float(np.sum(theta**2))


def same_bits(a, b):
    """Whether two networks agree in every bit of every core, in legs, centre and scale."""
    pairs = zip(a.cores, b.cores, strict=True)
    return (a.centre, a.scale) == (b.centre, b.scale) and all(
        p.legs == q.legs and p.data.shape == q.data.shape and p.data.tobytes() == q.data.tobytes() for p, q in pairs
    )
