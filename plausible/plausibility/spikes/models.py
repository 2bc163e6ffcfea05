"""The rules of single synapses of `plausible.spiking.plasticity`, each between neurons that it can read.

They are audited by name, as in `plausible audit pair-stdp`; "models" names all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from plausible.plausibility.spikes.model import PAIRS, STEP, Model, of_plasticity
from plausible.spiking.circuit import Circuit, Group
from plausible.spiking.neurons import dendritic_inputs, two_compartments
from plausible.spiking.plasticity import (
    TRIPLETS,
    clopath,
    dendritic_prediction,
    dopamine_stdp,
    inhibitory_stdp,
    mstdp,
    mstdpet,
    pair_stdp,
    triplet_stdp,
)

ALL = "models"
# A leaky neuron, which a spike takes to 30 mV, and its potential filtered with the two time constants of [clopath2010].
LEAKY = Group(
    "after",
    PAIRS,
    "dv/dt = (-70.6*mV - v)/(10*ms) : volt\ndv_minus/dt = (v - v_minus)/(10*ms) : volt\n"
    "dv_plus/dt = (v - v_plus)/(7*ms) : volt",
    "v > 0*mV",
    "v = 30*mV",
)
AT_REST = dict.fromkeys(("after.v", "after.v_minus", "after.v_plus"), -70.6e-3)  # volt


def by_voltage() -> Model:
    """Voltage-based STDP [clopath2010] at a leaky neuron."""
    made = of_plasticity(clopath(), "voltage-stdp", LEAKY)
    return replace(made, start={**made.start, **AT_REST})


def by_dendrites() -> Model:
    """Dendritic prediction of somatic spiking [urbanczik2014] at neurons of two compartments."""
    rule = dendritic_prediction(tau=10.0)
    groups = dendritic_inputs("before", PAIRS, "s > 1"), two_compartments().group("after", PAIRS)
    part = replace(rule.projection("synapse", "before", "after", "current_post += w"), connect="i == j")
    circuit = Circuit(STEP, groups, (part,), constants=rule.constants)
    return Model("dendritic-prediction", circuit, {"synapse.w": 0.5})


MODELS: Mapping[str, Callable[[], Model]] = {
    "pair-stdp": lambda: of_plasticity(pair_stdp(), "pair-stdp"),
    "nearest-pair-stdp": lambda: of_plasticity(pair_stdp(pairing="nearest"), "nearest-pair-stdp"),
    "single-pair-stdp": lambda: of_plasticity(pair_stdp(pairing="once").bounded(), "single-pair-stdp"),
    "triplet-stdp": lambda: of_plasticity(triplet_stdp(TRIPLETS["visual cortex, all, full"]), "triplet-stdp"),
    "voltage-stdp": by_voltage,
    "inhibitory-stdp": lambda: of_plasticity(inhibitory_stdp(), "inhibitory-stdp"),
    "dopamine-stdp": lambda: of_plasticity(dopamine_stdp(), "dopamine-stdp"),
    "modulated-stdp": lambda: of_plasticity(mstdp(), "modulated-stdp"),
    "modulated-stdp-with-trace": lambda: of_plasticity(mstdpet(), "modulated-stdp-with-trace"),
    "dendritic-prediction": by_dendrites,
}
