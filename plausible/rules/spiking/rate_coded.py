"""What rules share whose neurons answer by how often they spike: inputs as crowds of lines, layers, and shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from plausible.core import Array, Params, State, View
from plausible.errors import require_number, require_whole
from plausible.rules.spiking.simulated import Simulated, require_numbers
from plausible.spiking.circuit import Projection
from plausible.spiking.codes import Poisson


@dataclass(frozen=True)
class Crowds(Poisson):
    """Poisson spikes of several lines for each number, independent of each other.

    Args:
        copies: lines of a number; those of one number lie side by side.

    >>> import numpy as np
    >>> from plausible.rules.spiking.rate_coded import Crowds
    >>> Crowds(50, 0.1, copies=2).table(np.array([[0.5, 1.0]]))
    array([[0.05, 0.05, 0.1 , 0.1 ]])
    """

    copies: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        require_whole("copies", self.copies)

    def lines(self, n_in: int) -> int:
        """So many for each number."""
        return n_in * self.copies

    def table(self, x: Array) -> Array:
        """The probability of a spike at a step."""
        return np.repeat(super().table(x), self.copies, axis=1)


@dataclass(frozen=True)
class RateCoded(Simulated):
    """A rule whose layers, the last of them the outputs, are groups `layer1`, `layer2`, ... that count their spikes."""

    copies: int = 1
    brightest: float = 0.15

    def __post_init__(self) -> None:
        require_whole("copies", self.copies)
        require_number("brightest", self.brightest, 0, 1, open_low=True)
        require_numbers(self, "rate", "gain", "back", "feedback", "clamp", "aim", "pull", "nudge")
        require_numbers(self, "inhibition", "punishment", "depression")

    def sizes(self, n_in: int, n_out: int) -> list[int]:
        """Lines of input, neurons of the hidden layers, and outputs."""
        return [n_in * self.copies, *self.network.hidden, n_out]

    def layers(self) -> list[str]:
        """The names of groups, from the inputs on."""
        return ["inputs", *(f"layer{number + 1}" for number in range(len(self.network.hidden) + 1))]

    def forward(self, equations: str, arriving: str, **more: Any) -> tuple[Projection, ...]:
        """Synapses from each layer to the next, `plastic1`, `plastic2`, ..."""
        ends = enumerate(pairwise(self.layers()), 1)
        return tuple(Projection(f"plastic{i}", *pair, equations, arriving, **more) for i, pair in ends)

    def learned(self) -> tuple[tuple[str, str], ...]:
        """By the names of weights the variables that learn."""
        return tuple((f"W{i}", f"plastic{i}.w") for i in range(1, len(self.layers())))

    def answer(self, params: View, state: State, records: Mapping[str, NDArray[Any]]) -> list[Array]:
        counts = [records[f"{name}.count"] for name in self.layers()[1:]]
        return [*counts, shares(counts[-1])]


def normal(rng: Generator, sizes: list[int], gain: float) -> Params:
    """Weights of layers, normal with the variance gain² / n_{l-1}."""
    shapes = enumerate(pairwise(sizes), 1)
    return {f"W{i}": gain * rng.normal(size=shape) / np.sqrt(shape[0]) for i, shape in shapes}


def shares(counts: NDArray[Any]) -> Array:
    """The share of each class in the spikes, (examples, classes); even shares where nothing spiked.

    >>> import numpy as np
    >>> from plausible.rules.spiking.rate_coded import shares
    >>> shares(np.array([[3.0, 1.0], [0.0, 0.0]]))
    array([[0.75, 0.25],
           [0.5 , 0.5 ]])
    """
    total = counts.sum(axis=1, keepdims=True)
    found: Array = np.where(total > 0, counts / np.maximum(total, 1), 1 / counts.shape[1])
    return found
