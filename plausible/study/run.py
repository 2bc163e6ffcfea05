"""One run: one rule, one task, one seed, from the first weight to the numbers that tables are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from plausible.core import Optimiser, Rule
from plausible.errors import plain_fields, require, require_whole
from plausible.networks.network import Network
from plausible.optimise.sgd import SGD
from plausible.probes.criterion import Criterion
from plausible.probes.probe import Probe, check_probes
from plausible.probes.usual import USUAL
from plausible.registry import registry
from plausible.registry.names import file_of
from plausible.study.refused import check_parts
from plausible.study.work import NONE, Progress
from plausible.study.work import Outcome as Outcome
from plausible.study.work import OutOfTime as OutOfTime
from plausible.study.work import Row as Row
from plausible.study.work import Status as Status

REFERENCE = "backprop"  # whose changes are the gradient, unless the rule names another

REFERENCES = (REFERENCE, "bptt")  # of rules for single examples, and for sequences

ALWAYS = (
    "hidden",
    "activation",
    "init",
    "recurrent",
)  # columns of every table, also where a network lacks them


@dataclass(frozen=True)
class Run:
    """Everything that decides what a run computes. Rules and tasks are named as on the command line.

    `floors` and `test` are for trials of tuning. `floors` are (epoch, score) pairs: from that epoch on, a validation
    score below that one ends the run as "pruned"; scores are larger where the rule is better. Without `test` the test
    split is never read.

    `until` ends the run as "done" before its epochs are over: as soon as the answers to the training split meet the
    criterion, which is looked at before the first change of every epoch. The table then says, as "solved" (1 or 0) and
    "epochs to criterion", after how many epochs of learning that was.

    `window` is for sequences: so many time steps are shown between two changes, and activity is carried on to the
    next; examples are then time steps. Without it sequences are shown whole, and each is an example.

    `probes` are what is measured, and when (`plausible.probes.probe`); one more is `(*USUAL, Mine())`. Divergence is
    told from the loss of "train", and `floors` are held against the score of "validation", as `Scores` measures them.

    >>> from plausible.networks.mlp import MLP
    >>> from plausible.study.course import execute
    >>> from plausible.study.run import Run
    >>> outcome = execute(Run("digits", "feedback-alignment", MLP((16,)), epochs=2))
    >>> outcome.status, {row.value > 0.5 for row in outcome.rows if row[6:8] == ("test", "accuracy")}
    ('done', {True})
    """

    engine: ClassVar[tuple[str, str]] = ("plausible.study.course", "execute")

    task: str
    rule: str
    network: Network
    optimiser: Optimiser = SGD(0.05, momentum=0.9)
    epochs: int = 20
    batch_size: int = 64
    seed: int = 0
    floors: tuple[tuple[float, float], ...] = ()
    test: bool = True
    until: Criterion | None = None
    window: int | None = None
    probes: tuple[Probe, ...] = USUAL

    def __post_init__(self) -> None:
        plain_fields(self)
        for name in ("task", "rule"):
            value = getattr(self, name)
            good = isinstance(value, str) and value.isprintable()
            require(good, name, value, "a name, or FILE.py:Name, without control characters")
        for name in ("epochs", "batch_size", *(("window",) if self.window is not None else ())):
            value = getattr(self, name)
            require_whole(name, value, expected="a positive whole number")
        require_whole("seed", self.seed, low=0)
        check_parts(self)
        check_probes(self.probes)

    @property
    def data(self) -> str:
        """The task, as its data are a part of the key."""
        return self.task

    @property
    def registered(self) -> bool:
        """Whether rule and task lie in no file of a user's own."""
        return not any(map(file_of, self.named().values()))

    def head(self) -> tuple[str, str, int]:
        """What every row begins with: task and rule as tables call them, and the seed."""
        return registry.label(self.task, "task"), registry.label(self.rule), self.seed

    def conditions(self) -> dict[str, str]:
        """The settings that tuning leaves as they are, as texts by name: those of the network, and the window."""
        window = "whole" if self.window is None else str(self.window)
        return {**dict.fromkeys(ALWAYS, NONE), **self.network.settings(), "window": window}

    def settings(self) -> dict[str, str | int]:
        """All that the rule learns under: the conditions, the network with all its fields, the optimiser, how long."""
        lengths = {"epochs": self.epochs, "batch_size": self.batch_size}
        parts = {"network": repr(self.network), "optimiser": repr(self.optimiser)}
        return {**self.conditions(), **parts, **lengths}

    def learner(self) -> Rule:
        """The rule, made anew. Raises `BadInput`."""
        return registry.rule(self.rule, self.network)

    def named(self) -> dict[str, str]:
        """Rule and task."""
        return {"rule": self.rule, "task": self.task}

    def renamed(self, change: Callable[[str, str], str]) -> Run:
        """The run with other names of rule and task."""
        return replace(self, rule=change("rule", self.rule), task=change("task", self.task))

    def probed(self, probes: tuple[Probe, ...]) -> Run:
        """The run, measured by these probes too."""
        return replace(self, probes=tuple(dict.fromkeys((*self.probes, *probes))))

    def execute(self, progress: Progress, limit: float | None, checkpoint: Path | None) -> Outcome:
        """Learn; see `plausible.study.course.execute`."""
        from plausible.study.course import execute  # which is about runs

        return execute(self, progress, limit, checkpoint)


SCORES = {"accuracy": 1.0, "normalised error": -1.0}  # what rules are ranked by, and in which direction
