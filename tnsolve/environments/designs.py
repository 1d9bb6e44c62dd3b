"""Where loops leave no messages: a network without one region, contracted with the site vectors of every sample."""

from collections.abc import Sequence
from itertools import chain

from tnsolve.algebra.arrays import Array, Pool, namespace
from tnsolve.algebra.contraction import contracted
from tnsolve.algebra.legs import Core, without
from tnsolve.networks.abstract import LABEL, AbstractNetwork, Region

SAMPLE = "n"
BLOCK = 512


def design(network: AbstractNetwork, region: Region, features: Sequence[Array], pool: Pool) -> Array:
    """rows[n] with z[n, m] = rows[n, m] . theta, or rows[n] . theta[m] where theta, the region's tensor, has the label.

           y
           |
        [ cores ]--D        the sample is a leg that all site vectors share, so one plan contracts a block of them;
         |  |  |            even blocks of `BLOCK` or a little more have one plan, found once
         o--o--o--n

    features : one (N, d_s) per site    ->    (N, m, D), or (N, D) with the label; D counts the region's other legs
    Cost: that of the plan, linear in N. Memory: its result, and what lies between for one block on each worker.
    """
    whole = network.merge(region)
    head = (SAMPLE,) if LABEL in whole.legs else (SAMPLE, LABEL)
    outside = [core for site, core in enumerate(network.cores) if site not in region]

    def block(rows: slice) -> Array:
        vectors = [Core(values[rows, ...], (SAMPLE, f"x{site}")) for site, values in enumerate(features)]
        found = contracted((*outside, *vectors), (*head, *without(whole.legs, LABEL)))
        return namespace(found).reshape(found, (*found.shape[: len(head)], -1))

    def blocks(span: slice) -> list[Array]:
        count = span.stop - span.start
        parts = Pool(count, BLOCK).spans(count)
        return [block(slice(span.start + part.start, span.start + part.stop)) for part in parts]

    return namespace(*features).concat(list(chain(*pool.map(blocks, features[0].shape[0]))), axis=0)
