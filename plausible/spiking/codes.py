"""Codes: how the numbers of an example become spikes in a slot of so many steps, the same for every rule at one seed.

A code is a stream of a task. It turns examples into a table, one number for each line of input, and says by a condition
on that number at which steps of a slot the line spikes. `Code.spikes` says the same in numpy, so that a rule without a
simulator, a test and a figure have the spikes that a simulation has. What is random is drawn by
`plausible.spiking.chance.chance` from a seed, a step and a line, and from nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from plausible.core import Array
from plausible.errors import is_whole, require, require_number, unknown
from plausible.spiking.chance import chance
from plausible.spiking.encode import require_within

Trains = NDArray[np.bool_]
"""Spikes, (examples, steps, lines)."""


class Code(Protocol):
    """A frozen dataclass that turns examples into spikes; `Slots` puts `now` and `step` into its condition."""

    @property
    def steps(self) -> int:
        """Steps in which lines may spike, from the start of a slot on."""
        ...

    @property
    def threshold(self) -> str:
        """The condition of a spike, in Brian2's language: of the line's `value`, and of `now`, the step of the slot.

        `seed` and `step`, which counts on from slot to slot, are for `chance(seed, step, i)`.
        """
        ...

    def lines(self, n_in: int) -> int:
        """Lines of input for `n_in` numbers."""
        ...

    def table(self, x: Array) -> Array:
        """The value of each line, (examples, lines), of examples (examples, n_in) with numbers from 0 to 1."""
        ...

    def spikes(self, x: Array, slot: int, seed: int = 0, first: int = 0) -> Trains:
        """The spikes in slots of `slot` steps, (examples, slot, lines), the first of which begins at step `first`."""
        ...


@dataclass(frozen=True)
class Once:
    """What codes share in which a line spikes once at most: `table` holds the step, or -1 for no spike."""

    steps: int = 50

    def __post_init__(self) -> None:
        require(is_whole(self.steps) and self.steps > 0, "steps", self.steps, "a positive whole number")

    @property
    def threshold(self) -> str:
        """A line spikes at the step that is its value."""
        return "now == value"

    def lines(self, n_in: int) -> int:
        """A line for each number."""
        return n_in

    def table(self, x: Array) -> Array:
        """The step at which each line spikes, or -1."""
        raise NotImplementedError

    def spikes(self, x: Array, slot: int, seed: int = 0, first: int = 0) -> Trains:
        """The spikes in slots of `slot` steps, (examples, slot, lines)."""
        found: Trains = self.table(x)[:, None, :] == np.arange(slot)[:, None]
        return found


@dataclass(frozen=True)
class Latency(Once):
    """Time to first spike: the larger a number, the sooner its spike; none for 0 [thorpe2001].

    A number x in (0, 1] spikes at step ⌊(1 - x) steps⌋, and at the last one at the latest.

    >>> import numpy as np
    >>> from plausible.spiking.codes import Latency
    >>> Latency(10).table(np.array([[0.0, 0.05, 0.5, 1.0]]))
    array([[-1.,  9.,  5.,  0.]])
    """

    def table(self, x: Array) -> Array:
        """The step at which each line spikes, or -1."""
        require_within("inputs", x, 0.0, 1.0)
        when = np.minimum(np.floor((1 - np.asarray(x, float)) * self.steps), self.steps - 1)
        return np.where(np.asarray(x) > 0, when, -1.0)


@dataclass(frozen=True)
class RankOrder(Once):
    """Rank order: lines spike one group after another, in the order of their numbers, whatever these are [thorpe2001].

    The rank of a number is the share of the example's numbers above 0 that are larger; a rank r spikes at step
    ⌊r steps⌋. Equal numbers spike together, 0 does not.

    >>> import numpy as np
    >>> from plausible.spiking.codes import RankOrder
    >>> RankOrder(10).table(np.array([[0.0, 0.2, 0.9, 0.2, 0.21]]))
    array([[-1.,  5.,  0.,  5.,  2.]])
    """

    def table(self, x: Array) -> Array:
        """The step at which each line spikes, or -1."""
        require_within("inputs", x, 0.0, 1.0)
        found = np.full(np.shape(x), -1.0)
        for row, numbers in zip(found, np.asarray(x), strict=True):
            there = numbers[numbers > 0]
            ranks = len(there) - np.searchsorted(np.sort(there), there, side="right")
            row[numbers > 0] = np.floor(ranks / max(len(there), 1) * self.steps)
        return found


@dataclass(frozen=True)
class Contrast(Once):
    """Intensity to latency after on- and off-centre filters, whose strongest contrasts spike first [mozafari2018].

    An image is filtered by differences of Gaussians, (σ, `ratio` σ) for each σ of `sigmas`, pixels, both of the sum 1.
    What is above 0 drives on-cells, what is below 0 off-cells. Contrasts up to `least` of the largest are dropped; the
    others are sorted, and come in `steps` groups of equal size. Lines are (2 filters of the first σ, then of the next)
    by pixels. Numbers that make no square image are taken for a line of pixels.

    Args:
        steps: groups, one a step.
        sigmas: standard deviations of the centres, pixels.
        ratio: of the surround's standard deviation to the centre's.
        least: the share of the largest contrast of an image that is no contrast.
    """

    steps: int = 15
    sigmas: tuple[float, ...] = (0.7,)
    ratio: float = 2.0
    least: float = 0.02

    def __post_init__(self) -> None:
        super().__post_init__()
        require(bool(self.sigmas), "sigmas", self.sigmas, "a number of pixels or several")
        for each in self.sigmas:
            require_number("a sigma", each, open_low=True)
        require_number("ratio", self.ratio, 1, open_low=True)
        require_number("least", self.least, 0, 1)

    def lines(self, n_in: int) -> int:
        """Two for each pixel and σ."""
        return 2 * n_in * len(self.sigmas)

    def contrasts(self, x: Array) -> Array:
        """What on- and off-cells are driven by, (examples, lines), from 0 on."""
        require_within("inputs", x, 0.0, 1.0)
        images = np.asarray(x, float).reshape(len(x), side(np.shape(x)[1]), -1)
        parts = []
        for sigma in self.sigmas:
            difference = blurred(images, sigma) - blurred(images, self.ratio * sigma)
            parts += [np.maximum(difference, 0), np.maximum(-difference, 0)]
        found: Array = np.concatenate([part.reshape(len(x), -1) for part in parts], axis=1)
        return found

    def table(self, x: Array) -> Array:
        """The step at which each line spikes, or -1."""
        contrasts = self.contrasts(x)
        strong = contrasts > self.least * contrasts.max(axis=1, keepdims=True)
        order = np.argsort(np.argsort(-np.where(strong, contrasts, -1.0), axis=1, kind="stable"), axis=1)
        number = np.maximum(strong.sum(axis=1, keepdims=True), 1)
        return np.where(strong, np.floor(order / number * self.steps), -1.0)


def side(pixels: int) -> int:
    """Rows of an image of so many pixels: those of a square; 1, a line of pixels, where they make none."""
    root = round(pixels**0.5)
    return root if root * root == pixels else 1


def blurred(images: Array, sigma: float) -> Array:
    """Images, (examples, rows, columns), with a Gaussian of a standard deviation of `sigma` pixels; borders repeat."""
    found: Array = gaussian_filter(images, (0, sigma, sigma), mode="nearest")
    return found


@dataclass(frozen=True)
class Poisson:
    """Independent spikes at a rate that is proportional to the number, one a step at most.

    Args:
        steps: in which lines spike.
        most: the probability of a spike at a step for a number of 1.
    """

    steps: int = 50
    most: float = 0.2

    def __post_init__(self) -> None:
        require(is_whole(self.steps) and self.steps > 0, "steps", self.steps, "a positive whole number")
        require_number("most", self.most, 0, 1)

    @property
    def threshold(self) -> str:
        """A line spikes with the probability that is its value."""
        return f"value > 0 and now < {self.steps} and chance(seed, step, i) < value"

    def lines(self, n_in: int) -> int:
        """A line for each number."""
        return n_in

    def table(self, x: Array) -> Array:
        """The probability of a spike at a step."""
        require_within("inputs", x, 0.0, 1.0)
        return np.asarray(x, float) * self.most

    def spikes(self, x: Array, slot: int, seed: int = 0, first: int = 0) -> Trains:
        """The spikes in slots of `slot` steps, (examples, slot, lines), the first of which begins at step `first`."""
        return self.drawn(x, slot, seed, first + np.arange(len(x) * slot).reshape(len(x), slot, 1))

    def drawn(self, x: Array, slot: int, seed: int, step: NDArray[Any]) -> Trains:
        """Spikes whose chances are those of `step`, which broadcasts to (examples, slot, 1)."""
        p = self.table(x)[:, None, :]
        found: Trains = (chance(seed, step, np.arange(p.shape[-1])) < p) & (
            np.arange(slot)[:, None] < self.steps
        )
        return found


@dataclass(frozen=True)
class Repeated(Poisson):
    """Patterns that repeat: spikes as random as Poisson's, but the same ones whenever the same example is shown.

    The chances depend on `pattern`, the step of the slot and the line, and on no seed of a run.

    Args:
        pattern: the seed of the patterns.
    """

    pattern: int = 0

    @property
    def threshold(self) -> str:
        """A line spikes with the probability that is its value, decided once for each step of a slot."""
        return f"value > 0 and now < {self.steps} and chance({self.pattern}, now, i) < value"

    def spikes(self, x: Array, slot: int, seed: int = 0, first: int = 0) -> Trains:
        """The spikes in slots of `slot` steps, (examples, slot, lines)."""
        return self.drawn(x, slot, self.pattern, np.arange(slot)[None, :, None])


CODES: MappingProxyType[str, type[Any]] = MappingProxyType(
    {
        "poisson": Poisson,
        "latency": Latency,
        "rank-order": RankOrder,
        "contrast": Contrast,
        "repeated": Repeated,
    }
)


def code(name: str, **options: Any) -> Code:
    """The code of this name. Raises `BadInput` for an unknown one, or impossible options.

    >>> from plausible.spiking.codes import code
    >>> code("latency", steps=20)
    Latency(steps=20)
    """
    if name not in CODES:
        raise unknown("code", name, CODES)
    made: Code = CODES[name](**options)
    return made
