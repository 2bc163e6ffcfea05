"""A step of perturbation, the forward passes that it makes, and the numbers that it draws: each alone."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.setting import Setting
from plausible.core import Presentation, randomness
from plausible.networks.mlp import MLP
from plausible.networks.noisy import Kind, noise_like
from plausible.registry import registry
from plausible.tasks.streams import rewarding
from plausible.tasks.task import one_hot

PASSES = 2  # of one example through the network: quiet and with noise, or the activity and how it moves


class Perturbation:
    """One part of a step, by a name such as "draws of node perturbation[noise=signs]".

    "update of" is what the rule computes, "passes of" as many forward passes as it makes, "draws of" its noise,
    "passes and draws of" both.
    """

    def __init__(self, setting: Setting, name: str) -> None:
        part, _, rule = name.partition(" of ")
        self.roles, self.network = randomness(0), MLP(setting.sizes[1:-1])
        self.params = setting.weights()
        x, labels = (array[: setting.batch] for array in setting.data())
        y = one_hot(labels, setting.sizes[-1])
        self.shown = Presentation(x, y, rewarding("classes", y, None))
        self.rule = registry.rule(rule.replace(" ", "-"), self.network)
        self.kind: Kind = self.rule.noise
        over_weights = rule.startswith("weight") or "weights" in rule
        answers = self.network.forward(self.params, x).activities[1:]
        self.like = self.params if over_weights else {f"z{n}": h for n, h in enumerate(answers, 1)}
        parts = {"update": self.update, "passes": self.passes, "draws": self.draws}
        self.parts: list[Callable[[], object]] = [parts[each] for each in part.split(" and ")]

    def steps(self, n: int) -> None:
        """The part of `n` steps."""
        for _ in range(n):
            for part in self.parts:
                part()

    def update(self) -> None:
        """A step, without its change of weights."""
        self.rule.update(self.params, None, self.shown, self.roles.noise)

    def passes(self) -> None:
        """The passes of a step."""
        for _ in range(PASSES):
            self.network.forward(self.params, self.shown.x)

    def draws(self) -> None:
        """The noise of a step."""
        noise_like(self.like, self.roles.noise, kind=self.kind)


def is_part(name: str) -> bool:
    """Whether a contender's name is one of these."""
    return name.startswith(("update of ", "passes of ", "draws of ", "passes and draws of "))
