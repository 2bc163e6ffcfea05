"""The suite's own trainer, as a user calls it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np

from benchmarks.setting import ADAM_RATE, MOMENTUM, RATE, Floats, Setting, Whole
from plausible.core import Optimiser, Params, Presentation, Rule, Tick, randomness
from plausible.networks.mlp import MLP
from plausible.networks.network import Network
from plausible.networks.rnn import RNN
from plausible.optimise.adam import Adam
from plausible.optimise.sgd import SGD
from plausible.probes.cost import costs, multiply_adds
from plausible.registry import registry
from plausible.registry.networks import default_of, learns
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import Split, one_hot
from plausible.train import train

DRAWN, ONE_BY_ONE = "random numbers per example", "elementwise operations per example"
OPTIMISERS: dict[str, Optimiser] = {"momentum": SGD(RATE, MOMENTUM), "adam": Adam(ADAM_RATE)}  # with backprop


class Ours:
    """`train` with a rule, an optimiser and a stream of minibatches; draining it is training."""

    def __init__(self, setting: Setting, name: str) -> None:
        optimiser = OPTIMISERS.get(name, SGD(RATE))
        rule = made(setting, name)
        roles = randomness(0)
        x, labels = setting.data()
        n_in, n_out = setting.sizes[0], setting.sizes[-1]
        drawn, state = rule.init(n_in, n_out, roles.weights)
        self.params: Params = fitted(drawn, setting.weights())
        split = by_rows(x, labels, n_out) if setting.steps else Split(x, one_hot(labels, n_out))
        stream = Minibatches(setting.batch)(split, "classes", 1_000_000, setting.order())
        self.ticks: Iterator[Tick] = train(rule, optimiser, self.params, state, stream, roles.noise)
        self.begun = False

    def steps(self, n: int) -> None:
        """`n` weight changes; a tick comes before its change, so the first call asks for one more."""
        n += not self.begun
        self.begun = True
        deque(islice(self.ticks, n), maxlen=0)

    def weights(self) -> dict[str, Floats]:
        """The weights now."""
        return {name: np.array(array, np.float32) for name, array in self.params.items() if name[0] in "WRb"}


def made(setting: Setting, name: str) -> Rule:
    """The rule called `name`, with spaces for hyphens; backprop for an optimiser."""
    hidden = setting.sizes[1:-1]
    text = "backprop" if name in OPTIMISERS else name.replace(" ", "-")
    network: Network = RNN(hidden) if setting.steps else MLP(hidden)
    if not learns(registry.load("rule", text), network):
        network = replace(default_of(registry.load("rule", text)), hidden=hidden)
    rule: Rule = registry.rule(text, network)
    return rule


def by_rows(x: Floats, labels: Whole, n_out: int) -> Split:
    """Sequences (examples, time, n_in) with time in front, of which the last answer counts."""
    time, y = x.shape[1], one_hot(labels, n_out)
    mask = np.zeros((time, len(x)), np.float32)
    mask[-1] = 1
    return Split(np.ascontiguousarray(x.swapaxes(0, 1)), np.tile(y, (time, 1, 1)), mask)


def fitted(drawn: Params, first: dict[str, Floats]) -> Params:
    """The weights that a rule drew, with the contenders' `first` ones in the place of those of the same shape."""
    return {name: first[name] if same(array, first.get(name)) else array for name, array in drawn.items()}


def same(array: Floats, other: Floats | None) -> bool:
    """Whether there is another, of the same shape."""
    return other is not None and array.shape == other.shape


def work(setting: Setting, name: str) -> float:
    """Multiply-adds per example of a step."""
    rule, roles = made(setting, name), randomness(0)
    params, state = rule.init(setting.sizes[0], setting.sizes[-1], roles.weights)
    return multiply_adds(rule, params, state, presented(setting, setting.batch), roles.noise)


def counted(setting: Setting, name: str) -> dict[str, float]:
    """What a step costs, as `plausible.probes.cost` counts it, by what is counted."""
    rule, roles = made(setting, name), randomness(0)
    params, state = rule.init(setting.sizes[0], setting.sizes[-1], roles.weights)
    shown = [presented(setting, size) for size in (setting.batch, 1)]
    return {one.metric: one.value for one in costs(rule, params, state, *shown, roles.noise)}


class Noise:
    """As many normal numbers as a rule draws in a step, of the network's precision, and nothing else."""

    def __init__(self, setting: Setting, name: str) -> None:
        self.shape = setting.batch, round(counted(setting, name)[DRAWN])
        self.rng = randomness(0).noise

    def steps(self, n: int) -> None:
        """The numbers of `n` steps."""
        for _ in range(n):
            self.rng.normal(0, 0.1, self.shape).astype(np.float32)


def presented(setting: Setting, examples: int) -> Presentation:
    """The first examples, at once."""
    x, labels = setting.data()
    split = Split(x[:examples], one_hot(labels[:examples], setting.sizes[-1]))
    return next(Minibatches(examples)(split, "classes", 1, randomness(0).order))
