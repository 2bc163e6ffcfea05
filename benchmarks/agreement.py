"""Do two contenders train the same network? `python -m benchmarks.agreement OURS BESIDE SETTING` says how well."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np

from benchmarks.contenders import contender
from benchmarks.setting import Floats, Setting

STEPS = 100


def compare(ours: dict[str, Floats], theirs: dict[str, Floats]) -> str:
    """How far apart weights are, in words."""
    if all(np.array_equal(ours[name], theirs[name]) for name in ours):
        return f"weights bitwise equal after {STEPS} steps"
    gap = max(float(abs(ours[name] - theirs[name]).max()) for name in ours)
    size = max(float(abs(theirs[name]).max()) for name in ours)
    if gap > 1e-4 * size:
        raise AssertionError(
            f"weights differ by {gap:.2g} of {size:.2g} after {STEPS} steps: not the same work"
        )
    return f"weights within {gap / size:.0e} of the largest after {STEPS} steps"


def main(ours: str, beside: str, setting: str) -> None:
    sizes, batch, threads = json.loads(setting)
    weights = []
    for name in (ours, beside):
        training: Any = contender(name, Setting(tuple(sizes), batch, threads))
        training.steps(STEPS)
        weights.append(training.weights())
    print(compare(*weights))


def agreement(ours: str, beside: str, setting: Setting) -> str:
    """How well the weights of two contenders agree, in words; in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.agreement", ours, beside, json.dumps(setting)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


if __name__ == "__main__":
    main(*sys.argv[1:])
