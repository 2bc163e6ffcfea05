"""Hard bounds of weights. Oracle: [low, high] itself, looked at in every step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from plausible.spiking.circuit import Group, Recorder
from plausible.spiking.plasticity import (
    TRIPLETS,
    Plasticity,
    clopath,
    dendritic_prediction,
    dopamine_stdp,
    inhibitory_stdp,
    mstdp,
    mstdpet,
    pair_stdp,
    triplet_stdp,
)
from tests.spiking.synapses import joined

WAY = Recorder("way", "synapse", ("w",), 1)
TARGET = "v : volt\nv_minus : volt\nv_plus : volt\npredicted : 1\nslope : 1"  # all that a rule reads there
# Rules so fast that a few spikes take them beyond [0, 1] on both sides.
FAST: dict[str, Plasticity] = {
    "pairs": pair_stdp(3.0, 3.0), "pairs used once": pair_stdp(3.0, 3.0, pairing="once"),
    "triplets": triplet_stdp(TRIPLETS["visual cortex, all, full"]._replace(a2_plus=3.0, a2_minus=3.0)),
    "inhibition": inhibitory_stdp(3.0, target=5.0), "dopamine": dopamine_stdp(40.0, 40.0, tau_c=50.0),
    "reward": mstdp(2.0), "reward with a trace": mstdpet(2.0), "voltage": clopath(0.1, 0.1),
    "dendrite": dendritic_prediction(1.0, tau=5.0),
}  # fmt: skip
FREE = {  # what has a bound of its own, without it
    "inhibition": replace(
        FAST["inhibition"], on_pre="x += 1; w = w + eta*(y - 2*rho*tau)", on_post="y += 1; w = w + eta*x"
    )
}


def way(rule: Plasticity) -> np.ndarray:
    """Weights of 40 synapses, (steps, synapses), from 0.5 on, between neurons that spike at random, at 100 Hz."""
    steps, at_random = 400, "chance({}, timestep(t, dt), i) < 0.1"
    groups = [
        Group("before", 40, "psp : 1", at_random.format(1)), Group("after", 40, TARGET, at_random.format(2)),
        Group("shared", 1, "\n".join(f"{name} : 1" for name in rule.reads) or "none : 1"),
    ]  # fmt: skip
    made = rule.projection("synapse", "before", "after", **{name: f"shared.{name}" for name in rule.reads})
    live = joined(rule, groups, replace(made, connect="i == j"), recorders=(WAY,))
    values = {
        "synapse.w": 0.5, "before.psp": 1.0, "after.v": -0.030, "after.v_minus": -0.050, "after.v_plus": -0.060,
        "after.predicted": 0.1, "after.slope": 1.0, **{f"shared.{name}": 1.0 for name in rule.reads},
    }  # fmt: skip
    ended = live.run(steps, values, ["way.w", "synapse.w"])
    return np.concatenate([ended["way.w"], ended["synapse.w"][None]])


@pytest.mark.parametrize("name", FAST)
def test_weights_are_within_their_bounds_in_every_step(name: str) -> None:
    free, held = way(FREE.get(name, FAST[name])), way(FAST[name].bounded("0.2", "0.8"))
    assert free.max() > 0.9, "nothing to hold"
    assert free.min() < 0.1, "nothing to hold"
    assert held.max() == 0.8
    assert held.min() == 0.2
    assert ((held > 0.2) & (held < 0.8)).any()


def test_bounds_may_be_variables_of_the_synapses() -> None:
    rule = mstdpet(2.0).bounded("low", "high")
    rule = replace(rule, equations=f"{rule.equations}\nlow : 1\nhigh : 1")
    made = rule.projection("synapse", "before", "after", reward="shared.reward")
    at_random = "chance({}, timestep(t, dt), i) < 0.1"
    groups = Group("before", 3, "", at_random.format(1)), Group("after", 3, "", at_random.format(2))
    shared = Group("shared", 1, "reward : 1")
    live = joined(rule, (*groups, shared), replace(made, connect="i == j"), recorders=(WAY,))
    low, high = np.array([-1.0, 0.0, 2.0]), np.array([0.0, 0.5, 2.5])
    start = {"synapse.w": (low + high) / 2, "synapse.low": low, "synapse.high": high, "shared.reward": 1.0}
    found = live.run(600, start, ["way.w"])["way.w"]
    np.testing.assert_array_equal(found.min(axis=0), low)
    np.testing.assert_array_equal(found.max(axis=0), high)
