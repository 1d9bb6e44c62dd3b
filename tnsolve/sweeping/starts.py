"""Where a fit begins: random, principal directions, or linear regression embedded exactly."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from math import log
from operator import mul

import numpy as np

from tnsolve.algebra.arrays import Array, contiguous, namespace
from tnsolve.algebra.linalg import leading_directions
from tnsolve.environments.samples import Samples
from tnsolve.networks.mps import MPS
from tnsolve.schedule import Step
from tnsolve.sweeping.growth import compressed, grown
from tnsolve.sweeping.regression import generalised_regression


def random(data: Samples, rank: int | Sequence[int], *, label: int | None, seed: int | np.random.Generator) -> MPS:
    """Normal entries, rescaled so that the outputs on the data have root mean square 1.   Cost: one prediction."""
    xp = namespace(data.weights)
    dims = [rows.shape[1] for rows in data.features]
    network = MPS.random(dims, data.targets.shape[1], rank, label=label, seed=seed)
    arrays = [xp.asarray(core.data, dtype=data.weights.dtype, device=data.weights.device) for core in network.cores]
    network = MPS.of(arrays, label=network.label).centred((network.label,))
    problem = data.problem(network, (network.label,))
    core = problem.theta(network.cores[network.label], -problem.shift)
    square = float(xp.sum(data.weights[:, None] * problem.mv(core) ** 2)) / data.targets.shape[1]
    return replace(network, scale=-problem.shift - (log(square) / 2 if square > 0 else 0.0))


def principal(data: Samples, rank: int, *, label: int | None) -> MPS:
    """Isometric wings along the principal directions of what enters each core, and a zero label core.

    From the ends to the label, core s holds the leading eigenvectors of the second moment of message x site vector;
    the function is zero, and the first solve is regression on `rank` principal product features from either side.
    Cost O(N (rank d)^2) a site.   Source: Fan (1949), leading directions lose least; proofs/sweeps/subspaces.py.
    """
    references = [leading_directions(rows.T @ (data.weights[:, None] * rows), 1) for rows in data.features]
    label = len(references) // 2 if label is None else label
    outputs = data.targets.shape[1]
    xp = namespace(data.weights)
    arrays = [reference[None, :, :] for reference in references]
    zeros = xp.zeros((1, references[label].shape[0], outputs, 1), dtype=data.weights.dtype, device=data.weights.device)
    arrays[label] = zeros
    return grown(replace(MPS.of(arrays, label=label), centre=label), data, rank)


def affine(data: Samples, units: list[Array | None], ridge: float, *, label: int | None) -> MPS:
    """Regression on one site at a time, z = b + sum_k w_k . phi_k(x_k), as an MPS of rank at most 1 + outputs.

    units : per site, e_k with e_k . phi_k = 1, or None where the map cannot express 1. Where every site has one, this
    is linear regression on the site vectors, embedded exactly; elsewhere 1 is replaced by the leading principal
    direction of the site vectors, and term k is multiplied by those of all other sites (the tangent space of a product
    state).
    Cost: one regression with 1 + sum (d_k - 1) columns. One output gives rank 2.
    Source: Novikov et al. (arXiv 1605.03795), section 4: affine functions have TT rank 2; proofs/ranks/affine.py.
    """
    xp = namespace(data.weights)
    references = [_reference(unit, rows, data.weights) for unit, rows in zip(units, data.features, strict=True)]
    complements = [leading_directions(_projector(e), e.shape[0] - 1) for e in references]
    sizes = [
        float(xp.sum(data.weights * (rows @ e) ** 2)) ** 0.5 for rows, e in zip(data.features, references, strict=True)
    ]
    theta = _regression(data, references, complements, sizes, ridge)
    label = len(references) // 2 if label is None else label
    arrays, at = [], 1
    for site, (e, complement, size) in enumerate(zip(references, complements, sizes, strict=True)):
        own = size * (complement @ theta[at : at + complement.shape[1], :])
        at += complement.shape[1]
        core = _label_core(e, own, theta[0, :]) if site == label else _wing_core(e, own, leftward=site > label)
        core = core[:1, ...] if site == 0 else core
        arrays.append(contiguous(core[..., :1] if site == len(references) - 1 else core))
    network = MPS.of(arrays, label=label, scale=-sum(log(size) for size in sizes))
    rounding = len(references) * float(xp.finfo(theta.dtype).eps)
    return compressed(network, Step(rank=1 + theta.shape[1], cutoff=rounding**2))


def _reference(unit: Array | None, rows: Array, weights: Array) -> Array:
    """The unit vector e of a site whose e . phi stands for 1."""
    if unit is None:
        return leading_directions(rows.T @ (weights[:, None] * rows), 1)[:, 0]
    return unit / namespace(unit).linalg.vector_norm(unit)


def _projector(e: Array) -> Array:
    """I - e e'."""
    xp = namespace(e)
    return xp.eye(e.shape[0], dtype=e.dtype, device=e.device) - xp.linalg.outer(e, e)


def _regression(
    data: Samples, references: list[Array], complements: list[Array], sizes: list[float], ridge: float
) -> Array:
    """Weights (1 + sum (d_k - 1), m) of the matching loss on the product of all (e_j . phi_j / size_j) and, for each
    site k, on its complementary components times that product over the other sites."""
    xp = namespace(data.weights)
    ones = [rows @ e / size for rows, e, size in zip(data.features, references, sizes, strict=True)]
    before = list(accumulate(ones, mul, initial=xp.ones_like(ones[0])))
    after = list(accumulate(reversed(ones), mul, initial=xp.ones_like(ones[0])))[::-1]
    columns = [before[-1][:, None]]
    for k, (rows, complement) in enumerate(zip(data.features, complements, strict=True)):
        columns.append((rows @ complement) * (before[k] * after[k + 1])[:, None])
    design = xp.concat(columns, axis=1)
    level = float(xp.sum(data.weights[:, None] * design**2)) / design.shape[1]
    return generalised_regression(
        design, data.targets, data.weights, data.transfer, ridge * level, steps=20, tolerance=1e-6
    )


def _wing_core(e: Array, own: Array, leftward: bool) -> Array:
    """(product so far, m partial sums) -> the same with this site's term added: (1 + m, d, 1 + m).   own : (d, m)."""
    xp = namespace(e)
    d, m = own.shape
    core = xp.zeros((1 + m, d, 1 + m), dtype=e.dtype, device=e.device)
    core[0, :, 1:] = own
    for q in range(1 + m):
        core[q, :, q] = e
    return xp.permute_dims(core, (2, 1, 0)) if leftward else core


def _label_core(e: Array, own: Array, bias: Array) -> Array:
    """Adds the partial sums of both wings, the site's own term and the bias: (1 + m, d, m, 1 + m)."""
    xp = namespace(e)
    d, m = own.shape
    core = xp.zeros((1 + m, d, m, 1 + m), dtype=e.dtype, device=e.device)
    core[0, :, :, 0] = own + xp.linalg.outer(e, bias)
    for q in range(m):
        core[1 + q, :, q, 0] = e
        core[0, :, q, 1 + q] = e
    return core
