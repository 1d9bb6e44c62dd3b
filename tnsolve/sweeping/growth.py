"""Wider bonds and narrower ones: growth along principal directions, along the steepest ones, and exact cuts."""

from math import prod
from typing import TypeVar

from tnsolve.algebra import linalg
from tnsolve.algebra.legs import matrix, without
from tnsolve.environments.samples import Samples
from tnsolve.networks.loopfree import AbstractLoopFree, Region
from tnsolve.schedule import Step

N = TypeVar("N", bound=AbstractLoopFree)


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
    for region, onto in network.tour(Step(sites=2)):
        network = network.centred(region)
        network, _ = network.split(region, network.merge(region), onto, step, network.scale)
    return network
