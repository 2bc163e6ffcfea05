"""Predictive coding by the suite, one settling step of it, and the matrix products of such a step alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice

import numpy as np

from benchmarks.setting import RATE, Floats, Setting
from plausible.core import Params, Tick, randomness
from plausible.networks.activations import tanh
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.networks.products import times
from plausible.optimise.sgd import SGD
from plausible.rules.predictive.coding import PredictiveCoding
from plausible.rules.predictive.network import PredictiveNetwork
from plausible.settling.relaxation import Relaxation
from plausible.settling.settle import settle
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import Split, one_hot
from plausible.train import train

STEPS, PACE = 20, 0.1  # of settling, for each minibatch


def network(setting: Setting) -> MLP:
    """Tanh units, and a clamped linear output."""
    return MLP(setting.sizes[1:-1], tanh, output("linear"))


class Training:
    """`train` with predictive coding in the pre-activation form; draining it is training."""

    def __init__(self, setting: Setting) -> None:
        rule, roles = PredictiveCoding(network(setting), Relaxation(STEPS, PACE)), randomness(0)
        x, labels = setting.data()
        self.params: Params = setting.weights()
        split = Split(x, one_hot(labels, setting.sizes[-1]))
        stream = Minibatches(setting.batch)(split, "classes", 1_000_000, setting.order())
        self.ticks: Iterator[Tick] = train(rule, SGD(RATE), self.params, None, stream, roles.noise)
        self.begun = False

    def steps(self, n: int) -> None:
        """`n` weight changes; a tick comes before its change, so the first call asks for one more."""
        n += not self.begun
        self.begun = True
        deque(islice(self.ticks, n), maxlen=0)

    def weights(self) -> dict[str, Floats]:
        """The weights now."""
        return {name: np.array(array, np.float32) for name, array in self.params.items()}


class Settling:
    """`settle` with the force of predictive coding, from the forward pass on: so many steps are one relaxation."""

    def __init__(self, setting: Setting, count: int) -> None:
        self.net, self.how = PredictiveNetwork(network(setting)), Relaxation(count, PACE)
        self.params = setting.weights()
        x, labels = setting.data()
        x, y = x[: setting.batch], one_hot(labels[: setting.batch], setting.sizes[-1])
        self.state, first = self.net.start(self.params, x)
        self.given = self.net.given(first, y)

    def steps(self, n: int) -> None:
        """`n` relaxations."""
        for _ in range(n):
            settle(self.net.force(self.params, steps=self.how.steps), self.state, self.given, self.how)


class SettlingProducts:
    """The matrix products of as many settling steps: predictions from the hidden layers, and errors back to them."""

    def __init__(self, setting: Setting, count: int) -> None:
        rng, params = np.random.default_rng(0), setting.weights()
        self.layers, self.count = [params[f"W{layer}"] for layer in range(2, len(setting.sizes))], count
        self.h = [rng.random((setting.batch, n), dtype=np.float32) for n in setting.sizes[1:]]

    def steps(self, n: int) -> None:
        """The products of `n` relaxations."""
        for _ in range(n * self.count):
            for layer, w in enumerate(self.layers):
                times(self.h[layer], w)
                times(self.h[layer + 1], w.T)
