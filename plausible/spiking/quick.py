"""Compiled simulations that are built in half the time; the programs are those of `plausible.spiking.compiled`."""

from __future__ import annotations

import subprocess
import sys

from plausible.registry.encoding import canonical
from plausible.spiking.compiled import Compiled, first_error
from plausible.spiking.simulate import SimulationError


class QuicklyCompiled(Compiled):
    """A `Compiled` simulation whose program is built by `plausible.spiking.precompiled`."""

    def generate(self) -> None:
        """Generate and compile the program in its folder, in a process with Brian2."""
        files = {"circuit.json": canonical(self.circuit), **({"profile": ""} if self.profile else {})}
        for name, text in files.items():
            (self.folder / name).touch(mode=0o600)
            (self.folder / name).write_text(text, encoding="utf-8")
        # -P: no modules from the current folder, which may be anybody's; the umask: nobody else may write the files.
        command = [sys.executable, "-P", "-m", "plausible.spiking.precompiled", str(self.folder)]
        made = subprocess.run(command, capture_output=True, text=True, umask=0o077)
        if made.returncode != 0 or not (self.folder / "manifest.json").exists():
            raise SimulationError(f"the circuit cannot be built: {first_error(made.stderr)}")
