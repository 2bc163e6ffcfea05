"""The small world in which rules are audited: layers of different widths, and fewer examples than units in any.

Widths differ so that an axis tells by its length what it counts; the contract's world, in which promises are kept, has
more examples than units.
"""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from plausible.contract.world import made
from plausible.core import Array, Params, Presentation, State, Step, randomness, read_only
from plausible.networks.mlp import MLP
from plausible.networks.network import Network
from plausible.networks.rnn import RNN
from plausible.plausibility.patience import counted
from plausible.registry import networks, registry
from plausible.tasks.streams import rewarding
from plausible.tasks.task import one_hot

N_IN, N_OUT, BATCH, STEPS = 9, 5, 3, 4
HIDDEN = (13, 11)
SMALL: tuple[Network, ...] = (MLP(HIDDEN, dtype="float64"), RNN(HIDDEN[:1], dtype="float64"))
SEED = 11


class World(NamedTuple):
    """A rule with weights, a state, and presentations, each of other examples.

    `before` was presented before what is looked at, with the same weights, and has left its traces in the state.
    """

    rule: Any
    params: Params
    state: State
    shown: tuple[Presentation, ...]
    before: tuple[Presentation, ...] = ()

    def reached(self, params: Any) -> State:
        """The state after what was presented before."""
        state = self.state
        for shown in self.before:
            counted()
            step = self.rule.update(read_only(params), state, shown, np.random.default_rng(SEED))
            state = step.state
        return state

    @property
    def later(self) -> World:
        """The same at the second presentation, after the first."""
        return self._replace(shown=self.shown[1:], before=(*self.before, self.shown[0]))

    def step(
        self,
        params: Any = None,
        state: Any = ...,
        shown: Presentation | None = None,
        seed: int = SEED,
        rng: np.random.Generator | None = None,
    ) -> Step:
        """What the rule proposes at the first presentation, or at another one, on read-only arrays.

        Random numbers are those of `rng`, or else of a seed.
        """
        params = self.params if params is None else params
        state = self.reached(params) if state is ... else state
        drawn = np.random.default_rng(seed) if rng is None else rng
        counted()
        step: Step = self.rule.update(read_only(params), state, shown or self.shown[0], drawn)
        return step

    def respond(self, params: Any = None) -> list[Array]:
        """What the layers answer to the first presentation."""
        params = self.params if params is None else params
        rng = np.random.default_rng(SEED)
        counted()
        layers: list[Array] = self.rule.respond(read_only(params), self.reached(params), self.shown[0].x, rng)
        return layers

    @property
    def network(self) -> Any:
        """The network that the rule learns; None if it brings its own."""
        return getattr(self.rule, "network", None)


def graded(y: Array, mask: Array | None = None) -> Any:
    """A reward that changes a little where answers do: 1 - 3 |answer - y|²/8, or 0 where an answer does not count.

    That of classes is 0 or 1, and stays as it is where nothing but noise moves the answers of an untaught network. It
    is 1 for a right choice and a quarter for a wrong one, so that rules that choose learn from both.
    """
    told, counts = rewarding("values", y, mask), 1.0 if mask is None else mask
    return lambda answer: counts + 0.75 * told(answer)


def world(text: str, seed: int = 0, presentations: int = 2, batch: int = BATCH) -> World:
    """The rule that `text` names, in a world drawn from `seed`. Raises `BadInput` if there is no such rule."""
    return of_rule(registry.rule(text, network(text)), seed, presentations, batch)


def as_its_own(text: str) -> World | None:
    """The same rule with the activation of its own default network; None where that is no other, or there is none."""
    small: Any = network(text)
    default: Any = networks.default_of(made(text))
    used = getattr(default, "activation", None)
    if type(default) is not type(small) or used is None or used == getattr(small, "activation", None):
        return None
    return of_rule(registry.rule(text, replace(small, activation=used)))


def of_rule(rule: Any, seed: int = 0, presentations: int = 2, batch: int = BATCH) -> World:
    """A rule in a world drawn from `seed`."""
    counted()
    params, state = rule.init(N_IN, N_OUT, randomness(seed).weights)
    rng = np.random.default_rng([seed, 1])
    own = next((str(array.dtype) for array in params.values() if array.dtype.kind == "f"), "float64")
    shown = tuple(presented(rule, rng, batch, n == 0, own) for n in range(presentations))
    return World(rule, params, state, shown)


def presented(
    rule: Any, rng: np.random.Generator, batch: int, first: bool = True, own: str = "float64"
) -> Presentation:
    """Random examples of the kind that a rule takes, whose inputs tell nothing of their classes.

    x is (batch, N_IN) and y (batch, N_OUT); for sequences, (STEPS, batch, N_IN) and (STEPS, batch, N_OUT). `own` is the
    dtype of the weights of a rule that brings its own network.
    """
    used = getattr(rule, "network", None)
    sequential = bool(getattr(used, "sequential", getattr(rule, "sequential", False)))
    dtype = getattr(used, "dtype", own)
    steps = (STEPS,) if sequential else ()
    x = rng.normal(size=(*steps, batch, N_IN))
    inputs = getattr(rule, "inputs", None)
    if inputs is not None:
        x = inputs[0] + (inputs[1] - inputs[0]) * rng.random(x.shape)
    labels = rng.permutation(N_OUT)[:batch] if batch <= N_OUT else rng.integers(0, N_OUT, batch)
    y = one_hot(labels, N_OUT, dtype)
    y = np.tile(y, (*steps, 1, 1)) if steps else y
    mask = np.ones(x.shape[:-1], dtype) if steps else None
    return Presentation(x.astype(dtype), y, graded(y, mask), mask, first)


def network(text: str) -> Network:
    """The network that a rule is audited on: a small one that it learns, or the default of its class."""
    rule = made(text)
    chosen: Any = next((each for each in SMALL if networks.learns(rule, each)), None)
    if chosen is None and not networks.learned_by(rule):
        chosen = SMALL[bool(getattr(rule, "sequential", False))]
    if chosen is None:
        chosen = networks.default_of(rule)
        if "dtype" in {field.name for field in dataclasses.fields(chosen)}:
            chosen = replace(chosen, dtype="float64")
    return chosen
