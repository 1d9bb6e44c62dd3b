"""A transfer function from the text of a potential: f = F', f', the range, the bound and the inverse follow from it."""

from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Any, ClassVar

import numpy as np

from tnsolve.algebra.arrays import Array, device_of, namespace
from tnsolve.transfer.elementary import EDGE, clipped, positive
from tnsolve.transfer.elementwise import AbstractElementwise
from tnsolve.transfer.formulas import parsed
from tnsolve.transfer.jets import AbstractFormula

GOLDEN = (5**0.5 - 1) / 2
PROBES = np.sort(np.concatenate([np.linspace(-8, 8, 161), 16 * (GOLDEN * np.arange(2000) % 1) - 8]))
"""Where convexity is looked at: no period of a formula hides between them."""
FAR = 2.0 ** np.arange(-20, 1023.5, 0.25)
SETTLED = 1e-9
CELLS = np.sinh(np.linspace(-9.01, 9.01, 4097))
STEPS = 96


@dataclass(frozen=True)
class Derived(AbstractElementwise):
    """f = F' for the convex F that `potential_text` writes in z, such as "log(1 + exp(z))"; made by `from_potential`.

    Its values are as stable as its text: where F overflows, so do they.
    Raises ValueError as `from_potential`, within milliseconds whatever the text: a file may hold it.
    """

    potential_text: str

    name: ClassVar[str] = "derived"

    def __post_init__(self) -> None:
        call = f"from_potential({self.potential_text!r:.80})"
        with np.errstate(all="ignore"):
            jet = parsed(self.potential_text, call).jet(PROBES, 2)
        values, _, slopes = jet = tuple(PROBES * 0 + part for part in jet)
        if not np.all(np.isfinite(jet)):
            raise ValueError(f"{call} is not finite on all of [-8, 8]; rescale z, or choose a potential for all z.")
        if not np.all(slopes >= -1e-12 - SETTLED**2 * np.max(np.abs(values))):
            worst = int(np.argmin(slopes))
            raise ValueError(
                f"{call} has the second derivative {slopes[worst]:.3g} at z = {PROBES[worst]:g}; a potential is "
                f"convex. A transfer function that is not monotone (gelu, silu) has none: fit its pre-activations."
            )

    @cached_property
    def low(self) -> float:
        """Limit of f at -inf, see `limit`."""
        return limit(self, -1.0)

    @cached_property
    def high(self) -> float:
        """Limit of f at inf, see `limit`."""
        return limit(self, 1.0)

    @cached_property
    def bound(self) -> float:
        """Largest f', see `supremum`."""
        return supremum(self)

    def primitive(self, z: Array) -> Array:
        return self._derivative(0, z)

    def __call__(self, z: Array) -> Array:
        return self._derivative(1, z)

    def derivative(self, z: Array) -> Array:
        return self._derivative(2, z)

    def rows(self, z: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
        value, transfer, slope = (part + namespace(z).zeros_like(z) for part in self._formula.jet(z, 2))
        return (value - y * z) @ weights, weights * (transfer - y), weights * slope

    def inverse(self, y: Array) -> Array:
        """By a table and Newton steps from there, kept in a cell, to rounding; |z| up to 4096.   Cost: some of f'."""
        return self._solved(clipped(y, self.low + EDGE, self.high - EDGE))

    def dual(self, y: Array) -> Array:
        """y a - F(a) where f(a) = y, with y as `inverse` reads it."""
        a = self.inverse(y)
        return self(a) * a - self.primitive(a)

    def gap(self, z: Array, y: Array) -> Array:
        """F(z) - F(a) - y (z - a) where f(a) = y; differences of potentials, hence absolute precision only."""
        a = self.inverse(y)
        return positive(self.primitive(z) - self.primitive(a) - y * (z - a))

    @cached_property
    def _formula(self) -> AbstractFormula:
        return parsed(self.potential_text, "from_potential")

    def _derivative(self, order: int, z: Array) -> Array:
        """F, f or f' at z."""
        return self._formula.jet(z, order)[order] + namespace(z).zeros_like(z)

    @cached_property
    def _table(self) -> tuple[np.ndarray, np.ndarray]:
        """z around 0, dense there and as far as f is a number, and f made increasing."""
        with np.errstate(all="ignore"):
            values = self(CELLS)
        middle, odd = len(CELLS) // 2, np.flatnonzero(~np.isfinite(values))
        begin = odd[odd < middle].max(initial=-1) + 1
        end = odd[odd > middle].min(initial=len(CELLS))
        return CELLS[begin:end], np.maximum.accumulate(values[begin:end])

    def _solved(self, y: Array) -> Array:
        """z with f(z) = y, f increasing. Every third step halves the cell, so that the flattest f is followed too."""
        xp = namespace(y)
        knots, values = (xp.asarray(part, dtype=y.dtype, device=device_of(y)) for part in self._table)
        right = xp.clip(xp.searchsorted(values, y), 1, knots.shape[0] - 1)
        low, high, below, above = (
            xp.reshape(xp.take(part, xp.reshape(at, (-1,))), y.shape)
            for part in (knots, values)
            for at in (right - 1, right)
        )
        rise = xp.where(above > below, above - below, xp.ones_like(y))
        z = low + (high - low) * clipped((y - below) / rise, 0.0, 1.0)
        tolerance = float(xp.finfo(y.dtype).eps) ** 0.5  # a Newton step as short as this leaves its square
        for step in range(STEPS):
            _, value, slope = (part + xp.zeros_like(z) for part in self._formula.jet(z, 2))
            low, high = xp.where(value < y, z, low), xp.where(value > y, z, high)
            newton = z - (value - y) / xp.where(slope > 0, slope, xp.ones_like(slope))
            close = xp.abs(newton - z) <= tolerance * (1 + xp.abs(z))
            inside = (newton >= low) & (newton <= high) & (slope > 0)
            z = xp.where(close | (inside & (step % 3 < 2)), newton, (low + high) / 2)
            if bool(xp.all(close | (high - low <= tolerance**2 * (1 + xp.abs(z))))):
                break
        return z


def from_potential(potential: Any) -> Derived:
    """The transfer function f = F' of a convex F, a SymPy expression in one real symbol, or its text in z.

        from_potential("log(1 + exp(z))")                  # the sigmoid

    Derivatives follow the rules of calculus, range and bound are found numerically. Use tnsolve's own where it exists:
    they are faster and stable at any size.
    Raises ValueError if F has not one symbol, uses other functions than exp, log, sqrt and the (inverse) trigonometric
    and hyperbolic ones, is larger than any potential needs to be (see `formulas.parsed`), or if at one of 2161 points
    of [-8, 8] it is not finite or f' is negative.   Cost: milliseconds.
    """
    if isinstance(potential, str):
        return Derived(potential)
    import sympy

    symbols = sympy.sympify(potential).free_symbols
    if len(symbols) != 1:
        raise ValueError(f"from_potential({potential}) has the symbols {symbols}; write it in one of them.")
    return Derived(str(potential.xreplace({symbols.pop(): sympy.Symbol("z", real=True)})))


def limit(transfer: Derived, side: float) -> float:
    """Limit of an increasing f at side * inf: where its values settle as z doubles, else side * inf.

    Values are followed as far as they are numbers and increase, in float64: a text may overflow long before its limit.
    """
    with np.errstate(all="ignore"):
        values = side * transfer(side * FAR)
        slack = SETTLED * (1 + np.abs(values[:-1]))
        sound = np.isfinite(values[1:]) & (values[1:] >= values[:-1] - slack)
    last = int(np.argmin(sound)) if not np.all(sound) else len(sound)
    if last < len(sound) and values[last + 1] == inf:
        return side * inf
    octave = abs(values[last] - values[max(0, last - 4)])
    return side * float(values[last]) if octave <= SETTLED * (1 + abs(values[last])) else side * inf


def supremum(transfer: Derived) -> float:
    """Largest f' in float64, the best of a wide grid bettered by golden sections; inf where f' grows without end."""
    grid = np.unique(np.concatenate([-FAR, PROBES, FAR]))
    with np.errstate(all="ignore"):
        slopes = transfer.derivative(grid)
        if np.any(slopes == inf):
            return inf
        best = int(np.nanargmax(slopes))
        if best in (0, len(grid) - 1) or not np.all(np.isfinite(slopes[best - 1 : best + 2])):
            return float(slopes[best]) if np.ptp(slopes[max(0, best - 4) : best + 1]) <= SETTLED else inf
        low, high = grid[best - 1], grid[best + 1]
        for _ in range(STEPS):
            a, b = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
            left = float(transfer.derivative(a)) >= float(transfer.derivative(b))
            low, high = (low, b) if left else (a, high)
        return max(float(slopes[best]), float(transfer.derivative(np.asarray((low + high) / 2))))
