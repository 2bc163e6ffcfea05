"""Do contenders train the same network? `python -m benchmarks.agreement` prints the answers as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np

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


def main(pairs: str) -> None:
    from benchmarks.contenders import contender

    found = []
    for ours, beside, setting in json.loads(pairs):
        weights = []
        for name in (ours, beside):
            training: Any = contender(name, Setting(tuple(setting[0]), *setting[1:]))
            training.steps(STEPS)
            weights.append(training.weights())
        found.append(compare(*weights))
    print(json.dumps(found))


def agreement(pairs: list[tuple[str, str, Setting]]) -> list[str]:
    """For each pair of contenders, in words, how well their weights agree. One process, and not on the clock."""
    command = [sys.executable, "-m", "benchmarks.agreement", json.dumps(pairs)]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if answer.returncode:
        raise RuntimeError("contenders do not agree: see the message above")
    found: list[str] = json.loads(answer.stdout)
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
