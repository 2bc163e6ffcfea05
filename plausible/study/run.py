"""One run: one rule, one task, one seed, from the first weight to the numbers that tables are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from plausible.core import Optimiser
from plausible.errors import Passing, plain_fields, require, require_whole
from plausible.networks.network import Network
from plausible.optimise.sgd import SGD
from plausible.probes.criterion import Criterion
from plausible.probes.probe import Probe, check_probes
from plausible.probes.usual import USUAL
from plausible.study.refused import check_parts

REFERENCE = "backprop"  # whose changes are the gradient, unless the rule names another

REFERENCES = (REFERENCE, "bptt")  # of rules for single examples, and for sequences


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


class Row(NamedTuple):
    """One measurement in long form."""

    task: str
    rule: str
    seed: int
    epoch: float
    examples: int
    seconds: float  # of learning alone; evaluation, probes and what happens once in a process are outside the clock
    split: str
    metric: str
    layer: str
    value: float


Status: TypeAlias = Literal["done", "diverged", "failed", "timed out", "pruned"]

SCORES = {"accuracy": 1.0, "normalised error": -1.0}  # what rules are ranked by, and in which direction


@dataclass(frozen=True)
class Outcome:
    """What came out of a run."""

    run: Run
    status: Status
    reason: str = ""  # why it was not done, in one line; of one that was, which probes failed
    rows: list[Row] = field(default_factory=list)
    traceback: str = ""  # of a failure
    log: Path | None = None  # where the traceback lies, once the outcome is stored

    def __str__(self) -> str:
        """How it ended and why, in one line."""
        line = f"{self.status}: {self.reason}" if self.reason else self.status
        raised = self.status == "failed" or (self.status == "done" and self.reason)
        return (
            f"{line}; {'traceback' if self.traceback else 'log'} in {self.log}"
            if raised and self.log
            else line
        )


class OutOfTime(Passing):
    """A run took longer than it may. It is no `Exception`, so that code which handles errors lets it through."""
