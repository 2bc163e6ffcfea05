"""Every answer to weight transport, by depth: its error, and how far its changes are from the gradient."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.figure import SHEET, hidden_angles, logarithmic, mean_interval, not_run

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
    names = done.rule.astype(str).str.replace(r"\[.*", "", regex=True)  # settings of tuned rules
    done = done.assign(depth=done.hidden.astype(str).str.count("-") + 1, rule=names)
    scores = done[(done.metric == "accuracy") & (done.split == "test")]
    angles = hidden_angles(done[done.metric == "gradient angle"])
    last = angles[
        angles.epoch == angles.groupby(["rule", "depth", "seed"], observed=True).epoch.transform("max")
    ]
    means = last.groupby(
        ["task", "rule", "depth", "seed", "metric"], observed=True, as_index=False
    ).value.mean()
    columns = ["task", "rule", "depth", "seed", "metric", "value"]
    return pd.concat([scores[columns], means[columns]])


def draw(table: pd.DataFrame) -> Figure:
    """A column for every family: test error above, the angle to the gradient below, against hidden layers.

    Args:
        table: of the study `feedback`, in long form, with the setting `hidden`.
    """
    drawn = source(table)
    drawn = drawn[drawn.task == "digits"] if (drawn.task == "digits").any() else drawn
    with matplotlib.rc_context(SHEET):
        figure = Figure(figsize=(11, 7.4), layout="constrained")
        top, bottom = figure.subfigures(2, 1, height_ratios=[5, 1])
        panels = top.subplots(2, len(FAMILIES), sharex=True, sharey="row")
        legends = bottom.subplots(1, len(FAMILIES))
        for (above, below), legend, (family, rules) in zip(panels.T, legends, FAMILIES.items(), strict=True):
            looks = {**REFERENCES, **dict(zip(rules, LOOKS, strict=False))}
            errors = drawn[drawn.metric == "accuracy"]
            by_depth(above, errors.assign(value=100 * (1 - errors.value)), looks)
            by_depth(below, drawn[(drawn.metric == "gradient angle") & (drawn.rule != "backprop")], looks)
            below.axhline(90, color="black", linewidth=0.8, linestyle="--")
            below.set(xlabel="hidden layers", ylim=(0, 120), yticks=[0, 30, 60, 90, 120])
            above.set_title(family, fontsize=9)
            logarithmic(above)
            above.set_ylim(2, 100)
            legend.axis("off")
            legend.legend(*above.get_legend_handles_labels(), fontsize=7, loc="upper center")
        panels[0][0].set_ylabel("test error (%)")
        panels[1][0].set_ylabel("angle to the gradient (°)")
        tasks = ", ".join(dict.fromkeys(drawn.task.astype(str)))
        note = f"{tasks}, {drawn.seed.nunique()} seeds; bars: 95 % interval of the mean"
        more = "one optimiser for all; GEVB has vector units, Forward-Forward has no gradient to be near to"
        figure.supxlabel(f"{note}; {more}", fontsize=7)
    return figure


def by_depth(axes: Axes, table: pd.DataFrame, looks: dict[str, tuple[str, str]]) -> None:
    """The mean over seeds against the number of hidden layers, a line for every rule."""
    for place, (rule, (colour, marker)) in enumerate(looks.items()):
        mine = table[table.rule == rule].dropna(subset="value")
        if len(mine):
            found = [(depth, *mean_interval(part.value)) for depth, part in mine.groupby("depth")]
            depth, mean, half = np.array(found).T
            shift = 0.05 * (place - len(looks) / 2)
            axes.errorbar(
                depth + shift,
                mean,
                yerr=half,
                color=colour,
                marker=marker,
                markersize=4,
                linewidth=1,
                capsize=2,
                label=rule,
            )
    axes.tick_params(labelsize=7)
    not_run(axes, table)
