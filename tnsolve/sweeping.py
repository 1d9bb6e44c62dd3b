"""The sweep: every algorithm of the package is this loop with another network, environment or local solver."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import TypeVar

from tnsolve import linalg
from tnsolve.environments.abstract import AbstractEnvironment
from tnsolve.environments.samples import Samples
from tnsolve.legs import matrix, without
from tnsolve.local.abstract import AbstractLocal, Info
from tnsolve.networks.loopfree import AbstractLoopFree, Region
from tnsolve.problems import Penalty
from tnsolve.schedule import Step

N = TypeVar("N", bound=AbstractLoopFree)


@dataclass(frozen=True)
class Visit:
    """What happened at one region: the local solve, the cut, and whether it was taken back.

    discarded : |theta - cut|^2 / |theta|^2, in canonical gauge the relative squared error of the whole tensor
    """

    region: Region
    info: Info
    discarded: float
    taken_back: bool = False


def sweep(
    network: N,
    environment: AbstractEnvironment,
    local: AbstractLocal,
    step: Step,
    *,
    penalty: Penalty | None = None,
    guard: AbstractEnvironment | None = None,
    observe: Callable[[Visit], None] = lambda visit: None,
) -> N:
    """One sweep over the network's tour; the penalised loss never rises at a visit that cuts nothing.

    The penalty, by default `step.ridge` in the units of the first region, is held for the sweep: in canonical gauge
    |theta| is the norm of the whole tensor, so every visit lowers one and the same objective
    (`proofs/sweeps/monotone.py`). A cut that raises the loss of `guard` (held-out samples) above what it was before the
    visit is taken back.
    """
    for region, onto in network.tour(step.sites, step.travel):
        network = network.centred(region)
        if step.expand and step.sites == 1:
            network = expanded(network, environment, region, step)
        problem = environment.problem(network, region)
        start = problem.theta(network.merge(region), network.scale)
        penalty = penalty or Penalty.relative(step.ridge, problem, start)
        theta, info = local.solve(problem, start, penalty.at(problem))
        metric = partial(environment.moment, network, region) if step.metric else None
        trial, discarded = network.split(region, problem.core(theta), onto, step, -problem.shift, metric)
        worse = discarded > 0 and guard is not None and guard.loss(trial) > guard.loss(network)
        network = network if worse else trial
        observe(Visit(region, info, discarded / linalg.inner(theta, theta) if discarded else 0.0, worse))
    return network


def expanded(network: N, environment: Samples, region: Region, step: Step) -> N:
    """Widen the bond by which the sweep entered a core, along the steepest directions of the loss (AMEn, DMRG3S).

    With the cores s (entered from) and t = region, the gradient in their joint tensor, less its part in the span of s,
    is a matrix (legs of s | legs of t); its leading left singular vectors become new directions of s, with zeros in t.
    The function does not change; the next solve at t can use them (`proofs/sweeps/gauge.py`).
    Cost: one product with the adjoint.
    """
    (target,) = region
    if target == network.label:
        return network
    source = network.topology.path(target, network.label)[1]
    bond = network.topology.bonds[source, target]
    rest, beyond = without(network.cores[source].legs, bond), without(network.cores[target].legs, bond)
    known = matrix(network.cores[source], rest, (bond,))
    room = min(step.rank, known.shape[0], prod(network.cores[target].dims(beyond))) - known.shape[1]
    if room <= 0:
        return network
    problem = environment.problem(network, (source, target))
    theta = problem.theta(network.merge((source, target)), network.scale)
    slope = problem.rmv(problem.residual(problem.mv(theta)))
    steepest, size, _ = linalg.svd(linalg.less(matrix(problem.core(slope), rest, beyond), known))
    count = min(room, step.expand, linalg.numerical_rank(size))
    return network.expanded(source, target, linalg.orthogonal_to(steepest[:, :count], known)) if count else network


def grown(network: N, environment: Samples, rank: int) -> N:
    """Widen every bond to `rank` along the principal directions of the samples, met by zeros: the function stays.

    From the leaves to the label, each core gets the leading eigenvectors of the second moment of what enters it, less
    its own span.   Cost: a moment of (rank d)^2 pairs and an eigendecomposition per core.
    """
    network = network.centred((network.label,))
    for parent, child in reversed(network.topology.outward(network.label)):
        bond = network.topology.bonds[parent, child]
        rest = without(network.cores[child].legs, bond)
        known = matrix(network.cores[child], rest, (bond,))
        room = min(rank, known.shape[0]) - known.shape[1]
        if room > 0:
            moment = environment.moment(network, (child,), rest)
            network = network.expanded(child, parent, linalg.leading_directions(moment, room, known))
    return network


def compressed(network: N, step: Step) -> N:
    """Cut every bond as `step` says, in canonical gauge: the two-site tour without a solve."""
    for region, onto in network.tour(2):
        network = network.centred(region)
        network, _ = network.split(region, network.merge(region), onto, step, network.scale)
    return network
