"""A step of perturbation, the forward passes that it makes, and the numbers that it draws: each alone.

`python -m benchmarks.perturbation` measures them quickly, and writes nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import numpy as np

from benchmarks.rows import COPIED, PASSES, UNITS, WEIGHTS
from benchmarks.setting import Setting
from plausible.core import Presentation, randomness
from plausible.networks.mlp import MLP
from plausible.networks.noisy import noise_like
from plausible.registry import registry
from plausible.tasks.streams import rewarding
from plausible.tasks.task import one_hot

UPDATE = "update of "
NOISE = (UNITS, WEIGHTS)
AND = " and "


class Perturbation:
    """Parts of a step, by a name: "update of RULE", "two passes", one of `NOISE`, or such names with "and" in between.

    An update is all that the rule computes, without the change of weights. "two passes by a copy of weights" is what no
    perturbation of weights does without: a pass, one by weights that a number was added to, and a change as large.
    """

    def __init__(self, setting: Setting, name: str) -> None:
        self.roles, self.network = randomness(0), MLP(setting.sizes[1:-1])
        self.params = setting.weights()
        x, labels = (array[: setting.batch] for array in setting.data())
        y = one_hot(labels, setting.sizes[-1])
        self.shown = Presentation(x, y, rewarding("classes", y, None))
        self.parts = [self.part(each) for each in name.split(AND)]

    def steps(self, n: int) -> None:
        """The parts of `n` steps."""
        for _ in range(n):
            for part in self.parts:
                part()

    def part(self, name: str) -> Callable[[], object]:
        """What is done for a part of that name."""
        params, shown, rng = self.params, self.shown, self.roles.noise
        if name == PASSES:
            return lambda: [self.network.forward(params, shown.x) for _ in range(2)]
        if name == COPIED:
            return self.copied
        if name in NOISE:
            answers = self.network.forward(params, shown.x).activities[1:]
            units = {f"z{n}": h for n, h in enumerate(answers, 1)}
            return lambda: noise_like(units if name == NOISE[0] else params, rng)
        rule = registry.rule(name.removeprefix(UPDATE).replace(" ", "-"), self.network)
        return lambda: rule.update(params, None, shown, rng)

    def copied(self) -> object:
        """Two passes, of which one has weights of its own, and an array for the change of each weight."""
        self.network.forward(self.params, self.shown.x)
        moved = {name: weights + np.float32(1e-3) for name, weights in self.params.items()}
        self.network.forward(moved, self.shown.x)
        return {name: np.float32(0.5) * weights for name, weights in moved.items()}


def is_part(name: str) -> bool:
    """Whether a contender's name is made of these."""
    return all(part in (PASSES, COPIED, *NOISE) or part.startswith(UPDATE) for part in name.split(AND))


if __name__ == "__main__":
    os.execv(sys.executable, [sys.executable, "-m", "benchmarks", "--only", "perturbation", "--quick"])
