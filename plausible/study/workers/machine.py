"""The machine on which a run is computed, which, beside code and data, decides the last digits of its numbers."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path

from threadpoolctl import threadpool_info

CPUINFO = Path("/proc/cpuinfo")
MODELS = ("model name", "Processor", "cpu model", "Model")  # names of the line on Linux, by architecture
PROJECT = Path(__file__).parents[3]
CODE = ("plausible", "baselines", "studies")  # the folders of what runs execute
PATIENCE = 10.0  # seconds for an answer of git
OWNERS = ("numpy", "scipy")  # libraries that carry a BLAS of their own


def machine() -> dict[str, str]:
    """Processor, BLAS with the kernel that it chose, system and Python of this process.

    And the commit of the suite's own code, "" where it lies in no repository. The machine's name is added only if the
    environment variable `PLAUSIBLE_HOST` is set.
    """
    about = {"processor": processor(), "blas": loaded(len(sys.modules)), "commit": commit()}
    about |= {"platform": platform.platform(), "python": platform.python_version()}
    return about | ({"node": platform.node()} if os.environ.get("PLAUSIBLE_HOST") else {})


@cache
def commit() -> str:
    """The commit of the code that this process has imported, with a + where files are other than committed; "" if none.

    It is asked for once, so that a later commit does not take its place while a process computes.
    """
    if shutil.which("git") is None or not (PROJECT / ".git").exists():
        return ""
    try:
        found = git("rev-parse", "--short=12", "HEAD").strip()
        return f"{found}+" if git("status", "--porcelain", "--", *CODE).strip() else found
    except (OSError, subprocess.SubprocessError):
        return ""


def git(*words: str) -> str:
    """What a command of git says of the project. Raises `OSError` or `SubprocessError`."""
    command = ["git", "-C", str(PROJECT), "--no-optional-locks", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout


def processor() -> str:
    """The model of the processor, as the system names it."""
    return model(CPUINFO)


@cache
def model(cpuinfo: Path) -> str:
    """The model of the processor; `cpuinfo` takes milliseconds to read."""
    lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines() if cpuinfo.is_file() else []
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


@lru_cache(1)
def loaded(modules: int) -> str:
    """As `blas`, looked up anew, which takes milliseconds, once another number of modules is imported."""
    return blas()


def machines(runs: Iterable[Mapping[str, str]]) -> list[dict[str, str | int]]:
    """The different machines of some runs, without names, each with the number of its `runs`."""
    told = ({name: text for name, text in run.items() if name != "node"} for run in runs)
    counted = Counter(json.dumps(about, sort_keys=True) for about in told)
    return [json.loads(about) | {"runs": number} for about, number in sorted(counted.items())]
