"""Wider bonds and narrower ones: growth along principal directions, along the steepest ones, and exact cuts."""

from math import prod
from typing import TypeVar

from tnsolve.algebra import linalg
from tnsolve.algebra.legs import matrix, without
from tnsolve.environments.abstract import AbstractEnvironment
from tnsolve.networks.abstract import AbstractNetwork, Region
from tnsolve.schedule import Step

N = TypeVar("N", bound=AbstractNetwork)


def expanded(network: N, environment: AbstractEnvironment, region: Region, step: Step) -> N:
    """Widen the bond by which the sweep entered a core, along the steepest directions of the loss (AMEn, DMRG3S).

    With the cores s (entered from) and t = region, the gradient in their joint tensor, less its part in the span of s,
    is a matrix (legs of s | legs of t); its leading left singular vectors become new directions of s, with zeros in t.
    The function does not change; the next solve at t can use them (`proofs/sweeps/gauge.py`).
    At most `step.expand` directions, up to `step.rank`, by default the network's own.   Cost: one gradient.
    """
    (target,) = region
    tree = network.topology
    if tree is None or target == network.label:
        return network
    source = tree.path(target, network.label)[1]
    bond = tree.bonds[source, target]
    rest, beyond = without(network.cores[source].legs, bond), without(network.cores[target].legs, bond)
    known = matrix(network.cores[source], rest, (bond,))
    most = network.rank if step.rank is None else step.rank
    room = min(most, known.shape[0], prod(network.cores[target].dims(beyond))) - known.shape[1]
    if room <= 0:
        return network
    problem = environment.problem(network, (source, target))
    theta = problem.theta(network.merge((source, target)), network.scale)
    slope = problem.core(problem.gradient(theta))
    steepest, size, _ = linalg.svd(linalg.less(matrix(slope, rest, beyond), known))
    count = min(room, step.expand, linalg.numerical_rank(size))
    return network.expanded(source, target, linalg.orthogonal_to(steepest[:, :count], known)) if count else network


def grown(network: N, environment: AbstractEnvironment, rank: int) -> N:
    """Widen every bond to `rank` along the directions that the environment asks for, met by zeros: the function stays.

    From the leaves to the label, each core gets the leading eigenvectors of a moment of its legs, less its own span:
    for samples the principal directions of what enters it, for layers those of what the network still misses.
    A network with loops is left as it is.   Cost: a moment and an eigendecomposition for each core.
    """
    tree = network.topology
    if tree is None:
        return network
    network = network.centred((network.label,))
    for parent, child in reversed(tree.outward(network.label)):
        bond = tree.bonds[parent, child]
        rest = without(network.cores[child].legs, bond)
        known = matrix(network.cores[child], rest, (bond,))
        room = min(rank, known.shape[0]) - known.shape[1]
        if room > 0:
            moment = environment.growth(network, (child,), rest)
            network = network.expanded(child, parent, linalg.leading_directions(moment, room, known))
    return network


def compressed(network: N, step: Step) -> N:
    """Cut every bond as `step` says, in canonical gauge: the two-site tour without a solve."""
    for region, onto in network.tour(Step(sites=2)):
        network = network.centred(region)
        network, _ = network.split(region, network.merge(region), onto, step, network.scale)
    return network
