"""Showing images to a spiking network until each has raised enough spikes, in runs of bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from plausible.core import Array
from plausible.spiking.diehl_cook.network import SLOT, STEP
from plausible.spiking.encode import require_within
from plausible.spiking.simulate import Simulation, SimulationError, Values

# The variables that a run hands on to the next: those that are not set anew at the start of a slot.
CARRIED = (
    *("plastic.w", "plastic.arrival", "control.image", "control.gain", "control.total"),
    *(f"exc.{name}" for name in ("theta", "v", "ge", "gi", "post1", "post2", "count", "lastspike")),
    *("inh.v", "inh.ge", "inh.lastspike"),
)
TALLIES = ("control.arrived", "control.inhibited")  # counters of a run, which start at 0
PARAMETERS = ("plastic.w", "exc.theta")
LEAST, MOST = 5, 32  # spikes with which an image passes; the gain, 2 at first, at which every image does
RUNAWAY = 50.0  # spikes per neuron and slot; one every 5 ms is 100


class Silent(SimulationError):
    """No neuron spiked, however large the rates."""


class Runaway(SimulationError):
    """All neurons spike all the time."""


class Presented(NamedTuple):
    """The outcome of showing images."""

    counts: NDArray[np.int32]  # (images, neurons): spikes of the slot in which each image passed
    slots: int  # how many were run: those beyond the number of images are repetitions
    spikes: int  # of excitatory neurons, in all slots
    events: int  # synapses that spikes reached, in all slots: of inputs, and from one population to the other
    values: dict[str, Any]  # that the next presentation starts from

    def internals(self) -> dict[str, Any]:
        """The internals that a rule offers to probes."""
        return {
            "slots": self.slots, "spikes": self.spikes, "synaptic events": self.events, "counts": self.counts,
        }  # fmt: skip

    def carried(self) -> dict[str, Any]:
        """Those of `values` that are neither parameters nor images: a state that can be stored."""
        return {name: self.values[name] for name in (*CARRIED, "control.first") if name not in PARAMETERS}


def fresh(
    weights: Array,
    theta: Array,
    delay: Array,
    potentiation: float = 1e-2,
    depression: float = 1e-4,
    growth: float = 5e-5,
    tau_theta: float = 1e4,
) -> dict[str, Any]:
    """The start values of a network that has been shown no image.

    Args:
        weights: (n_in, neurons).
        theta: (neurons,), in volts.
        delay: of the plastic synapses, (n_in, neurons), in seconds.
        potentiation, depression: the rates of STDP.
        growth: what a spike adds to the threshold, in volts.
        tau_theta: time constant of the decay of thresholds, in seconds.
    """
    return {
        "plastic.w": weights, "plastic.delay": delay, "plastic.arrival": -(10**8),
        "exc.theta": theta, "exc.v": -0.105, "exc.lastspike": -1e4, "inh.v": -0.1, "inh.lastspike": -1e4,
        "control.first": 0, "control.least": LEAST, "control.most": MOST,
        "control.potentiation": potentiation, "control.depression": depression, "control.growth": growth,
        "control.tau_theta": tau_theta,
    }  # fmt: skip


def present(simulation: Simulation, start: Values, x: Array, seed: int, learn: bool) -> Presented:
    """Show the images `x`, (images, n_in), one after another.

    The input spikes depend on `seed` and on the number of the slot alone, so that one call with all images and several
    calls with some leave the same values.

    Raises:
        BadInput: for images with pixels below 0 or above 1, whose rates the network is not made for.
        Silent: if there was no spike at all.
        Runaway: if neurons spike without end. It is no reason to stop if they do in a single slot, as at a large gain.
        SimulationError: if the simulation fails.
    """
    require_within("pixels", x, 0.0, 1.0)
    values = {**start, "control.seed": seed, "control.learn": float(learn)}
    counts: list[NDArray[np.int32]] = []
    slots = spikes = events = 0
    (table,) = simulation.circuit.tables
    for first in range(0, len(x), table.rows):
        images = x[first : first + table.rows]
        pixels = np.zeros((table.rows, table.columns))
        pixels[: len(images)] = images
        values |= {"pixels": pixels, "control.images": len(images), "control.image": -1, "control.total": 1e9}
        for passed, ran in until_shown(simulation, values, len(images)):
            counts.append(passed)
            slots, spikes, events = (sum(pair) for pair in zip((slots, spikes, events), ran, strict=True))
            busy = spikes / slots / passed.shape[1]
            if busy > RUNAWAY:
                raise Runaway(
                    f"{busy:.0f} spikes per neuron and slot: expected less than {RUNAWAY:g}; "
                    "lower the rates, or bound the gain"
                )
    if not spikes:
        raise Silent(f"no neuron spiked (images shown: {len(x)}): are pixels from 0 to 1, and weights not 0?")
    return Presented(np.concatenate(counts), slots, spikes, events, values)


def until_shown(
    simulation: Simulation, values: dict[str, Any], images: int
) -> Iterator[tuple[NDArray[np.int32], tuple[int, int, int]]]:
    """Run as many slots as images are left, again and again, until all have passed; each run changes `values`.

    Yields the counts of the images that passed, and (slots, spikes, synaptic events). An input's spike reaches every
    excitatory neuron, an excitatory one's an inhibitory neuron, whose spike reaches all excitatory ones but one.
    """
    left = images
    values |= dict.fromkeys(TALLIES, 0)
    while left:
        ended = simulation.run(left * SLOT, values, (*CARRIED, *TALLIES, "counts.count", "shown.image"))
        # a record is made at the start of the next slot: the last slot is still in the variables
        counts = np.concatenate([ended["counts.count"][1:], ended["exc.count"][None]])
        after = np.append(ended["shown.image"][1:], ended["control.image"])
        values |= {name: ended[name] for name in CARRIED}
        for name in ("exc.lastspike", "inh.lastspike"):
            values[name] = values[name] - left * SLOT * STEP / 1000
        values["control.first"] = int(values["control.first"]) + left * SLOT
        total, gain = (float(values[f"control.{name}"][0]) for name in ("total", "gain"))
        last = (
            total >= values["control.least"] or gain >= values["control.most"]
        )  # as the next run will judge
        passed = np.append(np.diff(after) > 0, last)
        spikes, neurons = int(counts.sum()), counts.shape[1]
        arrived, inhibited = (int(ended[name][0]) for name in TALLIES)
        yield counts[passed], (left, spikes, arrived * neurons + spikes + inhibited * (neurons - 1))
        left = images - int(after[-1]) - last
