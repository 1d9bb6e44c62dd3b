"""The matrices of low rank that a tensor network has to beat: truncated SVD and reduced-rank regression."""

from dataclasses import dataclass

from tnsolve.algebra import linalg
from tnsolve.algebra.arrays import Array, namespace


@dataclass(frozen=True, eq=False)
class LowRank:
    """T = left @ right.    left : (N_y, rank)    right : (rank, N_x)"""

    left: Array
    right: Array

    @property
    def parameters(self) -> int:
        """rank (N_x + N_y)."""
        return self.left.size + self.right.size

    def to_dense(self) -> Array:
        """T : (N_y, N_x)."""
        return self.left @ self.right


def truncated_svd(weight: Array, rank: int) -> LowRank:
    """The nearest matrix of a rank, |T - W|^2 = sum of the squared singular values left out (Eckart and Young)."""
    return reduced_rank(weight, None, rank)


def reduced_rank(weight: Array, covariance: Array | None, rank: int, *, metric: Array | None = None) -> LowRank:
    """Minimise tr A (T - W) C (T - W)' over matrices T of a rank: T = A^-1/2 [A^1/2 W C^1/2]_rank C^-1/2.

    [.]_rank is the truncated SVD, and the minimum is the sum of the squared singular values it leaves out. Where A or C
    is singular its pseudo-inverse is meant: T is zero on inputs that do not occur and into outputs that do not count.

    weight W : (N_y, N_x)    covariance C : (N_x, N_x)    metric A : (N_y, N_y); None for the identity
    Cost O((N_x + N_y)^3).   Raises ValueError for a rank that is not 1 ... min(N_y, N_x).
    Source: Izenman, "Reduced-rank regression for the multivariate linear model", J. Multivariate Analysis 5 (1975).
    """
    if not 1 <= rank <= min(weight.shape):
        raise ValueError(
            f"reduced_rank(rank={rank}) of a {tuple(weight.shape)} weight must be 1 to {min(weight.shape)}."
        )
    outer, outer_inverse = roots(metric, weight.shape[0], weight)
    inner, inner_inverse = roots(covariance, weight.shape[1], weight)
    u, s, v = linalg.svd(outer @ weight @ inner)
    return LowRank(outer_inverse @ (u[:, :rank] * s[:rank]), v[:rank, :] @ inner_inverse)


def affordable_rank(parameters: int, shape: tuple[int, int]) -> int:
    """The largest rank at which two factors of a (N_y, N_x) matrix have at most `parameters` numbers; 0 for none."""
    return min(parameters // sum(shape), *shape)


def roots(matrix: Array | None, size: int, like: Array) -> tuple[Array, Array]:
    """The symmetric square root of a positive semi-definite matrix and its pseudo-inverse; identities for None.

    Eigenvalues below size eps of the largest are rounding and count as zero.
    """
    xp = namespace(like)
    if matrix is None:
        identity = xp.eye(size, dtype=like.dtype)
        return identity, identity
    values, vectors = xp.linalg.eigh((matrix + matrix.T) / 2)
    floor = size * float(xp.finfo(matrix.dtype).eps) * float(values[-1])
    kept = values > max(floor, 0.0)
    root = xp.sqrt(xp.where(kept, values, xp.zeros_like(values)))
    inverse = xp.where(kept, 1 / xp.where(kept, root, xp.ones_like(root)), xp.zeros_like(root))
    return (vectors * root) @ vectors.T, (vectors * inverse) @ vectors.T


def refitted_bias(student: Array, mean_x: Array, mean_y: Array) -> Array:
    """The best bias of y = T x + b in any output metric: b = E y - T E x.   mean_x : (N_x,)    mean_y : (N_y,)"""
    return mean_y - student @ mean_x
