"""What several figures draw: curves with bands, errors, angles and distances, and the axes that they need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from plausible.networks.network import text
from plausible.plotting.frame import captioned, sheet
from plausible.plotting.style import dashes, style
from plausible.printing.words import count
from plausible.study.statistics import ANY, DEGREES, PERCENT, Bounds, Interval, mean_interval

PLAIN: Mapping[str, str] = MappingProxyType({})  # labels: the rules' own names

NONE: Mapping[str, float] = MappingProxyType({})

Looks: TypeAlias = Mapping[str, tuple[str, str]]

NONE_HIDDEN = text(())  # the setting `hidden` of a network without hidden layers

FAMILIES: Looks = MappingProxyType({})  # colours and markers: those of `style`, one colour a family


def whiskers(around: Interval) -> list[list[float]]:
    """How far an interval reaches below and above its estimate, as `errorbar` takes it; 0 for a single value."""
    down, up = np.nan_to_num([around.estimate - around.low, around.high - around.estimate])
    return [[float(down)], [float(up)]]


def band(
    axes: Axes,
    table: pd.DataFrame,
    colour: str,
    marker: str,
    name: str,
    against: str = "epoch",
    line: str = "-",
    bounds: Bounds = ANY,
) -> None:
    """The mean over seeds against epochs or examples, and its 95 % interval as a band, which stays within `bounds`."""
    groups = table.dropna(subset=["value"]).groupby(against).value
    means = [(at, *mean_interval(values.to_numpy(), bounds)) for at, values in groups]
    columns = ["at", "mean", "low", "high", "seeds"]
    drawn = pd.DataFrame(means, columns=columns, dtype=float).set_index("at")  # objects, if there is no point
    curve(axes, drawn["mean"], colour, marker, name, line)
    axes.fill_between(drawn.index, drawn.low, drawn.high, color=colour, alpha=0.2, linewidth=0)


def curve(
    axes: Axes, values: pd.Series[float], colour: str, marker: str, name: str | None, line: str = "-"
) -> None:
    """A line of values against their index, with about eight markers on it."""
    axes.plot(
        values.index,
        values,
        color=colour,
        linestyle=line,
        marker=marker,
        markevery=max(len(values) // 8, 1),
        markersize=4,
        linewidth=1.5,
        label=name,
    )


def seeds(
    axes: Axes, table: pd.DataFrame, colour: str, marker: str, name: str, against: str, line: str = "-"
) -> None:
    """A thin line for every seed and a thick one for their geometric mean, on logarithmic axes; zeros are left out."""
    table = table[table.value > 0]
    for _, mine in table.groupby("seed"):
        mine = mine.sort_values(against)
        axes.plot(mine[against], mine.value, color=colour, linewidth=0.6, alpha=0.5)
    mean = np.exp(np.log(table.value).groupby(table[against]).mean())
    looks: Any = {"marker": marker, "markersize": 4, "linewidth": 1.5, "linestyle": line}
    axes.plot(mean.index, mean, color=colour, label=name, **looks)


def distances_by_layer(
    drawn: pd.DataFrame, draw_layer: Callable[[Axes, pd.DataFrame], None], note: str
) -> Figure:
    """Relative distances from the gradient, a panel for every layer, drawn by `draw_layer`.

    Args:
        drawn: measurements in long form, with the columns `task`, `hidden`, `seed` and `layer`.
        draw_layer: draws a layer's rows.
        note: printed below, after the task, the units and the seeds.
    """
    layers = sorted(drawn.layer.unique()) or ["W1"]
    with sheet(3 * len(layers) + 1, 3.4) as figure:
        panels = figure.subplots(1, len(layers), sharey=True, squeeze=False)[0]
        for axes, layer in zip(panels, layers, strict=True):
            draw_layer(axes, drawn[drawn.layer == layer])
            axes.set_title(layer)
        panels[0].set_ylabel("distance from the gradient")
        if len(drawn):
            panels[0].legend(fontsize=7)
        task, sizes = (", ".join(dict.fromkeys(drawn[name].astype(str))) for name in ("task", "hidden"))
        note = f"thin: seeds; thick: their geometric mean; {note}"
        return captioned(figure, f"{task}, {sizes} units, {count(drawn.seed.nunique(), 'seed')}; {note}")


def error_in_percent(table: pd.DataFrame) -> pd.DataFrame:
    """Accuracies as percentages of wrong answers."""
    return table.assign(value=100 * (1 - table.value))


def validation_errors(
    axes: Axes, table: pd.DataFrame, title: str, labels: Mapping[str, str] = PLAIN, looks: Looks = FAMILIES
) -> None:
    """Validation error in per cent against epochs, on a logarithmic scale, a line for every rule."""
    scores = table[(table.metric == "accuracy") & (table.split == "validation") & (table.epoch > 0)]
    errors = error_in_percent(scores)
    lines(axes, errors, labels, looks, PERCENT)
    axes.set(title=title, xlabel="epoch", ylabel="validation error (%)")
    logarithmic(axes)
    means = errors.groupby(["rule", "epoch"], observed=True).value.mean()
    if (means > 0).any():  # intervals of a few seeds may reach below zero
        axes.set_ylim(0.7 * means[means > 0].min(), min(1.3 * means.max(), 100))
    not_run(axes, scores)


def lines(
    axes: Axes,
    table: pd.DataFrame,
    labels: Mapping[str, str] = PLAIN,
    looks: Looks = FAMILIES,
    bounds: Bounds = ANY,
) -> None:
    """The mean of what is in `table` at every epoch, a line for every rule; with options, a dashed one."""
    rules = list(dict.fromkeys(table.rule))
    styles, kinds = {**style(rules), **looks}, {**dashes(rules), **dict.fromkeys(looks, "-")}
    for rule in rules:
        mine = table[table.rule == rule].groupby(["seed", "epoch"], as_index=False).value.mean()
        band(axes, mine, *styles[rule], labels.get(rule, rule), line=kinds[rule], bounds=bounds)


def final_errors(
    axes: Axes,
    table: pd.DataFrame,
    rules: list[str],
    published: Mapping[str, float] = NONE,
    labels: Mapping[str, str] = PLAIN,
) -> None:
    """The test error of every rule in per cent, with its 95 % interval, and a cross where there is a published one."""
    styles = style(rules)
    scores = table[(table.metric == "accuracy") & (table.split == "test")]
    for place, rule in enumerate(rules):
        errors = 100 * (1 - scores[scores.rule == rule].value)
        if len(errors):
            mean = mean_interval(errors.to_numpy(), PERCENT)
            colour, marker = styles[rule]
            bar: Any = {"fmt": marker, "color": colour, "capsize": 3, "markersize": 5}
            axes.errorbar(place, mean.estimate, yerr=whiskers(mean), **bar)
        if rule in published:
            axes.plot(place, published[rule], "x", color="#AA3377", markersize=6, zorder=5)
    names = [labels.get(rule, rule) for rule in rules]
    axes.set_xticks(range(len(rules)), names, rotation=30, ha="right", fontsize=7)
    axes.set(ylabel="test error (%)")
    logarithmic(axes)
    not_run(axes, scores)


def angles_in_time(axes: Axes, table: pd.DataFrame, metric: str, title: str, looks: Looks = FAMILIES) -> None:
    """An angle against epochs, a line for every rule: the mean of the layers that are in `table`."""
    angles = table[table.metric == metric]
    lines(axes, angles, looks=looks, bounds=DEGREES)
    axes.set(title=title, xlabel="epoch", ylabel="degrees")
    degrees(axes)
    not_run(axes, angles)


def hidden_angles(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of angles that belong to hidden layers, by the numbers of layers; needs the setting `hidden`."""
    sizes = table.hidden.astype(str)
    depth = (sizes.str.count("-") + 1).where(sizes != NONE_HIDDEN, 0)
    layer = pd.to_numeric(table.layer.str.extract(r"(\d+)$", expand=False), errors="coerce")
    return table[table.metric.str.endswith("angle") & (layer <= depth)]


def logarithmic(axes: Axes) -> None:
    """A logarithmic scale of plain numbers: powers of ten, and 2, 3 and 5 in between; not if all is 0."""
    if not any_positive(axes):
        return
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(FuncFormatter(lambda x, _: f"{x:g}" if f"{x:.0e}"[0] in "235" else ""))
    axes.tick_params(axis="y", which="both", labelsize=7)


def any_positive(axes: Axes) -> bool:
    """Whether any point that is drawn is above 0, so that a logarithmic scale has something on it; or there is none."""
    heights = drawn_heights(axes)
    return not len(heights) or bool((heights > 0).any())


def degrees(axes: Axes, low: float = 0.0, least: float = 95.0) -> None:
    """An axis of angles to `least`, or as far as the curves that are drawn go, with a dashed line at 90°."""
    heights = drawn_heights(axes)
    top = max([least, *(heights[np.isfinite(heights)] + 5)])
    axes.axhline(90, color="black", linewidth=0.8, linestyle="--")
    axes.set(ylim=(low, top), yticks=np.arange(0, top, 30))


def drawn_heights(axes: Axes) -> NDArray[np.float64]:
    """Where the points of all curves are, (points,)."""
    return np.concatenate([np.empty(0), *(np.asarray(line.get_ydata(), float) for line in axes.lines)])


def not_run(axes: Axes, table: pd.DataFrame) -> None:
    """Say so where there is nothing to draw."""
    if not len(table):
        axes.text(0.5, 0.5, "not run", transform=axes.transAxes, ha="center", va="center", color="#777777")


def legend_above(figure: Figure, axes: Axes, columns: int = 4) -> None:
    """The legend of `axes`, above all panels."""
    handles = axes.get_legend_handles_labels()
    if handles[0]:
        figure.legend(*handles, loc="outside upper center", ncols=columns, fontsize=7)
