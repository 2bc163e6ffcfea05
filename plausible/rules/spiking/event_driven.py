"""Event-driven random feedback: spikes of error neurons reach dendrites through fixed random weights.

>>> import numpy as np
>>> from plausible.networks.mlp import MLP
>>> from plausible.rules.spiking.event_driven import EventDrivenFeedback
>>> params, state = EventDrivenFeedback(MLP((100, 50))).init(64, 10, np.random.default_rng(0))
>>> {name: array.shape for name, array in params.items()}
{'W1': (64, 100), 'W2': (100, 50), 'W3': (50, 10), 'B1': (10, 100), 'B2': (10, 50)}
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from numpy.random import Generator

from plausible.core import Params, View
from plausible.errors import require, require_number
from plausible.networks.mlp import MLP
from plausible.rules.spiking.rate_coded import Crowds, RateCoded, normal
from plausible.search import Range
from plausible.spiking.circuit import Group, Projection
from plausible.spiking.slots import Slots

SLOT = 100  # steps of 1 ms
# Currents and potentials are in units of the threshold. u is the potential of the dendrite, which moves no spike; box
# is 1 where the current, a step before, was within the window of learning.
NEURON = """
    dv/dt = (current - v)/(10*ms) : 1 (unless refractory)
    dcurrent/dt = -current/(4*ms) : 1
    du/dt = -u/(5*ms) : 1
    dbox/dt = (int(current > low)*int(current < high) - box)/ms : 1
    count : 1
    """
# An error neuron adds up, from 0 on, what an output owes, or what it has given too much.
ERROR = "dv/dt = {}*learn*target*aim/2 - v*int(v < 0)/ms : 1\ntarget : 1"
CONTROL = "rate : 1\nlow : 1\nhigh : 1\naim : Hz"
LEARNS = "current_post += w; w += learn*rate*u_post*box_post"
ANEW = "v = 0; current = 0; u = 0; box = 0; count = 0; lastspike = -1*second"
TOLD = "v = 0; target = targets(example*ms, i)"
LATE = (("pre", 2),)  # after all spikes of neurons have arrived, so that their order does not matter


def errors(layers: list[str], n_out: int) -> tuple[list[Group], list[Projection]]:
    """Error neurons, what they are told by outputs, and their synapses to all dendrites."""
    out, groups, parts = layers[-1], [], []
    for name, sign in (("owed", "+"), ("spare", "-")):
        groups.append(Group(name, n_out, ERROR.format(f"{sign}1"), "v >= 1", "v -= 1"))
        said = f"v_post {'-' if sign == '+' else '+'}= learn/2"
        parts.append(Projection(f"said_{name}", out, name, on_pre=said, connect="i == j"))
        back = f"u_post {sign}= 1"
        parts.append(
            Projection(f"{name}_out", name, out, on_pre=(("pre", back),), connect="i == j", orders=LATE)
        )
        for i, layer in enumerate(layers[1:-1], 1):
            arrives = (("pre", f"u_post {sign}= w"),)
            parts.append(Projection(f"{name}{i}", name, layer, "w : 1", arrives, orders=LATE))
    return groups, parts


@dataclass(frozen=True)
class EventDrivenFeedback(RateCoded):
    """Event-driven random back-propagation (eRBP) [neftci2017]: a synapse waits for an arriving spike alone.

        an arriving spike:  I ← I + w,   w ← w + η u Θ(I)          a spike of an error neuron:  u ← u ± B

    with w (n_{l-1}, n_l), the current I of the neuron after, which decays with 4 ms, and the potential u of its
    dendrite, which decays with 5 ms. Two error neurons for each class add up what their output owes: `aim` Hz if its
    class is right, else 0, less its spikes. One spikes for two spikes too few, the other for two too many. They add B
    and -B, (n_L, n_l), fixed and uniform on ± `feedback`, to the dendrites of hidden neurons, 1 and -1 to the
    output's. Θ, 1 for a current between `low` and `high`, else 0, stands for a derivative. Somata are leaky, with 10
    ms, and held for 4 ms after a spike; the largest input spikes with the probability `brightest` a ms. w starts
    normal, with the variance `gain`² / n_{l-1}. Equations are above, `slots` puts them together.

    Deviations: the paper's somata have 1 ms and noise of their own, its dendrites 0.2 ms (5 ms in the authors' program,
    with which a step agrees). Θ is asked of the current a step before, there of the one that the spike has raised: the
    order of spikes in a step does not matter here. Targets are currents of error neurons, which rest in tests; there
    they are spikes, and nothing is learned in the first 50 of 250 ms. Potentials start anew with every example, and
    tests take 100 ms, as learning does.
    """

    source: ClassVar[str] = "neftci2017"
    answers: ClassVar[tuple[str, ...]] = ("weight transport", "exact derivatives", "continuous values")
    search: ClassVar[Mapping[str, Range]] = {"rate": Range(1e-4, 1e-1), "gain": Range(1.0, 10.0)}

    network: MLP = MLP((100,))
    rate: float = 2e-3
    gain: float = 4.0
    feedback: float = 1.0
    low: float = -5.0
    high: float = 20.0
    aim: float = 100.0
    brightest: float = 0.3

    def __post_init__(self) -> None:
        super().__post_init__()
        require_between(self.low, self.high)

    def slots(self, n_in: int, n_out: int) -> Slots:
        layers, sizes = self.layers(), self.sizes(n_in, n_out)
        soma = NEURON, "v > 1", "v = 0; count += 1", "4*ms"
        neurons = [Group(name, n, *soma) for name, n in zip(layers[1:], sizes[1:], strict=True)]
        told, back = errors(layers, n_out)
        begin = [*((each.name, ANEW) for each in neurons), *((each.name, TOLD) for each in told)]
        code = Crowds(SLOT, self.brightest, self.copies)
        return Slots(
            code, n_in, SLOT, (*neurons, *told), (*self.forward("w : 1", LEARNS), *back), self.learned(),
            tuple(f"{name}.count" for name in layers[1:]), tuple(begin), CONTROL, targets=n_out,
        )  # fmt: skip

    def weights(self, n_in: int, n_out: int, rng: Generator) -> Params:
        back = {f"B{i}": (n_out, n) for i, n in enumerate(self.network.hidden, 1)}
        params = normal(rng, self.sizes(n_in, n_out), self.gain)
        drawn = {name: rng.uniform(-self.feedback, self.feedback, n) for name, n in back.items()}
        return params | drawn

    def settings(self, params: View) -> Mapping[str, Any]:
        back = {f"{name}{b[1:]}.w": params[b] for b in params if b[0] == "B" for name in ("owed", "spare")}
        told = {f"control.{name}": getattr(self, name) for name in ("rate", "low", "high", "aim")}
        return told | back


def require_between(low: float, high: float) -> None:
    """Raise `BadInput` unless some current lies between."""
    for name, bound in (("low", low), ("high", high)):
        require_number(name, bound, -math.inf)
    require(low < high, "low", low, f"less than high, {high:g}")
