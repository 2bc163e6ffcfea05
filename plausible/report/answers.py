"""Every rule beside the reference over seeds and test examples, from what each run answered to each example."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from plausible.errors import BadInput, require, unknown
from plausible.study.answers import ABOUT, FILE, Answers, made, read
from plausible.study.crossed import over_both
from plausible.study.keys.data import data_digest
from plausible.study.networked import network_of
from plausible.study.statistics import ALPHA, AMOUNT, SHARE, Interval, Level, mean_interval
from plausible.study.work import Outcome, Work

BOTH = ("both_low", "both_high", "difference_both_low", "difference_both_high")
Scores = Mapping[
    int, NDArray[np.float64]
]  # by seed, of each example: whether it is right, or its share of the error


class Answered(NamedTuple):
    """What one run answered to the test split, under the names that its task and rule have in a table."""

    task: str
    rule: str
    run: Work
    answers: Answers | None


def beside(rows: pd.DataFrame, told: Iterable[Answered]) -> pd.DataFrame:
    """Rows of `plausible.report.paired.beside_reference` with the columns `BOTH`: limits over seeds and examples.

    both_low and both_high are those of the rule's mean, difference_both_low and difference_both_high those of its
    paired difference, as `over_both`. Where these are known `as_good` is over both, too: what is said of the seeds
    stands where the interval over both lies inside of the margin, or beyond it. They are NaN where it is not known what
    each run of a row answered, where lost runs count as chance, of sequences, whose steps are no examples of their own,
    and where seeds have test splits of their own: then the interval over seeds holds that already.
    """
    by_task: dict[str, list[Answered]] = {}
    for each in told:
        network = network_of(each.run)
        if each.answers is not None and network is not None and not network.sequential:
            by_task.setdefault(each.task, []).append(each)
    same = {task: scores_by_rule(of) for task, of in by_task.items() if one_test_split(of)}
    records: Any = rows.to_dict("records")
    limits = [limits_of(row, same.get(row["task"], {})) for row in records]
    known = {name: [row.get(name, np.nan) for row in limits] for name in BOTH}
    if "as_good" in rows:
        known["as_good"] = [
            found.get("as_good", row["as_good"]) for row, found in zip(records, limits, strict=True)
        ]
    return rows.assign(**known)


def of_outcome(outcome: Outcome[Any]) -> Answers | None:
    """What a run answered, from its outcome or from the folder in which it is stored; None if it is not known."""
    if outcome.answers:
        with np.load(BytesIO(outcome.answers), allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
        return made(str(arrays.pop(ABOUT)), arrays)
    file = None if outcome.log is None else outcome.log.parent / FILE
    if outcome.status != "done" or file is None or not file.is_file():
        return None
    with suppress(BadInput):  # a damaged file says nothing; the measurements are there all the same
        return read(file)
    return None


def unread(outcomes: Iterable[Outcome[Any]]) -> list[str]:
    """One line for every run whose answers lie beside its result and cannot be read."""
    lines = []
    for outcome in outcomes:
        file = None if outcome.log is None else outcome.log.parent / FILE
        if outcome.status == "done" and file is not None and file.is_file():
            try:
                read(file)
            except BadInput as error:
                lines.append(
                    f"{file.parent}: {error}; no interval is over its examples: remove that folder and run it again"
                )
    return lines


def one_test_split(of: Sequence[Answered]) -> bool:
    """Whether all runs of a task have answered the same examples."""
    seeds = {each.run.seed: each.run for each in of}
    with suppress(BadInput):  # of a task that cannot be made here any more
        digests = {data_digest(str(run.data), seed) for seed, run in seeds.items()}
        return len(digests) == 1 and len({len(each.answers.scores) for each in of if each.answers}) == 1
    return False


def scores_by_rule(of: Sequence[Answered]) -> dict[str, dict[int, NDArray[np.float64]]]:
    """The scores of a task's runs by rule and seed."""
    found: dict[str, dict[int, NDArray[np.float64]]] = {}
    for each in of:
        if each.answers is not None:
            found.setdefault(each.rule, {})[each.run.seed] = each.answers.scores
    return found


def limits_of(row: Mapping[str, Any], scores: Mapping[str, Scores]) -> dict[str, Any]:
    """The cells of `BOTH` and `as_good` of a row, from the scores of its task by rule; none where not all are there."""
    mine, theirs = scores.get(row["rule"], {}), scores.get(row["reference"], {})
    found: dict[str, Any] = {}
    if not mine or not np.isnan(row["lost_as"]) or len(mine) != row["n"]:
        return found

    def limits(name: str, seeds: Sequence[int], less: Scores | None, bounds: tuple[float, float]) -> None:
        grid = np.array([mine[seed] - (0 if less is None else less[seed]) for seed in seeds])
        both: Interval = over_both(grid, bounds)
        found.update({f"{name}_low": both.low, f"{name}_high": both.high})
        if less is not None and not stands(row, both, over_both(grid, bounds, 1 - 2 * ALPHA)):
            found["as_good"] = "undecided"

    limits("both", sorted(mine), None, SHARE if row["metric"] == "accuracy" else AMOUNT)
    pairs = sorted({*mine} & {*theirs})
    if row["rule"] != row["reference"] and len(pairs) == row["pairs"] > 0:
        limits("difference_both", pairs, theirs, (-np.inf, np.inf))
    return found


def stands(row: Mapping[str, Any], wide: Interval, narrow: Interval) -> bool:
    """Whether what the seeds say of a difference holds over examples, too; the intervals have levels 95 and 90 %."""
    if row["as_good"] == "yes":  # two one-sided tests at 5 %
        return bool(-row["margin"] < narrow.low and narrow.high < row["margin"])
    if row["as_good"] in ("better", "worse"):
        return bool(wide.low >= row["margin"] or wide.high <= -row["margin"])
    return True


def over_seeds_and_examples(
    correct: Mapping[str, ArrayLike], reference: str = "backprop", level: Level = 0.95, seed: int = 0
) -> pd.DataFrame:
    """A row for each rule: its accuracy and its paired difference, with intervals over seeds, and over both.

    Args:
        correct: by rule, whether the run of each seed answered each test example rightly: (seeds, examples), the same
            seeds and the same examples in the same order for all rules.
        reference: the rule that the others are held against.
        level: nominal coverage.
        seed: of all resampling.

    Returns:
        rule, seeds, examples; mean, both_low, both_high: the accuracy with its interval over seeds and examples;
        difference; difference_low, difference_high over seeds alone, as if the test set were all there is;
        difference_both_low, difference_both_high over seeds and examples (`plausible.study.crossed.over_both`). NaN
        of the reference from `difference` on.

    Raises:
        BadInput: for a reference that is not there, or arrays of different shapes.

    >>> import numpy as np
    >>> from plausible.report.answers import over_seeds_and_examples
    >>> right = np.random.default_rng(0).random((5, 200)) < 0.9
    >>> frame = over_seeds_and_examples({"backprop": right, "fa": right & (np.arange(200) > 9)})
    >>> frame.loc[1, ["difference_both_low", "difference_both_high"]].between(-1, 0).all()
    np.True_
    """
    if reference not in correct:
        raise unknown("reference", reference, correct)
    arrays = {rule: np.asarray(each, np.float64) for rule, each in correct.items()}
    shapes = {array.shape for array in arrays.values()}
    require(len(shapes) == 1, "the shapes of the answers", sorted(shapes), "the same of all rules")
    rows = []
    for rule, mine in arrays.items():
        accuracy = over_both(mine, SHARE, level, seed)
        row = {"rule": rule, "seeds": mine.shape[0], "examples": mine.shape[1]}
        row |= dict(zip(("mean", "both_low", "both_high"), accuracy, strict=False))
        if rule != reference:
            apart = mine - arrays[reference]
            over_seeds = mean_interval(apart.mean(axis=1), level=level, rng=seed)
            over_all = over_both(apart, level=level, rng=seed)
            names = ("difference", "difference_low", "difference_high")
            row |= dict(zip(names, over_seeds, strict=False))
            row |= {"difference_both_low": over_all.low, "difference_both_high": over_all.high}
        rows.append(row)
    return pd.DataFrame(rows)
