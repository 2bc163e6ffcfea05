"""Does calcium alone tell a synapse what the outcome has over the prediction, as the kinase rule of [oreilly2026] has it?

Calcium of the two neurons of a synapse, in 200 ms of which the last 50 are the outcome: by pairs of spikes, by steps
of a rate, and by random spikes whose rates step.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from plausible.spiking.calcium import SLOT, cascade, contrast
from plausible.study.experiment import Bench, Experiment, Measured
from plausible.study.statistics import ANY
from plausible.study.study import Cell, Ours, Published, Study

RATE, STEP = 0.1, 0.02  # spikes per ms before the outcome, and what it adds
OUTCOME = 150  # ms at which it begins
DELAYS = range(-60, 61, 4)  # ms between two spikes
CHUNK = 5000  # pairs at a time
FIRST = (60, 110, 160)  # ms at which the spike before the synapse comes


def stepping(before: float, after: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A rate per ms, (SLOT,), that steps where the outcome begins."""
    return np.repeat([before, after], [OUTCOME, SLOT - OUTCOME]).astype(float)


def equations(bench: Bench) -> Iterator[Measured]:
    """What the equations say: the window of a pair, and changes by steps of the rate of the neuron after."""
    constant = stepping(RATE, RATE)
    for first in FIRST:
        for delay in DELAYS:
            if 0 <= first + delay < SLOT:
                pre, post = np.zeros(SLOT), np.zeros(SLOT)
                pre[first], post[first + delay] = 1, 1
                yield Measured("window", float(contrast(pre, post)), delay, layer=f"{first} ms")
    for size in np.linspace(-0.04, 0.04, 9):
        changed = contrast(constant, stepping(RATE, RATE + size), (RATE, RATE))
        yield Measured("change", float(changed), float(size))
    up = contrast(constant, stepping(RATE, RATE + STEP), (RATE, RATE))
    down = contrast(constant, stepping(RATE + STEP, RATE), (RATE, RATE + STEP))
    yield Measured("slope", float(up / STEP), 0)
    yield Measured("constant", float(abs(contrast(constant, constant, (RATE, RATE)))), 0)
    yield Measured("opposite", float(down / up), 0)
    for name, trace in zip(("CaM", "CaP", "CaD"), cascade(stepping(RATE, RATE + STEP), RATE), strict=True):
        for ms in range(100, SLOT, 2):
            yield Measured("calcium", float(trace[ms]), ms, layer=name)


def spikes(bench: Bench, pairs: int) -> Iterator[Measured]:
    """The mean change of so many synapses by random spikes, relative to that by rates, with its standard error."""
    rng = np.random.default_rng(bench.seed)
    for name, after in (("step", RATE + STEP), ("constant", RATE)):
        rates = np.concatenate([np.full(SLOT, RATE), stepping(RATE, after)])[
            :, None
        ]  # a slot before, to start from
        by_rates = float(contrast(stepping(RATE, RATE), stepping(RATE, RATE + STEP), (RATE, RATE)))
        parts = []
        for first in range(0, pairs, CHUNK):
            size = len(rates), min(CHUNK, pairs - first)
            parts.append(contrast(rng.random(size) < RATE, rng.random(size) < rates) / by_rates)
        changed = np.concatenate(parts)
        bench.progress((name == "constant") / 2)
        yield Measured("by spikes", float(changed.mean()), 0, layer=name)
        yield Measured("standard error", float(changed.std(ddof=1) / np.sqrt(pairs)), 0, layer=name)


def cells(pairs: int, seeds: int) -> list[Cell]:
    """Equations once, spikes seed by seed."""
    random = [Experiment("studies.oreilly2026:spikes", (("pairs", pairs),), seed) for seed in range(seeds)]
    return [Experiment("studies.oreilly2026:equations", (), 0), *random]


def smoke() -> list[Cell]:
    """A second."""
    return cells(2000, 1)


def paper() -> list[Cell]:
    """Five draws of 100,000 pairs of trains: a minute."""
    return cells(100_000, 5)


def only(metric: str, layer: str = "") -> Ours:
    """One number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = table[(table.metric == metric) & (table.layer.astype(str) == layer)]
        return [float(value) for value in found.value]

    return ours


EQUATIONS = "the equations of [oreilly2026], stepped in a program of our own while they were noted down"
LINEAR = "rounding; a product of one constant factor is linear in the other"
STEPS: dict[str, Any] = {"runs": "equations", "exact": True}
DRAWN: dict[str, Any] = {"runs": "spikes", "because": "six standard errors of 100,000 pairs"}
MEANS = "independent spikes have the products of their rates for a mean"
published = (
    Published(
        "change per step of the rate after, one-sided", 2.283908, 5e-7, EQUATIONS, "R", only("slope"),
        otherwise=(0.0, "no contrast"), because="the digits that are known", **STEPS,
    ),
    Published(
        "change by constant rates", 1e-12, 0.0, EQUATIONS, "R", only("constant"), ANY, side="at most",
        otherwise=(0.045678, "that by a step of 0.02"), because=LINEAR, **STEPS,
    ),
    Published(
        "change where the order is opposite, of that where it is not", -1.0, 1e-9, EQUATIONS, "R", only("opposite"),
        otherwise=(1.0, "the same sign"), because=LINEAR, **STEPS,
    ),
    Published(
        "mean change by random spikes whose rate steps, of that by rates", 1.0, 0.1, MEANS, "C",
        only("by spikes", "step"), otherwise=(0.0, "spikes say nothing of the step"), **DRAWN,
    ),
    Published(
        "mean change by random spikes of constant rates, of that by a step", 0.0, 0.1, MEANS, "C",
        only("by spikes", "constant"), otherwise=(1.0, "as much as a step"), **DRAWN,
    ),
)  # fmt: skip

study = Study(
    "oreilly2026",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": paper, "paper": paper},
    published,
)
