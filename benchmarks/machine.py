"""What the numbers were measured on."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from benchmarks.alternate import plain_environment
from plausible.study.workers.machine import processor


def machine() -> dict[str, str | int]:
    """Processor, cores, versions, BLAS and date."""
    return {
        "processor": processor(),
        "cores": os.cpu_count() or 1,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **versions("numpy", "scipy", "scikit-learn", "torch", "jax"),
        "blas of numpy": blas(),
        **({"blas of torch": blas_of_torch()} if installed("torch") else {}),
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
    }


def versions(*names: str) -> dict[str, str]:
    """The versions of those packages that are installed."""
    found = {}
    for name in names:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def installed(name: str) -> bool:
    """Whether a package can be imported."""
    return find_spec(name) is not None


def blas() -> str:
    """The library that numpy's products run on, with the kernels that it chooses where the contenders run."""
    told = subprocess.run(
        [sys.executable, "-c", "from benchmarks.machine import kernels; print(kernels())"],
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.strip()


def kernels() -> str:
    """The library and the kernels of this process."""
    import numpy as np  # noqa: F401
    from threadpoolctl import threadpool_info

    used = [pool for pool in threadpool_info() if pool["user_api"] == "blas" and "numpy" in pool["filepath"]]
    return ", ".join(f"{one['internal_api']} {one['version']} ({one.get('architecture')})" for one in used)


def blas_of_torch() -> str:
    """MKL's version line, where torch has MKL."""
    import torch

    lines = [
        line.strip(" -") for line in torch.__config__.show().splitlines() if "Math Kernel Library" in line
    ]
    return lines[0] if lines else "not MKL"
