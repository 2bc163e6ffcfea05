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
TOLERANCE = 1e-3  # rounding, which Adam amplifies where a gradient is next to nothing


def compare(ours: dict[str, Floats], theirs: dict[str, Floats], first: dict[str, Floats]) -> str:
    """How far two trainings from the weights `first` are apart, in words."""
    if all(np.array_equal(ours[name], theirs[name]) for name in first):
        return f"weights bitwise equal after {STEPS} steps"
    apart, gone = distance(ours, theirs) / distance(theirs, first), distance(theirs, first)
    if not apart < TOLERANCE:
        raise AssertionError(
            f"after {STEPS} steps and a way of {gone:.2g}, {apart:.2g} of it apart: other work"
        )
    return f"{apart:.0e} of the way apart after {STEPS} steps"


def distance(a: dict[str, Floats], b: dict[str, Floats]) -> float:
    """Euclidean, over all weights together."""
    return float(sum(np.square(a[name] - b[name], dtype=np.float64).sum() for name in a) ** 0.5)


def main(ours: str, beside: str, given: str) -> None:
    sizes, *others = json.loads(given)
    setting = Setting(tuple(sizes), *others)
    print(compare(trained(ours, setting), trained(beside, setting), setting.weights()))


def trained(name: str, setting: Setting) -> dict[str, Floats]:
    """The weights of a contender after `STEPS` steps."""
    training: Any = contender(name, setting)
    training.steps(STEPS)
    weights: dict[str, Floats] = training.weights()
    return weights


def agreement(ours: str, beside: str, setting: Setting) -> str:
    """How well the weights of two contenders agree, in words; in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.agreement", ours, beside, json.dumps(setting)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


if __name__ == "__main__":
    main(*sys.argv[1:])
