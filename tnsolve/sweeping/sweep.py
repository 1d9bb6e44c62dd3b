"""The sweep: every algorithm of the package is this loop with another network, environment or local solver."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from tnsolve.algebra import linalg
from tnsolve.environments.abstract import AbstractEnvironment
from tnsolve.local.abstract import AbstractLocal, Info
from tnsolve.networks.abstract import AbstractNetwork, Region
from tnsolve.problems import Penalty
from tnsolve.schedule import Step
from tnsolve.sweeping.growth import expanded

N = TypeVar("N", bound=AbstractNetwork)


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
    for region, onto in network.tour(step):
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
