"""Compile a circuit in half the time: `python -m plausible.spiking.precompiled FOLDER`, as `plausible.spiking.build`.

Every file of a program includes the same headers, which take four fifths of a compiler's time. Here they are compiled
once. The objects that come of it are the same, byte for byte.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from plausible.registry.elsewhere import elsewhere, import_elsewhere
from plausible.registry.encoding import decode
from plausible.spiking.build import DURATION, FLUSH, PROFILE, WRAP, variables
from plausible.spiking.circuit import Circuit

HEADER = "headers.h"
HEADERS = ("objects.h", "brianlib/common_math.h", "brianlib/stdint_compat.h")
LIBRARIES = ("cmath", "ctime", "iostream", "fstream", "climits")


def build(folder: Path) -> None:
    """Generate the code, let the environment say how long a run takes, and compile."""
    from plausible.spiking.brian import brian2, make, without_preferences

    without_preferences()
    circuit: Circuit = decode(json.loads((folder / "circuit.json").read_text(encoding="utf-8")))
    code = folder / "code"
    brian2.set_device("cpp_standalone", build_on_run=False, directory=str(code))
    brian2.prefs.codegen.cpp.extra_link_args = FLUSH
    made = make(circuit)
    brian2.device.apply_run_args()  # before the run, else delays would be set after the queues were sized by them
    made.network.run(circuit.dt * brian2.ms, profile=(folder / PROFILE).exists())
    brian2.device.build(compile=False, run=False, directory=str(code))
    timed(code / "main.cpp")
    queue = code / "brianlib" / "spikequeue.h"
    queue.write_text(queue.read_text(encoding="utf-8").replace(*WRAP), encoding="utf-8")
    compiled(code)
    manifest = json.dumps(variables(made.objects, brian2.device), indent=1)
    (folder / "manifest.json").write_text(manifest, encoding="utf-8")


def timed(main: Path) -> None:
    """Let the environment say how long a program runs. Raises `RuntimeError` for code of a form that is not known."""
    text, asks = main.read_text(encoding="utf-8"), rf'\1std::atof(std::getenv("{DURATION}"))\3'
    text, places = re.subn(r"(\.run\()([-+.\de]+)(, NULL)", asks, text)
    if places != 1:
        raise RuntimeError(
            f"{places} runs in the generated program: expected 1; this version of Brian2 is not known"
        )
    main.write_text(text, encoding="utf-8")


def compiled(code: Path) -> None:
    """Compile the headers, then all files with them; what depends on what need not be found out for a first build."""
    lines = [*(f'#include "{name}"' for name in HEADERS), *(f"#include <{name}>" for name in LIBRARIES)]
    (code / HEADER).write_text("\n".join([*lines, ""]), encoding="utf-8")
    makefile = code / "makefile"
    text, flags = makefile.read_text(encoding="utf-8"), "CXXFLAGS = -c "
    if flags not in text:
        raise RuntimeError("the generated makefile has no CXXFLAGS: this version of Brian2 is not known")
    how = "$(CXX) -Wno-write-strings $(OPTIMISATIONS) -I. -x c++-header $< -o $@"
    rule = f"\n{HEADER}.gch : {HEADER}\n\t{how}\n$(OBJS) : {HEADER}.gch\n"
    text = text.replace(flags, f"{flags}-include {HEADER} ", 1)
    makefile.write_text(text + rule, encoding="utf-8")
    (code / "make.deps").write_text("", encoding="utf-8")
    jobs = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    subprocess.run(["make", f"-j{jobs}"], cwd=code, check=True)
    (code / f"{HEADER}.gch").unlink()  # tens of megabytes


if __name__ == "__main__":
    import_elsewhere()
    program = Path(sys.argv[1]).absolute()
    with elsewhere():  # so that neither Brian2 nor a library that it imports reads files of the user's folder
        build(program)
