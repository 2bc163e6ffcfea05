"""Dendritic microcircuits: silence, errors, and what they teach [sacramento2018]."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import angles_in_time, lines, not_run, seeds, validation_errors
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import AMOUNT

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#999999"
SILENT = (  # feedback and noise of a cell, how it is called, its looks
    (("transpose", 0.0), "B = Wᵀ", BLUE, "o"),
    (("transpose", 0.1), "B = Wᵀ, with noise", BLUE, "^"),
    (("random", 0.0), "B random", ORANGE, "s"),
)
NUDGED = (("transpose", "B = Wᵀ", BLUE), ("random", "B random", ORANGE))
TIMED, STEADY = "dendritic-microcircuit[duration=5.0,step=0.25]", "self-predicting-microcircuit[nudge=0.1]"
LABELS, LOOKS = {TIMED: "microcircuit in time"}, {TIMED: (GREEN, "D"), STEADY: (GREEN, "D")}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: apical potentials and angles, validation scores, angles of W1's changes."""
    done = table[table.status == "done"]
    score = done.metric.isin(["accuracy", "normalised error"]) & (done.split == "validation")
    angle = (done.metric == "gradient angle") & (done.layer == "W1")
    scatter = (done.metric == "apical potential at error") & of(done, *SILENT[0][0])
    first = scatter & (done.seed == done.seed[scatter].min())
    found = done[score | angle | first | done.metric.isin(["apical potential", "apical angle"])]
    found = found.assign(hidden=found.hidden.astype(str) if "hidden" in found else "")
    return found[["task", "rule", "hidden", "seed", "epoch", "split", "metric", "layer", "value"]]


def of(table: pd.DataFrame, feedback: str, noise: float) -> pd.Series[bool]:
    """Which rows are of a cell with these options."""
    return (option(table, "rule_feedback") == feedback) & (option(table, "rule_noise") == noise)


def draw(table: pd.DataFrame) -> Figure:
    """Above, the circuit: silence, errors felt, and their limit; below, what it learns, and the steady state.

    Args:
        table: of the study `sacramento2018`, in long form.
    """
    drawn = source(table)
    with sheet(11, 6.6) as figure:
        panels = figure.subplots(2, 3)
        draw_silence(panels[0, 0], drawn[drawn.metric == "apical potential"])
        draw_scatter(panels[0, 1], drawn)
        draw_limit(panels[0, 2], drawn[drawn.task == "weak_nudging"])
        draw_small(panels[1, 0], drawn[(drawn.metric == "normalised error")])
        images = largest(drawn)
        steady = drawn[drawn.task == images]
        validation_errors(panels[1, 1], steady, "Steady state", looks=LOOKS)
        if len(steady):
            panels[1, 1].legend(fontsize=6)
        angles_in_time(panels[1, 2], steady, "gradient angle", "Angle of W1's change to backprop's", LOOKS)
        fewest, most = steady.seed.nunique(), drawn.seed.nunique()
        number = f"{fewest} to {most} seeds" if 0 < fewest < most else count(most, "seed")
        sizes = ", ".join(dict.fromkeys(steady.hidden.astype(str)))
        above = "thin lines: seeds; thick: their geometric mean; scatter: 10 patterns of one seed"
        return captioned(
            figure,
            f"{number}; {above}; bands: 95 % interval of the mean; in time: 30-20-10 softplus units; "
            f"steady state: {images}, {sizes} tanh units",
        )


def largest(drawn: pd.DataFrame) -> str:
    """The task of the steady state that is drawn: MNIST, if it was run."""
    tasks = [*drawn[drawn.metric == "accuracy"].task]
    return "mnist" if "mnist" in tasks else next(iter(tasks), "")


def draw_silence(axes: Axes, table: pd.DataFrame) -> None:
    """Apical potentials without a target, while interneurons learn."""
    for options, label, colour, marker in SILENT:
        mine = table[of(table, *options)]
        if len(mine):
            seeds(axes, mine, colour, marker, label, "epoch", "--" if "noise" in label else "-")
    axes.set(
        title="Without a target", xlabel="presentations of 50 patterns", ylabel="mean |apical potential|"
    )
    axes.set_yscale("log")
    axes.set_xscale("symlog", linthresh=1)
    axes.set_xlim(left=-0.2)
    if axes.lines:
        axes.legend(fontsize=7)
    not_run(axes, table)


def draw_scatter(axes: Axes, drawn: pd.DataFrame) -> None:
    """Apical potentials with a target at backprop's errors."""
    table = drawn[drawn.metric == "apical potential at error"]
    angles = drawn[(drawn.metric == "apical angle") & of(drawn, *SILENT[0][0])].sort_values("epoch")
    ends = {"before": angles.groupby("seed").value.first(), "after": angles.groupby("seed").value.last()}
    for stage, colour in (("before", GREY), ("after", BLUE)):
        mine = table[table.layer == stage]
        if len(mine):
            label = f"{stage} interneurons learned, {ends[stage].mean():.1f}°"
            axes.plot(mine.epoch, mine.value, ".", color=colour, markersize=3, label=label)
    axes.set(title="With a target, B = Wᵀ", xlabel="backprop's error", ylabel="apical potential")
    if axes.lines:
        axes.legend(fontsize=7)
    not_run(axes, table)


def draw_limit(axes: Axes, table: pd.DataFrame) -> None:
    """The angle between apical potentials and backprop's errors, by conductance, for the lower and the upper layer."""
    for feedback, label, colour in NUDGED:
        for layer, line in (("1", "-"), ("2", "--")):
            mine = table[(option(table, "rule_feedback") == feedback) & (table.layer.astype(str) == layer)]
            if len(mine):
                seeds(axes, mine, colour, "o", f"{label}, layer {layer}", "epoch", line)
    if len(table):
        ends = (table.epoch.min(), table.epoch.max())
        axes.plot(
            ends, [10 * end for end in ends], color="black", linewidth=0.8, linestyle=":", label="slope 1"
        )
        axes.set(xscale="log", yscale="log")
        axes.legend(fontsize=6)
    axes.set(title="As the nudge vanishes", xlabel="conductance g_som", ylabel="degrees to backprop's error")
    not_run(axes, table)


def draw_small(axes: Axes, table: pd.DataFrame) -> None:
    """Validation error of what learns in time, and of its references."""
    lines(axes, table, LABELS, LOOKS, AMOUNT)
    axes.set(title="In time, a network's function", xlabel="epoch", ylabel="normalised validation error")
    if len(table):
        axes.set_yscale("log")
        axes.legend(fontsize=7)
    not_run(axes, table)
