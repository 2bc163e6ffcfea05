"""Does dopamine that comes seconds later strengthen the one synapse that earned it, as [izhikevich2007] reports?

1,000 neurons spike at random. Whenever one chosen neuron spikes within 10 ms of another that leads to it, dopamine comes
one to three seconds later: a reward for that synapse, among a hundred thousand that spiked in between.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from plausible.spiking.circuit import Circuit, Group, Projection, Recorder, Spikes
from plausible.spiking.live import Live
from plausible.spiking.plasticity import dopamine_stdp
from plausible.study.experiment import Bench, Experiment, Measured
from plausible.study.study import Cell, Ours, Published, Study

PAIRS, APART, DELAY = 20, 10, 1000  # a minute; ms between two of a pair; ms from a pair to its dopamine
DOSE, TAU_C, TAU_D = 0.5, 1000.0, 200.0


def pairs(bench: Bench, synapses: int = 40, minutes: int = 2) -> Iterator[Measured]:
    """Many synapses, one of which is rewarded: its spikes come in pairs, dopamine after `DELAY`; others at random.

    Deviations: neurons are replaced by spikes at random, 2 Hz each, as the network's were; dopamine comes after a fixed
    delay.
    """
    rng, steps = np.random.default_rng(bench.seed), minutes * 60_000
    trains = [np.flatnonzero(rng.random(steps) < 0.002) for _ in range(2 * synapses)]
    rewarded = np.arange(2000, steps - 2000, steps // (minutes * PAIRS))
    pre = [np.union1d(trains[0], rewarded), *trains[1:synapses]]
    post = [np.union1d(trains[synapses], rewarded + APART), *trains[synapses + 1 :]]
    rule = dopamine_stdp(0.1, 0.12, tau_c=TAU_C)
    control = Group("control", 1, f"ddopamine/dt = -dopamine/({TAU_D!r}*ms) : 1", method="exact")
    circuit = Circuit(
        1.0,
        (control,),
        (with_pairs(rule.projection("synapse", "before", "after", dopamine="control.dopamine")),
         Projection("dose", "reward", "control", on_pre=f"dopamine_post += {DOSE}")),
        recorders=(Recorder("way", "synapse", ("w", "c"), 1000), Recorder("level", "control", ("dopamine",), 1000)),
        spikes=(given("before", pre), given("after", post), given("reward", [rewarded + APART + DELAY])),
        constants=rule.constants,
    )  # fmt: skip
    ended = Live(circuit).run(steps, {}, ("way.w", "synapse.w"))
    for second, weights in enumerate(ended["way.w"]):
        if second % 5 == 0:
            yield Measured("weight", float(weights[0]), second, layer="rewarded")
            yield Measured("weight", float(weights[1:].mean()), second, layer="others, mean")
            yield Measured("weight", float(weights[1:].max()), second, layer="others, largest")
    final = ended["synapse.w"]
    yield Measured("rank", float((final >= final[0]).sum()), minutes * 60)


def with_pairs(projection: Projection) -> Projection:
    """The same, one to one."""

    return replace(projection, connect="i == j")


def given(name: str, trains: list[np.ndarray]) -> Spikes:
    """Neurons with these spikes."""
    neurons = np.repeat(np.arange(len(trains)), [len(train) for train in trains])
    return Spikes(name, len(trains), tuple(neurons.tolist()), tuple(np.concatenate(trains).tolist()))


def cells(synapses: int, minutes: int, seeds: int) -> list[Cell]:
    """A rewarded synapse among others, by seed."""
    named = (("synapses", synapses), ("minutes", minutes))
    return [Experiment("studies.izhikevich2007:pairs", named, seed) for seed in range(seeds)]


def smoke() -> list[Cell]:
    """Seconds."""
    return cells(5, 1, 1)


def fast() -> list[Cell]:
    """40 synapses for four minutes, three seeds."""
    return cells(40, 4, 3)


def paper() -> list[Cell]:
    """As many minutes as published, for more synapses."""
    return cells(1000, 60, 5)


def rank(table: pd.DataFrame) -> list[float]:
    """1 where no synapse is stronger than the rewarded one."""
    return [float(value == 1) for value in table[table.metric == "rank"].value]


ours: Ours = rank
published = (
    Published(
        "share of runs in which the rewarded synapse is the strongest",
        1.0,
        0.2,
        "[izhikevich2007], Fig. 1",
        "M",
        ours,
    ),
)

study = Study(
    "izhikevich2007",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
)
