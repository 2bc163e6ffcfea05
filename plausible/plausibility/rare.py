"""Numbers that are seldom drawn: as small and as large as chance has them in twenty thousand, in four patterns."""

from __future__ import annotations

from typing import Any

import numpy as np

PATTERNS = ("small", "large", "large after small", "by turns")
DRAWN = 20_000  # numbers of which the extremes are taken, or fewer of arrays
TOGETHER = 200_000  # numbers of all of them
FIRST = 6  # drawings that are made rare
ORDERS = ("permutation", "permuted")  # what has no extremes
SIZED = {  # distributions whose numbers come one after another, with the place of their argument `size`
    **dict.fromkeys(("random", "standard_normal", "standard_exponential", "standard_cauchy"), 0),
    **dict.fromkeys(("exponential", "poisson", "rayleigh", "chisquare", "geometric", "standard_gamma"), 1),
    **dict.fromkeys(("normal", "uniform", "integers", "binomial", "laplace", "logistic", "lognormal"), 2),
    **dict.fromkeys(("gumbel", "beta", "gamma"), 2),
    "choice": 1,
}
APART = (*ORDERS, "bit_generator", "spawn", "shuffle", "bytes")


class Rare(np.random.Generator):
    """Random numbers of a seed, of which the first few drawings are rare ones, in one of `PATTERNS`."""

    def __init__(self, seed: int, pattern: str) -> None:
        super().__init__(np.random.PCG64(seed))
        self.other, self.pattern, self.number = np.random.default_rng(seed), pattern, 0


class Orders(np.random.Generator):
    """Random numbers of a seed; `orders` counts the drawings of an order."""

    def __init__(self, seed: int) -> None:
        super().__init__(np.random.PCG64(seed))
        self.orders = 0


def rare(name: str) -> Any:
    """The method of `Rare` for one distribution."""

    def draw(self: Rare, *given: Any, **options: Any) -> Any:
        found = getattr(np.random.Generator, name)(self, *given, **options)
        self.number += 1
        if self.number > FIRST or options.get("out") is not None:
            return found
        often = max(2, min(DRAWN, TOGETHER // max(np.size(found), 1)))
        several = np.sort(many(self.other, name, often, np.shape(found), given, options), axis=0)
        low, high = several[0], several[-1]
        if self.pattern in PATTERNS[:2]:
            return (low, high)[PATTERNS.index(self.pattern)]
        if not np.ndim(found):
            return high if self.number % 2 else low
        places = np.arange(np.size(found)).reshape(np.shape(found))
        upper = places % 2 == 1 if self.pattern == "by turns" else places >= np.size(found) // 2
        return np.where(upper, high, low)

    return draw


def many(
    rng: np.random.Generator, name: str, often: int, shape: tuple[int, ...], given: tuple[Any, ...],
    options: dict[str, Any],
) -> Any:  # fmt: skip
    """What is drawn where a distribution is asked for numbers of a shape so often: at once where that is the same."""
    draw, at = getattr(rng, name), SIZED.get(name, len(given))
    known = name in SIZED and len(given) <= at + 1 and {*options} <= {"size", "p", "dtype"}
    bits = name == "integers" and "dtype" in options  # of few bits several are made of one number
    if not known or bits or (name == "choice" and np.ndim(given[0] if given else [[]]) > 1):
        return [draw(*given, **options) for _ in range(often)]
    options = {each: value for each, value in options.items() if each != "size"}
    return draw(*given[:at], size=(often, *shape), **options)


def ordering(name: str) -> Any:
    """The method of `Orders` for one order."""

    def draw(self: Orders, *given: Any, **options: Any) -> Any:
        self.orders += 1
        return getattr(np.random.Generator, name)(self, *given, **options)

    return draw


for _name in dir(np.random.Generator):
    if _name[0] != "_" and _name not in APART:
        setattr(Rare, _name, rare(_name))
for _name in (*ORDERS, "shuffle"):
    setattr(Orders, _name, ordering(_name))
