"""A caller who uses Brian2, too: nothing that is global of it changes. Oracle: what it was before."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plausible.errors import BadInput
from plausible.spiking.brian import brian2, session
from plausible.spiking.circuit import Circuit, Group, Recorder, Regular
from plausible.spiking.live import Live
from plausible.spiking.simulate import SimulationError
from tests.processes import finished

pytestmark = pytest.mark.filterwarnings("ignore")  # of Brian2's own, in the caller's part

LEAKY = Circuit(
    2.0, (Group("cell", 3, "dv/dt = (1.5 - v)/(10*ms) : 1", "v > 1", "v = 0"),),
    regular=(Regular("cell", "v += 0.1*rand()", 3),), recorders=(Recorder("way", "cell", ("v",), 2),),
    precision="float32",
)  # fmt: skip


def everything() -> dict[str, Any]:
    """All that is global of Brian2, and numpy's global generator, from which it draws."""
    devices, logger = import_module("brian2.devices.device"), brian2.BrianLogger
    prefs = {name: brian2.prefs[name] for name in brian2.prefs}
    clock, drawn = brian2.defaultclock, np.random.get_state()
    return {
        "prefs": prefs, "device": devices.active_device, "devices": list(devices.previous_devices),
        "options": (devices.active_device.build_on_run, devices.active_device.build_options),
        "dt": float(clock.dt), "t": clock.variables["t"].get_value().item(), "magic": set(brian2.magic_network.objects),
        "level": logger.console_handler.level, "filters": list(logger.console_handler.filters),
        "drawn": (drawn[1].tolist(), drawn[2]),
        "collector": import_module("brian2.core.network").gc,
        "names": brian2.Clock(1 * brian2.ms).name, "network": brian2.Network().name,
    }  # fmt: skip


def callers_network(live: Live | None) -> tuple[int, ...]:
    """Spikes of a caller's own network, of the default clock and of the magic network, in two halves."""
    brian2.start_scope()
    cell = brian2.NeuronGroup(
        1, "dv/dt = (1.2 - v)/(3*ms) : 1", threshold="v > 1", reset="v = 0", method="euler"
    )
    spikes = brian2.SpikeMonitor(cell)
    found = []
    for _ in range(2):
        brian2.run(30 * brian2.ms)
        found.append(int(spikes.num_spikes))
        if live is not None:
            live.run(20, {"cell.v": 0.5}, ["cell.v", "way.v"])
    del cell
    return tuple(found)


def test_a_callers_network_spikes_as_often_with_the_package_as_without() -> None:
    chosen = brian2.prefs["codegen.target"]
    brian2.prefs["codegen.target"] = "numpy"  # the caller's own choice: no compiler is waited for
    try:
        found = callers_network(Live(LEAKY))
        assert found == callers_network(None)
        assert 3 < found[0] < found[1]
        assert brian2.prefs["codegen.target"] == "numpy"
    finally:
        brian2.prefs["codegen.target"] = chosen


@pytest.mark.parametrize("fails", ["", "building", "a value", "a name", "running"])
def test_nothing_global_is_changed(fails: str) -> None:
    brian2.seed(3)
    circuit, start, wanted, error = LEAKY, {"cell.v": 0.5}, ["cell.v"], None
    if fails == "building":
        circuit, error = replace(LEAKY, constants=(("tau", "20*furlong"),)), BadInput
    elif fails == "running":
        circuit, error = replace(LEAKY, groups=(Group("cell", 3, "dv/dt = -v/(10*mV) : 1"),)), Exception
    elif fails == "a value":
        start, error = {"cell.v": float("nan")}, SimulationError
    elif fails == "a name":
        wanted, error = ["cell.w"], SimulationError
    before = everything()
    if error is None:
        Live(circuit).run(10, start, wanted)
    else:
        with pytest.raises(error):
            Live(circuit).run(10, start, wanted)
    assert everything() == before


def test_nothing_global_is_changed_where_cython_cannot_build() -> None:
    before = everything()
    with pytest.raises(BadInput, match="unknown target 'cyton': did you mean 'cython'"):
        Live(LEAKY, "cyton")
    with pytest.raises(BadInput, match="is no quantity"):
        Live(replace(LEAKY, constants=(("tau", "20*furlong"),)), "cython").run(10, {}, [])
    assert everything() == before


def test_what_cython_compiles_is_kept_where_nobody_else_may_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAUSIBLE_CACHE", str(tmp_path))
    before = everything()
    with session("cython"):
        kept = Path(brian2.prefs["codegen.runtime.cython.cache_dir"])
    assert kept.is_relative_to(tmp_path)
    assert kept.stat().st_mode & 0o777 == 0o700
    kept.chmod(0o777)
    with pytest.raises(SimulationError, match="can be written by others"):
        Live(LEAKY, "cython").run(1, {}, [])
    assert everything() == before


def test_a_run_that_draws_repeats_itself() -> None:
    # what Brian2 draws is drawn from numpy's global generator, which a run gives back as it was
    live = Live(LEAKY)
    first, second = (live.run(30, {"cell.v": 0.5}, ["cell.v"])["cell.v"] for _ in range(2))
    np.testing.assert_array_equal(first, second)


STANDALONE = """
import sys
import brian2
brian2.set_device("cpp_standalone", build_on_run=False, directory=sys.argv[1])
brian2.defaultclock.dt = 0.25 * brian2.ms
mine = brian2.NeuronGroup(2, "dv/dt = -v/(10*ms) : 1", method="euler")
device, queue = brian2.get_device(), len(brian2.get_device().main_queue)
from plausible.spiking.circuit import Circuit, Group
from plausible.spiking.live import Live
from plausible.spiking.compiled import Compiled
circuit = Circuit(1.0, (Group("cell", 3, "dv/dt = -v/(10*ms) : 1", method="exact"),))
found = Live(circuit).run(10, {"cell.v": 1.0}, ["cell.v"])["cell.v"]
assert abs(found[0] - 0.36787944117) < 1e-9, found
assert brian2.get_device() is device and device.build_on_run is False
assert device.build_options == {"directory": sys.argv[1]} and len(device.main_queue) == queue
assert float(brian2.defaultclock.dt) == 0.25e-3
print("as it was")
"""


def test_a_caller_who_generates_a_program_keeps_its_device(tmp_path: Any) -> None:
    done = finished([sys.executable, "-c", STANDALONE, str(tmp_path)], check=False)
    assert done.stdout.strip() == "as it was", done.stderr[-2000:]


def test_importing_the_package_leaves_the_level_of_messages() -> None:
    code = (
        "import brian2; level = brian2.BrianLogger.console_handler.level; import plausible.spiking.brian as b; "
        "print(level == brian2.BrianLogger.console_handler.level)"
    )
    done = finished([sys.executable, "-c", code])
    assert done.stdout.strip() == "True"


def test_nothing_looks_for_garbage_before_a_simulation(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look takes longer than a small circuit; Brian2 warns of what it finds, and no such warning is shown here."""
    looked = list[object]()
    monkeypatch.setattr("gc.collect", lambda *generation: looked.append(generation) or 0)
    Live(LEAKY).run(20, {"cell.v": 0.5}, ["cell.v"])
    assert not looked
    brian2.Network().run(0 * brian2.ms)
    assert looked
