"""What several figures draw: curves with bands or with their seeds, dots with intervals, errors, angles, distances."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.networks.network import text
from plausible.plotting.frame import COLUMN, THIN, finished, sheet
from plausible.plotting.scales import degrees, logarithmic
from plausible.plotting.style import DARK, VIOLET, dashes, style
from plausible.printing.words import count
from plausible.study.statistics import ANY, DEGREES, NOTHING, PERCENT, Bounds, Interval, mean_interval

Labels: TypeAlias = Mapping[str, str]
PLAIN: Labels = MappingProxyType({})  # the rules' own names
NONE: Mapping[str, float] = MappingProxyType({})
NONE_HIDDEN = text(())  # the setting `hidden` of a network without hidden layers
FEW = 5  # from so many seeds on an interval is drawn; fewer seeds are drawn themselves, each of them


def spread(*seeds: int) -> str:
    """How so many seeds are drawn, for a caption; `finished` keeps of it what a figure has."""
    several = sorted({n for n in seeds if n > 1})
    if not several:
        return "one seed, so no interval"
    if several[0] >= FEW:
        return "bands and bars: 95 % interval of the mean"
    if several[-1] < FEW:
        return "thin lines and small dots: seeds"
    return f"bands and bars: 95 % interval of the mean; below {FEW} seeds: each seed"


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
    """The mean over seeds against epochs or examples, and its 95 % interval as a band, which stays within `bounds`.

    Of fewer than `FEW` seeds there is no band, but a thin line for each.
    """
    table = table.dropna(subset=["value"])
    means = [(at, *mean_interval(values.to_numpy(), bounds)) for at, values in table.groupby(against).value]
    columns = ["at", "mean", "low", "high", "seeds"]
    drawn = pd.DataFrame(means, columns=columns, dtype=float).set_index("at")  # objects, if there is no point
    curve(axes, drawn["mean"], colour, marker, name, line)
    seeds = table.seed.nunique() if "seed" in table else FEW
    if seeds >= FEW:
        axes.fill_between(drawn.index, drawn.low, drawn.high, color=colour, alpha=0.2, linewidth=0)
    elif seeds > 1:
        for _, mine in table.groupby("seed"):
            one = mine.groupby(against).value.mean()
            axes.plot(one.index, one, color=colour, linestyle=line, linewidth=THIN, alpha=0.6)


def curve(
    axes: Axes, values: pd.Series[float], colour: str, marker: str, name: str | None, line: str = "-"
) -> None:
    """A line of values against their index, with about eight markers on it."""
    every = max(len(values) // 8, 1)
    axes.plot(values.index, values, color=colour, linestyle=line, marker=marker, markevery=every, label=name)


def seeds(
    axes: Axes, table: pd.DataFrame, colour: str, marker: str, name: str, against: str, line: str = "-"
) -> None:
    """A thin line for every seed and a thick one for their geometric mean, on logarithmic axes.

    Zeros are left out of the mean. Where a seed's value is 0 its line is broken, and the mean's where all are.
    """
    table = table.assign(value=table.value.where(table.value > 0))
    for _, mine in table.groupby("seed"):
        mine = mine.sort_values(against)
        axes.plot(mine[against], mine.value, color=colour, linewidth=THIN, alpha=0.6)
    mean = np.exp(np.log(table.value).groupby(table[against]).mean())
    axes.plot(mean.index, mean, color=colour, label=name, marker=marker, linestyle=line)


def dots(
    axes: Axes,
    place: float,
    values: Sequence[float] | np.ndarray,
    look: tuple[str, str],
    bounds: Bounds = ANY,
    *,
    level: bool = True,
    beside: float = 0.24,
    label: str | None = None,
) -> Interval:
    """A small dot for each seed, and their mean, with its 95 % interval from `FEW` seeds on.

    Args:
        axes: where to draw.
        place: the row, or the column if not `level`.
        values: one for each seed, (n,); of none, nothing is drawn.
        look: colour and marker of the mean.
        bounds: which the interval stays within.
        level: whether values lie along x.
        beside: how far from the mean the seeds are drawn, so that neither hides the other, in rows or columns.
        label: of the mean, in a legend.

    Returns:
        The mean with its interval.
    """
    (colour, marker), numbers = look, np.asarray(values, float)
    if not len(numbers):
        return NOTHING
    found = mean_interval(numbers, bounds)
    if len(numbers) > 1:
        places = np.full(len(numbers), place + beside)
        one, two = (numbers, places) if level else (places, numbers)
        axes.plot(one, two, ".", color=colour, alpha=0.6, markersize=2.5, markeredgewidth=0)
    bar: dict[str, Any] = {
        "fmt": marker,
        "color": colour,
        "markersize": 3.5,
        "label": label,
        "elinewidth": 0.8,
    }
    if len(numbers) >= FEW:
        bar["xerr" if level else "yerr"] = whiskers(found)
    x, y = (found.estimate, place) if level else (place, found.estimate)
    axes.errorbar(x, y, **bar)
    return found


def rows_named(axes: Axes, names: Sequence[str]) -> None:
    """Rows from the top on, each with its name at the left."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(max(len(names), 1) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)


def distances_by_layer(
    drawn: pd.DataFrame, draw_layer: Callable[[Axes, pd.DataFrame], None], finding: str, note: str
) -> Figure:
    """Relative distances from the gradient, a panel for every layer, drawn by `draw_layer`.

    Args:
        drawn: measurements in long form, with the columns `task`, `hidden`, `seed` and `layer`.
        draw_layer: draws a layer's rows.
        finding: the title.
        note: printed below, after the task, the units and the seeds.
    """
    layers = sorted(drawn.layer.unique()) or ["W1"]
    with sheet(COLUMN, 1.5) as figure:
        panels = figure.subplots(1, len(layers), sharey=True, squeeze=False)[0]
        for axes, layer in zip(panels, layers, strict=True):
            draw_layer(axes, drawn[drawn.layer == layer])
            axes.set_title(layer)
        panels[0].set_ylabel("distance from the gradient")
        for axes in panels:
            logarithmic(axes)
        task, sizes = (", ".join(dict.fromkeys(drawn[name].astype(str))) for name in ("task", "hidden"))
        note = f"thin: seeds; thick: their geometric mean; {note}"
        caption = f"{task}, {sizes} units, {count(drawn.seed.nunique(), 'seed')}; {note}"
        return finished(figure, finding, caption, panels[0])


def error_in_percent(table: pd.DataFrame) -> pd.DataFrame:
    """Accuracies as percentages of wrong answers."""
    return table.assign(value=100 * (1 - table.value))


def validation_errors(axes: Axes, table: pd.DataFrame, title: str, labels: Labels = PLAIN) -> None:
    """Validation error in per cent against epochs, on a logarithmic scale, a line for every rule."""
    scores = table[(table.metric == "accuracy") & (table.split == "validation") & (table.epoch > 0)]
    lines(axes, error_in_percent(scores), labels, PERCENT)
    axes.set(title=title, xlabel="epoch", ylabel="validation error (%)")
    logarithmic(axes)
    not_run(axes, scores)


def lines(axes: Axes, table: pd.DataFrame, labels: Labels = PLAIN, bounds: Bounds = ANY) -> None:
    """The mean of what is in `table` at every epoch, a line for every rule; with options, a dashed one."""
    rules = list(dict.fromkeys(table.rule))
    styles, kinds = style(rules), dashes(rules)
    for rule in rules:
        mine = table[table.rule == rule].groupby(["seed", "epoch"], as_index=False).value.mean()
        band(axes, mine, *styles[rule], labels.get(rule, rule), line=kinds[rule], bounds=bounds)


def final_errors(
    axes: Axes, table: pd.DataFrame, labels: Labels = PLAIN, published: Mapping[str, float] = NONE
) -> None:
    """The test error of every rule in per cent, a row for each, the least error on top.

    Args:
        axes: where to draw.
        table: in long form; what is no accuracy on the test split is left out.
        labels: what rules are called.
        published: errors in per cent by rule, drawn as crosses; for tables of the published setting alone.
    """
    scores = table[(table.metric == "accuracy") & (table.split == "test")]
    errors = 100 * (1 - scores.groupby("rule", observed=True).value.mean()).sort_values()
    rules = [str(rule) for rule in errors.index]
    styles = style(list(dict.fromkeys(table.rule)))
    for place, rule in enumerate(rules):
        mine = 100 * (1 - scores[scores.rule == rule].value)
        dots(axes, place, mine.to_numpy(), styles[rule], PERCENT)
        if rule in published:
            axes.plot(published[rule], place, "x", color=VIOLET, markersize=4, zorder=5)
    rows_named(axes, [labels.get(rule, rule) for rule in rules])
    axes.set(xlabel="test error (%)")
    logarithmic(axes, "x", most=4)
    not_run(axes, scores)


def angles_in_time(axes: Axes, table: pd.DataFrame, metric: str, title: str, labels: Labels = PLAIN) -> None:
    """An angle against epochs, a line for every rule: the mean of the layers that are in `table`."""
    angles = table[table.metric == metric]
    lines(axes, angles, labels, DEGREES)
    axes.set(title=title, xlabel="epoch", ylabel="degrees")
    degrees(axes)
    not_run(axes, angles)


def hidden_angles(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of angles that belong to hidden layers, by the numbers of layers; needs the setting `hidden`."""
    sizes = table.hidden.astype(str)
    depth = (sizes.str.count("-") + 1).where(sizes != NONE_HIDDEN, 0)
    layer = pd.to_numeric(table.layer.str.extract(r"(\d+)$", expand=False), errors="coerce")
    return table[table.metric.str.endswith("angle") & (layer <= depth)]


def not_run(axes: Axes, table: pd.DataFrame) -> None:
    """Write "not run" into a panel that has nothing to draw."""
    if not len(table):
        axes.text(0.5, 0.5, "not run", transform=axes.transAxes, ha="center", va="center", color=DARK)
