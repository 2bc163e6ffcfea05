"""What a rule draws: single numbers, by which its Python may decide, can be made small or large.

What is not drawn one by one stays as it is, and so does all else that is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import ndtri

PLACES = (0.02, 0.35, 0.65, 0.98)  # of a distribution, at which single numbers are drawn


class Chance(np.random.Generator):
    """Random numbers of a seed, of which those that are drawn one by one may lie at one place of their distribution.

    Args:
        seed: whose random numbers they are.
        at: the place, from 0 to 1; None for numbers as they come.
    """

    def __init__(self, seed: int, at: float | None = None) -> None:
        super().__init__(np.random.PCG64(seed))
        self.at = at
        self.single = 0  # numbers that were drawn one by one

    def one(self, drawn: Any, placed: Callable[[float], Any]) -> Any:
        """What is drawn, or the number at the place."""
        if np.ndim(drawn):
            return drawn
        self.single += 1
        return drawn if self.at is None else np.asarray(placed(self.at)).astype(np.asarray(drawn).dtype)[()]

    def random(self, *given: Any, **options: Any) -> Any:
        """Uniform from 0 to 1."""
        return self.one(super().random(*given, **options), lambda at: at)

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
        """Uniform between two numbers."""
        return self.one(super().uniform(low, high, size), lambda at: low + at * (high - low))

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        """Normal."""
        return self.one(super().normal(loc, scale, size), lambda at: loc + scale * ndtri(at))

    def standard_normal(self, *given: Any, **options: Any) -> Any:
        """Normal, of mean 0 and variance 1."""
        return self.one(super().standard_normal(*given, **options), ndtri)

    def integers(self, low: Any, high: Any = None, *given: Any, **options: Any) -> Any:
        """Whole numbers."""
        first, last = (0, low) if high is None else (low, high)
        return self.one(
            super().integers(low, high, *given, **options), lambda at: first + int(at * (last - first))
        )

    def choice(self, a: Any, *given: Any, **options: Any) -> Any:
        """One of several."""
        several = np.arange(a) if np.ndim(a) == 0 else np.array(a)
        return self.one(super().choice(a, *given, **options), lambda at: several[int(at * len(several))])

    def binomial(self, n: Any, p: Any, size: Any = None) -> Any:
        """How many of n."""
        return self.one(super().binomial(n, p, size), lambda at: round(at * n))
