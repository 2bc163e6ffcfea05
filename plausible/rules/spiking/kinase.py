"""The kinase rule: what calcium says of the outcome, less what it says of the prediction.

>>> import numpy as np
>>> from plausible.networks.mlp import MLP
>>> from plausible.rules.spiking.kinase import Kinase
>>> params, state = Kinase(MLP((100,))).init(64, 10, np.random.default_rng(0))
>>> {name: array.shape for name, array in params.items()}
{'W1': (64, 100), 'W2': (100, 10), 'R1': (10, 100)}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, ClassVar

from numpy.random import Generator

from plausible.core import Params, View
from plausible.networks.mlp import MLP
from plausible.rules.spiking.rate_coded import Crowds, RateCoded, normal
from plausible.search import Range
from plausible.spiking.calcium import SLOT, left
from plausible.spiking.circuit import Group, Projection
from plausible.spiking.slots import Slots

OUTCOME = 150  # ms of a prediction; the outcome follows, until the slot of 200 ms ends
# Calcium at calmodulin (5 ms), CaMKII and DAPK1 (40 ms each), every one from the one before; a spike adds 8/5.
CALCIUM = "dcam/dt = -cam/(5*ms) : 1\ndcap/dt = (cam - cap)/(40*ms) : 1\ndcad/dt = (cap - cad)/(40*ms) : 1"
NEURON = f"""
    dv/dt = (current + drive - v)/(10*ms) : 1 (unless refractory)
    dcurrent/dt = -current/(5*ms) : 1
    drive = {{0}} : 1
    count : 1
    {CALCIUM}
    """
OUTPUT = f"learn*clamp*(2*target - 1)*int(now >= {OUTCOME})"
P, D = left()  # of calcium at the end of a slot, per constant rate: what is missing of 1 has not come yet
LEARNS = f"w += learn*rate*(cap_pre*cap_post/{P * P!r} - cad_pre*cad_post/{D * D!r})"
OVER = (("over", f"now == {SLOT - 1}"),)
FIRES, FIRED = "v > 1", "v = 0; count += 1; cam += 1.6"
ANEW = "v = 0; current = 0; lastspike = -1*second; count = 0; cam = 0; cap = 0; cad = 0"


@dataclass(frozen=True)
class Kinase(RateCoded):
    """The kinase rule [oreilly2026]: contrastive Hebbian learning that synapses read off calcium.

        at the end of 200 ms:  ΔW = η (CaP_before CaP_after - CaD_before CaD_after)

    with CaP and the slower CaD traces of each neuron's own spikes, `plausible.spiking.calcium`, so that CaP says what
    was last and CaD what was before. For 150 ms the network answers, its prediction; in the last 50 ms `clamp` drives
    the output of the right class and holds down the others, the outcome, and their spikes move all layers by the
    weights that lead down, R_l (n_{l+1}, n_l). These learn by the same rule, and are not those that lead up. Neurons
    are leaky (10 ms), held for 3 ms after a spike; currents decay with 5 ms, in units of the threshold. Weights start
    normal, with the variance `gain`² / n_{l-1}, those that lead down with `back`² / n_{l+1}. The largest input spikes
    with the probability `brightest` a ms.

    Deviations: neurons are plain ones, and inhibition is in the signs of weights alone. Traces start anew with every
    example, and are divided by what a constant rate has left of them by the end, so that it changes nothing. A spike
    moves calcium a step later, and each trace sees the one before as it was a step earlier.
    """

    source: ClassVar[str] = "oreilly2026"
    answers: ClassVar[tuple[str, ...]] = (
        *("weight transport", "exact derivatives", "continuous values", "insensitivity to timing"),
        "separate phases (no synapse is told of them)",
    )
    search: ClassVar[Mapping[str, Range]] = {"rate": Range(1e-5, 1e-1), "back": Range(0.1, 10.0)}

    network: MLP = MLP((100,))
    rate: float = 1e-2
    gain: float = 4.0
    back: float = 3.0
    brightest: float = 0.3
    clamp: float = 3.0

    def slots(self, n_in: int, n_out: int) -> Slots:
        layers, sizes = self.layers(), self.sizes(n_in, n_out)
        named = zip(layers[1:], sizes[1:], strict=True)
        groups = [Group(name, n, NEURON.format("0"), FIRES, FIRED, "3*ms", events=OVER) for name, n in named]
        groups[-1] = replace(groups[-1], equations=f"{NEURON.format(OUTPUT)}\ntarget : 1")
        learn: dict[str, Any] = {"on_post": (("contrast", LEARNS),), "events": (("contrast", "over"),)}
        down = [
            Projection(f"feedback{i}", above, name, "w : 1", "current_post += w", **learn)
            for i, (name, above) in enumerate(pairwise(layers[1:]), 1)
        ]
        begin = [(name, ANEW) for name in layers[1:]]
        begin += [(layers[-1], "target = targets(example*ms, i)"), ("inputs", "cam = 0; cap = 0; cad = 0")]
        learned = *self.learned(), *((f"R{i}", f"{each.name}.w") for i, each in enumerate(down, 1))
        return Slots(
            Crowds(SLOT, self.brightest, self.copies), n_in, SLOT, tuple(groups),
            (*self.forward("w : 1", "current_post += w", **learn), *down), learned,
            tuple(f"{name}.count" for name in layers[1:]), tuple(begin), "rate : 1\nclamp : 1", targets=n_out,
            arriving="cam += 1.6", traces=CALCIUM, method="euler",
        )  # fmt: skip

    def weights(self, n_in: int, n_out: int, rng: Generator) -> Params:
        sizes = self.sizes(n_in, n_out)
        params, down = normal(rng, sizes, self.gain), normal(rng, sizes[:0:-1], self.back)
        return params | {f"R{len(down) + 1 - i}": down[f"W{i}"] for i in range(1, len(down) + 1)}

    def settings(self, params: View) -> Mapping[str, Any]:
        return {"control.rate": self.rate, "control.clamp": self.clamp}
