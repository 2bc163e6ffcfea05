"""Reward-modulated STDP: what pairs of spikes would change waits in the synapse for the reward.

>>> import numpy as np
>>> from plausible.networks.mlp import MLP
>>> from plausible.rules.spiking.reward_stdp import RewardSTDP
>>> params, state = RewardSTDP(MLP((100,))).init(64, 10, np.random.default_rng(0))
>>> {name: array.shape for name, array in params.items()}
{'W1': (64, 100)}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Params, State
from plausible.rules.spiking.population import ANSWERS, Rewarded, population
from plausible.spiking.slots import Slots

CONTROL = "earned : 1\nspikes : 1\nexpected : 1\nreward : 1"
BEFORE = "expected += learn*int(spikes > 0)*(earned/(spikes + 1e-9) - expected)/100; earned = 0; spikes = 0"


@dataclass(frozen=True)
class RewardSTDP(Rewarded):
    """Reward-modulated STDP (R-STDP) [fremaux2016], as a classifier by rates: Δw = η (R - R̄) e.

        an arriving spike:  e ← e - A y      an own spike:  e ← e + x      at the end of 100 ms:  w ← w + η (R - R̄) e

    with w and e (n_in, n), the trace x of an input's spikes and y of a neuron's own (20 ms each, + 1 a spike), and A
    = `depression`. The layer's n neurons stand for classes in turn, and each spike takes `inhibition` from the
    currents of all others. Their spikes are a vote: R is the mean of what they earn, 1 for the right class and
    -`punishment` for another, and R̄ its running mean over a hundred examples, from that of votes by chance on. All
    synapses are told R - R̄. w starts uniform from 0 to u = 2 `gain` / n_in, in units of the threshold, and stays from 0
    to `high` u; η is `rate` u. Each neuron's weights are then scaled towards their sum `gain`, by the share `keep`.
    Neurons are leaky (10 ms), held for 3 ms after a spike, and currents decay with 5 ms. The largest input spikes with
    the probability `brightest` a ms. The presentation's reward is read for each answer that could be given, its labels
    never.

    Deviations: the rule is a form, [fremaux2016] of many; network and constants are this suite's. Two spikes in one
    step are no pair. A is 0: where rates are steady and A is 1, e is 0 but for chance, and nothing is learned. Without
    `keep` punishments silence the layer. R is graded, the share of the votes.
    """

    source: ClassVar[str] = "fremaux2016"
    answers: ClassVar[tuple[str, ...]] = ANSWERS

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        params, state = super().init(n_in, n_out, rng)
        expected = (1 - self.punishment * (n_out - 1)) / n_out  # of votes by chance
        return params, {**state, "values": {"control.expected": np.array([expected])}}

    def slots(self, n_in: int, n_out: int) -> Slots:
        end = "w = clip(w + learn*rate*(earned/(spikes + 1e-9) - expected)*trace, 0, high); trace = 0"
        told = "earned_post += prize_pre; spikes_post += 1"
        carried = tuple(f"control.{name}" for name in ("earned", "spikes", "expected"))
        paths = ("trace -= depression*y_post", "trace += x_pre", end)
        begin = (("control", BEFORE),)
        return population(self, n_in, n_out, "trace : 1", paths, told, CONTROL, carried=carried, begin=begin)
