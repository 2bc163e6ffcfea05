"""Does a dendrite learn to predict its soma, which is only nudged towards a target, as [urbanczik2014] reports?

200 inputs repeat 200 ms of random spikes. Conductances at the soma draw it weakly towards a target that changes; synapses of
the dendrite learn from the difference of the soma's spikes to those that the dendrite alone predicts, until the soma
follows the target without being drawn.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from plausible.spiking.circuit import Circuit, Recorder, Regular, Table
from plausible.spiking.encode import poisson
from plausible.spiking.neurons import dendritic_inputs, two_compartments
from plausible.spiking.plasticity import dendritic_prediction
from plausible.spiking.simulate import simulation
from plausible.study.experiment import Bench, Experiment, Measured
from plausible.study.study import Cell, Ours, Published, Study

INPUTS, SHOWN, FINE = 200, 200, 10  # neurons; ms of the pattern; steps a ms
PATTERN = SHOWN * FINE
ALONE = 2  # repetitions without teaching, before and after
W0, MOST = 0.02, 0.3  # weights, 0.2 g_L and 3 g_L
RATE = 1e-3  # ours: published ones depend on units that we could not read


def circuit(repetitions: int) -> Circuit:
    """The pattern's table says in which tenth of its millisecond an input spikes, from 1 on, or 0."""
    rule = dendritic_prediction(RATE)
    now = f"timestep(t, dt) % {PATTERN}"
    teaches = (
        f"int(timestep(t, dt) >= {ALONE * PATTERN})*int(timestep(t, dt) < {(repetitions - ALONE) * PATTERN})"
    )
    drive = f"g_e = {teaches}*(0.016*sin(2*pi*t/(100*ms)) + 0.018); g_i = {teaches}*0.06"
    synapses = rule.projection("plastic", "inputs", "neuron", "current_post += w")
    return Circuit(
        1 / FINE,
        (dendritic_inputs("inputs", INPUTS, f"pattern(({now})//{FINE}*ms, i) == {now} % {FINE} + 1"),
         two_compartments().group("neuron", 1)),
        (synapses,),
        (Regular("neuron", drive, 1), Regular("plastic", f"w = clip(w, 0, {MOST})", FINE)),
        (Recorder("way", "neuron", ("u", "v_w"), FINE), Recorder("weights", "plastic", ("w",), PATTERN)),
        (Table("pattern", SHOWN, INPUTS),),
        constants=rule.constants,
    )  # fmt: skip


def target() -> NDArray[np.float64]:
    """The potential at which the soma's conductances alone would hold it, (SHOWN,), a value a ms."""
    excites = 0.016 * np.sin(2 * np.pi * np.arange(SHOWN) / 100) + 0.018
    pulled: NDArray[np.float64] = (excites * 14 / 3 - 0.06 / 3) / (excites + 0.06)
    return pulled


def learn(bench: Bench, repetitions: int) -> Iterator[Measured]:
    """How far soma and prediction are from the target, repetition by repetition; both, before and after; weights."""
    rng = np.random.default_rng(bench.seed)
    pattern = np.zeros((SHOWN, INPUTS))
    who, when = poisson(np.full(INPUTS, 10.0), SHOWN, 1.0, rng)
    pattern[when, who] = rng.integers(1, FINE + 1, len(who))
    start = {"pattern": pattern, "plastic.w": W0, "neuron.seed": bench.seed + 1}
    ended = simulation(circuit(repetitions)).run(
        repetitions * PATTERN, start, ("way.u", "way.v_w", "weights.w")
    )
    soma, dendrite = (ended[f"way.{name}"][:, 0].reshape(repetitions, SHOWN) for name in ("u", "v_w"))
    prediction, wanted = 2 / 2.1 * dendrite, target()
    for number in range(repetitions):
        for layer, potential in (("soma", soma), ("prediction", prediction)):
            off = float(np.sqrt(np.mean((potential[number] - wanted) ** 2)))
            yield Measured("error", off, number, layer=layer)
    for number, split in ((ALONE - 1, "before"), (repetitions - 1, "after")):
        for layer, potential in (
            ("soma", soma[number]),
            ("prediction", prediction[number]),
            ("target", wanted),
        ):
            for ms in range(0, SHOWN, 2):
                yield Measured("potential", float(potential[ms]), ms, split, layer)
    for number in range(0, repetitions, max(repetitions // 20, 1)):
        for synapse in range(0, INPUTS, 10):
            yield Measured("weight", float(ended["weights.w"][number, synapse]), number, layer=str(synapse))
    off = np.sqrt(np.mean((prediction[[ALONE - 1, -1]] - wanted) ** 2, axis=1))
    yield Measured("error left", float(off[1] / off[0]), repetitions)


def cells(repetitions: int, seeds: int) -> list[Cell]:
    """A pattern per seed."""
    named = (("repetitions", repetitions),)
    return [Experiment("studies.urbanczik2014:learn", named, seed) for seed in range(seeds)]


def smoke() -> list[Cell]:
    """Seconds, once the program is compiled."""
    return cells(6, 1)


def fast() -> list[Cell]:
    """The published setting, five patterns: it takes seconds a seed."""
    return cells(104, 5)


def left(table: pd.DataFrame) -> list[float]:
    """The prediction's error after learning, as a share of that before."""
    return [float(value) for value in table[table.metric == "error left"].value]


ours: Ours = left
published: tuple[Published, ...] = ()

study = Study(
    "urbanczik2014",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": fast},
    published,
)
