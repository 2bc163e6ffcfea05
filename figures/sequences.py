"""Sequences told apart: test accuracies of errors through time, of random ones, and of the read-out alone."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, between
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import FEW, dots, not_run, rows_named
from plausible.plotting.style import DARK, style
from plausible.study.statistics import PERCENT

CHANCE = {
    "digits, row by row": 10,
    "MNIST, row by row": 10,
    "Japanese vowels": 11,
    "embedded Reber, remembered": 50,
}
WHAT = {  # task and metric, and what they are called
    ("digit-rows", "accuracy"): "digits, row by row",
    ("mnist-rows", "accuracy"): "MNIST, row by row",
    ("japanese-vowels", "accuracy"): "Japanese vowels",
    ("embedded-reber", "legal"): "embedded Reber, legal",
    ("embedded-reber", "remembered"): "embedded Reber, remembered",
}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: test scores, in per cent, of runs that were done."""
    found = table[(table.split == "test") & (table.status == "done")].copy()
    pairs = zip(found.task.astype(str), found.metric.astype(str), strict=True)
    found["what"] = [WHAT.get(pair, "") for pair in pairs]
    return found[found.what != ""].assign(value=100 * found.value)[["what", "rule", "seed", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """A group of rows for every task, a row and a colour for every rule.

    Args:
        table: of the study `sequences`, in long form.
    """
    drawn = source(table)
    names = [name for name in WHAT.values() if name in {*drawn.what}]
    looks = style(list(dict.fromkeys(drawn.rule)))
    rows = [(name, rule) for name in names for rule in looks if len(of(drawn, name, rule))]
    with sheet(COLUMN, 0.45 + 0.15 * (len(rows) + len(names))) as figure:
        axes = figure.subplots()
        draw_rows(axes, drawn, names, looks)
        runs = [len(of(drawn, name, rule)) for name, rule in rows]
        seeds = f"{between(runs, '.0f')} seeds a row" if runs and max(runs) > 1 else "one seed a row"
        bars = f"; bars: 95 % interval from {FEW} seeds on" if runs and max(runs) >= FEW else ""
        chance = "grey lines: chance, where there is one"
        return finished(figure, finding(drawn), f"{seeds}: small dots; larger marks: means{bars}; {chance}")


def of(drawn: pd.DataFrame, name: str, rule: str) -> pd.Series[float]:
    """The scores of a rule on a task."""
    return drawn[(drawn.what == name) & (drawn.rule == rule)].value


def finding(drawn: pd.DataFrame) -> str:
    """How much less than exact gradients random feedback and the read-out alone score, over the tasks of all three."""
    means = drawn.groupby(["what", "rule"], observed=True).value.mean().unstack("rule")
    if not {"bptt", "random-feedback-bptt", "readout-only"} <= {*means}:
        return INCOMPLETE
    both = means.dropna()
    random, alone = (both["bptt"] - both[rule] for rule in ("random-feedback-bptt", "readout-only"))
    return (
        f"Random feedback through time scores {between(random, '.1f')} points less than exact gradients, the read-out "
        f"alone {between(alone, '.1f')}; random feedback is the better of the two on "
        f"{(random < alone).sum()} of {len(both)}"
    )


def draw_rows(
    axes: Axes, drawn: pd.DataFrame, names: list[str], looks: Mapping[str, tuple[str, str]]
) -> None:
    """A heading for each task, and below it a row for each rule, with its mean in numbers at the right."""
    labels: list[str] = []
    for name in names:
        heading = {
            "xycoords": ("axes fraction", "data"),
            "textcoords": "offset points",
            "va": "center_baseline",
        }
        axes.annotate(name, (0, len(labels)), (-3, 0), ha="right", fontsize=6.5, weight="bold", **heading)
        top = len(labels)
        labels.append("")
        for rule, look in looks.items():
            values = of(drawn, name, rule)
            if len(values):
                found = dots(axes, len(labels), values.to_numpy(), look, PERCENT)
                text = f"{found.estimate:.1f}"
                axes.annotate(text, (1, len(labels)), (3, 0), ha="left", fontsize=6, color=DARK, **heading)
                labels.append(rule)
        if name in CHANCE:
            axes.plot([CHANCE[name]] * 2, [top + 0.5, len(labels) - 0.5], color=DARK, linewidth=0.6)
    rows_named(axes, labels)
    axes.tick_params(axis="y", length=0)
    axes.set(xlabel="test (%)", xlim=(0, 103))
    not_run(axes, drawn)
