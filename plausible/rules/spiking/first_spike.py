"""Supervised learning of first spikes: the class whose neuron is the first answers, and errors of times scale STDP.

>>> import numpy as np
>>> from plausible.networks.mlp import MLP
>>> from plausible.rules.spiking.first_spike import S2STDP
>>> params, state = S2STDP().init(64, 10, np.random.default_rng(0))
>>> {name: array.shape for name, array in params.items()}
{'W1': (128, 10), 'extra': (10,)}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, State, View
from plausible.errors import require_number, require_whole
from plausible.rules.spiking.coded import Coded
from plausible.rules.spiking.simulated import precision
from plausible.search import Range
from plausible.spiking.circuit import Projection
from plausible.spiking.first_spikes import (
    ARRIVING,
    TRACES,
    begin,
    first_spiking,
    judging,
    plastic,
    ranking,
    readiness,
    slot,
    telling,
)
from plausible.spiking.slots import Slots

ANSWERS = (
    "weight transport",
    "exact derivatives",
    "continuous values",
    "insensitivity to timing",
    "signed synapses",
)
MEAN, SPREAD = 0.3, 0.05  # of new weights
CONTROL = """
rate : 1
gap : 1
minus : 1
theta : 1
adapt : 1
total : 1  # of the times of the first neurons of all classes
whole : 1  # sum of the weights of a neuron
"""


def errors(steps: int, n_out: int, members: int) -> Projection:
    """The errors of neurons, and the thresholds of those of the right class: up for the first, down for the others."""
    others, first = members - 1, "int(beaten_post == 0)"
    mean = f"average = clip(total/{n_out}, 0, {steps}*(1 - gap/{n_out}))"
    wanted = f"wanted = average + gap*{steps}*(1/{n_out} - target_post)"
    error = f"error_post = {first}*(time_post - wanted)/{steps}"
    grown = f"extra_post += learn*adapt*theta*target_post*({first}*{members} - 1)/{others}"
    return judging("; ".join([mean, wanted, error, *([grown] if others else [])]))


@dataclass(frozen=True)
class S2STDP(Coded):
    """STDP of first spikes, scaled by the error of each neuron's time, from times around their mean [goupy2024].

        T = t̄ - g (N-1)/N for the right class, t̄ + g/N for others;   e_j = (t_j - T_j)/t_max;   Δw_ij = η e_j s_ij

    with t_j the step of neuron j's spike, t_max where it has none, t̄ their mean, at most t_max - g/N, N classes, g
    `gap` t_max, s_ij 1 if input i spiked before t_j, else -`minus`; w (lines, neurons) from 0 to 1. Errors sum to 0. A
    late neuron learns by STDP, an early one by the opposite; the weights of each that learned are then scaled to the
    sum that weights start with on average. `plausible.spiking.first_spikes` has neurons and ranks. Of `members` neurons
    of a class one alone learns: the first whose sum reaches θ plus `extra` (neurons,). For the right class its `extra`
    grows by `adapt` θ, those of the others shrink as much in all. Answers are by θ alone.

    Deviations: times are whole steps of `steps`; inputs are contrasts of the image, not features of STDP; `extra` is
    not annealed; θ is `theta` times what all lines would add up to at first.
    """

    source: ClassVar[str] = "goupy2024"
    answers: ClassVar[tuple[str, ...]] = ANSWERS
    search: ClassVar[Mapping[str, Range]] = {"rate": Range(0.03, 1.0), "gap": Range(0.02, 0.2)}

    members: int = 1
    rate: float = 0.3
    gap: float = 0.07
    minus: float = 0.1
    theta: float = 0.31
    adapt: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_whole("members", self.members)
        require_number("gap", self.gap, 0, 1)

    def slots(self, n_in: int, n_out: int) -> Slots:
        steps, size = slot(self.code), n_out * self.members
        group = self.members > 1
        variables, harder = "error : 1\nextra : 1\nsum_w : 1", "theta + extra" if group else ""
        out = first_spiking(size, steps, "theta", variables, harder, "error != 0")
        synapses = plastic("rate*error_post*(causal - minus*(1 - causal))", "whole", "learns")
        told = telling("tell_times", "total_post += int(beaten_pre == 0)*time_pre")
        ranks = (ranking(self.members, "rank"), readiness("(theta + extra_post)")) if group else (ranking(1),)
        start = (*begin(steps, f"targets(example*ms, i//{self.members})"), ("control", "total = 0"))
        start += (("out", f"sum_w = 0{f'; ready = 0; rank = {2 * steps}' * group}"),)
        return Slots(
            self.code, n_in, steps + 1, (out,), (synapses, *ranks, told, errors(steps, n_out, self.members)),
            (("W1", "plastic.w"), ("extra", "out.extra")), ("out.score",), start, CONTROL,
            targets=n_out, precision=precision(size * self.code.lines(n_in)), arriving=ARRIVING, traces=TRACES,
        )  # fmt: skip

    def weights(self, n_in: int, n_out: int, rng: Generator) -> Params:
        size = n_out * self.members
        drawn = rng.normal(MEAN, SPREAD, (self.code.lines(n_in), size))
        return {"W1": np.clip(drawn, 0, 1), "extra": np.zeros(size)}

    def settings(self, params: View) -> Mapping[str, float]:
        told = self.controls(len(params["W1"]), MEAN, "rate", "gap", "minus", "adapt")
        return {**told, "control.whole": MEAN * len(params["W1"])}

    def answer(self, params: View, state: State, records: Mapping[str, Array]) -> list[Array]:
        return [-records["out.score"].reshape(-1, state["classes"], self.members).min(axis=2)]


@dataclass(frozen=True)
class PairedCompetingNeurons(S2STDP):
    """`S2STDP` with two neurons a class, of which the first one learns [goupy2024]: `members` is 2.

    Deviations: as `S2STDP`, and both neurons of a class answer for it.
    """

    members: int = 2


@dataclass(frozen=True)
class NeuronalCompetitionGroups(S2STDP):
    """`S2STDP` with groups of neurons whose thresholds, while they learn, let all of them win [goupy2024].

    `members` is 5, `adapt` 0.002. Deviations: as `S2STDP`.
    """

    members: int = 5
    adapt: float = 0.002
