"""Each optimiser's formula once more, as plain numpy on whole arrays: the oracle of its tests.

A reference takes the first weights and all the changes to come, by name, and returns the last weights.
"""

from __future__ import annotations

from collections.abc import Callable
from math import pi

import numpy as np

from plausible.core import Array, Params

Changes = list[Params]
Reference = Callable[[Params, Changes], Params]


def each(formula: Callable[[Array, list[Array]], Array]) -> Reference:
    """The reference for an optimiser that treats each weight by itself."""
    return lambda params, changes: {
        name: formula(array, [change[name] for change in changes]) for name, array in params.items()
    }


def plain(w: Array, changes: list[Array], rate: float = 0.3) -> Array:
    return w + rate * sum(changes)


def halved_after_two(w: Array, changes: list[Array]) -> Array:
    return plain(w, changes[:2]) + plain(0, changes[2:], rate=0.15)


def classical(w: Array, changes: list[Array]) -> Array:
    v = np.zeros_like(w)
    for u in changes:
        v = 0.9 * v + 0.2 * u
        w = w + v
    return w


def nesterov(w: Array, changes: list[Array]) -> Array:
    v = np.zeros_like(w)
    for u in changes:
        v = 0.9 * v + 0.2 * u
        w = w + 0.9 * v + 0.2 * u
    return w


def classical_with_cosine(w: Array, changes: list[Array]) -> Array:
    v = np.zeros_like(w)
    for t, u in enumerate(changes):
        v = 0.5 * v + 0.2 * np.cos(pi * min(t / 8, 1) / 2) ** 2 * u  # (1 + cos 2a) / 2 = cos² a
        w = w + v
    return w


def slow_start(w: Array, changes: list[Array]) -> Array:
    v = np.zeros_like(w)
    for t, u in enumerate(changes):
        rate, momentum = (0.05, 0.5) if t < 2 else (0.1, 0.9)
        v = momentum * v + rate * u
        w = w + v
    return w


def adam(w: Array, changes: list[Array]) -> Array:
    m, s = np.zeros_like(w), np.zeros_like(w)
    for t, u in enumerate(changes, 1):
        m = 0.8 * m + 0.2 * u
        s = 0.95 * s + 0.05 * u**2
        w = w + 0.1 * (m / (1 - 0.8**t)) / (np.sqrt(s / (1 - 0.95**t)) + 1e-6)
    return w


def rmsprop(w: Array, changes: list[Array]) -> Array:
    s = np.zeros_like(w)
    for u in changes:
        s = 0.9 * s + 0.1 * u**2
        w = w + 0.05 * u / (np.sqrt(s) + 1e-6)
    return w


LOSSES = [
    3.0,
    2.5,
    4.0,
    2.0,
    2.0,
]  # what optimisers that judge their steps are told: two of them were bad, or one


def delta_bar_delta(w: Array, changes: list[Array]) -> Array:
    rate, mean = np.full_like(w, 0.1), np.zeros_like(w)
    for u in changes:
        rate = np.where(mean * u > 0, rate + 0.03, np.where(mean * u < 0, 0.75 * rate, rate))
        w = w + rate * u
        mean = 0.3 * u + 0.7 * mean
    return w


def one_by_one(formula: Callable[[float, list[float]], float]) -> Reference:
    """The reference for an optimiser that treats each number by itself."""

    def whole(w: Array, changes: list[Array]) -> Array:
        ends = [formula(w[i], [change[i] for change in changes]) for i in np.ndindex(w.shape)]
        return np.array(ends).reshape(w.shape)

    return each(whole)


def resilient(variant: str) -> Callable[[float, list[float]], float]:
    """One weight under Rprop: step sizes from 0.1, times 1.2 and times one half."""

    def formula(w: float, changes: list[float]) -> float:
        size, last, moved = 0.1, 0.0, 0.0
        for t, u in enumerate(changes):
            sign = float(np.sign(u))
            if last * sign < 0:
                size, last = 0.5 * size, 0.0
                if variant == "rprop-":
                    moved, last = sign * size, sign
                elif variant == "rprop+" or (variant == "irprop+" and LOSSES[t] > LOSSES[t - 1]):
                    moved = -moved
                else:
                    moved = 0.0
            else:
                size = 1.2 * size if last * sign > 0 else size
                moved, last = sign * size, sign
            w += moved
        return w

    return formula


def bold(params: Params, changes: Changes) -> Params:
    rate, accepted, v = 0.2, (np.inf, params, changes[0]), {name: 0 * w for name, w in params.items()}
    for t, (loss, change) in enumerate(zip(LOSSES, changes, strict=True)):
        if loss <= accepted[0]:
            rate *= 1.0 if t == 0 else 1.1
            accepted = (loss, params, change)
            v = {name: 0.5 * v[name] + rate * change[name] for name in params}
        else:
            rate *= 0.5
            v = {name: rate * accepted[2][name] for name in params}
        params = {name: accepted[1][name] + v[name] for name in params}
    return params


def decayed(params: Params, changes: Changes) -> Params:
    ends = {}
    for name, w in params.items():
        for change in changes:
            w = (0.9 if name == "W2" else 1.0) * w + 0.3 * change[name]
        ends[name] = w
    return ends


def clipped(params: Params, changes: Changes) -> Params:
    for change in changes:
        norm = np.sqrt(sum(np.sum(array**2) for array in change.values()))
        factor = 0.3 * min(1, 2 / norm)
        params = {name: w + factor * change[name] for name, w in params.items()}
    return params


def grouped(params: Params, changes: Changes) -> Params:
    frozen, slow, rest = {"W1": params["W1"]}, ("b1", "b2"), ("W2",)
    slowly = {name: plain(params[name], [change[name] for change in changes], 0.01) for name in slow}
    return frozen | slowly | each(adam)({name: params[name] for name in rest}, changes)


def manhattan(w: Array, changes: list[Array]) -> Array:
    for u in changes:
        w = w + 0.2 * (u > 0) - 0.2 * (u < 0)
    return w


def relative(w: Array, changes: list[Array]) -> Array:
    for u in changes:
        w = w + 0.2 * u / max(abs(x) for x in u.ravel())
    return w


def staged(params: Params, changes: Changes) -> Params:
    """W1 by the first change, all others by Adam from the second on."""
    first = {"W1": plain(params["W1"], [changes[0]["W1"]], 0.3)}
    return first | each(adam)({name: w for name, w in params.items() if name != "W1"}, changes[1:])
