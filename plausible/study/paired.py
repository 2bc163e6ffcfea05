"""Every rule beside the reference, paired by seed: what study reports, `plausible compare` and its JSON say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from rich.table import Table

from plausible import registry
from plausible.study.campaign import SETTINGS
from plausible.study.run import REFERENCE, SCORES, Run
from plausible.study.statistics import comparisons

WITHIN = (
    "hidden",
    "activation",
    "init",
)  # settings that a rule is compared within, where a study varies them


def beside_reference(table: pd.DataFrame, lost: Sequence[Run] = ()) -> pd.DataFrame:
    """`statistics.comparisons` on the test split with backprop, once for accuracies and once for errors.

    Args:
        table: in long form, of one comparison or of a whole study; where settings in `WITHIN` vary, they become a part
            of the task's name.
        lost: the runs that diverged or failed, whatever rows they left.

    Returns:
        The columns of `comparisons` and `metric`; nothing if the reference is missing.
    """
    varied = [setting for setting in WITHIN if setting in table and table[setting].nunique() > 1]
    names = table.task.astype(str)
    for setting in varied:
        names = names + ", " + table[setting].astype(str)
    named = table.assign(task=names)
    gone = [(named_task(run, varied), registry.label(run.rule), run.seed) for run in lost]
    found = []
    for metric, sign in SCORES.items():
        measured = named[(named.metric == metric) & (named.layer == "")]
        mine = named[named.task.isin(measured.task)]
        if not len(measured) or REFERENCE not in {*mine.rule}:
            continue
        here = [run for run in gone if run[0] in {*mine.task}]
        rows = comparisons(mine, metric, "test", REFERENCE, lost=here, larger_is_better=sign > 0)
        found.append(rows.assign(metric=metric))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def named_task(run: Run, varied: Sequence[str]) -> str:
    """A run's task, with the settings that vary."""
    return ", ".join([registry.label(run.task, "task"), *(SETTINGS[setting](run) for setting in varied)])


def shown(rows: pd.DataFrame, title: str = "", whole: bool = True) -> Table:
    """The comparison, for people: accuracies in per cent, differences in points.

    Without `whole`, only what holds a rule against the reference.
    """
    table = Table(title=title, title_justify="left", box=None, header_style="bold", padding=(0, 1, 0, 0))
    several = rows.task.nunique() > 1
    if several:
        table.add_column("task")
    table.add_column("rule", no_wrap=True)
    alone = ("n", "lost", "test\n[BCa 95 %]", "middle half\nof the seeds") if whole else ()
    tests = ("p\npaired", "p\nHolm", "effect\nd", "better with\nprobability")
    for column in (*alone, f"less {REFERENCE}\n[BCa 95 %]", *tests):
        table.add_column(column, justify="right")
    records: Any = rows.to_dict("records")
    for row in records:
        if not whole and row["rule"] == REFERENCE:
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
        table.add_row(*([row["task"]] if several else []), row["rule"], *cells[0 if whole else 4 :])
    return table


def number(value: float, form: str) -> str:
    """A number, or a dash where there is nothing to say."""
    return "–" if np.isnan(value) else f"{value:{form}}"


def span(row: dict[str, Any], names: tuple[str, str, str], factor: float, form: str) -> str:
    """An estimate with the limits of its interval."""
    estimate, low, high = (factor * row[name] for name in names)
    if np.isnan(estimate):
        return "–"
    limits = "" if np.isnan(low) else f" [{low:{form.lstrip('+')}}, {high:{form.lstrip('+')}}]"
    return f"{estimate:{form}}{limits}"


def smallest_p(rows: pd.DataFrame) -> str:
    """What the number of pairs allows: a paired test cannot find less than this, whatever the differences."""
    pairs = rows[rows.p.notna()].pairs
    if not len(pairs):
        return ""
    n = int(pairs.max())
    return f"{n} pairs: no p below {2 / 2**n:.2g}" if n < 14 else ""


def plain(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows for JSON: what is not known is null."""
    records: Any = rows.to_dict("records")
    return [
        {
            name: None if isinstance(cell, float) and not np.isfinite(cell) else cell
            for name, cell in row.items()
        }
        for row in records
    ]
