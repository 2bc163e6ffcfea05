"""Every rule of every task beside one reference, from a long table: one metric, one split, paired by seed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from plausible.errors import require, unknown
from plausible.study.designs import detectable, luck, smallest_corrected
from plausible.study.statistics import (
    ALPHA,
    MARGIN,
    NOTHING,
    Bounds,
    Interval,
    Level,
    Vector,
    bounds_of,
    counted,
    effect_size,
    equivalence,
    holm,
    interquartile_mean,
    mean_interval,
    paired_test,
    probability_of_improvement,
)

Key: TypeAlias = tuple[str, str, int]  # task, rule, seed
RUN = ["task", "rule", "seed"]
COLUMNS = {
    **dict.fromkeys(("task", "rule"), "str"),
    **dict.fromkeys(("n", "pairs", "lost", "lost_reference"), "int64"),
    "as_good": "str",
    **dict.fromkeys(("lost_as", "mean", "low", "high", "iqm", "iqm_low", "iqm_high"), "float64"),
    **dict.fromkeys(("difference", "difference_low", "difference_high"), "float64"),
    **dict.fromkeys(("margin", "p_equivalence", "detectable", "luck"), "float64"),
    **dict.fromkeys(("p", "p_holm", "p_smallest"), "float64"),
    **dict.fromkeys(("d", "cliff", "improvement", "improvement_low", "improvement_high"), "float64"),
}


class Terms(NamedTuple):
    """On what terms rules are held against a reference: as `comparisons` takes them."""

    reference: str
    bounds: Bounds
    runs: Collection[Key]  # that were made, or lost
    count_lost_as: float | Mapping[str, float] | None
    missing: Collection[Key]
    larger_is_better: bool
    margin: float
    level: Level
    seed: int

    def row(self, task: str, rule: str, scores: pd.DataFrame) -> dict[str, Any]:
        """One rule of a task beside the reference; `scores` are the task's, as `final_values` returns them.

        - task, rule: text;
        - n, pairs, lost, lost_reference: whole numbers: the rule's values; seeds at which both it and the reference
          have one; seeds of the task whose run the rule, or the reference, has lost (failed, diverged, timed out); a
          run without any rows is lost only if it is told to be;
        - lost_as: what lost runs count as in this row; NaN where they are left out;
        - mean, low, high, iqm, iqm_low, iqm_high: over the rule's n values, as `mean_interval` and
          `interquartile_mean`;
        - difference, difference_low, difference_high: rule less reference over the pairs, as `mean_interval`;
        - margin, p_equivalence, as_good: as `equivalence`; as_good is "yes", "better", "worse" or "undecided";
        - detectable, luck: the gap that so many pairs would detect with a power of 80 %, and the chance that all values
          of one lie above all of the other though both rules are equal, as `plausible.study.designs`;
        - p: of the sign-flip test, as `paired_test`;
        - d, cliff: over the pairs, as `effect_size`, positive where the rule's values are larger;
        - improvement, improvement_low, improvement_high: of the rule over the reference, as
          `probability_of_improvement` of all values of the pairs against all.

        Numbers are NaN, or not there, where there is nothing to compute from; those of the reference itself are not
        there from `difference` on.
        """
        lost = {name: self.lost(task, name, scores) for name in (rule, self.reference)}
        a, b = (self.replaced(task, name, scores, lost[name]) for name in (rule, self.reference))
        both = np.isfinite(a) & np.isfinite(b)
        row: dict[str, Any] = {"task": task, "rule": rule, "pairs": both.sum(), "as_good": None}
        row |= {"lost": lost[rule].sum(), "lost_reference": lost[self.reference].sum()}
        row |= {"lost_as": np.nan if self.count_lost_as is None else self.value_of_lost(task)}
        row |= alone(a[np.isfinite(a)], self.bounds, self.level, self.seed)
        if rule != self.reference and both.any():
            row |= self.against(a[both], b[both])
        return row

    def lost(self, task: str, rule: str, scores: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which runs of a rule were lost, (seeds,): those that were made, or are known to be lost, and have no value.

        A seed at which nobody planned a run of this rule has lost nothing.
        """
        runs = [(task, rule, seed) for seed in scores.index]
        made = np.array([run in self.runs and run not in self.missing for run in runs], bool)
        return made & ~np.isfinite(scores[rule].to_numpy()) if rule in scores else made

    def replaced(
        self, task: str, rule: str, scores: pd.DataFrame, lost: np.ndarray[Any, np.dtype[np.bool_]]
    ) -> Vector:
        """A rule's values, (seeds,), NaN without a run; of a lost run `value_of_lost`, if lost runs count."""
        values = scores[rule].to_numpy() if rule in scores else np.full(len(scores), np.nan)
        if self.count_lost_as is None or not lost.any():
            return values
        filled = values.copy()
        filled[lost] = counted([None] * int(lost.sum()), self.value_of_lost(task))
        return filled

    def value_of_lost(self, task: str) -> float:
        """What a lost run of a task counts as."""
        if isinstance(self.count_lost_as, Mapping):
            expected = f"one for {task!r} too"
            require(task in self.count_lost_as, "the value of lost runs", dict(self.count_lost_as), expected)
            return self.count_lost_as[task]
        assert self.count_lost_as is not None
        return self.count_lost_as

    def against(self, a: Vector, b: Vector) -> dict[str, Any]:
        """The columns of a row that hold the rule's values a against the reference's b, (pairs,) each."""
        p, difference = paired_test(a, b, self.level, self.seed)
        better = probability_of_improvement(*((a, b) if self.larger_is_better else (b, a)), self.level)
        equal = equivalence(a, b, self.margin)
        sides = ("better", "worse") if self.larger_is_better else ("worse", "better")
        spread = float((a - b).std(ddof=1)) if len(a) > 1 else 0.0
        return {
            **under("difference", "difference_low", "difference_high", of=difference),
            "margin": self.margin,
            "p_equivalence": equal.p,
            "as_good": dict(zip(("above", "below"), sides, strict=True)).get(equal.verdict, equal.verdict),
            "detectable": detectable(len(a), spread, level=self.level),
            "luck": luck(len(a), len(b)),
            "p": p,
            **effect_size(a, b)._asdict(),
            **under("improvement", "improvement_low", "improvement_high", of=better),
        }


def comparisons(
    table: pd.DataFrame,
    metric: str = "accuracy",
    split: str = "test",
    reference: str = "backprop",
    *,
    count_lost_as: float | Mapping[str, float] | None = None,
    lost: Collection[Key] = (),
    missing: Collection[Key] = (),
    larger_is_better: bool = True,
    margin: float = MARGIN,
    level: Level = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Every rule of every task beside the reference, paired by seed, from the long table of a study.

    One row per task and rule that the table or `lost` names, in the order in which they come there; the reference has
    a row as well. Tasks on which the metric was never measured have none, unless `lost` names them. Each row rests on
    the runs of its own task, rule and reference alone, but for `p_holm`, which is p corrected over one question: over
    the rules of one task. `p_smallest` is the smallest `p_holm` that the pairs allow, whatever the differences; where
    it is not below 0.05, no outcome could be, so that p and p_holm say nothing and are NaN. The other columns are those
    of `Terms.row`; numbers are float64.

    Args:
        table: columns as `plausible.study.run.Row`, of which task, rule, seed, epoch, split, metric, layer and value
            are read; measurements of the whole network have the layer "".
        metric: such as accuracy.
        split: train, validation or test.
        reference: the rule that the others are held against.
        count_lost_as: what every lost run counts as, the reference's too; by task where it is a mapping. Each lost
            run then is a value. Without it, lost runs are counted in their columns and nowhere else.
        lost: (task, rule, seed) of runs known to have diverged, failed or timed out, whatever rows they left.
        missing: those of runs that are still to be made, which are not lost.
        larger_is_better: whether improvement means a larger value; False for losses and errors.
        margin: of equivalence, in the unit of the metric.
        level: of all intervals.
        seed: of all resampling.

    Raises:
        BadInput: for missing columns, a metric or reference that is not in the table, two values of one run, a task
            without a value for its lost runs, or anything that the functions named above refuse.
    """
    check_table(table, metric, split, reference, lost)
    bounds = bounds_of(metric)
    runs = frozenset([*keys(table), *lost])
    absent = frozenset(missing)
    terms = Terms(reference, bounds, runs, count_lost_as, absent, larger_is_better, margin, level, seed)
    rows = [
        terms.row(task, str(rule), scores)
        for task, scores in final_values(table, metric, split, lost).items()
        for rule in scores
    ]
    return corrected(pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS))


def corrected(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with `p_holm` and `p_smallest`, over the rules of each task; p only where some outcome could reject."""
    tested = rows[rows.p.notna()]
    for _, mine in tested.groupby("task", sort=False):
        rows.loc[mine.index, "p_holm"] = holm(mine.p.to_numpy())
        rows.loc[mine.index, "p_smallest"] = smallest_corrected(mine.pairs.tolist())
    rows.loc[~(rows.p_smallest < ALPHA), ["p", "p_holm"]] = np.nan
    return rows


def check_table(table: pd.DataFrame, metric: str, split: str, reference: str, lost: Collection[Key]) -> None:
    """Refuse a table without the columns, the metric or the reference that a comparison needs."""
    missing = {*RUN, "epoch", "split", "metric", "layer", "value"} - {*table.columns}
    require(not missing, "a table's list of columns", [*table.columns], f"also {', '.join(sorted(missing))}")
    whole = table[table.layer == ""]
    rules = {*table.rule, *(rule for _, rule, _ in lost)}
    for kind, name, known in (
        ("metric of the whole network", metric, {*whole.metric}),
        ("split", split, {"train", "validation", "test"}),
        ("reference", reference, rules),
    ):
        if name not in known:
            raise unknown(kind, name, known)


def final_values(
    table: pd.DataFrame, metric: str, split: str, lost: Collection[Key] = ()
) -> dict[str, pd.DataFrame]:
    """By task, the final values of the runs: a row for each seed, in ascending order, and a column for each rule.

    A run's value is that of its last epoch in the split. It is NaN of a run that is lost, or that was never made: if
    `lost` has it; if another rule of the task has its seed, and it has no value or one that is not finite; or if the
    table has test rows, but none of this run. The test split is read only at the end of runs that end well: a run that
    diverged thus does not count with the validation score that it had before.
    """
    measured = table[(table.layer == "") & (table.metric == metric)]
    values = measured[measured.split == split]
    values = values[values.epoch == values.groupby(RUN).epoch.transform("max")]
    twice = values[values.duplicated(RUN)][RUN].to_numpy().tolist()
    require(not twice, f"a run with several last values of {metric}", twice[:1], "one value for each run")
    known = keys(table)
    ended = {*(keys(table[table.split == "test"]) or known)} - {*lost}
    good = {
        run: value
        for run, value in zip(keys(values), values.value, strict=True)
        if np.isfinite(value) and run in ended
    }
    by_task: dict[str, pd.DataFrame] = {}
    for task in dict.fromkeys([*measured.task, *(task for task, _, _ in lost)]):
        runs = [run for run in [*known, *lost] if run[0] == task]
        seeds = sorted({seed for _, _, seed in runs})
        by_rule = {
            rule: [good.get((task, rule, seed), np.nan) for seed in seeds]
            for rule in dict.fromkeys(rule for _, rule, _ in runs)
        }
        by_task[task] = pd.DataFrame(by_rule, index=pd.Index(seeds, name="seed"), dtype=np.float64)
    return by_task


def keys(table: pd.DataFrame) -> list[Key]:
    """The runs that a table has rows of, in their order there."""
    return [*table[RUN].drop_duplicates().itertuples(index=False, name=None)]


def alone(values: Vector, bounds: Bounds, level: Level, seed: int) -> dict[str, float]:
    """The columns of a row that rest on the rule's own values, (n,)."""
    mean, middle = NOTHING, NOTHING
    if len(values):
        mean = mean_interval(values, bounds, level, seed)
        middle = interquartile_mean(values, bounds, level, seed)
    return {
        **under("mean", "low", "high", of=mean),
        **under("iqm", "iqm_low", "iqm_high", of=middle),
        "n": mean.n,
    }


def under(*columns: str, of: Interval) -> dict[str, float]:
    """An estimate and its limits under the names of three columns."""
    return dict(zip(columns, of[:3], strict=True))
