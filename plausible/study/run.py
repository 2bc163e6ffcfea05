"""One run: one rule, one task, one seed, from the first weight to the numbers that tables are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from plausible.core import Optimiser, Rule
from plausible.errors import plain_fields, require, require_seed, require_whole
from plausible.networks.network import Network
from plausible.optimise.sgd import SGD
from plausible.probes.criterion import Criterion
from plausible.probes.probe import Probe, check_probes
from plausible.probes.usual import USUAL
from plausible.registry import registry
from plausible.registry.names import file_of
from plausible.study.refusals import check_parts
from plausible.study.work import NONE, Progress
from plausible.study.work import Outcome as Outcome
from plausible.study.work import OutOfTime as OutOfTime
from plausible.study.work import Row as Row
from plausible.study.work import Status as Status

REFERENCE = "backprop"  # the rule whose changes are the gradient, unless a rule names another

REFERENCES = (REFERENCE, "bptt")  # those of rules for single examples, and for sequences

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
    score below that one ends the run as "pruned"; a better rule has a larger score. Without `test` the test split is
    never read.

    `until` is a criterion that ends the run as "done" before its epochs are over, as soon as the answers to the
    training split meet it. It is checked before the first change of every epoch. The table then says whether it was
    met, "solved" (1 or 0), and after how many epochs of learning, "epochs to criterion".

    `window` is for sequences: the number of time steps between two changes. Activity is carried on to the next
    window, and examples are time steps. Without it sequences are shown whole, and each is an example.

    `probes` are what is measured, and when (`plausible.probes.probe`); a probe is added by `(*USUAL, Mine())`. The
    loss of "train", as `Scores` measures it, shows divergence; `floors` are compared with the score of "validation".

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
        require_seed("seed", self.seed)
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
        """The beginning of every row: the labels of task and rule in tables, and the seed."""
        return registry.label(self.task, "task"), registry.label(self.rule), self.seed

    def conditions(self) -> dict[str, str]:
        """The settings that tuning does not change, as texts by name: those of the network, and the window."""
        return conditions_of(self.network.settings(), self.window)

    def settings(self) -> dict[str, str | int]:
        """All settings of the run: the conditions, all fields of the network, the optimiser, and how long it learns."""
        parts = {"network": repr(self.network), "optimiser": repr(self.optimiser)}
        return {**self.conditions(), **parts, "epochs": self.epochs, "batch_size": self.batch_size}

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
        from plausible.study.course import execute  # here, as that module imports this one

        return execute(self, progress, limit, checkpoint)

    def keeping(self, progress: Progress, limit: float | None, checkpoint: Path | None) -> Outcome:
        """Learn; the outcome holds what was learned."""
        from plausible.study.course import execute

        return execute(self, progress, limit, checkpoint, keep=True)

    def check_storable(self, n_in: int, n_out: int) -> None:
        """Raise `BadInput` if the state with which the rule begins cannot be stored."""
        from plausible.study.learned import check_state

        check_state(self.rule, self.learner(), n_in, n_out)


def conditions_of(network: Mapping[str, str], window: int | None) -> dict[str, str]:
    """The conditions of a run, from the settings of its network; see `Run.conditions`."""
    words = "whole" if window is None else str(window)
    return {**dict.fromkeys(ALWAYS, NONE), **network, "window": words}


SCORES = {
    "accuracy": 1.0,
    "normalised error": -1.0,
}  # the metrics that rank rules, each with the sign that makes larger better
