"""Feedback alignment on a linear and on a nonlinear function [lillicrap2016], after its Figs. 1, 3 and 4."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import band, degrees
from plausible.plotting.style import style
from plausible.study.columns import option, parts
from plausible.study.statistics import AMOUNT, DEGREES, PERCENT

MARK = {"color": "black", "marker": "x", "linestyle": "none", "markersize": 5, "zorder": 5}
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
    with sheet(10, 6.2) as figure:
        (error, angle, scale), (mnist_error, mnist_angle, nonlinear) = figure.subplots(2, 3)
        linear = table[table.task.str.startswith("linear-teacher")]
        usual = linear[linear.init == USUAL]
        draw_error(error, usual)
        draw_angle(angle, usual)
        angle.plot(list(RERUN_ANGLE), list(RERUN_ANGLE.values()), **MARK)
        draw_scales(scale, linear)
        mnist = table[table.task == "mnist"]
        draw_mnist(mnist_error, mnist)
        draw_angle(mnist_angle, mnist)
        draw_nonlinear(nonlinear, table[table.task.str.startswith("nonlinear-teacher")])
        seeds = ", ".join(
            f"{name} {part.seed.nunique()}"
            for name, part in (
                ("linear", usual),
                ("MNIST", mnist),
                ("nonlinear", table[table.hidden == "20-10"]),
            )
        )
        crosses = "crosses: an independent re-run of the published task, ten seeds"
        return captioned(figure, f"seeds: {seeds}; bands: 95 % interval of the mean; {crosses}")


def draw_error(axes: Axes, table: pd.DataFrame) -> None:
    """Normalised error against examples: Fig. 1."""
    found = table[table.metric == "normalised error"]
    styles = style(list(dict.fromkeys(found.rule)))
    for rule in styles:
        mine, name = found[found.rule == rule], parts(rule)["name"]
        band(axes, mine, *styles[rule], name, against="examples", bounds=AMOUNT)
    axes.plot(list(RERUN_ERROR), list(RERUN_ERROR.values()), **MARK)
    axes.set(
        title="Linear function, 30-20-10",
        xlabel="examples",
        ylabel="normalised error",
        yscale="log",
        ylim=(1e-4, 2),
    )
    if styles:
        axes.legend(loc="lower left")


def draw_angle(axes: Axes, table: pd.DataFrame) -> None:
    """The angle between the teaching signals of feedback alignment and of backprop, against examples: Figs. 1 and 2."""
    found = table[table.metric == "delta angle"]
    not_run(axes, found)
    styles = style(list(dict.fromkeys(found.rule)))
    for rule in styles:
        band(axes, found[found.rule == rule], *styles[rule], "", against="examples", bounds=DEGREES)
    axes.set(title="Angle to backprop's signal", xlabel="examples", ylabel="degrees")
    degrees(axes)
    thousands(axes, found)


def draw_mnist(axes: Axes, table: pd.DataFrame) -> None:
    """Error on MNIST against examples: Fig. 2."""
    found = table[table.metric == "accuracy"].assign(value=lambda rows: 100 * (1 - rows.value))
    not_run(axes, found)
    styles = style(list(dict.fromkeys(found.rule)))
    for rule in styles:
        mine, name = found[found.rule == rule], parts(rule)["name"]
        band(axes, mine, *styles[rule], name, against="examples", bounds=PERCENT)
    axes.set(title="MNIST, 784-1000-10", xlabel="examples", ylabel="validation error (%)", yscale="log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("{x:g}")
    axes.tick_params(axis="y", which="both", labelsize=7)
    thousands(axes, found)


def not_run(axes: Axes, table: pd.DataFrame) -> None:
    """Say so where a table has nothing to draw."""
    if not len(table):
        axes.text(0.5, 0.5, "not run", transform=axes.transAxes, ha="center", va="center", color="#777777")


def thousands(axes: Axes, table: pd.DataFrame) -> None:
    """Write many examples as thousands or millions."""
    most = table.examples.max() if len(table) else 0
    if most >= 1e4:
        unit, letter = (1e6, "M") if most >= 1e6 else (1e3, "k")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda examples, _: f"{examples / unit:g}{letter}"))


def draw_scales(axes: Axes, table: pd.DataFrame) -> None:
    """Final angles of each seed to backprop and to pseudo-backprop, by the scale of the initial weights: Fig. 4."""
    found = table[table.rule.str.startswith("feedback") & (table.examples == table.examples.max())]
    limits = option(found, "init_limit")
    positions = {limit: place for place, limit in enumerate(sorted(limits.unique()))}
    looks = {
        "delta angle": ("#0072B2", "to backprop"),
        "pseudo-backprop angle": ("#009E73", "to pseudo-backprop"),
    }
    for metric, (colour, label) in looks.items():
        angles = found[found.metric == metric]
        places = limits[angles.index].map(positions)
        spread = 0.3 * (angles.seed / max(found.seed.max(), 1) - 0.5)
        axes.scatter(places + spread, angles.value, s=6, color=colour, alpha=0.6)
        means = angles.groupby(places).value.mean()
        axes.plot(means.index, means, color=colour, linewidth=1.2, label=label)
    axes.axhline(90, color="black", linewidth=0.8, linestyle="--")
    axes.set_xticks(list(positions.values()), [f"{limit:g}" for limit in positions], fontsize=6, rotation=45)
    axes.set(title="Final angle by initial weights", xlabel="weights uniform on ±", ylabel="degrees")
    axes.set(ylim=(0, 95), yticks=[0, 30, 60, 90])
    axes.legend(fontsize=7, loc="lower right")


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
    axes.set(title="Nonlinear function", xlabel="examples", ylabel="normalised error", yscale="log")
    thousands(axes, found)
    if len(found):
        axes.set_xlim(0, found.examples.max())
        axes.legend(fontsize=6, ncols=2)
