"""Dendritic prediction of somatic spiking, in layers: outputs are drawn towards targets, hidden neurons by outputs.

>>> import numpy as np
>>> from plausible.networks.mlp import MLP
>>> from plausible.rules.spiking.urbanczik_senn import UrbanczikSenn
>>> params, state = UrbanczikSenn(MLP((100,))).init(64, 10, np.random.default_rng(0))
>>> {name: array.shape for name, array in params.items()}
{'W1': (64, 100), 'W2': (100, 10), 'B1': (10, 100)}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from numpy.random import Generator

from plausible.core import Params, View
from plausible.networks.mlp import MLP
from plausible.rules.spiking.rate_coded import Crowds, RateCoded, normal
from plausible.search import Range
from plausible.spiking.circuit import Group, Projection
from plausible.spiking.slots import Slots

SLOT = 100  # steps of 1 ms
EVERY = 5  # ms between two changes of a weight
PSP = "ds/dt = -s/(3*ms) : 1\ndpsp/dt = (-0.1*psp + s)/ms : 1"
# As in `plausible.spiking.neurons.two_compartments`, with a soma that is at rest with its dendrite at every step. gap
# is how much more often it spikes than its dendrite predicts, and slope (ln φ)' of the prediction, both of a ms
# before.
NEURON = f"""
    dv_w/dt = (-0.1*v_w + current)/ms : 1
    dcurrent/dt = -current/(3*ms) : 1
    {{0}}
    prediction = 2/2.1*v_w : 1
    phi = 0.15/(1 + 0.5*exp(5*(1 - u))) : 1
    predicted = 0.15/(1 + 0.5*exp(5*(1 - prediction))) : 1
    dgap/dt = (phi - predicted - gap)/ms : 1
    dslope/dt = (5/(1 + 2*exp(-5*(1 - prediction))) - slope)/ms : 1
    count : 1
    {PSP}
    """
HIDDEN = "da/dt = -a/(10*ms) : 1\nu = prediction + learn*nudge*a : 1"
OUTPUT = """
    target : 1
    g_e = learn*pull*target : 1
    g_i = learn*pull*(1 - target) : 1
    u = (2*v_w + g_e*14/3.0 - g_i/3.0)/(2.1 + g_e + g_i) : 1
    """
LEARNS = "w += learn*rate*gap_post*slope_post*psp_pre"
ANEW = "v_w = 0; current = 0; s = 0; psp = 0; gap = 0; slope = 0; count = 0"
CONTROL = "rate : 1\npull : 1       # per ms\nnudge : 1"


def neurons(number: int, name: str, size: int, output: bool) -> Group:
    """Neurons that spike by chance; their dendrites, where alone they would have, are heard of as `expects`."""
    soma, alone = (
        f"chance(seed + {2 * number + each}, step, i) < {rate}*dt/ms"
        for each, rate in enumerate(("phi", "predicted"))
    )
    changes = ("changes", f"now % {EVERY} == {EVERY - 1}")
    events = (("expects", alone), changes) if output else (changes,)
    return Group(
        name, size, NEURON.format(OUTPUT if output else HIDDEN), soma, "s += 1; count += 1", events=events
    )


@dataclass(frozen=True)
class UrbanczikSenn(RateCoded):
    """Dendritic prediction of somatic spiking [urbanczik2014], as a classifier of layers.

        every 5 ms:  w ← w + η [φ(u) - φ(v*)] h(v*) psp,   hidden:  u = v* + ν a,   outputs:  u drawn to targets

    with w (n_{l-1}, n_l), psp what a spike leaves at a dendrite (3 and 10 ms), v* what the dendrite alone says of the
    soma u, φ the rate of spikes, at most 150 Hz, and h = (ln φ)'. Conductances `pull` draw an output up if its class is
    right, else down, all the while that an example is shown. A hidden neuron's apical potential a, 10 ms, adds B,
    (n_L, n_1), fixed and uniform on ± `feedback`, at every spike of an output's soma, and takes it away where the
    output's dendrite alone would have made one: it moves as the errors of outputs do, and draws the soma with ν =
    `nudge`. In tests nothing is drawn. The largest input spikes with the probability `brightest` a ms.

    Deviations: the paper has one layer; errors reach hidden layers by random feedback here. The soma has no time
    constant of its own (0.5 ms there), no refractoriness, and its rate stands for its spikes S in the change, which it
    is the mean of. Changes are not low-pass filtered, and are made every 5 ms; potentials start anew with an example.
    """

    source: ClassVar[str] = "urbanczik2014"
    answers: ClassVar[tuple[str, ...]] = ("weight transport", "continuous values")
    search: ClassVar[Mapping[str, Range]] = {"rate": Range(1e-5, 1e-1), "nudge": Range(0.01, 1.0)}

    network: MLP = MLP((100,))
    rate: float = 1e-4
    gain: float = 0.15
    feedback: float = 1.0
    pull: float = 1.0
    nudge: float = 0.1

    def slots(self, n_in: int, n_out: int) -> Slots:
        layers, sizes = self.layers(), self.sizes(n_in, n_out)
        out, several = layers[-1], enumerate(zip(layers[1:], sizes[1:], strict=True), 1)
        groups = tuple(neurons(i, name, n, name == out) for i, (name, n) in several)
        forward = self.forward(
            "w : 1", "current_post += w", on_post=(("follow", LEARNS),), events=(("follow", "changes"),)
        )
        paths, late = (("pre", "a_post += w"), ("alone", "a_post -= w")), (("pre", 2), ("alone", 2))
        back = (
            Projection(f"back{i}", out, name, "w : 1", paths, events=(("alone", "expects"),), orders=late)
            for i, name in enumerate(layers[1:-1], 1)
        )
        begin = [(name, f"{ANEW}; a = 0") for name in layers[1:-1]]
        begin += [(out, f"{ANEW}; target = targets(example*ms, i)"), ("inputs", "s = 0; psp = 0")]
        return Slots(
            Crowds(SLOT, self.brightest, self.copies), n_in, SLOT, groups, (*forward, *back), self.learned(),
            tuple(f"{name}.count" for name in layers[1:]), tuple(begin), CONTROL, targets=n_out,
            arriving="s += 1", traces=PSP, method="euler",
        )  # fmt: skip

    def weights(self, n_in: int, n_out: int, rng: Generator) -> Params:
        back = {f"B{i}": (n_out, n) for i, n in enumerate(self.network.hidden, 1)}
        params = normal(rng, self.sizes(n_in, n_out), self.gain)
        return params | {
            name: rng.uniform(-self.feedback, self.feedback, size) for name, size in back.items()
        }

    def settings(self, params: View) -> Mapping[str, Any]:
        back = {f"back{name[1:]}.w": params[name] for name in params if name[0] == "B"}
        return {f"control.{name}": getattr(self, name) for name in ("rate", "pull", "nudge")} | back
