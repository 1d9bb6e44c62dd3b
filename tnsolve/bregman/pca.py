"""Bregman PCA in the manner of scikit-learn: fit, transform to codes, inverse_transform to activations."""

from dataclasses import dataclass, field, replace
from typing import Any, Self

from tnsolve import checks
from tnsolve.algebra.arrays import (
    Array,
    Pool,
    contiguous,
    default_workers,
    device_of,
    namespace,
    representative,
    spread,
)
from tnsolve.algebra.clock import Clock
from tnsolve.bregman.alternation import Decomposition, alternate, padded, settled, started
from tnsolve.bregman.gauge import canonical
from tnsolve.bregman.layer import BregmanLayer
from tnsolve.bregman.streaming import Stream
from tnsolve.fitting.solution import Solution
from tnsolve.transfer import AbstractTransfer, identity

SHARING = 500
"""Samples on which the components' shares of the explained divergence are measured."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """What a fit leaves: the layer and how it was found, the divergence that each component explains, the mean loss of
    all of them and of none."""

    solution: Solution[BregmanLayer]
    explained: Array
    divergence: float
    total: float


@dataclass(eq=False)
class BregmanPCA:
    """minimise over m, V, c_n:  sum_n w_n D_F(m + V c_n, f^-1(x_n)),   V' H_F(m) V = I,   F with gradient f = transfer.

    components  k, numbers in a code    transfer  of the layer that the activations x : (N, d) come from
    sweeps      at most    tolerance  stop when a sweep lowers the loss by less than this fraction of it
    workers     threads; the cores that this process may use by default

    For `identity` this is PCA. In general each activation is judged by the matching loss of its layer: near the mean a
    divergence is half the squared distance of codes, far from it saturated units cost nothing.

    mean_ (d,)         best of all constants; components_ (k, d) are the rows of V', by falling spread of the codes
    losses_            mean matching loss after each sweep, never rising; solution_ says why they ended
    divergence_        mean matching loss of the best codes; total_divergence_ that of the mean alone
    explained_divergence_ (k,)  by how much each component lowers it after those before it, codes cut short: the sum is
                       total_divergence_ - divergence_, shared out on about 500 samples

    Edge cases. An activation at an end of the range that f never attains (a saturated sigmoid, a zero of softmax) is
    read 1e-6 inside. A constant unit, dead ReLUs included, has a mean and a row of zeros. Components beyond the
    rank of the data are zero and so are their codes. Nothing is NaN. gelu and silu are no transfer functions here.

    Cost of a sweep O(N d k^2), memory O(N (d + k^2)); `partial_fit` keeps O(d k^2) whatever N.
    Source: Amid, Anil, Fifty and Warmuth, "Layerwise Bregman Representation Learning" (arXiv 2209.07080), section 3.
    """

    components: int
    transfer: AbstractTransfer = identity
    sweeps: int = field(default=100, kw_only=True)
    tolerance: float = field(default=1e-4, kw_only=True)
    workers: int | None = field(default=None, kw_only=True)
    fitted: Fitted | None = field(default=None, init=False, repr=False)
    stream: Stream | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self.components = checks.count(self.components, "BregmanPCA(components=...)")
        if not isinstance(self.transfer, AbstractTransfer):
            raise TypeError(
                f"BregmanPCA(transfer={self.transfer!r}) is no transfer function; pass one, such as tn.sigmoid, or get "
                f"it by name from tn.transfer_named(...)."
            )
        self.sweeps = checks.count(self.sweeps, "BregmanPCA(sweeps=...)")
        self.tolerance = checks.number(self.tolerance, "BregmanPCA(tolerance=...)")
        if self.workers is not None:
            self.workers = checks.count(self.workers, "BregmanPCA(workers=...)")

    def fit(self, x: Any, y: Any = None, *, weights: Array | None = None) -> Self:
        """Activations x : (N, d) in the closed range of the transfer function, weights : (N,) -> self. y is ignored.

        Starts from PCA of the pre-activations. A sweep is a damped Newton step on every code and on every row of
        [V, m] (on all of it at once for softmax).   Raises ValueError for values out of range or NaN.
        """
        self.fitted, self.stream = self._fit(x, weights)[0], None
        return self

    def fit_transform(self, x: Any, y: Any = None, *, weights: Array | None = None) -> Array:
        """The codes of the data that was fitted : (N, k)."""
        (self.fitted, codes), self.stream = self._fit(x, weights), None
        return codes

    def partial_fit(self, x: Any, y: Any = None, *, weights: Array | None = None) -> Self:
        """One batch of a stream; the first, of at least k samples, starts it. `explained_divergence_` is of this batch.

        A row of [V, m] moves towards the minimum of a quadratic model of its loss, averaged over the batches: numbers
        are kept, no samples. A batch counts by its weight (`streaming.Clock`); one without samples or weight changes
        nothing. Several passes come close to `fit`; there is no guarantee of descent.
        """
        call = "BregmanPCA.partial_fit"
        x = self._activations(x, call, self.stream and self.stream.layer, empty=True)
        total = total_weight(weights, call, x)
        if total == 0:
            return self
        w = checks.weights(weights, call, x)
        if self.stream is None and x.shape[0] < self.components:
            raise ValueError(
                f"BregmanPCA.partial_fit(x=...) starts with {x.shape[0]} samples for {self.components} components; "
                f"pass at least as many samples as components in the first batch."
            )
        pool = self._pool()
        with pool.running():
            if self.stream is None:
                self.stream = Stream.begun(x, w, total, self.components, self.transfer, pool)
            else:
                self.stream = self.stream.updated(x, w, total, pool)
            codes = self.stream.layer.encode(x, pool=pool)
            layer, codes = canonical(self.stream.layer, codes, w, self.stream.centre)
            loss, total = (float(namespace(x).sum(w * layer.loss(c, x))) for c in (codes, 0 * codes))
            self.fitted = self._summary(Decomposition(layer, codes, loss, total), x, w)[0]
        return self

    def transform(self, x: Any) -> Array:
        """Codes of activations x : (N, d) -> (N, k), each the minimum of its own convex loss."""
        layer, pool = self.to_layer(), self._pool()
        x = self._activations(x, "BregmanPCA.transform", layer, empty=True)
        with pool.running():
            return layer.encode(x, pool=pool)

    def inverse_transform(self, codes: Any) -> Array:
        """f(V c + m), the activations that codes (N, k) stand for : (N, d). N may be 0.

        Raises ValueError for codes of another length, NaN or infinity.
        """
        layer = self.to_layer()
        return layer(
            checks.array(codes, "BregmanPCA.inverse_transform(codes=...)", shape=(None, self.components), empty=True)
        )

    def to_layer(self) -> BregmanLayer:
        """The layer y = f(V c + m), to be put behind a student of codes."""
        return self.solution_.model

    @property
    def solution_(self) -> Solution[BregmanLayer]:
        """The layer, how its fit ended, with advice, and a row of statistics for each sweep; none after a stream."""
        return self._found().solution

    @property
    def mean_(self) -> Array:
        """m : (d,), before the transfer function."""
        return self.to_layer().mean

    @property
    def components_(self) -> Array:
        """V' : (k, d)."""
        return self.to_layer().directions.T

    @property
    def explained_divergence_(self) -> Array:
        """(k,)."""
        return self._found().explained

    @property
    def divergence_(self) -> float:
        """Mean matching loss of the reconstruction."""
        return self._found().divergence

    @property
    def total_divergence_(self) -> float:
        """Mean matching loss of the mean."""
        return self._found().total

    @property
    def losses_(self) -> tuple[float, ...]:
        """Mean matching loss after each sweep of `fit`."""
        return tuple(self.solution_.losses)

    def _fit(self, x: Any, weights: Array | None) -> tuple[Fitted, Array]:
        x = self._activations(x, "BregmanPCA.fit")
        w = checks.weights(weights, "BregmanPCA.fit", x)
        pool = self._pool()
        with pool.running():
            clock = Clock()
            start = started(x, w, self.components, self.transfer, pool)
            found = alternate(*start, x, w, sweeps=self.sweeps, tolerance=self.tolerance, pool=pool, begun=clock)
            return self._summary(settled(found, x, w, pool), x, w)

    def _summary(self, found: Decomposition, x: Array, w: Array) -> tuple[Fitted, Array]:
        """The fitted state and the codes, zero components added where the data has fewer than k."""
        layer, codes = padded(found.layer, found.codes, self.components)
        shares = explained_shares(layer, codes, x, w)
        explained = (found.total - found.divergence) * shares
        solution = Solution(layer, found.result, found.rows)
        return Fitted(solution, explained, found.divergence, found.total), codes

    def _activations(self, x: Any, call: str, layer: BregmanLayer | None = None, *, empty: bool = False) -> Array:
        """Activations that f attains, as many as the layer has units."""
        columns = None if layer is None else layer.mean.shape[0]
        return self.transfer.attained(checks.activations(x, call, self.transfer, columns, empty=empty))

    def _pool(self) -> Pool:
        return Pool(self.workers or default_workers(), smallest=512)

    def _found(self) -> Fitted:
        if self.fitted is None:
            raise AttributeError("this BregmanPCA has found nothing yet; call fit(x) or partial_fit(x) first.")
        return self.fitted


def total_weight(weights: Any, call: str, x: Array) -> float:
    """The sum of the weights (of their sizes, until `checks.weights` has refused negative ones); each is 1 for None."""
    xp = namespace(x)
    if weights is None or x.shape[0] == 0:
        return float(x.shape[0])
    wide = checks.array(weights, f"{call}(weights=...)", shape=(x.shape[0],), dtype=xp.float64)
    return float(xp.sum(xp.abs(wide)))


def explained_shares(layer: BregmanLayer, codes: Array, x: Array, w: Array) -> Array:
    """Fall of the mean loss as each component joins those before it, as a share of all : (k,), on about 500 samples.

    Codes cut short may fit a sample worse than the mean does, without bound for exp: the mean is then taken for them.
    """
    xp = namespace(x)
    rows = xp.asarray(spread(x.shape[0], SHARING), device=device_of(x))
    codes, x, w = xp.take(codes, rows, axis=0), contiguous(xp.take(x, rows, axis=0)), xp.take(w, rows)
    w = w if representative(w) else xp.ones_like(w)
    none = layer.objective(0 * codes, x)

    def loss(kept: int) -> Array:
        short = replace(layer, directions=layer.directions[:, :kept])
        return xp.sum(w * xp.minimum(short.objective(codes[:, :kept], x), none))

    found = xp.stack([xp.sum(w * none), *(loss(kept + 1) for kept in range(codes.shape[1]))])
    fall = found[0] - found[-1]
    return (found[:-1] - found[1:]) / xp.where(fall > 0, fall, xp.ones_like(fall))
