"""A trial of tuning, and what a run says of its score and its work."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from plausible.probes.cost import MULTIPLY_ADDS, PER_EXAMPLE
from plausible.study.run import SCORES, Outcome, Run, Status

COST = PER_EXAMPLE.format(MULTIPLY_ADDS)


class Work(NamedTuple):
    """What a run took: examples, and multiply-adds for each, which only a run that was done tells (else NaN)."""

    examples: int
    per_example: float


class Trial(NamedTuple):
    """One trial: settings, and how they scored."""

    number: int
    run: Run  # on the first seed
    settings: dict[str, str]
    status: Status
    score: float  # on validation, at the end, a mean over its seeds; larger is better; -inf if a run was lost
    course: tuple[float, ...]  # the score on the first seed, at every rung that it reached
    values: Mapping[str, float] = MappingProxyType({})  # the settings as numbers
    scores: tuple[float, ...] = ()  # of each seed
    runs: tuple[Run, ...] = ()  # on each seed
    work: tuple[Work, ...] = ()  # of each seed
    round: int = 0  # how often ranges had been widened


def scores(outcome: Outcome) -> list[tuple[float, float]]:
    """The validation scores of a run, with their epochs, in order."""
    rows = [row for row in outcome.rows if row.split == "validation" and row.metric in SCORES]
    return [(row.epoch, SCORES[row.metric] * row.value) for row in rows]


def work_of(outcome: Outcome) -> Work:
    """What a run took."""
    costs = [row.value for row in outcome.rows if row.metric == COST]
    return Work(max((row.examples for row in outcome.rows), default=0), costs[-1] if costs else math.nan)


def multiply_adds(works: Iterable[Work]) -> float:
    """The multiply-adds of several runs of one rule; NaN if none tells what an example takes.

    Runs that do not tell, as they ended early, are counted with the mean of the others.
    """
    works = list(works)
    known = [work.per_example for work in works if math.isfinite(work.per_example)]
    if not known:
        return math.nan
    mean = float(np.mean(known))
    return sum(w.examples * (w.per_example if math.isfinite(w.per_example) else mean) for w in works)
