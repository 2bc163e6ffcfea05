"""The lead of rules over feedback alignment, under the same optimiser and under plain gradient descent's."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import dots, not_run, spread
from plausible.plotting.style import style
from plausible.printing.words import count
from plausible.study.statistics import PERCENT

KINDS = ("sgd", "momentum", "adam")
NAMES = {"sgd": "plain", "momentum": "momentum", "adam": "Adam"}


def kind(optimiser: str) -> str:
    """Which of `KINDS` an optimiser is, by its text."""
    if optimiser.startswith("Adam"):
        return "adam"
    return "momentum" if "0.9" in optimiser else "sgd"


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: test accuracies at each optimiser's better rate on the validation split."""
    found = table[(table.status == "done") & (table.metric == "accuracy")]
    found = found.assign(optimiser=found.optimiser.astype(str), rule=found.rule.astype(str))
    found = found.assign(kind=[kind(each) for each in found.optimiser])
    held = found[(found["split"] == "validation") & (found.epoch == found.epoch.max())]
    means = held.groupby(["rule", "kind", "optimiser"], as_index=False).value.mean()
    chosen = means.sort_values("value").groupby(["rule", "kind"], as_index=False).last()
    tested = found[found["split"] == "test"].merge(
        chosen[["rule", "kind", "optimiser"]], on=["rule", "kind", "optimiser"]
    )
    return tested[["task", "hidden", "rule", "kind", "seed", "epoch", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Test error of every rule by every optimiser.

    Args:
        table: of the study `optimiser_claims`, in long form.
    """
    drawn = source(table)
    rules = list(dict.fromkeys(drawn.rule))
    with sheet(COLUMN, 1.8) as figure:
        axes = figure.subplots()
        for shift, (rule, look) in enumerate(style(rules).items()):
            for place, name in enumerate(KINDS):
                mine = 100 * (1 - drawn[(drawn.rule == rule) & (drawn.kind == name)].value)
                if len(mine):
                    at, label = place + 0.16 * (shift - len(rules) / 2), rule if place == 0 else None
                    dots(axes, at, mine.to_numpy(), look, PERCENT, level=False, beside=0.05, label=label)
        axes.set(ylabel="test error (%)")
        axes.set_xticks(np.arange(len(KINDS)), [NAMES[name] for name in KINDS])
        not_run(axes, drawn)
        n = drawn.seed.nunique()
        where = ", ".join(dict.fromkeys(drawn.task.astype(str) + ", " + drawn.hidden.astype(str) + " units"))
        caption = f"{where}; {count(n, 'seed')}; {spread(n)}; the better of two rates of each optimiser"
        return finished(figure, finding(drawn), caption, axes)


def finding(drawn: pd.DataFrame) -> str:
    """What the optimiser gives feedback alignment, and the largest lead over it under the same one."""
    means = 100 * drawn.groupby(["rule", "kind"]).value.mean().unstack("kind")
    if "feedback-alignment" not in means.index or not {*KINDS} <= {*means}:
        return NOTHING_YET
    base = means.loc["feedback-alignment"]
    others = means.drop(index=["feedback-alignment", "backprop"], errors="ignore") - base
    gained = base[["momentum", "adam"]].max() - base["sgd"]
    return (
        f"An optimiser gives feedback alignment {gained:.1f} points; under the same one other feedback leads by "
        f"{others.min().min():.1f} to {others.max().max():.1f}"
    )
