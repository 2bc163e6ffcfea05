"""What the numbers were measured on."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version

from plausible.study.workers.machine import processor


def machine() -> dict[str, str | int]:
    """Processor, cores, versions, BLAS and date."""
    return {
        "processor": processor(),
        "cores": os.cpu_count() or 1,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "scipy", "torch")},
        "blas of numpy": blas(),
        "blas of torch": blas_of_torch(),
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
    }


def blas() -> str:
    """The library that numpy's products run on, with the kernels that it chose."""
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
