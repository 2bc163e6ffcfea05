"""A run by another kernel of OpenBLAS, which sums in another order: what rounding comes to, whatever is computed.

OPENBLAS_CORETYPE=Nehalem python -m plausible.study.workers.kernels < run.json > rows.json
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

from plausible.registry.encoding import decode, encode
from plausible.study.run import Outcome, Row
from plausible.study.work import Work
from plausible.study.workers.machine import blas

KERNELS = (
    "Nehalem",
    "Sandybridge",
    "Haswell",
    "SkylakeX",
)  # by age; one that a processor lacks ends its process


def elsewhere(run: Work) -> Iterator[Outcome]:
    """The outcomes of a run by the kernels that this process does not use, each in a process of its own, one by one.

    None where BLAS is no OpenBLAS of several kernels, or the run needs a file that has to be executed first.
    """
    text = json.dumps(encode(run))
    for kernel in KERNELS:
        if f", {kernel}" in blas():
            continue
        command = [sys.executable, "-P", "-m", "plausible.study.workers.kernels"]
        threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
        there = os.environ | {"OPENBLAS_CORETYPE": kernel, **threads}
        ended = subprocess.run(command, input=text, env=there, capture_output=True, text=True, check=False)
        if ended.returncode == 0:
            told = json.loads(ended.stdout)
            if kernel in told["blas"]:
                yield Outcome(run, told["status"], "", [Row(*row) for row in told["rows"]])


def main() -> None:
    """Compute the run whose JSON stands on standard input, and write its measurements to standard output."""
    out, sys.stdout = sys.stdout, sys.stderr  # what a run prints is no part of the answer
    run: Work = decode(json.load(sys.stdin), Work)
    outcome = run.execute(lambda fraction: None, None, None)
    told = {"status": outcome.status, "blas": blas(), "rows": [list(row) for row in outcome.rows]}
    json.dump(told, out)


if __name__ == "__main__":
    main()
