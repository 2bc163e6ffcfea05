"""Dendritic microcircuits: silence, errors, and what they teach [sacramento2018]."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import angles_in_time, lines, not_run, seeds, spread, validation_errors
from plausible.plotting.scales import logarithmic
from plausible.plotting.style import GREY, INDIGO, ROSE
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import AMOUNT

SILENT = (  # feedback and noise of a cell, how it is called, its looks
    (("transpose", 0.0), "B = Wᵀ", INDIGO, "o"),
    (("transpose", 0.1), "B = Wᵀ, with noise", INDIGO, "^"),
    (("random", 0.0), "B random", ROSE, "s"),
)
NUDGED = (("transpose", "B = Wᵀ", INDIGO), ("random", "B random", ROSE))
TIMED, STEADY = "dendritic-microcircuit[duration=5.0,step=0.25]", "self-predicting-microcircuit[nudge=0.1]"
LABELS = {TIMED: "microcircuit in time", STEADY: "microcircuit at rest"}


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
    with sheet(COLUMN, 4.6) as figure:
        panels = figure.subplots(3, 2)
        draw_silence(panels[0, 0], drawn[drawn.metric == "apical potential"])
        draw_scatter(panels[0, 1], drawn)
        draw_limit(panels[1, 0], drawn[drawn.task == "weak_nudging"])
        draw_small(panels[1, 1], drawn[(drawn.metric == "normalised error")])
        images = largest(drawn)
        steady = drawn[drawn.task == images]
        validation_errors(panels[2, 0], steady, f"At rest, {images or 'images'}", LABELS)
        angles_in_time(panels[2, 1], steady, "gradient angle", "W1 to the gradient", LABELS)
        fewest, most = steady.seed.nunique(), drawn.seed.nunique()
        number = f"{fewest} to {most} seeds" if 0 < fewest < most else count(most, "seed")
        sizes = ", ".join(dict.fromkeys(steady.hidden.astype(str)))
        above = "potentials and nudges: geometric means; grey and dark dots: 10 patterns of one seed, before and after"
        caption = (
            f"{number}, {spread(fewest, most)}; {above} interneurons learned; dotted: slope 1; dashed: the "
            "upper layer, or "
            f"noise; in time: softplus units, a teacher's function; at rest: {sizes} tanh units"
        )
        finding_ = finding(drawn, steady)
        return finished(figure, finding_, caption, panels[0, 0], panels[1, 1], panels[2, 0])


def finding(drawn: pd.DataFrame, steady: pd.DataFrame) -> str:
    """The apical angle before and after interneurons learned, and how near the changes at rest are to the gradient."""
    angles = drawn[(drawn.metric == "apical angle") & of(drawn, *SILENT[0][0])].sort_values("epoch")
    turned = steady[(steady.metric == "gradient angle") & (steady.rule == STEADY)]
    if not len(angles) or not len(turned):
        return INCOMPLETE
    first, last = (getattr(angles.groupby("seed").value, end)().mean() for end in ("first", "last"))
    rest = turned[turned.epoch == turned.epoch.max()].value.mean()
    return (
        f"Interneurons that learn turn apical potentials from {first:.0f}° to {last:.0f}° of backprop's "
        "errors; at rest, "
        f"with random feedback, changes of W1 end {rest:.0f}° from the gradient"
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
    axes.set(title="Without a target", xlabel="presentations of 50 patterns", ylabel="|apical potential|")
    logarithmic(axes)
    logarithmic(axes, "x")
    not_run(axes, table)


def draw_scatter(axes: Axes, drawn: pd.DataFrame) -> None:
    """Apical potentials with a target at backprop's errors."""
    table = drawn[drawn.metric == "apical potential at error"]
    for stage, colour in (("before", GREY), ("after", INDIGO)):
        mine = table[table.layer == stage]
        axes.plot(mine.epoch, mine.value, ".", color=colour, markersize=1.8, markeredgewidth=0)
    axes.set(title="With a target, B = Wᵀ", xlabel="backprop's error", ylabel="apical potential")
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
        axes.plot(ends, [10 * end for end in ends], color="black", linewidth=0.5, linestyle=":")
        logarithmic(axes)
        logarithmic(axes, "x", most=4)
    axes.set(title="As the nudge vanishes", xlabel="conductance g_som", ylabel="° to backprop's error")
    not_run(axes, table)


def draw_small(axes: Axes, table: pd.DataFrame) -> None:
    """Validation error of what learns in time, and of its references."""
    lines(axes, table, LABELS, AMOUNT)
    axes.set(title="In time, 30-20-10", xlabel="epoch", ylabel="normalised error")
    logarithmic(axes)
    not_run(axes, table)
