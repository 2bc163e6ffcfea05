"""Every rule beside the reference, paired by seed: what study reports, `plausible compare` and its JSON say."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from plausible.errors import require, unknown
from plausible.networks.network import reference_in
from plausible.printing import words
from plausible.printing.names import shortest
from plausible.printing.table import Column, Table
from plausible.printing.words import count, number
from plausible.registry import registry
from plausible.report.labels import plain_rule
from plausible.study.run import REFERENCES, SCORES
from plausible.study.statistics import (
    NOTHING,
    Interval,
    Level,
    Vector,
    counted,
    effect_size,
    holm,
    interquartile_mean,
    interval,
    paired_test,
    probability_of_improvement,
)
from plausible.study.work import NONE, Work

Key: TypeAlias = tuple[str, str, int]  # task, rule, seed
RUN = ["task", "rule", "seed"]
COLUMNS = {
    **dict.fromkeys(("task", "rule"), "str"),
    **dict.fromkeys(("n", "pairs", "lost", "lost_reference"), "int64"),
    **dict.fromkeys(("mean", "low", "high", "iqm", "iqm_low", "iqm_high"), "float64"),
    **dict.fromkeys(("difference", "difference_low", "difference_high", "p", "p_holm"), "float64"),
    **dict.fromkeys(("d", "cliff", "improvement", "improvement_low", "improvement_high"), "float64"),
}


WITHIN = (
    "hidden",
    "activation",
    "init",
    "recurrent",
    "window",
)  # settings that a study may vary; runs that differ in one are never averaged
ELSE = (
    "output",
    "leak",
    "network",
    "optimiser",
)  # never averaged over either; named only where the settings above do not tell runs apart


def beside_reference(
    table: pd.DataFrame,
    lost: Sequence[Work] = (),
    labels: Sequence[str] | None = None,
    own: Sequence[str] = (),
) -> pd.DataFrame:
    """`comparisons` on the test split with backprop, or with bptt where a task has that; of accuracies, and of errors.

    Args:
        table: in long form, of one comparison or of a whole study; where settings in `WITHIN` vary, they become a part
            of the task's name.
        lost: the runs that diverged or failed, whatever rows they left.
        labels: what the rule of each of them is called in `table`; as in the registry, if not given.
        own: rules, by their labels in `table`, that are the reference in a user's own network (`own_references`).

    Returns:
        The columns of `comparisons`, `metric` and `reference`; nothing if the reference is missing.
    """
    varied = varying(table)
    called = [run.head()[1] for run in lost] if labels is None else labels
    gone = [(named_task(run, varied), rule, run.seed) for run, rule in zip(lost, called, strict=True)]
    compared = []
    for metric, reference, mine in with_references(table, own):
        here = [run for run in gone if run[0] in {*mine.task}]
        rows = comparisons(mine, metric, "test", reference, lost=here, larger_is_better=SCORES[metric] > 0)
        compared.append(rows.assign(metric=metric, reference=reference))
    return pd.concat(compared, ignore_index=True) if compared else pd.DataFrame()


def varying(table: pd.DataFrame) -> list[str]:
    """The settings in `WITHIN` that vary in a table, and those in `ELSE` that alone tell a rule's runs apart."""
    settings = [setting for setting in WITHIN if setting in table and table[setting].nunique() > 1]
    for setting in (name for name in ELSE if {"key", name} <= {*table.columns}):
        runs = table[[*RUN, *settings, setting]].astype(str).drop_duplicates()
        if runs.duplicated([*RUN, *settings]).any():
            settings.append(setting)
    return settings


def named(table: pd.DataFrame, varied: Sequence[str]) -> pd.DataFrame:
    """A table with the settings that vary in the names of its tasks."""
    names = table.task.astype(str)
    for setting in varied:
        names = names + ", " + table[setting].astype(str)
    return table.assign(task=names)


def own_references(called: Iterable[tuple[str, Work]]) -> list[str]:
    """The labels of the rules that are the gradient in the user's own network which they learn."""
    references = []
    for label, run in called:
        name = reference_in(getattr(run, "network", None))
        rule = getattr(run, "rule", "")
        if name not in ("", *REFERENCES) and registry.label(rule) == registry.label(name):
            references.append(plain_rule(label))
    return list(dict.fromkeys(references))


def with_references(table: pd.DataFrame, own: Sequence[str] = ()) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """The scores of a study's table, each with a reference and the rows of the tasks that it is the reference of.

    The reference is one of `own` where a task has that, else bptt, else backprop; settings that vary are a part of the
    task's name.
    """
    table = named(table, varying(table))
    rules = table.rule.map(plain_rule)
    first: dict[str, str] = {}
    for reference in (*own, *reversed(REFERENCES)):
        first = dict.fromkeys(table[rules == reference].task, reference) | first
    for metric in SCORES:
        measured = {*table[(table.metric == metric) & (table.layer == "")].task}
        for reference in (*REFERENCES, *own):
            mine = table[table.task.isin([task for task in measured if first.get(task) == reference])]
            same = sorted(rule for rule in {*mine.rule} if plain_rule(rule) == reference)
            if same:
                yield metric, same[0], mine


def named_task(run: Work, varied: Sequence[str]) -> str:
    """The name of a run's task, with the settings that vary."""
    texts = run.settings()
    return ", ".join([run.head()[0], *(str(texts.get(setting, NONE)) for setting in varied)])


class Terms(NamedTuple):
    """On what terms rules are held against a reference: as `comparisons` takes them."""

    reference: str
    count_lost_as: float | Mapping[str, float] | None
    larger_is_better: bool
    level: Level
    seed: int

    def row(self, task: str, rule: str, scores: Mapping[str, Vector]) -> dict[str, Any]:
        """One rule of a task beside the reference; `scores` are the task's, by rule, as `final_values` finds them.

        - task, rule: text;
        - n, pairs, lost, lost_reference: whole numbers: the rule's values; seeds at which both it and the reference
          have one; seeds of the task whose run the rule, or the reference, has lost;
        - mean, low, high, iqm, iqm_low, iqm_high: over the rule's n values, as `interval` and `interquartile_mean`;
        - difference, difference_low, difference_high, p: rule less reference over the pairs, as `paired_test`;
        - d, cliff: over the pairs, as `effect_size`, positive where the rule's values are larger;
        - improvement, improvement_low, improvement_high: of the rule over the reference, as
          `probability_of_improvement` of all values of the pairs against all.

        Numbers are NaN, or not there, where there is nothing to compute from; those of the reference itself are not
        there from `difference` on.
        """
        mine = scores[rule]
        theirs = scores.get(self.reference, np.full_like(mine, np.nan))
        a, b = (replaced(side, self.count_lost_as, task) for side in (mine, theirs))
        both = np.isfinite(a) & np.isfinite(b)
        row = {
            "task": task,
            "rule": rule,
            "pairs": both.sum(),
            **alone(a[np.isfinite(a)], self.level, self.seed),
        }
        row |= {"lost": np.isnan(mine).sum(), "lost_reference": np.isnan(theirs).sum()}
        if rule != self.reference and both.any():
            row |= against(a[both], b[both], self.larger_is_better, self.level, self.seed)
        return row


def comparisons(
    table: pd.DataFrame,
    metric: str = "accuracy",
    split: str = "test",
    reference: str = "backprop",
    *,
    count_lost_as: float | Mapping[str, float] | None = None,
    lost: Collection[Key] = (),
    larger_is_better: bool = True,
    level: Level = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Every rule of every task beside the reference, paired by seed, from the long table of a study.

    One row per task and rule that the table or `lost` names, in the order in which they come there; the reference has
    a row as well. Tasks on which the metric was never measured have none, unless `lost` names them. Each row rests on
    the runs of its own task, rule and reference alone, but for `p_holm`, which is p corrected over all rows of this
    call that have one. The other columns are those of `Terms.row`; numbers are float64.

    Args:
        table: columns as `plausible.study.run.Row`, of which task, rule, seed, epoch, split, metric, layer and value
            are read; measurements of the whole network have the layer "".
        metric: such as accuracy.
        split: train, validation or test.
        reference: the rule that the others are held against.
        count_lost_as: what every lost run counts as, the reference's too; by task where it is a mapping. Each seed
            then is a value and a pair. Without it, lost runs are counted in their columns and nowhere else.
        lost: (task, rule, seed) of runs known to have diverged or failed, whatever rows they left.
        larger_is_better: whether improvement means a larger value; False for losses and errors.
        level: of all intervals.
        seed: of all resampling.

    Raises:
        BadInput: for missing columns, a metric or reference that is not in the table, two values of one run, a task
            without a value for its lost runs, or anything that the functions named above refuse.
    """
    check_table(table, metric, split, reference, lost)
    terms = Terms(reference, count_lost_as, larger_is_better, level, seed)
    rows = [
        terms.row(task, rule, scores)
        for task, scores in final_values(table, metric, split, lost).items()
        for rule in scores
    ]
    compared = pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
    tested = compared["p"].notna()
    compared.loc[tested, "p_holm"] = holm(compared["p"][tested].to_numpy())
    return compared


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
    table: pd.DataFrame, metric: str, split: str, lost: Collection[Key]
) -> dict[str, dict[str, Vector]]:
    """By task and rule, the final values of the runs, by seed in ascending order, (seeds,).

    A run's value is that of its last epoch in the split; of a lost run it is NaN. A run is lost if `lost` has it; if
    another rule of the task has its seed, and it has no value or one that is not finite; or if the table has test rows,
    but none of this run. For the test split is read only at the end of runs that end well, so that a run that diverged
    does not pass with the validation score it had before. Runs that are still to be made count as lost, too.
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
    by_task: dict[str, dict[str, Vector]] = {}
    for task in dict.fromkeys([*measured.task, *(task for task, _, _ in lost)]):
        runs = [run for run in [*known, *lost] if run[0] == task]
        seeds = sorted({seed for _, _, seed in runs})
        by_task[task] = {
            rule: np.array([good.get((task, rule, seed), np.nan) for seed in seeds])
            for rule in dict.fromkeys(rule for _, rule, _ in runs)
        }
    return by_task


def keys(table: pd.DataFrame) -> list[Key]:
    """The runs that a table has rows of, in their order there."""
    return [*table[RUN].drop_duplicates().itertuples(index=False, name=None)]


def replaced(values: Vector, count_lost_as: float | Mapping[str, float] | None, task: str) -> Vector:
    """The values of a task's runs, (seeds,). NaN, a lost run, is replaced by `count_lost_as`, where that is given."""
    if isinstance(count_lost_as, Mapping):
        require(task in count_lost_as, "the value of lost runs", dict(count_lost_as), f"one for {task!r} too")
        count_lost_as = count_lost_as[task]
    if count_lost_as is None:
        return values
    return counted([None if np.isnan(value) else value for value in values], count_lost_as)


def alone(values: Vector, level: Level, seed: int) -> dict[str, float]:
    """The columns of a row that rest on the rule's own values, (n,)."""
    mean, middle = NOTHING, NOTHING
    if len(values):
        mean, middle = interval(values, level, seed), interquartile_mean(values, level, seed)
    return {
        **under("mean", "low", "high", of=mean),
        **under("iqm", "iqm_low", "iqm_high", of=middle),
        "n": mean.n,
    }


def against(a: Vector, b: Vector, larger_is_better: bool, level: Level, seed: int) -> dict[str, float]:
    """The columns of a row that hold the rule's values a against the reference's b, (pairs,) each."""
    p, difference = paired_test(a, b, level, seed)
    better = probability_of_improvement(*((a, b) if larger_is_better else (b, a)), level)
    return {
        "p": p,
        **under("difference", "difference_low", "difference_high", of=difference),
        **under("improvement", "improvement_low", "improvement_high", of=better),
        **effect_size(a, b)._asdict(),
    }


def under(*columns: str, of: Interval) -> dict[str, float]:
    """An estimate and its limits under the names of three columns."""
    return dict(zip(columns, of[:3], strict=True))


def shown(rows: pd.DataFrame, title: str = "", whole: bool = True) -> Table:
    """The comparison as a table that is printed: accuracies in per cent, differences in points.

    Without `whole`, it has only the columns that compare a rule with the reference.
    """
    names = ["task", "rule"] if rows.task.nunique() > 1 else ["rule"]
    alone = ("n", "lost", "test [BCa 95 %]", "middle half of the seeds") if whole else ()
    tests = ("p paired", "p Holm", "effect d", "better with probability")
    heads = (*alone, f"less {' or '.join(rows.reference.unique())} [BCa 95 %]", *tests)
    table = Table(title, [*(Column(name, words=True) for name in names), *map(Column, heads)], len(names))
    records: Any = rows.to_dict("records")
    called = {name: shortest(rows[name]) for name in names}
    for row in records:
        if not whole and row["rule"] == row["reference"]:
            continue
        factor, form = (100, ".2f") if row["metric"] == "accuracy" else (1, ".3g")
        cells = [
            str(row["n"]),
            str(row["lost"]),
            span(row, ("mean", "low", "high"), factor, form),
            number(factor * row["iqm"], form),
            span(row, ("difference", "difference_low", "difference_high"), factor, "+" + form),
            *(number(row[name], form) for name, form in (("p", ".3f"), ("p_holm", ".3f"), ("d", "+.1f"))),
            span(row, ("improvement", "improvement_low", "improvement_high"), 1, ".2f"),
        ]
        table.add(*(called[name][row[name]] for name in names), *cells[0 if whole else 4 :])
    return table


def span(row: Mapping[str, Any], names: tuple[str, str, str], factor: float, form: str) -> str:
    """An estimate with the limits of its interval, in columns of these names."""
    mean, low, high = (factor * row[name] for name in names)
    return words.span(mean, low, high, form)


def smallest_p(rows: pd.DataFrame) -> str:
    """A note on the smallest p that so many pairs allow, whatever the differences."""
    pairs = rows[rows.p.notna()].pairs
    if not len(pairs):
        return ""
    n = int(pairs.max())
    return f"{count(n, 'pair')}: no p below {2 / 2**n:.2g}" if n < 14 else ""


def plain(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows for JSON; an unknown number is null."""
    records: Any = rows.to_dict("records")
    return [
        {
            name: None if cell is pd.NA or (isinstance(cell, float) and not np.isfinite(cell)) else cell
            for name, cell in row.items()
        }
        for row in records
    ]
