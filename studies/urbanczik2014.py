"""Does a dendrite learn to predict its soma, which is only nudged towards a target, as [urbanczik2014] reports?

200 inputs repeat 200 ms of random spikes. Conductances at the soma draw it weakly towards a target that changes; synapses of
the dendrite learn from the difference of the soma's spikes to those that the dendrite alone predicts, until the soma
follows the target without being drawn.

A soma that cannot spike within 3 ms of a spike says less than its potential: at the highest rates φ(u) / (1 + 3 φ(u)), and
that is what the dendrite learns. Without refractoriness it learns the potential.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from plausible.spiking.choice import simulation
from plausible.spiking.circuit import Circuit, Recorder, Regular, Table
from plausible.spiking.encode import poisson
from plausible.spiking.neurons import dendritic_inputs, two_compartments
from plausible.spiking.plasticity import dendritic_prediction
from plausible.study.experiment import Bench, Experiment, Measured
from plausible.study.study import Cell, Study

INPUTS, SHOWN, FINE = 200, 200, 10  # neurons; ms of the pattern; steps a ms
PATTERN = SHOWN * FINE
ALONE = 2  # repetitions without teaching, before and after
W0, MOST = 0.02, 0.3  # weights, 0.2 g_L and 3 g_L
RATE = 3e-4  # of a public simulator's example, but for its factors of 15
PULL = (
    "(0.48*sin(2*pi*t/(100*ms)) + 0.54)",
    "1.8",
)  # conductances per ms: 0.016, 0.018, 0.06 every 0.1 ms, for 3 ms


def circuit(refractory: bool) -> Circuit:
    """The pattern's table says in which tenth of its millisecond an input spikes, from 1 on, or 0."""
    rule, neuron = dendritic_prediction(RATE).bounded("0", f"{MOST}"), two_compartments()
    neuron = neuron if refractory else replace(neuron, refractory="")
    now = f"timestep(t, dt) % {PATTERN}"
    taught = f"int(timestep(t, dt) >= {ALONE * PATTERN})*int(timestep(t, dt) < ends)"
    return Circuit(
        1 / FINE,
        (dendritic_inputs("inputs", INPUTS, f"pattern(({now})//{FINE}*ms, i) == {now} % {FINE} + 1"),
         neuron.group("neuron", 1, "ends : integer")),
        (rule.projection("plastic", "inputs", "neuron", "current_post += w"),),
        (Regular("neuron", f"g_e = {taught}*{PULL[0]}; g_i = {taught}*{PULL[1]}", 1),),
        (Recorder("way", "neuron", ("u", "v_w"), FINE), Recorder("weights", "plastic", ("w",), PATTERN)),
        (Table("pattern", SHOWN, INPUTS),),
        constants=rule.constants,
    )  # fmt: skip


def target() -> NDArray[np.float64]:
    """The potential at which the soma's conductances alone would hold it, (SHOWN,), a value a ms."""
    excites = 0.48 * np.sin(2 * np.pi * np.arange(SHOWN) / 100) + 0.54
    pulled: NDArray[np.float64] = (excites * 14 / 3 - 1.8 / 3) / (excites + 1.8)
    return pulled


def learn(bench: Bench, repetitions: int, refractory: int = 1) -> Iterator[Measured]:
    """How far soma and prediction are from the target, repetition by repetition; both, before and after; weights."""
    rng = np.random.default_rng(bench.seed)
    pattern = np.zeros((SHOWN, INPUTS))
    who, when = poisson(np.full(INPUTS, 10.0), SHOWN, 1.0, rng)
    pattern[when, who] = rng.integers(1, FINE + 1, len(who))
    start: dict[str, object] = {"pattern": pattern, "plastic.w": W0, "neuron.seed": bench.seed + 1}
    start["neuron.ends"] = (repetitions - ALONE) * PATTERN
    ended = simulation(circuit(bool(refractory))).run(
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
    yield Measured("correlation", float(np.corrcoef(prediction[-1], wanted)[0, 1]), repetitions)


def cells(repetitions: int, seeds: int, **options: int) -> list[Cell]:
    """A pattern per seed."""
    named = (("repetitions", repetitions), *options.items())
    return [Experiment("studies.urbanczik2014:learn", named, seed) for seed in range(seeds)]


def smoke() -> list[Cell]:
    """Seconds, once the program is compiled."""
    return cells(6, 1)


def fast() -> list[Cell]:
    """The published setting; five times as many repetitions; and these without refractoriness: seconds a seed."""
    return [*cells(104, 5), *cells(504, 5), *cells(504, 5, refractory=0)]


study = Study(
    "urbanczik2014",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": fast},
)
