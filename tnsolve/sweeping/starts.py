"""Where a fit begins: random, principal directions, or linear regression embedded exactly."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from math import log
from operator import mul

import numpy as np

from tnsolve.algebra.arrays import Array, contiguous, device_of, namespace
from tnsolve.algebra.legs import Core
from tnsolve.algebra.linalg import leading_directions, numerical_rank, svd
from tnsolve.environments.samples import Samples
from tnsolve.networks.mps import MPS
from tnsolve.schedule import Step
from tnsolve.sweeping.balance import constant_of, require_balance, require_digits, root_mean_square
from tnsolve.sweeping.growth import compressed, grown
from tnsolve.sweeping.regression import generalised_regression


def random(data: Samples, rank: int | Sequence[int], *, label: int | None, seed: int | np.random.Generator) -> MPS:
    """Normal entries, rescaled so that the outputs on the data have root mean square 1.   Cost: one prediction."""
    require_balance(data, "Student.random")
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
    Products over many unrelated columns live on a few samples. Where they do, and every map contains the
    constant 1, the wings hold 1 and the rank - 1 principal components of the columns themselves instead.
    Cost O(N (rank d)^2) a site.   Source: Fan (1949), leading directions lose least; proofs/sweeps/subspaces.py.
    """
    require_balance(data, "Student.principal")
    references = [leading_directions(rows.T @ (data.weights[:, None] * rows), 1) for rows in data.features]
    label = len(references) // 2 if label is None else label
    many = len(references) >= MANY and _carriers(data, references) < FEW
    if many and (units := _constants(data)):
        return _tangent(data, units, rank, label)
    arrays = [reference[None, :, :] for reference in references]
    arrays[label] = _blank(data, references[label].shape[0], 1, 1)
    return grown(replace(MPS.of(arrays, label=label), centre=label), data, rank)


MANY, FEW = 64, 0.25
"""From so many columns on, a product feature must be carried by that share of the samples: or its size is that of
outliers."""


def _carriers(data: Samples, directions: list[Array]) -> float:
    """The share of the samples that carries the product of all e_k . phi_k: E[p]^2 / E[p^2] for its squares p."""
    xp = namespace(data.weights)
    logs = xp.zeros(data.samples, dtype=xp.float64, device=device_of(data.weights))
    for rows, e in zip(data.features, directions, strict=True):
        size = xp.astype(xp.abs(rows @ e)[:, 0], xp.float64)
        logs = logs + xp.log(xp.maximum(size, float(xp.finfo(data.weights.dtype).smallest_normal)))
    shares = xp.exp(2 * (logs - xp.max(logs)))
    weights = xp.astype(data.weights, xp.float64)
    return float(xp.sum(weights * shares) ** 2 / xp.sum(weights * shares**2))


def _constants(data: Samples) -> list[Array] | None:
    """For each site the e (d,) with e . phi = 1 on all samples; None unless every site has one."""
    found = []
    for rows in data.features:
        e = constant_of(rows, data.weights)
        if e is None:
            return None
        found.append(e)
    return found


def _tangent(data: Samples, units: list[Array], rank: int, label: int) -> MPS:
    """The zero function with wings that hold 1 and the leading principal components of their site vectors."""
    xp = namespace(data.weights)
    wings = []
    for sites in (range(label), range(len(units) - 1, label, -1)):
        references = [_reference(units[k], data.features[k], data.weights) for k in sites]
        complements = [leading_directions(_projector(e), e.shape[0] - 1) for e in references]
        none = xp.zeros((data.samples, 0), dtype=data.weights.dtype, device=device_of(data.weights))
        columns = [data.features[k] @ complement for k, complement in zip(sites, complements, strict=True)]
        design = xp.concat([none, *columns], axis=1)
        loadings = _loadings(design, data.weights, rank - 1)
        ends = list(accumulate((complement.shape[1] for complement in complements), initial=0))
        terms = [
            Term(e, complement, loadings[begin:end, :])
            for e, complement, begin, end in zip(references, complements, ends, ends[1:], strict=False)
        ]
        wings.append(_wing(terms, loadings))
    (left, into), (right, back) = wings
    middle = _blank(data, data.features[label].shape[1], 1 + into.shape[0], 1 + back.shape[0])
    mirrored = [contiguous(xp.permute_dims(core, (2, 1, 0))) for core in reversed(right)]
    return MPS.of([*left, middle, *mirrored], label=label).centred((label,))


def _loadings(design: Array, weights: Array, count: int) -> Array:
    """Leading principal directions of weighted columns, less their means: (columns, at most `count`)."""
    centred = design - weights @ design
    _, singular, directions = svd(weights[:, None] ** 0.5 * centred)
    kept = min(count, numerical_rank(singular)) if singular.shape[0] else 0
    return contiguous(namespace(design).permute_dims(directions[:kept, :], (1, 0)))


def _blank(data: Samples, dim: int, left: int, right: int) -> Array:
    """A label core of zeros."""
    shape = (left, dim, data.targets.shape[1], right)
    return namespace(data.weights).zeros(shape, dtype=data.weights.dtype, device=device_of(data.weights))


def affine(data: Samples, units: list[Array | None], ridge: float, *, label: int | None) -> MPS:
    """Regression on one site at a time, z = b + sum_k w_k . phi_k(x_k), as an MPS of rank at most 1 + outputs.

    units : per site, e_k with e_k . phi_k = 1, or None where the map cannot express 1. Where every site has one, this
    is linear regression on the site vectors, embedded exactly; elsewhere 1 is replaced by the leading principal
    direction of the site vectors, and term k is multiplied by those of all other sites (the tangent space of a product
    state).
    A bond holds the product so far and, beside it, what the sites behind it say of the outputs: their terms themselves
    while these are fewer than the outputs, else a sum for each output. No rank exceeds 1 + min(outputs, sum (d_k - 1)
    over the sites on its outer side).

    ridge : relative to the mean square of each column, so that the scale of a column of x does not matter
    Cost: one regression with 1 + sum (d_k - 1) columns. One output gives rank 2.
    Source: Novikov et al. (arXiv 1605.03795), section 4: affine functions have TT rank 2; proofs/ranks/affine.py.
    """
    require_digits(data, "Student.affine")
    references = [_reference(unit, rows, data.weights) for unit, rows in zip(units, data.features, strict=True)]
    complements = [leading_directions(_projector(e), e.shape[0] - 1) for e in references]
    sizes = [root_mean_square(rows @ e, data.weights) for rows, e in zip(data.features, references, strict=True)]
    exact = all(unit is not None for unit in units)
    theta, scales = _regression(data, references, complements, sizes, ridge, exact)
    label = len(references) // 2 if label is None else label
    terms, bases, at = [], [], 1
    for e, complement, size in zip(references, complements, sizes, strict=True):
        own = slice(at, at + complement.shape[1])
        terms.append(Term.of(theta[own, :]))
        bases.append(_basis(e / size, complement / scales[own]))
        at = own.stop
    left, into = _wing(terms[:label], theta)
    right, back = _wing(terms[:label:-1], theta)
    middle = _label_core(terms[label], theta[0, :], into, back)
    xp = namespace(theta)
    mirrored = [contiguous(xp.permute_dims(core, (2, 1, 0))) for core in reversed(right)]
    network = MPS.of([*left, middle, *mirrored], label=label)
    rounding = len(references) * float(xp.finfo(theta.dtype).eps)
    network = compressed(network, Step(rank=1 + theta.shape[1], cutoff=rounding**2))
    arrays = [_expressed(core, basis) for core, basis in zip(network.cores, bases, strict=True)]
    return MPS.of(arrays, label=label, scale=network.scale)


def _basis(unit: Array, complement: Array) -> Array:
    """Rows that make of a site vector components of mean square 1 : (d, d)."""
    xp = namespace(unit)
    return xp.concat([unit[None, :], xp.permute_dims(complement, (1, 0))], axis=0)


def _expressed(core: Core, basis: Array) -> Array:
    """A core on the components of a site vector as a core on the site vector."""
    xp = namespace(basis)
    return contiguous(xp.moveaxis(xp.tensordot(core.data, basis, axes=([1], [0])), -1, 1))


@dataclass(frozen=True)
class Term:
    """What one site adds to an affine function, (site vector @ columns) @ theta: (m,).

    unit : (d,), the direction that stands for 1    columns : (d, d - 1), the others    theta : (d - 1, m)
    """

    unit: Array
    columns: Array
    theta: Array

    @staticmethod
    def of(theta: Array) -> "Term":
        """For site vectors whose first component stands for 1."""
        xp = namespace(theta)
        unit = xp.eye(theta.shape[0] + 1, dtype=theta.dtype, device=device_of(theta))
        return Term(unit[0, :], unit[:, 1:], theta)


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
    data: Samples, references: list[Array], complements: list[Array], sizes: list[float], ridge: float, exact: bool
) -> tuple[Array, Array]:
    """Weights (1 + sum (d_k - 1), m) of the matching loss on the product of all (e_j . phi_j / size_j) and, for each
    site k, on its complementary components times that product over the other sites; and the root mean squares that
    these columns were divided by.

    exact : whether that product is 1. A quadratic loss is then fitted to targets less their mean, which keeps the
    digits of small differences between large targets.
    """
    xp = namespace(data.weights)
    ones = [rows @ e / size for rows, e, size in zip(data.features, references, sizes, strict=True)]
    before = list(accumulate(ones, mul, initial=xp.ones_like(ones[0])))
    after = list(accumulate(reversed(ones), mul, initial=xp.ones_like(ones[0])))[::-1]
    columns = [before[-1][:, None]]
    for k, (rows, complement) in enumerate(zip(data.features, complements, strict=True)):
        columns.append((rows @ complement) * (before[k] * after[k + 1])[:, None])
    design = xp.concat(columns, axis=1)
    scales = [root_mean_square(design[:, k], data.weights) for k in range(design.shape[1])]
    scale = xp.asarray(scales, dtype=design.dtype, device=device_of(design))
    # Beside the largest component of its site, the coefficient of one as small as rounding would drown all others.
    beside = [sizes[0], *(size for size, basis in zip(sizes, complements, strict=True) for _ in range(basis.shape[1]))]
    least = 10 * float(xp.finfo(design.dtype).eps) * xp.asarray(beside, dtype=design.dtype, device=device_of(design))
    design = xp.where(scale < least, xp.zeros_like(design), design)
    targets, mean = data.targets, xp.zeros_like(data.targets[0, :])
    if exact and data.transfer.quadratic:
        wide = xp.astype(data.weights, xp.float64) @ xp.astype(targets, xp.float64)
        mean = xp.astype(wide, targets.dtype)
        targets = xp.astype(xp.astype(targets, xp.float64) - wide, targets.dtype)
    theta = generalised_regression(
        design / scale, targets, data.weights, data.transfer, ridge, steps=20, tolerance=1e-6
    )
    return xp.concat([theta[:1, :] / scale[0] + mean, theta[1:, :]], axis=0), scale


def _wing(terms: list[Term], like: Array) -> tuple[list[Array], Array]:
    """Cores (a, d, b) from an outer end inward, and how what arrives adds to the outputs: (b - 1, m).

    Component 0 of a bond is the product so far; the others are the terms so far, or their sum for each output.
    """
    xp = namespace(like)
    m = like.shape[1]
    cores, carried = [], xp.zeros((0, m), dtype=like.dtype, device=device_of(like))
    for term in terms:
        r, d = carried.shape[0], term.unit.shape[0]
        everything = xp.concat([carried, term.theta], axis=0)
        if everything.shape[0] <= m:
            after, onward = everything, xp.eye(everything.shape[0], dtype=like.dtype, device=device_of(like))
        else:
            after, onward = xp.eye(m, dtype=like.dtype, device=device_of(like)), everything
        core = xp.zeros((1 + r, d, 1 + onward.shape[1]), dtype=like.dtype, device=device_of(like))
        core[0, :, 0] = term.unit
        core[0, :, 1:] = term.columns @ onward[r:, :]
        core[1:, :, 1:] = term.unit[None, :, None] * onward[:r, None, :]
        cores.append(core)
        carried = after
    return cores, carried


def _label_core(term: Term, bias: Array, left: Array, right: Array) -> Array:
    """Adds what both wings bring, the site's own term and the bias: (1 + left, d, m, 1 + right)."""
    xp = namespace(bias)
    shape = (1 + left.shape[0], term.unit.shape[0], bias.shape[0], 1 + right.shape[0])
    core = xp.zeros(shape, dtype=bias.dtype, device=device_of(bias))
    core[0, :, :, 0] = term.columns @ term.theta + xp.linalg.outer(term.unit, bias)
    core[1:, :, :, 0] = left[:, None, :] * term.unit[None, :, None]
    core[0, :, :, 1:] = term.unit[:, None, None] * xp.permute_dims(right, (1, 0))[None, :, :]
    return core
