"""The machine on which a run is computed, which, beside code and data, decides the last digits of its numbers."""

from __future__ import annotations

import json
import os
import platform
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from threadpoolctl import threadpool_info

CPUINFO = Path("/proc/cpuinfo")
MODELS = ("model name", "Processor", "cpu model", "Model")  # names of the line on Linux, by architecture
OWNERS = ("numpy", "scipy")  # libraries that carry a BLAS of their own


def machine() -> dict[str, str]:
    """Processor, BLAS with the kernel that it chose, system and Python of this process.

    The machine's name is added only if the environment variable `PLAUSIBLE_HOST` is set.
    """
    about = {"processor": processor(), "blas": blas()}
    about |= {"platform": platform.platform(), "python": platform.python_version()}
    return about | ({"node": platform.node()} if os.environ.get("PLAUSIBLE_HOST") else {})


def processor() -> str:
    """The model of the processor, as the system names it."""
    lines = CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines() if CPUINFO.is_file() else []
    said = {
        name.strip(): model.strip() for name, colon, model in (line.partition(":") for line in lines) if colon
    }
    return (
        next((said[name] for name in MODELS if said.get(name)), "")
        or platform.processor()
        or platform.machine()
    )


def blas() -> str:
    """The libraries that products of matrices run on, each with its version and the kernel that it chose."""
    libraries: dict[str, None] = {}
    for pool in threadpool_info():
        if pool["user_api"] == "blas":
            parts = Path(pool["filepath"]).parts
            owner = next((name for name in OWNERS if {name, f"{name}.libs"} & set(parts)), "")
            kernel = f", {pool['architecture']}" if pool.get("architecture") else ""
            libraries[
                f"{pool['internal_api']} {pool['version']}{kernel}{f' (of {owner})' if owner else ''}"
            ] = None
    return "; ".join(sorted(libraries))


def machines(runs: Iterable[Mapping[str, str]]) -> list[dict[str, str | int]]:
    """The different machines of some runs, without names, each with the number of its `runs`."""
    told = ({name: text for name, text in run.items() if name != "node"} for run in runs)
    counted = Counter(json.dumps(about, sort_keys=True) for about in told)
    return [json.loads(about) | {"runs": number} for about, number in sorted(counted.items())]
