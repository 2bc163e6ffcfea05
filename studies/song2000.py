"""Does STDP make synapses compete until weights are either strong or gone, as [song2000] reports?

One neuron with 1,000 excitatory synapses that learn, and 200 inhibitory ones that do not; spikes come at random.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from plausible.spiking.choice import simulation
from plausible.spiking.circuit import Circuit, Group, Projection, Recorder
from plausible.spiking.neurons import conductance_lif
from plausible.spiking.plasticity import pair_stdp
from plausible.study.columns import option
from plausible.study.experiment import Bench, Experiment, Measured
from plausible.study.statistics import SHARE
from plausible.study.study import Cell, Ours, Published, Study

EXCITATORY, INHIBITORY = 1000, 200
STRONGEST = 0.015  # conductance of a synapse of weight 1, in units of the leak
DT, SECOND = 0.5, 2000  # ms; steps
PIECE = 100  # seconds a run of the program

POISSON = "p : 1\nseed : integer\nfirst : integer"
SPIKES = "p > 0 and chance(seed, first + timestep(t, dt), i) < p"


def circuit() -> Circuit:
    """Weights are fractions of the strongest conductance."""
    rule = pair_stdp(0.005, 0.00525).bounded()
    target = conductance_lif()
    return Circuit(
        DT,
        (Group("exc", EXCITATORY, POISSON, SPIKES), Group("inh", INHIBITORY, POISSON, SPIKES),
         target.group("neuron", 1, "count : integer")),
        (rule.projection("plastic", "exc", "neuron", f"g_ex_post += {STRONGEST}*w"),
         Projection("fixed", "inh", "neuron", on_pre="g_in_post += 0.05"),
         Projection("tally", "neuron", "neuron", on_pre="count_post += 1")),
        recorders=(Recorder("rates", "neuron", ("count",), SECOND),),
        constants=rule.constants,
        precision="float64",
    )  # fmt: skip


def learn(bench: Bench, rate: float, seconds: int) -> Iterator[Measured]:
    """Weights after so many seconds of excitatory spikes at `rate` Hz, and the neuron's own rate on the way."""
    rng = np.random.default_rng(bench.seed)
    program = simulation(circuit())
    values: dict[str, object] = {
        "plastic.w": rng.random(EXCITATORY), "exc.p": rate * DT / 1000, "inh.p": 10 * DT / 1000, "neuron.v": -0.06,
        "exc.seed": 2 * bench.seed + 1, "inh.seed": 2 * bench.seed + 2,
    }  # fmt: skip
    kept = (
        "plastic.w",
        "neuron.v",
        "neuron.g_ex",
        "neuron.g_in",
    )  # traces of 20 ms are let go, a piece being 100 s
    for second in range(0, seconds, PIECE):
        values |= {"exc.first": second * SECOND, "inh.first": second * SECOND, "neuron.count": 0}
        ended = program.run(PIECE * SECOND, values, (*kept, "neuron.count"))  # type: ignore[arg-type]
        values |= {name: ended[name] for name in kept}
        yield Measured("rate", float(ended["neuron.count"][0]) / PIECE, second + PIECE)
        bench.progress((second + PIECE) / seconds)
    weights = ended["plastic.w"]
    for edge, number in zip(np.arange(20) / 20, np.histogram(weights, 20, (0, 1))[0], strict=True):
        yield Measured("weights", int(number), float(edge))
    yield Measured("weights at the bounds", float(((weights < 0.1) | (weights > 0.9)).mean()), seconds)
    yield Measured("valley", valley(weights), seconds)
    yield Measured("p of one peak", one_peak(weights, rng), seconds)


def valley(sample: np.ndarray) -> float:
    """How deep a sample of numbers from 0 to 1 is hollow: the smaller outer fifth's share less the least between.

    No density with one peak has an inner fifth below both outer ones, so above 0 it speaks for two peaks.
    """
    shares = np.histogram(sample, 5, (0, 1))[0] / len(sample)
    return float(min(shares[0], shares[-1]) - shares[1:-1].min())


def one_peak(sample: np.ndarray, rng: np.random.Generator, samples: int = 1000) -> float:
    """The p value of one peak: how often an even sample, of all with one peak the hardest to tell, is as hollow."""
    even = [valley(rng.random(len(sample))) for _ in range(samples)]
    return (1 + sum(found >= valley(sample) for found in even)) / (1 + samples)


def cells(rates: tuple[float, ...], seconds: int, seeds: int) -> list[Cell]:
    """Input rates and seeds."""
    named = [(("rate", rate), ("seconds", seconds)) for rate in rates]
    return [Experiment("studies.song2000:learn", options, seed) for options in named for seed in range(seeds)]


def smoke() -> list[Cell]:
    """Seconds, once the program is compiled."""
    return cells((20.0,), 100, 1)


def fast() -> list[Cell]:
    """Four rates as published, 1,000 s each, two seeds."""
    return cells((10.0, 20.0, 30.0, 40.0), 1000, 2)


def paper() -> list[Cell]:
    """The same with ten seeds and 2,000 s."""
    return cells((10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0), 2000, 10)


def measured(metric: str, seconds: int) -> Ours:
    """One number per seed and rate, of runs of so many seconds."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = table[(table.metric == metric) & (option(table, "rule_seconds") == seconds)]
        return [float(value) for value in found.value]

    return ours


# In the paper's histogram nearly all weights are at one of the bounds; it gives no number, the share is our reading.
published = tuple(
    Published(
        f"share of weights within a tenth of a bound after {seconds:,} s", 0.8, 0.2, "[song2000], its histogram, read off",
        "M", measured("weights at the bounds", seconds), SHARE, side="at least",
        otherwise=(0.2, "the share of evenly spread weights"), because="nearly all, by our reading of a histogram",
        runs=f"{seconds} s", differs=differs,
    )
    for seconds, differs in ((2000, {}), (1000, {"epochs": "1,000 s, when weights still move"}))
)  # fmt: skip

study = Study(
    "song2000",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
)
