"""What samples say of a layer: means and second moments, where they come from, and what can be made of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from tnsolve import checks
from tnsolve.algebra.arrays import Array, contiguous, device_of, namespace
from tnsolve.algebra.legs import Core, padded
from tnsolve.algebra.linalg import pseudo_inverse
from tnsolve.environments.metrics import PLAIN, Metric
from tnsolve.environments.spreads import Spread, pooled, spread_of


@dataclass(frozen=True, eq=False, repr=False)
class AbstractSummary:
    """Second moments of inputs x and targets y of a layer, and the metric in which its outputs are judged.

    The fields are those of `Moments`. This much knows no network and no loss.
    """

    cross: Array
    covariance: Array | None
    metric: Metric | None
    targets: Array | None
    mean_x: Array
    mean_y: Array
    samples: float = 0.0
    teacher: Array | None = None
    centred: bool = True

    def __post_init__(self) -> None:
        if self.metric is not None and not isinstance(self.metric, Metric):
            object.__setattr__(self, "metric", Metric.of(self.metric, self.cross.shape[0], "Moments"))

    # -- where moments come from -----------------------------------------------------------------------------------

    @classmethod
    def data_free(cls, weight: Array, *, metric: Array | Metric | None = None) -> Self:
        """White inputs: the loss is half the squared distance from `weight` (N_y, N_x), in the output metric."""
        weight = _double(weight, "Moments.data_free(weight=...)", None, None)
        rows, columns = (_zeros(weight, size) for size in weight.shape)
        known = Metric.of(metric, weight.shape[0], "Moments.data_free")
        return cls(weight, None, known, None, columns, rows, teacher=weight, centred=False)

    @classmethod
    def of_covariance(cls, weight: Array, covariance: Array | None, *, metric: Array | Metric | None = None) -> Self:
        """A layer y = weight x, (N_y, N_x), whose inputs have a second moment C (N_x, N_x); None for white inputs.

        Raises ValueError unless C is symmetric positive semi-definite.   Cost O(N_x^3 + N_y N_x^2).
        """
        free = cls.data_free(weight, metric=metric)
        if covariance is None:
            return free
        name = "Moments.of_covariance(covariance=...)"
        covariance = checks.metric(covariance, name, free.cross.shape[1], namespace(free.cross).float64)
        return replace(free, cross=free.cross @ covariance, covariance=covariance)

    @classmethod
    def of(
        cls,
        x: Array,
        y: Array,
        *,
        weights: Array | None = None,
        metric: Array | Metric | None = None,
        centred: bool = True,
    ) -> Self:
        """Moments of samples x (N, N_x) and targets y (N, N_y), which need not be linear in x.

        weights : (N,), not negative; ones by default
        Sums are float64, block by block, each block about its own mean. Cost O(N (N_x + N_y)^2).
        Raises ValueError for arrays of other shapes, NaN or infinity, and sizes whose squares no float holds.
        """
        spread = spread_of([(x, y, weights)], "Moments.of", ("x", "y"), weights is not None)
        return cls._split(spread, metric, centred, "Moments.of")

    @classmethod
    def streamed(
        cls, blocks: Iterable[tuple[Array, Array]], *, metric: Array | Metric | None = None, centred: bool = True
    ) -> Self:
        """Moments of blocks of samples (x, y) in one pass. Raises ValueError as `of`, and where there is no sample."""
        spread = spread_of(blocks, "Moments.streamed", ("x", "y"), False)
        return cls._split(spread, metric, centred, "Moments.streamed")

    @classmethod
    def _split(cls, spread: Spread, metric: Any, centred: bool, call: str) -> Self:
        """The moments of joint samples (x, y)."""
        columns, rows = spread.widths
        known = Metric.of(metric, rows, call)
        second = spread.second if centred else spread.raw
        mean = spread.mean if centred else 0 * spread.mean
        cross, covariance = contiguous(second[columns:, :columns]), contiguous(second[:columns, :columns])
        targets = contiguous(second[columns:, columns:])
        return cls(cross, covariance, known, targets, mean[:columns], mean[columns:], spread.samples, centred=centred)

    @classmethod
    def of_layer(
        cls,
        x: Array,
        weight: Array,
        bias: Array | None = None,
        *,
        weights: Array | None = None,
        metric: Array | Metric | None = None,
        centred: bool = True,
    ) -> Self:
        """Moments of samples x (N, N_x) and of what the layer y = weight x + bias makes of them.

        The floor is zero, unless there is a bias and nothing is subtracted: no T x makes it then. The other arguments,
        sums and errors are those of `of`. Cost O((N + N_y) N_x^2).
        """
        call = "Moments.of_layer"
        spread = spread_of([(x, weights)], call, ("x",), weights is not None)
        weight = _double(weight, f"{call}(weight=...)", None, *spread.widths)
        known = Metric.of(metric, weight.shape[0], call)
        bias = None if bias is None else _double(bias, f"{call}(bias=...)", weight.shape[0])
        mean = spread.mean
        if centred:
            mean_y = weight @ mean if bias is None else weight @ mean + bias
            cross = weight @ spread.second
            return cls(cross, spread.second, known, None, mean, mean_y, spread.samples, weight)
        zeros = 0 * mean, _zeros(weight, weight.shape[0])
        cross = weight @ spread.raw
        if bias is None:
            return cls(cross, spread.raw, known, None, *zeros, spread.samples, weight, False)
        shift = (weight @ mean)[:, None] * bias
        targets = cross @ weight.T + shift + shift.T + bias[:, None] * bias
        return cls(cross + bias[:, None] * mean, spread.raw, known, targets, *zeros, spread.samples, None, False)

    # -- moments made of moments -----------------------------------------------------------------------------------

    def __add__(self, other: Self) -> Self:
        """Moments of both sets of samples, by the parallel-axis theorem (Chan, Golub and LeVeque 1983).

        Raises ValueError for data-free moments, other sizes, another metric, and means subtracted in one of them only.
        """
        if not isinstance(other, AbstractSummary):
            return NotImplemented
        if self.samples <= 0 or other.samples <= 0 or self.covariance is None or other.covariance is None:
            raise ValueError("Moments.data_free(...) holds no samples to add; make both by of, of_layer or streamed.")
        if self.cross.shape != other.cross.shape:
            raise ValueError(
                f"Moments + Moments: one is of layers {tuple(self.cross.shape)}, the other {tuple(other.cross.shape)}; "
                f"add moments of one layer only."
            )
        if self.centred != other.centred:
            raise ValueError(
                "Moments + Moments: the means were subtracted in one and not in the other; make both with centred=True."
            )
        if not _same_metric(self.metric, other.metric):
            raise ValueError(
                f"Moments + Moments: they have two metrics, {self.metric} and {other.metric}; add first, then call "
                f"with_metric(...)."
            )
        total = self.samples + other.samples
        share = other.samples / total
        dx, dy = other.mean_x - self.mean_x, other.mean_y - self.mean_y
        teacher = self.teacher if _same(self.teacher, other.teacher) else None
        implied = teacher is not None and self.targets is None and other.targets is None
        return replace(
            self,
            cross=pooled(share, self.cross, other.cross, dy, dx),
            covariance=pooled(share, self.covariance, other.covariance, dx, dx),
            targets=None if implied else pooled(share, self.target_moment, other.target_moment, dy, dy),
            mean_x=self.mean_x + share * dx,
            mean_y=self.mean_y + share * dy,
            samples=total,
            teacher=teacher,
        )

    def with_metric(self, metric: Array | Metric | None) -> Self:
        """The same samples judged in another output metric; None for plain squares.

        Raises ValueError for what is no metric of these outputs.
        """
        return replace(self, metric=Metric.of(metric, self.cross.shape[0], "Moments.with_metric"), teacher=self._solved)

    def pulled(self, weight: Array, samples: float) -> Self:
        """Moments whose loss is  loss(T) + samples / 2 |T - weight|_A^2: a ridge that pulls to `weight`, not to zero.

        It is the loss with white inputs of that weight added, x x' = I and y = weight x, counted `samples` times as
        much as one of the samples there are: C + s I, B + s W, E y y' + s W W'. The best matrix of a large s is
        `weight` (N_y, N_x); 0 changes nothing. Judge the outcome on the moments before: these count the pull as loss.
        Raises ValueError for another shape and a negative number.
        """
        weight = _double(weight, "Moments.pulled(weight=...)", *self.cross.shape)
        samples = checks.number(samples, "Moments.pulled(samples=...)")
        if samples == 0:
            return self
        xp = namespace(self.cross)
        unit = xp.eye(weight.shape[1], dtype=self.cross.dtype, device=device_of(self.cross))
        weight = xp.astype(weight, self.cross.dtype, copy=False)
        own = _same(self.teacher, weight)
        return replace(
            self,
            cross=self.cross + samples * weight,
            covariance=(1 + samples) * unit if self.covariance is None else self.covariance + samples * unit,
            targets=None if own and self.targets is None else self.target_moment + samples * (weight @ weight.T),
            teacher=self.teacher if own else None,
        )

    def rescaled(self, factor: float) -> Self:
        """The moments of factor * y: best and biases are `factor` times as large, losses factor^2 times."""

        def times(array: Array | None) -> Array | None:
            return None if array is None else factor * array

        return replace(
            self,
            cross=factor * self.cross,
            targets=times(times(self.targets)),
            mean_y=factor * self.mean_y,
            teacher=times(self._solved),
        )

    def padded(self, outputs: int, inputs: int) -> Self:
        """The same with zero rows and columns up to new sizes: what the layer does there is free.

        White inputs stay white, and plain squares stay plain: there a padded weight counts as one that should be zero.
        Raises ValueError for sizes below those there are.
        """
        if outputs < self.cross.shape[0] or inputs < self.cross.shape[1]:
            raise ValueError(
                f"Moments.padded(outputs={outputs}, inputs={inputs}) would cut a layer of shape "
                f"{tuple(self.cross.shape)}; pass sizes of at least that."
            )
        if (outputs, inputs) == tuple(self.cross.shape):
            return self

        def wide(matrix: Array | None, rows: int, columns: int) -> Array | None:
            return None if matrix is None else padded(padded(Core(matrix, ("r", "c")), "r", rows), "c", columns).data

        return replace(
            self,
            cross=wide(self.cross, outputs, inputs),
            covariance=wide(self.covariance, inputs, inputs),
            metric=None if self.metric is None else self.metric.padded(outputs),
            targets=wide(self.targets, outputs, outputs),
            mean_x=padded(Core(self.mean_x, ("r",)), "r", inputs).data,
            mean_y=padded(Core(self.mean_y, ("r",)), "r", outputs).data,
            teacher=wide(self.best, outputs, inputs),
        )

    def astype(self, dtype: Any) -> Self:
        """The same numbers in another floating dtype, or that of a name; problems are formed and solved in it."""
        xp = namespace(self.cross)
        dtype = {"float32": xp.float32, "float64": xp.float64}[dtype] if isinstance(dtype, str) else dtype
        if self.cross.dtype == dtype:
            return self

        def cast(array: Array | None) -> Array | None:
            return None if array is None else xp.astype(array, dtype, copy=False)

        return replace(
            self,
            cross=cast(self.cross),
            covariance=cast(self.covariance),
            metric=None if self.metric is None else self.metric.astype(dtype),
            targets=cast(self.targets),
            mean_x=cast(self.mean_x),
            mean_y=cast(self.mean_y),
            teacher=cast(self._solved),
        )

    # -- what follows ----------------------------------------------------------------------------------------------

    @cached_property
    def best(self) -> Array:
        """W, the least loss of all matrices: the teacher, or B C^+ of least norm where the data leave it open."""
        if self.teacher is not None:
            return self.teacher
        return self.cross if self.covariance is None else self.cross @ pseudo_inverse(self.covariance)

    @cached_property
    def target_moment(self) -> Array:
        """E y y' (N_y, N_y), about the means."""
        return self.best @ self.cross.T if self.targets is None else self.targets

    @property
    def _solved(self) -> Array | None:
        """W, if it has been found."""
        return self.__dict__.get("best", self.teacher)

    def __repr__(self) -> str:
        rows, columns = self.cross.shape
        inputs = f"{self.samples:g} samples" if self.samples else "known inputs"
        inputs = "white inputs" if self.covariance is None else inputs
        kind = PLAIN if self.metric is None else self.metric.kind
        return f"Moments({rows} outputs, {columns} inputs, {inputs}, {kind})"


def _double(value: Any, name: str, *shape: int | None) -> Array:
    """Numbers of a shape as float64."""
    array = checks.array(value, name, shape=shape)
    return namespace(array).astype(array, namespace(array).float64, copy=False)


def _zeros(like: Array, size: int) -> Array:
    return namespace(like).zeros(size, dtype=like.dtype, device=device_of(like))


def _same(one: Array | None, other: Array | None) -> bool:
    """Whether two arrays, if they are there, hold the same numbers."""
    if one is None or other is None:
        return False
    return one is other or (one.shape == other.shape and bool(namespace(one, other).all(one == other)))


def _same_metric(one: Metric | None, other: Metric | None) -> bool:
    return other is None if one is None else one.same(other)
