"""How far tuned rules lie from backprop on the test split, paired by seed, task by task."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.forest import POINTS, as_good, forest, paired
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import FEW
from plausible.printing.words import count
from plausible.study.columns import option


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: the accuracy of every run that was done, on the test split."""
    drawn = table[(table.split == "test") & (table.metric == "accuracy") & (table.status == "done")]
    return drawn[["task", "rule", "optimiser", "seed", "epoch", "metric", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """A forest plot: for each task and rule, each seed's difference to backprop, their mean and its 95 % interval.

    Args:
        table: of the study `accuracy`, in long form; `plausible tune` writes it.
    """
    test = source(table)
    rows = paired(test.assign(rule=option(test, "rule_name").fillna(test.rule)))
    tasks = len({row.task for row in rows})
    with sheet(COLUMN, 0.35 + 0.15 * (len(rows) + tasks)) as figure:
        forest(figure.subplots(), rows)
        return finished(figure, as_good(rows), caption(table, test))


def caption(table: pd.DataFrame, test: pd.DataFrame) -> str:
    """What the reader has to know: seeds, runs that were lost, and what marks are."""
    lost = table[["task", "rule", "seed"]].drop_duplicates().shape[0] - len(test)
    missing = f"; {count(lost, 'run')} lost" if lost else ""
    seeds = test.groupby("task", observed=True, sort=False).seed.nunique()
    told = ", ".join(f"{task} {n}" for task, n in seeds.items()) or "none"
    bars = "; bars: 95 % interval of the mean difference" if len(seeds) and seeds.max() >= FEW else ""
    return (
        f"fresh seeds: {told}{missing}; small dots: seeds, paired with backprop's; larger marks: means{bars}; grey: as "
        f"good as backprop, ±{POINTS:g} point{'s' * (POINTS != 1)}"
    )
