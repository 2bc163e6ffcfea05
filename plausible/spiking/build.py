"""Compile a circuit: `python -m plausible.spiking.build FOLDER`, where FOLDER/circuit.json describes it.

It is a process of its own because Brian2's devices are global to one, and so that whoever runs the compiled program
never imports Brian2. FOLDER/manifest.json then says where the program leaves each variable.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from plausible.registry.elsewhere import elsewhere, import_elsewhere
from plausible.registry.encoding import decode
from plausible.spiking.circuit import Circuit

PROFILE = "profile"  # a file of this name in FOLDER asks for the time that each part of the program takes
DURATION = "PLAUSIBLE_SECONDS"  # the environment variable that gives a compiled program its seconds of biological time
RECIPE = 4  # part of every program's digest: count it up when a change here changes the programs
# Brian2 wraps the index of its delay queue by a division for every synapse that a spike reaches, which costs up to a
# third of a network's time. The index is too large by less than the length, so that a subtraction wraps it as well.
WRAP = (
    "queue[(offset+delay)%queue.size()].push_back(synaptic_index);",
    "size_t to = offset+delay; if(to >= queue.size()) to -= queue.size(); queue[to].push_back(synaptic_index);",
)
# Where the linker is given these, too, a program flushes subnormal numbers to zero. Traces of silent neurons otherwise
# decay into them, and their slow arithmetic costs three quarters of the time.
FLUSH = ["-ffast-math", "-fno-finite-math-only"]


def build(folder: Path) -> None:
    """Generate the code, let the environment say how long a run takes, and compile."""
    from plausible.spiking.brian import brian2, make, without_preferences

    without_preferences()
    circuit: Circuit = decode(json.loads((folder / "circuit.json").read_text(encoding="utf-8")))
    brian2.set_device("cpp_standalone", build_on_run=False, directory=str(folder / "code"))
    brian2.prefs.codegen.cpp.extra_link_args = FLUSH
    made = make(circuit)
    brian2.device.apply_run_args()  # before the run, else delays would be set after the queues were sized by them
    made.network.run(circuit.dt * brian2.ms, profile=(folder / PROFILE).exists())
    brian2.device.build(compile=False, run=False, directory=str(folder / "code"))
    main = folder / "code" / "main.cpp"
    text, places = re.subn(
        r"(\.run\()([-+.\de]+)(, NULL)",
        rf'\1std::atof(std::getenv("{DURATION}"))\3',
        main.read_text(encoding="utf-8"),
    )
    if places != 1:
        raise RuntimeError(
            f"{places} runs in the generated program: expected 1; this version of Brian2 is not known"
        )
    main.write_text(text, encoding="utf-8")
    queue = folder / "code" / "brianlib" / "spikequeue.h"
    queue.write_text(queue.read_text(encoding="utf-8").replace(*WRAP), encoding="utf-8")
    jobs = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    subprocess.run(["make", f"-j{jobs}"], cwd=folder / "code", check=True)
    (folder / "manifest.json").write_text(
        json.dumps(variables(made.objects, brian2.device), indent=1), encoding="utf-8"
    )


def variables(objects: dict[str, Any], device: Any) -> dict[str, dict[str, Any]]:
    """File, dtype, size (None if it grows) and columns of every array of the objects, by `object.variable`."""
    from plausible.spiking.brian import brian2

    files: dict[str, dict[str, Any]] = {}
    for owner, thing in objects.items():
        files |= arrays(owner, thing, device)
        if isinstance(thing, brian2.Synapses) and "pre" in thing._synaptic_updaters:
            delay = thing.pre.variables["delay"]
            if (
                device.get_array_name(delay, access_data=False) == f"_dynamic_array_{owner}_delay"
            ):  # else not its own
                files[f"{owner}.delay"] = about(delay, device)
    return files


def arrays(owner: str, thing: Any, device: Any) -> dict[str, dict[str, Any]]:
    """`variables` of one object."""
    from brian2.core.variables import ArrayVariable

    own = {
        name: variable
        for name, variable in thing.variables.items()
        if isinstance(variable, ArrayVariable) and variable.owner is not None and variable.owner.name == owner
    }
    return {f"{owner}.{name}": about(variable, device, thing) for name, variable in own.items()}


def about(variable: Any, device: Any, owner: Any = None) -> dict[str, Any]:
    """The file in which a program leaves an array, and the array's dtype, size and columns."""
    from brian2.core.variables import DynamicArrayVariable

    grows = isinstance(variable, DynamicArrayVariable)
    records = grows and variable.ndim == 2
    return {
        "file": device.get_array_filename(variable),
        "dtype": np.dtype(variable.dtype).name,
        "size": None if grows else int(variable.size),
        "records": records,
        "columns": len(owner.record) if records else 1,
    }


if __name__ == "__main__":
    import_elsewhere()
    program = Path(sys.argv[1]).absolute()
    with elsewhere():  # so that neither Brian2 nor a library that it imports reads files of the user's folder
        build(program)
