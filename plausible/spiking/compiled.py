"""Compiled simulations: a C++ program per circuit, built once, kept by the digest of its equations, run many times.

The programs lie in `$PLAUSIBLE_CACHE/spiking/<digest>`, else in the user's cache. The folder has to be the user's
alone, and a program that is not as it was built is built anew (`plausible.spiking.owned`). A program reads values from
files and leaves values in files. They lie in a folder of its own that ends with the run, so that many may run at a
time. Neither running a program nor reading its values needs Brian2.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from plausible.errors import NotInstalled, installing
from plausible.registry.encoding import canonical
from plausible.spiking import owned
from plausible.spiking.build import RECIPE
from plausible.spiking.chance import CPP
from plausible.spiking.circuit import Circuit
from plausible.spiking.simulate import SimulationError, Values, fitting, no_variable
from plausible.writing import at_home

COMPILERS = ("g++", "c++", "clang++")


class NoCompiler(SimulationError):
    """There is no C++ compiler on this machine."""


def compiler() -> str | None:
    """The C++ compiler that programs are built with, which is the one that Brian2 would use; None without any."""
    return next(filter(None, map(shutil.which, (os.environ.get("CXX", ""), *COMPILERS))), None)


def cache() -> Path:
    """The folder of compiled programs."""
    import pooch

    return (
        at_home("PLAUSIBLE_CACHE", os.environ.get("PLAUSIBLE_CACHE") or pooch.os_cache("plausible"))
        / "spiking"
    )


class Compiled:
    """A `Simulation` that is a program of its own, ten to a thousand times as fast as Brian2's runtime.

    Args:
        circuit: what to build; nothing is built before the first run.
        folder: where programs are kept, `cache()` unless it is given.
        limit: seconds that a run may take.
        profile: whether to measure the time of each part of the program (`profiled`), which takes some time itself.
    """

    def __init__(
        self, circuit: Circuit, folder: Path | None = None, limit: float | None = None, profile: bool = False
    ) -> None:
        self.circuit, self.limit, self.profile = circuit, limit, profile
        self.profiled: dict[str, float] = {}  # seconds that each part took in the last run
        recipe = f"{zlib.crc32(f'{RECIPE}{CPP}'.encode()):08x}{'-profile' * profile}"
        machine = (
            f"{platform.system()}-{platform.machine()}-{processor()}"  # programs are made for this processor
        )
        name = f"{circuit.digest()}-{recipe}-{brian_version()}-{machine}"
        self.folder = (cache() if folder is None else folder) / name

    @cached_property
    def manifest(self) -> dict[str, dict[str, Any]]:
        """By variable, the file that it is left in, and its form. Asking for it builds a program that is not there."""
        self.build()
        places: dict[str, dict[str, Any]] = json.loads(
            (self.folder / "manifest.json").read_text(encoding="utf-8")
        )
        return places

    def build(self) -> bool:
        """Build the program unless it is there, as it was built. Returns whether it was built now.

        Raises:
            NoCompiler: if there is no C++ compiler.
            SimulationError: if the build fails, with the compiler's first error; or if the folder of programs is not
                the user's alone.
        """
        owned.keep_private(self.folder.parent)
        if self.sound:
            return False
        if compiler() is None:
            raise NoCompiler(
                f"no C++ compiler: expected one of {', '.join(COMPILERS)}; install one, such as the package g++"
            )
        with FileLock(f"{self.folder}.lock"):
            if self.sound:  # another process was faster
                return False
            owned.remove(self.folder)
            self.folder.mkdir(mode=owned.PRIVATE)
            self.generate()
            owned.seal(self.folder)
        return True

    def generate(self) -> None:
        """Generate and compile the program in its folder, in a process with Brian2."""
        files = {"circuit.json": canonical(self.circuit), **({"profile": ""} if self.profile else {})}
        for name, text in files.items():
            (self.folder / name).touch(mode=0o600)
            (self.folder / name).write_text(text, encoding="utf-8")
        # -P: no modules from the current folder, which may be anybody's; the umask: nobody else may write the files.
        command = [sys.executable, "-P", "-m", "plausible.spiking.build", str(self.folder)]
        made = subprocess.run(command, capture_output=True, text=True, umask=0o077)
        if made.returncode != 0 or not (self.folder / "manifest.json").exists():
            raise SimulationError(f"the circuit cannot be built: {first_error(made.stderr)}")

    @property
    def sound(self) -> bool:
        """Whether the program is there, is of this circuit, and is as it was built."""
        if not owned.sealed(self.folder):
            return False
        return (self.folder / "circuit.json").read_text(encoding="utf-8") == canonical(self.circuit)

    def run(self, steps: int, start: Values, wanted: Sequence[str]) -> dict[str, NDArray[Any]]:
        """See `plausible.spiking.simulate.Simulation.run`."""
        self.build()
        names = self.manifest
        for name in wanted:
            if name not in names:
                raise no_variable(name, list(names))
        with tempfile.TemporaryDirectory(prefix="plausible-") as here:
            arguments = [self.argument(name, value, Path(here)) for name, value in start.items()]
            results = Path(here) / "results"
            results.mkdir()
            self.call(["./main", "--results_dir", f"{results}/", *arguments], steps)
            if self.profile:
                lines = (results / "profiling_info.txt").read_text(encoding="utf-8").split("\n")
                self.profiled = {
                    part: float(time) for part, _, time in (line.partition("\t") for line in lines) if time
                }
            return {name: self.read(results, name) for name in wanted}

    def argument(self, name: str, value: NDArray[Any] | float, folder: Path) -> str:
        """The argument that tells the program the value of a variable, or the file that holds it."""
        tables = {table.name: table.rows * table.columns for table in self.circuit.tables}
        if name in tables:
            file, dtype, size, name = folder / name, "float64", tables[name], f"{name}.values"
        else:
            if name not in self.manifest:
                raise no_variable(name, list(self.manifest))
            about = self.manifest[name]
            file, dtype, size = folder / name, about["dtype"], about["size"]
        array = fitting(name, value, dtype, size)
        if array.size == 1:
            return f"{name}={array.item()!r}"
        array.tofile(file)
        return f"{name}={file}"

    def call(self, command: list[str], steps: int) -> None:
        """Run the program. Raises `SimulationError` if it fails, writes to standard error, or takes too long."""
        seconds = repr(steps * self.circuit.dt / 1000)
        environment = {**os.environ, "PLAUSIBLE_SECONDS": seconds, "OMP_NUM_THREADS": "1"}
        try:
            done = subprocess.run(
                command,
                cwd=self.folder / "code",
                env=environment,
                capture_output=True,
                text=True,
                timeout=self.limit,
            )
        except subprocess.TimeoutExpired as error:
            raise SimulationError(
                f"the simulation took more than {self.limit:g} s: has the network run away?"
            ) from error
        except OSError as error:
            raise SimulationError(
                f"the compiled program in {self.folder} does not start ({error}): remove it"
            ) from error
        if done.returncode or done.stderr.strip():
            raise SimulationError(
                f"the simulation failed: {first_error(done.stderr) or f'exit code {done.returncode}'}"
            )

    def read(self, results: Path, name: str) -> NDArray[Any]:
        """The values of a variable that a run has left in `results`."""
        about = self.manifest[name]
        array: NDArray[Any] = np.fromfile(results / about["file"], about["dtype"])
        return array.reshape(-1, about["columns"]) if about["records"] else array


def first_error(text: str) -> str:
    """The line of a compiler's or Brian2's output that says what went wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"\berror:|^[\w.]+(Error|Exception): ", line)]
    return (errors or lines[-1:] or [""])[0]


def brian_version() -> str:
    """The version of Brian2, without importing it."""
    import importlib.metadata

    try:
        return importlib.metadata.version("brian2")
    except importlib.metadata.PackageNotFoundError as error:
        raise NotInstalled(f"spiking rules need Brian2: {installing('spiking')}") from error


def processor() -> str:
    """A word for the processor's instructions: programs are built for the machine that builds them."""
    import hashlib

    try:
        flags = re.search(
            r"^(?:flags|Features)\s*:(.*)$",
            Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace"),
            re.MULTILINE,
        )
    except OSError:
        flags = None
    return hashlib.sha256((flags[1] if flags else platform.processor()).encode()).hexdigest()[:8]
