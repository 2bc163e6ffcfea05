"""Modulated STDP with an eligibility trace, rewarded at every spike of a read-out population.

>>> import numpy as np
>>> from plausible.networks.mlp import MLP
>>> from plausible.rules.spiking.mstdpet import MSTDPET
>>> params, state = MSTDPET(MLP((100,))).init(64, 10, np.random.default_rng(0))
>>> {name: array.shape for name, array in params.items()}
{'W1': (64, 100)}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from plausible.core import View
from plausible.errors import require_number
from plausible.rules.spiking.population import ANSWERS, Rewarded, population
from plausible.spiking.slots import Slots

# In a step of 1 ms `fade` loses 1/τ_z of itself, as z does, and `paid` is the sum of rewards, each as faded as z then
# is.
CONTROL = (
    "tau_z : second\ndfade/dt = -fade/tau_z : 1\ndpaid/dt = reward*fade/ms : 1\ndreward/dt = -reward/ms : 1"
)
JUMPS = "a += {0}/fade; b += {0}*paid/fade"


@dataclass(frozen=True)
class MSTDPET(Rewarded):
    """Modulated STDP with an eligibility trace (MSTDPET) [florian2007], with a read-out population.

        τ_z z' = -z + ζ,   ζ = x S_after - A y S_before,   w' = γ r z,   r: what the population's spikes earn

    with w and z (n_in, n), traces x of an input's spikes and y of a neuron's own (20 ms each, + 1 a spike), A =
    `depression`, S spikes, and γ the `rate`. The layer's n neurons stand for classes in turn, each spike takes
    `inhibition` from the currents of all others, and earns 1 if its class is right, else -`punishment`; all synapses
    are told what all spikes earn, a ms later. At the end of 100 ms w changes by the sum of its changes; γ, the range of
    w and its sum are as in `RewardSTDP`. As z fades alike everywhere, Δw = γ (a P - b) with P = ∫ r fade, a = ∫ ζ/fade
    and b = ∫ ζ P/fade: only spikes cost time, and the value is that of the equations. Neurons, inputs and weights at
    the start are those of `RewardSTDP`; the presentation's reward is read for each answer that could be given, its
    labels never.

    Deviations: there is no hidden layer, and no neuron spikes by chance but the inputs; w stands still until the end of
    an example, and traces start anew with the next. Two spikes in one step are no pair. A is 0, 1 in the paper.
    """

    source: ClassVar[str] = "florian2007"
    answers: ClassVar[tuple[str, ...]] = ANSWERS

    tau_z: float = 25.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number("tau_z", self.tau_z, 1)  # a step of Euler's

    def slots(self, n_in: int, n_out: int) -> Slots:
        end = "w = clip(w + learn*rate*(a*paid - b)/(tau_z/ms), 0, high); a = 0; b = 0"
        paths = JUMPS.format("(-depression*y_post)"), JUMPS.format("x_pre"), end
        begin = (("control", "fade = 1; paid = 0; reward = 0"),)
        return population(
            self, n_in, n_out, "a : 1\nb : 1", paths, "reward_post += prize_pre", CONTROL, begin=begin
        )

    def settings(self, params: View) -> Mapping[str, Any]:
        return {**super().settings(params), "control.tau_z": self.tau_z / 1000}
