"""Event-driven random feedback beside its authors' program. Oracle: that program's statements, on one step.

A copy of the program is public as HBPNeurorobotics/auryn: `SIFGroup::evolve`, `LinGroup::evolve` and
`modulatedVmPlasticConnection::propagate_forward`. Here they stand in numpy, at our step of 1 ms, in units of threshold.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from plausible.networks.mlp import MLP
from plausible.rules.spiking.event_driven import EventDrivenFeedback
from plausible.rules.spiking.simulated import made
from plausible.spiking.live import Live

N_IN, HIDDEN, CLASSES = 4, 5, 3
RULE = EventDrivenFeedback(MLP((HIDDEN,), dtype="float64"), rate=0.02, low=-2.0, high=2.0)
FIRED = {"inputs": np.array([1, 0, 1, 1]), "layer1": np.array([1, 0, 1, 0, 1])}
OWED = np.array([0.99, 0.4, 0.2])  # the first error neuron of each kind is about to spike, if it is told so
TARGET = np.array([1.0, 0.0, 0.0])


def start(drive: float) -> dict[str, Any]:
    """Weights, dendrites and currents (up to `drive`), and potentials far from the threshold, on either side."""
    rng = np.random.default_rng(3)
    params = RULE.init(N_IN, CLASSES, rng)[0]
    values: dict[str, Any] = {**RULE.settings(params), "control.learn": 1.0, "control.seed": 0}
    values |= {
        "plastic1.w": 0.1 * rng.normal(size=(N_IN, HIDDEN)),
        "plastic2.w": 0.1 * rng.normal(size=(HIDDEN, 3)),
    }
    values |= {"inputs.value": FIRED["inputs"] * 1.0, "layer1.v": 5.0 * FIRED["layer1"]}
    for name, size in (("layer1", HIDDEN), ("layer2", CLASSES)):
        values |= {f"{name}.current": rng.uniform(-drive, drive, size), f"{name}.u": rng.normal(size=size)}
        values |= {f"{name}.lastspike": np.full(size, -1.0)}
    return values | {"owed.v": OWED, "owed.target": TARGET, "spare.v": OWED, "spare.target": TARGET}


def ours(values: dict[str, Any]) -> dict[str, Any]:
    """A step of the rule's circuit, without the start of a slot."""
    circuit = made(RULE, N_IN, CLASSES).circuit
    wanted = ["plastic1.w", "plastic2.w", "layer1.u", "layer2.u"]
    return Live(replace(circuit, regular=(), recorders=())).run(1, values, wanted)


def released(values: dict[str, Any]) -> dict[str, Any]:
    """A step of the program: groups evolve, then connections propagate in the order in which they were made."""
    w = {1: values["plastic1.w"].copy(), 2: values["plastic2.w"].copy()}
    dendrite = {i: values[f"layer{i}.u"] + 1 / 5 * (0 - values[f"layer{i}.u"]) for i in (1, 2)}
    g_ampa = {i: values[f"layer{i}.current"] * 3 / 4 for i in (1, 2)}
    errors = []
    for gain in (1, -1):  # the program's groups err1 and err2
        mem = OWED + gain * TARGET * RULE.aim / 2000
        errors.append(gain * (mem > 1))
    for layer, fired in ((1, FIRED["inputs"]), (2, FIRED["layer1"])):
        for spike in np.flatnonzero(fired):
            for c in range(w[layer].shape[1]):
                g_ampa[layer][c] += w[layer][spike, c]
                if RULE.low < g_ampa[layer][c] < RULE.high:
                    w[layer][spike, c] += RULE.rate * dendrite[layer][c]
    error = np.sum(errors, axis=0)
    dendrite[2] = dendrite[2] + error
    dendrite[1] = dendrite[1] + error @ values["owed1.w"].reshape(CLASSES, HIDDEN)
    return {"plastic1.w": w[1], "plastic2.w": w[2], "layer1.u": dendrite[1], "layer2.u": dendrite[2]}


def test_a_step_within_the_window_is_the_released_one() -> None:
    values = start(0.5)
    found, wanted = ours(values), released(values)
    assert np.abs(wanted["layer1.u"] - 0.8 * values["layer1.u"]).max() > 0.1, "no error neuron spiked"
    for name, array in wanted.items():
        assert np.abs(array - values[name]).max() > 1e-3, f"{name} did not move"
        np.testing.assert_allclose(found[name].reshape(array.shape), array, rtol=0, atol=1e-14)


def test_the_window_is_asked_before_a_spike_arrives_and_in_the_program_after_it() -> None:
    """Where a spike takes the current out of the window, ours learns from it, and the program does not.

    Where it is out before and after, neither learns.
    """
    values = start(0.5)
    values["layer1.current"][3] = 5.0
    values["plastic1.w"][0, 2], values["layer1.current"][2] = (
        3.0,
        0.1,
    )  # the first spike of neuron 2 leads out
    found, wanted = ours(values)["plastic1.w"].reshape(N_IN, HIDDEN), released(values)["plastic1.w"]
    apart = np.zeros((N_IN, HIDDEN))
    apart[FIRED["inputs"] > 0, 2] = RULE.rate * 0.8 * values["layer1.u"][2]
    assert np.abs(apart).max() > 1e-3
    np.testing.assert_allclose(found - wanted, apart, rtol=0, atol=1e-14)
    np.testing.assert_array_equal(found[:, 3], values["plastic1.w"][:, 3])
