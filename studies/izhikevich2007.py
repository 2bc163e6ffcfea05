"""Does dopamine that comes a second later strengthen the one synapse that earned it, as [izhikevich2007] reports?

Pairs of neurons spike at random, at 2 Hz each. One pair spikes together every three seconds besides, and dopamine comes a
second later: a reward for its synapse, in a time in which all others have spiked, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from plausible.spiking.choice import simulation
from plausible.spiking.circuit import Circuit, Group, Projection, Recorder
from plausible.spiking.plasticity import dopamine_stdp
from plausible.study.experiment import Bench, Experiment, Measured
from plausible.study.statistics import TRIALS
from plausible.study.study import Cell, Ours, Published, Study

EVERY, APART, DELAY = 3000, 10, 1000  # ms: from pair to pair, between its spikes, from its second to dopamine
FIRST = 2000  # ms, of the first pair
CHANCE = 0.002  # of a spike in a ms: 2 Hz
DOSE, TAU_C, TAU_D = 0.5, 1000.0, 200.0
SHOWN = 5  # seconds between two looks at weights


def at(place: int) -> str:
    """The condition that the rewarded pair is `place` ms after the first of its spikes."""
    return f"(i == 0 and timestep(t, dt) > {FIRST} - 1 and timestep(t, dt) % {EVERY} == {(FIRST + place) % EVERY})"


def circuit(synapses: int) -> Circuit:
    """Synapses between pairs of neurons, of which the first is rewarded; a step is a ms."""
    rule = dopamine_stdp(0.1, 0.12, tau_c=TAU_C)
    spikes = f"chance(seed, timestep(t, dt), i) < {CHANCE} or "
    control = Group("control", 1, f"ddopamine/dt = -dopamine/({TAU_D!r}*ms) : 1", method="exact")
    pairs = rule.projection("synapse", "before", "after", dopamine="control.dopamine")
    return Circuit(
        1.0,
        (control,
         Group("before", synapses, "seed : integer", spikes + at(0)),
         Group("after", synapses, "seed : integer", spikes + at(APART)),
         Group("reward", 1, "", at(APART + DELAY))),
        (replace(pairs, connect="i == j"),
         Projection("dose", "reward", "control", on_pre=f"dopamine_post += {DOSE}")),
        recorders=(Recorder("way", "synapse", ("w",), 1000 * SHOWN),),
        constants=rule.constants,
    )  # fmt: skip


def pairs(bench: Bench, synapses: int, minutes: int) -> Iterator[Measured]:
    """Weights of the rewarded synapse and of the others on the way, all at the end, and its rank among them.

    Deviations: neurons are replaced by spikes at random, 2 Hz each, as the network's were; dopamine comes after a fixed
    delay; depression is 1.2 times potentiation, and weights have no bounds.
    """
    start = {"before.seed": 2 * bench.seed + 1, "after.seed": 2 * bench.seed + 2}
    ended = simulation(circuit(synapses)).run(minutes * 60_000, start, ("way.w", "synapse.w"))
    for number, weights in enumerate(ended["way.w"]):
        yield Measured("weight", float(weights[0]), number * SHOWN, layer="rewarded")
        yield Measured("weight", float(weights[1:].mean()), number * SHOWN, layer="others, mean")
        yield Measured("weight", float(weights[1:].max()), number * SHOWN, layer="others, largest")
    final = ended["synapse.w"]
    for edge, count in zip(
        np.arange(-2, 2, 0.1), np.histogram(final[1:], np.arange(-2, 2.05, 0.1))[0], strict=True
    ):
        yield Measured("others at the end", int(count), float(edge))
    yield Measured("rank", float((final >= final[0]).sum()), minutes * 60)
    yield Measured("distance", float((final[0] - final[1:].mean()) / final[1:].std()), minutes * 60)


def cells(synapses: int, minutes: int, seeds: int) -> list[Cell]:
    """A rewarded synapse among others, by seed."""
    named = (("synapses", synapses), ("minutes", minutes))
    return [Experiment("studies.izhikevich2007:pairs", named, seed) for seed in range(seeds)]


def smoke() -> list[Cell]:
    """Seconds, once the program is compiled."""
    return cells(5, 1, 1)


def fast() -> list[Cell]:
    """One of 100 synapses, ten minutes, ten seeds: seconds a seed."""
    return cells(100, 10, 10)


def paper() -> list[Cell]:
    """As many minutes as published, for more synapses."""
    return cells(1000, 60, 10)


def rank(table: pd.DataFrame) -> list[float]:
    """1 where no synapse is stronger than the rewarded one."""
    return [float(value == 1) for value in table[table.metric == "rank"].value]


ours: Ours = rank
published = (
    Published(
        "share of runs in which the rewarded synapse is the strongest", 1.0, 0.2,
        "[izhikevich2007], its single rewarded synapse", "M", ours, TRIALS, side="at least",
        otherwise=(0.01, "one of 100 synapses by chance"), because="one of ten runs may miss it, and another",
        differs={
            "network": "pairs of neurons that spike at random, not a network of 1,000",
            "epochs": "ten minutes, not an hour, but at the scale paper",
            "rule": "dopamine after a fixed delay, weights without bounds",
        },
    ),
)  # fmt: skip

study = Study(
    "izhikevich2007",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
)
