"""What is held against a number and not against another program: import time, and memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.rows import Row

IMPORT_BOUND, MEMORY_BOUND = 0.5, 1.0  # seconds, GB
MODULES = ("plausible", "plausible.cli.main")
MEMORY = """
import resource, sys
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.study.run import Run
from plausible.study.course import execute
outcome = execute(Run("mnist", "backprop", MLP((800, 800)), SGD(0.05, momentum=0.9), epochs=1))
assert outcome.status == "done", outcome.reason
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(peak * (1 if sys.platform == "darwin" else 1024))
"""


def imports(number: int) -> Iterator[Row]:
    """Seconds from starting an interpreter to its end, with nothing in between but the import."""
    for module in MODULES:
        run = [sys.executable, "-c", f"import {module}"]
        subprocess.run(run, check=True)  # files are in memory from now on
        taken = []
        for _ in range(number):
            began = time.perf_counter()
            subprocess.run(run, check=True)
            taken.append(time.perf_counter() - began)
        seconds = statistics.median(taken)
        yield Row("import", f"interpreter and import {module}", seconds, "s", IMPORT_BOUND, rounds=number)


def memory() -> Iterator[Row]:
    """Peak memory of one epoch of MNIST by backprop on 784-800-800-10, loading and evaluation included."""
    what = "peak memory, MNIST, backprop on 784-800-800-10"
    if not os.environ.get("PLAUSIBLE_DATA"):
        yield Row(
            "memory", what, float("nan"), "GB", note="skipped: PLAUSIBLE_DATA is not set to a data folder"
        )
        return
    answer = subprocess.run([sys.executable, "-c", MEMORY], check=True, stdout=subprocess.PIPE, text=True)
    yield Row("memory", what, int(answer.stdout) / 1e9, "GB", MEMORY_BOUND)
