"""Feedback alignment on a linear and on a nonlinear function [lillicrap2016], after its Figs. 1, 3 and 4."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import band, not_run, spread
from plausible.plotting.scales import degrees, logarithmic, thousands
from plausible.plotting.style import BLUE, SKY, VIOLET, style
from plausible.study.columns import option, parts
from plausible.study.statistics import AMOUNT, DEGREES, PERCENT

MARK = {"color": VIOLET, "marker": "x", "linestyle": "none", "markersize": 4, "zorder": 5}
USUAL = "Uniform(limit=0.01)"  # the initial weights of Fig. 1
RERUN_ERROR = {500: 0.290, 1000: 0.041, 1500: 0.0061, 2000: 0.0010}  # a plain re-run of task 1, ten seeds
RERUN_ANGLE = {0: 91.5, 500: 29.6, 1000: 32.6, 1500: 30.5, 2000: 29.6}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: validation scores, and the angles of the hidden layer's signal."""
    scores = table.metric.isin(["normalised error", "accuracy"]) & (table.split == "validation")
    angles = table.metric.isin(["delta angle", "pseudo-backprop angle"]) & (table.layer == "W1")
    drawn = table[(scores | (angles & table.rule.str.startswith("feedback"))) & (table.status == "done")]
    usual = ~drawn.task.str.startswith("linear-teacher") | (drawn.init == USUAL)
    drawn = drawn[
        usual
        | (
            drawn.metric.str.contains("angle")
            & (drawn.examples == drawn.examples[drawn.task.str.startswith("linear")].max())
        )
    ]
    return drawn[["task", "rule", "hidden", "init", "seed", "examples", "metric", "split", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Error and angle on the linear task, angles by scale of initial weights; MNIST; the nonlinear task.

    Args:
        table: of the study `lillicrap2016`, in long form, with the settings `hidden` and `init`.
    """
    table = source(table)
    with sheet(COLUMN, 4.0) as figure:
        (error, angle), (mnist_error, mnist_angle), (nonlinear, scale) = figure.subplots(3, 2)
        linear = table[table.task.str.startswith("linear-teacher")]
        usual = linear[linear.init == USUAL]
        draw_error(error, usual)
        draw_angle(angle, usual)
        if len(usual):
            angle.plot(list(RERUN_ANGLE), list(RERUN_ANGLE.values()), **MARK)
        draw_scales(scale, linear)
        mnist = table[table.task == "mnist"]
        draw_mnist(mnist_error, mnist)
        draw_angle(mnist_angle, mnist)
        deep = table[table.task.str.startswith("nonlinear-teacher")]
        draw_nonlinear(nonlinear, deep)
        parts_of = {"linear": usual, "MNIST": mnist, "nonlinear": deep}
        counts = {name: part.seed.nunique() for name, part in parts_of.items()}
        seeds = ", ".join(f"{name} {n}" for name, n in counts.items())
        crosses = "crosses: an independent re-run of the published task, ten seeds"
        more = "nonlinear: solid, two hidden layers (20-10), dashed, one (20); last panel: dots are seeds"
        caption = f"seeds: {seeds}; {spread(*counts.values())}; {crosses}; {more}"
        return finished(figure, finding(usual), caption, error)


def finding(usual: pd.DataFrame) -> str:
    """The last error of feedback alignment and backprop on the linear task, and the last angle."""
    last = usual[usual.examples == usual.examples.max()]
    means = last.assign(name=[parts(rule)["name"] for rule in last.rule.astype(str)])
    means = means.groupby(["metric", "name"], observed=True).value.mean().to_dict()
    error, angle = ("normalised error", "feedback-alignment"), ("delta angle", "feedback-alignment")
    if error not in means or angle not in means or ("normalised error", "backprop") not in means:
        return INCOMPLETE
    return (
        f"On the linear task feedback alignment ends at an error of {means[error]:.2g}, backprop at "
        f"{means['normalised error', 'backprop']:.2g}; its signal lies {means[angle]:.0f}° from backprop's"
    )


def draw_error(axes: Axes, table: pd.DataFrame) -> None:
    """Normalised error against examples: Fig. 1."""
    found = table[table.metric == "normalised error"]
    styles = style(list(dict.fromkeys(found.rule)))
    for rule in styles:
        mine, name = found[found.rule == rule], parts(rule)["name"]
        band(axes, mine, *styles[rule], str(name), against="examples", bounds=AMOUNT)
    if styles:
        axes.plot(list(RERUN_ERROR), list(RERUN_ERROR.values()), **MARK)
    axes.set(title="Linear function, 30-20-10", xlabel="examples", ylabel="normalised error")
    logarithmic(axes)
    not_run(axes, found)


def draw_angle(axes: Axes, table: pd.DataFrame) -> None:
    """The angle between the teaching signals of feedback alignment and of backprop, against examples: Figs. 1 and 2."""
    found = table[table.metric == "delta angle"]
    not_run(axes, found)
    styles = style(list(dict.fromkeys(found.rule)))
    for rule in styles:
        band(axes, found[found.rule == rule], *styles[rule], "", against="examples", bounds=DEGREES)
    axes.set(title="Signal to backprop's", xlabel="examples", ylabel="degrees")
    degrees(axes)
    if len(found):
        thousands(axes)


def draw_mnist(axes: Axes, table: pd.DataFrame) -> None:
    """Error on MNIST against examples: Fig. 2."""
    found = table[table.metric == "accuracy"].assign(value=lambda rows: 100 * (1 - rows.value))
    not_run(axes, found)
    styles = style(list(dict.fromkeys(found.rule)))
    for rule in styles:
        mine = found[found.rule == rule]
        band(axes, mine, *styles[rule], str(parts(rule)["name"]), against="examples", bounds=PERCENT)
    axes.set(title="MNIST, 784-1000-10", xlabel="examples", ylabel="validation error (%)")
    logarithmic(axes)
    if len(found):
        thousands(axes)


def draw_scales(axes: Axes, table: pd.DataFrame) -> None:
    """Final angles of each seed to backprop and to pseudo-backprop, by the scale of the initial weights: Fig. 4."""
    found = table[table.rule.str.startswith("feedback") & (table.examples == table.examples.max())]
    limits = option(found, "init_limit")
    positions = {limit: place for place, limit in enumerate(sorted(limits.unique()))}
    looks = {
        "delta angle": (BLUE, "to backprop"),
        "pseudo-backprop angle": (SKY, "to pseudo-backprop"),
    }
    for metric, (colour, label) in looks.items():
        angles = found[found.metric == metric]
        places = limits[angles.index].map(positions)
        spread = 0.3 * (angles.seed / max(found.seed.max(), 1) - 0.5)
        axes.scatter(places + spread, angles.value, s=1.5, color=colour, alpha=0.6, linewidths=0)
        means = angles.groupby(places).value.mean()
        axes.plot(means.index, means, color=colour, label=label)
    names = [f"{limit:g}" for limit in positions]
    axes.set_xticks(list(positions.values()), names, rotation=90)
    axes.set(title="Final angle", xlabel="initial weights uniform on ±", ylabel="degrees")
    degrees(axes)
    if len(found):
        axes.legend(loc="upper left", bbox_to_anchor=(0, 0.92))
    not_run(axes, found)


def draw_nonlinear(axes: Axes, table: pd.DataFrame) -> None:
    """Normalised error against examples, for students of one and of two hidden layers: Fig. 3."""
    found = table[table.metric == "normalised error"]
    styles = style(list(dict.fromkeys(found.rule)))
    lines = {"20": "--", "20-10": "-"}
    for rule, (colour, marker) in styles.items():
        for hidden, line in lines.items():
            mine = found[(found.rule == rule) & (found.hidden.astype(str) == hidden)]
            if len(mine):
                name = f"{rule}, {hidden}"
                band(axes, mine, colour, marker, name, against="examples", line=line, bounds=AMOUNT)
    axes.set(title="Nonlinear function", xlabel="examples", ylabel="normalised error")
    logarithmic(axes)
    if len(found):
        thousands(axes)
    not_run(axes, found)
