"""The suite's own trainer, as a user calls it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from baselines.backprop import Backprop
from baselines.bptt import BPTT
from benchmarks.setting import ADAM_RATE, MOMENTUM, RATE, Floats, Setting, Whole
from plausible.core import Optimiser, Params, Tick, randomness
from plausible.networks import MLP
from plausible.optimise.adam import Adam
from plausible.optimise.sgd import SGD
from plausible.recurrent_network import RNN
from plausible.rules.direct_feedback_alignment import DirectFeedbackAlignment
from plausible.streams import Minibatches
from plausible.tasks.task import Split, one_hot
from plausible.train import train

RULES: dict[str, tuple[Any, Optimiser]] = {
    "backprop": (Backprop, SGD(RATE)),
    "direct feedback alignment": (DirectFeedbackAlignment, SGD(RATE)),
    "momentum": (Backprop, SGD(RATE, MOMENTUM)),
    "adam": (Backprop, Adam(ADAM_RATE)),
    "bptt": (BPTT, SGD(RATE)),
}


class Ours:
    """`train` with a rule, an optimiser and a stream of minibatches; draining it is training."""

    def __init__(self, setting: Setting, name: str) -> None:
        make, optimiser = RULES[name]
        hidden = setting.sizes[1:-1]
        rule = make(RNN(hidden) if setting.steps else MLP(hidden))
        roles = randomness(0)
        x, labels = setting.data()
        n_in, n_out = setting.sizes[0], setting.sizes[-1]
        drawn, state = rule.init(n_in, n_out, roles.weights)
        self.params: Params = drawn | setting.weights()
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


def by_rows(x: Floats, labels: Whole, n_out: int) -> Split:
    """Sequences (examples, time, n_in) with time in front, of which the last answer counts."""
    time, y = x.shape[1], one_hot(labels, n_out)
    mask = np.zeros((time, len(x)), np.float32)
    mask[-1] = 1
    return Split(np.ascontiguousarray(x.swapaxes(0, 1)), np.tile(y, (time, 1, 1)), mask)
