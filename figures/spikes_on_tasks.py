"""Every spiking rule on handwritten digits, beside networks of rates: accuracy by passes, and by synaptic events."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import band, not_run, spread
from plausible.plotting.style import style
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import PERCENT

EVENTS = "synaptic events per example"


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: test accuracy on digits, per cent, and synaptic events of an example."""
    accuracy = (table.metric == "accuracy") & (table.split == "test")
    found = table[(accuracy | (table.metric == EVENTS)) & (table.status == "done")].copy()
    spiking = option(found, "rule_rule").notna()
    found["data"] = option(found, "rule_task").where(spiking, found.task)
    found["name"] = option(found, "rule_rule").astype(str).where(spiking, found.rule.astype(str))
    found = found[found["data"] == "digits"]
    found["value"] = found.value.where(found.metric != "accuracy", 100 * found.value)
    return found[["name", "seed", "epoch", "metric", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Test accuracy on digits by passes, and after the last of them by synaptic events of an example.

    Args:
        table: of the study `spikes_on_tasks`, in long form.
    """
    table = source(table)
    scores, events = table[(table.metric == "accuracy") & (table.epoch > 0)], table[table.metric == EVENTS]
    names = ordered(scores)
    looks = style(names)
    with sheet(COLUMN, 4.2) as figure:
        left, right = figure.subplots(2, 1)
        for name in names:
            band(left, scores[scores.name == name], *looks[name], name, bounds=PERCENT)
        left.set(title="Digits", xlabel="passes", ylabel="test accuracy (%)", ylim=(0, 100))
        not_run(left, scores)
        costs(right, scores, events, looks)
        seeds = scores.groupby("name").seed.nunique()
        least = int(seeds.min()) if len(seeds) else 0
        caption = (
            f"{count(least, 'seed')} at least; {spread(least)}; 100 neurons where their number is free; constants by "
            "default, chosen with accuracies of digits in sight; events: synapses reached by spikes while learning"
        )
        return finished(figure, finding(scores), caption, left)


def ordered(scores: pd.DataFrame) -> list[str]:
    """Rules, the best first."""
    last = scores[scores.epoch == scores.groupby("name").epoch.transform("max")]
    return [str(name) for name in last.groupby("name").value.mean().sort_values(ascending=False).index]


def costs(axes: Axes, scores: pd.DataFrame, events: pd.DataFrame, looks: dict[str, tuple[str, str]]) -> None:
    """Test accuracy of spiking rules against what an example costs them."""
    for name, (colour, marker) in looks.items():
        mine, spent = scores[scores.name == name], events[events.name == name]
        if len(mine) and len(spent):
            end, cost = mine[mine.epoch == mine.epoch.max()].value.mean(), spent.value.mean()
            axes.plot([cost], [end], marker=marker, color=colour, linestyle="none")
    axes.set(xscale="log", xlabel="synaptic events of an example", ylabel="test accuracy (%)", ylim=(0, 100))
    axes.set(title="What an example costs")
    not_run(axes, events)


def finding(scores: pd.DataFrame) -> str:
    """The best and the last of the spiking rules, and backprop."""
    names = ordered(scores)
    last = scores[scores.epoch == scores.groupby("name").epoch.transform("max")]
    means = last.groupby("name").value.mean()
    spiking = [name for name in names if name not in ("backprop", "feedback-alignment", "shallow")]
    if not spiking or "backprop" not in means.index:
        return NOTHING_YET
    best, worst = spiking[0], spiking[-1]
    well = sum(bool(means[name] >= 93) for name in spiking)
    return (
        f"{well} of {len(spiking)} spiking rules tell 93 % of test digits or more: {best} {means[best]:.1f} %, "
        f"{worst} {means[worst]:.1f} %, backprop {means['backprop']:.1f} %"
    )
