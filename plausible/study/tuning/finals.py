"""The second stage of tuning: the best trials of the search, at full length, on several seeds of validation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from plausible.study.run import Outcome, Run
from plausible.study.tuning.design import PROBES
from plausible.study.tuning.settings import with_settings
from plausible.study.tuning.trial import Trial, Work, scores, work_of


class Finalist(NamedTuple):
    """A trial that is run again, and how it scored there."""

    trial: Trial
    scores: tuple[float, ...]  # on validation at full length, one per seed; -inf of a run that was lost

    @property
    def kept(self) -> list[float]:
        """The scores of the runs that were not lost."""
        return [score for score in self.scores if np.isfinite(score)]

    @property
    def lost(self) -> int:
        """How many runs were lost."""
        return len(self.scores) - len(self.kept)

    @property
    def mean(self) -> float:
        """The mean score, without lost runs; -inf if all were lost."""
        return float(np.mean(self.kept)) if self.kept else -np.inf

    @property
    def rank(self) -> tuple[float, float, float]:
        """Fewer lost runs are better, then a larger mean, then an earlier trial."""
        return -self.lost, self.mean, -self.trial.number


@dataclass
class Finals:
    """The finalists of a group, on the same seeds each."""

    entered: list[Trial] = field(default_factory=list)
    found: dict[tuple[int, int], float] = field(default_factory=dict)  # by trial and seed
    runs: dict[Run, tuple[int, int]] = field(default_factory=dict)
    ended: list[Run] = field(default_factory=list)
    work: list[Work] = field(default_factory=list)

    def enter(self, trials: Iterable[Trial], most: int) -> None:
        """Let the best `most` of the trials that were done enter, each setting once."""
        done = sorted((t for t in trials if t.status == "done"), key=lambda t: (-t.score, t.number))
        settings: list[dict[str, str]] = []
        for trial in done:
            if trial.settings not in settings and len(settings) < most:
                settings.append(trial.settings)
                if all(trial.settings != other.settings for other in self.entered):
                    self.entered.append(trial)

    def missing(self, whole: Run, seeds: Iterable[int]) -> list[Run]:
        """The runs of finalists that have not ended: the study's run with their settings, which reads no test split."""
        plain = replace(whole, floors=(), test=False, probes=PROBES)
        by_run = {
            replace(with_settings(plain, trial.settings), seed=seed): (trial.number, seed)
            for seed in seeds
            for trial in self.entered
        }
        self.runs = {run: at for run, at in by_run.items() if at not in self.found}
        return [*self.runs]

    def tell(self, outcome: Outcome[Run]) -> None:
        """Take in the outcome of a finalist's run."""
        curve = scores(outcome)
        kept = outcome.status == "done" and len(curve) > 0
        self.found[self.runs[outcome.run]] = curve[-1][1] if kept else -np.inf
        self.ended.append(outcome.run)
        self.work.append(work_of(outcome))

    def ranking(self) -> list[Finalist]:
        """The finalists, the best one first."""
        of = [
            Finalist(
                trial,
                tuple(score for (number, _), score in sorted(self.found.items()) if number == trial.number),
            )
            for trial in self.entered
        ]
        return sorted(of, key=lambda finalist: finalist.rank, reverse=True)
