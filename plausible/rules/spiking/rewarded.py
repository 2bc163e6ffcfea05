"""Reward-modulated learning of first spikes, and the same without a reward: the first of all neurons alone learns.

>>> import numpy as np
>>> from plausible.networks.mlp import MLP
>>> from plausible.rules.spiking.rewarded import FirstSpikeRSTDP
>>> params, state = FirstSpikeRSTDP().init(64, 10, np.random.default_rng(0))
>>> {name: array.shape for name, array in params.items()}
{'W1': (128, 100), 'extra': (100,), 'hits': (1,)}
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from plausible.core import Array, Params, Presentation, State, View
from plausible.errors import require_flag, require_number, require_whole
from plausible.networks.mlp import MLP
from plausible.rules.spiking.coded import Coded
from plausible.rules.spiking.simulated import precision
from plausible.search import Range
from plausible.spiking.first_spikes import (
    ARRIVING,
    TRACES,
    begin,
    first_spiking,
    judging,
    plastic,
    ranking,
    slot,
    telling,
)
from plausible.spiking.readout import added, empty, read
from plausible.spiking.slots import Slots

ANSWERS = (
    "weight transport",
    "exact derivatives",
    "continuous values",
    "insensitivity to timing",
    "signed synapses",
)
FIRST = "int(beaten_post == 0)*fired_post"  # 1 for the first of all neurons, if it spiked
STDP = "(plus*causal - minus*(1 - causal))"
ANTI = "(anti_plus*causal - anti_minus*(1 - causal))"
RATES = "theta : 1\nplus : 1\nminus : 1\nadapt : 1\n"
REWARD = """
anti_plus : 1
anti_minus : 1
adaptive : 1
right : 1  # whether the last answer was right
wrong : 1
hits : 1  # share of right answers
memory : 1
"""
SPREAD = 0.05  # of new weights


@dataclass(frozen=True)
class Winner(Coded, ABC):
    """What rules share in which the first of all neurons to spike learns alone; `competing` is their circuit.

    There are as many neurons as the first hidden layer has units. `extra` (neurons,) is what a threshold has beyond θ:
    the winner's grows by `adapt` θ, and those of all others shrink as much in all.
    """

    network: MLP = MLP((100,))
    plus: float = 0.04
    minus: float = 0.03
    theta: float = 0.2
    adapt: float = 0.002
    mean: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number("mean", self.mean, 0, 1, open_low=True)

    def competing(self, n_in: int, change: str, target: str = "0", **more: Any) -> Slots:
        """The circuit in which the weights of the first neuron change by `change`; `more` is of `Slots`."""
        size, steps = self.network.hidden[0], slot(self.code)
        grown = f"extra_post += learn*adapt*theta*({FIRST}*{size} - 1)/{max(size - 1, 1)}*int({size} > 1)"
        out = first_spiking(size, steps, "(theta + extra)", "extra : 1")
        own = (plastic(f"{FIRST}*{change}*w*(1 - w)"), ranking(size), judging(grown), *more.pop("told", ()))
        control = RATES + more.pop("control", "")
        start = (*begin(steps, target), *more.pop("begin", ()))
        learned = (("W1", "plastic.w"), ("extra", "out.extra"), *more.pop("learned", ()))
        return Slots(
            self.code, n_in, steps, (out,), own, learned, ("out.score",), start, control,
            precision=precision(size * self.code.lines(n_in)), arriving=ARRIVING, traces=TRACES, **more,
        )  # fmt: skip

    def weights(self, n_in: int, n_out: int, rng: Generator) -> Params:
        size = self.network.hidden[0]
        drawn = rng.normal(self.mean, SPREAD, (self.code.lines(n_in), size))
        return {"W1": np.clip(drawn, 0.01, 0.99), "extra": np.zeros(size)}

    def settings(self, params: View) -> Mapping[str, float]:
        return self.controls(len(params["W1"]), self.mean, "plus", "minus", "adapt")


@dataclass(frozen=True)
class FirstSpikeSTDP(Winner):
    """Unsupervised STDP of the first neuron to spike, which inhibits all others; labels fit a linear read-out alone.

        Δw_ij = (a₊ if input i spiked before neuron j, else -a₋) w_ij (1 - w_ij),   j the first of all neurons

    with w (lines, neurons) from 0 to 1, a₊ `plus`, a₋ `minus` [mozafari2018]; `Winner` has the neurons. The read-out is
    the ridge regression of labels on the times of first spikes, in `memory` examples; labels do nothing else.

    Deviations: one layer with all inputs, no convolution; thresholds adapt; rates of learning do not grow.
    """

    source: ClassVar[str] = "mozafari2018"
    answers: ClassVar[tuple[str, ...]] = (
        *ANSWERS,
        "target at the output",
        "update locking",
        "non-local error",
    )
    search: ClassVar[Mapping[str, Range]] = MappingProxyType(
        {"plus": Range(0.01, 0.3), "theta": Range(0.1, 0.6)}
    )

    memory: int = 10_000

    def __post_init__(self) -> None:
        super().__post_init__()
        require_whole("memory", self.memory)

    def slots(self, n_in: int, n_out: int) -> Slots:
        return self.competing(n_in, STDP)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        params, state = super().init(n_in, n_out, rng)
        return params, {**state, "sums": empty(self.network.hidden[0], n_out)}

    def features(self, records: Mapping[str, NDArray[Any]]) -> Array:
        """The times of first spikes, in slots, (examples, neurons); 1 where there was none."""
        return np.minimum(records["out.score"] / slot(self.code), 1)

    def remember(self, state: State, shown: Presentation, records: Mapping[str, NDArray[Any]]) -> State:
        return {**state, "sums": added(state["sums"], self.features(records), shown.y, self.memory)}

    def answer(self, params: View, state: State, records: Mapping[str, NDArray[Any]]) -> list[Array]:
        features = self.features(records)
        return [features, read(state["sums"], features)]


@dataclass(frozen=True)
class FirstSpikeRSTDP(Winner):
    """Reward-modulated STDP of first spikes: the class of the first neuron is the answer [mozafari2018].

        rewarded:  Δw_ij = (1 - h) (a₊ if causal, else -a₋) w (1 - w)
        punished:  Δw_ij = h (-b₊ if causal, else b₋) w (1 - w)

    for the first of all neurons j alone, w (lines, neurons) from 0 to 1, causal where input i spiked before j; a₊ is
    `plus`, a₋ `minus`, b₊ `anti_plus`, b₋ `anti_minus`, h the share of right answers, over `memory` of them; unless it
    is `adaptive`, 1 stands for h and for 1 - h. Neuron j stands for the class j mod n_out. All synapses are told
    whether the answer was right.

    Deviations: one layer with all inputs, no features of STDP below and no dropout; thresholds adapt.
    """

    source: ClassVar[str] = "mozafari2018"
    answers: ClassVar[tuple[str, ...]] = ANSWERS
    search: ClassVar[Mapping[str, Range]] = MappingProxyType(
        {"plus": Range(0.01, 0.3), "theta": Range(0.1, 0.6)}
    )

    anti_plus: float = 0.2
    anti_minus: float = 0.04
    adaptive: bool = True
    memory: int = 1000
    plus: float = 0.2
    minus: float = 0.2

    def __post_init__(self) -> None:
        super().__post_init__()
        require_whole("memory", self.memory)
        require_flag("adaptive", self.adaptive)

    def slots(self, n_in: int, n_out: int) -> Slots:
        change = f"(right*(1 - adaptive*hits)*{STDP} - wrong*(1 - adaptive*(1 - hits))*{ANTI})"
        won = "int(beaten_pre == 0)*fired_pre"
        told = (
            telling("tell_right", f"right_post += {won}*target_pre"),
            telling("tell_wrong", f"wrong_post += {won}*(1 - target_pre)"),
        )
        judged = "hits += learn*(right + wrong)*(right - hits)/memory; right = 0; wrong = 0"
        return self.competing(
            n_in, change, f"targets(example*ms, i % {n_out})", told=told, control=REWARD, begin=(("control", judged),),
            targets=n_out, learned=(("hits", "control.hits"),), carried=("control.right", "control.wrong"),
        )  # fmt: skip

    def weights(self, n_in: int, n_out: int, rng: Generator) -> Params:
        return {**super().weights(n_in, n_out, rng), "hits": np.full(1, 1 / n_out)}

    def settings(self, params: View) -> Mapping[str, float]:
        names = "plus", "minus", "adapt", "anti_plus", "anti_minus", "adaptive", "memory"
        return self.controls(len(params["W1"]), self.mean, *names)

    def answer(self, params: View, state: State, records: Mapping[str, NDArray[Any]]) -> list[Array]:
        score, classes = records["out.score"], state["classes"]
        return [score, np.stack([-score[:, kind::classes].min(axis=1) for kind in range(classes)], axis=1)]
