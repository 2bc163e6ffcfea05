"""Tuning several groups side by side."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace

from plausible.errors import require
from plausible.study.engine import Claims, Listener, compute
from plausible.study.run import Outcome, Run
from plausible.study.tuning.design import ALONE, Design
from plausible.study.tuning.search import Group
from plausible.study.tuning.settings import Search, shortened, with_settings
from plausible.study.work import Work
from plausible.study.workers.executors import Executor


class Tuner:
    """A listener that feeds a queue: as runs of a group end, the next ones of that group are asked for."""

    def __init__(self, groups: Iterable[Group], listener: Listener) -> None:
        self.groups = list(groups)
        self.listener = listener
        self.queue: deque[Work] = deque()
        self.asking: dict[Work, tuple[Run, list[Group]]] = {}  # rules of two names may ask for one run
        for group in self.groups:
            require(group.budget > 0, "the number of trials", group.budget, "one or more")
            self.ask(group)

    def ask(self, group: Group) -> None:
        """Put the runs that a group is due into the queue."""
        for run in group.due():
            if run not in self.asking:
                self.queue.append(run)
            self.asking.setdefault(run, (run, []))[1].append(group)

    def hear(self, run: Work, fraction: float) -> None:
        self.listener.hear(run, fraction)

    def ended(self, outcome: Outcome) -> None:
        self.listener.ended(outcome)
        run, groups = self.asking.pop(outcome.run)
        for group in groups:
            group.hear(outcome.of(run))
            self.ask(group)


def tune(
    groups: Sequence[Group],
    claims: Claims,
    executor: Executor,
    slots: int,
    listener: Listener,
    limit: float | None,
) -> None:
    """Run every trial and every final of every group: groups side by side, the trials of one one after the other."""
    tuner = Tuner(groups, listener)
    compute(tuner.queue, executor, slots, tuner, limit, claims)


def groups_of(
    runs: Iterable[Run],
    budget: int,
    epochs: int | None = None,
    share: float = 1.0,
    design: Design = ALONE,
    search: Search | None = None,
) -> list[Group]:
    """One group per run among `runs`, whatever its seed: a task, a rule, a network and an optimiser.

    Trials have `epochs` epochs, or this share of the epochs of the runs, at least one. `search` is that of the
    study.
    """
    bases = dict.fromkeys(replace(run, seed=0) for run in runs)
    lengths = [epochs or max(1, round(share * base.epochs)) for base in bases]
    pairs = zip(bases, lengths, strict=True)
    return [
        Group(shortened(base, length), budget, whole=base, design=design, search=search)
        for base, length in pairs
    ]


def apart(groups: Iterable[Group]) -> tuple[list[Group], list[Group]]:
    """The groups of which a trial was done, and those of which all were lost."""
    parted: tuple[list[Group], list[Group]] = ([], [])
    for group in groups:
        parted[not any(trial.status == "done" for trial in group.trials)].append(group)
    return parted


def winners(groups: Sequence[Group], runs: Sequence[Run]) -> list[Run]:
    """The runs of the study with the settings that won; no seed of them was tuned on."""
    settings = {replace(group.whole or group.base, seed=0): group.chosen().settings for group in groups}
    pairs = [(run, settings.get(replace(run, seed=0))) for run in runs]
    return [with_settings(run, won) for run, won in pairs if won is not None]
