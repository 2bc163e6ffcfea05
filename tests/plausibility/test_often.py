"""Simulations of the audit that are run often. Oracle: the same circuit made anew for each run, to the last bit."""

from __future__ import annotations

import gc
from dataclasses import replace

import numpy as np
import pytest

from plausible.plausibility.spikes.equations import Variable
from plausible.plausibility.spikes.held import Held, moved
from plausible.plausibility.spikes.model import Model
from plausible.plausibility.spikes.often import Often
from plausible.spiking.circuit import Circuit, Group, Projection, Table
from plausible.spiking.live import Live
from plausible.spiking.simulate import SimulationError
from tests.plausibility.spiking import Planted, planted

TOLD = Group("told", 1, "g : 1")
CELLS = Group(
    "cells", 3, "dv/dt = (k*drive(t, i) + g)/ms : 1\nk : 1 (shared, constant)\ng : 1 (linked)", "v > 3", "v = 0",
    links=(("g", "told.g"),),
)  # fmt: skip
SYNAPSES = Projection("learning", "cells", "cells", "w : 1", "v_post += w", "w += 0.01")
CIRCUIT = Circuit(
    0.5, (TOLD, CELLS), (SYNAPSES,), constants=(("tau", "5*ms"),), tables=(Table("drive", 40, 3),)
)  # fmt: skip
OVER = Variable("over", "w")


def test_later_runs_have_the_numbers_of_a_circuit_that_is_made_anew() -> None:
    """Constants of one value, which stand in the code itself, tables, delays of synapses, and what was before."""
    often, rng, ended = Often(CIRCUIT), np.random.default_rng(0), []
    for k, steps, delay in ((1.0, 40, 0.0), (0.5, 40, 1e-3), (2.0, 25, 2e-3), (0.0, 40, 0.0)):
        start = {
            "cells.k": k,
            "told.g": k / 9,
            "drive": rng.random((40, 3)),
            "learning.w": rng.random(9) / 9,
            "learning.delay": delay,
        }
        wanted = ["learning.w", "cells.v"]
        found, right = often.run(steps, start, wanted), Live(CIRCUIT).run(steps, start, wanted)
        ended.append(found["cells.v"])
        for name in wanted:
            np.testing.assert_array_equal(found[name], right[name], strict=True)
    assert np.all(ended[-1] == 0)
    assert all(np.any(each) for each in ended[:-1])


def test_what_cannot_be_simulated_is_told_by_the_first_run_and_by_later_ones() -> None:
    often = Often(CIRCUIT)
    for _ in range(2):
        with pytest.raises(SimulationError, match=r"cells\.u"):
            often.run(1, {"cells.u": 1.0}, [])
    assert set(often.run(1, {"told.g": 1.0}, ["cells.v"])) == {"cells.v"}


@pytest.mark.parametrize("frozen", [False, True])
def test_garbage_is_looked_for_afterwards_as_the_caller_has_it(frozen: bool) -> None:
    gc.unfreeze()  # whatever was frozen before this test
    if frozen:
        gc.freeze()
    try:
        Often(CIRCUIT).run(1, {}, [])
        assert (gc.get_freeze_count() > 0) == frozen
    finally:
        gc.unfreeze()


READ_AT_REST = planted(
    "weight transport",
    "present",
    hid="dv/dt = -v/tau : 1\nbias = 1 + v : 1\nerror : 1\ny : 1",
    up="dw/dt = 0.01*error_post*clip(w, 0.25, 1)/ms : 1 (clock-driven)\ndx/dt = -x/tau : 1 (event-driven)",
    more=(Projection("graded", "hid", "hid", "w : 1\nerror_post = w*bias_pre : 1 (summed)"),),
)
READ_AT_SPIKES = planted(
    "weight transport", "present", out_post="error_pre += w", post="w += eta*x*error_post"
)


@pytest.mark.parametrize(
    ("network", "name", "asleep"), [(READ_AT_REST, "graded.w", False), (READ_AT_SPIKES, "over.w", True)]
)
def test_simulations_that_are_left_out_would_have_told_nothing_else(
    network: Planted, name: str, asleep: bool
) -> None:
    """What is exchanged, by definition: spikes less none, with both orders of weights, each circuit made anew."""
    held = Held(network.model())
    other = Variable(*name.split("."))
    assert held.asleep([name]) is asleep
    sizes = {"graded.w": 25, "over.w": 15}
    rng, ended = np.random.default_rng(held.seed), []
    for _ in range(2):
        weights = {name: held.weights(rng, other, sizes[name])}
        with_spikes, without = (
            Held(replace(held.model)).ended(trains, **weights)["up.w"] for trains in (held.random, {})
        )
        ended.append(with_spikes - without)
    assert held.exchanged(other) == {"up.w": moved(*ended)}
    assert moved(*ended) > 0


def test_variables_of_neurons_are_not_taken_to_sleep() -> None:
    assert not Held(Model("told", CIRCUIT, {})).asleep(["told.g"])
