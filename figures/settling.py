"""Accuracy against compute for rules that settle, and backprop."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import logarithmic, not_run
from plausible.plotting.style import style
from plausible.printing.words import count

# Hue by family, shade and marker by rule.
LOOKS = {
    "backprop": ("#000000", "*"),
    "predictive-coding": ("#08519C", "o"),
    "predictive-coding[variance=100]": ("#2171B5", "s"),
    "predictive-coding[form=post]": ("#4292C6", "^"),
    "incremental-predictive-coding": ("#6BAED6", "D"),
    "fixed-prediction-coding": ("#17BECF", "v"),
    "zero-divergence-learning": ("#0B7A75", "<"),
    "relaxed-predictive-coding": ("#5254A3", "P"),
    "equilibrium-propagation": ("#B35806", "o"),
    "equilibrium-propagation[form=prototypical]": ("#E08214", "s"),
    "holomorphic-equilibrium-propagation": ("#C9A400", "^"),
    "continual-equilibrium-propagation": ("#7F3B08", "D"),
    "vector-field-equilibrium-propagation": ("#FDAE61", "v"),
    "contrastive-hebbian": ("#1B7837", "o"),
    "random-contrastive-hebbian": ("#5AAE61", "s"),
    "dual-propagation": ("#C51B7D", "h"),
    "self-predicting-microcircuit": ("#762A83", "X"),
}
COST = "multiply-adds per example"
STEPS = ("settling steps", "free settling steps", "nudged settling steps", "clamped settling steps")


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: test errors, costs, settling steps and angles at the end of runs.

    An angle is left out where the reference's own relaxation came to rest for less than half of the examples.
    """
    done = table[table.status == "done"]
    if "untuned" in done:  # the rule as the study names it, whatever settings won
        done = done.assign(rule=done.untuned.fillna(done.rule))
    last = done[done.epoch == done.groupby("task", observed=True).epoch.transform("max")]
    test = (last.metric == "accuracy") & (last.split == "test")
    angles = (last.metric == "gradient angle") & last.layer.isin(["W1"])
    reference = last[last.metric == "reference settled"]
    unknown = last.key.isin(reference[reference.value < 0.5].key)
    found = last[test | (angles & ~unknown) | last.metric.isin([COST, *STEPS])]
    found = found.assign(setting=found.optimiser if "optimiser" in found else "")
    return found[["task", "rule", "hidden", "setting", "seed", "epoch", "metric", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Test error, and the angle of the first layer's change to the gradient, against multiply-adds per example.

    Args:
        table: of the study `settling`, in long form.
    """
    drawn = source(table)
    rules, tasks = list(dict.fromkeys(drawn.rule)), list(dict.fromkeys(drawn.task)) or [""]
    looks = {**style([rule for rule in rules if rule not in LOOKS]), **LOOKS}
    with sheet(9.5, 0.8 + 3.4 * len(tasks)) as figure:
        panels = figure.subplots(len(tasks), 2, squeeze=False)
        for (left, right), task in zip(panels, tasks, strict=True):
            draw_task(left, right, drawn[drawn.task == task], looks, task)
        if rules:
            labelled = [zip(*axes.get_legend_handles_labels(), strict=True) for axes in panels[:, 0]]
            named = {label: handle for pairs in labelled for handle, label in pairs}
            figure.legend(
                named.values(), named.keys(), loc="outside right upper", fontsize=6, labelspacing=0.9
            )
        note = f"tanh units; {count(drawn.seed.nunique(), 'seed')}, small, and their mean; {budget(drawn)}"
        hollow = "backprop's star is hollow, so that rules beneath it are seen"
        rest = "no angle where the reference came to rest for less than half of the examples"
        return captioned(figure, f"{note}\n{hollow}; {rest}")


def budget(drawn: pd.DataFrame) -> str:
    """Which settings were compared."""
    settings = drawn.groupby("task", observed=True).setting.nunique()
    return "tuned with the same number of trials" if (settings > 1).any() else "one setting for all"


def draw_task(
    left: Axes, right: Axes, table: pd.DataFrame, looks: Mapping[str, tuple[str, str]], task: str
) -> None:
    """The two panels of a task."""
    for rule, (colour, marker) in looks.items():
        mine = table[table.rule == rule]
        point(left, mine, "accuracy", colour, marker, rule)
        point(right, mine, "gradient angle", colour, marker, rule)
    sizes = ", ".join(dict.fromkeys(table.hidden.astype(str)))
    epochs = " and ".join(f"{last:g}" for last in sorted(table.epoch.unique()))
    title = f"{task}, {sizes}, {epochs} epochs: test error" if task else "Test error"
    left.set(title=title, ylabel="%", xscale="log", xlabel=COST)
    logarithmic(left)
    right.set(title="Angle of W1's change to the gradient", ylabel="degrees", xscale="log", xlabel=COST)
    largest = table[table.metric == "gradient angle"].value.max()
    right.set(ylim=(-3, max(95, largest + 5) if largest > 0 else 95), yticks=[0, 30, 60, 90])
    for axes in (left, right):
        not_run(axes, table)


def point(axes: Axes, table: pd.DataFrame, metric: str, colour: str, marker: str, label: str) -> None:
    """One rule: every seed, small, and their mean, over its cost; backprop's is a hollow star, over all others."""
    values, cost = table[table.metric == metric].value, table[table.metric == COST].value
    if len(values) and len(cost):
        values = 100 * (1 - values) if metric == "accuracy" else values
        faint = matplotlib.colors.to_rgba(colour, 0.45)  # so that one is seen through another
        places, looks = [cost.mean()] * len(values), {"linestyle": "", "marker": marker}
        looks |= {"markersize": 6.5, "markerfacecolor": faint}
        if label == "backprop":
            looks |= {"markersize": 17, "markerfacecolor": "none", "markeredgewidth": 1.2, "zorder": 5}
        axes.plot(places, values, color=colour, marker=".", markersize=4, linewidth=0.8)
        axes.plot(cost.mean(), values.mean(), color=colour, label=label, **looks)
