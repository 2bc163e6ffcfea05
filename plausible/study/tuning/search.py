"""Fair tuning: the same budget, the same sampler and the same seeds for every rule, on validation alone.

A trial is a run like any other, so it is stored under its key: tuning that was killed goes on where it was, because
the sampler is seeded anew for every trial from the trial's number, and asks the same again when it is told the same.
Trials that diverge or fail count against the budget, with the worst score of all. A trial that falls behind the median
of those before it is pruned. The floors that prune it are part of its run, so that it is pruned again when it is
repeated. A trial whose score is among the better half is run on other seeds as well.

The best trial of many is the luckiest one, too. So the best few are run again at full length, on seeds that the search
has not used (`plausible.study.tuning.finals`), and the winner is chosen there. If a number of the winner lies at the
edge of its range, the range is widened there, and the search goes on with a quarter of its budget.

What the sampler takes for a trial grows with the trials before it: 13 ms after 250 of them, 47 ms after 1250, and 34 s
in all for 1500, on one core of a busy machine in 2026. That is less than what nearly all trials take themselves.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from plausible.errors import BadInput
from plausible.printing.words import count
from plausible.search import Range
from plausible.study.run import Outcome, Run
from plausible.study.tuning.design import ALONE, MORE, PROBES, SEARCHED, Design
from plausible.study.tuning.finals import Finalist, Finals
from plausible.study.tuning.settings import (
    End,
    Search,
    can_be,
    edges,
    inside,
    place,
    space,
    widened,
    with_settings,
)
from plausible.study.tuning.trial import Trial, multiply_adds, scores, work_of

STARTUP = 5  # trials that are drawn at random, and never pruned
RUNGS = (0.25, 0.5, 0.75)  # shares of a trial's epochs at which it is compared with the trials before it


@dataclass
class Group:
    """A rule on a task and a network, which is tuned in trials of as many epochs as `base`."""

    base: Run
    budget: int  # trials, before any range is widened
    trials: list[Trial] = field(default_factory=list)
    asked: Any = None  # Optuna's study
    pending: Any = None  # Optuna's trial whose runs have not ended
    settings: dict[str, str] = field(default_factory=dict)  # of that trial
    whole: Run | None = None  # the study's run, with all its epochs; `base`, if not given
    design: Design = ALONE
    search: Search | None = None  # of the study
    ranges: dict[str, Range] = field(default_factory=dict)  # in which they are searched now
    told: list[Outcome[Run]] = field(default_factory=list)  # of the trial's seeds
    finals: Finals = field(default_factory=Finals)
    round: int = 0  # how often ranges were widened
    waiting: set[Run] = field(default_factory=set)  # runs under way

    def winner(self) -> Run:
        """The study's run with the settings that won. Raises `BadInput` if all trials were lost."""
        return with_settings(replace(self.whole or self.base, seed=0), self.chosen().settings)

    def won(self, runs: Iterable[Run]) -> list[Run]:
        """Those of `runs` that have the settings that won, at any seed."""
        winner = self.winner()
        return [run for run in runs if replace(run, seed=0) == winner]

    def space(self) -> dict[str, Range]:
        """The settings that are searched, in their first ranges; see `plausible.study.tuning.settings.space`."""
        return space(self.base, self.search)

    def due(self) -> list[Run]:
        """The runs that are to be made now: none while others are under way, and none after the last."""
        if self.waiting:
            return []
        runs = [self.ask()] if self.searching() else self.in_finals()
        if not runs and self.widen():
            runs = [self.ask()]
        self.waiting = set(runs)
        return runs

    def searching(self) -> bool:
        """Whether the search goes on: trials are left, and multiply-adds. One trial is always made."""
        if self.pending is not None or not self.trials:
            return True
        left = self.design.multiply_adds
        if left is not None and self.searched() >= left * (1 + MORE * self.round):
            return False
        return len(self.trials) < self.budget + self.round * self.design.more(self.budget)

    def searched(self) -> float:
        """The multiply-adds of all trials; NaN if no run tells what an example takes."""
        return multiply_adds(work for trial in self.trials for work in trial.work)

    def contested(self) -> float:
        """The multiply-adds of the finals; NaN as above."""
        return multiply_adds(self.finals.work)

    def in_finals(self) -> list[Run]:
        """The runs of finals that are missing."""
        if not self.design.finalists:
            return []
        self.finals.enter(self.trials, self.design.finalists)
        return self.finals.missing(self.whole or self.base, self.design.held_out)

    def hear(self, outcome: Outcome[Run]) -> None:
        """Take in the outcome of a run that was due."""
        self.waiting.discard(outcome.run)
        if self.pending is None:
            self.finals.tell(outcome)
        else:
            self.tell(outcome)

    def ask(self) -> Run:
        """The run of the next trial, or of the same one on its next seed."""
        if self.pending is None:
            self.begin()
        number = len(self.told)
        run = with_settings(self.base, self.settings)
        floors = () if number else self.floors()
        return replace(run, seed=SEARCHED + number, floors=floors, test=False, probes=PROBES)

    def begin(self) -> None:
        """Let the sampler choose the settings of the next trial."""
        import optuna

        self.ranges = self.ranges or self.space()
        if self.asked is None:
            optuna.logging.set_verbosity(optuna.logging.WARNING)
            self.asked = optuna.create_study(direction="maximize")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            self.asked.sampler = optuna.samplers.TPESampler(
                seed=SEARCHED + len(self.trials), multivariate=True, n_startup_trials=STARTUP
            )
        self.pending = self.asked.ask()
        self.settings = {
            name: range.option(self.pending.suggest_float(name, range.low, range.high, log=range.log))
            for name, range in self.ranges.items()
        }

    def floors(self) -> tuple[tuple[float, float], ...]:
        """The median rule [golovin2017]: the floor at a rung is the median score there of the trials that are done."""
        done = [trial for trial in self.trials if trial.status == "done"]
        if len(done) < STARTUP:
            return ()
        medians = np.median([trial.course for trial in done], axis=0).tolist()
        return tuple((rung * self.base.epochs, float(m)) for rung, m in zip(RUNGS, medians, strict=True))

    def tell(self, outcome: Outcome[Run]) -> None:
        """Take in the outcome of the trial's last run; if other seeds of it follow, the trial goes on."""
        self.told.append(outcome)
        if outcome.status == "done" and len(self.told) < self.design.seeds and self.promising():
            return
        self.close()

    def promising(self) -> bool:
        """Whether the score on the first seed is among the better half of those of the trials before."""
        firsts = [trial.scores[0] for trial in self.trials if trial.status == "done"]
        return not firsts or scores(self.told[0])[-1][1] >= float(np.median(firsts))

    def close(self) -> None:
        """Take in the trial whose runs have ended, and tell the sampler."""
        from optuna.trial import TrialState

        first, last = self.told[0], self.told[-1]  # only the last may not have been done
        curves = [scores(outcome) for outcome in self.told]
        kept = last.status in ("done", "pruned") and all(curves)
        each = tuple(curve[-1][1] for curve in curves) if kept else ()
        score = float(np.mean(each)) if kept else -np.inf
        course = tuple(next((s for e, s in curves[0] if e >= r * self.base.epochs), np.nan) for r in RUNGS)
        course = tuple(score for score in course if np.isfinite(score))
        if first.status == "done":  # one that met its criterion stays there
            course += (each or (-np.inf,))[:1] * (len(RUNGS) - len(course))
        values = {name: float(value) for name, value in self.pending.params.items()}
        runs, work = tuple(outcome.run for outcome in self.told), tuple(map(work_of, self.told))
        head = len(self.trials), first.run, self.settings, last.status, score, course
        self.trials.append(Trial(*head, values, each, runs, work, self.round))
        if last.status == "pruned":
            for rung, value in enumerate(course):
                self.pending.report(value, rung)
            self.asked.tell(self.pending, state=TrialState.PRUNED)
        else:
            self.asked.tell(self.pending, score if kept else worst(self.trials))
        self.pending, self.told = None, []

    def best(self) -> Trial:
        """The best trial of the search; the first one of equals. Raises `BadInput` if all were lost."""
        done = [trial for trial in self.trials if trial.status == "done"]
        if not done:
            raise BadInput(
                f"{count(len(self.trials), 'trial')} of {self.base.rule!r}, all lost: search other ranges"
            )
        return max(done, key=lambda trial: trial.score)

    def ranking(self) -> list[Finalist]:
        """The finalists, the best one first; none, if there were no finals."""
        return self.finals.ranking()

    def chosen(self) -> Trial:
        """The trial that won: in the finals, if there were some. Raises `BadInput` if all were lost."""
        ranking = self.ranking()
        return ranking[0].trial if ranking else self.best()

    def at_edge(self) -> dict[str, End]:
        """The settings of the winner that lie at an edge of the range that was searched, each with its end."""
        return edges(self.ranges, self.chosen().values)

    def widen(self) -> bool:
        """Widen the ranges at whose edge the winner lies, and let the search go on there. Returns whether it does.

        The next trial has the settings of the winner, but for the numbers at an edge: these lie in the middle of what
        was added. A range is not widened to numbers that the rule or its optimiser refuses.
        """
        if self.round >= self.design.widenings or not self.ranking():
            return False
        winner, wider, first = self.chosen(), dict(self.ranges), dict(self.chosen().values)
        for name, end in self.at_edge().items():
            before, after = self.ranges[name], widened(self.ranges[name], end)
            limit, old = (after.high, before.high) if end == "top" else (after.low, before.low)
            if limit != old and can_be(winner.run, name, after.option(limit)):
                wider[name] = after
                first[name] = inside(after, (place(after, limit) + place(after, old)) / 2)
        if wider == self.ranges:
            return False
        self.ranges, self.round = wider, self.round + 1
        self.resume(first)
        return True

    def resume(self, first: Mapping[str, float]) -> None:
        """Let the sampler know all trials anew, within the ranges of now, and begin with these numbers."""
        import optuna

        within: dict[str, Any] = {
            name: optuna.distributions.FloatDistribution(range.low, range.high, log=range.log)
            for name, range in self.ranges.items()
        }
        before = self.asked.get_trials()
        self.asked = optuna.create_study(direction="maximize")
        for trial in before:
            values = {"values": trial.values, "intermediate_values": trial.intermediate_values}
            again = optuna.trial.create_trial(
                state=trial.state, params=trial.params, distributions=within, **values
            )
            self.asked.add_trial(again)
        self.asked.enqueue_trial(dict(first))


def worst(trials: Sequence[Trial]) -> float:
    """A finite score below all others, for lost trials: the sampler takes finite numbers only."""
    finite = [trial.score for trial in trials if math.isfinite(trial.score)]
    return min(finite, default=0.0) - 1.0
