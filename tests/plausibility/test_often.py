"""Simulations of the audit that are run often. Oracle: the same circuit made anew for each run, to the last bit."""

from __future__ import annotations

import gc
from contextlib import nullcontext
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from plausible.plausibility.spikes.equations import Variable
from plausible.plausibility.spikes.held import Held, moved
from plausible.plausibility.spikes.model import Model
from plausible.plausibility.spikes.often import Often
from plausible.spiking.circuit import Circuit, Group, Projection, Table
from plausible.spiking.keys import quick_keys
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
        assert import_module("brian2.core.network").gc is gc
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


TRACED = Group("traced", 3, "dx/dt = -x/ms : 1\ndy/dt = (x - y)/ms : 1\nz : 1", "x > 1", "x = 0; z += 1")
HEARING = Projection("hears", "traced", "cells", "w : 1\nn : 1", "n += w")
BOTH = replace(CIRCUIT, groups=(TOLD, CELLS, TRACED), projections=(SYNAPSES, HEARING))


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        ("traced.x", {"cells", "learning", "hears"}),
        ("hears.n", {"cells", "learning"}),
        ("learning.w", {"traced", "hears"}),
    ],
)
def test_parts_that_move_nothing_that_is_wanted_do_not_run(wanted: str, left: set[str]) -> None:
    often, start = (
        Often(BOTH),
        {"traced.x": [0.5, 1.5, 2.5], "hears.w": 0.7, "cells.k": 1.0, "drive": np.full((40, 3), 4.0)},
    )
    often.run(1, {}, [wanted])
    right = Live(BOTH).run(40, start, [wanted])[wanted]
    np.testing.assert_array_equal(often.run(40, start, [wanted])[wanted], right, strict=True)
    assert np.any(right)
    known = often.awake[frozenset([wanted])]
    asleep = {
        part.name.partition("_")[0] for part, _ in often.runs if part._code_objects and id(part) not in known
    }
    assert asleep == left


def test_nothing_is_left_out_where_random_numbers_are_drawn() -> None:
    noisy = replace(TRACED, equations=f"{TRACED.equations}\ndq/dt = rand()/ms : 1")
    often = Often(replace(BOTH, groups=(TOLD, CELLS, noisy)))
    often.run(1, {}, ["learning.w"])
    often.run(1, {}, ["traced.z"])
    assert {id(part) for part, _ in often.runs} <= often.awake[frozenset(["traced.z"])]


def test_a_run_is_looked_at_on_its_way() -> None:
    start, wanted = {"cells.k": 1.0, "drive": np.ones((40, 3)), "learning.w": 0.1}, ["cells.v", "learning.w"]
    often = Often(CIRCUIT)
    for _ in range(2):
        for found, steps in zip(often.through((13, 40), start, wanted), (13, 40), strict=True):
            right = Live(CIRCUIT).run(steps, start, wanted)
            for name in wanted:
                np.testing.assert_array_equal(found[name], right[name], strict=True)


def test_what_fails_is_said_as_brian_says_it() -> None:
    circuit = replace(CIRCUIT, tables=(Table("drive", 40, 2),))  # of three neurons
    said = []
    for simulation in (Live(circuit), Often(circuit)):
        with pytest.raises(Exception, match="cells_stateupdater") as raised:
            simulation.run(1, {}, [])
        said.append((type(raised.value), str(raised.value.__cause__)))
    assert said[0] == said[1]


def test_keys_are_those_of_brian() -> None:
    caching = import_module("brian2.utils.caching")
    own, asked = caching._hashable, []

    def both(thing: object) -> object:
        key, right = quick(thing), own(thing)
        asked.append((type(key), hash(key), key) == (type(right), hash(right), right))
        return right

    with quick_keys(), pytest.MonkeyPatch.context() as patch:
        quick = caching._hashable
        patch.setattr("plausible.spiking.brian.quick_keys", nullcontext)
        patch.setattr(caching, "_hashable", both)
        Often(BOTH).run(1, {}, [])
    assert len(asked) > 1000
    assert all(asked)
    assert caching._hashable is own
