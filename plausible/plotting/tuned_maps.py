"""Maps of what tuning is worth: the expected best of k trials on validation, rule by rule, task by task."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, NOTHING_YET
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.maps import heat
from plausible.plotting.panels import not_run
from plausible.plotting.style import base
from plausible.plotting.tuned import caption, curve


def draw(table: pd.DataFrame) -> Figure:
    """A map for every task: the expected best validation error of k trials, a row for every rule, a column for every k.

    Args:
        table: one row per trial, as `plausible tune` writes it.
    """
    tasks = list(dict.fromkeys(table.task)) or [""]
    rules = list(dict.fromkeys(table.rule))
    errors = {task: expected(table[table.task == task]) for task in tasks}
    with sheet(COLUMN, len(tasks) * (0.35 + 0.115 * max(len(rules), 1))) as figure:
        panels = figure.subplots(len(tasks), 1, squeeze=False)[:, 0]
        for axes, task in zip(panels, tasks, strict=True):
            error = errors[task]
            heat(axes, error, "{:.1f}", max(float(error.min().min()), 0.5), 100, "viridis_r", log=True)
            axes.set(title=f"{task}: validation error (%)")
            not_run(axes, error)
        panels[-1].set_xlabel("trials")
        title = finding(pd.concat(errors)) if (table.status == "done").any() else NOTHING_YET
        return finished(figure, title, caption(table, "numbers: expected best of k trials"))


def expected(table: pd.DataFrame) -> pd.DataFrame:
    """The expected best validation error of k trials in per cent: a row for every rule, a column for every k."""
    curves = {rule: curve(of_rule) for rule, of_rule in table.groupby("rule", observed=True, sort=False)}
    found = {rule: 100 * (1 - of.set_index(of.trial + 1).best_of_k) for rule, of in curves.items() if len(of)}
    short = {rule: base(str(rule)) for rule in found}  # without options, where that tells rules apart
    return pd.DataFrame(found).T.rename(short if len({*short.values()}) == len(short) else {})


def finding(errors: pd.DataFrame) -> str:
    """By how much the error of one trial exceeds that of all trials."""
    if not errors.size:
        return NOTHING_YET
    last = errors.ffill(axis=1).iloc[:, -1]
    worth = (errors.iloc[:, 0] / last).dropna()
    if not len(worth):
        return INCOMPLETE
    rules = [*worth.index.get_level_values(-1)]
    most, least = rules[int(worth.to_numpy().argmax())], rules[int(worth.to_numpy().argmin())]
    return (
        f"One trial errs {worth.median():.1f} times as often as the best of all, for the median rule; "
        f"{most} {worth.max():.1f} times, {least} {worth.min():.1f} times"
    )
