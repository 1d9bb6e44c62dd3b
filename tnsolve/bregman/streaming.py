"""Bregman PCA of a stream: batches come and go, a quadratic model of the loss in every row of [V, m] stays."""

from dataclasses import dataclass, replace

from tnsolve.algebra.arrays import Array, Pool, namespace
from tnsolve.algebra.kernels import kernels_for
from tnsolve.bregman.alternation import alternate, principal
from tnsolve.bregman.layer import BregmanLayer
from tnsolve.bregman.regressions import solved_rows
from tnsolve.transfer import AbstractTransfer

FORGETTING = 0.6
"""The t-th batch counts t^-0.6: below 1, so that early codes are forgotten; above 1/2, so that noise averages out."""


@dataclass(frozen=True, eq=False)
class Stream:
    """All that is kept of the batches seen.

    layer      as it stands
    curvature  (d, K (K + 1) / 2) packed, linear (d, K), K = k + 1: for each unit, the forgetful average over
               batches of the quadratic expansion of its loss, 1/2 theta.A theta - b.theta, where [V, m] was then
    centre     mean activation (d,)    batches  how many    weight  their total weight
    """

    layer: BregmanLayer
    curvature: Array
    linear: Array
    centre: Array
    batches: int
    weight: float

    @classmethod
    def begun(
        cls, y: Array, weights: Array, total: float, components: int, transfer: AbstractTransfer, pool: Pool
    ) -> "Stream":
        """Bregman PCA of the first batch.   weights : (N,) of sum 1    total : what they summed to before."""
        start = principal(y, weights, components, transfer)
        found = alternate(*start, y, weights, sweeps=20, tolerance=1e-3, pool=pool)
        return cls(found.layer, *expansion(found.layer, found.codes, y, weights), weights @ y, 1, total)

    def updated(self, y: Array, weights: Array, total: float, pool: Pool) -> "Stream":
        """The codes of a batch, its expansion averaged in, and the minimiser of the average.   Cost O(N d k^2)."""
        codes = self.layer.encode(y, pool=pool)
        rate = (self.batches + 1) ** -FORGETTING
        fresh = expansion(self.layer, codes, y, weights)
        curvature, linear = (
            old + rate * (new - old) for old, new in zip((self.curvature, self.linear), fresh, strict=True)
        )
        theta = solved_rows(curvature, linear)
        weight = self.weight + total
        return replace(
            self,
            layer=replace(self.layer, directions=theta[:, :-1], mean=theta[:, -1]),
            curvature=curvature,
            linear=linear,
            centre=self.centre + total / weight * (weights @ y - self.centre),
            batches=self.batches + 1,
            weight=weight,
        )


def expansion(layer: BregmanLayer, codes: Array, y: Array, weights: Array) -> tuple[Array, Array]:
    """A, packed (d, K (K + 1) / 2), and b (d, K) of the loss in each row of [V, m], at fixed codes; K = k + 1.

    Of the Hessian only the diagonal h is used, which for softmax is an upper bound of it. With the gradient it gives
    the normal equations of a weighted least squares, whose responses are h z - (f(z) - y).
    """
    xp = namespace(codes)
    design = xp.concat([codes, xp.ones_like(codes[:, :1])], axis=1)
    z = layer.preactivation(codes)
    h, _ = layer.transfer.curvature(z)
    response = h * z - (layer.transfer(z) - y)
    return (weights[:, None] * h).T @ kernels_for(design).pairs(design), (weights[:, None] * response).T @ design
