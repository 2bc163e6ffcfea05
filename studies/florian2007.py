"""Can reward alone teach a spiking network to tell XOR, as [florian2007] reports, and how sure is it to?

60 inputs in two groups, at 40 Hz or silent, half of them inhibitory; 60 hidden neurons; one output. It is shown each of
the four patterns for 500 ms, 200 times, and every output spike earns +1 where it should spike and -1 where it should not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from plausible.spiking.choice import simulation
from plausible.spiking.circuit import Circuit, Group, Projection, Recorder, Regular, Table
from plausible.spiking.neurons import Neuron
from plausible.spiking.plasticity import mstdpet
from plausible.study.experiment import Bench, Experiment, Measured
from plausible.study.statistics import TRIALS
from plausible.study.study import Cell, Ours, Published, Study

INPUTS, HIDDEN, SHOWN = 60, 60, 500  # neurons; steps of 1 ms
MOST = 5.0  # mV
EPOCHS = 200
PATTERNS = ((0, 0), (0, 1), (1, 0), (1, 1))

NEURON = Neuron(
    "florian2007", "dv/dt = (-70*mV - v)/(20*ms) : volt\ncount : integer", "v > -54*mV", "v = -70*mV; count += 1",
    method="exact",
)  # fmt: skip
RULE = mstdpet(rate=0.625, tau_z=25.0).bounded("low", "high")  # of weights in mV


def learning(name: str, source: str, target: str) -> Projection:
    """Synapses that learn from reward, from `low` to `high` mV."""
    made = RULE.projection(name, source, target, "v_post += w*mV", reward="control.reward")
    return replace(made, equations=f"{made.equations}\nlow : 1\nhigh : 1")


def circuit(rows: int) -> Circuit:
    """The network; the table has the two groups' activity and the sign of reward, a row per pattern shown."""
    control = Group("control", 1, "seed : integer\nreward : 1\nworth : 1\nlast : integer\nrow : integer")
    inputs = Group(
        "inputs", INPUTS, "p : 1\nseed : integer (linked)\nrow : integer (linked)",
        threshold="p > 0 and chance(seed, timestep(t, dt), i) < p",
        links=(("seed", "control.seed"), ("row", "control.row")),
    )  # fmt: skip
    return Circuit(
        1.0,
        (control, inputs, NEURON.group("hidden", HIDDEN), NEURON.group("output", 1)),
        (learning("first", "inputs", "hidden"), learning("second", "hidden", "output"),
         Projection("earns", "output", "control", on_pre="last_post = timestep(t, dt)")),
        (Regular("control", f"row = timestep(t, dt)//{SHOWN}; worth = shown(row*ms, 2)", SHOWN, 0),
         Regular("inputs", f"p = 40*Hz*dt*shown(row*ms, i//{INPUTS // 2})", SHOWN, 1),
         Regular("output", "count = 0", SHOWN, 2),
         Regular("control", "reward = worth*int(last == timestep(t, dt) - 1)", 1, 3)),
        (Recorder("counts", "output", ("count",), SHOWN),),
        (Table("shown", rows, 3),),
        constants=RULE.constants,
    )  # fmt: skip


def learn(bench: Bench, epochs: int = EPOCHS) -> Iterator[Measured]:
    """Output spikes for each pattern, epoch by epoch, and whether XOR is told at the end."""
    rng = np.random.default_rng(bench.seed)
    order = np.concatenate([rng.permutation(4) for _ in range(epochs)])
    shown = np.array([(*PATTERNS[n], 1 if sum(PATTERNS[n]) == 1 else -1) for n in order], float)
    excitatory = np.tile(np.arange(INPUTS) % 2 == 0, (HIDDEN, 1)).T.ravel()  # every second input
    start = {
        "shown": shown, "control.seed": bench.seed + 1, "control.last": -10, "hidden.v": -0.07, "output.v": -0.07,
        "first.w": np.where(excitatory, 1, -1) * MOST * rng.random(INPUTS * HIDDEN),
        "first.low": np.where(excitatory, 0, -MOST), "first.high": np.where(excitatory, MOST, 0),
        "second.w": MOST * rng.random(HIDDEN), "second.low": 0.0, "second.high": MOST,
    }  # fmt: skip
    ended = simulation(circuit(4 * epochs)).run(4 * epochs * SHOWN, start, ("counts.count", "output.count"))
    counts = np.append(ended["counts.count"][1:, 0], ended["output.count"])
    spikes = np.zeros((epochs, 4))
    spikes[np.repeat(np.arange(epochs), 4), order] = counts
    for epoch in range(0, epochs, 5):
        for pattern, mean in zip(PATTERNS, spikes[epoch : epoch + 5].mean(axis=0), strict=True):
            yield Measured("rate", mean / (SHOWN / 1000), epoch, layer=f"{pattern[0]}{pattern[1]}")
    last = spikes[-epochs // 5 :].mean(axis=0)
    yield Measured("solved", float(min(last[1], last[2]) > max(last[0], last[3])), epochs)


def cells(epochs: int, seeds: int) -> list[Cell]:
    """A network per seed."""
    return [Experiment("studies.florian2007:learn", (("epochs", epochs),), seed) for seed in range(seeds)]


def smoke() -> list[Cell]:
    """Seconds, once the program is compiled."""
    return cells(5, 1)


def fast() -> list[Cell]:
    """The published setting: it takes seconds a seed."""
    return cells(EPOCHS, 20)


def solved(table: pd.DataFrame) -> list[float]:
    """1 for a network that tells XOR, else 0."""
    return [float(value) for value in table[table.metric == "solved"].value]


ours: Ours = solved
published = (
    Published(
        "share of networks that tell XOR", 0.982, 0.082, "[florian2007], from memory", "M", ours, TRIALS, side="at least",
        otherwise=(1 / 6, "the share of orders of four rates that are right by chance"),
        because="a standard error of 0.03 at twenty networks, nearly three of them",
    ),
)  # fmt: skip

study = Study(
    "florian2007",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": fast},
    published,
)
