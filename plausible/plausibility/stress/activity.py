"""Noise in activities: a network whose hidden units answer with noise, drawn by whoever shows it something."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, State, read_only
from plausible.errors import BadInput
from plausible.networks.activations import Activation
from plausible.plausibility.stress.chance import normal

DRAWING: ContextVar[Generator | None] = ContextVar("DRAWING", default=None)


@contextmanager
def noise_from(rng: Generator | None) -> Iterator[None]:
    """A context in which noisy units draw from `rng`."""
    before = DRAWING.set(rng)
    try:
        yield
    finally:
        DRAWING.reset(before)


@dataclass(frozen=True)
class Noisy:
    """f(z) + `size` · ξ, with ξ standard normal, for every unit and example anew whenever it is computed."""

    activation: Activation
    size: float

    def __call__(self, z: Array, out: Array | None = None) -> Array:
        h = self.activation.value(z, out=out)
        rng = DRAWING.get()
        return h if rng is None else h + self.size * normal(rng, h)


def noisy(network: Any, size: float) -> Any:
    """The network, with noise of standard deviation `size` in the activities of its hidden units."""
    f = network.activation
    return replace(network, activation=Activation(f.name, Noisy(f, size), f.slope))


def check_heard(rule: Any, params: Params, state: State, n_in: int) -> None:
    """Raise `BadInput` if nothing that a rule with a noisy network answers is moved by the noise.

    Such a rule does not ask for the activation of its network, or makes something else of it.
    """
    like = next(iter(params.values()))
    shape = (1, 1, n_in) if rule.network.sequential else (1, n_in)
    x, answers = np.zeros_like(like, shape=shape), []
    for rng in (None, np.random.default_rng(0)):
        with noise_from(rng):
            answers.append(rule.respond(read_only(params), state, x, np.random.default_rng(0)))
    if all(np.array_equal(still, moved) for still, moved in zip(*answers, strict=True)):
        raise BadInput(
            f"activity_noise is given, and rule {type(rule).__name__} does not answer by the activation of its "
            "network: expected 0"
        )
