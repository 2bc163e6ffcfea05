"""One rule over several tasks: scores between those of two other rules, their mean, and performance profiles.

A score of 0 is that of the lower anchor, such as a network whose hidden layers do not learn, and 1 that of the upper
one, such as backprop [agarwal2021].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from plausible.errors import require
from plausible.study.intervals import RESAMPLES, Interval, Level, check_level, expanded_level
from plausible.study.statistics import middle_half

ROUNDING = 1e-9  # of a score, which is a quotient of differences of means

Anchored: TypeAlias = NDArray[
    np.float64
]  # of one task: (seeds, 3), of the rule, the lower and the upper anchor


def scores(task: Anchored) -> NDArray[np.float64]:
    """The scores of a rule's runs on a task, (..., seeds, 3) -> (..., seeds).

    0 is the mean of the lower anchor, 1 that of the upper; inf or NaN where the two are equal.

    >>> import numpy as np
    >>> from plausible.study.across import scores
    >>> scores(np.array([[0.95, 0.90, 0.98], [0.97, 0.92, 1.00]])).round(3).tolist()  # between 0.91 and 0.99
    [0.5, 0.75]
    """
    low, high = (task[..., at].mean(axis=-1, keepdims=True) for at in (1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):  # resamples of few seeds may have equal anchors
        found: NDArray[np.float64] = (task[..., 0] - low) / (high - low)
    return found


def over_tasks(
    tasks: Sequence[Anchored],
    statistic: Callable[[NDArray[np.float64]], Any] = lambda all_scores: all_scores.mean(axis=-1),
    level: Level = 0.95,
    rng: Generator | int = 0,
    resamples: int = RESAMPLES,
) -> Interval:
    """A statistic of the scores of all runs on all tasks, with its stratified bootstrap interval [agarwal2021].

    Seeds are drawn again within each task, the rule's and the anchors' together, so that what is not known of the
    anchors counts, too. The tasks are those that there are: the interval says nothing of others. Its limits are
    percentiles at `expanded_level`, for as many degrees of freedom as there are seeds of all tasks, less one a task.

    Args:
        tasks: of each, the values of the rule and of the anchors at the same seeds.
        statistic: of scores, (..., runs) -> (...): their mean, if not given.
        level: nominal coverage.
        rng: a seed, or a generator, which is moved on.
        resamples: how many are drawn.

    Returns:
        The statistic with its limits, NaN if a task has one seed only; n is the number of runs.

    Raises:
        BadInput: for no task, tasks of other shapes, values that are not finite, or anchors that are equal on a task.
    """
    check(tasks)
    lost = any(np.isnan(task).any() for task in tasks)
    require(not lost, "one of a task's values", "NaN", "numbers: say first what lost runs count as")
    return drawn_again(tasks, statistic, level, rng, resamples)


def drawn_again(
    tasks: Sequence[Anchored],
    statistic: Callable[[NDArray[np.float64]], Any],
    level: Level,
    rng: Generator | int,
    resamples: int,
) -> Interval:
    """The interval of `over_tasks`; the score of a lost run is NaN."""
    check_level(level)
    sizes = [len(task) for task in tasks]
    whole = float(statistic(np.concatenate([scores(task) for task in tasks])))
    if min(sizes) == 1:
        return Interval(whole, np.nan, np.nan, sum(sizes))

    def of_seeds(*drawn: NDArray[np.intp], axis: int = -1) -> Any:
        parts = [scores(task[seeds]) for task, seeds in zip(tasks, drawn, strict=True)]
        return statistic(np.concatenate(parts, axis=axis))

    from scipy.stats import bootstrap

    found = bootstrap(
        tuple(map(np.arange, sizes)),
        of_seeds,
        vectorized=True,
        n_resamples=resamples,
        confidence_level=expanded_level(level, min(sizes), sum(sizes) - len(sizes)),
        method="percentile",
        rng=rng,
    )
    low, high = found.confidence_interval
    return Interval(whole, float(low), float(high), sum(sizes))


def check(tasks: Sequence[Anchored]) -> None:
    """Refuse what has no scores. The rule's values alone may be NaN, of lost runs."""
    require(len(tasks) > 0, "the number of tasks", 0, "one or more")
    for task in tasks:
        require(
            task.ndim == 2 and task.shape[1] == 3 and len(task) > 0,
            "the shape of a task's values",
            task.shape,
            "(seeds, 3): of a rule, of the lower and of the upper anchor",
        )
        finite = np.isfinite(task[:, 1:]).all() and not np.isinf(task[:, 0]).any()
        require(bool(finite), "one of a task's values", "not finite", "finite numbers")
        low, high = task[:, 1].mean(), task[:, 2].mean()
        require(low != high, "the mean of the lower anchor", float(low), "another one than the upper's")


def middle_of_tasks(tasks: Sequence[Anchored], level: Level = 0.95, rng: Generator | int = 0) -> Interval:
    """The interquartile mean of all scores, with the interval of `over_tasks`. Raises `BadInput`, as that does."""
    return over_tasks(tasks, middle_half, level, rng)


def profile(
    tasks: Sequence[Anchored],
    thresholds: Sequence[float],
    level: Level = 0.95,
    rng: int = 0,
    resamples: int = 1_999,
) -> list[Interval]:
    """A performance profile: for each threshold the share of runs with a score above it [dolan2002, agarwal2021].

    Each share has the interval of `over_tasks`, at its threshold alone. A lost run, whose value is NaN, is above none.
    One whose score is a threshold but for rounding is not above it: it may be as accurate as an anchor is in the mean.

    Raises:
        BadInput: as `over_tasks`; but the rule's values of lost runs may be NaN.
    """
    check(tasks)

    def above(threshold: float) -> Interval:
        return drawn_again(tasks, lambda s: (s > threshold + ROUNDING).mean(axis=-1), level, rng, resamples)

    return [above(threshold) for threshold in thresholds]
