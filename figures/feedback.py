"""Every answer to weight transport, by depth: its error, and how far its changes are from the gradient."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import hidden_angles, logarithmic, not_run, whiskers
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import DEGREES, PERCENT, mean_interval

FAMILIES = {
    "Random feedback": (
        "feedback-alignment",
        "direct-feedback-alignment",
        "indirect-feedback-alignment",
        "sparse-direct-feedback",
        "low-rank-direct-feedback",
        "sign-direct-feedback-alignment",
    ),
    "Signs of the weights": (
        "uniform-sign-feedback",
        "batchwise-random-sign-feedback",
        "fixed-random-sign-feedback",
    ),
    "Learned feedback": (
        "kolen-pollack",
        "weight-mirror",
        "symmetric-alignment",
        "activation-alignment",
        "information-alignment",
    ),
    "No backward path": (
        "direct-random-target-projection",
        "pepita",
        "forward-forward",
        "global-error-vector-broadcasting",
    ),
}
TASKS = {"digits": (2, 100), "mnist": (1.5, 100), "fashion-mnist": (9, 100)}  # limits of errors, per cent
REFERENCES = {"backprop": ("#000000", "o"), "shallow": ("#999999", "s")}
LOOKS = [
    ("#0072B2", "^"),
    ("#D55E00", "v"),
    ("#009E73", "<"),
    ("#CC79A7", ">"),
    ("#E69F00", "D"),
    ("#56B4E9", "P"),
]


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: test accuracy, and the last gradient angle, mean of the hidden layers."""
    done = table[table.status == "done"]
    names = option(done, "rule_name")  # without the settings of tuned rules
    done = done.assign(depth=done.hidden.astype(str).str.count("-") + 1, rule=names)
    scores = done[(done.metric == "accuracy") & (done.split == "test")]
    angles = hidden_angles(done[done.metric == "gradient angle"])
    ends = angles.groupby(["task", "rule", "depth", "seed"], observed=True).epoch.transform("max")
    last = angles[angles.epoch == ends]
    means = last.groupby(
        ["task", "rule", "depth", "seed", "metric"], observed=True, as_index=False
    ).value.mean()
    columns = ["task", "rule", "depth", "seed", "metric", "value"]
    return pd.concat([scores[columns], means[columns]])


def draw(table: pd.DataFrame) -> Figure:
    """A column for every family, two rows for every task: test error, and the angle to the gradient.

    Args:
        table: of the study `feedback`, in long form, with the setting `hidden`; plain or tuned.
    """
    drawn = source(table)
    tasks = [task for task in TASKS if (drawn.task == task).any()] or [*TASKS][:1]
    with sheet(11, 1.8 + 3.8 * len(tasks)) as figure:
        top, bottom = figure.subfigures(2, 1, height_ratios=[3.8 * len(tasks), 1.8])
        panels = top.subplots(2 * len(tasks), len(FAMILIES), sharex=True, sharey="row")
        legends = bottom.subplots(1, len(FAMILIES))
        for column, legend, (family, rules) in zip(panels.T, legends, FAMILIES.items(), strict=True):
            looks = {**REFERENCES, **dict(zip(rules, LOOKS, strict=False))}
            for axes, below, task in zip(column[::2], column[1::2], tasks, strict=True):
                here = drawn[drawn.task == task]
                errors, angles = (here[here.metric == metric] for metric in ("accuracy", "gradient angle"))
                by_depth(axes, errors.assign(value=100 * (1 - errors.value)), looks, PERCENT)
                logarithmic(axes)
                axes.set_ylim(*TASKS[task])
                by_depth(below, angles[angles.rule != "backprop"], looks, DEGREES)
                below.axhline(90, color="black", linewidth=0.8, linestyle="--")
                below.set(ylim=(0, 120), yticks=[0, 30, 60, 90, 120])
            column[-1].set_xlabel("hidden layers")
            column[0].set_title(family, fontsize=9)
            legend.axis("off")
            legend.legend(*column[0].get_legend_handles_labels(), fontsize=7, loc="upper center")
        for axes, below, task in zip(panels[::2, 0], panels[1::2, 0], tasks, strict=True):
            axes.set_ylabel(f"{task}\ntest error (%)", fontsize=8)
            below.set_ylabel(f"{task}\nangle to the gradient (°)", fontsize=8)
        seeds = drawn.groupby("task", observed=True).seed.nunique()
        note = (
            f"{seeds.min()} to {seeds.max()} seeds"
            if seeds.nunique() > 1
            else count(drawn.seed.nunique(), "seed")
        )
        tuned = table.optimiser.nunique() > 1
        how = (
            "tuned, every rule of a task in as many trials, at every depth"
            if tuned
            else "one optimiser for all"
        )
        more = "GEVB has vector units, Forward-Forward has no gradient to be near to"
        return captioned(figure, f"{note}; bars: 95 % interval of the mean; {how}; {more}")


def by_depth(
    axes: Axes, table: pd.DataFrame, looks: dict[str, tuple[str, str]], bounds: tuple[float, float]
) -> None:
    """The mean over seeds against the number of hidden layers, a line for every rule."""
    for place, (rule, (colour, marker)) in enumerate(looks.items()):
        mine = table[table.rule == rule].dropna(subset="value")
        if len(mine):
            found = {
                depth: mean_interval(part.value.to_numpy(), bounds) for depth, part in mine.groupby("depth")
            }
            shift = 0.05 * (place - len(looks) / 2)
            axes.errorbar(
                np.array([*found]) + shift,
                [one.estimate for one in found.values()],
                yerr=np.hstack([whiskers(one) for one in found.values()]),
                color=colour,
                marker=marker,
                markersize=4,
                linewidth=1,
                capsize=2,
                label=rule,
            )
    axes.tick_params(labelsize=7)
    not_run(axes, table)
