"""The layers of low rank that a tensor network has to beat: truncated SVD and reduced-rank regression."""

from typing import Any, overload

from tnsolve import checks
from tnsolve.algebra import linalg
from tnsolve.algebra.arrays import Array, namespace
from tnsolve.environments.metrics import Metric
from tnsolve.environments.moments import Moments
from tnsolve.models.linear_layer import Layer
from tnsolve.networks.low_rank import low_rank


def truncated_svd(layer: Moments | Array, rank: int) -> Layer:
    """The nearest matrix of a rank, |T - W|^2 = sum of the squared singular values left out (Eckart and Young).

    layer : a weight W (N_y, N_x), or the `Moments` of one, to which the bias is refitted
    Its network is an MPO of two cores (`networks.low_rank`). Raises ValueError for a rank that is not 1 ... min(N_y,
    N_x).   Cost O(N_y N_x min(N_y, N_x)).
    """
    moments, dtype = _taken(layer, None, None, "truncated_svd")
    plain = Moments.data_free(moments.best)
    return _layer(plain, moments, rank, "truncated_svd", dtype)


@overload
def reduced_rank(layer: Moments, rank: int, /) -> Layer: ...
@overload
def reduced_rank(layer: Moments, *, rank: int) -> Layer: ...
@overload
def reduced_rank(
    layer: Array, covariance: Array | None = None, rank: int | None = None, *, metric: Array | Metric | None = None
) -> Layer: ...
def reduced_rank(layer: Any, covariance: Any = None, rank: Any = None, *, metric: Any = None) -> Layer:
    """Minimise tr A (T - W) C (T - W)' over matrices T of a rank: T = A^-1/2 [A^1/2 W C^1/2]_rank C^-1/2.

    [.]_rank is the truncated SVD, and the minimum is the sum of the squared singular values it leaves out. Where A or C
    is singular its pseudo-inverse is meant: T is zero on inputs that do not occur and into outputs that do not count.

    reduced_rank(moments, rank)                              of a layer's `Moments`, to which the bias is refitted
    reduced_rank(weight, covariance, rank, metric=metric)    W (N_y, N_x), C (N_x, N_x), A (N_y, N_y); None for I

    Its network is an MPO of two cores (`networks.low_rank`): it can be called, saved, cut, polished and exported.
    Cost O((N_x + N_y)^3).   Raises ValueError for a rank that is not 1 ... min(N_y, N_x).
    Source: Izenman, "Reduced-rank regression for the multivariate linear model", J. Multivariate Analysis 5 (1975).
    """
    if isinstance(layer, Moments) and rank is None:
        covariance, rank = None, covariance
    moments, dtype = _taken(layer, covariance, metric, "reduced_rank")
    return _layer(moments, moments, rank, "reduced_rank", dtype)


def affordable_rank(parameters: int, shape: tuple[int, int]) -> int:
    """The largest rank at which two factors of a (N_y, N_x) matrix have at most `parameters` numbers; 0 for none."""
    return min(parameters // sum(shape), *shape)


def _taken(layer: Any, covariance: Any, metric: Any, call: str) -> tuple[Moments, Any]:
    """Moments of what a baseline was given, and the dtype that its numbers shall have."""
    if not isinstance(layer, Moments):
        weight = checks.array(layer, f"{call}(weight=...)", ndim=2)
        return Moments.of_covariance(weight, covariance, metric=metric), weight.dtype
    if covariance is not None or metric is not None:
        raise ValueError(f"{call}(moments, rank) takes covariance and metric from the Moments; leave them out.")
    return layer, layer.cross.dtype


def _layer(seen: Moments, judged: Moments, rank: Any, call: str, dtype: Any) -> Layer:
    """The best layer of a rank in some moments, with the bias that belongs to it in others."""
    rows, columns = seen.cross.shape
    try:
        rank = checks.count(rank, "rank", 1, min(rows, columns))
    except ValueError as error:
        raise ValueError(
            f"{call}(rank={rank!r}) of a {(rows, columns)} weight must be 1 to {min(rows, columns)}."
        ) from error
    outer = None if seen.metric is None else linalg.roots(seen.metric.matrix)
    inner = None if seen.covariance is None else linalg.roots(seen.covariance)
    whole = seen.best if outer is None else outer[0] @ seen.best
    u, s, v = linalg.svd(whole if inner is None else whole @ inner[0])
    left, right = u[:, :rank], s[:rank, None] * v[:rank, :]
    centre = 1 if outer is None else None
    if outer is not None:
        left = outer[1] @ left
    if inner is not None:
        right = right @ inner[1]
    bias = judged.bias(left @ right)
    xp = namespace(left)
    left, right, bias = (xp.astype(each, dtype, copy=False) for each in (left, right, bias))
    return Layer(low_rank(left, right, centre=centre), bias, columns)
