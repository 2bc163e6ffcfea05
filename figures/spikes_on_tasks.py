"""Every spiking rule on digits, beside networks of rates: accuracy by passes, by synaptic events, and tuned."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import band, dots, not_run, rows_named, spread
from plausible.plotting.style import base, style
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import PERCENT

EVENTS = "synaptic events per example"
SPLIT, PLANE, CLOTHES = "digits[split=seed]", "yin-yang", "fashion-mnist"  # beside digits in their one split


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: test accuracy on digits, per cent, and synaptic events of an example."""
    accuracy = (table.metric == "accuracy") & (table.split == "test")
    found = table[(accuracy | (table.metric == EVENTS)) & (table.status == "done")].copy()
    spiking = option(found, "rule_rule").notna()
    found["data"] = option(found, "rule_task").where(spiking, found.task)
    plain = option(found, "rule_name").astype(str)
    found["name"] = option(found, "rule_rule").astype(str).map(base, na_action="ignore").where(spiking, plain)
    found = found[found["data"].isin(("digits", SPLIT, PLANE, CLOTHES))]
    found["value"] = found.value.where(found.metric != "accuracy", 100 * found.value)
    return found[["data", "name", "seed", "epoch", "metric", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Test accuracy on digits by passes, and after the last by synaptic events; of tuned rules; and on other tasks.

    Args:
        table: of the study `spikes_on_tasks`, in long form.
    """
    table = source(table)
    digits = table[table["data"] == "digits"]
    scores, events = (
        digits[(digits.metric == "accuracy") & (digits.epoch > 0)],
        digits[digits.metric == EVENTS],
    )
    ends = last(table[table.metric == "accuracy"])
    looks = style(ordered(table[table.metric == "accuracy"]))
    with sheet(COLUMN, 7.6) as figure:
        left, right, tuned, plane, clothes = figure.subplots(5, 1, height_ratios=(2.1, 2.1, 1.6, 1.4, 0.8))
        for name in ordered(scores):
            band(left, scores[scores.name == name], *looks[name], name, bounds=PERCENT)
        left.set(title="Digits", xlabel="passes", ylabel="test accuracy (%)", ylim=(0, 100))
        not_run(left, scores)
        costs(right, scores, events, looks)
        for axes, data, passes, title in (
            (tuned, SPLIT, 10, "Digits, tuned, split by each seed"),
            (plane, PLANE, 10, "Yin-yang, constants by default"),
            (clothes, CLOTHES, 3, "Fashion-MNIST, nothing tuned on it"),
        ):
            rows(axes, ends[ends["data"] == data], looks, title, passes)
        seeds = scores.groupby("name").seed.nunique()
        least = int(seeds.min()) if len(seeds) else 0
        caption = (
            f"{count(least, 'seed')} at least; {spread(least)}; 100 neurons where their number is free; above, "
            "constants by default, chosen with accuracies of digits in sight; events: synapses reached by spikes "
            "while learning; urbanczik-senn is not tuned; groups are of ten neurons on Fashion-MNIST, with constants "
            "of MNIST, and of five elsewhere; networks of rates have their default rate there"
        )
        split = ends[ends["data"] == SPLIT]
        found = finding(split) or finding(last(scores)) or NOTHING_YET
        return finished(figure, found, caption, left)


def last(scores: pd.DataFrame) -> pd.DataFrame:
    """The rows of the last pass of each rule on each task."""
    return scores[scores.epoch == scores.groupby(["data", "name"]).epoch.transform("max")]


def rows(
    axes: Axes, ends: pd.DataFrame, looks: Mapping[str, tuple[str, str]], title: str, passes: int
) -> None:
    """Test accuracy of each rule after the last pass, the best first, a dot for each seed."""
    names = ordered(ends)
    for place, name in enumerate(names):
        dots(axes, place, ends[ends.name == name].value.to_numpy(), looks[name], PERCENT)
    rows_named(axes, names)
    axes.set(title=title, xlabel=f"test accuracy after {passes} passes (%)")
    not_run(axes, ends)


def ordered(scores: pd.DataFrame) -> list[str]:
    """Rules, the best first."""
    ends = scores[scores.epoch == scores.groupby("name").epoch.transform("max")]
    return [str(name) for name in ends.groupby("name").value.mean().sort_values(ascending=False).index]


def costs(
    axes: Axes, scores: pd.DataFrame, events: pd.DataFrame, looks: Mapping[str, tuple[str, str]]
) -> None:
    """Test accuracy of spiking rules against what an example costs them."""
    for name, (colour, marker) in looks.items():
        mine, spent = scores[scores.name == name], events[events.name == name]
        if len(mine) and len(spent):
            end, cost = mine[mine.epoch == mine.epoch.max()].value.mean(), spent.value.mean()
            axes.plot([cost], [end], marker=marker, color=colour, linestyle="none")
    axes.set(xscale="log", xlabel="synaptic events of an example", ylabel="test accuracy (%)", ylim=(0, 100))
    axes.set(title="What an example costs")
    not_run(axes, events)


def finding(ends: pd.DataFrame) -> str:
    """The best and the last of the spiking rules, and backprop; "" without them."""
    means = ends.groupby("name").value.mean()
    spiking = [name for name in ordered(ends) if name not in ("backprop", "feedback-alignment", "shallow")]
    if not spiking or "backprop" not in means.index:
        return ""
    best, worst = spiking[0], spiking[-1]
    well = sum(bool(means[name] >= 93) for name in spiking)
    return (
        f"{well} of {len(spiking)} spiking rules tell 93 % of test digits or more: {best} {means[best]:.1f} %, "
        f"{worst} {means[worst]:.1f} %, backprop {means['backprop']:.1f} %"
    )
