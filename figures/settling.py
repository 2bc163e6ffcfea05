"""Accuracy against compute for rules that settle, and backprop."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET, between
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.maps import heat
from plausible.plotting.panels import not_run
from plausible.printing.words import count

ORDER = (  # by family
    *("backprop", "predictive-coding", "predictive-coding[variance=100]", "predictive-coding[form=post]"),
    *("incremental-predictive-coding", "fixed-prediction-coding", "zero-divergence-learning"),
    *("relaxed-predictive-coding", "equilibrium-propagation", "equilibrium-propagation[form=prototypical]"),
    *("holomorphic-equilibrium-propagation", "continual-equilibrium-propagation"),
    *("vector-field-equilibrium-propagation", "contrastive-hebbian", "random-contrastive-hebbian"),
    *("dual-propagation", "self-predicting-microcircuit"),
)
LABELS = {  # PC: predictive coding; EP: equilibrium propagation
    "predictive-coding": "predictive-coding (PC)",
    "predictive-coding[variance=100]": "PC, variance 100",
    "predictive-coding[form=post]": "PC, post-activation",
    "incremental-predictive-coding": "incremental PC",
    "relaxed-predictive-coding": "relaxed PC",
    "equilibrium-propagation": "equilibrium-prop. (EP)",
    "equilibrium-propagation[form=prototypical]": "EP, prototypical",
    "holomorphic-equilibrium-propagation": "holomorphic EP",
    "continual-equilibrium-propagation": "continual EP",
    "vector-field-equilibrium-propagation": "vector-field EP",
}
NEAR = 1.5  # times backprop's error
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
    """Three maps, a row for every rule and a column for every task: test error, angle to the gradient, cost.

    Args:
        table: of the study `settling`, in long form.
    """
    drawn = source(table)
    rules = [*dict.fromkeys([*(rule for rule in ORDER if (drawn.rule == rule).any()), *drawn.rule])]
    tasks = list(dict.fromkeys(drawn.task)) or [""]
    errors, angles, costs = (
        means(drawn, metric, rules, tasks) for metric in ("accuracy", "gradient angle", COST)
    )
    errors = 100 * (1 - errors)
    times = costs / costs.loc["backprop"] if "backprop" in costs.index else costs * float("nan")
    with sheet(COLUMN, 0.75 + 0.125 * max(len(rules), 1)) as figure:
        left, middle, right = figure.subplots(1, 3, sharey=True)
        draw_map(left, errors, "error (%)", 2, 60, "viridis_r", log=True)
        draw_map(middle, angles, "angle (°)", 0, 100, "cividis_r")
        draw_map(right, times, "cost (×)", 1, 30, "magma_r", log=True)
        for axes in (left, middle, right):
            not_run(axes, drawn)
        return finished(figure, finding(errors, times), caption(drawn))


def means(drawn: pd.DataFrame, metric: str, rules: list[str], tasks: list[str]) -> pd.DataFrame:
    """The mean over seeds of a metric, by rule and task."""
    mine = drawn[drawn.metric == metric]
    wide = mine.pivot_table(index="rule", columns="task", values="value", observed=True)
    return wide.reindex(index=rules, columns=tasks)


def draw_map(
    axes: Axes, values: pd.DataFrame, title: str, low: float, high: float, colours: str, *, log: bool = False
) -> None:
    """One of the maps; a line below the reference."""
    heat(axes, values.rename(LABELS), "{:.1f}" if log else "{:.0f}", low, high, colours, log=log)
    axes.set_title(title, loc="center")
    axes.set_xticks(axes.get_xticks(), [label.get_text() for label in axes.get_xticklabels()], rotation=90)
    if len(values):
        axes.axhline(0.5, color="white", linewidth=1.5)


def caption(drawn: pd.DataFrame) -> str:
    """How many seeds, how long, on which networks, and which settings were compared."""
    told = []
    for task, mine in drawn.groupby("task", observed=True, sort=False):
        sizes, epochs = ", ".join(dict.fromkeys(mine.hidden.astype(str))), int(mine.epoch.max())
        told.append(f"{task} {sizes}, {count(epochs, 'epoch')}, {count(mine.seed.nunique(), 'seed')}")
    settings = drawn.groupby("task", observed=True).setting.nunique()
    budget = "tuned with the same number of trials" if (settings > 1).any() else "one setting for all"
    return (
        f"means of seeds; {budget}; tanh units: {'; '.join(told) or 'none'}; error: on "
        "test; angle: of W1's change to the gradient; cost: multiply-adds per example, over backprop's; "
        "pale: no angle, as the reference came to rest for less than half of the examples"
    )


def finding(errors: pd.DataFrame, times: pd.DataFrame) -> str:
    """How many rules err nearly as rarely as backprop on all tasks, and at which multiple of its cost."""
    others = errors.drop(index="backprop", errors="ignore")
    if "backprop" not in errors.index or not len(others):
        return NOTHING_YET
    ratio = (others / errors.loc["backprop"]).max(axis=1)
    near = ratio[ratio <= NEAR].index
    if not len(near):
        return f"None of {count(len(others), 'rule')} that settle errs at most {NEAR:g} times as often as backprop"
    return (
        f"{len(near)} of {count(len(others), 'rule')} that settle err at most {NEAR:g} times as often as backprop on "
        f"every task, for {between(times.loc[near].stack(), '.0f')} times its compute"
    )
