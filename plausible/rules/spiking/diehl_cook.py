"""Spike-timing-dependent plasticity in a competitive network of spiking neurons, labelled afterwards.

>>> import numpy as np
>>> from plausible.networks.mlp import MLP
>>> from plausible.rules.spiking.diehl_cook import DiehlCook
>>> params, state = DiehlCook(MLP((100,))).init(784, 10, np.random.default_rng(0))
>>> {name: array.shape for name, array in params.items()}
{'W1': (784, 100), 'theta': (100,), 'delay': (784, 100)}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, Presentation, State, Step, View
from plausible.errors import require_number, require_whole
from plausible.networks.mlp import MLP
from plausible.rules.spiking.simulated import SPIKING
from plausible.search import Range
from plausible.spiking.choice import simulation
from plausible.spiking.decode import class_rates, remembered, votes
from plausible.spiking.diehl_cook.network import circuit
from plausible.spiking.diehl_cook.presentation import Presented, fresh, present
from plausible.spiking.simulate import Simulation

ANSWERS = (
    *("weight transport", "update locking", "target at the output", "exact derivatives"),
    *("continuous values", "insensitivity to timing"),
)
LEARNED = MappingProxyType({"W1": "plastic.w", "theta": "exc.theta"})
SMALL = 20_000  # synapses, below which precision costs nothing


@cache
def simulated(inputs: int, rule: DiehlCook) -> Simulation:
    """The rule's network: one program for all its runs, seeds and phases."""
    neurons = rule.network.hidden[0]
    precision = "float64" if inputs * neurons < SMALL else "float32"
    return simulation(circuit(inputs, neurons, rule.stdp, precision=precision, block=rule.block))


def moved(after: Array, before: Array) -> Array:
    """The change of an array over a run, in its own shape and dtype."""
    return after.astype(before.dtype).reshape(before.shape) - before


def speeds(rule: DiehlCook) -> tuple[float, float, float, float]:
    """How fast weights and thresholds of a rule change."""
    return rule.potentiation, rule.depression, rule.growth, rule.tau_theta


def checked(rule: DiehlCook) -> None:
    """Raise `BadInput` for numbers that a rule cannot have."""
    for name in ("potentiation", "depression", "growth", "block"):
        require_number(name, getattr(rule, name))
    require_number("tau_theta", rule.tau_theta, open_low=True)
    require_whole("memory", rule.memory)


@dataclass(frozen=True)
class DiehlCook:
    """Unsupervised STDP with adaptive thresholds and lateral inhibition [diehl2015]; labels name neurons afterwards.

        an arriving spike:  w ← w - η_pre post1,   x ← 1          own spike:  w ← w + η_post x post2,   post1, post2 ← 1

    with w (n_in, n), traces x of arriving spikes (20 ms), post1 (20 ms) and post2 (40 ms) of the neuron's, w in [0, 1],
    Σ_i w_ij = 78 before every image, η_pre 1e-4, η_post 1e-2; `plausible.spiking.diehl_cook.network` has all equations
    with units, and the other variants of `stdp`. A presentation is one run over all its images; its change is weights
    after minus before, for plain descent at the rate 1. `theta` (n,) are the thresholds' adaptive part, volts;
    `delay` (n_in, n), s, never changes. `update` also counts, by class, what each neuron answered: `respond` names it
    after the class that it spiked most for, and each class has the mean spikes of its neurons. Labels do nothing else.
    Inputs are from 0 to 1, rates up to 63.75 Hz. Work is spikes, and the synapses that they reach (see `Presented`).

    Deviations: n is the width of the first hidden layer, the only one; thresholds decay once a slot; a gain of 32 lets
    images pass; inhibition acts up to a conductance of 190, as Euler's steps would pass the reversal potential; fewer
    inputs than 784 conduct more each. Spikes are counted while weights learn; the study counts anew afterwards.
    """

    source: ClassVar[str] = "diehl2015"
    answers: ClassVar[tuple[str, ...]] = ANSWERS
    search: ClassVar[Mapping[str, Range]] = {}
    reference: ClassVar[str] = ""
    work: ClassVar[tuple[str, ...]] = ("synaptic events", "spikes")
    inputs: ClassVar[tuple[float, float]] = (0.0, 1.0)
    targets: ClassVar[str] = "classes"
    presentation: ClassVar[int] = 300
    optimiser: ClassVar[str] = "sgd[rate=1]"
    ignores: ClassVar[Mapping[str, str]] = SPIKING

    network: MLP = MLP((100,))
    stdp: Literal["triplet", "pair", "power-law", "exponential", "pre-and-post"] = "triplet"
    potentiation: float = 1e-2
    depression: float = 1e-4
    growth: float = 5e-5
    tau_theta: float = 1e4
    block: float = 5.0
    memory: int = 10_000
    __post_init__ = checked  # type: ignore[misc]  # an instance method, which a function of the class is

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        shape = n_in, self.network.hidden[0]
        start = {"W1": 0.3 * (rng.random(shape) + 0.01), "theta": np.full(shape[1], 0.02)}
        start["delay"] = 0.5e-3 * rng.integers(0, 21, shape)
        params = {name: array.astype(self.network.dtype) for name, array in start.items()}
        return params, {"values": {}, "rates": np.zeros((n_out, shape[1] + 1))}

    def show(self, params: View, state: State, x: Array, rng: Generator, learn: bool) -> Presented:
        values = {**fresh(params["W1"], params["theta"], params["delay"], *speeds(self)), **state["values"]}
        values |= {"plastic.w": params["W1"], "exc.theta": params["theta"]}
        return present(simulated(x.shape[1], self), values, x, int(rng.integers(2**31)), learn)

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        after = self.show(params, state, shown.x, rng, learn=True)
        updates = {name: moved(after.values[there], params[name]) for name, there in LEARNED.items()}
        rates = remembered(state["rates"], after.counts, shown.y, self.memory)
        return Step(updates, {"values": after.carried(), "rates": rates}, after.internals())

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        counts = self.show(params, state, x, rng, learn=False).counts.astype(self.network.dtype)
        return [counts, votes(counts, class_rates(state["rates"]))]
